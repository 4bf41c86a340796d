-- On how many days to the first outcome day did each patient have oxygen or ventilation?
--
-- grain: one row per included patient (usubjid)
-- params: $cut_on, $cohort, $outcomes_days, $days_first_day, $support_invasive_ventilation,
--         $support_oxygen, $support_ecmo
-- columns:
--   usubjid            unique subject identifier
--   cohort             group at inclusion
--   last_on            last day that is counted: the outcome day, the cut or the death
--   ends_by            outcome day, cut or death
--   n_days             days from day 0 to last_on, both counted
--   n_unseen           of them, days after the last contact of a patient not known to be dead: what
--                      happened on them is not known
--   ventilation_least  days with invasive ventilation that are certain
--   ventilation_most   days that can have been such
--   oxygen_least       days with oxygen that are certain
--   oxygen_most        days that can have been such
--   ecmo_least         days with ECMO that are certain
--   ecmo_most          days that can have been such
--   either_least       days with oxygen or invasive ventilation that are certain
--   either_most        days that can have been such
--   n_open             episodes without an end, or with one before their start
--   reason             why the days are not known
--
-- Calendar days on which an episode of pr was going on. An episode without an end, or with a date
-- known only in part, makes days that are possible and not certain; so does one of which it is not
-- known whether it took place. An end before the start is none, and no day is certain: one of the
-- two is wrong.

with spans as (

    select
        person_time.usubjid,
        person_time.cohort,
        person_time.day_zero_on,
        is_dead,
        least(
            $cut_on,
            on_study_day(
                list_min($outcomes_days), person_time.day_zero_on, $days_first_day
            ),
            died_on
        ) as last_on,
        included_from,
        last_contact_on,
        case
            when 'pr' in (select table_name from absent where column_name is null)
            then 'the export has no pr'
            when list_min($outcomes_days) is null then 'no outcome day is set in protocol.toml'
            when len($support_invasive_ventilation) + len($support_oxygen) + len($support_ecmo) = 0
            then 'protocol.toml does not say how support is recorded'
            else reason
        end as reason,
        case
            when died_on = last_on then 'death'
            when $cut_on = last_on then 'cut'
            else 'outcome day'
        end as ends_by
    from person_time
    join participants using (usubjid)
    where $cohort is null or person_time.cohort = $cohort

),

episodes as (

    select
        usubjid,
        case
            when list_contains($support_invasive_ventilation, upper(prtrt)) then 'ventilation'
            when list_contains($support_oxygen, upper(prtrt)) then 'oxygen'
            when list_contains($support_ecmo, upper(prtrt)) then 'ecmo'
        end as kind,
        dtc_from(prstdtc) as begun_from,
        coalesce(dtc_to(prendtc) < begun_from, false) as is_contradicted,
        if(is_contradicted, null, dtc_to(prendtc)) as ended_to,
        coalesce(took_place(proccur, null), false) and not is_contradicted as is_sure,
        -- It began at the latest on the day it ended, and ended at the earliest when it began.
        least(dtc_to(prstdtc), ended_to) as begun_to,
        greatest(dtc_from(prendtc), begun_from) as ended_from
    from pr
    where kind is not null and coalesce(dtc_from(prstdtc) <= $cut_on, true)

),

days as (

    select
        usubjid,
        kind,
        is_sure,
        begun_to,
        coalesce(ended_from, begun_to) as ended_from,
        unnest(
            generate_series(
                greatest(begun_from, day_zero_on)::timestamp,
                least(ended_to, last_on)::timestamp,
                interval 1 day
            )
        )::date as on_day
    from spans
    join episodes using (usubjid)
    where reason is null and last_on >= day_zero_on

),

day_by_episode as (

    select
        usubjid,
        kind,
        on_day,
        coalesce(is_sure and on_day between begun_to and ended_from, false) as is_certain
    from days

),

day_by_day as (

    select
        usubjid,
        bool_or(is_certain) filter (where kind = 'ventilation') as ventilation,
        bool_or(is_certain) filter (where kind = 'oxygen') as oxygen,
        bool_or(is_certain) filter (where kind = 'ecmo') as ecmo,
        bool_or(is_certain) filter (where kind <> 'ecmo') as either
    from day_by_episode
    group by usubjid, on_day

),

counted as (

    -- Of each kind, true on days that are certain, and null on those without any of it.
    select
        usubjid,
        count(*) filter (where ventilation) as ventilation_least,
        count(ventilation) as ventilation_most,
        count(*) filter (where oxygen) as oxygen_least,
        count(oxygen) as oxygen_most,
        count(*) filter (where ecmo) as ecmo_least,
        count(ecmo) as ecmo_most,
        count(*) filter (where either) as either_least,
        count(either) as either_most
    from day_by_day
    group by usubjid

),

open_ones as (

    select usubjid, count(*) as n_open from episodes where ended_to is null group by usubjid

)

select
    usubjid,
    cohort,
    if(reason is null, last_on, null) as last_on,
    if(reason is null, ends_by, null) as ends_by,
    if(reason is null, last_on - day_zero_on + 1, null)::integer as n_days,
    if(
        reason is null,
        if(is_dead, 0, greatest(0, last_on - greatest(last_contact_on, day_zero_on - 1))),
        null
    )::integer as n_unseen,
    if(reason is null, coalesce(ventilation_least, 0), null)::integer as ventilation_least,
    if(reason is null, coalesce(ventilation_most, 0), null)::integer as ventilation_most,
    if(reason is null, coalesce(oxygen_least, 0), null)::integer as oxygen_least,
    if(reason is null, coalesce(oxygen_most, 0), null)::integer as oxygen_most,
    if(reason is null, coalesce(ecmo_least, 0), null)::integer as ecmo_least,
    if(reason is null, coalesce(ecmo_most, 0), null)::integer as ecmo_most,
    if(reason is null, coalesce(either_least, 0), null)::integer as either_least,
    if(reason is null, coalesce(either_most, 0), null)::integer as either_most,
    if(reason is null, coalesce(n_open, 0), null)::integer as n_open,
    reason
from spans
left join counted using (usubjid)
left join open_ones using (usubjid)
order by included_from nulls last, usubjid
