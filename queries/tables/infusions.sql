-- Was every infusion given when, how much and from whom the protocol says?
--
-- grain: one row per included patient and infusion, planned or given (usubjid, infusion)
-- params: $cut_on, $days_first_day, $dosing_n_infusions, $dosing_interval_min_days,
--         $dosing_interval_max_days, $dosing_first_within_days, $dosing_dose_min_per_kg,
--         $dosing_dose_max_per_kg, $dosing_same_donor, $disposition_completed
-- columns:
--   usubjid          unique subject identifier
--   cohort           group at inclusion
--   infusion         number of the infusion, 1 for the first
--   is_planned       whether the protocol asks for it; null if it sets no number
--   is_given         whether it was given by the cut
--   may_be_given     whether its record does not say if it was
--   given_dtc        when it was given, or may have been, as collected
--   given_from       first day on which it can have been given
--   given_to         last day on which it can have been given
--   given_on         day on which it was given; null unless known to the day
--   given_day        study day of given_on
--   opens_on         first day of its window; null if it has none
--   closes_on        last day of its window; null if it has none
--   is_projected     whether the window is a projection over an infusion that is not given yet
--   opens_day        study day of opens_on
--   closes_day       study day of closes_on
--   status           given: in window, early, late, unknown, extra, or given if no number is set;
--                    not given: upcoming, due, overdue, missed, not due, unknown
--   reason           why it is missed, not due or unknown, or a part of it was not given
--   days_left        days from the cut to closes_on, for upcoming and due ones; negative if overdue
--   dose_per_kg      10^6 cells per kg; null if unknown
--   dose_status      in range, below, above, unknown, or not set; null if not given
--   dose_why         why the dose per kg is unknown
--   weight_kg        last weight on or before the day
--   donor            donor of the cells
--   donor_status     same as the first infusion given, different, unknown, or not set
--   exlot            batches
--   viability        viable cells after thawing, in %; the lowest of its batches
--   n_records        records of the export that make up this infusion
--   is_owed          whether it counts in the denominator of adherence: given, missed or overdue
--   is_adherent      in window, in range and from the same donor; null if that is not known
--
-- The window of infusion k lies interval_min to interval_max days after infusion k - 1; if that one
-- was missed, as many intervals after the last one given; if it may have been given, that is not
-- known. A projection takes the infusions before it to be given when due, at the cut at the
-- earliest.
--
-- Records of one day are the parts of one infusion, a part that was not given among them. Their
-- doses add up if the batches or the times tell the parts apart; else a part may have been entered
-- twice, and the dose is unknown. The order is that of exseq, unless a date contradicts it; then it
-- is that of the dates, and where partial ones overlap, the timing is unknown. In the order of
-- exseq, exseq is the number of the infusion, as far as it can be one; else they are counted.

with records as (

    select
        usubjid,
        exseq,
        exstdtc,
        dtc_from(exstdtc) as given_from,
        dtc_to(exstdtc) as given_to,
        coalesce('exoccur ' || exoccur, 'a reason why not: ' || exreasoc) as occurrence,
        took_place(exoccur, exreasoc) as is_given,
        exreasoc,
        exdose,
        exdosu,
        lower(regexp_replace(exdosu, '[\s\p{Z}]', '', 'g')) as unit,
        exlot,
        donor,
        viability,
        row_number() over (order by usubjid, exseq, exstdtc, exlot, exdose, donor) as number
    from ex
    where usubjid in (select usubjid from participants where is_included)
    qualify coalesce(given_from <= $cut_on, true)

),

parts as (

    select
        *,
        -- Records of one day make one infusion; what is not known to the day stands alone, and so
        -- does what was not given, or may not have been, unless something else was that day.
        if(
            given_from = given_to
            and bool_or(is_given) over (partition by usubjid, given_from, given_to),
            given_from::varchar,
            number::varchar
        ) as batch_key
    from records

),

