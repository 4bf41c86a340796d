-- Where did each patient stand in time: when in, when treated, when last seen, when gone?
--
-- grain: one row per included patient (usubjid)
-- params: $cohort, $days_first_day
-- columns:
--   usubjid           unique subject identifier
--   cohort            group at inclusion
--   status            as in participants
--   age               age at consent, in years
--   sex               M, F or U
--   place             order of inclusion, 1 for the first
--   included_on       day of inclusion; null unless known to the day
--   day_zero_on       day 0 of the study days; null unless known to the day
--   left_on           day on which the patient died, completed or left; null unless known
--   left_day          study day of left_on
--   has_left          whether the patient died, completed or left
--   is_dead           whether any record says so by the cut
--   last_contact_on   last day on which the patient is known to have been alive by a contact
--   last_contact      kind of that contact
--   last_contact_day  study day of last_contact_on
--   n_events          adverse events
--   n_serious         of them, serious ones
--   worst_grade       worst grade of them; null if none has a grade
--   first_event_on    first day on which one of them can have begun

with events as (

    select
        usubjid,
        count(*)::integer as n_events,
        count(*) filter (where is_serious)::integer as n_serious,
        max(grade) as worst_grade,
        min(started_from) as first_event_on
    from adverse_events
    group by usubjid

)

select
    usubjid,
    participants.cohort,
    participants.status,
    age,
    sex,
    (row_number() over (order by included_from nulls last, usubjid))::integer as place,
    included_on,
    participants.day_zero_on,
    left_on,
    study_day(left_on, participants.day_zero_on, $days_first_day) as left_day,
    has_left,
    is_dead,
    last_contact_on,
    last_contact,
    study_day(last_contact_on, participants.day_zero_on, $days_first_day) as last_contact_day,
    coalesce(n_events, 0) as n_events,
    coalesce(n_serious, 0) as n_serious,
    worst_grade,
    first_event_on
from participants
join person_time using (usubjid)
left join events using (usubjid)
where $cohort is null or participants.cohort = $cohort
order by place
