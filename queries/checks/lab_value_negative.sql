-- No laboratory value is negative
--
-- why: the value is mistyped, and is drawn
-- severity: major
-- needs: lb
-- grain: one row per negative value (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('lb', null, lbdtc, lbtestcd) as record,
    string_agg(distinct concat_ws(' ', lbtestcd, format('{:g}', lbstresn), lbstresu), '; ')
        as finding
from lb
where lbstresn < 0
group by usubjid, record
