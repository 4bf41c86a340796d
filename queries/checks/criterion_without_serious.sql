-- An event that meets a criterion of seriousness is serious
--
-- why: it is left out of the serious events, and out of their reporting
-- severity: critical
-- needs: ae.aeser
-- params: $adverse_events_serious
-- grain: one row per event with a criterion that is not recorded as serious (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ae', aeseq, aestdtc, aeterm) as record,
    min(format(
        '{}: aeser {}, and {}',
        coalesce(aedecod, aeterm, 'An event'),
        coalesce(aeser, 'missing'),
        concat_ws(
            ', ',
            if(is_yes(aesdth) or upper(aeout) = 'FATAL', 'death', null),
            if(is_yes(aeslife), 'life-threatening', null),
            if(is_yes(aeshosp), 'hospitalisation', null),
            if(is_yes(aesdisab), 'disability', null),
            if(is_yes(aescong), 'congenital anomaly', null),
            if(is_yes(aesmie), 'medically important', null)
        )
    )) as finding
from ae
where
    not coalesce(list_contains($adverse_events_serious, upper(aeser)), false)
    and (
        upper(aeout) = 'FATAL'
        or is_yes(aesdth)
        or is_yes(aeslife)
        or is_yes(aeshosp)
        or is_yes(aesdisab)
        or is_yes(aescong)
        or is_yes(aesmie)
    )
group by usubjid, record
