-- An event that has an end is over
--
-- why: the outcome or the end date is wrong, and the event is shown as ended
-- severity: minor
-- needs: ae.aeout, ae.aeendtc
-- params: $cut_on
-- grain: one row per event with an end whose outcome says that it goes on (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ae', aeseq, aestdtc, aeterm) as record,
    min(format(
        '{}: {}, and ended on {}', coalesce(aedecod, aeterm, 'An event'), lower(aeout), aeendtc
    )) as finding
from ae
where
    upper(aeout) in (
        'NOT RECOVERED/NOT RESOLVED', 'NOT RECOVERED', 'NOT RESOLVED',
        'RECOVERING/RESOLVING', 'RECOVERING', 'RESOLVING'
    )
    and dtc_to(aeendtc) <= $cut_on
    -- Whoever dies of something else has not recovered, and the event ends that day.
    and usubjid not in (
        select usubjid from participants where is_dead and dtc_to(aeendtc) >= left_from
    )
group by usubjid, record
