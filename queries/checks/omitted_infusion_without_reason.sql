-- An infusion that was not given has its reason
--
-- why: the board reads why patients were not treated as planned
-- severity: minor
-- needs: ex.exoccur, ex.exreasoc
-- grain: one row per infusion not given, without a reason (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ex', exseq, exstdtc, exlot) as record,
    'Not given, and no reason is recorded' as finding
from ex
where
    is_left_out(exoccur)
    and exreasoc is null
    and 'exreasoc' not in (select column_name from absent where table_name = 'ex')
group by usubjid, record
