-- Whether somebody died is said in the words that are read
--
-- why: a death in other words is counted nowhere
-- severity: critical
-- grain: one row per record that speaks of death, or flags it, in other words (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at
--
-- A day of death may be known in part, or be no date; but a word in its place says neither that
-- somebody died nor that nobody did.

with words as (

    select
        usubjid,
        'death' as record,
        unnest(['dthfl', 'dthdtc']) as name,
        unnest([dthfl, dthdtc]) as value,
        unnest([
            not list_contains(['Y', 'N', 'YES', 'NO'], upper(dthfl)),
            not is_said_dead(dthdtc, dthfl) and dthdtc is not null
        ]) as is_another
    from dm
    union all
    select
        usubjid,
        record_of('ss', null, ssdtc, null),
        'ssstresc',
        ssstresc,
        not list_contains(['ALIVE', 'DEAD', 'UNKNOWN'], upper(ssstresc))
    from ss
    union all
    select
        usubjid,
        record_of('ae', aeseq, aestdtc, aeterm),
        unnest(['aesdth', 'aeout']),
        unnest([aesdth, aeout]),
        unnest([
            not list_contains(['Y', 'N', 'YES', 'NO', 'U', 'UNKNOWN'], upper(aesdth)),
            upper(aeout) <> 'FATAL'
            and regexp_matches(aeout, 'death|dead|died|deceas|fatal|lethal', 'i')
        ])
    from ae

)

select
    usubjid,
    record,
    'Not read as a death, nor as none: '
    || string_agg(distinct said, ', ' order by said) as finding
from (select *, format('{} "{}"', name, value) as said from words)
where is_another
group by usubjid, record
