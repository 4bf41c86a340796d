-- No infusion is given before the day of consent
--
-- why: nobody may be treated without consent (ICH E6)
-- severity: critical
-- needs: dm.rficdtc
-- grain: one row per infusion before consent (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ex', exseq, exstdtc, exlot) as record,
    format('Given on {}, before consent on {}', min(exstdtc), any_value(rficdtc)) as finding
from ex
join dm using (usubjid)
where not is_left_out(exoccur) and is_before(exstdtc, rficdtc)
group by usubjid, record
