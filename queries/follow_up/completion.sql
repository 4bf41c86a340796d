-- How many of the visits that should have been made were made?
--
-- grain: one row per scheduled visit, and one for all of them together (place)
-- params: $cohort
-- estimate: proportions.exact(n_done, n_owed)
-- columns:
--   place         order of the visit in the schedule, from 1; 0 for all visits together
--   visitnum      number of the visit; null for all together
--   visit         its name, or "all visits"
--   target_day    study day on which it is planned
--   n_included    patients included, times visits for all together
--   n_owed        visits done, missed and overdue: the denominator
--   n_done        visits made, in the window or not
--   n_in_window   visits made in the window
--   n_early       visits made before the window
--   n_late        visits made after the window
--   n_not_judged  visits made of which it cannot be said whether in the window
--   n_missed      visits recorded as not made
--   n_overdue     visits whose window has closed, and nothing is recorded
--   n_due         visits whose window is open, not made yet
--   n_upcoming    visits whose window is not open yet
--   n_not_due     visits of patients who died, withdrew or were lost before the window closed
--   n_unknown     visits of which dates known only in part leave it open
--   pct           n_done of n_owed, in %
--   ci_low        lower limit of pct, exact (Clopper-Pearson) 95 %
--   ci_high       upper limit of pct; visits of one patient are taken as independent

with planned as (

    select
        schedule.visitnum,
        schedule.visit,
        schedule.target_day,
        row_number() over (order by schedule.target_day, schedule.visitnum) as place
    from schedule

),

listed as (

    select planned.*, visits.usubjid, visits.status, visits.is_done, visits.is_owed
    from planned
    left join visits
        on planned.visitnum = visits.visitnum
        and ($cohort is null or visits.cohort = $cohort)
    union all
    select null, 'all visits', null, 0, usubjid, status, is_done, is_owed
    from (select 1) as always
    left join visits on $cohort is null or visits.cohort = $cohort

)

select
    place::integer as place,
    any_value(visitnum) as visitnum,
    any_value(visit) as visit,
    any_value(target_day) as target_day,
    count(usubjid)::integer as n_included,
    count(*) filter (where is_owed)::integer as n_owed,
    count(*) filter (where is_done)::integer as n_done,
    count(*) filter (where status = 'done in window')::integer as n_in_window,
    count(*) filter (where status = 'done early')::integer as n_early,
    count(*) filter (where status = 'done late')::integer as n_late,
    count(*) filter (where status = 'done')::integer as n_not_judged,
    count(*) filter (where status = 'missed')::integer as n_missed,
    count(*) filter (where status = 'overdue')::integer as n_overdue,
    count(*) filter (where status = 'due')::integer as n_due,
    count(*) filter (where status = 'upcoming')::integer as n_upcoming,
    count(*) filter (where status = 'not due')::integer as n_not_due,
    count(*) filter (where status = 'unknown')::integer as n_unknown,
    100.0 * n_done / nullif(n_owed, 0) as pct
from listed
group by place
order by place
