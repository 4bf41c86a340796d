-- What happened to each patient: when, after which infusion, how bad, and is it over?
--
-- grain: one row per adverse event of an included patient (usubjid, event)
-- params: $cut_on, $days_first_day, $outcomes_days,
--         $adverse_events_infusional_hours, $adverse_events_related, $adverse_events_not_related,
--         $adverse_events_serious, $adverse_events_not_serious
-- columns:
--   usubjid              unique subject identifier
--   cohort               group at inclusion
--   event                number of the event for this patient: aeseq, or its place by start if
--                        a record of the patient has no aeseq
--   record               what the event is known by in every cut: its aeseq, else as what and
--                        since when it was reported
--   aeterm               the event as reported
--   term                 MedDRA preferred term; as reported if it is not coded
--   soc                  MedDRA system organ class; "not coded" if there is none
--   start_dtc            start, as collected
--   started_from         first day that start_dtc can mean
--   started_to           last day that start_dtc can mean
--   begun_by             last day on which it can have begun: by the cut, and by its end
--   start_day            study day of the start; null unless known to the day
--   start_day_from       study day of started_from
--   start_day_to         study day of started_to
--   end_dtc              end, as collected; null if it lies after the cut
--   ended_from           first day that end_dtc can mean, but no day before the start
--   ended_to             last day that end_dtc can mean, but no day after the cut
--   end_day_from         study day of ended_from
--   end_day_to           study day of ended_to
--   course               ended, ongoing (recorded as such, or without an end and not recovered), or
--                        end not recorded
--   seen_on              last day for which an ongoing event is known: until when anything is
--                        known of the patient, as in person_time
--   seen_day             study day of seen_on
--   grade                1 to 5; null if not known
--   grade_from           what the grade is read from: grade; else death, which is grade 5; else
--                        severity, if that is all there is
--   is_serious           null if it is not recorded, or in words protocol.toml does not list, or as
--                        not serious although a criterion of seriousness is Y
--   serious_from         what that is read from: aeser, or a criterion of seriousness
--   has_serious_doubt    whether it is recorded as not serious, and a criterion of seriousness is Y
--   criteria             criteria of seriousness that are Y
--   is_grave             whether it was fatal or life-threatening; null if that is not recorded
--   aerel                relatedness to the treatment, as exported
--   is_related           null if aerel is missing, or a word that protocol.toml does not list
--   is_expected          expected for this product; null if not recorded
--   is_severe_ar         related, and of grade 4 or 5; null if not known, as in the three below
--   is_sar               serious and related
--   is_sesar             serious, related and expected
--   is_susar             suspected unexpected serious adverse reaction (SUSAR): serious, related
--                        and unexpected
--   is_emergent          began on or after the first infusion; null if not known
--   emergent_from        what that is read from: the flag aetrtem, or dates
--   aesi                 categories of special interest, whatever the relatedness
--   aesi_from            what they are read from: the flag aesi, or the terms in protocol.toml
--   is_aesi              null if no flag says it either way, and the code that a category is
--                        defined by is missing, or a class that MedDRA does not have in English
--   infusion             number of the latest infusion before the start; null if none or not known
--   days_since_infusion  days from that infusion to the start; null unless both days are known
--   is_infusional        began within the hours that protocol.toml sets after an infusion began;
--                        null if not known, or not set
--   infusional_from      what that is read from: time, or day only (the day of an infusion or the
--                        days that the hours reach into)
--   is_by_first          whether it started by the first outcome day; null if not known
--   is_by_last           whether it started by the last outcome day; null if not known
--   aeacn                action taken with the treatment
--   aeout                outcome
--   aware_dtc            when the sponsor became aware of it; null if after the cut
--   reported_dtc         when it was reported to the authorities; null if after the cut

with people as (

    select participants.*, known_until
    from participants
    join person_time using (usubjid)

),

