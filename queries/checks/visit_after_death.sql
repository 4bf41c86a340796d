-- No visit took place after the death of the patient
--
-- why: one of the two dates is wrong, or the record belongs to somebody else
-- severity: critical
-- params: $cut_on
-- grain: one row per visit dated after the death on record (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('sv', visitnum, svstdtc, visit) as record,
    min(format(
        '{} on {}, after the death by {}',
        coalesce(visit, format('Visit {:g}', visitnum)),
        svstdtc,
        left_to::varchar
    )) as finding
from sv
join participants using (usubjid)
where
    is_dead
    and not is_left_out(svoccur)
    and dtc_from(svstdtc) > left_to
    and dtc_from(svstdtc) <= $cut_on
group by usubjid, record
