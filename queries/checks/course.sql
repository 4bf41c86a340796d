-- How many findings were open in each cut?
--
-- grain: one row per usable cut up to this one, and severity (cut, severity)
-- reads: checks/recorded, exports/cuts, recruitment/participants
-- params: $cohort, $cut_on
-- columns:
--   cut       date of the cut
--   severity  critical, major or minor
--   n_open    findings that it held
--   n_new     of them, those that the usable cut before did not hold; null in the first
--   n_closed  findings of the usable cut before that it does not hold; null in the first
--
-- With a group chosen, the findings of whoever is in it in this cut count, at every time.

with usable as (

    select cut, cut = min(cut) over () as is_earliest
    from exports_cuts
    where status = 'complete' and cut <= $cut_on::varchar

),

mine as (

    select *
    from checks_recorded
    where $cohort is null or usubjid in (select usubjid from recruitment_participants)

)

select
    cut,
    severities.severity,
    (count(mine.rule) filter (where cut < coalesce(gone_with, '9999')))::integer as n_open,
    if(is_earliest, null, count(*) filter (where cut = open_since))::integer as n_new,
    if(is_earliest, null, count(*) filter (where cut = gone_with))::integer as n_closed
from usable
cross join (values ('critical'), ('major'), ('minor')) as severities (severity)
left join mine on mine.severity = severities.severity and mine.open_since <= cut
group by cut, is_earliest, severities.severity
order by cut, list_position(['critical', 'major', 'minor'], severities.severity)
