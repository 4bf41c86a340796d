-- Of whom, or of which records, does this cut hold nothing, and the other did?
--
-- grain: one row per record, and per person of whom nothing is left (usubjid, record)
-- compares: changes/contents
-- alone: compares with the cut before; if there is none, nothing is gone
-- all groups: whoever is gone is in no group
-- columns:
--   usubjid  unique subject identifier
--   record   what the record was known by; - for the whole person

select distinct usubjid, '-' as record
from before_contents
where usubjid not in (select usubjid from now_contents)
union all
select distinct usubjid, record
from before_contents
where (usubjid, record) not in (select (usubjid, record) from now_contents)
order by usubjid, record
