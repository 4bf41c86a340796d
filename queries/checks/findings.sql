-- Which records break a rule, and which rule?
--
-- rules: all of them, as the tables rules and broken (queries/rules.py)
-- grain: one row per rule and record that breaks it (check, usubjid, record)
-- params: $cohort
-- columns:
--   check     name of the rule: the file checks/<check>.sql
--   rule      the rule, as it should hold
--   severity  critical, major or minor
--   usubjid   unique subject identifier
--   record    the record of the export that is meant, named alike in every cut
--   finding   what the site should look at

select
    "check",
    rule,
    severity,
    usubjid,
    record,
    finding
from broken
join rules using ("check")
where $cohort is null or usubjid in (select usubjid from participants where cohort = $cohort)
order by list_position(['critical', 'major', 'minor'], severity), "check", usubjid, record
