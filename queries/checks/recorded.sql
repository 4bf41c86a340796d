-- Since which cut has each finding been open, and with which was it gone?
--
-- grain: one row per spell: a run of usable cuts up to this one that hold the finding
--     (rule, usubjid, record, open_since)
-- params: $cut_on
-- over: every cut
-- all groups: a finding keeps its history when a person changes group
-- columns:
--   rule        the rule, as it should hold
--   severity    critical, major or minor
--   usubjid     unique subject identifier
--   record      the record of the export that is meant, named alike in every cut
--   finding     what the site should look at, as the last cut of the spell said it
--   open_since  first cut that held it
--   is_first    whether that is the first usable cut there is: it may be older
--   gone_with   first cut that held it no more; null if it is open
--   n_cuts      cuts that held it

with usable as (

    select
        cut,
        row_number() over (order by cut) as nth,
        lead(cut) over (order by cut) as next_cut
    from cuts
    where refused is null and cut <= $cut_on::varchar

),

spells as (

    select
        found.*,
        usable.nth,
        usable.next_cut,
        usable.nth - row_number() over (
            partition by rule, usubjid, record order by usable.nth
        ) as spell
    from found
    join usable using (cut)

)

select
    rule,
    any_value(severity) as severity,
    usubjid,
    record,
    max_by(finding, cut) as finding,
    min(cut) as open_since,
    min(nth) = 1 as is_first,
    if(bool_or(next_cut is null), null, max(next_cut)) as gone_with,
    count(*)::integer as n_cuts
from spells
group by rule, usubjid, record, spell
order by rule, usubjid, record, open_since
