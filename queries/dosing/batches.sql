-- Which patients received which batch, and how viable were its cells?
--
-- grain: one row per donor and batch (donor, exlot)
-- params: $cohort
-- columns:
--   donor          donor of the cells; "not recorded" if the export does not say
--   exlot          batch; "not recorded" if the export does not say
--   n_infusions    infusions given from it
--   n_patients     patients who received it
--   patients       those patients, with the numbers of their infusions
--   first_from     first day on which it can have been given
--   last_to        last day on which it can have been given
--   viability_min  lowest viability after thawing, in %
--   viability_max  highest viability after thawing, in %
--   n_viability    infusions from it whose viability is recorded

-- Each record of an infusion speaks for itself, so that two bags of one day stay apart.

with by_batch as (

    select
        usubjid,
        infusions.infusion,
        coalesce(ex.donor, 'not recorded') as donor,
        coalesce(ex.exlot, 'not recorded') as exlot,
        given_from,
        given_to,
        ex.viability
    from infusions
    join ex using (usubjid)
    where
        is_given
        and ($cohort is null or cohort = $cohort)
        and took_place(exoccur, exreasoc)
        and dtc_from(exstdtc) is not distinct from given_from
        and dtc_to(exstdtc) is not distinct from given_to
        -- Where the day is not known, one record is one infusion, and the same values tell which.
        and (n_records > 1 or ex.exlot is not distinct from infusions.exlot)
        and (n_records > 1 or ex.donor is not distinct from infusions.donor)

),

by_patient as (

    select
        donor,
        exlot,
        usubjid,
        usubjid || ' (' || array_to_string(list_sort(list(distinct infusion)), ', ') || ')'
            as patient,
        count(distinct infusion) as n_infusions,
        min(given_from) as first_from,
        max(given_to) as last_to,
        min(viability) as viability_min,
        max(viability) as viability_max,
        count(distinct if(viability is null, null, infusion)) as n_viability
    from by_batch
    group by donor, exlot, usubjid

)

select
    donor,
    exlot,
    sum(n_infusions)::integer as n_infusions,
    count(*)::integer as n_patients,
    string_agg(patient, '; ' order by usubjid) as patients,
    min(first_from) as first_from,
    max(last_to) as last_to,
    min(viability_min) as viability_min,
    max(viability_max) as viability_max,
    sum(n_viability)::integer as n_viability
from by_patient
group by donor, exlot
order by first_from nulls last, donor, exlot
