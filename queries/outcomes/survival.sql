-- How many patients were still alive by each day?
--
-- grain: one row per day on which somebody died or was last seen (day)
-- params: $cohort
-- estimate: survival.kaplan_meier(day, is_event)
-- columns:
--   day         days from day 0
--   n_at_risk   patients followed and alive just before
--   n_events    deaths on that day
--   n_censored  patients last known alive on that day
--   survival    probability of being alive after that day, 0 to 1
--   se          Greenwood's standard error of survival
--   ci_low      lower log-log 95 % limit of survival
--   ci_high     upper log-log 95 % limit of survival
--
-- To the last outcome day. A patient counts to the last contact, whoever died to the death: on the
-- first day that it can have been, if the day is not known, so that no death is passed over and the
-- curve is never too high. outcomes/deaths lists them.

select
    lived_days as day,
    coalesce(ends_by = 'death', true) as is_event
from person_time
where lived_days is not null and ($cohort is null or cohort = $cohort)
