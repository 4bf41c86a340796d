-- No visit takes place before the day of consent
--
-- why: nothing of the trial may be done before consent (ICH E6)
-- severity: critical
-- needs: dm.rficdtc
-- grain: one row per visit before consent (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('sv', visitnum, svstdtc, visit) as record,
    format('Done on {}, before consent on {}', min(svstdtc), any_value(rficdtc)) as finding
from sv
join dm using (usubjid)
where not is_left_out(svoccur) and dtc_to(svstdtc) < dtc_from(rficdtc)
group by usubjid, record
