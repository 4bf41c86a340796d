-- A milestone is one that the protocol lists
--
-- why: whoever was included by another word is in screening until the first infusion
-- severity: minor
-- needs: ds.dscat
-- params: $disposition_eligible, $disposition_included
-- grain: one row per milestone with another term (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at
--
-- Consent is let be, in whatever words: dm dates it, and where neither dm nor ds does,
-- consent_date_missing says so.

select
    usubjid,
    record_of('ds', null, null, upper(dsdecod)) as record,
    format('"{}" is none of the milestones in protocol.toml, and counts as nothing', min(dsdecod))
        as finding
from ds
where
    upper(dscat) = 'PROTOCOL MILESTONE'
    and not list_contains($disposition_eligible || $disposition_included, upper(dsdecod))
    and upper(dsdecod) not like '%CONSENT%'
group by usubjid, record
