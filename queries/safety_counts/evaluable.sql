-- Which patients has each stopping rule counted, and which are pending?
--
-- grain: one row per stopping rule of protocol.toml and patient who counts towards the target
--     (rule, usubjid)
-- all groups: a stopping rule is for the whole trial
-- columns:
--   rule              name of the rule
--   usubjid           unique subject identifier
--   cohort            group at inclusion
--   standing          event, no event, pending or unknown: the first two are evaluable
--   reason            what it rests on, or what it waits for
--   event_on          first day on which the event can have begun; null without one
--   limit_on          last day on which an event counts; null if the rule has no such day
--   evaluable_on      day from which the patient is evaluable: that of the event, or limit_on
--   place             order in which the patients became evaluable, 1 for the first
--   n_events_to_date  events among them so far

select
    rule,
    usubjid,
    cohort,
    standing,
    reason,
    event_on,
    limit_on,
    evaluable_on,
    place,
    n_events_to_date
from stopping
order by rule, place nulls last, standing, limit_on, usubjid
