-- Of the findings, rules and cuts, how many does each panel show, and why not the others?
--
-- grain: one row per panel and reason (panel, reason)
-- reads: checks/compared, checks/closed, checks/recorded, checks/status, exports/cuts
-- params: $cut_on, $cohort
-- compares: checks/recorded
-- alone: without another cut, no finding of one is read
-- columns:
--   panel        figure or table of the Checks page
--   unit         what is counted
--   n_read       findings, rules or cuts
--   n_shown      of them, those that the panel shows
--   reason       why others are not shown; - for those who are
--   n_set_aside  not shown for this reason

with others as (

    select if($cohort is null, 'not listed', 'not in the group chosen') as reason

),

panels as (

    select 'numbers' as panel, 'rules' as unit, null as reason from checks_status
    union all
    select 'rules', 'rules', null from checks_status
    union all
    select
        'broken',
        'rules',
        case state when 'holds' then 'hold' when 'not checked' then 'not checked' end
    from checks_status
    union all
    select 'course', 'cuts', if(status = 'refused', 'refused', null)
    from exports_cuts
    where cut <= $cut_on::varchar
    union all
    select
        'open',
        'findings of this cut',
        if(coalesce(is_open, false), null, others.reason)
    from (select * from checks_recorded where gone_with is null) as recorded
    cross join others
    left join checks_compared using (rule, usubjid, record)
    union all
    select
        'no longer found',
        'findings of the other cut',
        case
            when state in ('resolved', 'gone') then null
            when state is null then others.reason
            else 'still found'
        end
    from (select * from before_recorded where gone_with is null) as recorded
    cross join others
    left join (select * from checks_compared where was_open) as compared
        using (rule, usubjid, record)
    union all
    select
        'closed',
        'findings that were closed',
        if(checks_closed.n_cuts is null, others.reason, null)
    from (select * from checks_recorded where gone_with is not null) as recorded
    cross join others
    left join checks_closed using (rule, usubjid, record, open_since)
    union all
    -- A panel has its row where there is nothing to read, too.
    select panel, unit, '-'
    from (
        values
            ('open', 'findings of this cut'),
            ('no longer found', 'findings of the other cut'),
            ('closed', 'findings that were closed')
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
