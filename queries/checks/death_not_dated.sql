-- Every death is dated to the day
--
-- why: whether the patient died by day 28 is the primary outcome of a group
-- severity: critical
-- grain: one row per death whose day is not known (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    'death' as record,
    'Died, and the day is '
    || coalesce('between ' || left_from || ' and ' || left_to, 'not recorded') as finding
from participants
where is_dead and died_on is null
