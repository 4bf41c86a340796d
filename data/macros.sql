-- What every question may say about dates. A --dtc text may be partial, so it is an interval of
-- days: 2021-03 is 1 to 31 March, and a comparison that holds for part of it is null, "unknown".

-- The first day that a --dtc text can mean; null if it is missing or is no ISO 8601 date of 1900 to
-- 2099. SDTM writes a dash for each part that is not known: 2021---05 is a fifth, some time in 2021.
-- Nearly all are written as the first pattern says, which tells it in a fifth of the time. The other
-- is one for all else, as these macros stand in nearly every question and DuckDB plans each anew: it
-- leaves 2021-03-05, 2021-03- or 2021--, and of what is no date only the two dashes.
create macro dtc_from(dtc) as if(
    regexp_full_match(dtc, '(?:19|20)\d\d-\d\d-\d\d(?:T(?:[01]\d|2[0-4]):[0-5]\d)?'),
    try_cast(left(dtc, 10) as date),
    try_cast(left(
        replace(
            regexp_replace(
                dtc,
                '(?s)^(?:'
                '((?:19|20)\d\d)(?:-(\d\d)(?:-(\d\d)'
                '(?:[T ](?:(?:[01]\d|2[0-4])|-)'
                '(?::(?:[0-5]\d|-)(?::(?:(?:[0-5]\d|60)(?:[.,]\d+)?|-))?)?'
                '(?:Z|[+-]\d{2}:?\d{2})?)?'
                '|-{0,2})|-{1,4}|---(?:0[1-9]|[12]\d|3[01]))?'
                '|.*)$',
                '\1-\2-\3'
            ),
            '--', '-01-'
        ) || '01',
        10
    ) as date)
);

-- Whether a --dtc text that can be read names its month, and its day: a dash comes before a digit.
create macro names_month(dtc) as substr(dtc, 6, 1) >= '0';
create macro names_day(dtc) as least(substr(dtc, 6, 1), substr(dtc, 9, 1)) >= '0';

-- The last day that a --dtc text can mean.
create macro dtc_to(dtc) as (
    dtc_from(dtc) + case
        when names_day(dtc) then '0 days'
        when names_month(dtc) then '1 month -1 day'
        else '1 year -1 day'
    end::interval
)::date;

-- The last day that it can mean of what has come to pass by a day.
create macro dtc_by(dtc, by_on) as if(by_on between dtc_from(dtc) and dtc_to(dtc), by_on, dtc_to(dtc));

-- The day of a --dtc text; null unless it is known to the day.
create macro dtc_day(dtc) as if(names_day(dtc), dtc_from(dtc), null);

-- Whether an interval of days ends on or before a limit: true or false if that holds for the whole
-- of it, null if it holds for part of it or the interval is not known.
create macro is_by(first_day, last_day_, limit_on) as case
    when last_day_ <= limit_on then true
    when first_day > limit_on then false
end;

-- The study day. `first_day` is protocol.toml's: 0 counts day 0, 1, 2; 1 is SDTM's numbering, in
-- which day 1 follows day -1.
create macro study_day(on_day, day_zero_on, first_day) as
    on_day - day_zero_on + if(first_day = 1 and on_day >= day_zero_on, 1, 0);

-- The day that has a study day's number: the way back.
create macro on_study_day(number, day_zero_on, first_day) as
    day_zero_on + (number - if(first_day = 1 and number > 0, 1, 0))::integer;

-- The time of day of a --dtc text, with its day, null unless one was collected: in universal time if
-- it names a time zone, else as the clock on the wall said. Only what names one is like what does.
create macro has_zone(dtc) as coalesce(regexp_matches(dtc, '^.{16}[^Z+-]*[Z+-]'), false);
create macro instant_of(dtc) as if(
    regexp_full_match(left(dtc, 16), '\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}'),
    try_cast(replace(left(dtc, 16), 'T', ' ') as timestamp)
        - to_minutes(coalesce(
            try_cast(regexp_extract(dtc, '^.{16}[^Z+-]*([+-]\d{2})', 1) as integer) * 60
            + try_cast(regexp_replace(dtc, '^.{16}[^Z+-]*([+-])\d{2}:?(\d{2})$', '\1\2') as integer),
            0
        )),
    null
);

-- Whether a --dtc text surely lies before another one: by its day, or on one day by the time, if
-- both have one and neither names a time zone that the other does not.
create macro is_before(dtc, other_dtc) as
    dtc_to(dtc) < dtc_from(other_dtc)
    or (
        left(dtc, 10) = left(other_dtc, 10)
        and regexp_full_match(left(dtc, 16), '.{10}[T ]\d\d:\d\d')
        and regexp_full_match(left(other_dtc, 16), '.{10}[T ]\d\d:\d\d')
        and regexp_extract(dtc, '.{16}[^Z+-]*(.*)', 1)
            = regexp_extract(other_dtc, '.{16}[^Z+-]*(.*)', 1)
        and substr(dtc, 12, 5) < substr(other_dtc, 12, 5)
    );

-- The grade that a text means, 1 to 5: 3, 3.0 or Grade 3; null if it means none.
create macro grade_of(value) as try_cast(
    nullif(regexp_extract(trim(value), '^(?:grade *)?([1-5])(?:\.0+)?$', 1, 'i'), '') as integer
);

