-- Every record belongs to a person in dm
--
-- why: a record of nobody is counted nowhere, and may be a patient under a mistyped number
-- severity: major
-- grain: one row per unknown person and table (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    name as record,
    if(count(*) = 1, '1 record', count(*) || ' records') || ' of nobody who is in dm' as finding
from (
    select 'ds' as name, usubjid from ds
    union all select 'ex', usubjid from ex
    union all select 'ae', usubjid from ae
    union all select 'sv', usubjid from sv
    union all select 'vs', usubjid from vs
    union all select 'ss', usubjid from ss
    union all select 'pr', usubjid from pr
    union all select 'ie', usubjid from ie
    union all select 'dv', usubjid from dv
    union all select 'rs', usubjid from rs
    union all select 'lb', usubjid from lb
)
where usubjid not in (select usubjid from dm)
group by usubjid, record
