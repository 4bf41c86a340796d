-- How many patients had an event of special interest by the first outcome day, related or not?
--
-- grain: one row per category of protocol.toml, and per other category that the export names
--     (category)
-- params: $cohort, $outcomes_days
-- estimate: proportions.exact(n_patients, n_included)
-- columns:
--   category            category of special interest; "any" for all of them together
--   to_day              study day to which it counts; null if protocol.toml sets none: then
--                       nothing is counted
--   n_events            events that certainly count
--   n_before            of n_events, those that began before the first infusion, or in somebody who
--                       was never treated
--   n_patients          patients with at least one of them
--   n_related           of n_events, those related to the treatment
--   n_related_unknown   of n_events, those of which it is not known whether they are related
--   n_serious           of n_events, serious ones
--   n_unknown           events that may count: the start is known in part, or it is not known
--                       whether the event is of special interest
--   n_patients_unknown  patients with such an event, and none that certainly counts
--   n_later             events after the day
--   n_included          patients included: those without any event are among them
--   pct                 n_patients of n_included, in %
--   ci_low              lower limit of pct, exact (Clopper-Pearson) 95 %
--   ci_high             upper limit of pct

with events as (

    select *
    from adverse_events
    where is_aesi is distinct from false and ($cohort is null or cohort = $cohort)

),

flagged as (

    select *, unnest(string_split(aesi, ', ')) as category
    from events
    where aesi is not null

),

categories as (

    select category from special_interest
    union
    select category from flagged
    union
    select 'any'

),

pairs as (

    select
        category,
        usubjid,
        is_by_first as is_counted,
        is_by_first,
        is_related,
        is_serious,
        is_emergent
    from flagged
    union all
    select
        'any',
        usubjid,
        is_aesi and is_by_first,
        if(is_aesi, is_by_first, null),
        is_related,
        is_serious,
        is_emergent
    from events
    union all
    -- An event without flag and code may belong to any category.
    select category, usubjid, null, is_by_first, is_related, is_serious, is_emergent
    from events
    cross join special_interest
    where is_aesi is null and is_by_first is distinct from false

),

by_patient as (

    select
        category,
        usubjid,
        count(*) filter (where is_counted) as n_events,
        count(*) filter (where is_counted and not is_emergent) as n_before,
        count(*) filter (where is_counted and is_related) as n_related,
        count(*) filter (where is_counted and is_related is null) as n_related_unknown,
        count(*) filter (where is_counted and is_serious) as n_serious,
        count(*) filter (where is_counted is null) as n_unknown,
        count(*) filter (where not is_by_first) as n_later
    from pairs
    group by category, usubjid

),

everybody as (

    select count(*)::integer as n_included
    from participants
    where is_included and ($cohort is null or cohort = $cohort)

)

select
    category,
    list_min($outcomes_days)::integer as to_day,
    if(to_day is null, null, coalesce(sum(n_events), 0))::integer as n_events,
    if(to_day is null, null, coalesce(sum(n_before), 0))::integer as n_before,
    if(to_day is null, null, count(*) filter (where n_events > 0))::integer as n_patients,
    if(to_day is null, null, coalesce(sum(n_related), 0))::integer as n_related,
    if(to_day is null, null, coalesce(sum(n_related_unknown), 0))::integer as n_related_unknown,
    if(to_day is null, null, coalesce(sum(n_serious), 0))::integer as n_serious,
    if(to_day is null, null, coalesce(sum(n_unknown), 0))::integer as n_unknown,
    if(to_day is null, null, count(*) filter (where n_events = 0 and n_unknown > 0))::integer
        as n_patients_unknown,
    if(to_day is null, null, coalesce(sum(n_later), 0))::integer as n_later,
    any_value(n_included) as n_included,
    100.0 * n_patients / nullif(any_value(n_included), 0) as pct
from categories
left join by_patient using (category)
cross join everybody
group by category
order by category = 'any', category
