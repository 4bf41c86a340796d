-- Which files are named like one that was read, and were not read themselves?
--
-- grain: one row per such file (file)
-- all groups: a file holds everybody
-- columns:
--   file   name as delivered
--   after  the file whose name it begins with: ae.csv of ae_2.csv

select unread.file, min(read.file) as after
from delivered as unread
join delivered as read
    on read.read_as is not null
    and regexp_matches(
        lower(unread.file),
        '^' || regexp_escape(regexp_extract(lower(read.file), '^(.*)\.', 1))
            || '[^a-z].*\.(csv|parquet|txt|xlsx?|xpt|sas7bdat)$'
    )
where unread.read_as is null
group by unread.file
order by unread.file
