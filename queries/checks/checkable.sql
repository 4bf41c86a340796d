-- Which rules can be checked in this cut, and which could be in the other?
--
-- grain: one row per rule (check)
-- compares: checks/checked
-- alone: compares with the cut before; if there is none, whether it could be then is not known
-- all groups: a rule is checked for everybody
-- columns:
--   check       name of the rule: the file checks/<check>.sql
--   rule        the rule, as it should hold
--   why         what goes wrong if it does not
--   severity    critical, major or minor
--   reason      why it is not checked, or not in full; null if it is
--   has_before  whether there is another cut
--   reason_was  why it was not checked, or not in full, in the other cut; null if it was

select
    "check",
    now_checked.rule,
    now_checked.why,
    now_checked.severity,
    now_checked.reason,
    before_checked."check" is not null as has_before,
    before_checked.reason as reason_was
from now_checked
left join before_checked using ("check")
order by list_position(['critical', 'major', 'minor'], now_checked.severity), "check"
