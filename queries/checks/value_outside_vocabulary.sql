-- Every coded value is one of its vocabulary
--
-- why: a word that no count knows is counted nowhere, or as unknown
-- severity: minor
-- grain: one row per record with a value that is none of its vocabulary (usubjid, record)
-- columns:
--   usubjid  unique subject identifier
--   record   the record of the export that is meant
--   finding  what the site should look at

with coded as (

    select
        usubjid,
        'dm' as record,
        unnest(['sex', 'dthfl']) as name,
        unnest([sex, dthfl]) as value
    from dm
    union all
    select usubjid, record_of('ex', exseq, exstdtc, exlot), 'exoccur', exoccur from ex
    union all
    select
        usubjid,
        record_of('ae', aeseq, aestdtc, aeterm),
        unnest([
            'aesdth', 'aeslife', 'aeshosp', 'aesdisab', 'aescong', 'aesmie', 'aetrtem', 'aeongo',
            'expected', 'aesev', 'aeout', 'aeenrtpt'
        ]),
        unnest([
            aesdth, aeslife, aeshosp, aesdisab, aescong, aesmie, aetrtem, aeongo,
            expected, aesev, aeout, aeenrtpt
        ])
    from ae
    union all
    select usubjid, record_of('sv', visitnum, svstdtc, visit), 'svoccur', svoccur from sv
    union all
    select usubjid, record_of('ss', null, ssdtc, null), 'ssstresc', ssstresc from ss
    union all
    select usubjid, record_of('ie', null, null, ietest), 'iecat', iecat from ie
    union all
    select usubjid, record_of('lb', null, lbdtc, lbtestcd), 'lbnrind', lbnrind from lb

)

select
    usubjid,
    record,
    string_agg(distinct said, ', ' order by said) as finding
from (select *, format('{} "{}"', name, value) as said from coded)
where
    not list_contains(
        case
            when name = 'sex' then ['M', 'F', 'U', 'UNDIFFERENTIATED', 'INTERSEX']
            when name = 'aesev' then ['MILD', 'MODERATE', 'SEVERE']
            when name = 'aeout' then [
                'FATAL', 'NOT RECOVERED/NOT RESOLVED', 'NOT RECOVERED', 'NOT RESOLVED',
                'RECOVERED/RESOLVED', 'RECOVERED', 'RESOLVED',
                'RECOVERED/RESOLVED WITH SEQUELAE', 'RECOVERING/RESOLVING', 'RECOVERING',
                'RESOLVING', 'UNKNOWN'
            ]
            when name = 'aeenrtpt'
            then ['BEFORE', 'COINCIDENT', 'AFTER', 'ONGOING', 'U', 'UNKNOWN']
            when name = 'ssstresc' then ['ALIVE', 'DEAD', 'UNKNOWN']
            when name = 'iecat' then ['INCLUSION', 'EXCLUSION']
            when name = 'lbnrind' then [
                'NORMAL', 'ABNORMAL', 'HIGH', 'LOW', 'HIGH HIGH', 'LOW LOW'
            ]
            -- Whether an infusion was given, the site can find out, so it is told.
            when name = 'exoccur' then ['Y', 'N', 'YES', 'NO']
            else ['Y', 'N', 'YES', 'NO', 'U']
        end,
        upper(value)
    )
group by usubjid, record
