-- How likely is each stopping rule to stop the trial, if the true rate were this?
--
-- grain: one row per stopping rule of protocol.toml and true rate (rule, rate)
-- params: $recruitment_target
-- all groups: a stopping rule is for the whole trial
-- estimate: stopping.characteristics()
-- columns:
--   rule             name of the rule
--   rate             true rate of the event, 0 to 1
--   is_p0            whether it is the acceptable rate of the rule
--   p_stop           probability of ever stopping, 0 to 1
--   expected_events  events at the moment of stopping, or at the last look
--   expected_n       evaluable patients at the moment of stopping, or at the last look

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
