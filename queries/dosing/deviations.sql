-- Where did dosing depart from the protocol, and did the site record it?
--
-- grain: one row per infusion and rule it breaks, and per recorded deviation that no rule finds
--     (deviation)
-- params: $cohort, $dosing_dose_min_per_kg, $dosing_dose_max_per_kg, $deviations_dosing
-- columns:
--   deviation  number of the row
--   usubjid    unique subject identifier
--   infusion   number of the infusion; null for what only the site recorded
--   rule       early, late, missed, overdue, dose below, dose above, other donor, extra infusion,
--              before inclusion, or recorded only
--   happened   when, as collected; the window for an infusion that was not given
--   expected   what the protocol asks for
--   observed   what the export says
--   recorded   the site's own record of it in dv; null if there is none
--
-- A record of the site belongs to an infusion if it is one on dosing (protocol.toml lists the
-- categories; one without a category may be) and dated on a day of its window or of its giving.

with people as (

    select usubjid, included_from, included_to, day_zero_on
    from participants
    where is_included and ($cohort is null or cohort = $cohort)

),

rules as (

    select
        infusions.*,
        included_from,
        unnest([
            if(status in ('early', 'late', 'missed', 'overdue'), status, null),
            if(status = 'extra', 'extra infusion', null),
            if(dose_status in ('below', 'above'), 'dose ' || dose_status, null),
            if(donor_status = 'different', 'other donor', null),
            if(given_to < included_from, 'before inclusion', null)
        ]) as rule
    from infusions
    join people using (usubjid)

),

broken as (

    select
        usubjid,
        infusion,
        rule,
        coalesce(given_dtc, opens_on::varchar || ' to ' || closes_on::varchar) as happened,
        case
            when rule in ('early', 'late', 'missed', 'overdue')
            then coalesce(opens_on::varchar || ' to ' || closes_on::varchar, 'given')
            when rule = 'extra infusion' then 'no such infusion'
            when rule = 'other donor' then 'the donor of the first infusion'
            when rule = 'before inclusion' then 'on or after ' || included_from::varchar
            else format(
                '{:.1f} to {:.1f} million cells/kg',
                $dosing_dose_min_per_kg::double / 1e6,
                $dosing_dose_max_per_kg::double / 1e6
            )
        end as expected,
        case
            when rule in ('early', 'late', 'extra infusion', 'before inclusion')
            then 'given ' || given_dtc
            when rule = 'missed' then 'not given: ' || reason
            when rule = 'overdue' then format('not given, {} days late', -days_left)
            when rule = 'other donor' then 'donor ' || donor
            else format('{:.2f} million cells/kg', dose_per_kg)
        end as observed,
        least(given_from, opens_on) as first_on,
        greatest(given_to, closes_on) as last_on
    from rules
    where rule is not null

),

site as (

    select
        row_number() over (order by usubjid, dvstdtc, dvterm) as number,
        usubjid,
        dvterm,
        dvstdtc,
        dtc_from(dvstdtc) as first_on,
        dtc_to(dvstdtc) as last_on
    from dv
    join people using (usubjid)
    where dvcat is null or list_contains($deviations_dosing, upper(dvcat))

),

matched as (

    select
        broken.*,
        site.number,
        site.dvterm
    from broken
    left join site
        on broken.usubjid = site.usubjid
        and site.first_on <= broken.last_on
        and site.last_on >= broken.first_on

),

listed as (

    select
        usubjid,
        infusion,
        rule,
        any_value(happened) as happened,
        any_value(expected) as expected,
        any_value(observed) as observed,
        string_agg(dvterm, '; ' order by dvterm) as recorded
    from matched
    group by usubjid, infusion, rule
    union all
    select usubjid, null, 'recorded only', dvstdtc, null, null, dvterm
    from site
    where number not in (select number from matched where number is not null)

)

select
    (row_number() over (order by usubjid, infusion nulls last, rule, happened))::integer
        as deviation,
    *
from listed
order by deviation
