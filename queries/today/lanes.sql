-- How does each patient's course look: treated when, what happened, supported how long, ended how?
--
-- grain: one row per patient and thing to draw (usubjid, kind, record)
-- params: $cut_on, $cohort, $days_first_day, $support_invasive_ventilation, $support_ecmo
-- columns:
--   usubjid   unique subject identifier
--   cohort    group at inclusion
--   place     order of inclusion, 1 for the first
--   status    where the patient stands, as in participants
--   kind      in trial, infusion, serious event, ventilation, ECMO or death
--   record    number among those of its kind: of the infusion, of the event, of the episode; else 1
--   label     what it is, in words
--   state     of an infusion: its status; of a serious event: its grade
--   day_from  first study day that it can have begun on; null if day 0 or its date is not known
--   day_to    for something that lasts, the last day of it by the cut; else the last day that it
--             can have been on
--   is_open   whether it lasts at the cut, as far as is known
--
-- Ventilation and ECMO are the procedures that protocol.toml names so. An episode without an end
-- lasts as long as the lane does, until when anything is known of the patient, as in person_time;
-- one that ended before inclusion is left out, and one of which it is not known whether it took
-- place has (?) in its label.

with people as (

    select
        participants.*,
        (row_number() over (order by included_from nulls last, participants.usubjid))::integer
            as place,
        known_until,
        died_from
    from participants
    join person_time using (usubjid)
    where $cohort is null or participants.cohort = $cohort

),

episodes as (

    select
        usubjid,
        if(list_contains($support_ecmo, upper(prtrt)), 'ECMO', 'ventilation') as kind,
        prtrt || if(coalesce(took_place(proccur, null), false), '', ' (?)') as named,
        prstdtc,
        prendtc,
        dtc_from(prstdtc) as begun_from,
        dtc_to(prendtc) as ended_to,
        row_number() over (partition by usubjid, kind order by prstdtc, prendtc, prtrt) as record
    from pr
    where
        (
            list_contains($support_ecmo, upper(prtrt))
            or list_contains($support_invasive_ventilation, upper(prtrt))
        )
        and coalesce(dtc_from(prstdtc) <= $cut_on, true)

),

things as (

    select
        usubjid,
        'in trial' as kind,
        1 as record,
        concat_ws(': ', status, if(status in ('withdrawn', 'lost'), lower(left_why), null))
            as label,
        null as state,
        day_zero_on as on_from,
        known_until as on_to,
        not has_left as is_open
    from people
    union all
    select
        usubjid,
        'infusion',
        infusion,
        concat_ws(' ', 'infusion', infusion) || ', '
            || if(may_be_given, 'not known whether it was given', infusions.status),
        infusions.status,
        if(is_given or may_be_given, given_from, coalesce(closes_on, $cut_on)),
        if(is_given or may_be_given, given_to, coalesce(closes_on, $cut_on)),
        false
    from infusions
    where is_given or may_be_given or infusions.status in ('due', 'overdue', 'missed')
    union all
    select
        usubjid,
        'serious event',
        event,
        term || coalesce(', grade ' || grade, ', grade not known'),
        grade::varchar,
        started_from,
        least(started_to, $cut_on),
        false
    from adverse_events
    where is_serious
    union all
    select
        episodes.usubjid,
        kind,
        record,
        concat_ws(' ', lower(named), 'from', prstdtc, coalesce('to ' || prendtc, '')),
        null,
        begun_from,
        greatest(begun_from, if(ended_to is null, known_until, least(ended_to, $cut_on))),
        coalesce(ended_to > $cut_on, prendtc is null and not has_left)
    from episodes
    join people using (usubjid)
    where coalesce(ended_to >= included_from, true)
    union all
    select usubjid, 'death', 1, 'died', null, died_from, left_to, false
    from people
    where is_dead

)

select
    usubjid,
    cohort,
    place,
    people.status,
    kind,
    record::integer as record,
    trim(label) as label,
    state,
    study_day(on_from, day_zero_on, $days_first_day) as day_from,
    study_day(on_to, day_zero_on, $days_first_day) as day_to,
    is_open
from things
join people using (usubjid)
order by place, kind, record
