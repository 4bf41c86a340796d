-- Of the visits and the patients, how many does each panel show, and why not the others?
--
-- grain: one row per panel and reason (panel, reason)
-- params: $cut_on, $cohort, $deviations_visits
-- columns:
--   panel        figure or table of the Follow-up page
--   unit         what is counted
--   n_read       scheduled visits of the patients included, those patients, or records of sv or dv
--   n_shown      of them, those that the panel shows
--   reason       why others are not shown; - for those who are
--   n_set_aside  not shown for this reason

with scheduled as (

    select
        *,
        if($cohort is not null and cohort <> $cohort, 'not in the group chosen', null)
            as other_group
    from visits

),

patients as (

    select
        participants.usubjid,
        if(
            $cohort is not null and participants.cohort <> $cohort,
            'not in the group chosen',
            null
        ) as other_group,
        person_time.reason
    from participants
    join person_time using (usubjid)

),

records as (

    -- Numbered as in visits, which has the records of those who are included.
    select
        is_included,
        cohort,
        row_number() over (
            partition by is_included
            order by usubjid, visitnum, svstdtc, visit, svoccur, svreasoc
        ) as record,
        svstdtc
    from sv
    left join participants using (usubjid)

),

panels as (

    select panel, 'scheduled visits' as unit, other_group as reason
    from scheduled, (values ('matrix'), ('completion')) as whole (panel)
    union all
    select
        'work list',
        'scheduled visits',
        coalesce(
            other_group,
            case
                when status in ('due', 'overdue') then null
                when
                    status = 'upcoming'
                    and coalesce(opens_on, target_on, $cut_on) <= $cut_on + 14
                then null
                when status = 'upcoming' then 'not due within two weeks'
                when is_done then 'done'
                when status = 'unknown' then 'not known whether due'
                else status
            end
        )
    from scheduled
    union all
    select
        'deviations',
        'scheduled visits',
        coalesce(
            other_group,
            case
                when status in ('done early', 'done late', 'missed', 'overdue') then null
                when status = 'done' then 'done, not judged'
                when status = 'unknown' then 'not known whether due'
                else status
            end
        )
    from scheduled
    union all
    select
        'recorded deviations',
        'deviations recorded by the site',
        coalesce(
            out_of_sight(is_included, cohort, $cohort, dtc_from(dvstdtc), $cut_on),
            if(not list_contains($deviations_visits, upper(dvcat)), 'of another category', null)
        )
    from dv
    left join participants using (usubjid)
    union all
    select 'last visit', 'patients', other_group from patients
    union all
    select 'person-time', 'patients', coalesce(other_group, reason) from patients
    union all
    select
        'other records',
        'records of visits',
        coalesce(
            out_of_sight(is_included, cohort, $cohort, dtc_from(svstdtc), $cut_on),
            if(
                record in (select record from visits where record is not null)
                and record not in (select record from visits where is_after_death),
                'in the matrix',
                null
            )
        )
    from records
    union all
    -- A panel has its row where there is nothing to read, too.
    select panel, unit, '-'
    from (
        values
            ('matrix', 'scheduled visits'),
            ('completion', 'scheduled visits'),
            ('work list', 'scheduled visits'),
            ('deviations', 'scheduled visits'),
            ('recorded deviations', 'deviations recorded by the site'),
            ('last visit', 'patients'),
            ('person-time', 'patients'),
            ('other records', 'records of visits')
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
