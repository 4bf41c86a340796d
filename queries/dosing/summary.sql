-- How many infusions were given as the protocol says, of those that should have been?
--
-- grain: one row
-- params: $cohort
-- estimate: proportions.exact(n_adherent, n_owed)
-- columns:
--   n_given              planned infusions given
--   n_due                infusions whose window is open at the cut, not given yet
--   n_adherent           planned infusions in window, in range and from the same donor
--   n_missed             planned infusions that were not given, and will not be
--   n_overdue            planned infusions whose window has closed, and that may still be given
--   n_unknown            planned infusions of which it is not known whether they are adherent, or
--                        whether they should have been given
--   n_owed               planned infusions given, missed or overdue: the denominator
--   pct_adherent         n_adherent of n_owed, in %: planned infusions that were adherent, of those
--                        that were owed; unknown ones count as not adherent
--   pct_adherent_least   pct_adherent as if those that may have been due were missed
--   pct_adherent_most    pct_adherent as if all unknown ones that were given were adherent
--   n_planned            infusions that the protocol asks for in the patients included
--   n_extra              infusions given beyond that
--   n_patients           patients included
--   n_patients_finished  patients with every planned infusion given or missed
--   n_patients_adherent  patients with every planned infusion given or missed, all of them adherent
--   n_patients_unknown   patients with every planned infusion given or missed, of whom it is not
--                        known whether all were adherent
--   ci_low               lower limit of pct_adherent, exact (Clopper-Pearson) 95 %
--   ci_high              upper limit of pct_adherent

with patients as (

    select
        usubjid,
        bool_and(is_given or infusions.status = 'missed') filter (where is_planned) as is_finished,
        bool_and(coalesce(is_adherent, true)) filter (where is_planned) as may_be_adherent,
        bool_and(coalesce(is_adherent, false)) filter (where is_planned) as is_adherent
    from participants
    left join infusions using (usubjid)
    where is_included and ($cohort is null or participants.cohort = $cohort)
    group by usubjid

),

totals as (

    select
        count(*) as n_patients,
        count(*) filter (where is_finished) as n_finished,
        count(*) filter (where is_finished and is_adherent) as n_all_adherent,
        count(*) filter (where is_finished and may_be_adherent and not is_adherent) as n_perhaps
    from patients

),

counts as (

    select
        count(*) filter (where is_given and coalesce(is_planned, true)) as n_given,
        count(*) filter (where status = 'due') as n_due,
        count(*) filter (where is_adherent) as n_adherent,
        count(*) filter (where status = 'missed' and is_planned) as n_missed,
        count(*) filter (where status = 'overdue') as n_overdue,
        count(*) filter (where is_owed and is_adherent is null) as n_unjudged,
        count(*) filter (where is_planned and not is_given and status = 'unknown') as n_open,
        count(*) filter (where is_owed) as n_owed,
        count(*) filter (where is_planned) as n_planned,
        count(*) filter (where is_given and not is_planned) as n_extra
    from infusions
    where $cohort is null or cohort = $cohort

)

select
    n_given::integer as n_given,
    n_due::integer as n_due,
    n_adherent::integer as n_adherent,
    n_missed::integer as n_missed,
    n_overdue::integer as n_overdue,
    (n_unjudged + n_open)::integer as n_unknown,
    n_owed::integer as n_owed,
    100.0 * n_adherent / nullif(n_owed, 0) as pct_adherent,
    100.0 * n_adherent / nullif(n_owed + n_open, 0) as pct_adherent_least,
    100.0 * (n_adherent + n_unjudged) / nullif(n_owed, 0) as pct_adherent_most,
    n_planned::integer as n_planned,
    n_extra::integer as n_extra,
    n_patients::integer as n_patients,
    n_finished::integer as n_patients_finished,
    n_all_adherent::integer as n_patients_adherent,
    n_perhaps::integer as n_patients_unknown
from counts
cross join totals
