-- How many people will have come by each day to come?
--
-- grain: one row per month end after the cut, and the cut itself (as_of)
-- params: $cut_on, $recruitment_target, $recruitment_starts_on, $recruitment_ends_on,
--         $forecast_prior_weight
-- all groups: protocol.toml sets one target, for the whole trial
-- estimate: recruitment.fan()
-- columns:
--   as_of    the end of this day
--   n_p2_5   people by then that will be exceeded with a probability of 97.5 %
--   n_p10    the same, 90 %
--   n_p50    the same, 50 %
--   n_p90    the same, 10 %; n_p10 to n_p90 is the 80 % prediction interval
--   n_p97_5  the same, 2.5 %; n_p2_5 to n_p97_5 is the 95 % prediction interval

with days as (

    select $cut_on as as_of
    union
    select last_day(month_on)::date
    from generate_series(
        $cut_on::timestamp,
        greatest($recruitment_ends_on, $cut_on)::timestamp + interval 24 month,
        interval 1 month
    ) as series (month_on)

)

select
    as_of,
    $recruitment_target as n_target,
    (select count(*) from participants where is_counted)::integer as n_counted,
    $recruitment_starts_on as starts_on,
    $recruitment_ends_on as ends_on,
    $cut_on as cut_on,
    $forecast_prior_weight::double as prior_weight
from days
where as_of >= $cut_on
order by as_of
