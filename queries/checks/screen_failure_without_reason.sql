-- Every screen failure has its reason
--
-- why: the board reads the reasons of screen failure, and this person has none
-- severity: minor
-- params: $disposition_screen_failed
-- grain: one row per screen failure without a criterion or a reason in words (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    'ds' as record,
    'Failed screening, and no reason is recorded' as finding
from participants
where
    status = 'screen failed'
    and usubjid not in (select usubjid from ie)
    and usubjid not in (
        select usubjid
        from ds
        where
            list_contains($disposition_screen_failed, upper(dsdecod))
            and not list_contains($disposition_screen_failed, upper(dsterm))
    )
