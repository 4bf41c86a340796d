-- Of whom, and in which tables, were records added, changed or removed since the other cut?
--
-- grain: one row per person and table with a record that is not the same (usubjid, table_name)
-- reads: changes/rows
-- all groups: the rows that are read are those of the group
-- columns:
--   usubjid     unique subject identifier
--   table_name  table of the contract
--   n_added     records of this cut that the other did not hold
--   n_changed   records of both that are not the same in both
--   n_removed   records of the other cut that this one does not hold

select
    usubjid,
    table_name,
    count(distinct if(change = 'added', record, null))::integer as n_added,
    count(distinct if(change = 'changed', record, null))::integer as n_changed,
    count(distinct if(change = 'removed', record, null))::integer as n_removed
from changes_rows
group by usubjid, table_name
order by usubjid, table_name
