-- Which records make up each headline number?
--
-- grain: one row per number and record that it counts (name, usubjid, record)
-- params: $cohort
-- columns:
--   name     headline number
--   usubjid  unique subject identifier
--   record   what is counted: the person, or one of the person's infusions, events or visits
--   detail   what the record says, in words

select name, usubjid, record, detail
from members
where $cohort is null or cohort = $cohort
order by name, usubjid, record
