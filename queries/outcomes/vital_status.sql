-- How many patients were alive on each outcome day?
--
-- grain: one row per outcome day and group, and one for all together (outcome_day, code)
-- params: $cohort
-- estimate: proportions.exact(n_dead, n_known)
-- columns:
--   outcome_day    study day, as 28 or 90
--   code           group at inclusion; "all patients" for those shown together
--   n_included     patients included
--   n_dead         dead by that day
--   n_alive        known alive on or after that day
--   n_unknown      not known although the day has passed
--   n_not_reached  the day has not passed
--   n_known        dead and alive: the denominator
--   pct            n_dead of n_known, in %
--   pct_best       the same, of n_known + n_unknown, as if all unknown ones lived
--   pct_worst      the same, as if all unknown ones had died
--   unknown        the patients who are not known
--   pending        the patients whose day has not passed
--   ci_low         lower limit of pct, exact (Clopper-Pearson) 95 %
--   ci_high        upper limit of pct

with listed as (

    select outcome_day, cohort as code, usubjid, status
    from vital_status
    union all
    select outcome_day, 'all patients', usubjid, status
    from vital_status
    where $cohort is null

)

select
    outcome_day,
    code,
    count(*)::integer as n_included,
    count(*) filter (where status = 'dead')::integer as n_dead,
    count(*) filter (where status = 'alive')::integer as n_alive,
    count(*) filter (where status = 'unknown')::integer as n_unknown,
    count(*) filter (where status = 'not reached')::integer as n_not_reached,
    n_dead + n_alive as n_known,
    100.0 * n_dead / nullif(n_known, 0) as pct,
    100.0 * n_dead / nullif(n_known + n_unknown, 0) as pct_best,
    100.0 * (n_dead + n_unknown) / nullif(n_known + n_unknown, 0) as pct_worst,
    string_agg(usubjid, ', ' order by usubjid) filter (where status = 'unknown') as unknown,
    string_agg(usubjid, ', ' order by usubjid) filter (where status = 'not reached') as pending
from listed
where $cohort is null or code = $cohort
group by outcome_day, code
order by outcome_day, code = 'all patients' desc, code
