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
    case
        when participants.usubjid is null then 'of nobody who is in dm'
        when not is_included then 'of somebody who is not included'
        else 'starts after the cut'
    end as reason
from ae
left join participants using (usubjid)
where
    (not coalesce(is_included, false) or dtc_from(aestdtc) > $cut_on)
    and ($cohort is null or coalesce(cohort = $cohort, true))
order by record
