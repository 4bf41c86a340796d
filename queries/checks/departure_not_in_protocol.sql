-- Whoever left the trial left for a reason that the protocol lists
--
-- why: a reason that is not listed counts as a withdrawal, or as nothing if dscat is another
-- severity: minor
-- params: $disposition_completed, $disposition_died, $disposition_eligible,
--         $disposition_included, $disposition_lost, $disposition_screen_failed,
--         $disposition_withdrawn
-- grain: one row per disposition event with another term (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ds', null, null, upper(dsdecod)) as record,
    format('"{}" is none of the reasons in protocol.toml', min(dsdecod)) as finding
from ds
where
    may_end_the_trial(dscat, dsscat, epoch, false)
    and upper(dsdecod) not in (
        select unnest(
            $disposition_screen_failed || $disposition_completed || $disposition_died
            || $disposition_lost || $disposition_withdrawn
        )
    )
    -- Without a category it may be a milestone.
    and not (
        dscat is null
        and (
            list_contains($disposition_eligible || $disposition_included, upper(dsdecod))
            or upper(dsdecod) like '%CONSENT%'
        )
    )
group by usubjid, record
