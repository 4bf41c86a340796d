-- Which optional tables and columns does the export lack?
--
-- grain: one row per table or column that is not there (name)
-- all groups: a file holds everybody
-- columns:
--   name         table, or table.column
--   table_name   table of the contract
--   column_name  its column; null if the whole table is absent

select
    table_name || coalesce('.' || column_name, '') as name,
    table_name,
    column_name
from absent
order by name
