-- The day on which the sponsor became aware of a serious event is recorded
--
-- why: the reporting clock of a serious event cannot run without it
-- severity: critical
-- needs: ae.aeser, ae.aware_dtc
-- params: $adverse_events_serious
-- grain: one row per serious event without it (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ae', aeseq, aestdtc, aeterm) as record,
    min(coalesce(aedecod, aeterm, 'An event'))
    || ' is serious, and the sponsor''s awareness is not dated' as finding
from ae
where
    list_contains($adverse_events_serious, upper(aeser))
    and dtc_from(aware_dtc) is null
    and 'aware_dtc' not in (select column_name from absent where table_name = 'ae')
group by usubjid, record
