-- What is everybody called where the site's own numbers must not be seen?
--
-- grain: one row per person on record (usubjid)
-- all groups: a label must not depend on the group that is looked at
-- columns:
--   usubjid  unique subject identifier
--   label    P01, P02 ... for the patients included, in the order of inclusion; S01 ... for the
--            others in dm, by consent; X01 ... for those on record without a row in dm

with everybody as (

    select
        usubjid,
        if(is_included, 'P', 'S') as kind,
        if(is_included, included_from, dtc_from(consent_dtc)) as since_on
    from participants
    union all
    select usubjid, 'X', null
    from (
        select usubjid from ds
        union
        select usubjid from ex
        union
        select usubjid from ae
        union
        select usubjid from sv
    )
    where usubjid not in (select usubjid from dm)

),

placed as (

    select
        usubjid,
        kind,
        row_number() over (partition by kind order by since_on nulls last, usubjid) as place,
        count(*) over () as n_people
    from everybody

)

select
    usubjid,
    kind || lpad(place::varchar, greatest(2, length(n_people::varchar))::integer, '0') as label
from placed
order by usubjid
