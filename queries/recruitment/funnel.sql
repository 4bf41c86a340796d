-- How many of the people screened came through, step by step?
--
-- grain: one row per step (step)
-- all groups: a group is assigned at inclusion, and who failed screening has none
-- estimate: proportions.exact(n, n_screened)
-- columns:
--   place       order of the step, 1 to 4
--   step        screened, eligible, included, treated
--   n           people who came this far
--   n_screened  people screened
--   n_lost      people of the step before who did not come this far
--   n_waiting   of them, people for whom it is not decided yet
--   pct         n of n_screened, in %
--   ci_low      lower limit of pct, exact (Clopper-Pearson) 95 %
--   ci_high     upper limit of pct

with steps as (

    select 1 as place, 'screened' as step, count(*) as n, 0 as n_waiting from participants
    union all
    select
        2,
        'eligible',
        count(*) filter (where is_eligible),
        count(*) filter (where not is_eligible and status = 'in screening')
    from participants
    union all
    select
        3,
        'included',
        count(*) filter (where is_included),
        count(*) filter (where is_eligible and not is_included and status = 'in screening')
    from participants
    union all
    select
        4,
        'treated',
        count(*) filter (where is_included and is_treated),
        count(*) filter (where is_included and not is_treated and status = 'on treatment')
    from participants

)

select
    place,
    step,
    n::integer as n,
    (first(n) over (order by place))::integer as n_screened,
    coalesce(lag(n) over (order by place) - n, 0)::integer as n_lost,
    n_waiting::integer as n_waiting,
    100.0 * n / nullif(n_screened, 0) as pct
from steps
order by place
