-- A visit with the name of one of the schedule has its number
--
-- why: a visit is known by its number, so that this one is overdue however well it was made
-- severity: critical
-- needs: schedule
-- grain: one row per record of a visit whose name and number differ (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('sv', sv.visitnum, svstdtc, sv.visit) as record,
    format(
        '{} has the number {}, in the schedule {}',
        any_value(sv.visit),
        coalesce(regexp_replace(any_value(sv.visitnum)::varchar, '\.0$', ''), 'none'),
        regexp_replace(any_value(schedule.visitnum)::varchar, '\.0$', '')
    ) as finding
from sv
join schedule on lower(trim(schedule.visit)) = lower(trim(sv.visit))
where sv.visitnum is distinct from schedule.visitnum
group by usubjid, record
