-- Whoever is included is young enough for the protocol
--
-- why: the patient was not eligible, or the age is mistyped
-- severity: major
-- needs: dm.age, eligibility.age_max
-- params: $eligibility_age_max
-- grain: one row per included person who is older (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at
--
-- An age counts the years completed: 70.5 is 70.

select
    usubjid,
    'dm' as record,
    format('Age {:g}, where {} is the limit', age, $eligibility_age_max::varchar) as finding
from participants
where is_included and floor(age) > $eligibility_age_max
