-- No infusion is given after the day of death
--
-- why: one of the two dates is wrong, or the record belongs to somebody else
-- severity: critical
-- grain: one row per infusion after death (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ex', exseq, exstdtc, exlot) as record,
    format('Given on {}, after the death by {}', min(exstdtc), any_value(left_to)::varchar)
        as finding
from ex
join participants using (usubjid)
where is_dead and not is_left_out(exoccur) and dtc_from(exstdtc) > left_to
group by usubjid, record
