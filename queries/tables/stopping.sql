-- Which patients has each stopping rule already counted, and with what?
--
-- grain: one row per stopping rule of protocol.toml and patient who counts towards the target
--     (rule, usubjid)
-- params: $cut_on, $days_first_day
-- columns:
--   rule              name of the rule
--   usubjid           unique subject identifier
--   cohort            group at inclusion
--   standing          event, no event, pending or unknown: the first two are evaluable
--   reason            what it rests on, or what it waits for
--   event_on          first day on which the event can have begun; null without one
--   limit_on          last day on which an event counts; null if the rule has no such day
--   evaluable_on      day from which the patient is evaluable: that of the event, or limit_on
--   place             order in which the patients became evaluable, 1 for the first
--   n_events_to_date  events among them so far
--
-- The event of a rule is death; AR, AR grade > 3, SAE, SAR, SESAR or SUSAR; AESI or one of its
-- categories; or infusional. An event by the day makes a patient evaluable at once; without one, a
-- patient is evaluable when the day has come and the patient was seen on or after it, or has died
-- of something else, and pending until then. A rule without a day waits until the patient has died
-- or completed the trial.

with slots as (

    select
        stopping_rules.name as rule,
        upper(trim(stopping_rules.event)) as kind,
        within_days,
        participants.*,
        last_contact_on,
        died_from,
        on_study_day(within_days, zero_from, $days_first_day) as limit_from,
        on_study_day(within_days, zero_to, $days_first_day) as limit_to,
        kind in (
            'DEATH', 'AR', 'AR GRADE > 3', 'SAE', 'SAR', 'SESAR', 'SUSAR', 'AESI', 'INFUSIONAL'
        ) or kind in (select upper(category) from special_interest) as is_understood,
        case
            when not is_dead then false
            when within_days is null or left_to <= limit_from then true
            when died_from > limit_to then false
        end as died_in_time
    from stopping_rules
    cross join participants
    join person_time using (usubjid)
    where is_included and is_counted

),

happened as (

    select
        rule,
        usubjid,
        bool_or(is_of_kind and is_in_time) as has_event,
        bool_or((is_of_kind and is_in_time) is null) as may_have_event,
        min(started_from) filter (where is_of_kind and is_in_time) as event_on,
        bool_and(not is_emergent) filter (where is_of_kind and is_in_time) as is_before
    from (
        select
            rule,
            slots.usubjid,
            started_from,
            is_emergent,
            case kind
                when 'AR' then is_related
                when 'AR GRADE > 3' then is_severe_ar
                when 'SAE' then is_serious
                when 'SAR' then is_sar
                when 'SESAR' then is_sesar
                when 'SUSAR' then is_susar
                when 'AESI' then is_aesi
                when 'INFUSIONAL' then is_infusional
                else if(is_aesi, list_contains(string_split(upper(aesi), ', '), kind), is_aesi)
            end as is_of_kind,
            case
                when within_days is null or begun_by <= limit_from then true
                when started_from > limit_to then false
            end as is_in_time
        from slots
        join adverse_events using (usubjid)
        where is_understood and kind <> 'DEATH'
    )
    group by rule, usubjid

),

judged as (

    select
        slots.*,
        case
            when not is_understood then 'unknown'
            when kind = 'DEATH' and died_in_time then 'event'
            when has_event then 'event'
            when may_have_event then 'unknown'
            when within_days is null and (is_dead or status = 'completed') then 'no event'
            when within_days is null and status in ('withdrawn', 'lost') then 'unknown'
            when within_days is null then 'pending'
            when limit_from is null then 'unknown'
            when kind <> 'DEATH' and died_in_time then 'no event'
            when is_dead and died_from > limit_to then 'no event'
            when last_contact_on >= limit_to then 'no event'
            when is_dead then 'unknown'
            when $cut_on <= limit_from then 'pending'
            else 'unknown'
        end as standing,
        case
            when not is_understood then 'the event of the rule is none that can be told'
            when standing = 'event' and kind = 'DEATH' then 'died'
            when standing = 'event' and is_before
            then 'event on record, begun before the first infusion'
            when standing = 'event' then 'event on record'
            when may_have_event then 'an event of which it is not known whether it counts'
            when limit_from is null and within_days is not null then 'day 0 is not known'
            when standing = 'no event' and is_dead and died_in_time then 'died without it'
            when standing = 'no event' and is_dead then 'died later'
            when standing = 'no event' then 'seen on the day or later'
            when standing = 'unknown' and is_dead then 'dead, on a day that is not known'
            when standing = 'unknown' and $cut_on <= limit_to then 'day 0 is known only in part'
            when standing = 'unknown' then not_seen_since(last_contact_on)
            when within_days is null then 'still in the trial'
            else 'waits until ' || limit_to::varchar
        end as reason,
        if(standing = 'event', if(kind = 'DEATH', died_from, happened.event_on), null) as event_on,
        case standing
            when 'event' then coalesce(if(kind = 'DEATH', died_from, happened.event_on), $cut_on)
            when 'no event'
            then coalesce(least(limit_to, if(is_dead, left_to, null)), left_to, $cut_on)
        end as evaluable_on
    from slots
    left join happened using (rule, usubjid)

)

select
    rule,
    usubjid,
    cohort,
    standing,
    reason,
    event_on,
    limit_to as limit_on,
    evaluable_on,
    if(
        evaluable_on is null,
        null,
        row_number() over (partition by rule order by evaluable_on nulls last, usubjid)
    )::integer as place,
    if(
        evaluable_on is null,
        null,
        -- With a filter, it would take DuckDB longer by the square of the patients.
        count(if(standing = 'event', 1, null))
            over (partition by rule order by evaluable_on nulls last, usubjid
                rows between unbounded preceding and current row)
    )::integer as n_events_to_date
from judged
order by rule, place nulls last, usubjid