records as (

    select
        people.cohort,
        ae.*,
        (select coalesce(list(upper(category)), []) from special_interest) as known_categories,
        dtc_from(aestdtc) as started_from,
        dtc_to(aestdtc) as started_to,
        -- Null unless a time of day was collected.
        instant_of(aestdtc) as started_at,
        has_zone(aestdtc) as is_started_in_zone,
        if(dtc_from(aeendtc) > $cut_on, null, aeendtc) as end_dtc,
        coalesce(dtc_from(aeendtc) > $cut_on, false) as ends_after_cut,
        if(dtc_from(aware_dtc) > $cut_on, null, aware_dtc) as known_dtc,
        if(dtc_from(reported_dtc) > $cut_on, null, reported_dtc) as sent_dtc,
        row_number() over (
            partition by ae.usubjid
            order by dtc_from(aestdtc) nulls last, aestdtc, aeseq, aedecod, aeterm, aeendtc, aetoxgr
        ) as place,
        count(aeseq) over (partition by ae.usubjid)
            = count(*) over (partition by ae.usubjid) as is_numbered,
        people.day_zero_on,
        people.zero_from,
        people.zero_to,
        people.known_until,
        people.treated_from,
        people.treated_to,
        people.is_treated or people.may_be_treated as may_be_treated,
        people.first_infusion_on
    from ae
    join people using (usubjid)
    where coalesce(dtc_from(aestdtc) <= $cut_on, true)

),

numbered as (

    select
        * exclude (aesi, expected),
        coalesce(upper(aesi) in ('U', 'UNK', 'UNKNOWN', '-', '?'), false) as is_not_said,
        if(is_not_said, null, upper(aesi)) as flag,
        coalesce(flag in ('N', 'NO', '0', 'NONE', 'NOT APPLICABLE', 'N/A'), false) as is_denied,
        -- Whether a category of special interest may hold the event, for all that its codes say.
        is_not_said
        or case
            when coalesce(aesoc, aebodsys) is null
            then exists (select 1 from special_interest where len(system_organ_classes) > 0)
            when not is_soc(coalesce(aesoc, aebodsys))  -- in another language, or none of MedDRA
            then exists (
                select 1 from special_interest
                where len(list_filter(system_organ_classes, lambda name: is_soc(name))) > 0
            )
            else false
        end
        or (
            aedecod is null
            and exists (select 1 from special_interest where len(preferred_terms) > 0)
        ) as is_open,
        coalesce(regexp_split_to_array(upper(aesi), ' *[,;] *'), []) as flags,
        list_filter(
            regexp_split_to_array(aesi, ' *[,;] *'),
            lambda each: not list_contains(known_categories, upper(each))
        ) as other_flags,
        if(is_numbered, aeseq, place)::integer as event,
        -- A place is no name: an event that comes with an earlier start moves all behind it.
        record_of('event', aeseq, aestdtc, coalesce(aeterm, aedecod)) as known_as,
        row_number() over (partition by usubjid, known_as order by place) as twin,
        coalesce(aedecod, aeterm, 'not coded') as term,
        coalesce(aesoc, aebodsys, 'not coded') as soc,
        -- Whatever is on record has begun by the cut, and by its end.
        greatest(started_from, least(started_to, dtc_to(end_dtc), $cut_on)) as begun_by,
        upper(trim(aeser)) as aeser_,
        upper(trim(aerel)) as aerel_,
        upper(trim(aeout)) as aeout_,
        upper(trim(expected)) as expected_,
        is_fatal(aesdth, aeout) as is_fatal,
        concat_ws(
            ', ',
            if(is_fatal, 'death', null),
            if(is_yes(aeslife), 'life-threatening', null),
            if(is_yes(aeshosp), 'hospitalisation', null),
            if(is_yes(aesdisab), 'disability', null),
            if(is_yes(aescong), 'congenital anomaly', null),
            if(is_yes(aesmie), 'medically important', null)
        ) as criteria_,
        coalesce(list_contains($adverse_events_not_serious, aeser_) and criteria_ <> '', false)
            as has_serious_doubt,
        regexp_extract(trim(aetoxgr), '^(?:grade *)?([1-5])(?:\.0+)?$', 1, 'i') as digit,
        case upper(trim(aesev)) when 'MILD' then 1 when 'MODERATE' then 2 when 'SEVERE' then 3 end
            as severity
    from records

),

