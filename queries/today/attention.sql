-- What needs somebody's attention, the most urgent first?
--
-- grain: one row per thing to do or to know (place)
-- params: $cut_on
-- compares: today/members
-- alone: without another cut to compare with, the cut before says what is new; in the first, all is
-- reads: dosing/worklist, dosing/infusions, safety_counts/clocks, safety_counts/rules,
--     follow_up/worklist, follow_up/visits
-- all groups: the answers that are read are those of the group
-- columns:
--   place      order, 1 for the most urgent
--   urgency    overdue, due, new, soon or watch
--   kind       infusion, report, visit, stopping rule, new, or vital status
--   usubjid    unique subject identifier; null for what concerns the whole trial
--   record     what it is about: the patient, one of the patient's infusions, events, visits or
--              outcome days, or a stopping rule
--   what       what is to be done or known
--   by_on      last day for it; null if there is none
--   days_left  days from the cut to that day; negative if past
--   page       page that says more

with things as (

    select
        case status when 'overdue' then 'overdue' when 'due' then 'due' else 'soon' end as urgency,
        1 as weight,
        'infusion' as kind,
        usubjid,
        'infusion ' || infusion as record,
        record || case status
            when 'overdue' then ' should have been given'
            when 'due' then ' is due'
            else ' opens ' || coalesce(opens_on::date::varchar, 'on a day that is not known')
                || if(is_projected, ', if the one before it is given in time', '')
        end as what,
        closes_on::date as by_on,
        days_left,
        'Dosing' as page
    from dosing_worklist
    union all
    select
        'watch',
        1,
        'infusion',
        usubjid,
        'infusion ' || infusion,
        'infusion ' || infusion || ': not known whether it is due, ' || reason,
        null,
        null,
        'Dosing'
    from dosing_infusions
    where status = 'unknown' and not is_given
    union all
    select
        if(days_left < 0, 'overdue', 'due'),
        0,
        'report',
        usubjid,
        'event ' || event,
        'report of ' || term || ': ' || label || if(is_certain, '', ', if it is one: ' || why),
        due_on::date,
        days_left,
        'Safety counts'
    from safety_counts_clocks
    where status in ('late', 'pending')
    union all
    select
        if(is_certain, 'due', 'watch'),
        0,
        'report',
        usubjid,
        'event ' || event,
        if(is_certain, 'report of ', 'SUSAR or not, ') || term || ': '
            || coalesce(why || '; ', '') || if(
                status = 'not set in protocol.toml', 'no clock is set in protocol.toml', status
            ),
        null,
        null,
        'Safety counts'
    from safety_counts_clocks
    where
        clock <> 'sae'
        and reported_dtc is null
        and status not in ('late', 'pending')
    union all
    select
        'watch',
        0,
        'report',
        usubjid,
        'event ' || event,
        'further information on ' || term || ': ' || label,
        follow_up_on::date,
        (follow_up_on::date - $cut_on)::integer,
        'Safety counts'
    from safety_counts_clocks
    where status in ('in time', 'reported late') and follow_up_on::date >= $cut_on
    union all
    select
        if(distance <= 0 or crossed_at is not null, 'due', 'watch'),
        0,
        'stopping rule',
        null,
        rule,
        rule || case
            when distance <= 0 then ': the stopping boundary is reached'
            when crossed_at is not null
            then ': the stopping boundary was reached at ' || crossed_at || ' patients'
            else ': one more event reaches the stopping boundary'
        end,
        null,
        null,
        'Safety counts'
    from safety_counts_rules
    where distance <= 0 or crossed_at is not null or would_stop
    union all
    select
        case when days_left < 0 then 'overdue' when status = 'due' then 'due' else 'soon' end,
        3,
        'visit',
        usubjid,
        'visit ' || visit,
        visit || case status
            when 'overdue' then ' visit is overdue' || coalesce(': ' || reason, '')
            when 'due' then ' visit is due'
            else ' visit opens ' || coalesce(opens_on, target_on)::date
        end,
        coalesce(closes_on, target_on)::date,
        days_left,
        'Follow-up'
    from follow_up_worklist
    union all
    select
        'watch',
        3,
        'visit',
        usubjid,
        'visit ' || visit,
        visit || ' visit: not known whether it is due, ' || reason,
        null,
        null,
        'Follow-up'
    from follow_up_visits
    where status = 'unknown'
    union all
    select
        'new',
        2,
        'new',
        usubjid,
        record,
        if(name = 'deaths', 'new: death', 'new serious event: ' || detail),
        null,
        null,
        if(name = 'deaths', 'Outcomes', 'Adverse events')
    from now_members
    anti join before_members using (name, usubjid, record)
    where name in ('serious events', 'deaths')
    union all
    select
        'watch',
        4,
        'vital status',
        usubjid,
        string_agg(record, ' and ' order by length(record), record),
        'vital status at ' || string_agg(record, ' and ' order by length(record), record) || ' is '
            || string_agg(distinct detail, '; '),
        null,
        null,
        'Outcomes'
    from now_members
    where name = 'vital status unknown'
    group by usubjid

)

select
    (row_number() over (
        order by
            list_position(['overdue', 'due', 'new', 'soon', 'watch'], urgency), weight, days_left,
            usubjid, what
    ))::integer as place,
    urgency,
    kind,
    usubjid,
    record,
    what,
    by_on,
    days_left::integer as days_left,
    page
from things
order by place
