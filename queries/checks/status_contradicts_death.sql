-- A patient is alive until the day of death, and dead from then on
--
-- why: the contact decides whether the patient counts as alive on day 28 and day 90
-- severity: critical
-- needs: ss
-- grain: one row per contact that contradicts the death (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ss', null, ssdtc, null) as record,
    format(
        '{} on {}, death on {}',
        string_agg(distinct ssstresc, ' and '),
        any_value(ssdtc),
        any_value(coalesce(died_on::varchar, left_from || ' to ' || left_to))
    ) as finding
from ss
join participants using (usubjid)
where
    is_dead
    and (
        (upper(ssstresc) = 'ALIVE' and dtc_from(ssdtc) > left_to)
        or (upper(ssstresc) = 'DEAD' and dtc_to(ssdtc) < left_to)
    )
group by usubjid, record
