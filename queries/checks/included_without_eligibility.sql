-- Whoever is included was found eligible
--
-- why: eligibility is to be confirmed and recorded before inclusion (ICH E6)
-- severity: major
-- params: $disposition_eligible
-- grain: one row per included person without that milestone, where others have it (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    'ds' as record,
    concat_ws(' ', 'Included on', coalesce(inclusion_dtc, 'a day not recorded'))
    || ', and never recorded as eligible' as finding
from participants
where
    is_included
    and exists (
        select usubjid from ds where list_contains($disposition_eligible, upper(dsdecod))
    )
    and usubjid not in (
        select usubjid from ds where list_contains($disposition_eligible, upper(dsdecod))
    )
