-- On which study days was each infusion given, and on which should it have been?
--
-- grain: one row per included patient and infusion, planned or given (usubjid, infusion)
-- params: $cut_on, $cohort, $days_first_day
-- columns:
--   usubjid       unique subject identifier
--   cohort        group at inclusion
--   infusion      number of the infusion, 1 for the first
--   status        as in infusions
--   reason        why it is missed, not due or unknown
--   is_given      whether it was given by the cut
--   given_dtc     when it was given, as collected
--   given_first   first study day on which it can have been given
--   given_last    last study day on which it can have been given
--   opens_on      first day of its window; null if it has none
--   closes_on     last day of its window; null if it has none
--   opens_day     study day of opens_on
--   closes_day    study day of closes_on
--   is_projected  whether the window is a projection over an infusion that is not given yet
--   days_left     days from the cut to closes_on; negative if overdue
--   today         study day of the cut
--   left_day      study day on which the patient left; null if not known to the day
--   left_why      why the patient left
--   is_dead       whether the patient has died
--
-- Days are null where the patient's day 0 is not known to the day.

select
    infusions.usubjid,
    infusions.cohort,
    infusions.infusion,
    infusions.status,
    infusions.reason,
    infusions.is_given,
    infusions.given_dtc,
    study_day(infusions.given_from, day_zero_on, $days_first_day) as given_first,
    study_day(infusions.given_to, day_zero_on, $days_first_day) as given_last,
    infusions.opens_on,
    infusions.closes_on,
    infusions.opens_day,
    infusions.closes_day,
    infusions.is_projected,
    infusions.days_left,
    study_day($cut_on, day_zero_on, $days_first_day) as today,
    study_day(left_on, day_zero_on, $days_first_day) as left_day,
    lower(left_why) as left_why,
    is_dead
from infusions
join participants using (usubjid)
where $cohort is null or infusions.cohort = $cohort
order by included_from nulls last, infusions.usubjid, infusions.infusion
