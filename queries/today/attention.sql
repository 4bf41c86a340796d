-- What needs somebody's attention, the most urgent first?
--
-- grain: one row per thing to do or to know (place)
-- params: $cut_on, $cohort, $stale_after_days, $days_old, $refused_cuts
-- compares: tables/members, checks/critical
-- alone: without another cut to compare with, the cut before says what is new; in the first, all is
-- reads: dosing/worklist, dosing/infusions, safety_counts/clocks, safety_counts/rules,
--     follow_up/worklist, follow_up/visits
-- columns:
--   place      order, 1 for the most urgent
--   urgency    stop, overdue, due, new, near, soon or watch
--   kind       infusion, report, visit, stopping rule, new, check, vital status or export
--   usubjid    unique subject identifier; null for what concerns the whole trial
--   record     what it is about: the patient, one of the patient's infusions, events or visits, the
--              outcome days, a stopping rule, the data, or a cut; unique within kind and patient
--   what       what is to be done or known, in words
--   by_on      last day for it; null if there is none
--   days_left  days from the cut to that day, of an export from today; negative if past
--   page       page that says more
--
-- stop: a stopping boundary is reached. overdue: its last day has passed. due: to be done now, or
-- perhaps so, as dates are known only in part. new: not in the other cut. near: one event from a
-- boundary. soon: opens within a week (infusions) or two (visits). watch: not known, to be found
-- out. What is not known is listed, since it may be urgent. An export is overdue when the newest
-- cut is older than protocol.toml says; $days_old and $refused_cuts are of the day of asking.
--
-- A new death stands above all but a stop. What is new comes after what is overdue and the
-- infusions and reports that are due, or may be, and before whatever else is due. Of one urgency,
-- infusions come first, then reports that certainly are to be made, reports that may be, visits,
-- and visits of those who have left.

with infusions as (

    select
        case status when 'overdue' then 'overdue' when 'upcoming' then 'soon' else 'due' end
            as urgency,
        'infusion' as kind,
        usubjid,
        'infusion ' || infusion as record,
        record || case status
            when 'overdue' then ' should have been given'
            when 'due' then ' is due'
            when 'unknown' then ' may be due: ' || reason
            else ' opens ' || coalesce(opens_on::date::varchar, 'on a day that is not known')
                || if(is_projected, ', if the one before it is given as early as it can be', '')
        end || coalesce('; ' || held_by, '') as what,
        1 as weight,
        if(status = 'unknown', null, closes_on)::date as by_on,
        closes_on::date as order_on,
        'Dosing' as page
    from dosing_worklist
    union all
    select
        'watch',
        'infusion',
        usubjid,
        'infusion ' || infusion,
        'infusion ' || infusion || ': '
            || if(may_be_given, reason, 'not known whether it was due, ' || reason),
        1,
        null,
        closes_on::date,
        'Dosing'
    from dosing_infusions
    anti join dosing_worklist using (usubjid, infusion)
    where status = 'unknown' and not is_given

),

clocks as (

    select
        *,
        clock = 'sae' as is_sae,
        coalesce(why || '; ', '') || case status
            when 'not set in protocol.toml' then 'no clock is set in protocol.toml'
            when 'cannot be told' then 'late or not'
            else status
        end as doubt,
        case
            when clock <> 'sae' and status = 'late' then 'overdue'
            when clock <> 'sae' and status = 'pending' then 'due'
            when clock <> 'sae' and reported_dtc is null then if(is_certain, 'due', 'watch')
            when clock <> 'sae' and follow_up_on::date >= $cut_on then 'soon'
            when clock = 'sae' and not is_certain then 'watch'
            when clock = 'sae' and (status = 'awareness not recorded' or day_zero_dtc is null)
            then 'watch'
        end as urgency
    from safety_counts_clocks

),

reports as (

    select
        urgency,
        'report' as kind,
        usubjid,
        'event ' || event as record,
        case
            when is_sae and not is_certain then term || ': not known whether it is serious'
            when is_sae
            then 'serious event ' || term || ': not recorded when the sponsor became aware of it'
            when urgency = 'soon' then 'further information on ' || term || ': ' || label
            when status in ('late', 'pending')
            then if(
                is_certain,
                'report of ' || term || ': ' || label,
                term || ': may have to be reported as ' || label || '; ' || why
            )
            else if(is_certain, 'report of ', 'SUSAR or not, ') || term || ': ' || doubt
        end as what,
        if(is_certain, 2, 3) as weight,
        case
            when is_sae then null
            when urgency = 'soon' then follow_up_on
            when status = 'late' then due_to
            else due_on
        end::date as by_on,
        by_on as order_on,
        'Safety counts' as page
    from clocks
    where urgency is not null
    qualify row_number() over (
        partition by usubjid, event
        order by
            is_sae, list_position(['overdue', 'due', 'watch', 'soon'], urgency), by_on, clock
    ) = 1

),

