-- A weight is that of an adult, and near the one before
--
-- why: every dose per kg hangs on it
-- severity: major
-- needs: vs
-- grain: one row per weight out of 30 to 250 kg, or a quarter off the one before (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at
--
-- The limits are ours. The weight of a patient in intensive care moves with the fluids, by less.

select
    usubjid,
    record_of('vs', null, vsdtc, 'WEIGHT') as record,
    min(format('{:g} kg', vsstresn) || coalesce(format(', before {:g} kg', before), '')) as finding
from (
    select *, lag(vsstresn) over (partition by usubjid order by dtc_from(vsdtc), vsdtc) as before
    from vs
    where upper(vstestcd) = 'WEIGHT'
)
where vsstresn not between 30 and 250 or abs(vsstresn / nullif(before, 0) - 1) > 0.25
group by usubjid, record
