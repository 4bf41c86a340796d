-- How many events stop the trial, after each number of evaluable patients?
--
-- grain: one row per stopping rule of protocol.toml and number of evaluable patients (rule, n)
-- params: $recruitment_target
-- all groups: a stopping rule is for the whole trial
-- estimate: stopping.boundaries()
-- columns:
--   rule         name of the rule
--   n            evaluable patients at the look
--   stop_at      events that stop the trial; null if not even n events do, or before the first look
--   n_events     events among the first n evaluable patients; null if there are fewer so far
--   n_evaluable  evaluable patients by the cut
--   is_crossed   whether n_events reaches stop_at
--
-- The looks go to the target, or to the evaluable patients if there are more.

select
    stopping_rules.name as rule,
    stopping_rules.event,
    within_days,
    type,
    p0,
    alpha,
    prior_alpha,
    prior_beta,
    first_n,
    greatest($recruitment_target, first_n, count(place))::integer as n_max,
    count(place)::integer as n_evaluable,
    count(*) filter (where standing = 'event')::integer as n_events,
    count(*) filter (where standing = 'pending')::integer as n_pending,
    count(*) filter (where standing = 'unknown')::integer as n_unknown,
    string_agg(n_events_to_date, ' ' order by place) as course
from stopping_rules
left join stopping on stopping.rule = stopping_rules.name
group by
    stopping_rules.name,
    stopping_rules.event,
    within_days,
    type,
    p0,
    alpha,
    prior_alpha,
    prior_beta,
    first_n
order by rule
