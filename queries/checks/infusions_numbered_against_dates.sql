-- Infusions are numbered in the order of their dates
--
-- why: a date, or a number, is wrong; they are counted by their dates
-- severity: minor
-- needs: ex.exseq
-- grain: one row per record dated before one with a lower number (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    later.usubjid,
    record_of('ex', later.exseq, later.exstdtc, later.exlot) as record,
    format('No. {} on {}, before no. {}', later.exseq, min(later.exstdtc), max(earlier.exseq))
        as finding
from ex as later
join ex as earlier
    on earlier.usubjid = later.usubjid
    and earlier.exseq < later.exseq
    and dtc_from(earlier.exstdtc) > dtc_to(later.exstdtc)
group by later.usubjid, later.exseq, record
