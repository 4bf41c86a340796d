-- How much of the time that each patient could be followed was the patient followed?
--
-- grain: one row per included patient (usubjid)
-- params: $cut_on, $outcomes_days, $days_first_day
-- columns:
--   usubjid          unique subject identifier
--   cohort           group at inclusion
--   status           as in participants
--   day_zero_on      day 0; null unless known to the day
--   last_contact_on  last day on which the patient is known to have been alive by a contact
--   last_contact     kind of that contact
--   died_from        first day on which a patient who is dead can have died: not before the last
--                    contact; null if nothing is known of it
--   known_until      last day for which anything is known of the patient: the death, the leaving,
--                    the last contact of who was lost, else the cut
--   ends_on          end of the follow-up that was possible: the last outcome day, the cut or the
--                    death, whichever comes first
--   ends_by          last outcome day, cut or death
--   observed_days    days from day 0 to last_contact_on, at the most to ends_on; to the death of
--                    who died by ends_on
--   lived_days       days from day 0 for which the patient is known to have lived, at the most to
--                    ends_on: observed_days, but to the first day that the death can have been of
--                    who died on a day that is not known; null if day 0 is not known, or after it
--   potential_days   days from day 0 to ends_on
--   missing_days     potential_days - observed_days
--   pct              observed_days of potential_days, in %
--   reason           why the days are not known
--
-- A withdrawal or a loss does not shorten what was possible (Clark, Altman, De Stavola, Lancet
-- 2002;359:1309): that is what is to be seen. The date of a loss is that on which somebody gave up:
-- what is known ends with the last contact.

with latest as (

    select
        usubjid,
        max(contact_from) as last_contact_on,
        arg_max(kind, (contact_from, kind)) as last_contact
    from contacts
    where not is_after_death
    group by usubjid

),

ends as (

    select
        participants.*,
        last_contact_on,
        last_contact,
        if(is_dead, greatest(left_from, last_contact_on), null) as died_from,
        case
            when status = 'lost' then coalesce(last_contact_on, left_to)
            when has_left then left_to
            else $cut_on
        end as known_until,
        on_study_day(list_max($outcomes_days), day_zero_on, $days_first_day) as planned_on,
        least(planned_on, $cut_on) as possible_on,
        case
            when day_zero_on is null then 'day 0 is not known'
            when is_dead and left_to < day_zero_on then 'died before day 0'
            when is_dead and died_on is null and coalesce(died_from <= possible_on, true)
            then 'day of death is not known'
        end as reason
    from participants
    left join latest using (usubjid)
    where is_included

)

select
    usubjid,
    cohort,
    status,
    day_zero_on,
    last_contact_on,
    last_contact,
    died_from,
    known_until,
    if(reason is null, if(is_dead, least(died_on, possible_on), possible_on), null) as ends_on,
    case
        when reason is not null then null
        when is_dead and died_on <= possible_on then 'death'
        when planned_on <= $cut_on then 'last outcome day'
        else 'cut'
    end as ends_by,
    case
        when reason is not null then null
        when is_dead then ends_on - day_zero_on
        else greatest(0, least(coalesce(last_contact_on, day_zero_on), ends_on) - day_zero_on)
    end::integer as observed_days,
    coalesce(
        observed_days,
        if(died_from >= day_zero_on, died_from - day_zero_on, null)
    )::integer as lived_days,
    if(reason is null, greatest(0, ends_on - day_zero_on), null)::integer as potential_days,
    (potential_days - observed_days)::integer as missing_days,
    100.0 * observed_days / nullif(potential_days, 0) as pct,
    reason
from ends
order by usubjid
