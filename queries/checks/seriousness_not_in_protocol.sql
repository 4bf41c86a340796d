-- Seriousness is told in the words of the protocol
--
-- why: an event that may be serious is counted as unknown, and no clock runs
-- severity: critical
-- needs: ae.aeser
-- params: $adverse_events_not_serious, $adverse_events_serious
-- grain: one row per event whose aeser is none of them (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ae', aeseq, aestdtc, aeterm) as record,
    min(format('{}: aeser "{}"', coalesce(aedecod, aeterm, 'An event'), aeser)) as finding
from ae
where
    not list_contains($adverse_events_serious, upper(trim(aeser)))
    and not list_contains($adverse_events_not_serious, upper(trim(aeser)))
group by usubjid, record
