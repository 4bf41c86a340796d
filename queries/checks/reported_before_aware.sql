-- An event is reported after the sponsor became aware of it
--
-- why: it is shown as reported in time, by a date that cannot be right
-- severity: major
-- needs: ae.aware_dtc, ae.reported_dtc
-- grain: one row per event reported before it was known (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ae', aeseq, aestdtc, aeterm) as record,
    min(format(
        '{}: reported {}, known {}', coalesce(aedecod, aeterm, 'An event'), reported_dtc, aware_dtc
    )) as finding
from ae
where is_before(reported_dtc, aware_dtc)
group by usubjid, record
