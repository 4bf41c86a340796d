-- No event is recorded twice
--
-- why: it is counted twice in every table of events
-- severity: major
-- grain: one row per event of the same term and start as an earlier one (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

with numbered as (

    select
        *,
        coalesce(aedecod, aeterm) as term,
        row_number() over earlier as place,
        first_value(aeseq) over earlier as first_aeseq
    from ae
    where coalesce(aedecod, aeterm) is not null and dtc_day(aestdtc) is not null
    window earlier as (
        partition by usubjid, lower(coalesce(aedecod, aeterm)), dtc_day(aestdtc)
        order by aeseq, aestdtc, aeterm
    )

)

select
    usubjid,
    record_of('ae', aeseq, aestdtc, aeterm) as record,
    min(format(
        '{} of {}, as {}', term, aestdtc, coalesce('ae ' || first_aeseq, 'another record')
    )) as finding
from numbered
where place > 1
group by usubjid, record
