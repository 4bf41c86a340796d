-- Which records came to each headline number since the other cut, and which are gone from it?
--
-- grain: one row per number and record that only one of the cuts counts (name, usubjid, record)
-- compares: today/members
-- all groups: the answers that are compared are those of the group
-- columns:
--   name     headline number
--   usubjid  unique subject identifier
--   record   what is counted: the person, or one of the person's infusions, events or visits
--   moved    come or gone
--   detail   what the record says, or said in the other cut

select
    name,
    usubjid,
    record,
    if(before_members.name is null, 'come', 'gone') as moved,
    coalesce(now_members.detail, before_members.detail) as detail
from now_members
full join before_members using (name, usubjid, record)
where now_members.name is null or before_members.name is null
order by name, moved, usubjid, record
