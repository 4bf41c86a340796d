-- An event of grade 5 is fatal
--
-- why: grade 5 means death (CTCAE): the grade or the outcome is wrong
-- severity: critical
-- needs: ae.aetoxgr
-- grain: one row per event of grade 5 with another outcome (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ae', aeseq, aestdtc, aeterm) as record,
    format(
        '{}: grade 5, and {}',
        min(coalesce(aedecod, aeterm, 'An event')),
        coalesce(lower(any_value(aeout)), 'no death is recorded')
    ) as finding
from ae
left join participants using (usubjid)
where
    grade_of(aetoxgr) = 5
    and (upper(aeout) <> 'FATAL' or (aeout is null and not coalesce(is_dead, false)))
group by usubjid, record
