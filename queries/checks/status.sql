-- Which rules are checked, does each of them hold, and what has changed since the other cut?
--
-- grain: one row per rule (check)
-- reads: checks/checkable, checks/compared
-- all groups: the findings that are read are those of the group
-- columns:
--   check         name of the rule: the file checks/<check>.sql
--   rule          the rule, as it should hold
--   why           what goes wrong if it does not
--   severity      critical, major or minor
--   state         broken, holds, or not checked
--   reason        why it is not checked, or not in full; null if it is
--   n_findings    records that break it
--   n_people      people whom these are about
--   n_new         of the records, those that did not in the other cut; null if there is none
--   n_persisting  of the records, those that did; null likewise
--   n_resolved    records that did in the other cut and do not any more; null likewise
--   n_gone        records that did, and of which nobody can tell any more; null likewise
--   open_since    first cut that held the oldest of them

with judged as (

    select
        "check",
        checks_checkable.rule,
        why,
        checks_checkable.severity,
        case
            when count(*) filter (where is_open) > 0 then 'broken'
            when reason is not null then 'not checked'
            else 'holds'
        end as state,
        reason,
        (count(*) filter (where is_open))::integer as n_findings,
        (count(distinct usubjid) filter (where is_open))::integer as n_people,
        if(has_before, count(*) filter (where is_open and not was_open), null)::integer as n_new,
        if(has_before, count(*) filter (where is_open and was_open), null)::integer as n_persisting,
        if(has_before, count(*) filter (where checks_compared.state = 'resolved'), null)::integer
            as n_resolved,
        if(has_before, count(*) filter (where checks_compared.state = 'gone'), null)::integer
            as n_gone,
        min(open_since) filter (where is_open) as open_since
    from checks_checkable
    left join checks_compared using ("check")
    group by "check", checks_checkable.rule, why, checks_checkable.severity, reason, has_before

)

select
    "check",
    rule,
    why,
    severity,
    state,
    reason,
    n_findings,
    n_people,
    n_new,
    n_persisting,
    n_resolved,
    n_gone,
    open_since
from judged
order by
    list_position(['broken', 'not checked', 'holds'], state),
    list_position(['critical', 'major', 'minor'], severity),
    n_findings desc,
    "check"
