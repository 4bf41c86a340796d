-- How many people are in the trial, and how many does it need?
--
-- grain: one row
-- params: $cut_on, $cohort, $recruitment_target
-- columns:
--   n_screened         people screened
--   n_screen_failed    of them, people who failed screening
--   n_included         people included
--   n_treated          people who were given at least one infusion
--   n_target           people that protocol.toml asks for; null for a single group
--   first_included_on  first day of inclusion that is known to the day
--   last_included_on   last day of inclusion that is known to the day
--   days_since_last    days from last_included_on to the cut

select
    count(*)::integer as n_screened,
    count(*) filter (where status = 'screen failed')::integer as n_screen_failed,
    count(*) filter (where is_included)::integer as n_included,
    count(*) filter (where is_treated)::integer as n_treated,
    if($cohort is null, $recruitment_target, null) as n_target,
    min(included_on) filter (where is_included) as first_included_on,
    max(included_on) filter (where is_included) as last_included_on,
    ($cut_on - last_included_on)::integer as days_since_last
from participants
where $cohort is null or cohort = $cohort
