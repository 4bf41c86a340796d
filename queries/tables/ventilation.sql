-- Who needed invasive ventilation by each outcome day?
--
-- grain: one row per included patient and outcome day of protocol.toml (usubjid, outcome_day)
-- params: $cut_on, $days_first_day, $support_invasive_ventilation
-- columns:
--   usubjid         unique subject identifier
--   cohort          group at inclusion
--   outcome_day     study day, as 28 or 90
--   outcome_on      that day; null unless day 0 is known to the day
--   status          yes, no, died without it, unknown, not reached
--   reason          why it is not known
--   begun_dtc       when it began, as collected
--   begun_day       study day on which it began; null unless known to the day
--   was_ventilated  whether an episode that began before inclusion was still going on then
--
-- yes: an episode (pr; protocol.toml lists the words of invasive ventilation) began from the day of
-- inclusion to that day, both counted. died without it: dead by that day (table vital_status), and
-- no episode. no: alive on that day, and no episode. unknown: neither dead nor seen alive on or
-- after that day; or an episode whose date may lie before or after; or a record of support that
-- does not say what it is, or whether it took place, or ends before it begins; or ventilation that
-- was going on at inclusion, which leaves nothing to begin; or an export without pr. yes is known
-- at once, no only when the day has come.

with episodes as (

    select
        pr.usubjid,
        prstdtc,
        -- Of an end before the start, one of the two is wrong: it began by the start, or before.
        coalesce(dtc_to(prendtc) < dtc_from(prstdtc), false) as is_contradicted,
        if(is_contradicted, null, dtc_from(prstdtc)) as begun_from,
        if(is_contradicted, null, dtc_to(prendtc)) as ended_to,
        -- At the latest on the day it ended.
        least(dtc_to(prstdtc), ended_to, $cut_on) as begun_to,
        prendtc is null as is_open,
        coalesce(took_place(proccur, null), false) and prtrt is not null and not is_contradicted
            as is_sure
    from pr
    where
        (prtrt is null or list_contains($support_invasive_ventilation, upper(prtrt)))
        and coalesce(dtc_from(prstdtc) <= $cut_on, true)

),

days as (

    select
        vital_status.*,
        vital_status.status as vital,
        vital_status.reason as vital_reason,
        included_from,
        included_to,
        day_zero_on,
        on_study_day(outcome_day, zero_from, $days_first_day) as outcome_from,
        on_study_day(outcome_day, zero_to, $days_first_day) as outcome_to,
        case
            when len($support_invasive_ventilation) = 0
            then 'protocol.toml does not say how invasive ventilation is recorded'
            when 'pr' in (select table_name from absent where column_name is null)
            then 'the export has no pr'
        end as cannot_tell
    from vital_status
    join participants using (usubjid)

),

compared as (

    select
        days.usubjid,
        days.outcome_day,
        bool_or(begun_from >= included_to and begun_to <= outcome_from) filter (where is_sure)
            as has_begun,
        arg_min(prstdtc, begun_from)
            filter (where is_sure and begun_from >= included_to and begun_to <= outcome_from)
            as begun_dtc,
        bool_or(
            coalesce(begun_to >= included_from, true) and coalesce(begun_from <= outcome_to, true)
        ) as may_have_begun,
        bool_and(is_sure) as are_sure,
        bool_or(
            begun_to < included_from and (is_open or coalesce(ended_to >= included_from, true))
        ) filter (where is_sure) as was_ventilated,
        count(episodes.usubjid) as n_episodes
    from days
    left join episodes using (usubjid)
    group by days.usubjid, days.outcome_day

)

select
    usubjid,
    cohort,
    outcome_day,
    outcome_on,
    case
        when outcome_from is null then 'unknown'
        when cannot_tell is not null then if(vital = 'not reached', vital, 'unknown')
        when has_begun then 'yes'
        when n_episodes > 0 and may_have_begun then 'unknown'
        when n_episodes > 0 and was_ventilated then 'unknown'
        when vital = 'dead' then 'died without it'
        when vital = 'alive' then 'no'
        else vital
    end as status,
    case
        when outcome_from is null then 'day 0 is not known'
        when cannot_tell is not null then cannot_tell
        when has_begun then null
        when n_episodes > 0 and may_have_begun and not are_sure
        then 'a record of support does not say what it is, or whether it took place, or ends '
            || 'before it begins'
        when n_episodes > 0 and may_have_begun then 'ventilation is dated only in part'
        when n_episodes > 0 and was_ventilated then 'ventilated already at inclusion'
        else vital_reason
    end as reason,
    begun_dtc,
    study_day(dtc_day(begun_dtc), day_zero_on, $days_first_day) as begun_day,
    n_episodes > 0 and coalesce(was_ventilated, false) as was_ventilated
from days
join compared using (usubjid, outcome_day)
order by usubjid, outcome_day
