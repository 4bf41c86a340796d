-- How likely is each stopping rule to stop the trial, if the true rate were this?
--
-- grain: one row per stopping rule of protocol.toml and true rate (rule, rate)
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
    rule,
    type,
    p0,
    alpha,
    prior_alpha,
    prior_beta,
    first_n,
    n_max
from looks
order by rule
