-- Whoever was given an infusion was included first
--
-- why: treatment outside the trial, or a milestone that was not recorded
-- severity: critical
-- params: $disposition_screen_failed
-- grain: one row per person treated before inclusion, or after failing screening (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    'ex' as record,
    if(
        treated_to < included_from,
        format('First infusion by {}, inclusion {}', treated_to::varchar, inclusion_dtc),
        format('Left as {} and was given {} infusions', left_why, n_infusions)
    ) as finding
from participants
where
    treated_to < included_from
    or (is_treated and left_why in (select unnest($disposition_screen_failed)))
