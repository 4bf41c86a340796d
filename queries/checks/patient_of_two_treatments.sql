-- Whoever is treated gets one treatment
--
-- why: every row of ex counts as an infusion of the trial, whatever was given
-- severity: critical
-- needs: ex.extrt
-- grain: one row per person given something else, too (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    'ex' as record,
    'Each counts as an infusion: ' || string_agg(distinct extrt, ', ' order by extrt) as finding
from ex
where not is_left_out(exoccur)
group by usubjid
having count(distinct upper(extrt)) > 1
