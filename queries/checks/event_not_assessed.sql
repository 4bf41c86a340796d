-- Every event has its seriousness, relatedness and grade
--
-- why: what is not assessed is counted as unknown, in every count of the registry
-- severity: major
-- needs: ae.aeser, ae.aerel
-- grain: one row per event of an included patient that is not assessed (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

with gaps as (

    select
        usubjid,
        record_of('ae', aeseq, aestdtc, aeterm) as record,
        coalesce(aedecod, aeterm, 'An event') as term,
        unnest([
            if(aeser is null, 'aeser', null),
            if(aerel is null, 'aerel', null),
            if(aetoxgr is null and aesev is null, 'aetoxgr', null)
        ]) as column_name
    from ae
    where usubjid in (select usubjid from participants where is_included)

)

select
    usubjid,
    record,
    min(term) || ' without ' || string_agg(distinct column_name, ', ' order by column_name)
        as finding
from gaps
where column_name not in (
    select column_name from absent where table_name = 'ae' and column_name is not null
)
group by usubjid, record
