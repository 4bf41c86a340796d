-- Where does the trial stand against each stopping rule, and what would one more event do?
--
-- grain: one row per stopping rule of protocol.toml (rule)
-- all groups: a stopping rule is for the whole trial
-- estimate: stopping.standing()
-- columns:
--   rule            name of the rule
--   event           the event, in the words of protocol.toml
--   within_days     study day by which it counts; null if any day does
--   type            kind of boundary: beta-binomial or pocock
--   p0              acceptable rate, 0 to 1
--   alpha           probability of ever stopping at that rate, at most, 0 to 1
--   cutoff          score that a look must exceed to stop: the posterior probability that the rate
--                   is above p0, or 1 - p-value
--   n_max           evaluable patients at the last look: the target, or more if there are more
--   n_evaluable     evaluable patients by the cut
--   n_events        events among them
--   n_pending       patients whose day has not come
--   n_unknown       patients of whom it is not known whether they had the event
--   stop_at         events that stop the trial at n_evaluable; null if no number does
--   distance        events that are missing to stop_at; 0 or less if it is reached
--   stop_at_next    events that stop the trial at the next patient
--   would_stop      whether the trial stops if the next patient has the event; null without a next
--   n_more_to_stop  patients in a row, each with the event, that would stop the trial; null if none
--   crossed_at      first number of evaluable patients at which the boundary was reached; null if
--                   it never was

select
    rule,
    event,
    within_days,
    type,
    p0,
    alpha,
    prior_alpha,
    prior_beta,
    first_n,
    n_max,
    n_evaluable,
    n_events,
    n_pending,
    n_unknown,
    course
from looks
order by rule
