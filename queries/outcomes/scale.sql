-- How did each patient stand on the clinical scale, day by day?
--
-- grain: one row per included patient and study day with a score (usubjid, study_day)
-- params: $cut_on, $cohort, $days_first_day
-- columns:
--   usubjid    unique subject identifier
--   cohort     group at inclusion
--   study_day  study day of the assessment
--   score      score on the scale; the highest, if several were given on that day
--   label      the score in words; null if protocol.toml does not say
--   n_scores   scores of that day
--   scale      name of the scale, as exported: the most frequent one
--   died_day   study day of the death; null unless known to the day
--
-- What was assessed, on the day on which it was: nothing is carried forward.

with scales as (

    select rscat as scale
    from rs
    group by rscat
    order by count(*) desc, rscat
    limit 1

),

scored as (

    select
        usubjid,
        cohort,
        study_day(dtc_day(rsdtc), day_zero_on, $days_first_day)::integer as study_day,
        max(rsstresn) as score,
        count(*)::integer as n_scores,
        any_value(rscat) as scale,
        study_day(any_value(died_on), any_value(day_zero_on), $days_first_day)::integer as died_day,
        any_value(included_from) as included_from
    from rs
    join participants using (usubjid)
    where
        is_included
        and rscat is not distinct from (select scale from scales)
        and dtc_day(rsdtc) <= $cut_on
        and day_zero_on is not null
        and rsstresn is not null
        and ($cohort is null or cohort = $cohort)
    group by usubjid, cohort, study_day

)

select
    usubjid,
    cohort,
    study_day,
    scored.score,
    label,
    n_scores,
    scale,
    died_day
from scored
left join clinical_scale on scored.score = clinical_scale.score
order by included_from nulls last, usubjid, study_day
