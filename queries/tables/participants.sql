-- Who is in the trial, and how far has each of them come?
--
-- grain: one row per screened person (usubjid)
-- params: $cut_on, $group_column, $recruitment_counts, $days_day_zero, $dosing_n_infusions,
--         $outcomes_days, $disposition_consented, $disposition_included,
--         $disposition_eligible, $disposition_screen_failed, $disposition_completed,
--         $disposition_died, $disposition_lost, $disposition_withdrawn
-- columns:
--   usubjid            unique subject identifier
--   siteid             site that screened the person
--   cohort             group at inclusion; "not recorded", or "not assigned" before inclusion
--   age                age at consent, in years
--   sex                M, F or U
--   consent_dtc        informed consent, as collected: in dm, else in ds
--   consented_on       day of consent; null unless known to the day
--   is_eligible        whether the person was found eligible: recorded as such, or included
--   is_included        whether the person was included by the cut
--   inclusion_dtc      inclusion, as collected: the milestone, else the first infusion
--   included_from      first day on which the person can have been included; null if not known
--   included_to        last day on which the person can have been included; null if not known
--   included_on        day of inclusion; null unless known to the day
--   is_treated         whether an infusion was given by the cut
--   may_be_treated     whether, if none was, the record of one does not say so
--   n_infusions        infusions given by the cut, as tables/infusions counts them
--   treated_from       first day on which the first infusion by the cut can have been given
--   treated_to         last day on which it can have been given
--   first_infusion_on  day of the first infusion; null unless known to the day
--   is_counted         whether the person counts towards the target by the cut
--   counted_from       first day from which the person can count
--   counted_to         last day from which the person can count
--   zero_from          first day that can be day 0 of the person's study days
--   zero_to            last day that can be day 0
--   day_zero_on        day 0 of the person's study days; null unless known to the day
--   is_dead            whether any record says so by the cut
--   died_on            day of death; null unless known to the day
--   left_from          first day on which the person can have left
--   left_to            last day on which the person can have left
--   left_on            day on which the person left; null unless known to the day
--   left_why           standard term for why the person left, as exported
--   status             in screening, screen failed, on treatment, in follow-up, completed,
--                      withdrawn, lost or died
--   has_left           whether the person is out of the trial: died, completed, withdrawn or lost
--   set_aside          why an inclusion or an infusion on record is not counted; null if none is
--
-- The status is that of the cut: a record dated after it does not count. Treatment goes on until
-- every planned infusion was given or recorded as not given, or ds says that it ended, at the
-- most to the first outcome day.
-- Whoever was treated by the cut and has an inclusion dated after it was included, on a day that is
-- not known. A death is dated by dm and ds, else by the end of the fatal event, by those that know
-- the day if any does, and lies before the day on which ss found it; where these contradict each
-- other, it lies between them.

with milestones as (

    select
        usubjid,
        bool_or(
            list_contains($disposition_eligible, upper(dsdecod))
            and coalesce(dtc_from(dsstdtc) <= $cut_on, true)
        ) as is_found_eligible,
        min_by(dsstdtc, dtc_from(dsstdtc))
            filter (where list_contains($disposition_consented, upper(dsdecod))) as consent_dtc,
        -- The earliest that can be read, else one as it is written.
        coalesce(
            min_by(dsstdtc, dtc_from(dsstdtc))
                filter (where list_contains($disposition_included, upper(dsdecod))),
            min(dsstdtc) filter (where list_contains($disposition_included, upper(dsdecod)))
        ) as dtc,
        bool_or(list_contains($disposition_included, upper(dsdecod))) as is_on_record
    from ds
    group by usubjid

),

records as (

    select
        usubjid,
        exseq,
        exstdtc,
        took_place(exoccur, exreasoc) as is_given,
        coalesce(dtc_from(exstdtc) <= $cut_on, true) as is_by_cut,
        -- As in infusions, the records of a day on which one was given are the parts of one.
        dtc_day(exstdtc) is not null
        and coalesce(bool_or(is_given) over of_day, false)
        and row_number() over (of_day order by is_given desc nulls last) > 1 as is_part
    from ex
    window of_day as (partition by usubjid, dtc_day(exstdtc))

),

