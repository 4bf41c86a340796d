-- Was every scheduled visit made, and in its window?
--
-- grain: one row per included patient and visit of the schedule (usubjid, visitnum)
-- params: $cohort
-- columns:
--   usubjid         unique subject identifier
--   cohort          group at inclusion
--   visitnum        number of the visit, as in protocol.toml
--   visit           its name
--   target_day      study day on which it is planned
--   target_on       that day; null unless day 0 is known to the day
--   opens_on        first day of its window; null if protocol.toml sets none, or unless known
--   closes_on       last day of its window
--   has_window      whether protocol.toml sets both ends of the window
--   status          done in window, done early, done late, or done if that cannot be judged; not
--                   done: missed, overdue, due, upcoming, not due, unknown
--   reason          why it is missed, not due or unknown, or not judged
--   ended_by        what made a visit not due: died, withdrawn or lost
--   visit_dtc       when it was made, as collected; of a missed one, when it was planned
--   visited_from    first day on which it can have been made; null if it was not made
--   visited_to      last day on which it can have been made
--   visited_on      day on which it was made; null unless known to the day
--   visit_day       study day of visited_on
--   deviation_days  days from target_on to visited_on; negative if before
--   days_left       days from the cut to closes_on, or to target_on without a window, for due,
--                   overdue and upcoming ones; negative if past
--   is_done         whether it was made by the cut
--   is_owed         whether it counts in the denominator of completion: done, missed or overdue
--   is_after_death  whether it is dated after the death on record
--   record          number of the record of sv that is this visit; null if there is none
--   n_records       records of sv for this visit, by the cut
--
-- The rules stand in queries/tables/visits.sql.

select
    visits.usubjid,
    visits.cohort,
    visits.visitnum,
    visits.visit,
    visits.target_day,
    visits.target_on,
    visits.opens_on,
    visits.closes_on,
    visits.has_window,
    visits.status,
    visits.reason,
    visits.ended_by,
    visits.visit_dtc,
    visits.visited_from,
    visits.visited_to,
    visits.visited_on,
    visits.visit_day,
    visits.deviation_days,
    visits.days_left,
    visits.is_done,
    visits.is_owed,
    visits.is_after_death,
    visits.record,
    visits.n_records
from visits
join participants using (usubjid)
where $cohort is null or visits.cohort = $cohort
order by included_from nulls last, usubjid, target_day, visitnum
