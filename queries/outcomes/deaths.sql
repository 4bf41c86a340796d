-- Who died, on which day, and how long after the last infusion?
--
-- grain: one row per included patient who died (usubjid)
-- params: $cut_on, $cohort, $outcomes_days, $days_first_day, $disposition_died
-- columns:
--   usubjid          unique subject identifier
--   cohort           group at inclusion
--   died_from        first day on which the patient can have died; null if not recorded
--   died_to          last day on which the patient can have died
--   died_day         study day of the death; null unless known to the day
--   lived_days       days from day 0, at the most to the end of the follow-up, to the death, or to
--                    the first day that it can have been; null if day 0 is not known, or after it
--   is_in_follow_up  whether that is by the last outcome day; null if not known
--   n_infusions      infusions given
--   last_infusion    number of the last one given on or before the day of death; null if one may
--                    have been given after it
--   infused_on       day on which it was given; null unless known to the day
--   days_after       days from it to the death; null unless both are known
--   fatal_events     adverse events that led to it
--   reported_as      the site's words in ds
--   recorded_in      tables of the export that say so

with fatal as (

    select usubjid, string_agg(distinct coalesce(aedecod, aeterm), '; ') as fatal_events
    from ae
    where is_fatal(aesdth, aeout) and coalesce(dtc_from(aestdtc) <= $cut_on, true)
    group by usubjid

),

disposition as (

    select usubjid, string_agg(distinct coalesce(dsterm, dsdecod), '; ') as reported_as
    from ds
    where
        list_contains($disposition_died, upper(dsdecod))
        and coalesce(dtc_from(dsstdtc) <= $cut_on, true)
    group by usubjid

),

given as (

    select
        infusions.usubjid,
        if(arg_max(is_given, infusion), max(infusion), null) as last_infusion,
        -- Null if the day of that very infusion is not known: arg_max would pass over it.
        arg_max_null(given_on, infusion) as infused_on
    from infusions
    join participants using (usubjid)
    where (is_given or may_be_given) and coalesce(given_from <= left_to, true)
    group by infusions.usubjid

)

select
    participants.usubjid,
    participants.cohort,
    died_from,
    left_to as died_to,
    study_day(died_on, day_zero_on, $days_first_day) as died_day,
    lived_days,
    is_by(
        died_from,
        left_to,
        on_study_day(list_max($outcomes_days), day_zero_on, $days_first_day)
    ) as is_in_follow_up,
    n_infusions,
    last_infusion::integer as last_infusion,
    infused_on,
    (died_on - infused_on)::integer as days_after,
    fatal_events,
    reported_as,
    nullif(concat_ws(
        ', ',
        if(coalesce(dtc_from(dthdtc) <= $cut_on, dthdtc is not null or is_yes(dthfl)), 'dm', null),
        if(disposition.usubjid is not null, 'ds', null),
        if(fatal.usubjid is not null, 'ae', null),
        if(
            usubjid in (
                select usubjid
                from ss
                where upper(ssstresc) = 'DEAD' and dtc_from(ssdtc) <= $cut_on
            ),
            'ss',
            null
        )
    ), '') as recorded_in
from participants
join dm using (usubjid)
left join (select usubjid, died_from, lived_days from person_time) using (usubjid)
left join fatal using (usubjid)
left join disposition using (usubjid)
left join given using (usubjid)
where is_dead and is_included and ($cohort is null or participants.cohort = $cohort)
order by died_from nulls last, usubjid
