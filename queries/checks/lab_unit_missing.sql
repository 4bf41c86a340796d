-- Every laboratory value has its unit
--
-- why: a value without a unit cannot be compared with the others
-- severity: major
-- needs: lb.lbstresu
-- grain: one row per value without a unit (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('lb', null, lbdtc, lbtestcd) as record,
    string_agg(distinct format('{} {:g}, without a unit', lbtestcd, lbstresn), '; ') as finding
from lb
where
    lbstresn is not null
    and lbstresu is null
    and 'lbstresu' not in (select column_name from absent where table_name = 'lb')
group by usubjid, record
