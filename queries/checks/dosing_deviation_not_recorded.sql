-- The site records every departure from the dosing it was asked for
--
-- why: a deviation that only the dates show was perhaps never seen, assessed or reported
-- severity: minor
-- needs: dv
-- grain: one row per infusion and rule it breaks, without a record in dv (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at
--
-- The rules, and what record belongs to an infusion, are those of tables/deviations.

select
    usubjid,
    format('infusion {}, {}', infusion, rule) as record,
    'Not recorded in dv: ' || rule || ', ' || observed as finding
from deviations
where
    kind = 'infusion'
    and match = 'not recorded'
    and 'dv' not in (select table_name from absent where column_name is null)