units as (

    select distinct
        lower(regexp_replace(unit, '[\s\p{Z}]', '', 'g')) as unit,
        cells,
        is_per_kg
    from dose_units

),

dosed as (

    select
        usubjid,
        batch_key,
        count(*) as n_parts,
        -- Whether it is not known if two records are two parts.
        bool_or(n_of_batch > 1 and (n_of_time > 1 or length(exstdtc) <= 10)) as is_ambiguous,
        sum(exdose * units.cells) as cells,
        count(exdose) as n_doses,
        count(*) filter (where exdose <= 0) as n_impossible,
        count(parts.unit) as n_units,
        count(units.cells) as n_known_units,
        count(distinct units.is_per_kg) as n_kinds,
        bool_or(units.is_per_kg) as is_per_kg,
        string_agg(distinct parts.exdosu, ', ' order by parts.exdosu) as units
    from (
        select
            *,
            count(*) over (partition by usubjid, batch_key, exlot) as n_of_batch,
            count(*) over (partition by usubjid, batch_key, exlot, exstdtc) as n_of_time
        from parts
        where is_given
    ) as parts
    left join units on parts.unit = units.unit
    group by usubjid, batch_key

),

events as (

    select
        usubjid,
        batch_key,
        bool_or(is_given) as is_given,
        min(number) as first_number,
        min(exseq) as exseq,
        min(exstdtc) as given_dtc,
        min(given_from) as given_from,
        min(given_to) as given_to,
        string_agg(distinct exreasoc, '; ' order by exreasoc) filter (where not is_given)
            as exreasoc,
        string_agg(distinct exlot, ', ' order by exlot) filter (where is_given) as exlot,
        string_agg(distinct donor, ', ' order by donor) filter (where is_given) as donor,
        count(distinct upper(donor)) filter (where is_given) as n_donors,
        count(donor) filter (where is_given) < count(*) filter (where is_given) as lacks_donor,
        min(viability) filter (where is_given) as viability,
        count(*) as n_records,
        count(*) filter (where not is_given) as n_left_out,
        string_agg(distinct occurrence, ', ' order by occurrence) filter (where is_given is null)
            as doubtful
    from parts
    group by usubjid, batch_key

),

followed as (

    select
        *,
        -- Whether exseq may be the order of the infusions given: no date contradicts it.
        bool_and(is_after) over (partition by usubjid) as is_in_order
    from (
        select
            *,
            exseq is not null and coalesce(
                given_to >= max(if(is_given, given_from, null)) over (
                    partition by usubjid order by exseq
                    rows between unbounded preceding and 1 preceding
                ) or not is_given,
                true
            ) as is_after
        from events
    )

),

ordered as (

    select
        *,
        row_number() over (
            partition by usubjid
            order by if(is_in_order, exseq, null), given_from, given_to, exseq, first_number
        ) as place
    from followed

),

numbered as (

    select
        * exclude (exseq, first_number, is_after),
        if(
            is_in_order
            and bool_and(n_records = 1 and exseq >= 1) over (partition by usubjid)
            and max(exseq) over (partition by usubjid)
                <= greatest($dosing_n_infusions, count(*) over (partition by usubjid)),
            exseq,
            place
        ) as infusion,
        -- In an order that is known, what was given before lies before, and the next behind.
        if(is_in_order and is_given, max(given_from_if) over until_now, given_from) as sure_from,
        if(is_in_order and is_given, min(given_to_if) over from_now, given_to) as sure_to,
        is_in_order or coalesce(
            given_from >= coalesce(max(given_to) over before, given_from)
            and given_to <= coalesce(min(given_from) over behind, given_to)
            and not bool_or(given_to is null) over (partition by usubjid),
            false
        ) as is_placed
    from (
        select
            *,
            if(is_given, given_from, null) as given_from_if,
            if(is_given, given_to, null) as given_to_if
        from ordered
    )
    window
        before as (
            partition by usubjid order by place rows between unbounded preceding and 1 preceding
        ),
        behind as (
            partition by usubjid order by place rows between 1 following and unbounded following
        ),
        until_now as (
            partition by usubjid order by place rows between unbounded preceding and current row
        ),
        from_now as (
            partition by usubjid order by place rows between current row and unbounded following
        )

),

