-- A dose is near the range of the protocol
--
-- why: a slip of the decimal point or of the unit: outside the range tenfold, not by a deviation
-- severity: major
-- needs: ex.exdose, dosing.dose_min_per_kg, dosing.dose_max_per_kg
-- params: $dosing_dose_max_per_kg, $dosing_dose_min_per_kg
-- grain: one row per infusion with an implausible dose (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at
--
-- The limits are ours: every tenfold slip lies beyond a quarter of the least dose of the protocol
-- or four times the most. What is less far out is a deviation, and is not meant here; one that is
-- not above 0 is not known.

select
    usubjid,
    'infusion ' || infusion as record,
    format('{:.3g} x 10^6 cells/kg', dose_per_kg) as finding
from infusions
where
    is_given
    and (
        dose_per_kg * 1e6 < $dosing_dose_min_per_kg / 4
        or dose_per_kg * 1e6 > $dosing_dose_max_per_kg * 4
    )
