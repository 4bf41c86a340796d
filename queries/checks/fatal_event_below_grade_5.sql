-- A fatal event is of grade 5
--
-- why: the registry counts reactions above grade 3, and this one is counted by a lower grade
-- severity: major
-- needs: ae.aetoxgr
-- grain: one row per fatal event with another grade (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ae', aeseq, aestdtc, aeterm) as record,
    format(
        '{}: fatal, and of grade {}',
        min(coalesce(aedecod, aeterm, 'An event')),
        min(grade_of(aetoxgr))
    ) as finding
from ae
where (is_yes(aesdth) or upper(aeout) = 'FATAL') and grade_of(aetoxgr) < 5
group by usubjid, record
