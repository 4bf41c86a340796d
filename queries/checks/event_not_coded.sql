-- Every event is coded
--
-- why: an event without a term is missing from its class, and from those of special interest
-- severity: minor
-- needs: ae.aedecod
-- grain: one row per event without a preferred term, where others have one (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ae', aeseq, aestdtc, aeterm) as record,
    coalesce(any_value(aeterm), 'An event without a term') || ' is not coded' as finding
from ae
where aedecod is null and exists (select 1 from ae where aedecod is not null)
group by usubjid, record
