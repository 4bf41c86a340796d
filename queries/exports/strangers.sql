-- Who is on record somewhere and is not in dm, and so in no number?
--
-- grain: one row per such person (usubjid)
-- all groups: without a row in dm nobody has a group
-- columns:
--   usubjid  unique subject identifier
--   files    tables that hold records of the person

select usubjid, string_agg(name, ', ' order by name) as files
from (
    select distinct 'ds' as name, usubjid from ds
    union all
    select distinct 'ex', usubjid from ex
    union all
    select distinct 'ae', usubjid from ae
    union all
    select distinct 'sv', usubjid from sv
)
where usubjid not in (select usubjid from dm)
group by usubjid
order by usubjid
