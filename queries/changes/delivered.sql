-- Which tables and columns came or are missing since the other cut?
--
-- grain: one row per table or column that only one of the cuts has (name)
-- compares: exports/absent
-- all groups: a file holds everybody
-- columns:
--   name         table, or table.column
--   change       no longer delivered, or delivered for the first time

select
    name,
    if(before_absent.name is null, 'no longer delivered', 'delivered for the first time') as change
from now_absent
full join before_absent using (name)
where now_absent.name is null or before_absent.name is null
order by change desc, name
