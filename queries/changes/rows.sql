-- Which records were added, changed or removed since the other cut?
--
-- grain: one row per changed value, and per record added or removed
--     (table_name, usubjid, record, column_name)
-- params: $cohort
-- reads: changes/pairs, changes/delivered
-- columns:
--   table_name   table of the contract
--   usubjid      unique subject identifier
--   record       what the record is known by in every cut
--   change       removed, changed or added
--   column_name  column that changed; - for a whole record
--   before       its value in the other cut; the record's values for one that was removed
--   after        its value in this cut; the record's values for one that was added
--   because      no longer delivered, or delivered for the first time, if that holds for the whole
--                column or table; null for what happened to this record alone
--
-- With a group chosen, the records of whoever is or was in it count.

-- A number is compared as such, and a whole one written without decimals.
with cells as (

    select
        table_name,
        usubjid,
        record,
        change,
        unnest(json_keys(coalesce(after_content, before_content))) as cell,
        if(
            json_type(before_content, cell) = 'DOUBLE',
            regexp_replace(before_content ->> cell, '\.0$', ''),
            before_content ->> cell
        ) as before,
        if(
            json_type(after_content, cell) = 'DOUBLE',
            regexp_replace(after_content ->> cell, '\.0$', ''),
            after_content ->> cell
        ) as after
    from changes_pairs
    where
        change <> 'same'
        and ($cohort is null or before_cohort = $cohort or after_cohort = $cohort)

),

changes as (

    select
        *,
        if(change = 'changed', cell, '-') as column_name,
        if(change = 'changed', '', cell || ' ') as label
    from cells
    where before is distinct from after

)

select
    table_name,
    usubjid,
    record,
    changes.change,
    column_name,
    string_agg(label || before, '; ' order by cell) filter (where cell <> 'usubjid') as before,
    string_agg(label || after, '; ' order by cell) filter (where cell <> 'usubjid') as after,
    any_value(changes_delivered.change) as because
from changes
left join changes_delivered
    on changes_delivered.name in (table_name, table_name || '.' || column_name)
group by table_name, usubjid, record, changes.change, column_name
order by
    changes.change = 'added',
    changes.change = 'changed',
    table_name,
    usubjid,
    record,
    column_name
