-- How many patients of each group reached the primary outcome of the group?
--
-- grain: one row per group (code)
-- params: $cohort, $outcomes_days
-- estimate: proportions.exact(n_event, n_known)
-- columns:
--   code             group at inclusion
--   label            the group in words; null if protocol.toml does not know it
--   primary_outcome  invasive ventilation or vital status; null if protocol.toml sets none
--   outcome_day      study day of the outcome: the first outcome day; null if none is set
--   n_included       patients included
--   n_event          patients of the group with its primary outcome by the day: needed invasive
--                    ventilation, or died, whichever primary_outcome says
--   n_died_without   patients of the group who died without invasive ventilation; 0 for vital
--                    status
--   n_no_event       patients of the group known alive on the day, and without the outcome
--   n_unknown        patients of the group of whom it is not known although the day has passed, or
--                    whose dates leave it open; or who are in no group of the protocol
--   n_not_reached    patients of the group whose day has not passed
--   n_known          patients of the group of whom it is known, n_event + n_died_without +
--                    n_no_event: the denominator
--   pct              n_event of n_known, in %
--   pct_best         the same, of n_known + n_unknown, as if no unknown one had the event
--   pct_worst        the same, as if every unknown one had the event
--   unknown          the patients who are not known
--   pending          the patients whose day has not passed
--   ci_low           lower limit of pct, exact (Clopper-Pearson) 95 %
--   ci_high          upper limit of pct
--
-- An event counts when it happens, its absence only when the day has come: while patients are
-- pending, pct leans upwards.

with outcomes as (

    select usubjid, cohort as code, outcome as status from primary_outcomes

),

codes as (

    select code, label, primary_outcome, row_number() over () as place from groups
    union all
    select distinct cohort, null, null, null
    from participants
    where is_included and cohort not in (select code from groups)

)

select
    codes.code,
    any_value(label) as label,
    any_value(primary_outcome) as primary_outcome,
    list_min($outcomes_days)::integer as outcome_day,
    (
        select count(*) from participants where is_included and cohort = codes.code
    )::integer as n_included,
    count(*) filter (where status in ('yes', 'dead'))::integer as n_event,
    count(*) filter (where status = 'died without it')::integer as n_died_without,
    count(*) filter (where status in ('no', 'alive'))::integer as n_no_event,
    count(*) filter (where status = 'unknown')::integer as n_unknown,
    count(*) filter (where status = 'not reached')::integer as n_not_reached,
    n_event + n_died_without + n_no_event as n_known,
    100.0 * n_event / nullif(n_known, 0) as pct,
    100.0 * n_event / nullif(n_known + n_unknown, 0) as pct_best,
    100.0 * (n_event + n_unknown) / nullif(n_known + n_unknown, 0) as pct_worst,
    string_agg(usubjid, ', ' order by usubjid) filter (where status = 'unknown') as unknown,
    string_agg(usubjid, ', ' order by usubjid) filter (where status = 'not reached') as pending
from codes
left join outcomes using (code)
where $cohort is null or codes.code = $cohort
group by codes.code, place
order by place nulls last, codes.code
