-- Of the infusions on record and planned, how many does each panel show, and why not the others?
--
-- grain: one row per panel and reason (panel, reason)
-- params: $cut_on, $cohort, $deviations_dosing
-- columns:
--   panel        figure or table of the Dosing page
--   unit         what is counted
--   n_read       records of exposure or deviations in the export, or infusions planned or given
--   n_shown      of them, those that the panel shows
--   reason       why others are not shown; - for those who are
--   n_set_aside  not shown for this reason

with taken as (

    select
        case
            when not took_place(exoccur, exreasoc) then 'recorded as not given'
            when took_place(exoccur, exreasoc) is null then 'not known whether it was given'
        end as not_given,
        out_of_sight(is_included, cohort, $cohort, dtc_from(exstdtc), $cut_on) as reason
    from ex
    left join participants using (usubjid)

),

slots as (

    select
        infusions.*,
        if($cohort is not null and infusions.cohort <> $cohort, 'not in the group chosen', null)
            as other_group,
        case
            when may_be_given then 'not known whether it was given'
            when not is_given then 'not given'
        end as not_given,
        participants.status as standing,
        day_zero_on
    from infusions
    join participants using (usubjid)

),

reasons as (

    select 'records' as panel, reason from taken
    union all
    select panel, coalesce(reason, not_given)
    from taken, (values ('treatment'), ('list of treatment')) as listed (panel)
    union all
    select panel, other_group
    from slots, (values ('numbers'), ('list of infusions')) as listed (panel)
    union all
    select 'course', coalesce(other_group, if(day_zero_on is null, 'day 0 is not known', null))
    from slots
    union all
    select 'batches', coalesce(other_group, not_given) from slots
    union all
    select
        'dose',
        coalesce(
            other_group,
            not_given,
            if(dose_per_kg is null, 'given: ' || coalesce(dose_why, 'dose per kg not known'), null)
        )
    from slots
    union all
    select
        'deviations',
        coalesce(
            other_group,
            case
                when
                    (usubjid, infusion) in (
                        select (usubjid, infusion) from deviations where kind = 'infusion'
                    )
                then null
                when status in ('upcoming', 'due', 'not due') then status
                when status = 'unknown' then 'not known whether a rule is broken'
                when dose_status = 'unknown' or donor_status = 'unknown'
                then 'not known whether a rule is broken'
                else 'no rule is broken'
            end
        )
    from slots
    union all
    select
        'recorded deviations',
        coalesce(
            out_of_sight(is_included, cohort, $cohort, dtc_from(dvstdtc), $cut_on),
            if(not list_contains($deviations_dosing, upper(dvcat)), 'of another category', null)
        )
    from dv
    left join participants using (usubjid)
    union all
    select
        'work list',
        coalesce(
            other_group,
            case
                when status in ('due', 'overdue') then null
                when status = 'upcoming' and opens_on is null then 'upcoming, day not known yet'
                when status = 'upcoming' and opens_on > $cut_on + 7 then 'not due within a week'
                when status = 'upcoming' then null
                when is_given then 'given'
                when status <> 'unknown' then status
                when standing not in ('on treatment', 'in follow-up') then 'has left'
            end
        )
    from slots

),

listed (panel, unit) as (

    values
        ('records', 'records of exposure'),
        ('treatment', 'records of exposure'),
        ('list of treatment', 'records of exposure'),
        ('numbers', 'infusions'),
        ('work list', 'infusions'),
        ('course', 'infusions'),
        ('dose', 'infusions'),
        ('deviations', 'infusions'),
        ('recorded deviations', 'deviations recorded by the site'),
        ('batches', 'infusions'),
        ('list of infusions', 'infusions')

),

panels as (

    select panel, unit, reason from reasons join listed using (panel)
    union all
    -- A panel has its row where there is nothing to read, too.
    select panel, unit, '-' from listed

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
