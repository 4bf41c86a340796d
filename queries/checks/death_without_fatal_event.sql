-- Every death of an included patient has the event that led to it
--
-- why: a death is a serious adverse event, to be assessed and reported as one
-- severity: critical
-- needs: ae.aesdth or ae.aeout or ae.aetoxgr
-- grain: one row per death without a fatal event (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    'death' as record,
    concat_ws(' ', 'Died', 'on ' || died_on) || ', and no event is fatal' as finding
from participants
where
    is_included
    and is_dead
    and usubjid not in (
        select usubjid
        from ae
        where is_yes(aesdth) or upper(aeout) = 'FATAL' or grade_of(aetoxgr) = 5
    )
    -- With none of these columns, any event may be the one.
    and (
        select count(*)
        from absent
        where table_name = 'ae' and column_name in ('aesdth', 'aeout', 'aetoxgr')
    ) < 3
