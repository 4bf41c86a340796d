-- What has each stopping rule looked at so far, and what has it seen?
--
-- grain: one row per stopping rule of protocol.toml (rule)
-- params: $recruitment_target
-- columns:
--   rule         name of the rule
--   event        the event, in the words of protocol.toml
--   within_days  study day by which it counts; null if any day does
--   type         kind of boundary: beta-binomial or pocock
--   p0           acceptable rate, 0 to 1
--   alpha        probability of ever stopping at that rate, at most, 0 to 1
--   prior_alpha  first parameter of the prior, beta; null if the type has none
--   prior_beta   second parameter of the prior
--   first_n      evaluable patients at the first look
--   n_max        evaluable patients at the last look: the target, or more if there are more
--   n_evaluable  evaluable patients by the cut
--   n_events     events among them
--   n_pending    patients whose day has not come
--   n_unknown    patients of whom it is not known whether they had the event
--   course       the events to date at each look, one look after the other

with counted as (

    select
        rule,
        count(place) as n_looked_at,
        count(*) filter (where standing = 'event') as n_with_event,
        count(*) filter (where standing = 'pending') as n_waiting,
        count(*) filter (where standing = 'unknown') as n_not_known,
        string_agg(n_events_to_date, ' ' order by place) as course
    from stopping
    group by rule

)

select
    name as rule,
    event,
    within_days,
    type,
    p0,
    alpha,
    prior_alpha,
    prior_beta,
    first_n,
    greatest($recruitment_target, first_n, n_looked_at)::integer as n_max,
    coalesce(n_looked_at, 0)::integer as n_evaluable,
    coalesce(n_with_event, 0)::integer as n_events,
    coalesce(n_waiting, 0)::integer as n_pending,
    coalesce(n_not_known, 0)::integer as n_unknown,
    course
from stopping_rules
left join counted on stopping_rules.name = counted.rule
order by stopping_rules.name
