-- Which headline numbers changed since the other cut, and which records made the difference?
--
-- grain: one row per headline number (name)
-- compares: today/headline
-- reads: changes/behind
-- all groups: the answers that are compared are those of the group
-- columns:
--   place       order of the number on the page
--   topic       recruitment, dosing, safety or follow-up
--   name        headline number
--   label       its name, and that it is of all groups although one is chosen
--   before      the number in the other cut
--   after       the number in this cut
--   difference  after - before
--   n_come      records that count now and did not before
--   n_gone      records that counted before and do not now
--   unit        people, infusions, events, visits or outcome days
--   come        those records, with what they say
--   gone        those records, with what they said

with moved as (

    select
        name,
        count(*) filter (where moved = 'come') as n_come,
        count(*) filter (where moved = 'gone') as n_gone,
        string_agg(concat_ws(' ', usubjid, record) || ': ' || detail, '; ' order by usubjid, record)
            filter (where moved = 'come') as come,
        string_agg(concat_ws(' ', usubjid, record) || ': ' || detail, '; ' order by usubjid, record)
            filter (where moved = 'gone') as gone
    from changes_behind
    group by name

)

select
    now_headline.place,
    now_headline.topic,
    now_headline.name,
    now_headline.name || if(now_headline.is_of_all_groups, ' (all groups)', '') as label,
    before_headline.n as before,
    now_headline.n as after,
    now_headline.n - before_headline.n as difference,
    coalesce(n_come, 0)::integer as n_come,
    coalesce(n_gone, 0)::integer as n_gone,
    now_headline.unit,
    come,
    gone
from now_headline
join before_headline using (name)
left join moved using (name)
order by now_headline.place
