-- Of the records in the export, how many are shown patient by patient, and why not the others?
--
-- grain: one row per panel and reason (panel, reason)
-- params: $cut_on, $cohort
-- columns:
--   panel        figure or table of the Patient page
--   unit         what is counted
--   n_read       records in the export
--   n_shown      records that the page of their patient shows
--   reason       why records are not shown; - for those that are
--   n_set_aside  records not shown for this reason

with panels as (

    select
        'who' as panel,
        'people' as unit,
        case
            when not is_included then 'not included'
            when $cohort is not null and cohort <> $cohort then 'not in the group chosen'
        end as reason
    from participants
    union all
    select
        'course',
        'adverse events, over all patients',
        coalesce(
            out_of_sight(is_included, cohort, $cohort, dtc_from(aestdtc), $cut_on),
            case
                when dtc_from(aestdtc) is null then 'without a date'
                when day_zero_on is null then 'day 0 is not known'
            end
        )
    from ae
    left join participants using (usubjid)
    union all
    select
        'measurements',
        'results, over all patients',
        coalesce(
            out_of_sight(is_included, cohort, $cohort, dtc_from(dtc), $cut_on),
            case
                when dtc_day(dtc) is null then 'not dated to the day'
                when day_zero_on is null then 'day 0 is not known'
            end
        )
    from (select usubjid, lbdtc as dtc from lb union all select usubjid, rsdtc from rs) as results
    left join participants using (usubjid)
    union all
    -- A panel has its row where there is nothing to read, too.
    select panel, unit, '-'
    from (
        values
            ('who', 'people'),
            ('course', 'adverse events, over all patients'),
            ('measurements', 'results, over all patients')
    ) as every (panel, unit)

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
