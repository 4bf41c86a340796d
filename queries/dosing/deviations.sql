-- Where did dosing depart from the protocol, and did the site record it?
--
-- grain: one row per infusion and rule it breaks, and per recorded deviation that no rule finds
--     (deviation)
-- params: $cohort
-- columns:
--   deviation  number of the row
--   usubjid    unique subject identifier
--   cohort     group at inclusion
--   infusion   number of the infusion; null for what only the site recorded
--   rule       early, late, missed, overdue, dose below, dose above, other donor, extra infusion,
--              before inclusion; or recorded only
--   happened   when, as collected; the window for an infusion that was not given
--   expected   what the protocol asks for
--   observed   what the export says
--   match      recorded, perhaps recorded, not recorded; or no rule broken
--   recorded   the site's own records of it in dv; null if there is none

select
    deviation,
    usubjid,
    cohort,
    infusion,
    rule,
    happened,
    expected,
    observed,
    match,
    recorded
from deviations
where kind = 'infusion' and ($cohort is null or cohort = $cohort)
order by deviation
