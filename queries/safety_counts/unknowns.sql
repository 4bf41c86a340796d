-- Of which events is it not known whether the registry's counts include them?
--
-- grain: one row per event and count that is open (usubjid, event, code)
-- params: $cohort
-- columns:
--   usubjid    unique subject identifier
--   event      number of the event for this patient
--   term       preferred term
--   start_dtc  start, as collected
--   code       the count: as in registry, or AESI to the first outcome day
--   unknown    what is not known

with events as (

    select
        *,
        unnest(['AR', 'AR grade > 3', 'SAE', 'SAR', 'SESAR', 'SUSAR', 'AESI']) as code,
        case code
            when 'AR' then is_related
            when 'AR grade > 3' then is_severe_ar
            when 'SAE' then is_serious
            when 'SAR' then is_sar
            when 'SESAR' then is_sesar
            when 'SUSAR' then is_susar
            when 'AESI' then is_aesi
        end as is_of_kind,
        if(code = 'AESI', is_by_first, is_by_last) as is_in_time
    from adverse_events
    where $cohort is null or cohort = $cohort

)

select
    usubjid,
    event,
    term,
    start_dtc,
    code,
    concat_ws(
        ', ',
        if(is_of_kind is null and code not in ('SAE', 'AESI') and is_related is null, 'relatedness',
            null),
        if(is_of_kind is null and code = 'AR grade > 3' and grade is null, 'grade', null),
        if(
            is_of_kind is null and code in ('SAE', 'SAR', 'SESAR', 'SUSAR') and is_serious is null,
            'seriousness',
            null
        ),
        if(
            is_of_kind is null and code in ('SESAR', 'SUSAR') and is_expected is null,
            'expectedness',
            null
        ),
        if(is_of_kind is null and code = 'AESI', 'kind of event', null),
        if(is_in_time is null, 'start', null)
    ) as unknown
from events
where (is_of_kind and is_in_time) is null
order by
    usubjid,
    event,
    list_position(['AR', 'AR grade > 3', 'SAE', 'SAR', 'SESAR', 'SUSAR', 'AESI'], code)
