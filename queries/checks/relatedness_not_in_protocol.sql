-- Relatedness is told in the words of the protocol
--
-- why: an event that may be a reaction is counted as unknown
-- severity: major
-- needs: ae.aerel, adverse_events.related, adverse_events.not_related
-- params: $adverse_events_not_related, $adverse_events_related
-- grain: one row per event whose aerel is none of them (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ae', aeseq, aestdtc, aeterm) as record,
    min(format('{}: aerel "{}"', coalesce(aedecod, aeterm, 'An event'), aerel)) as finding
from ae
where
    not list_contains($adverse_events_related, upper(trim(aerel)))
    and not list_contains($adverse_events_not_related, upper(trim(aerel)))
    and len($adverse_events_related) > 0
group by usubjid, record