slots as (

    select usubjid, unnest(generate_series(1, greatest(
        coalesce($dosing_n_infusions, 0), coalesce(max(infusion), 0)
    ))) as infusion
    from participants
    left join numbered using (usubjid)
    where is_included
    group by usubjid

),

weighed as (

    select
        numbered.usubjid,
        numbered.infusion,
        vsstresn,
        vsdtc,
        dtc_from(vsdtc) as weighed_from,
        dtc_to(vsdtc) as weighed_to,
        weighed_to <= given_from as is_before,
        max(if(is_before, weighed_from, null))
            over (partition by numbered.usubjid, numbered.infusion) as surely_from
    from numbered
    join vs on numbered.usubjid = vs.usubjid and upper(vstestcd) = 'WEIGHT'
    where
        is_given
        and vsstresn > 0
        and coalesce(upper(vsstresu), 'KG') = 'KG'
        and dtc_from(vsdtc) <= given_to

),

weights as (

    -- The last weight on or before each infusion: all that may be the last one, if dates are
    -- partial. Of one day, the last in time.
    select
        usubjid,
        infusion,
        if(bool_or(is_before) and count(distinct vsstresn) = 1, any_value(vsstresn), null)
            as weight_kg,
        bool_or(weighed_from < weighed_to or not is_before) as is_open
    from (
        select *
        from weighed
        where weighed_to >= coalesce(surely_from, weighed_to)
        qualify rank() over (
            partition by usubjid, infusion, weighed_from, weighed_to order by vsdtc desc
        ) = 1
    )
    group by usubjid, infusion

),

chained as (

    select
        slots.usubjid,
        slots.infusion::integer as infusion,
        numbered.* exclude (usubjid, infusion),
        coalesce(is_given, false) as was_given,
        coalesce(not is_given, false) as was_omitted,
        n_records is not null and is_given is null as may_be_given,
        max(numbered.infusion) over everything as last_recorded,
        max(if(is_given, slots.infusion, null)) over everything as last_given,
        -- The infusion that the window is counted from: the last one given before this one.
        max(if(is_given, slots.infusion, null)) over earlier as base,
        coalesce(
            max(if(may_be_given, slots.infusion, null)) over earlier > coalesce(base, 0), false
        ) as is_base_open,
        max(if(is_given, sure_from, null)) over earlier as base_from,
        if(
            bool_or(is_given and sure_to is null) over earlier,
            null,
            max(if(is_given, sure_to, null)) over earlier
        ) as base_to,
        arg_min_null(upper(donor), slots.infusion) filter (where is_given) over everything
            as first_donor
    from slots
    left join numbered on slots.usubjid = numbered.usubjid and slots.infusion = numbered.infusion
    window
        earlier as (
            partition by slots.usubjid order by slots.infusion
            rows between unbounded preceding and 1 preceding
        ),
        everything as (partition by slots.usubjid)

),

stopped as (

    select
        usubjid,
        min(dtc_from(dsstdtc)) as stopped_from,
        min(dtc_to(dsstdtc)) as stopped_to,
        string_agg(distinct lower(dsdecod), ', ' order by lower(dsdecod)) as why
    from ds
    where
        is_of_treatment(dsscat)
        and not list_contains($disposition_completed, upper(dsdecod))
        and coalesce(dtc_from(dsstdtc) <= $cut_on, true)
    group by usubjid

),

