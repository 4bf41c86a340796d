-- Which infusions are to be given this week, and which should have been given already?
--
-- grain: one row per infusion due or overdue, or perhaps so, or that opens within 7 days
--     (usubjid, infusion)
-- params: $cut_on, $cohort
-- columns:
--   usubjid       unique subject identifier
--   cohort        group at inclusion
--   infusion      number of the infusion
--   status        overdue, due, unknown (it may be due) or upcoming
--   reason        why that is not known
--   opens_on      first day of its window
--   closes_on     last day of its window; null if protocol.toml sets none
--   days_left     days from the cut to closes_on; negative if overdue
--   is_projected  whether the window takes the infusion before it to be given as early as can be
--   given_before  when the infusion before it was given, as collected
--   donor         donor of the first infusion, from whom this one should come
--   held_by       events since the infusion before it for which the treatment was interrupted or
--                 withdrawn, as aeacn says

with holding as (

    select
        adverse_events.usubjid,
        string_agg(
            lower(aeacn) || ' for ' || term || coalesce(', grade ' || grade, ''),
            '; ' order by started_from, term
        ) as held_by
    from adverse_events
    left join (
        select usubjid, max(given_from) as last_given_from
        from infusions
        where is_given
        group by usubjid
    ) as latest using (usubjid)
    where
        upper(aeacn) in ('DRUG INTERRUPTED', 'DRUG WITHDRAWN')
        and coalesce(begun_by >= last_given_from, true)
    group by adverse_events.usubjid

)

select
    infusions.usubjid,
    infusions.cohort,
    infusions.infusion,
    infusions.status,
    infusions.reason,
    infusions.opens_on,
    infusions.closes_on,
    infusions.days_left,
    infusions.is_projected,
    arg_max_null(earlier.given_dtc, earlier.infusion) as given_before,
    arg_min_null(earlier.donor, earlier.infusion) as donor,
    any_value(held_by) as held_by
from infusions
join participants using (usubjid)
left join holding on infusions.usubjid = holding.usubjid
left join infusions as earlier
    on infusions.usubjid = earlier.usubjid
    and earlier.is_given
    and earlier.infusion < infusions.infusion
where
    (
        infusions.status in ('due', 'overdue')
        or infusions.status = 'upcoming' and infusions.opens_on <= $cut_on + 7
        or (
            infusions.status = 'unknown'
            and not infusions.is_given
            and participants.status in ('on treatment', 'in follow-up')
        )
    )
    and ($cohort is null or infusions.cohort = $cohort)
group by
    infusions.usubjid,
    infusions.cohort,
    infusions.infusion,
    infusions.status,
    infusions.reason,
    infusions.opens_on,
    infusions.closes_on,
    infusions.days_left,
    infusions.is_projected
order by
    list_position(['overdue', 'due', 'unknown', 'upcoming'], infusions.status),
    days_left nulls last,
    infusions.usubjid,
    infusions.infusion
