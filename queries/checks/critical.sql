-- Which records break a critical rule?
--
-- rules: the critical ones, as the table broken (queries/rules.py)
-- grain: one row per rule and record that breaks it (check, usubjid, record)
-- params: $cohort
-- columns:
--   check    name of the rule: the file checks/<check>.sql
--   usubjid  unique subject identifier
--   record   the record of the export that is meant, named alike in every cut
--
-- As findings has them; but those of all rules take DuckDB five times as long.

select
    "check",
    usubjid,
    record
from broken
where $cohort is null or usubjid in (select usubjid from participants where cohort = $cohort)
order by "check", usubjid, record
