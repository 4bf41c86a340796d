-- No adverse event begins before the day of consent
--
-- why: what came before consent is history, and would be counted as an event of the trial
-- severity: minor
-- needs: participants.consent_dtc
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
        any_value(consent_dtc)
    ) as finding
from ae
join participants using (usubjid)
where dtc_to(aestdtc) < dtc_from(consent_dtc)
group by usubjid, record
