-- Which record of this cut is which of the other, and is it the same?
--
-- grain: one row per record of either cut (table_name, usubjid, record)
-- compares: changes/contents
-- alone: compares with the cut before; if there is none, every record is added
-- all groups: a person may have changed group, so the questions that read this choose
-- columns:
--   table_name      table of the contract
--   usubjid         unique subject identifier
--   record          what the record is known by in every cut
--   change          same, removed, changed or added
--   before_cohort   group of the person in the other cut
--   after_cohort    group of the person in this cut
--   before_content  its values in the other cut, as JSON; null if it was not there
--   after_content   its values in this cut, as JSON; null if it is not there
--
-- A record that stands in both cuts as it is did not change, wherever it stands in its file. Of
-- those left, records known by the same words are paired by their order; and then those without a
-- number of which one of these words was put right, such as the day of an event, or a batch.

with now_copies as (

    select
        *,
        row_number() over (partition by table_name, usubjid, record, content order by place) as copy
    from now_contents

),

before_copies as (

    select
        *,
        row_number() over (partition by table_name, usubjid, record, content order by place) as copy
    from before_contents

),

now_ranked as (

    select
        now_copies.*,
        before_copies.content is not null as is_same,
        row_number() over (
            partition by now_copies.table_name, now_copies.usubjid, now_copies.record, is_same
            order by now_copies.place
        ) as nth
    from now_copies
    left join before_copies using (table_name, usubjid, record, content, copy)

),

before_ranked as (

    select
        before_copies.*,
        now_copies.content is not null as is_same,
        row_number() over (
            partition by
                before_copies.table_name, before_copies.usubjid, before_copies.record, is_same
            order by before_copies.place
        ) as nth
    from before_copies
    left join now_copies using (table_name, usubjid, record, content, copy)

),

pairs as (

    select
        table_name,
        usubjid,
        record,
        case
            when is_same then 'same'
            when before_ranked.content is null then 'added'
            when now_ranked.content is null then 'removed'
            else 'changed'
        end as change,
        before_ranked.cohort as before_cohort,
        now_ranked.cohort as after_cohort,
        before_ranked.content as before_content,
        now_ranked.content as after_content,
        row_number() over (partition by table_name, usubjid, record order by is_same desc, nth)
            as number
    from now_ranked
    full join before_ranked using (table_name, usubjid, record, is_same, nth)

),

named as (

    select
        * replace (record || if(number > 1, ' (' || number || ')', '') as record),
        coalesce(after_content, before_content) as content,
        -- What a record without a number is still known by; null for all others.
        case
            when change in ('same', 'changed') then null
            when table_name = 'ex' and (content ->> 'exseq') is null then content ->> 'exstdtc'
            when table_name = 'ae' and (content ->> 'aeseq') is null
            then coalesce(content ->> 'aedecod', content ->> 'aeterm')
            when table_name = 'sv' and (content ->> 'visitnum') is null then content ->> 'visit'
            when table_name = 'dv' then content ->> 'dvterm'
        end as kin
    from pairs

),

strays as (

    select
        *,
        row_number() over (partition by table_name, usubjid, kin, change order by record) as nth
    from named
    where kin is not null

)

select
    table_name,
    usubjid,
    record,
    change,
    before_cohort,
    after_cohort,
    before_content,
    after_content
from named
where kin is null
union all
select
    table_name,
    usubjid,
    coalesce(any_value(record) filter (where change = 'added'), any_value(record)),
    if(count(*) = 2, 'changed', any_value(change)),
    any_value(before_cohort),
    any_value(after_cohort),
    any_value(before_content),
    any_value(after_content)
from strays
group by table_name, usubjid, kin, nth
order by table_name, usubjid, record
