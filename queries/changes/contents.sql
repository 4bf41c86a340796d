-- What stands in every record of the export?
--
-- grain: one row per record (table_name, usubjid, record, place)
-- all groups: a person may change group between two cuts, so the questions that compare them choose
-- columns:
--   table_name  table of the contract
--   usubjid     unique subject identifier
--   cohort      group of the person in this cut; null if the person is not in dm
--   record      what the record is called in every cut, as the checks call it: its table and
--               number, or what it is and its day
--   place       its order among the records of the person that are known by the same words
--   content     its values, as JSON
--
-- A record is known by the key of the contract, or by what names it where the contract has no key.

with records as (

    select 'dm' as table_name, usubjid, 'dm' as record, to_json(dm) as content
    from dm
    union all
    select 'ds', usubjid, record_of('ds', null, null, upper(dsdecod)), to_json(ds) from ds
    union all
    select 'ex', usubjid, record_of('ex', exseq, exstdtc, exlot), to_json(ex) from ex
    union all
    select 'ae', usubjid, record_of('ae', aeseq, aestdtc, aeterm), to_json(ae) from ae
    union all
    select 'sv', usubjid, record_of('sv', visitnum, svstdtc, visit), to_json(sv) from sv
    union all
    select 'vs', usubjid, record_of('vs', null, vsdtc, vstestcd), to_json(vs) from vs
    union all
    select 'ss', usubjid, record_of('ss', null, ssdtc, null), to_json(ss) from ss
    union all
    select 'pr', usubjid, record_of('pr', null, prstdtc, prtrt), to_json(pr) from pr
    union all
    select 'ie', usubjid, record_of('ie', null, null, ietest), to_json(ie) from ie
    union all
    select 'dv', usubjid, record_of('dv', null, dvstdtc, dvterm), to_json(dv) from dv
    union all
    select 'rs', usubjid, record_of('rs', null, rsdtc, rscat), to_json(rs) from rs
    union all
    select 'lb', usubjid, record_of('lb', null, lbdtc, lbtestcd), to_json(lb) from lb

)

select
    table_name,
    usubjid,
    cohort,
    record,
    row_number() over (partition by table_name, usubjid, record order by content::varchar) as place,
    content::varchar as content
from records
left join participants using (usubjid)
order by table_name, usubjid, record, place
