-- Where does the trial stand, in numbers?
--
-- grain: one row per headline number (name)
-- params: $cohort, $recruitment_target, $dosing_n_infusions, $adverse_events_infusional_hours,
--     $outcomes_days
-- columns:
--   place    order of the number on the page
--   topic    recruitment, dosing, safety or follow-up
--   name     headline number
--   value    the number; null if protocol.toml does not set what it is counted by
--   n        records that it counts: those of today/members
--   n_of     records that there could be; null if there is no such number
--   unit     people, infusions, events, visits or outcome days
--   meaning  what the number counts
--   is_of_all_groups  whether it counts every group although one is chosen
--
-- Who is screened has no group yet, so those two numbers are of all groups, whichever is chosen.
-- Each is the number of the page of its topic: both count the same flags of the same table, and a
-- test holds them to be equal.

with numbers as (

    select *
    from (values
        (1, 'recruitment', 'screened', 'people', null, null,
            'people who gave consent, in all groups'),
        (2, 'recruitment', 'failed screening', 'people', 'screened', null,
            'people who failed screening, in all groups'),
        (3, 'recruitment', 'included', 'people', 'target', null,
            'people included, of those that the trial needs'),
        (4, 'recruitment', 'treated', 'people', 'included', null,
            'people who were given at least one infusion'),
        (11, 'dosing', 'infusions given', 'infusions', null, null,
            'infusions given'),
        (12, 'dosing', 'infusions owed', 'infusions', null, 'infusions',
            'infusions that were given, missed, or are overdue'),
        (13, 'dosing', 'infusions adherent', 'infusions', 'infusions owed', 'infusions',
            'infusions in their window, with a dose in range, from the same donor'),
        (14, 'dosing', 'adherence unknown', 'infusions', 'infusions owed', 'infusions',
            'infusions of which day, dose or donor is not known well enough to judge'),
        (15, 'dosing', 'infusions missed', 'infusions', 'infusions owed', 'infusions',
            'infusions recorded as not given, or passed over'),
        (16, 'dosing', 'infusions overdue', 'infusions', 'infusions owed', 'infusions',
            'infusions not given although their window has closed'),
        (17, 'dosing', 'infusions due', 'infusions', null, 'infusions',
            'infusions not given yet, and in their window'),
        (18, 'dosing', 'infusions unknown', 'infusions', null, 'infusions',
            'infusions not given, of which it is not known whether they should have been'),
        (21, 'safety', 'adverse events', 'events', null, null,
            'adverse events of included patients, whatever the grade'),
        (22, 'safety', 'serious events', 'events', 'adverse events', null,
            'serious adverse events (SAE)'),
        (23, 'safety', 'seriousness unknown', 'events', 'adverse events', null,
            'events of which it is not known whether they were serious'),
        (24, 'safety', 'related events', 'events', 'adverse events', null,
            'events related to the treatment'),
        (25, 'safety', 'relatedness unknown', 'events', 'adverse events', null,
            'events of which it is not known whether they are related to the treatment'),
        (26, 'safety', 'SUSARs', 'events', 'adverse events', null,
            'serious, related and unexpected, on whatever day'),
        (27, 'safety', 'SUSAR unknown', 'events', 'adverse events', null,
            'events that may be SUSARs: what is needed to tell is not known'),
        (28, 'safety', 'events of special interest', 'events', 'adverse events', null,
            'events of special interest, whatever the relatedness'),
        (29, 'safety', 'special interest unknown', 'events', 'adverse events', null,
            'events of which it is not known whether they are of special interest'),
        (30, 'safety', 'infusional events', 'events', 'adverse events', 'hours',
            'events that began soon after an infusion'),
        (31, 'safety', 'infusional unknown', 'events', 'adverse events', 'hours',
            'events of which it is not known whether they began soon after an infusion'),
        (32, 'safety', 'deaths', 'people', 'included', null,
            'included patients known to be dead'),
        (33, 'safety', 'events of grade 3 or more', 'events', 'adverse events', null,
            'adverse events of grade 3 or more'),
        (34, 'safety', 'grade unknown', 'events', 'adverse events', null,
            'adverse events without a grade'),
        (41, 'follow-up', 'visits done', 'visits', 'visits owed', 'visits',
            'scheduled visits made'),
        (42, 'follow-up', 'visits owed', 'visits', null, 'visits',
            'scheduled visits that were made, missed, or are overdue'),
        (43, 'follow-up', 'visits missed', 'visits', 'visits owed', 'visits',
            'visits recorded as not made'),
        (44, 'follow-up', 'visits overdue', 'visits', 'visits owed', 'visits',
            'visits without a record although their window has closed'),
        (45, 'follow-up', 'visits unknown', 'visits', null, 'visits',
            'visits of which it is not known whether they are due'),
        (46, 'follow-up', 'vital status unknown', 'outcome days', null, 'days',
            'outcome days that have passed without word of whether the patient lived'),
        (47, 'follow-up', 'withdrawn or lost', 'people', 'included', null,
            'included patients who withdrew or were lost'),
        (48, 'follow-up', 'primary outcome reached', 'people', 'primary outcome known', 'outcome',
            'patients who died, or needed invasive ventilation, by the first outcome day: what the '
            'protocol asks of their group'),
        (49, 'follow-up', 'primary outcome known', 'people', 'included', 'outcome',
            'patients of whom it is known whether they reached the primary outcome of their group'),
        (50, 'follow-up', 'primary outcome unknown', 'people', 'included', 'outcome',
            'patients of whom that is not known, although the day has passed')
    ) as listed (place, topic, name, unit, of_name, counted_by, meaning)

),

counts as (

    select name, count(*) as n
    from members
    where $cohort is null or cohort = $cohort or name in ('screened', 'failed screening')
    group by name

)

select
    place,
    topic,
    numbers.name,
    if(
        case counted_by
            when 'infusions' then $dosing_n_infusions is not null
            when 'hours' then $adverse_events_infusional_hours is not null
            when 'visits' then exists (from schedule)
            when 'days' then len($outcomes_days) > 0
            when 'outcome'
            then len($outcomes_days) > 0
                and exists (select 1 from groups where primary_outcome is not null)
            else true
        end,
        coalesce(counts.n, 0),
        null
    )::integer as value,
    coalesce(counts.n, 0)::integer as n,
    case
        when of_name = 'target' then if($cohort is null, $recruitment_target, null)
        when of_name is not null then coalesce(whole.n, 0)
    end::integer as n_of,
    unit,
    meaning,
    $cohort is not null and numbers.name in ('screened', 'failed screening') as is_of_all_groups
from numbers
left join counts using (name)
left join counts as whole on numbers.of_name = whole.name
order by place
