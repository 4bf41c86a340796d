-- How many adverse events are on record, how bad are they, and what is not known of them?
--
-- grain: one row
-- params: $cohort, $adverse_events_infusional_hours
-- columns:
--   n_events             adverse events by the cut
--   n_with_event         patients with at least one
--   n_included           patients included
--   n_serious            serious events
--   n_with_serious       patients with a serious event
--   n_severe             events of grade 3 or more
--   n_with_severe        patients with an event of grade 3 or more
--   n_related            events related to the treatment
--   n_with_related       patients with a related event
--   n_special            events of special interest
--   n_with_special       patients with an event of special interest
--   n_infusional         infusional events; null if protocol.toml sets no hours
--   n_ongoing            events that go on, or went on when the patient died or left
--   n_ongoing_at_end     of n_ongoing, those of patients who died or left
--   n_end_not_recorded   events that are over, or of unknown outcome, without a recorded end
--   n_partial            events with a start that is not known to the day
--   n_before             events that began before the first infusion, or in the untreated
--   n_grade_unknown      events without a grade
--   n_grade_by_severity  events whose grade is read from the severity
--   n_serious_unknown    events of which it is not known whether they are serious
--   n_serious_criterion  events that count as serious by a criterion, as aeser is missing
--   n_serious_doubtful   events recorded as not serious although a criterion of seriousness is Y
--   n_related_unknown    events of which it is not known whether they are related
--   n_special_unknown    events of which it is not known whether they are of special interest

with counted as (

    select *
    from adverse_events
    where $cohort is null or cohort = $cohort

)

select
    count(*)::integer as n_events,
    count(distinct usubjid)::integer as n_with_event,
    (
        select count(*) from participants
        where is_included and ($cohort is null or cohort = $cohort)
    )::integer as n_included,
    count(*) filter (where is_serious)::integer as n_serious,
    count(distinct usubjid) filter (where is_serious)::integer as n_with_serious,
    count(*) filter (where grade >= 3)::integer as n_severe,
    count(distinct usubjid) filter (where grade >= 3)::integer as n_with_severe,
    count(*) filter (where is_related)::integer as n_related,
    count(distinct usubjid) filter (where is_related)::integer as n_with_related,
    count(*) filter (where is_aesi)::integer as n_special,
    count(distinct usubjid) filter (where is_aesi)::integer as n_with_special,
    if(
        $adverse_events_infusional_hours is null,
        null,
        count(*) filter (where is_infusional)
    )::integer as n_infusional,
    count(*) filter (where course = 'ongoing')::integer as n_ongoing,
    count(*) filter (
        where course = 'ongoing'
            and usubjid in (select usubjid from participants where has_left)
    )::integer as n_ongoing_at_end,
    count(*) filter (where course = 'end not recorded')::integer as n_end_not_recorded,
    count(*) filter (where started_from is distinct from started_to or started_from is null)
        ::integer as n_partial,
    count(*) filter (where not is_emergent)::integer as n_before,
    count(*) filter (where grade is null)::integer as n_grade_unknown,
    count(*) filter (where grade_from = 'severity')::integer as n_grade_by_severity,
    count(*) filter (where is_serious is null)::integer as n_serious_unknown,
    count(*) filter (where serious_from = 'criterion')::integer as n_serious_criterion,
    count(*) filter (where has_serious_doubt)::integer as n_serious_doubtful,
    count(*) filter (where is_related is null)::integer as n_related_unknown,
    count(*) filter (where is_aesi is null)::integer as n_special_unknown
from counted
