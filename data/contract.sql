-- The data contract: what an export may contain, and what it must.
--
-- One table per file, CSV or Parquet. Names are those of CDISC SDTM, in lower case; a file may
-- spell them in any case. `needed` tables and `not null` columns must be there, or the cut is
-- refused in words; everything else is optional, and the panels that need it say when it is
-- missing. `not null` speaks of the column: a value may be missing in any column but usubjid.
-- A `unique` line is the key by which a record is known again in another cut.
--
-- A column not listed here is never read, which keeps names and dates of birth out.
--
-- A column marked `if used` says how the others of its row are to be read, and is in few exports:
-- that it is not there means nothing, and is not told.
--
-- A date (--dtc) stays the text that was collected: ISO 8601, possibly partial, as in 2021-03,
-- possibly with a time. data/macros.sql makes an interval of days of it. Where every time of a
-- column is midnight, none was collected: databases and spreadsheets write a day so.

create table dm (               -- needed: Demographics, one row per screened person
    usubjid     varchar not null,   -- unique subject identifier
    siteid      varchar,            -- site that screened the person
    age         double,             -- age at consent, in years
    sex         varchar,            -- M, F or U
    country     varchar,            -- ISO 3166-1 alpha-3
    rficdtc     varchar,            -- informed consent
    rfstdtc     varchar,            -- reference start of the trial for this person
    rfxstdtc    varchar,            -- first exposure to the treatment
    dthdtc      varchar,            -- death
    dthfl       varchar,            -- Y if the person died
    armcd       varchar,            -- planned arm
    actarmcd    varchar,            -- actual arm
    cohort      varchar,            -- group at inclusion, as in protocol.toml
    unique (usubjid)
);

create table ds (               -- needed: Disposition, one row per milestone or disposition event
    usubjid     varchar not null,   -- unique subject identifier
    dsdecod     varchar not null,   -- standard term: ENTERED INTO TRIAL, SCREEN FAILURE, DEATH, …
    dscat       varchar,            -- PROTOCOL MILESTONE, DISPOSITION EVENT or OTHER EVENT
    dsterm      varchar,            -- the term as reported: the reason in the site's words
    dsscat      varchar,            -- if used: STUDY PARTICIPATION, or STUDY TREATMENT alone
    epoch       varchar,            -- if used: SCREENING, TREATMENT or FOLLOW-UP, that it is of
    dsstdtc     varchar,            -- when it happened
    dsdtc       varchar             -- when it was recorded
);

create table ex (               -- needed: Exposure, one row per infusion or period of treatment
    usubjid     varchar not null,   -- unique subject identifier
    exstdtc     varchar not null,   -- start
    exseq       integer,            -- number of the record for this person
    extrt       varchar,            -- name of the treatment
    exdose      double,             -- dose, in exdosu
    exdosu      varchar,            -- unit of the dose
    exendtc     varchar,            -- end
    exlot       varchar,            -- batch
    visitnum    double,             -- number of the visit
    exoccur     varchar,            -- N if the planned infusion was not given
    exreasoc    varchar,            -- why it was not given
    donor       varchar,            -- donor of the cells
    viability   double,             -- viable cells after thawing, in %
    unique (usubjid, exseq)
);

create table ae (               -- needed: Adverse events, one row per event
    usubjid     varchar not null,   -- unique subject identifier
    aestdtc     varchar not null,   -- start
    aeseq       integer,            -- number of the event for this person
    aeterm      varchar,            -- the event as reported
    aedecod     varchar,            -- MedDRA preferred term
    aebodsys    varchar,            -- MedDRA body system
    aesoc       varchar,            -- MedDRA primary system organ class
    aetoxgr     varchar,            -- grade, 1 to 5
    aesev       varchar,            -- MILD, MODERATE or SEVERE
    aeser       varchar,            -- serious: Y or N
    aerel       varchar,            -- relatedness to the treatment
    aeacn       varchar,            -- action taken with the treatment
    aeout       varchar,            -- outcome
    aesdth      varchar,            -- serious because it led to death: Y or N
    aeslife     varchar,            -- serious because life-threatening: Y or N
    aeshosp     varchar,            -- serious because of hospitalisation: Y or N
    aesdisab    varchar,            -- serious because of disability: Y or N
    aescong     varchar,            -- serious because of a congenital anomaly: Y or N
    aesmie      varchar,            -- other medically important event: Y or N
    aeendtc     varchar,            -- end
    aeenrtpt    varchar,            -- ONGOING, BEFORE, AFTER or UNKNOWN at the reference time point
    aeongo      varchar,            -- still going on: Y or N
    aetrtem     varchar,            -- treatment-emergent: Y or N
    aeoccur     varchar,            -- if used: N if an event that was asked for did not occur
    aesi        varchar,            -- category of special interest
    expected    varchar,            -- expected for this product: Y or N
    aware_dtc   varchar,            -- when the sponsor became aware of it
    reported_dtc varchar,           -- when it was reported to the authorities
    unique (usubjid, aeseq)
);

