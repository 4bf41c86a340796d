-- Which rules can be checked in this export, and what keeps the others from it?
--
-- rules: all of them, as the table rules (queries/rules.py)
-- grain: one row per rule (check)
-- all groups: a rule is checked for everybody
-- columns:
--   check     name of the rule: the file checks/<check>.sql
--   rule      the rule, as it should hold
--   why       what goes wrong if it does not
--   severity  critical, major or minor
--   lacks     tables and columns that it needs and the export lacks; null if there is none
--   unset     values that it needs and protocol.toml does not set; null if there is none
--   empty     columns that it needs, if no value stands in any of them; null if one does
--   reason    why it is not checked, or not in full, in words; null if it is

select
    "check",
    rule,
    why,
    severity,
    lacks,
    unset,
    empty,
    nullif(
        concat_ws(
            '; ',
            'not exported: ' || lacks,
            'not set in protocol.toml: ' || unset,
            if(lacks is null, 'no value in ' || empty, null)
        ),
        ''
    ) as reason
from rules
order by list_position(['critical', 'major', 'minor'], severity), "check"
