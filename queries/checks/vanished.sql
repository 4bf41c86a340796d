-- Of whom, or of which records, does this cut hold nothing, and the other did?
--
-- grain: one row per record, and per person of whom nothing is left (usubjid, record)
-- reads: changes/pairs
-- alone: compares with the cut before; if there is none, nothing is gone
-- all groups: whoever is gone is in no group
-- columns:
--   usubjid  unique subject identifier
--   record   what the record was known by; - for the whole person

select usubjid, '-' as record
from changes_pairs
group by usubjid
having bool_and(change = 'removed')
union all
select usubjid, record
from changes_pairs
where change = 'removed'
order by usubjid, record
