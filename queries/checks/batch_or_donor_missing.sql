-- Every infusion has its batch and its donor
--
-- why: cells must be traceable from donor to patient (Directive 2004/23/EC, article 8)
-- severity: major
-- needs: ex.exlot, ex.donor
-- grain: one row per infusion without a batch or a donor (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ex', exseq, exstdtc, exlot) as record,
    'Given without ' || min(concat_ws(
        ' and ', if(exlot is null, 'a batch', null), if(donor is null, 'a donor', null)
    )) as finding
from ex
where
    coalesce(upper(exoccur), 'Y') <> 'N'
    and (exlot is null or donor is null)
    and 'exlot' not in (select column_name from absent where table_name = 'ex')
    and 'donor' not in (select column_name from absent where table_name = 'ex')
group by usubjid, record
