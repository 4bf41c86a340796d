-- Who was screened, and how far has each of them come?
--
-- grain: one row per screened person (usubjid)
-- params: $cohort
-- columns:
--   usubjid            unique subject identifier
--   cohort             group at inclusion; "not recorded", or "not assigned" before inclusion
--   status             in screening, screen failed, on treatment, in follow-up, completed,
--                      withdrawn, lost or died
--   left_why           standard term for why the person left, as exported
--   age                age at consent, in years
--   sex                M, F or U
--   consent_dtc        informed consent, as collected
--   consent_from       first day that consent_dtc can mean
--   consent_to         last day that consent_dtc can mean
--   inclusion_dtc      inclusion, as collected: the milestone, else the first infusion
--   included_from      first day on which the person can have been included; null if not known
--   included_to        last day on which the person can have been included; null if not known
--   first_infusion_on  day of the first infusion; null unless known to the day
--   n_infusions        infusions given by the cut
--   left_on            day on which the person left; null unless known to the day
--   is_included        whether the person was included by the cut
--   is_counted         whether the person counts towards the target by the cut
--   counted_from       first day from which the person can count
--   counted_to         last day from which the person can count
--   set_aside          why an inclusion or an infusion on record is not counted; null if none is

select
    usubjid,
    cohort,
    status,
    left_why,
    age,
    sex,
    consent_dtc,
    dtc_from(consent_dtc) as consent_from,
    dtc_to(consent_dtc) as consent_to,
    inclusion_dtc,
    included_from,
    included_to,
    first_infusion_on,
    n_infusions,
    left_on,
    is_included,
    is_counted,
    counted_from,
    counted_to,
    set_aside
from participants
where $cohort is null or cohort = $cohort
order by included_from nulls last, consent_from nulls last, usubjid