create table sv (               -- needed: Subject visits, one row per visit
    usubjid     varchar not null,   -- unique subject identifier
    visitnum    double not null,    -- number of the visit; a fraction is an unscheduled one
    svstdtc     varchar not null,   -- start
    visit       varchar,            -- name of the visit
    svendtc     varchar,            -- end
    svoccur     varchar,            -- N if the visit did not take place
    svstat      varchar,            -- if used: NOT DONE likewise
    svreasoc    varchar             -- why it did not
);

create table vs (               -- optional: Vital signs, one row per measurement
    usubjid     varchar not null,   -- unique subject identifier
    vstestcd    varchar not null,   -- WEIGHT, …
    vsstresn    double not null,    -- value, in standard units (kg)
    vsdtc       varchar not null,   -- when it was measured
    vsstresu    varchar,            -- if used: unit of the value
    vsstat      varchar             -- if used: NOT DONE if it was not measured
);

create table ss (               -- optional: Subject status, one row per contact
    usubjid     varchar not null,   -- unique subject identifier
    ssdtc       varchar not null,   -- day of the contact
    ssstresc    varchar not null    -- ALIVE or DEAD
);

create table pr (               -- optional: Procedures, one row per episode of support
    usubjid     varchar not null,   -- unique subject identifier
    prtrt       varchar not null,   -- invasive ventilation, high-flow oxygen, ECMO
    prstdtc     varchar not null,   -- start
    prendtc     varchar,            -- end
    proccur     varchar,            -- if used: N if a procedure that was asked for did not occur
    prstat      varchar             -- if used: NOT DONE likewise
);

create table ie (               -- optional: Eligibility criteria not met, one row per criterion
    usubjid     varchar not null,   -- unique subject identifier
    ietest      varchar not null,   -- the criterion in words
    iecat       varchar,            -- INCLUSION or EXCLUSION
    ieorres     varchar             -- if used: Y or N, whether what the criterion says is so
);

create table dv (               -- optional: Protocol deviations as recorded by the site
    usubjid     varchar not null,   -- unique subject identifier
    dvterm      varchar not null,   -- the deviation in words
    dvcat       varchar,            -- category
    dvstdtc     varchar             -- when it happened
);

create table rs (               -- optional: Clinical scale, one row per assessment
    usubjid     varchar not null,   -- unique subject identifier
    rscat       varchar not null,   -- name of the scale
    rsstresn    double not null,    -- score
    rsdtc       varchar not null,   -- when it was assessed
    rsstat      varchar             -- if used: NOT DONE if it was not assessed
);

create table lb (               -- optional: Laboratory, one row per result
    usubjid     varchar not null,   -- unique subject identifier
    lbtestcd    varchar not null,   -- DDIMER, CRP, FERRITIN, LDH, LYM
    lbstresn    double not null,    -- value, in lbstresu
    lbdtc       varchar not null,   -- when the sample was taken
    lbstresu    varchar,            -- unit
    lbnrind     varchar,            -- LOW, NORMAL or HIGH
    lbstat      varchar             -- if used: NOT DONE if nothing was measured
);

create table suppdm (           -- optional: Supplemental qualifiers of dm
    usubjid     varchar not null,   -- unique subject identifier
    qnam        varchar not null,   -- name of the column of the parent
    qval        varchar not null,   -- its value
    idvar       varchar,            -- column of the parent that identifies the record
    idvarval    varchar             -- value of that column
);

create table suppds (           -- optional: Supplemental qualifiers of ds
    usubjid     varchar not null,   -- unique subject identifier
    qnam        varchar not null,   -- name of the column of the parent
    qval        varchar not null,   -- its value
    idvar       varchar,            -- column of the parent that identifies the record
    idvarval    varchar             -- value of that column
);

create table suppex (           -- optional: Supplemental qualifiers of ex
    usubjid     varchar not null,   -- unique subject identifier
    qnam        varchar not null,   -- name of the column of the parent
    qval        varchar not null,   -- its value
    idvar       varchar,            -- column of the parent that identifies the record
    idvarval    varchar             -- value of that column
);

create table suppae (           -- optional: Supplemental qualifiers of ae
    usubjid     varchar not null,   -- unique subject identifier
    qnam        varchar not null,   -- name of the column of the parent
    qval        varchar not null,   -- its value
    idvar       varchar,            -- column of the parent that identifies the record
    idvarval    varchar             -- value of that column
);
