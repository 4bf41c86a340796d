-- The worst score of the scale, death, is given to the dead and to no other
--
-- why: the score or the death is wrong, and both are outcomes
-- severity: major
-- needs: rs, clinical_scale
-- grain: one row per score that contradicts the death (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

select
    usubjid,
    record_of('rs', null, rsdtc, rscat) as record,
    format('{} on {}', string_agg(distinct label, ' and '), any_value(rsdtc))
    || coalesce(', death on ' || any_value(left_to), ', and no death is recorded') as finding
from rs
join clinical_scale on rsstresn = score
join participants using (usubjid)
where
    if(
        lower(label) in ('dead', 'death', 'died'),
        not is_dead or dtc_to(rsdtc) < left_from,
        is_dead and dtc_from(rsdtc) > left_to
    )
    and exists (select label from clinical_scale where lower(label) in ('dead', 'death', 'died'))
group by usubjid, record
