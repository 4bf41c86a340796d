-- When was each patient on high-flow oxygen, invasive ventilation or ECMO?
--
-- grain: one row per episode of an included patient (usubjid, episode)
-- params: $cut_on, $cohort, $days_first_day
-- columns:
--   usubjid       unique subject identifier
--   episode       number of the episode for this patient, by start
--   support       kind of support, as exported; (?) behind it if it may not have taken place
--   start_dtc     start, as collected
--   end_dtc       end, as collected; null if it lies after the cut
--   started_from  first day on which it can have begun
--   ended_to      last day on which it can have ended; without an end, the last day for which
--                 anything is known of the patient, as in person_time
--   start_day     study day of started_from
--   end_day       study day of ended_to
--   course        ended, or no end recorded

with episodes as (

    select
        usubjid,
        prtrt || if(coalesce(took_place(proccur, null), false), '', ' (?)') as support,
        prstdtc as start_dtc,
        if(dtc_from(prendtc) > $cut_on, null, prendtc) as end_dtc,
        dtc_from(prstdtc) as started_from,
        day_zero_on,
        known_until
    from pr
    join person_time using (usubjid)
    where
        coalesce(dtc_from(prstdtc) <= $cut_on, true)
        and ($cohort is null or cohort = $cohort)

)

select
    usubjid,
    (row_number() over (partition by usubjid order by started_from nulls last, start_dtc, support))
        ::integer as episode,
    support,
    start_dtc,
    end_dtc,
    started_from,
    greatest(
        started_from,
        if(dtc_to(end_dtc) is null, known_until, least(dtc_to(end_dtc), $cut_on))
    ) as ended_to,
    study_day(started_from, day_zero_on, $days_first_day) as start_day,
    study_day(ended_to, day_zero_on, $days_first_day) as end_day,
    if(dtc_from(end_dtc) is null, 'no end recorded', 'ended') as course
from episodes
order by usubjid, episode
