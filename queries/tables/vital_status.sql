-- Who was alive on each outcome day?
--
-- grain: one row per included patient and outcome day of protocol.toml (usubjid, outcome_day)
-- params: $cut_on, $outcomes_days, $days_first_day
-- columns:
--   usubjid          unique subject identifier
--   cohort           group at inclusion
--   outcome_day      study day, as 28 or 90
--   outcome_on       that day; null unless day 0 is known to the day
--   status           dead, alive, unknown, not reached
--   reason           what it rests on, or why it is not known
--   died_day         study day of the death; null unless known to the day
--   last_contact_on  last day on which the patient is known to have been alive by a contact
--   last_contact     kind of that contact
--
-- dead: died on or before that day. alive: seen alive on or after that day (table contacts), or
-- died after it. unknown: the day has passed, and the patient was last known alive before it, or
-- died on a day that may lie before or after it. not reached: the day has not passed at the cut.

with days as (

    select
        participants.*,
        person_time.last_contact_on,
        person_time.last_contact,
        unnest($outcomes_days)::integer as outcome_day
    from participants
    join person_time using (usubjid)

),

placed as (

    select
        *,
        on_study_day(outcome_day, zero_from, $days_first_day) as outcome_from,
        on_study_day(outcome_day, zero_to, $days_first_day) as outcome_to,
        if(is_dead, left_from, null) as died_from,
        if(is_dead, left_to, null) as died_to,
        case
            when outcome_from is null then 'unknown'
            when is_dead and died_to <= outcome_from then 'dead'
            when is_dead and died_from > outcome_to then 'alive'
            when last_contact_on >= outcome_to then 'alive'
            when is_dead then 'unknown'
            when $cut_on <= outcome_from then 'not reached'
            else 'unknown'
        end as vital
    from days

)

select
    usubjid,
    cohort,
    outcome_day,
    if(outcome_from = outcome_to, outcome_from, null) as outcome_on,
    vital as status,
    case
        when vital = 'dead' then 'died'
        when vital = 'alive' and is_dead and died_from > outcome_to then 'died later'
        when vital = 'alive' then last_contact
        when outcome_from is null then 'day 0 is not known'
        when vital = 'unknown' and is_dead then 'dead, on a day that is not known'
        when vital = 'unknown' and $cut_on <= outcome_to then 'day 0 is known only in part'
        when vital = 'unknown' and status in ('withdrawn', 'lost')
        then status || ', and ' || not_seen_since(last_contact_on)
        when vital = 'unknown' then not_seen_since(last_contact_on)
        when status in ('withdrawn', 'lost') then status
    end as reason,
    study_day(if(died_from = died_to, died_from, null), day_zero_on, $days_first_day) as died_day,
    last_contact_on,
    last_contact
from placed
order by usubjid, outcome_day
