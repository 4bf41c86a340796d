-- Consent is dated to the day
--
-- why: nothing of the trial may come before consent, and without the day nobody can tell
-- severity: major
-- needs: participants.consent_dtc
-- grain: one row per person whose date of consent is missing or partial (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    'dm' as record,
    'Date of consent is ' || coalesce('not known to the day: ' || consent_dtc, 'missing') as finding
from participants
where
    consented_on is null
    and (
        'rficdtc' not in (select column_name from absent where table_name = 'dm')
        or exists (select 1 from participants where consent_dtc is not null)
    )
