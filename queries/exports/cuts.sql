-- Which cuts were delivered, which of them can be used, and why not the others?
--
-- grain: one row per cut (cut)
-- over: every cut
-- all groups: a cut holds everybody
-- columns:
--   cut           date of the cut
--   status        complete or refused
--   refused       why it was refused
--   days_after    days after the cut before, usable or not; null for the first
--   n_files       files
--   n_rows        rows of the tables
--   rows_change   rows more than in the usable cut before; negative if fewer
--   n_bytes       size
--   n_findings    values and rows that could not be taken as they stand
--   fingerprint   sha256 over its files
--   is_simulated  whether it is made up

with usable as (

    select cut, n_rows - lag(n_rows) over (order by cut) as rows_change
    from cuts
    where refused is null

)

select
    cut,
    if(refused is null, 'complete', 'refused') as status,
    refused,
    cut::date - lag(cut::date) over (order by cut) as days_after,
    n_files,
    n_rows,
    rows_change,
    n_bytes,
    n_findings,
    fingerprint,
    is_simulated
from cuts
left join usable using (cut)
order by cut desc
