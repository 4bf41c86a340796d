-- Which records of support are not counted, and why not?
--
-- grain: one row per record of pr of an included patient that counts nowhere (record)
-- params: $cut_on, $cohort, $support_invasive_ventilation, $support_oxygen, $support_ecmo
-- columns:
--   record   number of the record in pr, ordered by patient, start and procedure
--   usubjid  unique subject identifier
--   cohort   group at inclusion
--   prtrt    the procedure, as exported
--   prstdtc  start, as collected
--   prendtc  end, as collected
--   why      a procedure that protocol.toml does not name, ended before inclusion, ends before it
--            begins (which counts as ventilation begun, and no day), or dated after the cut

with records as (

    select
        pr.usubjid,
        cohort,
        prtrt,
        prstdtc,
        prendtc,
        row_number() over (order by pr.usubjid, prstdtc, prtrt, prendtc) as record,
        case
            when dtc_from(prstdtc) > $cut_on then 'dated after the cut'
            when not coalesce(
                list_contains($support_invasive_ventilation, upper(prtrt))
                or list_contains($support_oxygen, upper(prtrt))
                or list_contains($support_ecmo, upper(prtrt)),
                false
            )
            then 'protocol.toml does not name this procedure'
            when dtc_to(prendtc) < included_from then 'ended before inclusion'
            when dtc_to(prendtc) < dtc_from(prstdtc) then 'ends before it begins'
        end as why
    from pr
    join participants using (usubjid)
    where is_included and ($cohort is null or cohort = $cohort)

)

select record::integer as record, usubjid, cohort, prtrt, prstdtc, prendtc, why
from records
where why is not null
order by record
