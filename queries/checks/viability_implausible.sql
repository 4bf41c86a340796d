-- Viability is a percentage
--
-- why: below 1 it is a share, above 100 a slip: neither can be compared with the others
-- severity: major
-- needs: ex.viability
-- grain: one row per infusion whose viability is not from 1 to 100 (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ex', exseq, exstdtc, exlot) as record,
    string_agg(distinct format('Viability {:g} %', viability), '; ') as finding
from ex
where viability not between 1 and 100
group by usubjid, record
