-- Why did people fail screening?
--
-- grain: one row per reason (reason)
-- params: $disposition_screen_failed
-- all groups: a group is assigned at inclusion, and who failed screening has none
-- estimate: proportions.exact(n_people, n_screen_failed)
-- columns:
--   reason           criterion not met, in words; else the reason the site gave for the failure
--   category         INCLUSION or EXCLUSION; null if not recorded, or if both are
--   n_people         people who failed screening for this reason, perhaps among others
--   n_screen_failed  people who failed screening
--   pct              n_people of n_screen_failed, in %
--   ci_low           lower limit of pct, exact (Clopper-Pearson) 95 %
--   ci_high          upper limit of pct

with failed as (

    select usubjid
    from participants
    where status = 'screen failed'

),

stated as (

    select usubjid, max(dsterm) as term
    from ds
    where
        list_contains($disposition_screen_failed, upper(dsdecod))
        and not list_contains($disposition_screen_failed, upper(dsterm))
    group by usubjid

),

reasons as (

    select distinct
        (select count(*) from failed) as n_failed,
        usubjid,
        coalesce(ietest, term, 'not recorded') as reason,
        upper(iecat) as category
    from failed
    left join ie using (usubjid)
    left join stated using (usubjid)

)

select
    reason,
    if(min(category) = max(category), min(category), null) as category,
    count(distinct usubjid)::integer as n_people,
    any_value(n_failed)::integer as n_screen_failed,
    100.0 * n_people / nullif(n_screen_failed, 0) as pct
from reasons
group by reason
order by n_people desc, reason
