-- No infusion is given before the day of consent
--
-- why: nobody may be treated without consent (ICH E6)
-- severity: critical
-- needs: participants.consent_dtc
-- grain: one row per infusion before consent (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ex', exseq, exstdtc, exlot) as record,
    format('Given on {}, before consent on {}', min(exstdtc), any_value(consent_dtc)) as finding
from ex
join participants using (usubjid)
where not is_left_out(exoccur) and is_before(exstdtc, consent_dtc)
group by usubjid, record