visits as (

    select
        case status when 'upcoming' then 'soon' else status end as urgency,
        'visit' as kind,
        usubjid,
        'visit ' || visit as record,
        visit || case status
            when 'overdue'
            then ' visit is overdue'
                || if(closes_on is null, ', planned for ' || target_on::date, '')
                || coalesce(': ' || reason, '')
            when 'due'
            then ' visit is due' || if(closes_on is null, ' since ' || target_on::date, '')
            else ' visit opens ' || coalesce(opens_on, target_on)::date
        end as what,
        if(status = 'overdue' and reason is not null, 5, 4) as weight,
        closes_on::date as by_on,
        coalesce(closes_on, target_on)::date as order_on,
        'Follow-up' as page
    from follow_up_worklist
    union all
    select
        'watch',
        'visit',
        usubjid,
        'visit ' || visit,
        visit || ' visit: not known whether it is due, ' || reason,
        4,
        null,
        null,
        'Follow-up'
    from follow_up_visits
    where status = 'unknown'

),

rules as (

    select
        if(distance <= 0 or crossed_at is not null, 'stop', 'near') as urgency,
        'stopping rule' as kind,
        null as usubjid,
        rule as record,
        rule || case
            when distance <= 0 then ': the stopping boundary is reached'
            when crossed_at is not null
            then ': the stopping boundary was reached at ' || crossed_at || ' patients'
            when would_stop then ': one more event reaches the stopping boundary'
            else ': the stopping boundary is reached if the patients not known had the event: '
                || n_unknown
        end as what,
        1 as weight,
        null as by_on,
        null as order_on,
        'Safety counts' as page
    from safety_counts_rules
    where distance <= greatest(n_unknown, 0) or crossed_at is not null or would_stop

),

-- An event is known again by what it says, or else by its number: a site may number anew. In
-- whatever group its patient was: who has come into the group brings no news.
other_now as (

    from now_members anti join before_members using (name, usubjid, record, detail)

),

other_before as (

    from before_members anti join now_members using (name, usubjid, record, detail)

),

unknown_now as (

    from other_now anti join other_before using (name, usubjid, detail)

),

unknown_before as (

    from other_before anti join other_now using (name, usubjid, detail)

),

news as (

    select
        'new' as urgency,
        'new' as kind,
        usubjid,
        record,
        if(name = 'deaths', 'new: ', 'new serious event: ') || detail as what,
        if(name = 'deaths', 0, 1) as weight,  -- a death stands above what else is late
        null as by_on,
        null as order_on,
        if(name = 'deaths', 'Outcomes', 'Adverse events') as page
    from unknown_now
    anti join unknown_before using (name, usubjid, record)
    where name in ('serious events', 'deaths') and ($cohort is null or cohort = $cohort)

),

contradictions as (

    -- What the other things rest on may be wrong: a death before the consent, say.
    select
        'new' as urgency,
        'check' as kind,
        null as usubjid,
        'the data' as record,
        format(
            '{} new critical {} of the data: {}',
            count(*),
            if(count(*) = 1, 'finding', 'findings'),
            array_to_string(list_sort(list(distinct replace("check", '_', ' '))), ', ')
        ) as what,
        2 as weight,
        null as by_on,
        null as order_on,
        'Checks' as page
    from now_critical
    anti join before_critical using ("check", usubjid, record)
    having count(*) > 0

),

vital as (

    select
        'watch' as urgency,
        'vital status' as kind,
        usubjid,
        string_agg(record, ' and ' order by length(record), record) as record,
        'vital status at ' || string_agg(record, ' and ' order by length(record), record) || ' is '
            || string_agg(distinct detail, '; ') as what,
        6 as weight,
        null as by_on,
        null as order_on,
        'Outcomes' as page
    from now_members
    where name = 'vital status unknown' and ($cohort is null or cohort = $cohort)
    group by usubjid

),

exports as (

    select
        'due' as urgency,
        'export' as kind,
        null as usubjid,
        'cut ' || cut as record,
        'the export of ' || cut || ' was refused: to be delivered again' as what,
        4 as weight,
        null as by_on,
        null as order_on,
        'Exports' as page
    from (select unnest($refused_cuts::varchar[]) as cut)
    union all
    select
        'overdue',
        'export',
        null,
        'cut ' || $cut_on,
        'the newest export is ' || $days_old || ' days old; one is expected within '
            || $stale_after_days,
        4,
        ($cut_on + $stale_after_days)::date,
        null,
        'Exports'
    where $days_old > $stale_after_days

),

things as (

    from infusions
    union all from reports
    union all from visits
    union all from rules
    union all from news
    union all from contradictions
    union all from vital
    union all from exports

)

select
    (row_number() over (
        order by
            urgency <> 'stop',
            weight > 0,
            list_position(
                ['stop', 'overdue', 'to be done', 'new', 'due', 'near', 'soon', 'watch'],
                if(urgency = 'due' and weight <= 3, 'to be done', urgency)
            ),
            weight,
            order_on,
            usubjid,
            what
    ))::integer as place,
    urgency,
    kind,
    usubjid,
    record,
    what,
    by_on,
    if(kind = 'export', $stale_after_days - $days_old, by_on - $cut_on)::integer as days_left,
    page
from things
order by place
