-- Two episodes of the same support do not overlap
--
-- why: the days of support are counted twice, and when it began is in doubt
-- severity: major
-- needs: pr.prendtc
-- grain: one row per episode begun before an earlier one of its kind ended (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

with episodes as (

    select *, row_number() over (order by dtc_from(prstdtc), prstdtc, prendtc) as place
    from pr

)

select
    later.usubjid,
    record_of('pr', null, later.prstdtc, later.prtrt) as record,
    min(format(
        '{} since {}, and another from {} to {}',
        lower(later.prtrt),
        later.prstdtc,
        earlier.prstdtc,
        earlier.prendtc
    )) as finding
from episodes as later
join episodes as earlier
    on earlier.usubjid = later.usubjid
    and upper(earlier.prtrt) = upper(later.prtrt)
    and earlier.place < later.place
    -- On one day an episode may end and the next begin, unless the times say otherwise.
    and is_before(later.prstdtc, earlier.prendtc)
    and not coalesce(is_before(later.prendtc, earlier.prstdtc), false)
group by later.usubjid, record
