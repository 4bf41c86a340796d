-- What has a reason for not being done is said not to be done
--
-- why: it is not known whether it was done
-- severity: major
-- grain: one row per record with such a reason, of which nothing says so (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

with records as (

    select
        usubjid,
        record_of('ex', exseq, exstdtc, exlot) as record,
        exoccur as occur,
        exreasoc as reason
    from ex
    union all
    select usubjid, record_of('sv', visitnum, svstdtc, visit), svoccur, svreasoc from sv

)

select
    usubjid,
    record,
    'A reason for not being done, and nothing that says it was not: ' || min(reason) as finding
from records
where reason is not null and coalesce(not is_left_out(occur), true)
group by usubjid, record