categories as (

    select
        numbered.usubjid,
        numbered.event,
        string_agg(special_interest.category, ', ' order by special_interest.category) as listed,
        string_agg(special_interest.category, ', ' order by special_interest.category)
            filter (where list_contains(flags, upper(special_interest.category))) as named
    from numbered
    join special_interest
        on list_contains(flags, upper(special_interest.category))
        or list_contains(system_organ_classes, upper(soc))
        or list_contains(preferred_terms, upper(term))
        or list_contains(preferred_terms, upper(aeterm))
    group by numbered.usubjid, numbered.event

),

given as (

    select
        usubjid,
        infusion,
        given_from,
        given_to,
        instant_of(given_dtc) as given_at,
        has_zone(given_dtc) as is_given_in_zone,
        is_given
    from infusions
    where is_given or may_be_given

),

pairs as (

    select
        numbered.usubjid,
        numbered.event,
        given.infusion,
        given.given_from,
        given.given_to,
        given_from = first_infusion_on and started_from = first_infusion_on as is_on_first_day,
        started_from - given_to as fewest,
        begun_by - given_from as most,
        fewest = most as is_exact,
        if(
            is_started_in_zone = is_given_in_zone,
            date_diff('minute', given_at, started_at),
            null
        ) as minutes_after,
        minutes_after >= 0 as is_after,
        -- Not after one that may not have been given at all.
        case
            when is_after or is_after is null and fewest >= 0 then if(is_given, true, null)
            when not is_after or most < 0 then false
        end as is_earlier_infusion,
        is_given,
        case
            when $adverse_events_infusional_hours is null then null
            when is_after is not null
            then is_after and minutes_after / 60.0 <= $adverse_events_infusional_hours
            when is_exact
            then fewest between 0 and ceil($adverse_events_infusional_hours / 24)
            when most < 0 or fewest > ceil($adverse_events_infusional_hours / 24) then false
        end as is_in_time,
        if(is_in_time and not is_given, null, is_in_time) as is_infusional
    from numbered
    join given using (usubjid)

),

since as (

    select
        usubjid,
        event,
        max(infusion) filter (where is_earlier_infusion) as latest,
        if(
            bool_and(is_earlier_infusion is not null) filter (where is_given)
            and not coalesce(
                max(infusion) filter (where is_earlier_infusion is null and not is_given) > latest,
                false
            ),
            latest,
            null
        ) as infusion,
        -- Of the latest, or of none: arg_max would take an earlier one that is known to the day.
        arg_max_null(if(is_exact, fewest, null), infusion) filter (where is_earlier_infusion)
            as days_since,
        case
            when bool_or(is_infusional) then true
            when bool_or(is_infusional is null) then null
            else false
        end as is_infusional,
        bool_or(is_infusional and is_after is not null) as is_by_time,
        bool_and(is_after) filter (where is_on_first_day) as is_after_first
    from pairs
    group by usubjid, event

)

