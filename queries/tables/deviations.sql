-- Where did dosing and visits depart from the protocol, and did the site record it?
--
-- grain: one row per infusion or visit and rule it breaks, and per recorded deviation that no rule
--     finds (deviation)
-- params: $cut_on, $dosing_dose_min_per_kg, $dosing_dose_max_per_kg, $deviations_dosing,
--         $deviations_visits
-- columns:
--   deviation  number of the row
--   usubjid    unique subject identifier
--   cohort     group at inclusion
--   kind       infusion or visit
--   infusion   number of the infusion; null for a visit, and for what only the site recorded
--   visitnum   number of the visit; null for an infusion, and for what only the site recorded
--   visit      its name
--   rule       of an infusion early, late, missed, overdue, dose below, dose above, other donor,
--              extra infusion, before inclusion; of a visit early, late, missed, overdue; or
--              recorded only
--   happened   when, as collected; the window for what was not given or done
--   expected   what the protocol asks for
--   observed   what the export says
--   match      recorded, perhaps recorded, not recorded; or no rule broken
--   recorded   the site's own records of it in dv; null if there is none
--
-- A record of the site belongs to an infusion if it is one on dosing (protocol.toml lists the
-- categories; one without a category may be) and dated on a day of its window or of its giving, or
-- after the window until the next infusion if it was not given; to a visit likewise, until the
-- window of the next visit opens. It is perhaps recorded if a record is not dated to the day, or if
-- the infusion breaks more rules than there are records.

with judged as (

    select
        infusions.*,
        included_from,
        min(if(infusions.is_given, given_from, null)) over (
            partition by infusions.usubjid order by infusion
            rows between 1 following and unbounded following
        ) as next_on,
        list_filter([
            if(infusions.status in ('early', 'late', 'missed', 'overdue'), infusions.status, null),
            if(infusions.status = 'extra', 'extra infusion', null),
            if(dose_status in ('below', 'above'), 'dose ' || dose_status, null),
            if(donor_status = 'different', 'other donor', null),
            if(is_given and given_to < included_from, 'before inclusion', null)
        ], lambda rule: rule is not null) as rules
    from infusions
    join participants using (usubjid)

),

first_donors as (

    select usubjid, arg_min_null(donor, infusion) as first_donor
    from infusions
    where is_given
    group by usubjid

),

broken as (

    select
        usubjid,
        cohort,
        'infusion' as kind,
        infusion,
        null as visitnum,
        null as visit,
        unnest(rules) as rule,
        len(rules) as n_rules,
        coalesce(given_dtc, opens_on::varchar || ' to ' || closes_on::varchar) as happened,
        case
            when rule in ('early', 'late', 'missed', 'overdue')
            then coalesce(opens_on::varchar || ' to ' || closes_on::varchar, 'given')
            when rule = 'extra infusion' then 'no such infusion'
            when rule = 'other donor' then coalesce('donor ' || first_donor, 'one donor')
            when rule = 'before inclusion' then 'on or after ' || included_from::varchar
            else format(
                '{} to {} million cells/kg',
                $dosing_dose_min_per_kg::double / 1e6,
                $dosing_dose_max_per_kg::double / 1e6
            )
        end as expected,
        case
            when rule in ('early', 'late', 'extra infusion', 'before inclusion')
            then 'given ' || coalesce(given_dtc, 'on a day not recorded')
            when rule = 'missed' then 'not given: ' || reason
            when rule = 'overdue'
            then format('not given, {} day{} late', -days_left, if(days_left = -1, '', 's'))
            when rule = 'other donor' then 'donor ' || donor
            -- Two decimals, unless they would say that it is in range.
            when
                round(dose_per_kg, 2) between $dosing_dose_min_per_kg / 1e6
                and $dosing_dose_max_per_kg / 1e6
            then format('{} million cells/kg', dose_per_kg)
            else format('{:.2f} million cells/kg', dose_per_kg)
        end as observed,
        least(given_from, opens_on) as first_on,
        case
            when is_given then greatest(given_to, closes_on)
            else greatest(closes_on, coalesce(next_on - 1, $cut_on))
        end as last_on
    from judged
    left join first_donors using (usubjid)
    union all
    select
        usubjid,
        cohort,
        'visit',
        null,
        visitnum,
        visit,
        case status when 'done early' then 'early' when 'done late' then 'late' else status end
            as rule,
        1,
        coalesce(visit_dtc, planned_for),
        planned_for,
        case
            when is_done then 'done ' || coalesce(visit_dtc, 'on a day not recorded')
            when rule = 'missed' then 'not done: ' || reason
            else format('not done, {} day{} late', -days_left, if(days_left = -1, '', 's'))
        end,
        least(visited_from, coalesce(opens_on, target_on)),
        if(
            is_done,
            greatest(visited_to, closes_on),
            greatest(closes_on, coalesce(next_on - 1, $cut_on))
        )
    from (
        select
            *,
            coalesce(opens_on::varchar || ' to ' || closes_on::varchar, target_on::varchar)
                as planned_for,
            lead(coalesce(opens_on, target_on)) over (partition by usubjid order by target_day)
                as next_on
        from visits
    )
    where status in ('done early', 'done late', 'missed', 'overdue')

),

site as (

    select
        row_number() over (order by usubjid, dvstdtc, dvterm) as number,
        usubjid,
        cohort,
        unnest(list_filter(
            [
                if(coalesce(list_contains($deviations_dosing, upper(dvcat)), true), 'infusion', ''),
                if(coalesce(list_contains($deviations_visits, upper(dvcat)), true), 'visit', '')
            ],
            lambda kind: kind <> ''
        )) as kind,
        coalesce(dvterm, 'recorded without words') as dvterm,
        dvstdtc,
        dtc_from(dvstdtc) as first_on,
        dtc_to(dvstdtc) as last_on
    from dv
    join participants using (usubjid)
    where is_included and coalesce(dtc_from(dvstdtc) <= $cut_on, true)

),

matched as (

    select
        broken.*,
        site.number,
        site.dvterm,
        coalesce(site.first_on = site.last_on, false) as is_sure
    from broken
    left join site
        on broken.usubjid = site.usubjid
        and broken.kind = site.kind
        and coalesce(site.first_on <= broken.last_on, true)
        and coalesce(site.last_on >= broken.first_on, true)

),

listed as (

    select
        usubjid,
        cohort,
        kind,
        infusion,
        visitnum,
        visit,
        rule,
        any_value(happened) as happened,
        any_value(expected) as expected,
        any_value(observed) as observed,
        case
            when count(number) = 0 then 'not recorded'
            when count(number) filter (where is_sure) < any_value(n_rules) then 'perhaps recorded'
            else 'recorded'
        end as match,
        string_agg(dvterm, '; ' order by dvterm) as recorded
    from matched
    group by usubjid, cohort, kind, infusion, visitnum, visit, rule
    union all
    select
        usubjid,
        cohort,
        kind,
        null,
        null,
        null,
        'recorded only',
        dvstdtc,
        null,
        null,
        'no rule broken',
        dvterm
    from site
    where (number, kind) not in (select (number, kind) from matched where number is not null)

)

select
    (row_number() over (
        order by
            usubjid, kind, infusion nulls last, visitnum nulls last, rule, happened, recorded
    ))::integer as deviation,
    *
from listed
order by deviation
