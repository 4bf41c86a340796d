-- Whoever is included is old enough for the protocol
--
-- why: the patient was not eligible, or the age is mistyped
-- severity: major
-- needs: dm.age, eligibility.age_min
-- params: $eligibility_age_min
-- grain: one row per included person who is younger (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at
--
-- An age counts the years completed: 70.5 is 70.

select
    usubjid,
    'dm' as record,
    format('Age {:g}, where {} is the limit', age, $eligibility_age_min::varchar) as finding
from participants
where is_included and floor(age) < $eligibility_age_min
