-- How did each patient come through to the first outcome day?
--
-- grain: one row per included patient (usubjid)
-- params: $cohort, $outcomes_days, $cut_on
-- columns:
--   usubjid          unique subject identifier
--   cohort           group at inclusion
--   primary_outcome  of the group: invasive ventilation or vital status; null if none is set
--   outcome_day      study day of the outcome; null if protocol.toml sets none
--   outcome_on       that day; null unless day 0 is known to the day
--   outcome          yes, no or died without it; dead or alive; unknown, not reached; null if the
--                    group has no primary outcome
--   reason           what it rests on, or why it is not known
--   vital_status     on that day: dead, alive, unknown, not reached
--   begun_dtc        invasive ventilation after inclusion: when it began, as collected
--   begun_day        study day of that; null unless known to the day
--   died_day         study day of the death; null unless known to the day
--   last_contact_on  last day on which the patient is known to have been alive by a contact
--   last_contact     kind of that contact
--   days_left        days from the cut to outcome_on; null once it has passed
--   contradiction    what in the records cannot be

select
    participants.usubjid,
    participants.cohort,
    groups.primary_outcome,
    outcome_day,
    vital_status.outcome_on,
    outcome,
    primary_outcomes.reason,
    vital_status.status as vital_status,
    ventilation.begun_dtc,
    ventilation.begun_day,
    vital_status.died_day,
    person_time.last_contact_on,
    person_time.last_contact,
    if(vital_status.outcome_on >= $cut_on, vital_status.outcome_on - $cut_on, null)::integer
        as days_left,
    if(
        groups.primary_outcome = 'invasive ventilation' and was_ventilated,
        'ventilated at inclusion, which this group excludes',
        null
    ) as contradiction
from participants
join person_time using (usubjid)
left join groups on participants.cohort = groups.code
left join vital_status
    on participants.usubjid = vital_status.usubjid
    and vital_status.outcome_day = list_min($outcomes_days)
left join ventilation using (usubjid, outcome_day)
left join primary_outcomes using (usubjid, outcome_day)
where $cohort is null or participants.cohort = $cohort
order by included_from nulls last, participants.usubjid
