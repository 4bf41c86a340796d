-- Of the people in the export, how many does each panel show, and why not the others?
--
-- grain: one row per panel and reason (panel, reason)
-- params: $cohort
-- columns:
--   panel        figure or table of the Recruitment page
--   unit         what is counted
--   n_read       people in the export: in dm, or on record in ds or ex
--   n_shown      people whom the panel shows
--   reason       why people are not shown; - for those who are
--   n_set_aside  people not shown for this reason

with people as (

    select
        participants.*,
        case
            when $cohort is null or cohort = $cohort then null
            when cohort = 'not assigned' then 'in no group'
            else 'not in the group chosen'
        end as other_group,
        case
            when is_counted then null
            when set_aside is not null then set_aside
            when status = 'screen failed' then 'screen failed'
            when not is_included then 'not included'
            else 'not treated yet'
        end as not_dated
    from participants

),

reasons as (

    select 'against plan' as panel, coalesce(other_group, not_dated) as reason from people
    union all
    select 'by group', coalesce(other_group, if(is_included, null, 'not included')) from people
    union all
    select 'screening', null from people
    union all
    select 'screen failures', if(status = 'screen failed', null, 'did not fail screening')
    from people
    union all
    select panel, other_group
    from people, (values ('people'), ('list of people'), ('disposition')) as whole (panel)
    union all
    select panel, 'on record, and not in dm'
    from
        (select usubjid from ds union select usubjid from ex) as recorded,
        (values
            ('against plan'), ('by group'), ('screening'), ('screen failures'), ('people'),
            ('list of people'), ('disposition')
        ) as whole (panel)
    where usubjid not in (select usubjid from dm)

),

panels as (

    select panel, 'people' as unit, reason from reasons

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
