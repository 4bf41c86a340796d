-- How many events stop the trial, after each number of evaluable patients?
--
-- grain: one row per stopping rule of protocol.toml and number of evaluable patients (rule, n)
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
    rule,
    type,
    p0,
    alpha,
    prior_alpha,
    prior_beta,
    first_n,
    n_max,
    n_evaluable,
    course
from looks
order by rule
