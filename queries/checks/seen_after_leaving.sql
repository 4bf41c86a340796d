-- Nobody is treated after leaving, or seen after being lost or withdrawing consent
--
-- why: whoever withdrew consent may not be examined for the trial; whoever was seen is not lost
-- severity: critical
-- grain: one row per infusion or visit after the patient left (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

with seen as (

    select
        usubjid,
        record_of('ex', exseq, exstdtc, exlot) as record,
        'Infusion' as what,
        exstdtc as start_dtc,
        true as is_infusion
    from ex
    where not is_left_out(exoccur)
    union all
    select
        usubjid,
        record_of('sv', visitnum, svstdtc, visit),
        coalesce(visit, 'Visit'),
        svstdtc,
        false
    from sv
    where not is_left_out(svoccur)

)

select
    usubjid,
    record,
    min(format(
        '{} on {}, after {} on {}', what, start_dtc, lower(left_why), left_to::varchar
    )) as finding
from seen
join participants using (usubjid)
where
    status in ('withdrawn', 'lost')
    -- Who stopped for another reason, an adverse event say, is still followed.
    and (is_infusion or status = 'lost' or starts_with(upper(left_why), 'WITHDRAWAL'))
    and dtc_from(start_dtc) > left_to
group by usubjid, record
