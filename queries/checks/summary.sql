-- How many findings are open, how many came and went since the other cut, and is all checked?
--
-- grain: one row
-- reads: checks/checkable, checks/compared
-- all groups: the findings that are read are those of the group
-- columns:
--   n_open           findings of this cut
--   n_critical       findings of this cut that break a critical rule
--   n_major          findings of this cut that break a major rule
--   n_minor          findings of this cut that break a minor rule
--   n_people         people whom the findings of this cut are about
--   n_new            findings of this cut that the other cut did not hold
--   n_persisting     findings of this cut that the other cut held
--   n_resolved       findings of the other cut whose record breaks the rule no more
--   n_gone           findings of the other cut of which nobody can tell any more
--   n_was_open       findings of the other cut
--   n_was_critical   findings of the other cut that broke a critical rule
--   n_was_major      findings of the other cut that broke a major rule
--   n_was_minor      findings of the other cut that broke a minor rule
--   n_rules          rules
--   n_unchecked      rules that cannot be checked in this cut
--   n_was_unchecked  rules that could not be checked in the other cut

with findings as (

    select
        count(*) filter (where is_open)::integer as n_open,
        count(*) filter (where is_open and severity = 'critical')::integer as n_critical,
        count(*) filter (where is_open and severity = 'major')::integer as n_major,
        count(*) filter (where is_open and severity = 'minor')::integer as n_minor,
        count(distinct usubjid) filter (where is_open)::integer as n_people,
        count(*) filter (where state = 'new')::integer as n_new,
        count(*) filter (where state = 'persisting')::integer as n_persisting,
        count(*) filter (where state = 'resolved')::integer as n_resolved,
        count(*) filter (where state = 'gone')::integer as n_gone,
        count(*) filter (where was_open)::integer as n_was_open,
        count(*) filter (where was_open and severity = 'critical')::integer as n_was_critical,
        count(*) filter (where was_open and severity = 'major')::integer as n_was_major,
        count(*) filter (where was_open and severity = 'minor')::integer as n_was_minor
    from checks_compared

),

rules as (

    select
        count(*)::integer as n_rules,
        count(*) filter (where reason is not null and not is_broken)::integer as n_unchecked,
        count(*) filter (where reason_was is not null and not was_broken)::integer
            as n_was_unchecked,
        bool_or(has_before) as has_before
    from (
        select
            *,
            "check" in (select "check" from checks_compared where is_open) as is_broken,
            "check" in (select "check" from checks_compared where was_open) as was_broken
        from checks_checkable
    )

)

select
    n_open,
    n_critical,
    n_major,
    n_minor,
    n_people,
    if(has_before, n_new, null) as n_new,
    if(has_before, n_persisting, null) as n_persisting,
    if(has_before, n_resolved, null) as n_resolved,
    if(has_before, n_gone, null) as n_gone,
    if(has_before, n_was_open, null) as n_was_open,
    if(has_before, n_was_critical, null) as n_was_critical,
    if(has_before, n_was_major, null) as n_was_major,
    if(has_before, n_was_minor, null) as n_was_minor,
    n_rules,
    n_unchecked,
    if(has_before, n_was_unchecked, null) as n_was_unchecked
from findings, rules
