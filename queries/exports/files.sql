-- Which files were delivered, and which of them are read?
--
-- grain: one row per file of the cut (file)
-- all groups: a file holds everybody
-- columns:
--   file     name as delivered
--   read_as  table that the file became, or mapping if the site's SQL reads it; null if not read
--   n_rows   rows in the file; null if it is no table
--   n_bytes  size
--   sha256   fingerprint of its content

select file, read_as, n_rows, n_bytes, sha256
from delivered
order by file