leaving as (

    -- Of the treatment, or else of the trial.
    select
        usubjid,
        cohort,
        day_zero_on,
        included_from,
        included_to,
        stopped.usubjid is not null and coalesce(left_to > stopped_from, true) as has_stopped,
        has_stopped or participants.has_left as has_left,
        if(has_stopped, stopped_from, if(is_dead, died_from, left_from)) as leaving_from,
        if(has_stopped, least(stopped_to, $cut_on), left_to) as leaving_to,
        if(has_stopped, 'treatment stopped, ' || why, lower(left_why)) as left_why
    from participants
    join (select usubjid, died_from from person_time) using (usubjid)
    left join stopped using (usubjid)

),

windowed as (

    select
        chained.*,
        cohort,
        day_zero_on,
        has_stopped,
        has_left,
        leaving_from as left_from,
        leaving_to as left_to,
        left_why,
        chained.infusion <= $dosing_n_infusions as is_planned,
        $dosing_first_within_days is null and base is null and not is_base_open
        or ($dosing_interval_min_days is null or $dosing_interval_max_days is null)
        and (base is not null or chained.infusion > 1) as has_no_window,
        -- Nothing given before it: as many intervals after the window of the first infusion.
        ((chained.infusion - coalesce(base, 1)) * coalesce($dosing_interval_min_days, 0))
            ::integer as shortest,
        ((chained.infusion - coalesce(base, 1)) * coalesce($dosing_interval_max_days, 0))
            ::integer as longest,
        case when is_base_open then null when base is null then included_from else base_from end
            as counted_from,
        case when is_base_open then null when base is null then included_to else base_to end
            as counted_to,
        if(base is null, $dosing_first_within_days::integer, 0) + longest as latest,
        counted_from + shortest as opens_from,
        counted_to + shortest as opens_to,
        counted_from + latest as closes_from,
        counted_to + latest as closes_to,
        greatest(chained.infusion - coalesce(last_recorded, 0) - 1, 0)::integer as n_awaited
    from chained
    join leaving using (usubjid)

),

judged as (

    select
        windowed.*,
        weights.weight_kg,
        round(if(is_per_kg, cells, cells / weights.weight_kg) / 1e6, 6) as per_kg,
        case
            when not was_given then null
            when n_doses < n_parts then 'no usable dose recorded'
            when n_impossible > 0 then 'the dose recorded is not above 0'
            when n_units < n_parts then 'no unit recorded'
            when n_known_units < n_parts then 'unit not in protocol.toml: ' || units
            when n_kinds > 1 then 'records of one day differ in kind: ' || units
            when doubtful is not null
            then format('not known whether a part of it was given ({})', doubtful)
            when is_ambiguous
            then 'several records of one day and batch: several bags, or one entered twice?'
            when is_per_kg or weights.weight_kg is not null then null
            when given_to is null then 'the day of the infusion is not known'
            when is_open is null then 'no usable weight on or before the day'
            when is_open then 'a date is partial: the last weight is not certain'
            else 'two weights of one day differ'
        end as dose_why,
        case
            when not was_given then null
            when infusion > $dosing_n_infusions then 'extra'
            when $dosing_n_infusions is null then 'given'
            when not is_placed then 'unknown'
            when has_no_window then 'in window'
            when given_from >= opens_to and given_to <= closes_from then 'in window'
            when given_to < opens_from then 'early'
            when given_from > closes_to then 'late'
            else 'unknown'
        end as timing,
        case
            when was_given then null
            when may_be_given then 'unknown'
            when was_omitted and infusion > $dosing_n_infusions then 'not due'
            when was_omitted then 'missed'
            when infusion < last_given then 'missed'
            when has_left and (has_no_window or left_to <= closes_from) then 'not due'
            when has_left and left_from > closes_to then 'missed'
            when has_left then 'unknown'
            when n_awaited > 0 then 'upcoming'
            when has_no_window then 'due'
            when $cut_on < opens_from then 'upcoming'
            when $cut_on between opens_to and closes_from then 'due'
            when $cut_on > closes_to then 'overdue'
            else 'unknown'
        end as standing
    from windowed
    left join weights using (usubjid, infusion)
    left join dosed using (usubjid, batch_key)

)

