-- How many people of each group have come in?
--
-- grain: one row per group of protocol.toml, and per other group that the export names (code)
-- params: $cohort
-- estimate: proportions.exact(n_included, n_included_all)
-- columns:
--   code            group at inclusion
--   label           the group in words; null if protocol.toml does not know it
--   n_included      people included
--   n_treated       people who were given at least one infusion
--   n_included_all  people included in all groups
--   pct             n_included of n_included_all, in %
--   ci_low          lower limit of pct, exact (Clopper-Pearson) 95 %
--   ci_high         upper limit of pct

with counts as (

    select
        cohort as code,
        count(*) filter (where is_included)::integer as n_included,
        count(*) filter (where is_treated)::integer as n_treated
    from participants
    group by cohort

),

everybody as (

    select sum(n_included)::integer as n_included_all from counts

)

select
    code,
    label,
    coalesce(n_included, 0) as n_included,
    coalesce(n_treated, 0) as n_treated,
    n_included_all,
    100.0 * coalesce(n_included, 0) / nullif(n_included_all, 0) as pct
from (select code from groups union select code from counts where n_included > 0)
left join groups using (code)
left join counts using (code)
cross join everybody
where $cohort is null or code = $cohort
order by label is null, code
