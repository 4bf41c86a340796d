-- How much of the time that each patient could be followed was the patient followed?
--
-- grain: one row per included patient (usubjid)
-- params: $cohort
-- columns:
--   usubjid          unique subject identifier
--   cohort           group at inclusion
--   status           as in participants
--   day_zero_on      day 0; null unless known to the day
--   last_contact_on  last day on which the patient is known to have been alive by a contact
--   last_contact     kind of that contact
--   ends_on          end of the follow-up that was possible: the last outcome day, the cut or the
--                    death, whichever comes first
--   ends_by          last outcome day, cut or death
--   observed_days    days from day 0 to last_contact_on, at the most to ends_on; to the death of
--                    who died by ends_on
--   potential_days   days from day 0 to ends_on
--   missing_days     potential_days - observed_days
--   pct              observed_days of potential_days, in %
--   reason           why the days are not known

select
    person_time.usubjid,
    person_time.cohort,
    person_time.status,
    person_time.day_zero_on,
    person_time.last_contact_on,
    person_time.last_contact,
    person_time.ends_on,
    person_time.ends_by,
    person_time.observed_days,
    person_time.potential_days,
    person_time.missing_days,
    person_time.pct,
    person_time.reason
from person_time
join participants using (usubjid)
where $cohort is null or person_time.cohort = $cohort
order by included_from nulls last, usubjid
