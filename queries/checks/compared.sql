-- Which findings are new since the other cut, which persist, which are gone, and why?
--
-- grain: one row per rule and record that breaks it in either cut (check, usubjid, record)
-- params: $cohort
-- compares: checks/recorded, recruitment/participants
-- alone: compares with the cut before; if there is none, every finding is open, new or not
-- reads: checks/checkable, checks/vanished
-- columns:
--   check       name of the rule: the file checks/<check>.sql
--   rule        the rule, as it should hold
--   severity    critical, major or minor
--   usubjid     unique subject identifier
--   record      the record of the export that is meant, named alike in every cut
--   finding     what the site should look at, or should have looked at
--   state       new, persisting, resolved (the record breaks the rule no more), gone (nobody can
--               tell any more), or open (there is no other cut)
--   because     why nobody can tell, or why a finding is new although its record may not be
--   is_open     whether this cut has it
--   was_open    whether the other cut had it; null if there is no other cut
--   open_since  first cut of those that held it in a row
--   is_first    whether that is the first usable cut there is: it may be older
--   is_again    whether it had been open, and closed, before that
--   n_cuts      cuts in a row that held it
--
-- A finding that is not found any more is not resolved if its record was removed, or if the rule
-- can no longer be checked: nobody has mended anything. With a group chosen, the findings of
-- whoever is in it count, each cut by its own groups.

with now_open as (

    select
        *,
        (rule, usubjid, record) in (
            select (rule, usubjid, record) from now_recorded where gone_with is not null
        ) as is_again
    from now_recorded
    where
        gone_with is null
        and ($cohort is null or usubjid in (select usubjid from now_participants))

),

before_open as (

    select
        *,
        (rule, usubjid, record) in (
            select (rule, usubjid, record) from before_recorded where gone_with is not null
        ) as is_again
    from before_recorded
    where
        gone_with is null
        and ($cohort is null or usubjid in (select usubjid from before_participants))

),

either as (

    select
        rule,
        usubjid,
        record,
        coalesce(now_open.finding, before_open.finding) as finding,
        now_open.rule is not null as is_open,
        before_open.rule is not null as was_open,
        coalesce(now_open.open_since, before_open.open_since) as open_since,
        coalesce(now_open.is_first, before_open.is_first) as is_first,
        coalesce(now_open.is_again, before_open.is_again) as is_again,
        coalesce(now_open.n_cuts, before_open.n_cuts) as n_cuts
    from now_open
    full join before_open using (rule, usubjid, record)

),

judged as (

    select
        either.*,
        checks_checkable.severity,
        checks_checkable."check",
        has_before,
        case
            when is_open and not was_open and reason_was is not null
            then 'the rule was not checked before, or not in full: ' || reason_was
            when
                is_open and not was_open
                and (rule, usubjid, record)
                in (select (rule, usubjid, record) from before_recorded where gone_with is null)
            then 'the person was not in the group before'
            when is_open
            then null
            when
                (rule, usubjid, record)
                in (select (rule, usubjid, record) from now_recorded where gone_with is null)
            then 'the person is not in the group any more'
            when (usubjid, '-') in (select (usubjid, record) from checks_vanished)
            then 'nothing of the person is exported any more'
            when (usubjid, either.record) in (select (usubjid, record) from checks_vanished)
            then 'the record is not exported any more'
            when reason is not null
            then 'the rule is not checked any more, or not in full: ' || reason
        end as because
    from either
    join checks_checkable using (rule)

)

select
    "check",
    rule,
    severity,
    usubjid,
    record,
    finding,
    case
        when not has_before then 'open'
        when is_open and was_open then 'persisting'
        when is_open then 'new'
        when because is null then 'resolved'
        else 'gone'
    end as state,
    if(has_before, because, null) as because,
    is_open,
    if(has_before, was_open, null) as was_open,
    open_since,
    is_first,
    is_again,
    n_cuts
from judged
order by
    list_position(['new', 'gone', 'open', 'persisting', 'resolved'], state),
    list_position(['critical', 'major', 'minor'], severity),
    "check",
    usubjid,
    record
