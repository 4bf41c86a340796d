-- Which findings of earlier cuts were closed, and with which cut?
--
-- grain: one row per finding and time that it was open (rule, usubjid, record, open_since)
-- reads: checks/recorded, recruitment/participants
-- params: $cohort
-- columns:
--   rule        the rule, as it should hold
--   severity    critical, major or minor
--   usubjid     unique subject identifier
--   record      the record of the export that is meant, named alike in every cut
--   finding     what the site should have looked at
--   open_since  first cut that held it
--   gone_with   first cut that held it no more
--   n_cuts      cuts that held it
--
-- With a group chosen, the findings of whoever is in it in this cut count, as they do in all that
-- is shown of the cut.

select rule, severity, usubjid, record, finding, open_since, gone_with, n_cuts
from checks_recorded
where
    gone_with is not null
    and ($cohort is null or usubjid in (select usubjid from recruitment_participants))
order by
    gone_with desc,
    list_position(['critical', 'major', 'minor'], severity),
    rule,
    usubjid,
    record,
    open_since
