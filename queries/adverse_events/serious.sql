-- Which adverse events are serious, or may be?
--
-- grain: one row per event (usubjid, event)
-- params: $cohort
-- columns:
--   usubjid              unique subject identifier
--   event                number of the event for this patient: aeseq, or its place by start if
--                        a record of the patient has no aeseq
--   term                 MedDRA preferred term; as reported if it is not coded
--   grade                1 to 5; null if not known
--   start_dtc            start, as collected
--   start_day            study day of the start; null unless known to the day
--   infusion             number of the latest infusion before the start; null if none or not known
--   days_since_infusion  days from that infusion to the start; null unless both days are known
--   is_emergent          began on or after the first infusion; null if not known
--   emergent_from        what that is read from: the flag aetrtem, or dates
--   is_serious           null if it is not recorded, or in words protocol.toml does not list, or as
--                        not serious although a criterion of seriousness is Y
--   criteria             criteria of seriousness that are Y
--   aerel                relatedness to the treatment, as exported
--   is_related           null if aerel is missing, or a word that protocol.toml does not list
--   is_expected          expected for this product; null if not recorded
--   aeout                outcome
--
-- The latest first, and first of all those without a start.

select
    usubjid,
    event,
    term,
    grade,
    start_dtc,
    start_day,
    infusion,
    days_since_infusion,
    is_emergent,
    emergent_from,
    is_serious,
    criteria,
    aerel,
    is_related,
    is_expected,
    aeout
from adverse_events
where is_serious is distinct from false and ($cohort is null or cohort = $cohort)
order by started_from desc nulls first, usubjid, event
