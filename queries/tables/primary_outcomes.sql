-- Did each patient reach the primary outcome of the group?
--
-- grain: one row per included patient, if protocol.toml sets an outcome day (usubjid)
-- params: $outcomes_days
-- columns:
--   usubjid          unique subject identifier
--   cohort           group at inclusion
--   primary_outcome  of the group: invasive ventilation or vital status; null if none is set
--   outcome_day      study day of the outcome: the first outcome day
--   is_in_none       whether the patient is in none of the groups, which have one
--   outcome          yes, no or died without it; dead or alive; unknown, not reached; null if the
--                    group has no primary outcome
--   reason           what it rests on, or why it is not known
--
-- Where the protocol sets a primary outcome for its groups, that of somebody in none of them is not
-- known.

with placed as (

    select
        vital_status.*,
        groups.primary_outcome,
        groups.code is null
            and exists (select code from groups where groups.primary_outcome is not null)
            as is_in_none,
        ventilation.status as ventilated,
        ventilation.reason as ventilated_reason
    from vital_status
    join ventilation using (usubjid, outcome_day)
    left join groups on vital_status.cohort = groups.code
    where outcome_day = list_min($outcomes_days)

)

select
    usubjid,
    cohort,
    primary_outcome,
    outcome_day,
    is_in_none,
    case
        when primary_outcome = 'invasive ventilation' then ventilated
        when primary_outcome = 'vital status' then status
        when is_in_none then if(status = 'not reached', status, 'unknown')
    end as outcome,
    case
        when primary_outcome = 'invasive ventilation' then ventilated_reason
        when is_in_none then 'in no group of the protocol'
        else reason
    end as reason
from placed
order by usubjid
