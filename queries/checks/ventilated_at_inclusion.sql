-- Nobody is ventilated at inclusion in a group whose outcome is to need invasive ventilation
--
-- why: the group, the inclusion or the start of the ventilation is wrong
-- severity: major
-- needs: pr, support.invasive_ventilation
-- params: $cut_on, $support_invasive_ventilation
-- grain: one row per patient ventilated at inclusion in such a group (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select distinct
    usubjid,
    record_of('pr', null, prstdtc, prtrt) as record,
    format(
        'Group {}, included on {}, and {} since {}', cohort, inclusion_dtc, lower(prtrt), prstdtc
    ) as finding
from participants
join groups on participants.cohort = groups.code
join pr using (usubjid)
where
    is_included
    and primary_outcome = 'invasive ventilation'
    and list_contains($support_invasive_ventilation, upper(prtrt))
    and dtc_to(prstdtc) < included_from
    and dtc_from(prstdtc) <= $cut_on
    and coalesce(dtc_to(prendtc) >= included_from, true)
