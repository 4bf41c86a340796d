-- A visit that did not take place has its reason
--
-- why: without it nobody can tell a patient who is lost from one who could not come
-- severity: minor
-- needs: sv.svoccur, sv.svreasoc
-- grain: one row per visit not done, without a reason (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('sv', visitnum, svstdtc, visit) as record,
    coalesce(any_value(visit), 'The visit') || ' was not done, and no reason is recorded' as finding
from sv
where
    is_left_out(svoccur)
    and svreasoc is null
    and 'svreasoc' not in (select column_name from absent where table_name = 'sv')
group by usubjid, record
