-- A batch comes from one donor
--
-- why: whoever gave the cells must be traceable to every patient (Directive 2004/23/EC)
-- severity: critical
-- needs: ex.exlot, ex.donor
-- grain: one row per patient who was given of a batch with two donors (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

with batches as (

    select exlot, string_agg(distinct donor, ' and ' order by donor) as donors
    from ex
    group by exlot
    having count(distinct donor) > 1

)

select distinct
    usubjid,
    'batch ' || exlot as record,
    format('Batch {} is of donors {}', exlot, donors) as finding
from ex
join batches using (exlot)
where not is_left_out(exoccur)
