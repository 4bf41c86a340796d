-- The site records every departure from the dosing it was asked for
--
-- why: a deviation that only the dates show was perhaps never seen, assessed or reported
-- severity: minor
-- needs: dv
-- params: $deviations_dosing
-- grain: one row per infusion and rule it breaks, without a record in dv (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at
--
-- The rules, and what record belongs to an infusion, are those of dosing/deviations.

with broken as (

    select
        infusions.*,
        unnest([
            if(infusions.status in ('early', 'late', 'missed', 'overdue'), infusions.status, null),
            if(infusions.status = 'extra', 'extra infusion', null),
            if(dose_status in ('below', 'above'), 'dose ' || dose_status, null),
            if(donor_status = 'different', 'other donor', null),
            if(given_to < included_from, 'before inclusion', null)
        ]) as rule
    from infusions
    join participants using (usubjid)

)

select
    usubjid,
    format('infusion {}, {}', infusion, rule) as record,
    'Not recorded in dv: ' || rule
    || coalesce(', given ' || given_dtc, ', asked for by ' || closes_on, '') as finding
from broken
where
    rule is not null
    and 'dv' not in (select table_name from absent where column_name is null)
    and not exists (
        select 1
        from dv
        where
            dv.usubjid = broken.usubjid
            and (dvcat is null or list_contains($deviations_dosing, upper(dvcat)))
            and dtc_from(dvstdtc) <= greatest(given_to, closes_on)
            and dtc_to(dvstdtc) >= least(given_from, opens_on)
    )
