-- How did each headline number go, from cut to cut?
--
-- grain: one row per usable cut up to this one, and headline number (cut, name)
-- params: $cut_on
-- over: every cut
-- all groups: the history of a number is kept for all groups together
-- columns:
--   cut   date of the cut
--   name  headline number
--   n     records that it counted

select cut, name, n
from headlines
where cut <= $cut_on::varchar
order by cut, name
