-- Of the patients and the records, how many does each panel show, and why not the others?
--
-- grain: one row per panel and reason (panel, reason)
-- params: $cut_on, $cohort, $support_invasive_ventilation, $support_oxygen, $support_ecmo
-- columns:
--   panel        figure or table of the Outcomes page
--   unit         what is counted
--   n_read       patients included, people known to be dead, or records of rs or pr
--   n_shown      of them, those that the panel shows
--   reason       why others are not shown; - for those who are
--   n_set_aside  not shown for this reason

with patients as (

    select
        participants.usubjid,
        if(
            $cohort is not null and participants.cohort <> $cohort,
            'not in the group chosen',
            null
        ) as other_group,
        if(lived_days is null, person_time.reason, null) as not_followed,
        primary_outcome,
        is_in_none,
        primary_outcomes.usubjid is not null as has_outcome_day
    from participants
    join person_time using (usubjid)
    left join primary_outcomes using (usubjid)

),

panels as (

    select
        'primary outcome' as panel,
        'patients' as unit,
        coalesce(
            other_group,
            if(has_outcome_day, null, 'no outcome day is set in protocol.toml'),
            if(is_in_none, 'in no group of the protocol', null),
            if(primary_outcome is null, 'in a group without a primary outcome', null)
        ) as reason
    from patients
    union all
    select
        'vital status',
        'patients',
        coalesce(
            other_group,
            if(has_outcome_day, null, 'no outcome day is set in protocol.toml')
        )
    from patients
    union all
    select 'survival', 'patients', coalesce(other_group, not_followed) from patients
    union all
    select panel, 'patients', other_group
    from patients, (values ('patients'), ('support')) as whole (panel)
    union all
    select
        'deaths',
        'people known to be dead',
        case
            when not is_included then 'not included'
            when $cohort is not null and cohort <> $cohort then 'not in the group chosen'
        end
    from participants
    where is_dead
    union all
    select
        'scale',
        'scores',
        coalesce(
            out_of_sight(is_included, cohort, $cohort, dtc_from(rsdtc), $cut_on),
            case
                when rscat is distinct from (
                    select rscat from rs group by rscat order by count(*) desc, rscat limit 1
                )
                then 'of another scale'
                when rsstresn is null then 'without a score'
                when dtc_day(rsdtc) is null then 'not dated to the day'
                when day_zero_on is null then 'day 0 is not known'
            end
        )
    from rs
    left join participants using (usubjid)
    union all
    select
        'procedures',
        'records of support',
        coalesce(
            -- The panel lists what is dated after the cut, with the other reasons.
            out_of_sight(is_included, cohort, $cohort, null, $cut_on),
            if(
                coalesce(
                    list_contains($support_invasive_ventilation, upper(prtrt))
                    or list_contains($support_oxygen, upper(prtrt))
                    or list_contains($support_ecmo, upper(prtrt)),
                    false
                )
                and coalesce(dtc_from(prstdtc) <= $cut_on, true)
                and coalesce(dtc_to(prendtc) >= included_from, true)
                and coalesce(dtc_to(prendtc) >= dtc_from(prstdtc), true),
                'counted',
                null
            )
        )
    from pr
    left join participants using (usubjid)
    union all
    select 'secondary', 'secondary outcomes', null from secondary_outcomes
    union all
    -- A panel has its row where there is nothing to read, too.
    select panel, unit, '-'
    from (
        values
            ('primary outcome', 'patients'),
            ('vital status', 'patients'),
            ('survival', 'patients'),
            ('patients', 'patients'),
            ('support', 'patients'),
            ('deaths', 'people known to be dead'),
            ('scale', 'scores'),
            ('procedures', 'records of support'),
            ('secondary', 'secondary outcomes')
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
