-- What is derived of every person, infusion, visit, outcome day and adverse event?
--
-- grain: one row per person, infusion, visit, outcome day and event (usubjid, record)
-- all groups: a person may change group between cuts, so the question that compares them chooses
-- columns:
--   usubjid     unique subject identifier
--   cohort      group at inclusion
--   record      the person, or one of the person's infusions, visits, outcome days or events
--   is_serious  whether it is an event that is serious
--   title       of an event: its term, grade and start
--   facts       what is derived, as JSON

select
    usubjid,
    cohort,
    'person' as record,
    false as is_serious,
    null as title,
    to_json({
        'group': cohort,
        'status': status,
        'left because of': left_why,
        'left on': left_on,
        'consent': consent_dtc,
        'inclusion': inclusion_dtc
    })::varchar as facts
from participants
union all
select
    usubjid,
    cohort,
    'infusion ' || infusion,
    false,
    null,
    to_json({
        'status': status,
        'given': given_dtc,
        'dose': dose_status,
        '10^6 cells per kg': format('{:.2f}', dose_per_kg),
        'donor': donor_status
    })::varchar
from infusions
union all
select
    usubjid,
    cohort,
    'visit ' || visit,
    false,
    null,
    to_json({'status': status, 'made': visit_dtc})::varchar
from visits
union all
select
    usubjid,
    cohort,
    'day ' || outcome_day,
    false,
    null,
    to_json({'vital status': status})::varchar
from vital_status
union all
select
    usubjid,
    cohort,
    record,
    coalesce(is_serious, false),
    concat_ws(', ', term, 'grade ' || grade, 'from ' || start_dtc),
    to_json({
        'term': term,
        'as reported': aeterm,
        'start': start_dtc,
        'end': end_dtc,
        'course': course,
        'outcome': aeout,
        'grade': grade,
        'serious': case when is_serious then 'yes' when not is_serious then 'no' end,
        'serious by': nullif(criteria, ''),
        'relatedness': aerel,
        'expected': case when is_expected then 'yes' when not is_expected then 'no' end,
        'special interest': aesi,
        'action taken': aeacn,
        'aware': aware_dtc,
        'reported': reported_dtc
    })::varchar
from adverse_events
