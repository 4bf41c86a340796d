-- On which days do we know that a patient was alive?
--
-- grain: one row per included patient, kind of contact and date as collected (usubjid, kind, dtc)
-- params: $cut_on, $disposition_completed
-- columns:
--   usubjid         unique subject identifier
--   kind            inclusion, visit, status, infusion, adverse event, procedure, vital sign,
--                   laboratory or completion
--   dtc             the date of the contact, as collected
--   contact_from    first day that dtc can mean: known alive on that day, or later
--   is_after_death  whether it lies after the last day on which the patient can have died: then it
--                   is no evidence of life, since one of the two records is wrong
--
-- A contact is a visit that took place, a subject status ALIVE, an infusion given, the start of an
-- adverse event or of a procedure, a vital sign or a sample taken, the inclusion, and the day on
-- which the patient completed the trial. No contact: a visit, an infusion or a procedure that did
-- not take place (its date is the day it was planned for) or of which that is not known, the end of
-- an event or of a procedure (death ends both), a score of a clinical scale (which has one for the
-- dead), a withdrawal and a loss to follow-up (somebody else can report them). Records after the
-- cut do not count.

with dated as (

    -- Each contact once, before its date is read, which of a large cut takes longest.
    select usubjid, 'inclusion' as kind, inclusion_dtc as dtc from participants
    union
    select usubjid, 'visit', svstdtc from sv where took_place(svoccur, svreasoc)
    union
    select usubjid, 'status', ssdtc from ss where upper(ssstresc) = 'ALIVE'
    union
    select usubjid, 'infusion', exstdtc from ex where took_place(exoccur, exreasoc)
    union
    select usubjid, 'adverse event', aestdtc from ae
    union
    select usubjid, 'procedure', prstdtc from pr where took_place(proccur, null)
    union
    select usubjid, 'vital sign', vsdtc from vs where vsstresn is not null
    union
    select usubjid, 'laboratory', lbdtc from lb where lbstresn is not null
    union
    select usubjid, 'completion', dsstdtc
    from ds
    where list_contains($disposition_completed, upper(dsdecod))

)

select
    usubjid,
    kind,
    dtc,
    dtc_from(dtc) as contact_from,
    coalesce(is_dead and contact_from > left_to, false) as is_after_death
from dated
join participants using (usubjid)
where is_included and dtc_from(dtc) <= $cut_on
order by usubjid, contact_from, kind, dtc
