-- All cells of a patient come from one donor
--
-- why: the protocol asks for it, and a second donor doubles what the patient is exposed to
-- severity: major
-- needs: ex.donor, dosing.same_donor
-- grain: one row per infusion from another donor than the first (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    'infusion ' || infusion as record,
    format('Donor {}, where the first infusion was of another', donor) as finding
from infusions
where donor_status = 'different'
