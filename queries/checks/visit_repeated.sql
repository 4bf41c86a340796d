-- A visit of the schedule takes place once
--
-- why: which of the dates stands decides whether the visit was in its window
-- severity: minor
-- needs: schedule
-- grain: one row per visit of the schedule with dates that cannot be one (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('sv', visitnum, null, null) as record,
    'Done on ' || string_agg(distinct svstdtc, ' and ' order by svstdtc) as finding
from sv
join schedule using (visitnum)
where not is_left_out(svoccur)
group by usubjid, visitnum
having max(dtc_from(svstdtc)) > min(dtc_to(svstdtc))
