-- The sponsor became aware of an event when it had begun
--
-- why: the reporting clock starts on a day that cannot be right
-- severity: major
-- needs: ae.aware_dtc
-- grain: one row per event known before it began (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ae', aeseq, aestdtc, aeterm) as record,
    min(format(
        '{}: known on {}, begun on {}', coalesce(aedecod, aeterm, 'An event'), aware_dtc, aestdtc
    )) as finding
from ae
where is_before(aware_dtc, aestdtc)
group by usubjid, record
