-- How many people were included by each day, and how many should have been?
--
-- grain: one row per day on which somebody came in or a month ended, from the start of
--     recruitment to the end of its window or the cut, whichever is later (as_of)
-- params: $cut_on, $cohort, $recruitment_target, $recruitment_starts_on, $recruitment_ends_on
-- columns:
--   as_of                   the end of this day
--   n_counted_to_date       people who certainly count towards the target by then; null after
--                           the cut
--   n_counted_at_most       the same with those who may have come by then, as their date is partial
--                           or missing
--   n_counted_undated       of those who may have come, people without any date; null after the cut
--   n_planned_to_date       people that an even pace would have brought by then; null for a group
--   is_in_window            whether the day lies in the window of recruitment
--
-- The plan is a straight line, since the registry states a target and a window, and no pace.

with people as (

    select *
    from participants
    where $cohort is null or cohort = $cohort

),

days as (

    select last_day(month_on)::date as as_of
    from generate_series(
        $recruitment_starts_on::timestamp,
        greatest($recruitment_ends_on, $cut_on)::timestamp,
        interval 1 month
    ) as series (month_on)
    union
    select unnest([included_to, treated_to, counted_from, counted_to]) from people
    union
    select unnest([$recruitment_starts_on, $recruitment_ends_on, $cut_on])

),

counts as (

    select
        as_of,
        count(*) filter (where is_counted and counted_to <= as_of) as n_counted_to_date,
        count(*) filter (where is_counted and coalesce(counted_from <= as_of, true))
            as n_counted_at_most,
        count(*) filter (where is_counted and counted_to is null) as n_counted_undated
    from days
    left join people on people.is_included or people.is_treated
    where as_of <= $cut_on
    group by as_of

)

select
    as_of,
    n_counted_to_date::integer as n_counted_to_date,
    n_counted_at_most::integer as n_counted_at_most,
    n_counted_undated::integer as n_counted_undated,
    if(
        $cohort is null,
        $recruitment_target * least(1.0, greatest(0.0,
            (as_of - $recruitment_starts_on + 1)
            / ($recruitment_ends_on - $recruitment_starts_on + 1)
        )),
        null
    )::double as n_planned_to_date,
    as_of between $recruitment_starts_on and $recruitment_ends_on as is_in_window
from days
left join counts using (as_of)
where as_of <= greatest($recruitment_ends_on, $cut_on)
order by as_of
