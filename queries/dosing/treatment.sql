-- How long was each patient treated?
--
-- grain: one row per included patient (usubjid)
-- params: $cut_on, $cohort
-- columns:
--   usubjid        unique subject identifier
--   cohort         group at inclusion
--   n_records      records of exposure by the cut
--   n_perhaps      records that do not say whether it was given: they are in days_at_most alone
--   treatments     names of the treatment as exported
--   doses          doses with their units, as exported
--   first_from     first day on which treatment can have begun
--   last_to        last day by the cut on which it can have gone on
--   n_open         records without an end
--   n_undated      records without a start
--   days_at_least  fewest days from the first to the last day of treatment, both counted, that the
--                  dates allow; 0 without a record
--   days_at_most   the most days that they allow; null if a record has no start
--   days_treated   that number of days, where both agree; null where partial dates, or a missing
--                  end, leave it open
--
-- A period without an end goes on until the next one, until the patient left, or until the cut.

with exposure as (

    select
        usubjid,
        took_place(exoccur, exreasoc) as is_given,
        extrt,
        format('{:g} {}', exdose, exdosu) as dose,
        exendtc is null as is_open,
        dtc_from(exstdtc) as started_from,
        dtc_to(exstdtc) as started_to,
        dtc_from(exendtc) as end_from,
        dtc_to(exendtc) as end_to,
        left_to
    from ex
    join participants using (usubjid)
    where not is_left_out(exoccur) and coalesce(started_from <= $cut_on, true)

),

courses as (

    select
        usubjid,
        is_given,
        extrt,
        dose,
        is_open,
        started_from,
        started_to,
        lead(started_to) over (partition by usubjid order by started_from) as next_to,
        least(coalesce(end_from, started_from), $cut_on) as ended_from,
        least(coalesce(end_to, next_to, left_to, $cut_on), $cut_on) as ended_to
    from exposure

),

periods as (

    select
        usubjid,
        count(*) filter (where is_given)::integer as n_records,
        count(*) filter (where is_given is null)::integer as n_perhaps,
        array_to_string(
            list_sort(list_distinct(list(extrt) filter (where is_given and extrt is not null))),
            ', '
        ) as treatments,
        array_to_string(
            list_sort(list_distinct(list(dose) filter (where is_given and dose is not null))),
            ', '
        ) as doses,
        min(started_from) as first_from,
        max(ended_to) filter (where started_from is not null) as last_to,
        count(*) filter (where is_open)::integer as n_open,
        count(*) filter (where started_from is null)::integer as n_undated,
        greatest(
            max(ended_from) filter (where is_given and started_from is not null)
            - min(started_to) filter (where is_given) + 1,
            sign(n_records)
        )::integer as fewest,
        if(n_undated = 0, greatest(last_to - first_from + 1, fewest), null)::integer as most
    from courses
    group by usubjid

)

select
    usubjid,
    cohort,
    coalesce(n_records, 0) as n_records,
    coalesce(n_perhaps, 0) as n_perhaps,
    treatments,
    doses,
    first_from,
    last_to,
    coalesce(n_open, 0) as n_open,
    coalesce(n_undated, 0) as n_undated,
    coalesce(fewest, 0) as days_at_least,
    if(periods.n_records is null, 0, most) as days_at_most,
    if(days_at_least = days_at_most, days_at_least, null) as days_treated
from participants
left join periods using (usubjid)
where is_included and ($cohort is null or cohort = $cohort)
order by cohort, days_at_least desc, days_at_most desc nulls last, usubjid
