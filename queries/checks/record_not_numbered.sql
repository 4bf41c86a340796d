-- Every infusion and every event has a number of its own
--
-- why: without a number nobody can tell in the next cut which record it was
-- severity: minor
-- grain: one row per record without a number, where others have one (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of(name, null, start_dtc, what) as record,
    if(count(*) = 1, '1 record', count(*) || ' records') || ' without a number' as finding
from (
    select 'ex' as name, usubjid, exseq as number, exstdtc as start_dtc, exlot as what from ex
    union all
    select 'ae', usubjid, aeseq, aestdtc, aeterm from ae
)
where number is null and name in (
    select 'ex' from ex where exseq is not null
    union all
    select 'ae' from ae where aeseq is not null
)
group by usubjid, record
