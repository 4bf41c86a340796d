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
        dtc_day(rsdtc) as assessed_on,
        max(rsstresn) as score,
        count(*)::integer as n_scores
    from rs
    where rscat is not distinct from (select scale from scales) and rsstresn is not null
    group by usubjid, assessed_on
    having assessed_on <= $cut_on

),

people as (

    -- To sort so many rows by a number takes half the time.
    select
        usubjid,
        cohort,
        day_zero_on,
        died_on,
        row_number() over (order by included_from nulls last, usubjid) as place
    from participants
    where is_included and day_zero_on is not null and ($cohort is null or cohort = $cohort)

)

select
    usubjid,
    cohort,
    study_day(assessed_on, day_zero_on, $days_first_day)::integer as study_day,
    scored.score,
    label,
    n_scores,
    scale,
    study_day(died_on, day_zero_on, $days_first_day)::integer as died_day
from scored
join people using (usubjid)
cross join scales
left join clinical_scale on scored.score = clinical_scale.score
order by place, study_day
