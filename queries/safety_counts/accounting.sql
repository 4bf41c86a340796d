-- Of the events and patients in the export, how many does each panel show, and why not the others?
--
-- grain: one row per panel and reason (panel, reason)
-- params: $cut_on, $cohort, $adverse_events_infusional_hours, $outcomes_days
-- columns:
--   panel        figure or table of the Safety counts page
--   unit         what is counted
--   n_read       adverse events, or people, in the export
--   n_shown      of them, those that the panel shows
--   reason       why others are not shown; - for those that are
--   n_set_aside  not shown for this reason

with records as (

    select out_of_sight(is_included, cohort, $cohort, dtc_from(aestdtc), $cut_on) as reason
    from ae
    left join participants using (usubjid)

),

taken as (

    select *
    from adverse_events
    where $cohort is null or cohort = $cohort

),

judged as (

    select
        unnest(['registry', 'aesi', 'infusional', 'clocks', 'list of clocks', 'unknowns'])
            as panel,
        case
            when panel in ('registry', 'aesi') and len($outcomes_days) = 0
            then 'no outcome day is set in protocol.toml'
            when panel = 'registry' and not is_serious and not is_related
            then 'neither serious nor related'
            when panel = 'registry' and not is_by_last then 'after the last outcome day'
            when panel = 'aesi' and not is_aesi then 'not of special interest'
            when panel = 'aesi' and not is_by_first then 'after the first outcome day'
            when panel = 'infusional' and $adverse_events_infusional_hours is null
            then 'no infusional hours are set in protocol.toml'
            when panel = 'infusional' and not is_infusional then 'not infusional'
            when panel like '%clocks' and not is_serious then 'not serious'
            when panel = 'clocks' and not is_susar then 'no SUSAR'
            when
                panel = 'unknowns'
                and list_count([
                    is_related and is_by_last,
                    is_severe_ar and is_by_last,
                    is_serious and is_by_last,
                    is_sar and is_by_last,
                    is_sesar and is_by_last,
                    is_aesi and is_by_first
                ]) = 6
            then 'nothing is unknown'
        end as reason
    from taken

),

panels as (

    select panel, 'adverse events' as unit, reason from judged
    union all
    select panel, 'adverse events', reason
    from
        records,
        (
            values
                ('registry'), ('aesi'), ('infusional'), ('clocks'), ('list of clocks'), ('unknowns')
        ) as every (panel)
    where reason is not null
    union all
    select
        panel,
        'people',
        case
            when not exists (from stopping_rules) then 'no stopping rule is set in protocol.toml'
            when not is_included then 'not included'
            when not is_counted then 'do not count towards the target'
        end
    from
        participants,
        (values ('boundary'), ('standing'), ('characteristics'), ('evaluable')) as of_people (panel)
    union all
    -- A panel has its row where there is nothing to read, too.
    select panel, 'adverse events', '-'
    from (
        values
            ('registry'), ('aesi'), ('infusional'), ('clocks'), ('list of clocks'), ('unknowns')
    ) as every (panel)

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
