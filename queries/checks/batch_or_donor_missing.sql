-- Every infusion has its batch and its donor
--
-- why: cells must be traceable from donor to patient (Directive 2004/23/EC, article 8)
-- severity: major
-- needs: ex.exlot, ex.donor
-- grain: one row per infusion without a batch or a donor (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

with gaps as (

    select
        usubjid,
        record_of('ex', exseq, exstdtc, exlot) as record,
        unnest(['a batch', 'a donor']) as what,
        unnest(['exlot', 'donor']) as column_name,
        unnest([exlot, donor]) as value
    from ex
    where not is_left_out(exoccur)

)

select
    usubjid,
    record,
    'Given without ' || string_agg(distinct what, ' and ' order by what) as finding
from gaps
where
    value is null
    and column_name not in (
        select column_name from absent where table_name = 'ex' and column_name is not null
    )
group by usubjid, record