select
    usubjid,
    cohort,
    infusion,
    is_planned,
    was_given as is_given,
    may_be_given,
    if(was_given or may_be_given, judged.given_dtc, null) as given_dtc,
    if(was_given or may_be_given, judged.given_from, null) as given_from,
    if(was_given or may_be_given, judged.given_to, null) as given_to,
    if(was_given and judged.given_from = judged.given_to, judged.given_from, null) as given_on,
    study_day(given_on, day_zero_on, $days_first_day) as given_day,
    case
        when not is_planned or has_no_window and infusion > 1 then null
        when standing = 'upcoming'
        then greatest(opens_from, $cut_on + (n_awaited * $dosing_interval_min_days)::integer)
        when is_planned then opens_from
    end as opens_on,
    case
        when not is_planned or has_no_window then null
        when standing = 'upcoming' and n_awaited > 0
        then greatest(closes_to, $cut_on + (n_awaited * $dosing_interval_max_days)::integer)
        when is_planned then closes_to
    end as closes_on,
    coalesce(standing = 'upcoming' and n_awaited > 0, false) as is_projected,
    study_day(opens_on, day_zero_on, $days_first_day) as opens_day,
    study_day(closes_on, day_zero_on, $days_first_day) as closes_day,
    coalesce(timing, standing) as status,
    case
        when may_be_given then format('not known whether it was given ({})', doubtful)
        when standing = 'not due' and was_omitted
        then 'not asked for, and recorded as not given' || coalesce(': ' || exreasoc, '')
        when was_omitted then coalesce(exreasoc, 'recorded as not given, without a reason')
        when standing = 'missed' and infusion < last_given
        then 'no record of it, and a later one was given'
        when standing = 'missed' and has_stopped then left_why
        when standing = 'missed' then 'not given before the patient left: ' || left_why
        when standing = 'not due' then left_why
        when coalesce(timing, standing) = 'unknown' and is_base_open
        then 'not known whether the one before it was given'
        when standing = 'unknown' and has_left and left_from is distinct from left_to
        then 'day of leaving not known: ' || left_why
        when coalesce(timing, standing) = 'unknown' then 'dates are known only in part'
        when n_left_out > 0 and was_given
        then 'a part of it was not given' || coalesce(': ' || exreasoc, '')
    end as reason,
    if(standing in ('upcoming', 'due', 'overdue'), closes_on - $cut_on, null)::integer as days_left,
    if(dose_why is null, per_kg, null) as dose_per_kg,
    case
        when not was_given then null
        when $dosing_dose_min_per_kg is null or $dosing_dose_max_per_kg is null then 'not set'
        when dose_per_kg is null then 'unknown'
        when dose_per_kg < round($dosing_dose_min_per_kg / 1e6, 6) then 'below'
        when dose_per_kg > round($dosing_dose_max_per_kg / 1e6, 6) then 'above'
        else 'in range'
    end as dose_status,
    dose_why,
    if(was_given, weight_kg, null) as weight_kg,
    if(was_given, donor, null) as donor,
    case
        when not was_given then null
        when not coalesce($dosing_same_donor, false) then 'not set'
        when n_donors > 1 then 'different'
        when lacks_donor or first_donor is null then 'unknown'
        when upper(donor) = first_donor then 'same'
        else 'different'
    end as donor_status,
    if(was_given, exlot, null) as exlot,
    if(was_given, viability, null) as viability,
    coalesce(n_records, 0)::integer as n_records,
    coalesce(is_planned and status in ('in window', 'early', 'late', 'missed', 'overdue'), false)
        or coalesce(is_planned and was_given, false) as is_owed,
    case
        when not is_owed then null
        when status in ('early', 'late', 'missed', 'overdue') then false
        when dose_status in ('below', 'above') or donor_status = 'different' then false
        when status = 'unknown' or dose_status = 'unknown' or donor_status = 'unknown' then null
        else true
    end as is_adherent
from judged
order by usubjid, infusion
