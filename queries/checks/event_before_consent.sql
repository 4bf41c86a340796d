-- No adverse event begins before the day of consent
--
-- why: what came before consent is history, and would be counted as an event of the trial
-- severity: minor
-- needs: dm.rficdtc
-- grain: one row per event that began before consent (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ae', aeseq, aestdtc, aeterm) as record,
    format(
        '{} began on {}, before consent on {}',
        min(coalesce(aedecod, aeterm, 'An event')),
        min(aestdtc),
        any_value(rficdtc)
    ) as finding
from ae
join dm using (usubjid)
where dtc_to(aestdtc) < dtc_from(rficdtc)
group by usubjid, record
