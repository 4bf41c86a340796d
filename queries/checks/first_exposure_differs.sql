-- The first exposure in dm is the first infusion in ex
--
-- why: dm and ex tell the same day twice: if they differ, one of them is wrong
-- severity: minor
-- needs: dm.rfxstdtc
-- grain: one row per person whose two days differ (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    'dm' as record,
    format('First exposure on {}, first infusion on {}', rfxstdtc, treated_from::varchar) as finding
from dm
join participants using (usubjid)
where dtc_from(rfxstdtc) > treated_to or dtc_to(rfxstdtc) < treated_from
