-- How did the laboratory values and the clinical scale of each patient go?
--
-- grain: one row per result of an included patient by the cut (measurement)
-- params: $cut_on, $cohort, $days_first_day
-- columns:
--   measurement  number of the row
--   usubjid      unique subject identifier
--   kind         laboratory, or scale
--   test         code of the test, or name of the scale, as exported
--   taken_dtc    when it was taken, as collected
--   taken_on     day on which it was taken; null unless known to the day
--   taken_day    study day of taken_on
--   value        the result, in unit
--   unit         its unit; null for a score, or if not recorded
--   range_flag   LOW, NORMAL or HIGH; null if not recorded

with results as (

    select
        usubjid,
        'laboratory' as kind,
        upper(lbtestcd) as test,
        lbdtc as taken_dtc,
        lbstresn as value,
        lbstresu as unit,
        upper(lbnrind) as range_flag
    from lb
    union all
    select usubjid, 'scale', rscat, rsdtc, rsstresn, null, null from rs

)

select
    (row_number() over (order by usubjid, kind, test, taken_dtc, value, unit))::integer
        as measurement,
    usubjid,
    kind,
    coalesce(test, 'not recorded') as test,
    taken_dtc,
    dtc_day(taken_dtc) as taken_on,
    study_day(taken_on, day_zero_on, $days_first_day) as taken_day,
    value,
    unit,
    range_flag
from results
join participants using (usubjid)
where
    is_included
    and coalesce(dtc_from(taken_dtc) <= $cut_on, true)
    and ($cohort is null or cohort = $cohort)
order by measurement