infusions_given as (

    -- Those, too, of which it is not known: the first may be one of them.
    select
        usubjid,
        coalesce(
            min_by(exstdtc, dtc_from(exstdtc)) filter (where is_given),
            min(exstdtc) filter (where is_given)
        ) as dtc,
        count(*) filter (where is_given) > 0 as is_sure,
        -- A record without a date may be the first, unless its number is higher.
        count(*) filter (where dtc_from(exstdtc) is null) > 0
        and coalesce(
            min(coalesce(exseq, 0)) filter (where dtc_from(exstdtc) is null)
            <= min_by(exseq, dtc_from(exstdtc)),
            true
        ) as may_be_earlier,
        count(*) filter (where is_given and is_by_cut and not is_part) as n_given,
        count(*) filter (where is_given is null and is_by_cut and not is_part) as n_perhaps,
        if(may_be_earlier, null, min(dtc_from(exstdtc))) as first_from,
        min(dtc_to(exstdtc)) filter (where is_given) as first_to
    from records
    where is_given is distinct from false
    group by usubjid

),

infusions_settled as (

    select usubjid, count(*) as n_settled
    from records
    where is_given is not null and is_by_cut and not is_part
    group by usubjid

),

departures as (

    select
        usubjid,
        upper(dsdecod) as decod,
        dsstdtc as dtc,
        case
            when list_contains($disposition_died, decod) then 'died'
            when list_contains($disposition_screen_failed, decod) then 'screen failed'
            when list_contains($disposition_completed, decod) then 'completed'
            when list_contains($disposition_lost, decod) then 'lost'
            when list_contains($disposition_withdrawn, decod) then 'withdrawn'
            when upper(dscat) = 'DISPOSITION EVENT' then 'withdrawn'
        end as departure
    from ds
    left join milestones using (usubjid)
    where
        may_end_the_trial(dscat, dsscat, epoch, list_contains($disposition_completed, decod))
        and coalesce(dtc_from(dsstdtc) <= $cut_on, true)
        -- Whoever failed a first screening, and is recorded as included later, has not left.
        and not coalesce(
            list_contains($disposition_screen_failed, decod)
            and dtc_to(dsstdtc) < dtc_from(milestones.dtc)
            and dtc_from(milestones.dtc) <= $cut_on,
            false
        )
    qualify departure is not null and row_number() over (
        partition by usubjid
        order by (departure = 'died') desc, dtc_to(dsstdtc) desc nulls last, decod
    ) = 1

),

treatment_ended as (

    select distinct usubjid
    from ds
    where is_of_treatment(dsscat) and coalesce(dtc_from(dsstdtc) <= $cut_on, true)

),

deaths as (

    select usubjid, dthdtc as dtc, 1 as trust, null::date as latest_on
    from dm
    where is_said_dead(dthdtc, dthfl)
    union all
    select usubjid, dsstdtc, 1, null from ds where list_contains($disposition_died, upper(dsdecod))
    union all
    select usubjid, aeendtc, 2, null
    from ae
    where is_fatal(aesdth, aeout) and coalesce(dtc_from(aestdtc) <= $cut_on, true)
    union all
    -- Whoever is found to be dead died by then.
    select usubjid, null, null, dtc_to(ssdtc)
    from ss
    where upper(ssstresc) = 'DEAD' and dtc_from(ssdtc) <= $cut_on

),

weighed as (

    select *, trust + if(dtc_day(dtc) is null, 10, 0) as place
    from deaths
    where coalesce(dtc_from(dtc) <= $cut_on, true)
    -- The most trusted that know the day, else the most trusted that know anything.
    qualify
        dtc is null
        or place = min(place) filter (where dtc is not null) over (partition by usubjid)

),

dead as (

    select
        usubjid,
        max(dtc_from(dtc)) as latest_from,
        least(min(dtc_to(dtc)), min(latest_on)) as earliest_to,
        -- Where they contradict each other, the death lies between them.
        if(latest_from is null, null, least(latest_from, earliest_to)) as died_from,
        greatest(latest_from, earliest_to) as died_to
    from weighed
    group by usubjid

),

