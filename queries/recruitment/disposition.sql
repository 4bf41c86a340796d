-- Where does everybody stand, and why did those leave who left?
--
-- grain: one row per status and reason (status, reason)
-- params: $cohort
-- columns:
--   status      in screening, screen failed, on treatment, in follow-up, completed,
--               withdrawn, lost or died
--   reason      standard term for why the person left, as exported; - for those who have not
--   n_people    people
--   n_screened  people screened

select
    status,
    coalesce(left_why, '-') as reason,
    count(*)::integer as n_people,
    (sum(n_people) over ())::integer as n_screened
from participants
where $cohort is null or cohort = $cohort
group by status, reason
order by
    list_position([
        'in screening', 'screen failed', 'on treatment', 'in follow-up', 'completed', 'withdrawn',
        'lost', 'died'
    ], status),
    n_people desc,
    reason
