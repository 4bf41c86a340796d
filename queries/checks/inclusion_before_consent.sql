-- Inclusion comes on or after the day of consent
--
-- why: nobody may enter the trial without consent (ICH E6)
-- severity: critical
-- needs: participants.consent_dtc
-- grain: one row per person who was included before consent (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    'dm' as record,
    format('Included on {}, before consent on {}', inclusion_dtc, consent_dtc) as finding
from participants
where included_to < dtc_from(consent_dtc)
