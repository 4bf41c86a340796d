-- Where does the trial stand, in numbers?
--
-- grain: one row per headline number (name)
-- params: $cohort, $recruitment_target
-- columns:
--   place    order of the number on the page
--   topic    recruitment, dosing, safety or follow-up
--   name     headline number
--   value    the number
--   n        records that it counts: those of today/members
--   n_of     records that there could be; null if there is no such number
--   unit     people, infusions, events, visits or outcome days
--   meaning  what the number counts

with numbers as (

    select *
    from (values
        (1, 'recruitment', 'screened', 'people', null,
            'people who gave consent'),
        (2, 'recruitment', 'failed screening', 'people', 'screened',
            'people who failed screening'),
        (3, 'recruitment', 'included', 'people', 'target',
            'people included, of those that the trial needs'),
        (4, 'recruitment', 'treated', 'people', 'included',
            'people who were given at least one infusion'),
        (11, 'dosing', 'infusions given', 'infusions', null,
            'infusions given'),
        (12, 'dosing', 'infusions owed', 'infusions', null,
            'infusions that were given, missed, or are overdue'),
        (13, 'dosing', 'infusions adherent', 'infusions', 'infusions owed',
            'infusions in their window, with a dose in range, from the same donor'),
        (14, 'dosing', 'adherence unknown', 'infusions', 'infusions owed',
            'infusions of which day, dose or donor is not known well enough to judge'),
        (15, 'dosing', 'infusions missed', 'infusions', 'infusions owed',
            'infusions recorded as not given, or passed over'),
        (16, 'dosing', 'infusions overdue', 'infusions', 'infusions owed',
            'infusions not given although their window has closed'),
        (17, 'dosing', 'infusions due', 'infusions', null,
            'infusions not given yet, and in their window'),
        (21, 'safety', 'adverse events', 'events', null,
            'adverse events of included patients, whatever the grade'),
        (22, 'safety', 'serious events', 'events', 'adverse events',
            'serious adverse events (SAE)'),
        (23, 'safety', 'seriousness unknown', 'events', 'adverse events',
            'events of which it is not known whether they were serious'),
        (24, 'safety', 'related events', 'events', 'adverse events',
            'events related to the treatment'),
        (25, 'safety', 'SUSARs', 'events', 'adverse events',
            'serious, related and unexpected'),
        (26, 'safety', 'SUSAR unknown', 'events', 'adverse events',
            'events that may be SUSARs: what is needed to tell is not known'),
        (27, 'safety', 'events of special interest', 'events', 'adverse events',
            'events of special interest, whatever the relatedness'),
        (28, 'safety', 'infusional events', 'events', 'adverse events',
            'events that began soon after an infusion'),
        (29, 'safety', 'deaths', 'people', 'included',
            'included patients known to be dead'),
        (31, 'follow-up', 'visits done', 'visits', 'visits owed',
            'scheduled visits made'),
        (32, 'follow-up', 'visits owed', 'visits', null,
            'scheduled visits that were made, missed, or are overdue'),
        (33, 'follow-up', 'visits missed', 'visits', 'visits owed',
            'visits recorded as not made'),
        (34, 'follow-up', 'visits overdue', 'visits', 'visits owed',
            'visits without a record although their window has closed'),
        (35, 'follow-up', 'visits unknown', 'visits', null,
            'visits of which it is not known whether they are due'),
        (36, 'follow-up', 'vital status unknown', 'outcome days', null,
            'outcome days that have passed without word of whether the patient lived'),
        (37, 'follow-up', 'withdrawn or lost', 'people', 'included',
            'included patients who withdrew or were lost')
    ) as listed (place, topic, name, unit, of_name, meaning)

),

counts as (

    select name, count(*) as n
    from members
    where $cohort is null or cohort = $cohort
    group by name

)

select
    place,
    topic,
    numbers.name,
    coalesce(counts.n, 0)::integer as value,
    coalesce(counts.n, 0)::integer as n,
    case
        when of_name = 'target' then if($cohort is null, $recruitment_target, null)
        when of_name is not null then coalesce(whole.n, 0)
    end::integer as n_of,
    unit,
    meaning
from numbers
left join counts using (name)
left join counts as whole on numbers.of_name = whole.name
order by place
