-- When was each infusion given, how much, and from whom?
--
-- grain: one row per included patient and infusion, planned or given (usubjid, infusion)
-- params: $cohort
-- columns:
--   usubjid          unique subject identifier
--   cohort           group at inclusion
--   infusion         number of the infusion, 1 for the first
--   is_planned       whether the protocol asks for it; null if it sets no number
--   is_given         whether it was given by the cut
--   may_be_given     whether its record does not say if it was
--   given_dtc        when it was given, as collected
--   given_from       first day on which it can have been given
--   given_to         last day on which it can have been given
--   given_on         day on which it was given; null unless known to the day
--   given_day        study day of given_on
--   opens_on         first day of its window; null if it has none
--   closes_on        last day of its window
--   is_projected     whether the window is a projection over an infusion that is not given yet
--   opens_day        study day of opens_on
--   closes_day       study day of closes_on
--   status           given: in window, early, late, unknown, extra, or given if no number is set;
--                    not given: upcoming, due, overdue, missed, not due, unknown
--   reason           why it is missed, not due or unknown
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

select
    infusions.usubjid,
    infusions.cohort,
    infusions.infusion,
    infusions.is_planned,
    infusions.is_given,
    infusions.may_be_given,
    infusions.given_dtc,
    infusions.given_from,
    infusions.given_to,
    infusions.given_on,
    infusions.given_day,
    infusions.opens_on,
    infusions.closes_on,
    infusions.is_projected,
    infusions.opens_day,
    infusions.closes_day,
    infusions.status,
    infusions.reason,
    infusions.days_left,
    infusions.dose_per_kg,
    infusions.dose_status,
    infusions.dose_why,
    infusions.weight_kg,
    infusions.donor,
    infusions.donor_status,
    infusions.exlot,
    infusions.viability,
    infusions.n_records,
    infusions.is_owed,
    infusions.is_adherent,
from infusions
join participants using (usubjid)
where $cohort is null or infusions.cohort = $cohort
order by included_from nulls last, usubjid, infusion