select
    numbered.usubjid,
    cohort,
    numbered.event,
    if(twin = 1, known_as, known_as || ' (' || twin || ')') as record,
    aeterm,
    term,
    soc,
    aestdtc as start_dtc,
    started_from,
    started_to,
    begun_by,
    if(
        started_from = started_to,
        study_day(started_from, day_zero_on, $days_first_day),
        null
    ) as start_day,
    study_day(started_from, day_zero_on, $days_first_day) as start_day_from,
    study_day(least(started_to, $cut_on), day_zero_on, $days_first_day) as start_day_to,
    end_dtc,
    if(dtc_from(end_dtc) is null, null, greatest(dtc_from(end_dtc), started_from)) as ended_from,
    if(
        ended_from is null,
        null,
        greatest(least(dtc_to(end_dtc), $cut_on), ended_from)
    ) as ended_to,
    study_day(ended_from, day_zero_on, $days_first_day) as end_day_from,
    study_day(ended_to, day_zero_on, $days_first_day) as end_day_to,
    case
        when dtc_from(end_dtc) is not null then 'ended'
        when
            ends_after_cut
            or upper(aeenrtpt) in ('ONGOING', 'AFTER')
            or is_yes(aeongo)
            or aeout_ in (
                'NOT RECOVERED/NOT RESOLVED', 'NOT RECOVERED', 'NOT RESOLVED',
                'RECOVERING/RESOLVING', 'RECOVERING', 'RESOLVING'
            )
        then 'ongoing'
        else 'end not recorded'
    end as course,
    case
        when course <> 'ongoing' then null
        when started_from is null then known_until
        else greatest(known_until, started_from)
    end as seen_on,
    study_day(seen_on, day_zero_on, $days_first_day) as seen_day,
    coalesce(try_cast(digit as integer), if(is_fatal, 5, severity)) as grade,
    case
        when digit <> '' then 'grade'
        when is_fatal then 'death'
        when severity is not null then 'severity'
    end as grade_from,
    case
        when list_contains($adverse_events_serious, aeser_) then true
        when has_serious_doubt then null
        when list_contains($adverse_events_not_serious, aeser_) then false
        when criteria_ <> '' then true
    end as is_serious,
    case
        when is_serious is null then null
        when
            list_contains($adverse_events_serious, aeser_)
            or list_contains($adverse_events_not_serious, aeser_)
        then 'aeser'
        else 'criterion'
    end as serious_from,
    has_serious_doubt,
    nullif(criteria_, '') as criteria,
    case
        when
            is_fatal or is_yes(aeslife)
            or coalesce(try_cast(digit as integer), 0) = 5
        then true
        when upper(aesdth) in ('N', 'NO') and upper(aeslife) in ('N', 'NO') then false
    end as is_grave,
    aerel,
    case
        when list_contains($adverse_events_related, aerel_) then true
        when list_contains($adverse_events_not_related, aerel_) then false
    end as is_related,
    case when is_yes(expected_) then true when expected_ in ('N', 'NO') then false end
        as is_expected,
    is_related and grade > 3 as is_severe_ar,
    is_serious and is_related as is_sar,
    is_sar and is_expected as is_sesar,
    is_sar and not is_expected as is_susar,
    case
        when is_yes(aetrtem) then true
        when upper(aetrtem) in ('N', 'NO') then false
        when not may_be_treated then false
        when started_from > treated_to then true
        when begun_by < treated_from then false
        -- On the day of the first infusion, the times tell, if both were collected.
        when started_from = first_infusion_on and begun_by = first_infusion_on
        then coalesce(is_after_first, true)
    end as is_emergent,
    case
        when is_emergent is null then null
        when upper(aetrtem) in ('Y', 'YES', 'N', 'NO') then 'aetrtem'
        else 'dates'
    end as emergent_from,
    case
        when is_denied then null
        when is_yes(flag) or flag = '1' then coalesce(listed, 'category not recorded')
        when flag is not null
        then concat_ws(', ', named, nullif(array_to_string(other_flags, ', '), ''))
        else listed
    end as aesi,
    case
        when flag is not null then 'flag' when aesi is not null then 'terms'
    end as aesi_from,
    case
        when is_denied then false
        when aesi is not null then true
        when is_open then null
        else false
    end as is_aesi,
    since.infusion::integer as infusion,
    if(since.infusion is null, null, days_since)::integer as days_since_infusion,
    case
        when $adverse_events_infusional_hours is null then null
        when since.usubjid is null then false
        else since.is_infusional
    end as is_infusional,
    case
        when since.is_infusional and is_by_time then 'time'
        when since.is_infusional then 'day only'
    end as infusional_from,
    case
        when begun_by <= on_study_day(list_min($outcomes_days), zero_from, $days_first_day)
        then true
        when started_from > on_study_day(list_min($outcomes_days), zero_to, $days_first_day)
        then false
    end as is_by_first,
    case
        when begun_by <= on_study_day(list_max($outcomes_days), zero_from, $days_first_day)
        then true
        when started_from > on_study_day(list_max($outcomes_days), zero_to, $days_first_day)
        then false
    end as is_by_last,
    aeacn,
    aeout,
    known_dtc as aware_dtc,
    sent_dtc as reported_dtc
from numbered
left join categories using (usubjid, event)
left join since using (usubjid, event)
order by numbered.usubjid, numbered.event