-- What a record is called, the same in every cut: by its number, else by its date and what it is.
create macro record_of(table_name, number, start_dtc, what) as concat_ws(
    ' ',
    table_name,
    coalesce(regexp_replace(number::varchar, '\.0$', ''), nullif(concat_ws(' ', what, start_dtc), ''))
);

-- A flag that is set, as sites write it; null if nothing is said.
create macro is_yes(said) as upper(said) in ('Y', 'YES');

-- Whether dm says that somebody died: by the flag, or by a day, even one that is no date. Words in
-- its place, such as none or unknown, do not.
create macro is_said_dead(dthdtc, dthfl) as
    coalesce(regexp_matches(dthdtc, '[1-9]'), false) or coalesce(is_yes(dthfl), false);

-- Whether an event led to death, as either column says.
create macro is_fatal(aesdth, aeout) as coalesce(is_yes(aesdth) or upper(aeout) = 'FATAL', false);

-- Whether a planned infusion or visit is said not to have taken place, by --occur.
create macro is_left_out(occur) as coalesce(upper(occur) in ('N', 'NO'), false);

-- Whether it took place: yes, or nothing said, is yes; any other word, U among them, is not known,
-- nor is what has a reason for not having taken place, and nothing said.
create macro took_place(occur, reasoc) as case
    when is_yes(occur) or (occur is null and reasoc is null) then true
    when is_left_out(occur) then false
end;

-- Why a panel does not show a record, whatever it says: of nobody in dm, not of somebody included,
-- of another group than the one wanted, or dated after the cut; null if it may. `is_included` and
-- `cohort` are those of a left join with participants.
create macro out_of_sight(is_included, cohort, wanted, first_on, cut_on) as case
    when is_included is null then 'of nobody who is in dm'
    when not is_included then 'of somebody who is not included'
    when wanted is not null and cohort <> wanted then 'not in the group chosen'
    when first_on > cut_on then 'dated after the cut'
end;

-- How much each panel of a page shows and sets aside, by the reason: of rows (panel, unit, reason),
-- one for each thing that was read, the reason null if the panel shows it, and - for a row that is
-- there so that a panel of nothing has one, too.
create macro accounted(rows_) as table
    select
        panel,
        unit,
        (sum(count(*) filter (where reason is distinct from '-')) over (partition by panel))
            ::integer as n_read,
        (sum(count(*) filter (where reason is null)) over (partition by panel))::integer as n_shown,
        coalesce(reason, '-') as reason,
        (count(*) filter (where reason <> '-'))::integer as n_set_aside
    from query_table(rows_)
    group by panel, unit, coalesce(reason, '-');

-- Whether a row of ds is about the treatment alone.
create macro is_of_treatment(subcategory) as coalesce(upper(subcategory) like '%TREATMENT%', false);

-- Whether a row of ds may say that somebody left the trial. Whoever left the treatment, or completed
-- an epoch before the last, is still in it.
create macro may_end_the_trial(category, subcategory, of_epoch, is_completion) as
    coalesce(upper(category), '') not in ('PROTOCOL MILESTONE', 'OTHER EVENT')
    and not is_of_treatment(subcategory)
    and not (
        is_completion and regexp_matches(coalesce(upper(of_epoch), ''), 'SCREENING|TREATMENT')
    );

-- Whether a name is that of a system organ class: MedDRA has 27, and a protocol lists them in English.
create macro is_soc(name) as upper(name) in (
    'BLOOD AND LYMPHATIC SYSTEM DISORDERS', 'CARDIAC DISORDERS',
    'CONGENITAL, FAMILIAL AND GENETIC DISORDERS', 'EAR AND LABYRINTH DISORDERS',
    'ENDOCRINE DISORDERS', 'EYE DISORDERS', 'GASTROINTESTINAL DISORDERS',
    'GENERAL DISORDERS AND ADMINISTRATION SITE CONDITIONS', 'HEPATOBILIARY DISORDERS',
    'IMMUNE SYSTEM DISORDERS', 'INFECTIONS AND INFESTATIONS',
    'INJURY, POISONING AND PROCEDURAL COMPLICATIONS', 'INVESTIGATIONS',
    'METABOLISM AND NUTRITION DISORDERS', 'MUSCULOSKELETAL AND CONNECTIVE TISSUE DISORDERS',
    'NEOPLASMS BENIGN, MALIGNANT AND UNSPECIFIED (INCL CYSTS AND POLYPS)',
    'NERVOUS SYSTEM DISORDERS', 'PREGNANCY, PUERPERIUM AND PERINATAL CONDITIONS',
    'PRODUCT ISSUES', 'PSYCHIATRIC DISORDERS', 'RENAL AND URINARY DISORDERS',
    'REPRODUCTIVE SYSTEM AND BREAST DISORDERS',
    'RESPIRATORY, THORACIC AND MEDIASTINAL DISORDERS',
    'SKIN AND SUBCUTANEOUS TISSUE DISORDERS', 'SOCIAL CIRCUMSTANCES',
    'SURGICAL AND MEDICAL PROCEDURES', 'VASCULAR DISORDERS'
);

-- Since when nobody has seen a patient, in words.
create macro not_seen_since(last_seen_on) as
    coalesce('not seen since ' || last_seen_on::varchar, 'never seen on a day that is known');
