-- A serious event has the criterion that makes it serious
--
-- why: seriousness is defined by its criteria (ICH E2A), and they set the reporting clock
-- severity: major
-- needs: ae.aeser, ae.aesdth, ae.aeslife, ae.aeshosp, ae.aesdisab, ae.aesmie
-- params: $adverse_events_serious
-- grain: one row per serious event without a criterion (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ae', aeseq, aestdtc, aeterm) as record,
    min(coalesce(aedecod, aeterm, 'An event')) || ' is serious, by no criterion' as finding
from ae
where
    list_contains($adverse_events_serious, upper(aeser))
    and not coalesce(is_yes(aesdth), false)
    and not coalesce(is_yes(aeslife), false)
    and not coalesce(is_yes(aeshosp), false)
    and not coalesce(is_yes(aesdisab), false)
    and not coalesce(is_yes(aescong), false)
    and not coalesce(is_yes(aesmie), false)
    -- Without one of these columns the criterion may be the one that was not exported.
    and not exists (
        select 1
        from absent
        where
            table_name = 'ae'
            and column_name in ('aesdth', 'aeslife', 'aeshosp', 'aesdisab', 'aesmie')
    )
group by usubjid, record
