-- Who is on record somewhere and is not in dm, and so in no number?
--
-- grain: one row per such person (usubjid)
-- all groups: without a row in dm nobody has a group
-- columns:
--   usubjid  unique subject identifier
--   files    tables that hold records of the person

select usubjid, string_agg(distinct name, ', ' order by name) as files
from (
    select 'ds' as name, usubjid from ds
    union all
    select 'ex', usubjid from ex
    union all
    select 'ae', usubjid from ae
    union all
    select 'sv', usubjid from sv
    union all
    select 'vs', usubjid from vs
    union all
    select 'ss', usubjid from ss
    union all
    select 'pr', usubjid from pr
    union all
    select 'ie', usubjid from ie
    union all
    select 'dv', usubjid from dv
    union all
    select 'rs', usubjid from rs
    union all
    select 'lb', usubjid from lb
    union all
    select 'suppdm', usubjid from suppdm
    union all
    select 'suppds', usubjid from suppds
    union all
    select 'suppex', usubjid from suppex
    union all
    select 'suppae', usubjid from suppae
)
where usubjid not in (select usubjid from dm)
group by usubjid
order by usubjid
