-- Inclusion, infusions, serious events and visits are dated to the day
--
-- why: a window or a clock that hangs on the day is shown as unknown until the day is known
-- severity: major
-- params: $adverse_events_serious, $disposition_completed, $disposition_included,
--         $disposition_lost, $disposition_withdrawn
-- grain: one row per record whose start is missing, partial or no date (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

with starts as (

    select
        usubjid,
        record_of('ds', null, null, upper(dsdecod)) as record,
        dsdecod as what,
        dsstdtc as start_dtc
    from ds
    where
        upper(dsdecod) in (
            select unnest($disposition_included || $disposition_completed
                || $disposition_lost || $disposition_withdrawn)
        )
        and coalesce(upper(dscat), '') <> 'OTHER EVENT'
    union all
    select usubjid, record_of('ex', exseq, exstdtc, exlot), 'Infusion', exstdtc
    from ex
    where not is_left_out(exoccur)
    union all
    select
        usubjid,
        record_of('ae', aeseq, aestdtc, aeterm),
        coalesce(aedecod, aeterm, 'Serious event'),
        aestdtc
    from ae
    where list_contains($adverse_events_serious, upper(aeser))
    union all
    select usubjid, record_of('sv', visitnum, svstdtc, visit), coalesce(visit, 'Visit'), svstdtc
    from sv
    where not is_left_out(svoccur)

)

select
    usubjid,
    record,
    string_agg(
        distinct what || case
            when start_dtc is null then ': no date'
            when dtc_from(start_dtc) is null then ': "' || start_dtc || '" is no date'
            else ': not known to the day, ' || start_dtc
        end,
        '; '
    ) as finding
from starts
where dtc_day(start_dtc) is null
group by usubjid, record
