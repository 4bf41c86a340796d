-- Which visits are to be made within two weeks, and which should have been made already?
--
-- grain: one row per visit due or overdue, or that may open within 14 days (usubjid, visitnum)
-- params: $cut_on, $cohort
-- columns:
--   usubjid          unique subject identifier
--   cohort           group at inclusion
--   visitnum         number of the visit, as in protocol.toml
--   visit            its name
--   status           overdue, due or upcoming
--   target_on        day on which it is planned
--   opens_on         first day of its window; null if protocol.toml sets none
--   closes_on        last day of its window
--   days_left        days from the cut to closes_on, or to target_on without a window; negative if
--                    past
--   last_contact_on  last day on which the patient is known to have been alive by a contact
--   last_contact     kind of that contact
--   reason           what to know of it: an overdue visit of a patient who has left since is to be
--                    entered, or to be recorded as not made; of who was included on a day that
--                    is known only in part, it is not known when the window opens

select
    visits.usubjid,
    visits.cohort,
    visitnum,
    visit,
    visits.status,
    target_on,
    opens_on,
    closes_on,
    days_left,
    last_contact_on,
    last_contact,
    visits.reason
from visits
join person_time using (usubjid)
where
    (
        visits.status in ('due', 'overdue')
        or (visits.status = 'upcoming' and coalesce(opens_on, target_on, $cut_on) <= $cut_on + 14)
    )
    and ($cohort is null or visits.cohort = $cohort)
order by days_left nulls first, visits.usubjid, visitnum
