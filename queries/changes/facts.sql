-- What changed since the other cut in what is derived: a status, a grade, a date?
--
-- grain: one row per fact that changed of something that is in both cuts (usubjid, record, fact)
-- params: $cohort
-- compares: changes/derived
-- columns:
--   usubjid       unique subject identifier
--   record        the person, or one of the person's infusions, visits, outcome days or events
--   title         of an event: its term, grade and start in the other cut
--   fact          what changed; of an event that is no longer there, the event itself
--   change        no longer known, changed or first known
--   before        what it was in the other cut; null if not known
--   after         what it is in this cut; null if not known
--   days_moved    days by which a date moved; null unless both are known to the day
--   is_after_sae  whether it is about an event that the other cut held as serious
--
-- New persons, infusions and events are not facts that changed: they stand among the rows. With a
-- group chosen, the facts of whoever is or was in it count.

with facts as (

    select
        usubjid,
        record,
        before_derived.title,
        unnest(json_keys(now_derived.facts)) as fact,
        before_derived.facts ->> fact as before,
        now_derived.facts ->> fact as after,
        before_derived.is_serious as is_after_sae
    from now_derived
    join before_derived using (usubjid, record)
    where $cohort is null or now_derived.cohort = $cohort or before_derived.cohort = $cohort
    union all
    select usubjid, record, title, 'the event', title, null, is_serious
    from before_derived
    anti join now_derived using (usubjid, record)
    where title is not null and ($cohort is null or cohort = $cohort)

)

select
    usubjid,
    record,
    title,
    fact,
    case
        when before is null then 'first known'
        when after is null then 'no longer known'
        else 'changed'
    end as change,
    before,
    after,
    (try_cast(left(after, 10) as date) - try_cast(left(before, 10) as date))::integer as days_moved,
    is_after_sae
from facts
where before is distinct from after
order by
    list_position(['no longer known', 'changed', 'first known'], change), usubjid, record, fact
