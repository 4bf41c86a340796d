-- A visit is recorded as done or as not done, not as both
--
-- why: whether it counts in follow-up completeness hangs on which of the records is right
-- severity: major
-- needs: sv.svoccur
-- grain: one row per visit recorded as both (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('sv', visitnum, null, null) as record,
    'Recorded as not done, and as done on '
    || string_agg(distinct svstdtc, ', ') filter (where not is_left_out(svoccur))
        as finding
from sv
where visitnum is not null
group by usubjid, visitnum
having bool_or(is_left_out(svoccur)) and bool_or(not is_left_out(svoccur))
