-- The visits of the schedule take place in its order
--
-- why: one of the dates, or the number of the visit, is wrong
-- severity: major
-- needs: schedule
-- grain: one row per visit dated before one that the schedule puts earlier (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

with done as (

    select usubjid, visitnum, target_day, schedule.visit, svstdtc
    from sv
    join schedule using (visitnum)
    where not is_left_out(svoccur)

)

select
    later.usubjid,
    record_of('sv', later.visitnum, null, null) as record,
    format(
        '{} on {}, before {} on {}',
        any_value(later.visit),
        min(later.svstdtc),
        arg_max(earlier.visit, earlier.target_day),
        arg_max(earlier.svstdtc, earlier.target_day)
    ) as finding
from done as later
join done as earlier
    on earlier.usubjid = later.usubjid
    and earlier.target_day < later.target_day
    and dtc_from(earlier.svstdtc) > dtc_to(later.svstdtc)
group by later.usubjid, later.visitnum
