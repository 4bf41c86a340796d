-- Inclusion, and every way of leaving, has one date
--
-- why: which of the two dates stands decides on the study days of everything else
-- severity: major
-- params: $disposition_completed, $disposition_died, $disposition_included, $disposition_lost,
--         $disposition_screen_failed, $disposition_withdrawn
-- grain: one row per milestone with dates that cannot be one (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ds', null, null, upper(dsdecod)) as record,
    'Dated ' || string_agg(distinct dsstdtc, ' and ' order by dsstdtc) as finding
from ds
where
    list_contains($disposition_included, upper(dsdecod))
    or (
        list_contains(
            $disposition_screen_failed || $disposition_completed || $disposition_died
            || $disposition_lost || $disposition_withdrawn,
            upper(dsdecod)
        )
        -- Each epoch is completed on a day of its own, and the treatment may end before the trial.
        and may_end_the_trial(
            dscat, dsscat, epoch, list_contains($disposition_completed, upper(dsdecod))
        )
    )
group by usubjid, record
having max(dtc_from(dsstdtc)) > min(dtc_to(dsstdtc))
