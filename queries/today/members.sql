-- Which records make up each headline number?
--
-- grain: one row per number and record that it counts (name, usubjid, record)
-- params: $cohort
-- columns:
--   name     headline number
--   usubjid  unique subject identifier
--   record   what is counted: the person, or one of the person's infusions, events or visits
--   detail   what the record says, in words
--
-- Who is screened has no group yet: the two numbers of screening are of all groups.

select name, usubjid, record, detail
from members
where $cohort is null or cohort = $cohort or name in ('screened', 'failed screening')
order by name, usubjid, record
