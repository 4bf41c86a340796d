-- How many rows did each table have in each cut?
--
-- grain: one row per usable cut and table (cut, table_name)
-- over: every cut
-- all groups: a file holds everybody
-- columns:
--   cut         date of the cut
--   table_name  table of the contract
--   n_rows      rows

select cut, table_name, n_rows
from read_rows
order by cut, table_name
