-- Whoever left the trial left in one way
--
-- why: completed, withdrawn and lost to follow-up exclude one another, and each counts
-- severity: major
-- params: $disposition_completed, $disposition_lost, $disposition_withdrawn
-- grain: one row per person who left in two ways (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

with departures as (

    select
        usubjid,
        concat_ws(' on ', dsdecod, dsstdtc) as said,
        case
            when list_contains($disposition_completed, upper(dsdecod)) then 'completed'
            when list_contains($disposition_lost, upper(dsdecod)) then 'lost'
            when list_contains($disposition_withdrawn, upper(dsdecod)) then 'withdrawn'
        end as departure
    from ds
    where may_end_the_trial(dscat, dsscat, epoch, departure = 'completed')

)

select
    usubjid,
    'ds' as record,
    string_agg(distinct said, ', ' order by said) as finding
from departures
where departure is not null
group by usubjid
having count(distinct departure) > 1
