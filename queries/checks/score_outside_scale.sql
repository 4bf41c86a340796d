-- A score of the clinical scale is one that the scale has
--
-- why: the score is mistyped, or belongs to another scale
-- severity: major
-- needs: rs, clinical_scale
-- grain: one row per score that the scale does not have (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('rs', null, rsdtc, rscat) as record,
    string_agg(distinct format('Score {:g}', rsstresn), ' and ') as finding
from rs
where
    rsstresn not in (select score from clinical_scale)
    and exists (select score from clinical_scale)
group by usubjid, record
