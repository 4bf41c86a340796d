-- Of what could need attention or be drawn, how much does each panel show, and why not the rest?
--
-- grain: one row per panel and reason (panel, reason)
-- params: $cut_on, $cohort, $support_invasive_ventilation, $support_ecmo
-- reads: tables/participants, tables/infusions, tables/visits, tables/vital_status,
--     tables/adverse_events, tables/members, safety_counts/rules, today/headline,
--     today/attention, today/lanes, changes/contents
-- columns:
--   panel        list or figure of the Today page
--   unit         what is counted
--   n_read       what was looked at
--   n_shown      of it, what the panel shows
--   reason       why the rest is not shown; - for what is
--   n_set_aside  not shown for this reason

with looked_at as (

    select
        'infusion' as kind,
        usubjid,
        'infusion ' || infusion as record,
        cohort,
        case
            when is_given then 'given'
            when status = 'upcoming' then 'not due yet'
            else status
        end as otherwise
    from tables_infusions
    union all
    select
        'visit',
        usubjid,
        'visit ' || visit,
        cohort,
        case
            when is_done then 'done'
            when status = 'upcoming' then 'not due yet'
            else status
        end
    from tables_visits
    union all
    select
        'vital status',
        usubjid,
        string_agg('day ' || outcome_day, ' and ' order by outcome_day)
            filter (where status = 'unknown'),
        cohort,
        'known, or not reached'
    from tables_vital_status
    group by usubjid, cohort
    union all
    -- A clock runs for each of them; safety_counts/clocks has those of the group alone.
    select 'report', usubjid, 'event ' || event, cohort, 'nothing to report now'
    from tables_adverse_events
    where is_serious is distinct from false
    union all
    select 'stopping rule', null, rule, $cohort, 'far from the boundary' from safety_counts_rules
    union all
    select 'new', usubjid, record, cohort, 'not new'
    from tables_members
    where name in ('serious events', 'deaths')
    union all
    select 'check', null, 'the data', $cohort, 'no critical finding is new'
    union all
    select 'export', null, record, $cohort, 'recent enough, simulated, or an older cut'
    from (
        select 'cut ' || $cut_on as record
        union
        select record from today_attention where kind = 'export'
    )

),

things as (

    select
        case
            when today_attention.kind is not null then null
            when $cohort is not null and cohort <> $cohort then 'not in the group chosen'
            else otherwise
        end as reason
    from looked_at
    left join today_attention
        on looked_at.kind = today_attention.kind
        and looked_at.usubjid is not distinct from today_attention.usubjid
        and looked_at.record = today_attention.record

),

drawable as (

    select usubjid, 'in trial' as kind, 1 as record, null::date as first_on
    from tables_participants
    union all
    select usubjid, 'infusion', infusion, null
    from tables_infusions
    where is_given or may_be_given or status in ('due', 'overdue', 'missed')
    union all
    select usubjid, 'serious event', event, null from tables_adverse_events where is_serious
    union all
    select usubjid, 'death', 1, null from tables_participants where is_dead
    union all
    select
        usubjid,
        if(list_contains($support_ecmo, upper(content ->> 'prtrt')), 'ECMO', 'ventilation') as kind,
        row_number() over (
            partition by usubjid, kind
            order by content ->> 'prstdtc', content ->> 'prendtc', content ->> 'prtrt'
        ),
        dtc_from(content ->> 'prstdtc')
    from changes_contents
    where
        table_name = 'pr'
        and (
            list_contains($support_ecmo, upper(content ->> 'prtrt'))
            or list_contains($support_invasive_ventilation, upper(content ->> 'prtrt'))
        )

),

drawn as (

    select
        case
            when today_lanes.day_from is not null or today_lanes.kind = 'in trial' then null
            when not is_included and drawable.kind = 'in trial' then 'not included'
            else coalesce(
                out_of_sight(is_included, tables_participants.cohort, $cohort, first_on, $cut_on),
                case
                    when today_lanes.kind is null then 'ended before inclusion'
                    when day_zero_on is null then 'day 0 is not known'
                    else 'without a date'
                end
            )
        end as reason
    from drawable
    left join tables_participants using (usubjid)
    left join today_lanes using (usubjid, kind, record)

),

panels as (

    select 'attention' as panel, 'things looked at' as unit, reason from things
    union all
    select 'lanes', 'people and records', reason from drawn
    union all
    select 'numbers', 'headline numbers', null from today_headline
    union all
    -- A panel has its row where there is nothing to read, too.
    select panel, unit, '-'
    from (
        values
            ('attention', 'things looked at'),
            ('lanes', 'people and records')
    ) as whole (panel, unit)

)

select
    panel,
    unit,
    n_read,
    n_shown,
    reason,
    n_set_aside
from accounted('panels')
order by panel, reason
