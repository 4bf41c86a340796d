-- No event begins after the day of death
--
-- why: one of the two dates is wrong, or the record belongs to somebody else
-- severity: major
-- grain: one row per event that began after death (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ae', aeseq, aestdtc, aeterm) as record,
    format(
        '{} began on {}, after the death by {}',
        min(coalesce(aedecod, aeterm, 'An event')),
        min(aestdtc),
        any_value(left_to)::varchar
    ) as finding
from ae
join participants using (usubjid)
where is_dead and dtc_from(aestdtc) > left_to
group by usubjid, record
