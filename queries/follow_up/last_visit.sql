-- Where does every included patient stand with the last visit of the follow-up?
--
-- grain: one row per standing (standing)
-- params: $cohort
-- columns:
--   place       order of the standing
--   standing    done, due, overdue, missed, not yet due, died, withdrawn, lost, not known
--   n           patients
--   n_included  patients included: what the standings add up to
--   pct         n of n_included, in %
--   visit       name of that visit: the last one of the schedule
--   visitnum    its number; null if protocol.toml has no schedule
--   patients    those patients
--
-- died, withdrawn, lost: before the window of the visit closed, so that it was not due. missed:
-- recorded as not made. Whoever made the visit and died later counts as done.

with last_visit as (

    select
        arg_max(visitnum, (target_day, visitnum)) as visitnum,
        arg_max(visit, (target_day, visitnum)) as visit
    from schedule

),

standings as (

    select unnest([
        'done', 'due', 'overdue', 'missed', 'not yet due', 'died', 'withdrawn', 'lost', 'not known'
    ]) as standing,
    unnest(generate_series(1, 9)) as place

),

stands as (

    select
        participants.usubjid,
        included_from,
        case
            when is_done then 'done'
            when visits.status = 'upcoming' then 'not yet due'
            when visits.status = 'not due' then ended_by
            when visits.status in ('due', 'overdue', 'missed') then visits.status
            else 'not known'
        end as standing
    from participants
    left join visits
        on participants.usubjid = visits.usubjid
        and visits.visitnum = (select visitnum from last_visit)
    where is_included and ($cohort is null or participants.cohort = $cohort)

)

select
    place::integer as place,
    standing,
    count(usubjid)::integer as n,
    (sum(n) over ())::integer as n_included,
    100.0 * n / nullif(n_included, 0) as pct,
    any_value((select visit from last_visit)) as visit,
    any_value((select visitnum from last_visit)) as visitnum,
    string_agg(usubjid, ', ' order by included_from, usubjid) as patients
from standings
left join stands using (standing)
group by place, standing
order by place
