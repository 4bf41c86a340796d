-- How many people are in the trial, and how many does it need?
--
-- grain: one row
-- params: $cut_on, $cohort, $recruitment_target
-- columns:
--   n_screened                people screened, in all groups: a group is assigned at inclusion
--   n_screen_failed           people who failed screening, in all groups
--   n_included                people included
--   n_treated                 people who were given at least one infusion
--   n_target                  people that protocol.toml asks for; null for a single group
--   days_since_last           days from the last inclusion that is known to the day to the cut
--   days_since_last_at_least  days since the last inclusion, if those who came in on a day that is
--                             not known came in as late as their date can mean

select
    count(*)::integer as n_screened,
    count(*) filter (where status = 'screen failed')::integer as n_screen_failed,
    count(*) filter (where is_included and is_of_group)::integer as n_included,
    count(*) filter (where is_treated and is_of_group)::integer as n_treated,
    if($cohort is null, $recruitment_target, null) as n_target,
    ($cut_on - max(included_on) filter (where is_included and is_of_group))::integer
        as days_since_last,
    (
        $cut_on
        - max(least(coalesce(included_to, $cut_on), $cut_on))
            filter (where is_included and is_of_group)
    )::integer as days_since_last_at_least
from (select *, $cohort is null or cohort = $cohort as is_of_group from participants)
