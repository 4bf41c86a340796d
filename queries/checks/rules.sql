-- Which rules are checked, and does each of them hold?
--
-- grain: one row per rule (check)
-- reads: checks/checked, checks/findings
-- all groups: the findings that are read are those of the group
-- columns:
--   check       name of the rule: the file checks/<check>.sql
--   rule        the rule, as it should hold
--   why         what goes wrong if it does not
--   severity    critical, major or minor
--   state       broken, holds, or not checked
--   reason      why it is not checked, or not in full; null if it is
--   n_findings  records that break it
--   n_people    people whom these are about

select
    "check",
    checks_checked.rule,
    why,
    checks_checked.severity,
    case
        when count(usubjid) > 0 then 'broken'
        when reason is not null then 'not checked'
        else 'holds'
    end as state,
    reason,
    count(usubjid)::integer as n_findings,
    count(distinct usubjid)::integer as n_people
from checks_checked
left join checks_findings using ("check")
group by "check", checks_checked.rule, why, checks_checked.severity, reason
order by list_position(['critical', 'major', 'minor'], checks_checked.severity), "check"
