-- Which visits departed from the protocol, and did the site record it?
--
-- grain: one row per visit that breaks a rule, and per recorded deviation that no rule finds
--     (deviation)
-- params: $cohort
-- columns:
--   deviation  number of the row
--   usubjid    unique subject identifier
--   cohort     group at inclusion
--   visitnum   number of the visit; null for what only the site recorded
--   visit      its name
--   rule       early, late, missed, overdue; or recorded only
--   happened   when, as collected; the window for a visit that was not done
--   expected   what the protocol asks for
--   observed   what the export says
--   match      recorded, perhaps recorded, not recorded; or no rule broken
--   recorded   the site's own records of it in dv; null if there is none

select
    deviation,
    usubjid,
    cohort,
    visitnum,
    visit,
    rule,
    happened,
    expected,
    observed,
    match,
    recorded
from deviations
where kind = 'visit' and ($cohort is null or cohort = $cohort)
order by deviation
