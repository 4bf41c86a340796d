-- A serious event that is related is recorded as expected or unexpected
--
-- why: whether it is a SUSAR, to be reported within 7 or 15 days, cannot be told
-- severity: critical
-- needs: ae.expected, ae.aeser, ae.aerel, adverse_events.related
-- params: $adverse_events_related, $adverse_events_serious
-- grain: one row per serious and related event without it (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ae', aeseq, aestdtc, aeterm) as record,
    min(format(
        '{}: serious, {}, and expected or not?', coalesce(aedecod, aeterm, 'An event'), lower(aerel)
    )) as finding
from ae
where
    list_contains($adverse_events_serious, upper(aeser))
    and list_contains($adverse_events_related, upper(aerel))
    and coalesce(upper(expected), '') not in ('Y', 'YES', 'N', 'NO')
    and 'expected' not in (select column_name from absent where table_name = 'ae')
group by usubjid, record
