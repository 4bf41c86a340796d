-- Who is each patient, what happened to each, and where does each stand?
--
-- grain: one row per included patient (usubjid)
-- params: $cohort
-- columns:
--   usubjid          unique subject identifier
--   place            order of inclusion, 1 for the first
--   cohort           group at inclusion
--   label            the group in words; null if protocol.toml does not know it
--   age              age at consent, in years
--   sex              M, F or U
--   consent_dtc      informed consent, as collected
--   inclusion_dtc    inclusion, as collected
--   status           as in participants
--   left_why         standard term for why the patient left, as exported
--   left_on          day on which the patient died or left; null unless known to the day
--   n_infusions      infusions given
--   n_events         adverse events
--   n_serious        of them, serious ones
--   worst_grade      worst grade of them; null if none has a grade
--   last_contact_on  last day on which the patient is known to have been alive by a contact

with events as (

    select
        usubjid,
        count(*)::integer as n_events,
        count(*) filter (where is_serious)::integer as n_serious,
        max(grade) as worst_grade
    from adverse_events
    group by usubjid

)

select
    usubjid,
    (row_number() over (order by included_from nulls last, usubjid))::integer as place,
    participants.cohort,
    label,
    age,
    sex,
    consent_dtc,
    inclusion_dtc,
    participants.status,
    left_why,
    left_on,
    n_infusions,
    coalesce(n_events, 0) as n_events,
    coalesce(n_serious, 0) as n_serious,
    worst_grade,
    last_contact_on
from participants
join person_time using (usubjid)
left join groups on participants.cohort = groups.code
left join events using (usubjid)
where $cohort is null or participants.cohort = $cohort
order by place
