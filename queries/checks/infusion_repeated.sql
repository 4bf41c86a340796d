-- No infusion is recorded twice
--
-- why: the patient is shown with one infusion more than was given, or two records disagree
-- severity: major
-- grain: one row per record that repeats an earlier one of the same day and batch (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

with given as (

    select
        *,
        first_value(exseq) over earlier as first_exseq,
        first_value((exdose, exdosu)) over earlier as first_dose,
        row_number() over earlier as place
    from ex
    where not is_left_out(exoccur) and dtc_day(exstdtc) is not null
    window earlier as (
        partition by usubjid, dtc_day(exstdtc), exlot, if(exlot is null, exdose, null)
        order by exseq, exstdtc, exdose
    )

)

select
    usubjid,
    record_of('ex', exseq, exstdtc, exlot) as record,
    min(format(
        'Same day{} as {}{}',
        if(exlot is null, '', ' and batch'),
        coalesce('ex ' || first_exseq, 'another record'),
        if((exdose, exdosu) is distinct from first_dose, ', another dose', '')
    )) as finding
from given
where place > 1
group by usubjid, record
