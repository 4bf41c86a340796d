-- What stands in every record of the export?
--
-- grain: one row per record (table_name, usubjid, record, place)
-- all groups: a person may change group between two cuts, so the questions that compare them choose
-- columns:
--   table_name  table of the contract
--   usubjid     unique subject identifier
--   cohort      group of the person in this cut; null if the person is not in dm
--   record      what the record is known by in every cut: its table and number, or its term and day
--   place       its order among the records of the person that are known by the same words
--   content     its values, as JSON
--
-- A record is known by the key of the contract, or by what names it where the contract has no key.

with records as (

    select 'dm' as table_name, usubjid, 'dm' as record, to_json(dm) as content
    from dm
    union all
    select 'ds', usubjid, concat_ws(' ', 'ds', dsdecod), to_json(ds) from ds
    union all
    select 'ex', usubjid, concat_ws(' ', 'ex', coalesce(exseq::text, exstdtc)), to_json(ex) from ex
    union all
    select 'ae', usubjid, concat_ws(' ', 'ae', coalesce(aeseq::text, aedecod)), to_json(ae) from ae
    union all
    select 'sv', usubjid, 'sv' || coalesce(format(' {:g}', visitnum), ''), to_json(sv) from sv
    union all
    select 'vs', usubjid, concat_ws(' ', 'vs', vstestcd, vsdtc), to_json(vs) from vs
    union all
    select 'ss', usubjid, concat_ws(' ', 'ss', ssdtc), to_json(ss) from ss
    union all
    select 'pr', usubjid, concat_ws(' ', 'pr', prtrt, prstdtc), to_json(pr) from pr
    union all
    select 'ie', usubjid, concat_ws(' ', 'ie', ietest), to_json(ie) from ie
    union all
    select 'dv', usubjid, concat_ws(' ', 'dv', dvterm), to_json(dv) from dv
    union all
    select 'rs', usubjid, concat_ws(' ', 'rs', rscat, rsdtc), to_json(rs) from rs
    union all
    select 'lb', usubjid, concat_ws(' ', 'lb', lbtestcd, lbdtc), to_json(lb) from lb

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
