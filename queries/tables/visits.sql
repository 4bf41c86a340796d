-- Was every scheduled visit made, and in its window?
--
-- grain: one row per included patient and visit of the schedule (usubjid, visitnum)
-- params: $cut_on, $days_first_day, $disposition_screen_failed, $disposition_died,
--         $disposition_completed, $disposition_lost, $disposition_withdrawn
-- columns:
--   usubjid         unique subject identifier
--   cohort          group at inclusion
--   visitnum        number of the visit, as in protocol.toml
--   visit           its name
--   target_day      study day on which it is planned
--   target_on       that day; null unless day 0 is known to the day
--   opens_on        first day of its window; null if protocol.toml sets none, or unless known
--   closes_on       last day of its window
--   has_window      whether protocol.toml sets both ends of the window
--   status          done in window, done early, done late, or done if that cannot be judged; not
--                   done: missed, overdue, due, upcoming, not due, unknown
--   reason          why it is missed, not due or unknown, or not judged
--   ended_by        what made a visit not due: died, withdrawn or lost
--   visit_dtc       when it was made, as collected; of a missed one, when it was planned
--   visited_from    first day on which it can have been made; null if it was not made
--   visited_to      last day on which it can have been made
--   visited_on      day on which it was made; null unless known to the day
--   visit_day       study day of visited_on
--   deviation_days  days from target_on to visited_on; negative if before
--   days_left       days from the cut to closes_on, or to target_on without a window, for due,
--                   overdue and upcoming ones; negative if past
--   is_done         whether it was made by the cut
--   is_owed         whether it counts in the denominator of completion: done, missed or overdue
--   is_after_death  whether it is dated after the death on record
--   record          number of the record of sv that is this visit; null if there is none
--   n_records       records of sv for this visit, by the cut
--
-- Of several records of a visit the one in its window counts, else the nearest to its target day;
-- one that took place before one that did not. A record counts if it has a date or says that the
-- visit took place (svoccur); the date of a visit that did not (N) is the day it was planned for. A
-- record whose svoccur is neither Y nor N says neither, and counts as no record.
--
-- overdue: the window has closed and nothing is recorded. not due: the patient died, withdrew or
-- was lost on or before its last day; having completed the trial excuses from nothing. Without a
-- window a visit is due from its target day on, and overdue only once the patient has left; who
-- left by the target day is not due. A visit recorded as missed for a day after the patient had
-- left is not due either.

with records as (

    select
        *,
        dtc_from(svstdtc) as visited_from,
        dtc_to(svstdtc) as visited_to,
        took_place(svoccur, svreasoc) as is_made,
        row_number() over (order by usubjid, visitnum, svstdtc, visit, svoccur, svreasoc) as record
    from sv
    where usubjid in (select usubjid from participants where is_included)

),

departures as (

    -- The first of the records by which a patient left; a death is also known from elsewhere.
    select
        usubjid,
        arg_min(ended_by, (last_on, first_on)) as ended_by,
        arg_min(decod, (last_on, first_on)) as decod,
        arg_min(first_on, (last_on, first_on)) as left_from,
        arg_min(last_on, (last_on, first_on)) as left_to
    from (
        select
            usubjid,
            'died' as ended_by,
            left_why as decod,
            coalesce(died_from, included_from) as first_on,
            left_to as last_on
        from participants
        join (select usubjid, died_from from person_time) using (usubjid)
        where is_dead
        union all
        select
            usubjid,
            if(list_contains($disposition_lost, upper(dsdecod)), 'lost', 'withdrawn'),
            coalesce(upper(dsdecod), 'REASON NOT RECORDED'),
            coalesce(dtc_from(dsstdtc), included_from),
            least(coalesce(dtc_to(dsstdtc), $cut_on), $cut_on)
        from ds
        join participants using (usubjid)
        where
            may_end_the_trial(dscat, dsscat, epoch, false)
            and (
                upper(dscat) = 'DISPOSITION EVENT'
                or list_contains($disposition_lost, upper(dsdecod))
                or list_contains($disposition_withdrawn, upper(dsdecod))
            )
            and not list_contains($disposition_died, coalesce(upper(dsdecod), ''))
            and not list_contains($disposition_completed, coalesce(upper(dsdecod), ''))
            -- A first screening that failed is not why the patient left.
            and (
                not list_contains($disposition_screen_failed, coalesce(upper(dsdecod), ''))
                or upper(dsdecod) = left_why
            )
            and coalesce(dtc_from(dsstdtc) <= $cut_on, true)
    ) as records_of_leaving
    group by usubjid

),

