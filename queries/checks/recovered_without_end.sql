-- An event that is over has the day on which it ended
--
-- why: without it the event is drawn without an end, and its duration is not known
-- severity: minor
-- needs: ae.aeout, ae.aeendtc
-- grain: one row per recovered event without an end (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ae', aeseq, aestdtc, aeterm) as record,
    min(format(
        '{}: {}, and no end date', coalesce(aedecod, aeterm, 'An event'), lower(aeout)
    )) as finding
from ae
where
    upper(aeout) in (
        'RECOVERED/RESOLVED',
        'RECOVERED/RESOLVED WITH SEQUELAE',
        'RECOVERED', 'RESOLVED'
    )
    and aeendtc is null
    and 'aeendtc' not in (select column_name from absent where table_name = 'ae')
group by usubjid, record
