-- Nobody is both included and a screen failure
--
-- why: the person counts towards the target, and among those who failed screening
-- severity: critical
-- params: $disposition_screen_failed
-- grain: one row per person who is both (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    'ds' as record,
    concat_ws(' ', 'Included on', coalesce(any_value(inclusion_dtc), 'a day not recorded'))
    || ', and ' || lower(any_value(dsdecod)) as finding
from participants
join ds using (usubjid)
where is_included and list_contains($disposition_screen_failed, upper(dsdecod))
group by usubjid
