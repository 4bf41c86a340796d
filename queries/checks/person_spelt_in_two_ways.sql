-- Everybody in dm is spelt in one way
--
-- why: one person in two spellings counts as two
-- severity: critical
-- grain: one row per spelling that is another's but for case or signs not seen (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

with spelt as (

    -- Without controls, blanks, and marks that take no room.
    select usubjid, lower(regexp_replace(usubjid, '[\pC\pZ]', '', 'g')) as plain from dm

)

select
    usubjid,
    'person' as record,
    format('{} people are {}, but for capitals or signs that are not seen', n, plain) as finding
from (select *, count(distinct usubjid) over (partition by plain) as n from spelt)
where n > 1
