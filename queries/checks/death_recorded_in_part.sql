-- A death stands in dm and in ds
--
-- why: half recorded, a death is easily missed, or was never one
-- severity: major
-- needs: dm.dthdtc or dm.dthfl
-- params: $disposition_died
-- grain: one row per death that dm or ds does not know (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

with places as (

    select
        usubjid,
        -- Null if dm cannot know.
        if(
            (
                select count(*)
                from absent
                where table_name = 'dm' and column_name in ('dthdtc', 'dthfl')
            ) = 2,
            null,
            is_said_dead(dthdtc, dthfl)
        ) as is_in_dm,
        usubjid in (
            select usubjid from ds where list_contains($disposition_died, upper(dsdecod))
        ) as is_in_ds,
        usubjid in (select usubjid from ss where upper(ssstresc) = 'DEAD') as is_in_ss
    from dm

)

select
    usubjid,
    'death' as record,
    format(
        'Dead in {}, not in {}',
        concat_ws(
            ' and ', if(is_in_dm, 'dm', null), if(is_in_ds, 'ds', null), if(is_in_ss, 'ss', null)
        ),
        concat_ws(' and ', if(not is_in_dm, 'dm', null), if(not is_in_ds, 'ds', null))
    ) as finding
from places
where (is_in_dm or is_in_ds or is_in_ss) and (not is_in_dm or not is_in_ds)
