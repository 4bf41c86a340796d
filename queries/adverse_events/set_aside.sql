-- Which adverse events of the export are not counted, and why?
--
-- grain: one row per record that is set aside (record)
-- params: $cut_on, $cohort
-- columns:
--   record   number of the row here
--   usubjid  unique subject identifier
--   aeseq    number of the event, as exported
--   aeterm   the event as reported
--   aestdtc  start, as collected
--   reason   why it is not counted

select
    (row_number() over (order by ae.usubjid, ae.aeseq, ae.aestdtc, ae.aeterm))::integer as record,
    ae.usubjid,
    ae.aeseq,
    ae.aeterm,
    ae.aestdtc,
    out_of_sight(is_included, cohort, null, dtc_from(aestdtc), $cut_on) as reason
from ae
left join participants using (usubjid)
where reason is not null and ($cohort is null or coalesce(cohort = $cohort, true))
order by record
