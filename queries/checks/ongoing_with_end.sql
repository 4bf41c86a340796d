-- An event that goes on has no end
--
-- why: the mark or the end date is wrong, and the event is shown as ended
-- severity: minor
-- needs: ae.aeendtc
-- grain: one row per event with an end that is recorded as ongoing (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ae', aeseq, aestdtc, aeterm) as record,
    min(format(
        '{}: ongoing, and ended on {}', coalesce(aedecod, aeterm, 'An event'), aeendtc
    )) as finding
from ae
where
    (is_yes(aeongo) or upper(aeenrtpt) = 'ONGOING')
    and aeendtc is not null
group by usubjid, record
