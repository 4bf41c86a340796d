-- Which serious events and SUSARs are to be reported by when, and which were reported late?
--
-- grain: one row per event and clock that runs for it (usubjid, event, clock)
-- params: $cut_on, $cohort
-- columns:
--   usubjid        unique subject identifier
--   event          number of the event for this patient
--   term           preferred term
--   start_dtc      start, as collected
--   clock          susar_fatal (fatal or life-threatening), susar, or sae (investigator to sponsor)
--   label          the clock in the words of protocol.toml
--   due_days       days to report that protocol.toml sets; null if it sets none
--   is_certain     whether the event is one that the clock is for; false if what is needed to tell
--                  is not known: it may be
--   status         late, pending, reported late, in time, cannot be told, awareness not recorded,
--                  or not set in protocol.toml
--   why            what is not known, or what the status rests on
--   day_zero_dtc   day 0: when the sponsor became aware of it, as collected
--   day_zero_from  first day that day 0 can be
--   day_zero_to    last day that day 0 can be
--   due_on         last day to report, day 0 and the days that protocol.toml sets, if day 0 was on
--                  the first day that it can be
--   due_to         last day to report if day 0 was on the last day that it can be
--   days_left      days from the cut to due_on, or if late, to due_to, negative; else null
--   reported_dtc   when it was reported to the authorities, as collected; of an sae, null
--   reported_from  first day that reported_dtc can mean
--   reported_to    last day that reported_dtc can mean
--   days_taken     days from day 0 to the report; of an sae, from its start to the sponsor
--   days_late      days after due_to on which it was reported, or on which the cut lies: it is late
--                  by as many at least
--   follow_up_on   last day for further information, counted from due_on; null if there is none
--
-- The clock of a SUSAR runs from the day on which the sponsor became aware to the report. That of
-- an SAE runs from when the investigator learned of it, which no export holds, to when the sponsor
-- did, by the hour, 24 to a day: if that is surely within the limit of the start, it was in time
-- whenever the investigator learned of it; else it cannot be told from the export. Of a day 0 known
-- in part, the first day counts for the due day. It lies between the start of the event and the
-- cut, as nobody is aware of what is still to come. An event of which it is not recorded whether it
-- was fatal or life-threatening gets the shorter clock.

with limits as (

    select
        kind as clock,
        string_agg(event, '; ') as label,
        min(due_days) as due_days,
        min(follow_up_days) as follow_up_days
    from clocks
    where kind is not null
    group by kind

),

events as (

    select
        *,
        dtc_by(aware_dtc, $cut_on) as aware_to,
        greatest(dtc_from(aware_dtc), if(started_from <= aware_to, started_from, null))
            as aware_from,
        -- The latest moment of the one and the earliest of the other: a day lasts to its end.
        has_zone(aware_dtc) = has_zone(start_dtc) as is_one_clock,
        coalesce(if(is_one_clock, instant_of(aware_dtc), null), aware_to + interval 1 day)
            as aware_at,
        coalesce(if(is_one_clock, instant_of(start_dtc), null), started_from) as started_at,
        dtc_from(reported_dtc) as reported_from,
        dtc_by(reported_dtc, $cut_on) as reported_to
    from adverse_events
    where
        (is_serious is distinct from false) and ($cohort is null or cohort = $cohort)

),

running as (

    select
        *,
        'sae' as clock,
        coalesce(is_serious, false) as is_certain,
        if(is_serious is null, 'seriousness not known', null) as doubt
    from events
    union all
    select
        *,
        if(is_grave is distinct from false, 'susar_fatal', 'susar'),
        coalesce(is_susar, false),
        nullif(
            concat_ws(
                ', ',
                if(is_serious is null, 'seriousness not known', null),
                if(is_related is null, 'relatedness not known', null),
                if(is_expected is null, 'expectedness not recorded', null),
                if(is_grave is null, 'not recorded whether fatal or life-threatening', null)
            ),
            ''
        )
    from events
    where is_susar is distinct from false

),

timed as (

    select
        running.*,
        label,
        due_days,
        follow_up_days,
        if(clock = 'sae', null, aware_from + due_days) as due_from,
        if(clock = 'sae', null, aware_to + due_days) as due_to
    from running
    left join limits using (clock)

),

judged as (

    select
        *,
        case
            when clock = 'sae' and due_days is null then 'not set in protocol.toml'
            when clock = 'sae' and aware_from is null then 'awareness not recorded'
            when clock = 'sae' and is_before(aware_dtc, start_dtc) then 'cannot be told'
            when clock = 'sae' and aware_at <= started_at + to_days(due_days) then 'in time'
            when clock = 'sae' then 'cannot be told'
            when reported_from is null and aware_from is null then 'awareness not recorded'
            when due_days is null then 'not set in protocol.toml'
            when aware_from is null then 'awareness not recorded'
            when reported_to < aware_from then 'cannot be told'
            when reported_to <= due_from then 'in time'
            when reported_from > due_to then 'reported late'
            when reported_from is not null then 'cannot be told'
            when $cut_on > due_to then 'late'
            when $cut_on <= due_from then 'pending'
            else 'cannot be told'
        end as status
    from timed

)

select
    usubjid,
    event,
    term,
    start_dtc,
    clock,
    coalesce(label, 'not set in protocol.toml') as label,
    due_days,
    is_certain,
    status,
    nullif(
        concat_ws(
            '; ',
            doubt,
            case
                when status = 'cannot be told' and clock = 'sae' and started_from is null
                then 'start not known'
                when status = 'cannot be told' and clock = 'sae' and is_before(aware_dtc, start_dtc)
                then 'on record, the sponsor knew of it before it began'
                when status = 'cannot be told' and clock = 'sae'
                then 'the export does not say when the investigator learned of it'
                when status = 'in time' and clock = 'sae'
                then 'the sponsor knew of it within the limit of its start'
                when status = 'cannot be told' and reported_to < aware_from
                then 'on record, it was reported before day 0'
                when status = 'cannot be told' then 'a day is known only in part'
                when status = 'awareness not recorded' and reported_dtc is not null
                then 'reported, and day 0 not recorded'
            end
        ),
        ''
    ) as why,
    aware_dtc as day_zero_dtc,
    aware_from as day_zero_from,
    aware_to as day_zero_to,
    due_from as due_on,
    due_to,
    case
        when status = 'late' then due_to - $cut_on
        when status = 'pending' then due_from - $cut_on
    end::integer as days_left,
    if(clock = 'sae', null, reported_dtc) as reported_dtc,
    if(clock = 'sae', null, reported_from) as reported_from,
    if(clock = 'sae', null, reported_to) as reported_to,
    case
        when clock = 'sae' and aware_from = aware_to and started_from = started_to
        then aware_from - started_from
        when clock <> 'sae' and aware_from = aware_to and reported_from = reported_to
        then reported_from - aware_from
    end::integer as days_taken,
    case
        when status = 'late' then $cut_on - due_to
        when status = 'reported late' then reported_from - due_to
    end::integer as days_late,
    due_from + follow_up_days as follow_up_on
from judged
order by
    -- What is to be done for certain, then what may be, then the rest.
    case
        when clock = 'sae' or status not in ('late', 'pending', 'awareness not recorded') then 3
        when is_certain then 1
        else 2
    end,
    list_position(
        [
            'late', 'pending', 'awareness not recorded', 'not set in protocol.toml',
            'cannot be told', 'reported late', 'in time'
        ],
        status
    ),
    days_left nulls last,
    is_certain desc,
    clock desc,
    usubjid,
    event
