-- An infusion that was not given has no dose, batch or viability
--
-- why: it was given after all, or the dose belongs to another record
-- severity: major
-- needs: ex.exoccur
-- grain: one row per infusion not given, with what only a given one has (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ex', exseq, exstdtc, exlot) as record,
    'Not given, and with ' || min(concat_ws(
        ', ',
        'a dose of ' || format('{:g}', nullif(exdose, 0)),
        'batch ' || exlot,
        'a viability of ' || format('{:g}', viability)
    )) as finding
from ex
where
    is_left_out(exoccur) and (exdose > 0 or exlot is not null or viability is not null)
group by usubjid, record