windowed as (

    select
        participants.usubjid,
        participants.cohort,
        schedule.visitnum,
        schedule.visit,
        schedule.target_day,
        schedule.days_before is not null and schedule.days_after is not null as has_window,
        schedule.days_after is not null as can_close,
        day_zero_on,
        on_study_day(target_day, zero_from, $days_first_day) as target_from,
        on_study_day(target_day, zero_to, $days_first_day) as target_to,
        target_from - days_before as opens_from,
        target_to - days_before as opens_to,
        target_from + days_after as closes_from,
        target_to + days_after as closes_to,
        departures.ended_by,
        lower(departures.decod) as left_why,
        departures.left_from,
        departures.left_to,
        -- When nothing more can come, by leaving or by completing.
        coalesce(
            departures.left_to,
            if(participants.status = 'completed', participants.left_to, null)
        ) as ended_to,
        if(participants.is_dead, participants.left_to, null) as dead_by
    from participants
    cross join schedule
    left join departures using (usubjid)
    where participants.is_included

),

matched as (

    select
        windowed.*,
        records.record,
        records.svstdtc,
        records.svreasoc,
        coalesce(is_made, false) as is_done,
        coalesce(not is_made, false) as is_missed,
        records.visited_from,
        records.visited_to,
        count(records.record) over (partition by windowed.usubjid, windowed.visitnum) as n_records
    from windowed
    left join records
        on windowed.usubjid = records.usubjid
        and windowed.visitnum = records.visitnum
        and coalesce(visited_from <= $cut_on, true)
        and is_made is not null
        and (visited_from is not null or svoccur is not null)
    qualify row_number() over (
        partition by windowed.usubjid, windowed.visitnum
        order by
            is_done desc,
            (records.visited_from >= opens_to and records.visited_to <= closes_from)
                desc nulls last,
            abs(records.visited_from - target_from) nulls last,
            records.visited_from,
            records.record
    ) = 1

),

judged as (

    select
        *,
        -- Whether the patient left by the last day on which the visit could have been due.
        case
            when ended_by is null then false
            when left_to <= coalesce(closes_from, target_from) then true
            when left_from > coalesce(closes_to, target_to) then false
        end as left_in_time,
        case
            when not is_done then null
            when visited_to < opens_from then 'done early'
            when visited_from > closes_to then 'done late'
            when visited_from >= opens_to and visited_to <= closes_from then 'done in window'
            else 'done'
        end as done_how,
        case
            when is_done then null
            when is_missed and visited_from > left_to then 'not due'
            when is_missed and visited_from is null and left_in_time then 'not due'
            when is_missed then 'missed'
            when target_from is null then 'unknown'
            when left_in_time then 'not due'
            when left_in_time is null then 'unknown'
            when $cut_on < coalesce(opens_from, target_from) then 'upcoming'
            when not can_close and ended_to < $cut_on and target_to < $cut_on then 'overdue'
            when $cut_on < coalesce(opens_to, target_to) then 'unknown'
            when $cut_on <= coalesce(closes_from, $cut_on) then 'due'
            when $cut_on > closes_to then 'overdue'
            else 'unknown'
        end as standing
    from matched

)

select
    usubjid,
    cohort,
    visitnum,
    visit,
    target_day,
    if(target_from = target_to, target_from, null) as target_on,
    if(target_from = target_to, opens_from, null) as opens_on,
    if(target_from = target_to, closes_from, null) as closes_on,
    has_window,
    coalesce(done_how, standing) as status,
    case
        when is_done and judged.visited_from > dead_by then 'dated after the death on record'
        when done_how = 'done' and svstdtc is null then 'not dated'
        when done_how = 'done' and not has_window then 'window not set in protocol.toml'
        when done_how = 'done' and target_from is null then 'day 0 is not known'
        when done_how = 'done' then 'dates are known only in part'
        when standing = 'not due' and is_missed
        then left_why || '; recorded as not done' || coalesce(': ' || svreasoc, '')
        when standing = 'not due' then left_why
        when standing = 'missed'
        then coalesce(svreasoc, 'recorded as not done, without a reason')
        when standing = 'unknown' and target_from is null then 'day 0 is not known'
        when standing = 'unknown' and left_in_time is null and left_from is distinct from left_to
        then 'day of leaving not known: ' || left_why
        when standing = 'unknown' then 'day 0 is known only in part'
        when standing = 'upcoming' and target_from < target_to then 'day 0 is known only in part'
        when standing = 'overdue' and ended_to is not null
        then 'nothing recorded, and the patient has ' || coalesce(
            if(ended_by = 'died', 'died', 'left: ' || left_why),
            'completed the trial'
        )
    end as reason,
    if(standing = 'not due', ended_by, null) as ended_by,
    svstdtc as visit_dtc,
    if(is_done, visited_from, null) as visited_from,
    if(is_done, visited_to, null) as visited_to,
    if(is_done, dtc_day(svstdtc), null) as visited_on,
    study_day(visited_on, day_zero_on, $days_first_day) as visit_day,
    (visited_on - target_on)::integer as deviation_days,
    if(
        standing in ('due', 'overdue', 'upcoming'),
        coalesce(closes_on, target_on) - $cut_on,
        null
    )::integer as days_left,
    is_done,
    is_done or standing in ('missed', 'overdue') as is_owed,
    coalesce(is_done and judged.visited_from > dead_by, false) as is_after_death,
    record::integer as record,
    n_records::integer as n_records
from judged
order by usubjid, target_day, visitnum
