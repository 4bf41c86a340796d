-- Nothing ends before it begins
--
-- why: one of the two dates is wrong, and with it a duration or an interval
-- severity: major
-- grain: one row per infusion, event, visit or support that ends before it begins (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

with spans as (

    select
        usubjid,
        record_of('ex', exseq, exstdtc, exlot) as record,
        'Infusion' as what,
        exstdtc as start_dtc,
        exendtc as end_dtc
    from ex
    union all
    select
        usubjid,
        record_of('ae', aeseq, aestdtc, aeterm),
        coalesce(aedecod, aeterm, 'Event'),
        aestdtc,
        aeendtc
    from ae
    union all
    select
        usubjid,
        record_of('sv', visitnum, svstdtc, visit),
        coalesce(visit, 'Visit'),
        svstdtc,
        svendtc
    from sv
    union all
    select usubjid, record_of('pr', null, prstdtc, prtrt), prtrt, prstdtc, prendtc from pr

)

select
    usubjid,
    record,
    string_agg(distinct format('{} began on {} and ended on {}', what, start_dtc, end_dtc), '; ')
        as finding
from spans
where is_before(end_dtc, start_dtc)
group by usubjid, record
