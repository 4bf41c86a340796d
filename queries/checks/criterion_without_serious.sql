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
            if(upper(aesdth) = 'Y' or upper(aeout) = 'FATAL', 'death', null),
            if(upper(aeslife) = 'Y', 'life-threatening', null),
            if(upper(aeshosp) = 'Y', 'hospitalisation', null),
            if(upper(aesdisab) = 'Y', 'disability', null),
            if(upper(aescong) = 'Y', 'congenital anomaly', null),
            if(upper(aesmie) = 'Y', 'medically important', null)
        )
    )) as finding
from ae
where
    not coalesce(list_contains($adverse_events_serious, upper(aeser)), false)
    and (
        upper(aeout) = 'FATAL'
        or list_contains(
            [
                upper(aesdth), upper(aeslife), upper(aeshosp),
                upper(aesdisab), upper(aescong), upper(aesmie)
            ],
            'Y'
        )
    )
group by usubjid, record
