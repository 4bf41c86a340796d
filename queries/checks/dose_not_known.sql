-- The dose per kg of every infusion can be worked out
--
-- why: without it nobody knows whether the dose was in range, and adherence stays open
-- severity: major
-- needs: dosing.dose_min_per_kg, dosing.dose_max_per_kg
-- grain: one row per infusion whose dose per kg is not known (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    'infusion ' || infusion as record,
    'Dose per kg not known: ' || dose_why as finding
from infusions
where is_given and dose_status = 'unknown'
