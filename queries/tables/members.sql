-- Which records make up each headline number?
--
-- grain: one row per number and record that it counts (name, usubjid, record)
-- params: $adverse_events_infusional_hours
-- columns:
--   name     headline number
--   usubjid  unique subject identifier
--   cohort   group at inclusion
--   record   what is counted: the person, or one of the person's infusions, events or visits
--   detail   what the record says, in words

with of_people as (

    select
        usubjid,
        cohort,
        'person' as record,
        concat_ws(
            ' on ',
            status,
            if(status in ('in screening', 'on treatment', 'in follow-up'), null, left_on::varchar)
        ) as detail,
        unnest([
            {'name': 'screened', 'counts': true},
            {'name': 'failed screening', 'counts': status = 'screen failed'},
            {'name': 'included', 'counts': is_included},
            {'name': 'treated', 'counts': is_treated},
            {'name': 'deaths', 'counts': is_included and is_dead},
            {'name': 'withdrawn or lost', 'counts': is_included and status in ('withdrawn', 'lost')}
        ], recursive := true)
    from participants

),

of_infusions as (

    select
        usubjid,
        cohort,
        'infusion ' || infusion as record,
        concat_ws(', ', status, given_dtc, reason) as detail,
        unnest([
            {'name': 'infusions given', 'counts': is_given and coalesce(is_planned, true)},
            {'name': 'infusions owed', 'counts': is_owed},
            {'name': 'infusions adherent', 'counts': is_adherent},
            {'name': 'adherence unknown', 'counts': is_owed and is_adherent is null},
            {'name': 'infusions missed', 'counts': status = 'missed'},
            {'name': 'infusions overdue', 'counts': status = 'overdue'},
            {'name': 'infusions due', 'counts': status = 'due'},
            {
                'name': 'infusions unknown',
                'counts': is_planned and not is_given and status = 'unknown'
            }
        ], recursive := true)
    from infusions

),

of_events as (

    select
        usubjid,
        cohort,
        record,
        concat_ws(', ', term, 'grade ' || grade, 'from ' || start_dtc) as detail,
        unnest([
            {'name': 'adverse events', 'counts': true},
            {'name': 'events of grade 3 or more', 'counts': grade >= 3},
            {'name': 'grade unknown', 'counts': grade is null},
            {'name': 'serious events', 'counts': is_serious},
            {'name': 'seriousness unknown', 'counts': is_serious is null},
            {'name': 'related events', 'counts': is_related},
            {'name': 'relatedness unknown', 'counts': is_related is null},
            {'name': 'SUSARs', 'counts': is_susar},
            {'name': 'SUSAR unknown', 'counts': is_susar is null},
            {'name': 'events of special interest', 'counts': is_aesi},
            {'name': 'special interest unknown', 'counts': is_aesi is null},
            {'name': 'infusional events', 'counts': is_infusional},
            {
                'name': 'infusional unknown',
                'counts': $adverse_events_infusional_hours is not null and is_infusional is null
            }
        ], recursive := true)
    from adverse_events

),

of_visits as (

    select
        usubjid,
        cohort,
        'visit ' || visit as record,
        concat_ws(', ', status, visit_dtc, reason) as detail,
        unnest([
            {'name': 'visits done', 'counts': is_done},
            {'name': 'visits owed', 'counts': is_owed},
            {'name': 'visits missed', 'counts': status = 'missed'},
            {'name': 'visits overdue', 'counts': status = 'overdue'},
            {'name': 'visits unknown', 'counts': status = 'unknown'}
        ], recursive := true)
    from visits

),

of_outcomes as (

    select
        usubjid,
        cohort,
        'day ' || outcome_day as record,
        concat_ws(', ', status, reason) as detail,
        'vital status unknown' as name,
        status = 'unknown' as counts
    from vital_status

),

of_primary_outcomes as (

    select
        usubjid,
        cohort,
        'day ' || outcome_day as record,
        concat_ws(', ', outcome, reason) as detail,
        unnest([
            {'name': 'primary outcome reached', 'counts': outcome in ('yes', 'dead')},
            {
                'name': 'primary outcome known',
                'counts': outcome in ('yes', 'no', 'died without it', 'dead', 'alive')
            },
            {'name': 'primary outcome unknown', 'counts': outcome = 'unknown'}
        ], recursive := true)
    from primary_outcomes

)

select name, usubjid, cohort, record, detail
from (
    from of_people
    union all by name from of_infusions
    union all by name from of_events
    union all by name from of_visits
    union all by name from of_outcomes
    union all by name from of_primary_outcomes
)
where counts
order by name, usubjid, record
