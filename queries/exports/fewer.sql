-- Which tables hold fewer records than the other cut's, as if their end were missing?
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
--   is_absent   whether this export has no such table

select
    table_name,
    (select count(*) from now_contents where table_name = before_contents.table_name)::integer
        as n_records,
    count(*)::integer as n_before,
    table_name in (select table_name from exports_absent where column_name is null) as is_absent
from before_contents
group by table_name
having n_records < n_before
order by table_name
