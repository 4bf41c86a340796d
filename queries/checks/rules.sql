-- Which rules are checked, and does each of them hold?
--
-- rules: all of them, as the tables rules and broken (queries/rules.py)
-- grain: one row per rule (check)
-- params: $cohort
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
    rules."check",
    rule,
    why,
    severity,
    case
        when count(usubjid) > 0 then 'broken'
        when coalesce(lacks, unset, empty) is not null then 'not checked'
        else 'holds'
    end as state,
    nullif(
        concat_ws(
            '; ',
            'not exported: ' || lacks,
            'not set in protocol.toml: ' || unset,
            if(lacks is null, 'no value in ' || empty, null)
        ),
        ''
    ) as reason,
    count(usubjid)::integer as n_findings,
    count(distinct usubjid)::integer as n_people
from rules
left join broken
    on broken."check" = rules."check"
    and ($cohort is null or usubjid in (select usubjid from participants where cohort = $cohort))
group by rules."check", rule, why, severity, lacks, unset, empty
order by list_position(['critical', 'major', 'minor'], severity), rules."check"
