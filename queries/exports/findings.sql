-- What stands in the files and could not be taken as it stands?
--
-- grain: one row per finding (place)
-- all groups: a file holds everybody
-- columns:
--   place        number of the finding
--   file         name as delivered
--   line         line of the file, the header being line 1; for Parquet, the row; null for the file
--   column_name  column that is meant; null for the whole row
--   value        the value as delivered
--   problem      what is wrong, in words

select
    (row_number() over (order by file, line nulls first, column_name, value))::integer as place,
    file,
    line,
    column_name,
    value,
    problem
from findings
order by place
