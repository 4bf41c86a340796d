-- How many patients had each kind of event, and how bad was it at its worst?
--
-- grain: one row per level, system organ class, preferred term and worst grade
--     (level, soc, term, worst_grade)
-- params: $cohort
-- estimate: proportions.exact(n, n_included)
-- columns:
--   level        soc: any event of a system organ class; pt: a preferred term in its class
--   soc          system organ class; "not coded" if there is none
--   term         preferred term; - for a whole class
--   worst_grade  any; 3 or more; or the worst grade that a patient had of these events, 1 to 5, or
--                not known
--   n            patients with such an event; of a grade: patients whose worst is that
--   n_included   patients included: those without any event are among them
--   n_events     such events; of a grade: events of that grade
--   pct          n of n_included, in %
--   ci_low       lower limit of pct, exact (Clopper-Pearson) 95 %
--   ci_high      upper limit of pct
--
-- The worst grade is the worst of those on record: an event without one may have been worse.

with everybody as (

    select count(*)::integer as n_included
    from participants
    where is_included and ($cohort is null or cohort = $cohort)

),

levels as (

    select
        usubjid,
        unnest(['soc', 'pt']) as level,
        -- A name is the same in any case; it is shown as one of them is written.
        min(soc) over (partition by upper(soc)) as soc,
        unnest(['-', min(term) over (partition by upper(term))]) as term,
        grade
    from adverse_events
    where $cohort is null or cohort = $cohort

),

by_patient as (

    select
        level,
        soc,
        term,
        usubjid,
        coalesce(max(grade)::varchar, 'not known') as worst_grade,
        count(*) as n_events,
        count(*) filter (where grade >= 3) as n_severe
    from levels
    group by level, soc, term, usubjid

),

by_grade as (

    select
        level,
        soc,
        term,
        coalesce(grade::varchar, 'not known') as worst_grade,
        count(*) as n_events
    from levels
    group by level, soc, term, grade

),

counts as (

    select
        level,
        soc,
        term,
        'any' as worst_grade,
        count(*) as n,
        sum(n_events) as n_events
    from by_patient
    group by level, soc, term
    union all
    select
        level,
        soc,
        term,
        '3 or more',
        count(*) filter (where worst_grade between '3' and '5'),
        sum(n_severe)
    from by_patient
    group by level, soc, term
    union all
    select
        level,
        soc,
        term,
        worst_grade,
        count(usubjid),
        any_value(by_grade.n_events)
    from by_grade
    left join by_patient using (level, soc, term, worst_grade)
    group by level, soc, term, worst_grade

)

select
    level,
    soc,
    term,
    worst_grade,
    n::integer as n,
    n_included,
    n_events::integer as n_events,
    100.0 * n / nullif(n_included, 0) as pct
from counts
cross join everybody
order by
    max(n) over (partition by soc) desc,
    soc,
    level desc,
    max(n) over (partition by level, soc, term) desc,
    term,
    worst_grade = 'any' desc,
    worst_grade = '3 or more' desc,
    worst_grade
