-- Wherever a death is recorded, it has the same date
--
-- why: whether the patient died by day 28 may hang on which of the dates is right
-- severity: critical
-- params: $disposition_died
-- grain: one row per death with dates that cannot be one (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

with deaths as (

    select usubjid, 'dm' as place, dthdtc as dtc from dm
    union all
    select usubjid, 'ds', dsstdtc from ds where list_contains($disposition_died, upper(dsdecod))
    union all
    select usubjid, record_of('ae', aeseq, aestdtc, aeterm), aeendtc
    from ae
    where is_yes(aesdth) or upper(aeout) = 'FATAL'

)

select
    usubjid,
    'death' as record,
    'Dated ' || string_agg(distinct dtc || ' in ' || place, ', ' order by dtc || ' in ' || place)
        as finding
from deaths
where dtc is not null
group by usubjid
having max(dtc_from(dtc)) > min(dtc_to(dtc))
