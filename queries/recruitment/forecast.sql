-- When will the last patient that the trial needs come in, and will it be in time?
--
-- grain: one row
-- params: $cut_on, $recruitment_target, $recruitment_starts_on, $recruitment_ends_on,
--         $forecast_prior_weight
-- all groups: protocol.toml sets one target, for the whole trial
-- estimate: recruitment.forecast()
-- columns:
--   completion_p10      day by which the target is reached with a probability of 10 %
--   completion_p50      the same, 50 %
--   completion_p90      the same, 90 %; p10 to p90 is the 80 % prediction interval
--   completion_p2_5     the same, 2.5 %
--   completion_p97_5    the same, 97.5 %; p2_5 to p97_5 is the 95 % prediction interval
--   p_target_in_window  probability that the target is reached by the end of the window, 0 to 1
--
-- The clock is the cut, not the last inclusion: weeks without a patient push the days back.

with counted as (

    select
        counted_from,
        counted_to,
        row_number() over (order by counted_from nulls first) as place_at_most,
        row_number() over (order by counted_to nulls last) as place
    from participants
    where is_counted

)

select
    $recruitment_target as n_target,
    count(*)::integer as n_counted,
    $recruitment_starts_on as starts_on,
    $recruitment_ends_on as ends_on,
    $cut_on as cut_on,
    $forecast_prior_weight::double as prior_weight,
    min(counted_from) filter (where place_at_most = $recruitment_target) as reached_from,
    min(counted_to) filter (where place = $recruitment_target) as reached_to,
    -- Dates that are not known to the day can leave the day of the target open.
    if(reached_from = reached_to, reached_to, null) as target_reached_on
from counted
