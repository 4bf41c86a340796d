-- Which secondary outcomes can the export feed, and which can it not?
--
-- grain: one row per secondary outcome of protocol.toml (measure)
-- all groups: an export holds everybody
-- columns:
--   measure    the outcome, in the words of protocol.toml
--   until_day  study day to which it is measured; null if not set
--   fed_by     tables of the contract that hold what is needed; null if none does
--   lacking    those of them that the export lacks
--   is_fed     whether the export has them all
--   where_to   where it stands, or why it cannot

select
    measure,
    until_day,
    nullif(array_to_string(fed_by, ', '), '') as fed_by,
    nullif(array_to_string(list_intersect(fed_by, list_value_absent), ', '), '') as lacking,
    len(fed_by) > 0 and lacking is null as is_fed,
    case
        when len(fed_by) = 0 then 'no table of the data contract holds it'
        when lacking is not null then 'the export lacks ' || lacking
        when fed_by = ['rs'] then 'Outcomes: the clinical scale by day'
        when fed_by = ['pr'] then 'Outcomes: days with support'
        when list_contains(fed_by, 'ae') then 'Adverse events and Safety counts'
        else 'exported, and not drawn on this page'
    end as where_to
from secondary_outcomes
cross join (
    select coalesce(list(table_name), []) as list_value_absent
    from absent
    where column_name is null
) as lacks
order by is_fed desc, until_day nulls last, measure
