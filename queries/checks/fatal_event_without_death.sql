-- Whoever had a fatal event has died
--
-- why: the patient is followed as alive, or the event is recorded as fatal by mistake
-- severity: critical
-- params: $disposition_died
-- grain: one row per fatal event of a person whose death is not recorded (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ae', aeseq, aestdtc, aeterm) as record,
    min(coalesce(aedecod, aeterm, 'An event'))
    || ' is recorded as fatal, and neither dm nor ds knows of a death' as finding
from ae
join dm using (usubjid)
where
    (is_yes(aesdth) or upper(aeout) = 'FATAL')
    and not is_said_dead(dthdtc, dthfl)
    and usubjid not in (
        select usubjid from ds where list_contains($disposition_died, upper(dsdecod))
    )
group by usubjid, record
