-- Whoever is included met every eligibility criterion
--
-- why: the patient may be exposed to a risk that the protocol excludes
-- severity: critical
-- needs: ie
-- grain: one row per criterion that an included person did not meet (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('ie', null, null, ietest) as record,
    'Included, and not met: ' || coalesce(any_value(lower(iecat)) || ' criterion ', '') || ietest
        as finding
from participants
join ie using (usubjid)
where is_included
group by usubjid, ietest
