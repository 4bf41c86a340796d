-- How many adverse reactions and serious events does the registry ask for, to the last outcome day?
--
-- grain: one row per count that the registry asks for (code)
-- params: $cohort, $outcomes_days
-- estimate: proportions.exact(n_patients, n_included)
-- columns:
--   place               order of the count, 1 to 6
--   code                AR, AR grade > 3, SAE, SAR, SESAR or SUSAR
--   label               the count in words
--   to_day              study day to which it counts; null if protocol.toml sets none: then
--                       nothing is counted
--   n_events            events that certainly count
--   n_before            of n_events, those that began before the first infusion, or in somebody who
--                       was never treated
--   n_patients          patients with at least one of them
--   n_unknown           events that may count: what is needed to tell is not known
--   n_patients_unknown  patients with such an event, and none that certainly counts
--   why_unknown         what is not known of them, and of how many
--   n_included          patients included: those without any event are among them
--   pct                 n_patients of n_included, in %
--   ci_low              lower limit of pct, exact (Clopper-Pearson) 95 %
--   ci_high             upper limit of pct
--
-- AR, adverse reaction = related; AR grade > 3 = related and of grade 4 or 5, as the registry
-- writes it; SAE, serious adverse event = serious; SAR, serious adverse reaction = serious and
-- related; SESAR, suspected expected serious adverse reaction = SAR and expected; SUSAR, suspected
-- unexpected serious adverse reaction = SAR and unexpected. An event counts if it began by the day.
-- What is not related is no AR, whatever is not known of it.

with counts (place, code, label) as (

    values
        (1, 'AR', 'adverse reaction: related to the treatment'),
        (2, 'AR grade > 3', 'adverse reaction of grade 4 or 5'),
        (3, 'SAE', 'serious adverse event'),
        (4, 'SAR', 'serious adverse reaction'),
        (5, 'SESAR', 'serious adverse reaction, expected'),
        (6, 'SUSAR', 'serious adverse reaction, unexpected')

),

events as (

    select
        adverse_events.*,
        unnest(range(1, 7)) as place,
        case place
            when 1 then is_related
            when 2 then is_severe_ar
            when 3 then is_serious
            when 4 then is_sar
            when 5 then is_sesar
            when 6 then is_susar
        end as is_of_kind,
        is_of_kind and is_by_last as is_counted,
        is_of_kind is null and is_by_last is distinct from false as is_open
    from adverse_events
    where $cohort is null or cohort = $cohort

),

tallies as (

    select
        place,
        count(*) filter (where is_counted) as n_certain,
        count(*) filter (where is_counted and not is_emergent) as n_early,
        count(distinct usubjid) filter (where is_counted) as n_certainly,
        count(*) filter (where is_counted is null) as n_open,
        count(distinct usubjid) filter (where is_counted is null) as n_maybe,
        concat_ws(
            ', ',
            nullif('relatedness ' || count(*) filter (
                where is_open and place <> 3 and is_related is null
            ), 'relatedness 0'),
            nullif('grade ' || count(*) filter (where is_open and place = 2 and grade is null),
                'grade 0'),
            nullif('seriousness ' || count(*) filter (
                where is_open and place >= 3 and is_serious is null
            ), 'seriousness 0'),
            nullif('expectedness ' || count(*) filter (
                where is_open and place >= 5 and is_expected is null
            ), 'expectedness 0'),
            nullif('start ' || count(*) filter (where is_counted is null and is_by_last is null),
                'start 0')
        ) as why
    from events
    group by place

),

doubly as (

    select place, count(*) as n_both
    from (
        select place, usubjid
        from events
        group by place, usubjid
        having bool_or(is_counted) and bool_or(is_counted is null)
    )
    group by place

),

everybody as (

    select count(*)::integer as n_included
    from participants
    where is_included and ($cohort is null or cohort = $cohort)

)

select
    place,
    code,
    label,
    list_max($outcomes_days)::integer as to_day,
    if(to_day is null, null, coalesce(n_certain, 0))::integer as n_events,
    if(to_day is null, null, coalesce(n_early, 0))::integer as n_before,
    if(to_day is null, null, coalesce(n_certainly, 0))::integer as n_patients,
    if(to_day is null, null, coalesce(n_open, 0))::integer as n_unknown,
    if(to_day is null, null, coalesce(n_maybe, 0) - coalesce(n_both, 0))::integer
        as n_patients_unknown,
    nullif(why, '') as why_unknown,
    n_included,
    100.0 * n_patients / nullif(n_included, 0) as pct
from counts
left join tallies using (place)
left join doubly using (place)
cross join everybody
order by place
