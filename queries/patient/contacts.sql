-- On which days was each patient seen, and how?
--
-- grain: one row per included patient, kind of contact and date as collected (usubjid, kind, dtc)
-- params: $cohort, $days_first_day
-- columns:
--   usubjid         unique subject identifier
--   kind            inclusion, visit, status, infusion, adverse event, procedure, vital sign,
--                   laboratory or completion
--   dtc             the date of the contact, as collected
--   contact_on      day of the contact; null unless known to the day
--   contact_day     study day of contact_on
--   is_after_death  whether it lies after the last day on which the patient can have died: then it
--                   is no evidence of life, since one of the two records is wrong

select
    contacts.usubjid,
    kind,
    dtc,
    dtc_day(dtc) as contact_on,
    study_day(contact_on, day_zero_on, $days_first_day) as contact_day,
    is_after_death
from contacts
join participants using (usubjid)
where $cohort is null or cohort = $cohort
order by contacts.usubjid, contact_from, kind, dtc
