-- Of the adverse events in the export, how many does each panel show, and why not the others?
--
-- grain: one row per panel and reason (panel, reason)
-- params: $cut_on, $cohort
-- columns:
--   panel        figure or table of the Adverse events page
--   unit         what is counted
--   n_read       adverse events in the export
--   n_shown      adverse events that the panel shows
--   reason       why events are not shown; - for those that are
--   n_set_aside  events not shown for this reason

with records as (

    select
        out_of_sight(is_included, cohort, $cohort, dtc_from(aestdtc), $cut_on) as not_counted,
        if($cohort is not null and cohort <> $cohort, 'not in the group chosen', null)
            as other_group,
        if(dtc_from(aestdtc) is null, 'without a date', null) as no_start,
        if(day_zero_on is null, 'day 0 is not known', null) as no_day
    from ae
    left join participants using (usubjid)

),

reasons as (

    select 'course' as panel, coalesce(not_counted, no_start, no_day) as reason from records
    union all
    select 'course by date', coalesce(not_counted, no_start) from records
    union all
    select panel, not_counted
    from
        records,
        (
            values
                ('numbers'), ('incidence'), ('incidence of terms'), ('by grade'), ('list of events')
        ) as whole (panel)
    union all
    select 'set aside', coalesce(other_group, if(not_counted is null, 'counted', null)) from records
    union all
    select 'serious events', not_counted from records where not_counted is not null
    union all
    select 'serious events', if(is_serious is distinct from false, null, 'not serious')
    from adverse_events
    where $cohort is null or cohort = $cohort

),

panels as (

    select panel, 'adverse events' as unit, reason from reasons
    union all
    -- A panel has its row where there is nothing to read, too.
    select panel, 'adverse events', '-'
    from (
        values
            ('course'), ('course by date'), ('numbers'), ('incidence'), ('incidence of terms'),
            ('by grade'), ('list of events'), ('serious events'), ('set aside')
    ) as every (panel)

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
