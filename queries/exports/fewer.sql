-- Which tables hold fewer records than the other cut's, or lack some that it held?
--
-- grain: one row per table (table_name)
-- compares: changes/contents
-- reads: exports/absent
-- alone: compares with the cut before; if there is none, nothing is missing
-- all groups: a file holds everybody
-- columns:
--   table_name  table of the contract
--   n_records   records in this cut
--   n_before    records in the other cut
--   n_gone      records of the other cut that this one does not hold
--   is_absent   whether this export has no such table
--
-- A record is gone if its patient has none of its name any more. Of dm, ds, ex and ae that is told
-- even if as many others have come; in the other tables, a corrected day makes another record.

with gone as (

    select table_name, count(*)::integer as n_gone
    from before_contents
    anti join now_contents using (table_name, usubjid, record, place)
    group by table_name

)

select
    table_name,
    (select count(*) from now_contents where table_name = before_contents.table_name)::integer
        as n_records,
    count(*)::integer as n_before,
    coalesce(any_value(n_gone), 0) as n_gone,
    table_name in (select table_name from exports_absent where column_name is null) as is_absent
from before_contents
left join gone using (table_name)
group by table_name
having
    n_records < n_before
    or (any_value(n_gone) > 0 and table_name in ('dm', 'ds', 'ex', 'ae'))
order by table_name
