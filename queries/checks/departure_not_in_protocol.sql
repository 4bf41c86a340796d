-- Whoever left the trial left for a reason that the protocol lists
--
-- why: a reason that is not listed is counted as a withdrawal
-- severity: minor
-- needs: ds.dscat
-- params: $disposition_completed, $disposition_died, $disposition_lost,
--         $disposition_screen_failed, $disposition_withdrawn
-- grain: one row per disposition event with another term (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    'ds ' || dsdecod as record,
    format('"{}" is none of the reasons in protocol.toml', dsdecod) as finding
from ds
where
    upper(dscat) = 'DISPOSITION EVENT'
    and upper(dsdecod) not in (
        select unnest(
            $disposition_screen_failed || $disposition_completed || $disposition_died
            || $disposition_lost || $disposition_withdrawn
        )
    )
group by usubjid, dsdecod
