-- No number of an infusion is skipped
--
-- why: the infusion without a record counts as missed, and the next one by the window of its number
-- severity: major
-- needs: ex.exseq
-- grain: one row per record behind a gap (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ex', exseq, exstdtc, exlot) as record,
    format('There are records {} and {}, and none between', before, exseq) as finding
from (select *, lag(exseq) over (partition by usubjid order by exseq) as before from ex)
where exseq > before + 1