dated as (

    select
        dm.usubjid,
        dm.siteid,
        case $group_column
            when 'armcd' then dm.armcd when 'actarmcd' then dm.actarmcd else dm.cohort
        end as code,
        dm.age,
        dm.sex,
        coalesce(dm.rficdtc, milestones.consent_dtc) as consent_dtc,
        coalesce(is_found_eligible, false) as is_found_eligible,
        coalesce(is_on_record, false) or coalesce(is_sure, false) as has_inclusion,
        coalesce(is_on_record, false) as has_milestone,
        if(has_milestone, milestones.dtc, infusions_given.dtc) as inclusion_dtc,
        coalesce(n_given, 0) as n_given,
        coalesce(n_perhaps, 0) as n_perhaps,
        -- Whoever was treated by the cut was included by then, whatever date is on record.
        has_milestone and n_given > 0 and coalesce(dtc_from(inclusion_dtc) > $cut_on, false)
            as is_contradicted,
        case
            when is_contradicted then null
            when has_milestone then dtc_from(inclusion_dtc)
            else first_from
        end as included_from,
        case
            when is_contradicted then if(first_to <= $cut_on, first_to, $cut_on)
            when has_milestone then dtc_to(inclusion_dtc)
            else first_to
        end as included_to,
        has_inclusion and coalesce(included_from <= $cut_on, true) as is_included,
        first_from,
        first_to,
        coalesce(n_settled, 0) as n_settled,
        dead.usubjid is not null as is_dead,
        if(is_dead, died_from, dtc_from(departures.dtc)) as left_from,
        -- Whoever has left by the cut left by then, however partial the date.
        if(
            is_dead or departure is not null,
            least(if(is_dead, died_to, dtc_to(departures.dtc)), $cut_on),
            null
        ) as left_to,
        departure,
        departures.decod,
        treatment_ended.usubjid is not null as has_ended_treatment
    from dm
    left join milestones using (usubjid)
    left join infusions_given using (usubjid)
    left join infusions_settled using (usubjid)
    left join departures using (usubjid)
    left join treatment_ended using (usubjid)
    left join dead using (usubjid)

)

select
    usubjid,
    siteid,
    case
        when upper(code) in (select upper(groups.code) from groups)
        then (select min(groups.code) from groups where upper(groups.code) = upper(dated.code))
        when is_included then coalesce(code, 'not recorded')
        else 'not assigned'
    end as cohort,
    age,
    sex,
    consent_dtc,
    dtc_day(consent_dtc) as consented_on,
    is_found_eligible or is_included as is_eligible,
    is_included,
    inclusion_dtc,
    included_from,
    included_to,
    if(included_from = included_to, included_from, null) as included_on,
    n_given > 0 as is_treated,
    n_given = 0 and n_perhaps > 0 as may_be_treated,
    n_given::integer as n_infusions,
    -- What is dated after the cut was not given by it.
    if(first_from > $cut_on, null, first_from) as treated_from,
    if(coalesce(first_from, first_to) > $cut_on, null, first_to) as treated_to,
    if(treated_from = treated_to, treated_from, null) as first_infusion_on,
    if($recruitment_counts = 'treated', is_treated, is_included) as is_counted,
    if($recruitment_counts = 'treated', treated_from, included_from) as counted_from,
    if($recruitment_counts = 'treated', treated_to, included_to) as counted_to,
    if($days_day_zero = 'inclusion', included_from, treated_from) as zero_from,
    if($days_day_zero = 'inclusion', included_to, treated_to) as zero_to,
    if(zero_from = zero_to, zero_from, null) as day_zero_on,
    is_dead,
    if(is_dead and left_from = left_to, left_from, null) as died_on,
    left_from,
    left_to,
    if(left_from = left_to, left_from, null) as left_on,
    if(is_dead and coalesce(departure, '') <> 'died', 'DEATH', decod) as left_why,
    case
        when is_dead then 'died'
        when is_included and departure = 'screen failed' then 'withdrawn'
        when departure is not null then departure
        when not is_included then 'in screening'
        when
            n_settled >= $dosing_n_infusions
            or has_ended_treatment
            or coalesce(included_from, included_to) + list_min($outcomes_days) < $cut_on
        then 'in follow-up'
        else 'on treatment'
    end as status,
    status in ('died', 'completed', 'withdrawn', 'lost') as has_left,
    case
        when has_inclusion and included_from > $cut_on then 'inclusion dated after the cut'
        when first_from > $cut_on then 'infusion dated after the cut'
        when may_be_treated and not is_counted then 'not known whether an infusion was given'
    end as set_aside
from dated
order by usubjid
