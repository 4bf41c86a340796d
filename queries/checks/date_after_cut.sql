-- Nothing is dated after the cut
--
-- why: what has not happened yet cannot be on record: the date is wrong
-- severity: major
-- params: $cut_on
-- grain: one row per record with a date after the cut (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

with dates as (

    select
        usubjid,
        'dm' as record,
        unnest(['rficdtc', 'rfstdtc', 'rfxstdtc', 'dthdtc']) as name,
        unnest([rficdtc, rfstdtc, rfxstdtc, dthdtc]) as dtc
    from dm
    union all
    select
        usubjid,
        record_of('ds', null, null, upper(dsdecod)),
        unnest(['dsstdtc', 'dsdtc']),
        unnest([dsstdtc, dsdtc])
    from ds
    union all
    select
        usubjid,
        record_of('ex', exseq, exstdtc, exlot),
        unnest(['exstdtc', 'exendtc']),
        unnest([exstdtc, exendtc])
    from ex
    union all
    select
        usubjid,
        record_of('ae', aeseq, aestdtc, aeterm),
        unnest(['aestdtc', 'aeendtc', 'aware_dtc', 'reported_dtc']),
        unnest([aestdtc, aeendtc, aware_dtc, reported_dtc])
    from ae
    union all
    select
        usubjid,
        record_of('sv', visitnum, svstdtc, visit),
        unnest(['svstdtc', 'svendtc']),
        unnest([svstdtc, svendtc])
    from sv
    union all
    select usubjid, record_of('vs', null, vsdtc, vstestcd), 'vsdtc', vsdtc from vs
    union all
    select usubjid, record_of('ss', null, ssdtc, null), 'ssdtc', ssdtc from ss
    union all
    select
        usubjid,
        record_of('pr', null, prstdtc, prtrt),
        unnest(['prstdtc', 'prendtc']),
        unnest([prstdtc, prendtc])
    from pr
    union all
    select usubjid, record_of('dv', null, dvstdtc, dvterm), 'dvstdtc', dvstdtc from dv
    union all
    select usubjid, record_of('rs', null, rsdtc, rscat), 'rsdtc', rsdtc from rs
    union all
    select usubjid, record_of('lb', null, lbdtc, lbtestcd), 'lbdtc', lbdtc from lb

)

select
    usubjid,
    record,
    string_agg(distinct name || ' ' || dtc, ', ' order by name || ' ' || dtc) || ': after the cut'
        as finding
from dates
where dtc_from(dtc) > $cut_on
group by usubjid, record
