-- Of what stands in either cut, how much does each panel show, and why not the rest?
--
-- grain: one row per panel and reason (panel, reason)
-- params: $cohort
-- compares: today/members
-- reads: changes/pairs, changes/rows, changes/numbers, changes/behind, changes/facts,
--     changes/delivered
-- columns:
--   panel        table of the Changes page
--   unit         what is counted
--   n_read       of it, in either cut
--   n_shown      of it, what the panel shows
--   reason       why the rest is not shown; - for what is
--   n_set_aside  not shown for this reason

with panels as (

    select
        whole.panel,
        'records' as unit,
        case
            when changes_rows.record is not null then null
            when
                $cohort is not null
                and before_cohort is distinct from $cohort
                and after_cohort is distinct from $cohort
            then 'not in the group chosen'
            when change = 'same' then 'the same in both cuts'
            else 'not listed'
        end as reason
    from changes_pairs
    cross join (values ('rows'), ('patients'), ('what changed')) as whole (panel)
    left join (select distinct table_name, usubjid, record from changes_rows) as changes_rows
        using (table_name, usubjid, record)
    union all
    select 'removed', 'records that were removed', null
    from changes_rows
    where change = 'removed'
    union all
    select
        'behind',
        'records that a number counts',
        if(changes_behind.record is null, 'counted in both cuts', null)
    from now_members
    full join before_members using (name, usubjid, record)
    left join changes_behind using (name, usubjid, record)
    union all
    select 'numbers', 'headline numbers', if(n_come + n_gone = 0, 'the same in both cuts', null)
    from changes_numbers
    union all
    select 'list of numbers', 'headline numbers', null from changes_numbers
    union all
    select 'facts', 'facts that changed', null from changes_facts
    union all
    select
        'after SAE',
        'facts that changed',
        if(is_after_sae, null, 'not of an event that was serious')
    from changes_facts
    union all
    select 'columns', 'tables and columns', null from changes_delivered
    union all
    -- A panel has its row where there is nothing to read, too.
    select panel, unit, '-'
    from (
        values
            ('rows', 'records'),
            ('patients', 'records'),
            ('what changed', 'records'),
            ('removed', 'records that were removed'),
            ('behind', 'records that a number counts'),
            ('facts', 'facts that changed'),
            ('after SAE', 'facts that changed'),
            ('columns', 'tables and columns')
    ) as whole (panel, unit)

)

select
    panel,
    unit,
    n_read,
    n_shown,
    reason,
    n_set_aside
from accounted('panels')
order by panel, reason
