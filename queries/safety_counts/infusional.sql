-- After how many infusions, and in how many patients, did an infusional event begin?
--
-- grain: one row per infusion number, for all infusions, and for patients (unit)
-- params: $cohort, $adverse_events_infusional_hours
-- estimate: proportions.exact(n_with_by_time, n_given)
-- columns:
--   unit               infusion 1, infusion 2 …, all infusions, or patients
--   infusion           number of the infusion; null for all infusions and for patients
--   hours              hours after the start of an infusion that count; null if protocol.toml sets
--                      none: then nothing is counted
--   n_given            infusions given; patients given at least one
--   n_with             of them, those with at least one infusional event
--   n_with_by_time     of n_with, those with one whose time of day shows it
--   n_events           infusional events
--   n_day_only         of them, events placed by the day alone, as a time of day is missing
--   n_severe           of them, events of grade 3 or more
--   n_serious          of them, serious events
--   n_severe_unknown   of n_events, those without a grade
--   n_serious_unknown  of n_events, those of which it is not known whether they are serious
--   n_unknown          events that may be infusional: a start, or the day of an infusion, is known
--                      in part; of one infusion, those, too, that may be of another
--   pct                n_with_by_time of n_given, in %
--   ci_low             lower limit of pct, exact (Clopper-Pearson) 95 %
--   ci_high            upper limit of pct
--
-- The interval of all infusions takes them as independent, though one patient has several.

with given as (

    select usubjid, infusion
    from infusions
    where is_given and ($cohort is null or cohort = $cohort)

),

events as (

    select usubjid, infusion, is_infusional, infusional_from, grade, is_serious
    from adverse_events
    where is_infusional is distinct from false and ($cohort is null or cohort = $cohort)

),

units as (

    select 'infusion ' || infusion as unit, infusion, usubjid, infusion::varchar as id from given
    union all
    select 'all infusions', null, usubjid, usubjid || ' ' || infusion from given
    union all
    select distinct 'patients', null::integer, usubjid, usubjid from given

),

members as (

    select
        'infusion ' || infusion as unit,
        usubjid as id,
        events.*
    from events
    where infusion is not null
    union all
    -- Of which infusion it is, is not known: it may be any of the patient's.
    select
        'infusion ' || given.infusion,
        usubjid,
        events.* replace (null as is_infusional, null as infusional_from)
    from events
    join given using (usubjid)
    where events.infusion is null
    union all
    select 'all infusions', usubjid || ' ' || coalesce(infusion::varchar, '?'), events.* from events
    union all
    select 'patients', usubjid, events.* from events

),

tallies as (

    select
        unit,
        count(distinct id) filter (where is_infusional) as sum_with,
        count(distinct id) filter (where infusional_from = 'time') as sum_with_by_time,
        count(*) filter (where is_infusional) as sum_events,
        count(*) filter (where infusional_from = 'day only') as sum_day_only,
        count(*) filter (where is_infusional and grade >= 3) as sum_severe,
        count(*) filter (where is_infusional and is_serious) as sum_serious,
        count(*) filter (where is_infusional and grade is null) as sum_severe_unknown,
        count(*) filter (where is_infusional and is_serious is null) as sum_serious_unknown,
        count(*) filter (where is_infusional is null) as sum_unknown
    from members
    group by unit

),

totals as (

    select unit, infusion, count(*) as n_given from units group by unit, infusion
    union all
    select unit, null, 0
    from (values ('all infusions'), ('patients')) as always (unit)
    where not exists (select * from given)

)

select
    unit,
    infusion::integer as infusion,
    $adverse_events_infusional_hours::double as hours,
    n_given::integer as n_given,
    if(hours is null, null, coalesce(sum_with, 0))::integer as n_with,
    if(hours is null, null, coalesce(sum_with_by_time, 0))::integer as n_with_by_time,
    if(hours is null, null, coalesce(sum_events, 0))::integer as n_events,
    if(hours is null, null, coalesce(sum_day_only, 0))::integer as n_day_only,
    if(hours is null, null, coalesce(sum_severe, 0))::integer as n_severe,
    if(hours is null, null, coalesce(sum_serious, 0))::integer as n_serious,
    if(hours is null, null, coalesce(sum_severe_unknown, 0))::integer as n_severe_unknown,
    if(hours is null, null, coalesce(sum_serious_unknown, 0))::integer as n_serious_unknown,
    if(hours is null, null, coalesce(sum_unknown, 0))::integer as n_unknown,
    100.0 * n_with_by_time / nullif(n_given, 0) as pct
from totals
left join tallies using (unit)
order by infusion nulls last, unit
