-- How complete is the follow-up of all patients together?
--
-- grain: one row
-- params: $cohort
-- estimate: follow_up.completeness(observed_days, potential_days)
-- columns:
--   observed_days   days observed, of all patients together
--   potential_days  days that could have been observed
--   pct_complete    observed_days of potential_days, in %: Clark's C
--
-- Patients whose days are not known are left out; follow_up/person_time gives the reason.

select observed_days, potential_days
from person_time
where reason is null and ($cohort is null or cohort = $cohort)
