-- A weight is that of an adult in kg, and near the one before
--
-- why: every dose per kg hangs on it
-- severity: major
-- needs: vs
-- grain: one row per weight in another unit, out of 30 to 250 kg, or a quarter off the one before
--        (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at
--
-- The limits are ours. The weight of a patient in intensive care moves with the fluids, by less.

select
    usubjid,
    record_of('vs', null, vsdtc, vstestcd) as record,
    min(
        if(
            is_in_kg,
            format('{:g} kg', vsstresn) || coalesce(format(', before {:g} kg', before), ''),
            format('{:g} {}, and not in kg: no dose rests on it', vsstresn, vsstresu)
        )
    ) as finding
from (
    select
        *,
        coalesce(upper(vsstresu), 'KG') = 'KG' as is_in_kg,
        lag(vsstresn) over (partition by usubjid, is_in_kg order by dtc_from(vsdtc), vsdtc)
            as before
    from vs
    where upper(vstestcd) = 'WEIGHT'
)
where
    not is_in_kg
    or vsstresn not between 30 and 250
    or abs(vsstresn / nullif(before, 0) - 1) > 0.25
group by usubjid, record
