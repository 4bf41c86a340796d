-- Nothing is measured, and no support begins, after the day of death
--
-- why: one of the two dates is wrong, or the record belongs to somebody else
-- severity: major
-- grain: one row per measurement or support after death (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

with measured as (

    select
        usubjid,
        record_of('vs', null, vsdtc, vstestcd) as record,
        vstestcd as what,
        vsdtc as dtc
    from vs
    union all
    select usubjid, record_of('lb', null, lbdtc, lbtestcd), lbtestcd, lbdtc from lb
    union all
    select usubjid, record_of('pr', null, prstdtc, prtrt), prtrt, prstdtc from pr

)

select
    usubjid,
    record,
    format(
        '{} on {}, after the death by {}', any_value(what), min(dtc), any_value(left_to)::varchar
    ) as finding
from measured
join participants using (usubjid)
where is_dead and dtc_from(dtc) > left_to
group by usubjid, record
