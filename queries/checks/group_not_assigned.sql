-- Whoever is included is in a group of the protocol
--
-- why: the primary outcome is that of the group: without one, the patient has none
-- severity: major
-- params: $group_column
-- needs: groups, dm.$group_column
-- grain: one row per included person without a group (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    'dm' as record,
    if(
        cohort = 'not recorded',
        'Included, and in no group',
        format('Included, and in group {}, which the protocol does not have', cohort)
    ) as finding
from participants
where
    is_included
    and cohort not in (select code from groups)
    and exists (select code from groups)
    and $group_column not in (select column_name from absent where table_name = 'dm')
