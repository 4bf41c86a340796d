-- Which recorded visits are not those of the schedule?
--
-- grain: one row per record of sv that is not in the matrix, or that cannot be right (record)
-- params: $cut_on, $cohort, $days_first_day
-- columns:
--   record      number of the record in sv, ordered by patient, visit and date
--   usubjid     unique subject identifier
--   cohort      group at inclusion
--   visitnum    number of the visit
--   visit       its name
--   visit_dtc   its date, as collected
--   visit_day   study day; null unless known to the day
--   took_place  whether it took place; null if the record does not say, or has no date either
--   why         not in the schedule, another record of the visit, after the death on record, or
--               does not say whether it took place

with records as (

    select
        sv.*,
        participants.cohort,
        day_zero_on,
        is_dead,
        left_to,
        row_number() over (
            order by usubjid, visitnum, svstdtc, visit, svoccur, svreasoc
        ) as record
    from sv
    join participants using (usubjid)
    where is_included

),

explained as (

    select
        *,
        case
            when svstdtc is null and svoccur is null then null
            else took_place(svoccur, svreasoc)
        end as took_place,
        case
            when is_dead and took_place and dtc_from(svstdtc) > left_to
            then 'after the death on record'
            when visitnum is null or visitnum not in (select visitnum from schedule)
            then 'not in the schedule'
            when dtc_from(svstdtc) is null and svoccur is null
            then 'neither a date nor whether it took place'
            when took_place(svoccur, svreasoc) is null
            then 'does not say whether it took place: ' || coalesce(svoccur, svreasoc)
            when record not in (select record from visits where record is not null)
            then 'another record of the visit'
        end as why
    from records
    where
        coalesce(dtc_from(svstdtc) <= $cut_on, true)
        and ($cohort is null or cohort = $cohort)

)

select
    record::integer as record,
    usubjid,
    cohort,
    visitnum,
    visit,
    svstdtc as visit_dtc,
    study_day(dtc_day(svstdtc), day_zero_on, $days_first_day) as visit_day,
    took_place,
    why
from explained
where why is not null
order by usubjid, dtc_from(visit_dtc) nulls last, record
