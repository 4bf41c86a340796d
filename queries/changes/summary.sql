-- How much changed since the other cut, and did anything vanish?
--
-- grain: one row
-- reads: changes/numbers, changes/rows, changes/facts
-- all groups: the answers that are read are those of the group
-- columns:
--   n_numbers       headline numbers
--   n_moved         headline numbers with a record more or less behind them
--   n_added         records of this cut that the other did not hold
--   n_changed       records of both that are not the same in both
--   n_values        values that are not the same in both, of the records in both
--   n_removed       records of the other cut that this one does not hold
--   n_people        people of whom a record was added, changed or removed
--   n_facts         derived facts that changed
--   n_after_sae     derived facts that changed, of an event that the other cut held as serious

with records as (

    select
        table_name,
        usubjid,
        record,
        any_value(change) as change,
        count(*) as n_values
    from changes_rows
    group by table_name, usubjid, record

)

select
    (select count(*) from changes_numbers)::integer as n_numbers,
    (select count(*) from changes_numbers where n_come + n_gone > 0)::integer as n_moved,
    (count(*) filter (where change = 'added'))::integer as n_added,
    (count(*) filter (where change = 'changed'))::integer as n_changed,
    coalesce(sum(n_values) filter (where change = 'changed'), 0)::integer as n_values,
    (count(*) filter (where change = 'removed'))::integer as n_removed,
    count(distinct usubjid)::integer as n_people,
    (select count(*) from changes_facts)::integer as n_facts,
    (select count(*) from changes_facts where is_after_sae)::integer as n_after_sae
from records
