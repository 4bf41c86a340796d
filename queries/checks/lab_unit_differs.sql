-- A laboratory test has one unit, whoever the patient
--
-- why: values in two units stand on one axis as if they were the same
-- severity: major
-- needs: lb.lbstresu
-- grain: one row per patient and test with another unit than the usual one (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

with results as (

    select usubjid, upper(lbtestcd) as test, lower(replace(lbstresu, ' ', '')) as unit
    from lb
    where lbstresu is not null

),

usual as (

    select test, mode(unit order by unit) as usual_unit
    from results
    group by test

)

select
    usubjid,
    format('lb {} in {}', test, unit) as record,
    format('{} in {}, where most results are in {}', test, unit, any_value(usual_unit)) as finding
from results
join usual using (test)
where unit <> usual_unit
group by usubjid, test, unit
