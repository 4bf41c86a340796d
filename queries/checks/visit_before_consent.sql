-- No visit takes place before the day of consent
--
-- why: nothing of the trial may be done before consent (ICH E6)
-- severity: critical
-- needs: participants.consent_dtc
-- grain: one row per visit before consent (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('sv', visitnum, svstdtc, visit) as record,
    format('Done on {}, before consent on {}', min(svstdtc), any_value(consent_dtc)) as finding
from sv
join participants using (usubjid)
where not is_left_out(svoccur) and dtc_to(svstdtc) < dtc_from(consent_dtc)
group by usubjid, record
