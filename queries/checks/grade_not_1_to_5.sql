-- A grade is a whole number from 1 to 5
--
-- why: an event without a grade that can be read is missing from the counts by grade
-- severity: major
-- needs: ae.aetoxgr
-- grain: one row per event with another grade (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ae', aeseq, aestdtc, aeterm) as record,
    min(format('{}: grade "{}"', coalesce(aedecod, aeterm, 'An event'), aetoxgr)) as finding
from ae
where aetoxgr is not null and grade_of(aetoxgr) is null
group by usubjid, record
