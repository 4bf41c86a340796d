"""Each check is shown a record that breaks its rule, and the nearest one that does not.

A drawing is one export; the tests below it look at it. Its people are named after their case, and
whoever a test does not name breaks no rule there.
"""

from collections.abc import Callable

import pandas as pd
import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

import charts
import data
import queries
from charts import checks as charts_of
from data import contract
from queries import answers, ask, rules
from tests.conftest import PROTOCOL, app, write_export

PLAN = """
[eligibility]
age_min = 18
age_max = 70

[dosing]
n_infusions = 2
dose_min_per_kg = 1.5e6
dose_max_per_kg = 3.0e6
interval_min_days = 3
interval_max_days = 4
same_donor = true

[[dose_units]]
unit = "10^6"
cells = 1e6
is_per_kg = false

[[schedule]]
visitnum = 7
visit = "Day 7"
target_day = 7

[[schedule]]
visitnum = 28
visit = "Day 28"
target_day = 28

[adverse_events]
related = ["RELATED"]
not_related = ["NOT RELATED"]

[[clinical_scale]]
score = 6.0
label = "ventilated"

[[clinical_scale]]
score = 7.0
label = "dead"
"""

Broken = Callable[..., dict[str, str]]


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checks")
    (folder / "protocol.toml").write_text(PROTOCOL + PLAN, encoding="utf-8")
    return folder


@pytest.fixture
def broken(plan, monkeypatch) -> Broken:
    """What breaks a rule in a drawing: {"person: record": finding}. A drawing is written once."""
    monkeypatch.setenv("TRIAL", str(plan))

    def look(check: str, cut: str, **drawing: str) -> dict[str, str]:
        if not (plan / "exports" / cut).exists():
            write_export(plan / "exports" / cut, **drawing)
        rows = answers.records(ask(f"checks/{check}", cut))
        assert len({(row["usubjid"], row["record"]) for row in rows}) == len(rows)
        return {f"{row['usubjid']}: {row['record']}": row["finding"] for row in rows}

    return look


def found(check: str, cut: str) -> list[str]:
    return [each["usubjid"] for each in answers.records(ask(f"checks/{check}", cut))]


def test_consent_date_missing(export):
    cut = export(
        dm="""
            usubjid  rficdtc
            missing  .
            partial  2021-01
            dated    2021-01-05
        """
    )
    assert sorted(found("consent_date_missing", cut)) == ["missing", "partial"]


def test_consent_may_stand_in_ds_alone(export):
    cut = export(
        dm="""
            usubjid
            early
            same day
            nothing
        """,
        ds="""
            usubjid   dsdecod                    dsstdtc
            early     INFORMED CONSENT OBTAINED  2021-01-05
            early     ENTERED INTO TRIAL         2021-01-04
            same day  INFORMED CONSENT OBTAINED  2021-01-05
            same day  ENTERED INTO TRIAL         2021-01-05
        """,
        ex="""
            usubjid   exseq  exstdtc
            early     1      2021-01-04
            same day  1      2021-01-05
        """,
        sv="""
            usubjid   visitnum  svstdtc
            early     1         2021-01-04
            same day  1         2021-01-05
        """,
        ae="""
            usubjid   aeseq  aestdtc
            early     1      2021-01-04
            same day  1      2021-01-05
        """,
    )
    before = ["inclusion", "infusion", "visit", "event"]
    assert [found(f"{what}_before_consent", cut) for what in before] == [["early"]] * 4
    assert found("consent_date_missing", cut) == ["nothing"]
    reasons = {row["check"]: row["reason"] for row in answers.records(ask("checks/checked", cut))}
    assert {reasons[f"{what}_before_consent"] for what in before} == {None}


def test_without_any_consent_nobody_can_tell_what_came_before(export):
    # The milestones that ds dates are not those of consent.
    cut = export(ds="usubjid  dsdecod  dsstdtc\nP01  ENTERED INTO TRIAL  2021-01-04")
    assert found("consent_date_missing", cut) == []
    seen = states(cut)
    for what in ("inclusion", "infusion", "visit", "event"):
        nobody_knows = ("not checked", "no value in participants.consent_dtc", 0)
        assert seen[f"{what}_before_consent"] == nobody_knows


def test_inclusion_before_consent(export):
    cut = export(
        dm="""
            usubjid   rficdtc
            before    2021-01-05
            same day  2021-01-05
            unknown   2021-01-05
        """,
        ds="""
            usubjid   dsdecod             dsstdtc
            before    ENTERED INTO TRIAL  2021-01-04
            same day  ENTERED INTO TRIAL  2021-01-05
            unknown   ENTERED INTO TRIAL  2021-01
        """,
    )
    assert found("inclusion_before_consent", cut) == ["before"]
    [row] = answers.records(ask("checks/inclusion_before_consent", cut))
    assert row["finding"] == "Included on 2021-01-04, before consent on 2021-01-05"


def test_infusion_without_inclusion(export):
    cut = export(
        dm="usubjid\nbefore\nsame day\nfailed",
        ds="""
            usubjid   dsdecod             dsstdtc
            before    ENTERED INTO TRIAL  2021-01-06
            same day  ENTERED INTO TRIAL  2021-01-06
            failed    SCREEN FAILURE      2021-01-06
        """,
        ex="""
            usubjid   exstdtc
            before    2021-01-05
            same day  2021-01-06
            failed    2021-01-07
        """,
    )
    assert sorted(found("infusion_without_inclusion", cut)) == ["before", "failed"]


def test_visit_after_death(export):
    cut = export(
        dm="""
            usubjid   dthdtc
            after     2021-02-05
            same day  2021-02-05
            partial   2021-02
            alive     .
            planned   2021-02-05
            to come   2021-02-05
        """,
        sv="""
            usubjid   visitnum  svstdtc           svoccur
            after     7         2021-02-06T09:00  Y
            after     8         2021-02-06        .
            same day  7         2021-02-05        Y
            partial   7         2021-02-28        Y
            alive     7         2021-02-28        Y
            planned   7         2021-02-28        N
            to come   7         2021-03-02        Y
        """,
    )
    assert found("visit_after_death", cut) == ["after", "after"]
    findings = [row["finding"] for row in answers.records(ask("checks/visit_after_death", cut))]
    assert sorted(findings) == [
        "Visit 7 on 2021-02-06T09:00, after the death by 2021-02-05",
        "Visit 8 on 2021-02-06, after the death by 2021-02-05",
    ]


def test_ventilated_at_inclusion(trial, export):
    (trial / "protocol.toml").write_text(
        PROTOCOL.replace('"oxygen"', '"oxygen"\nprimary_outcome = "invasive ventilation"')
        + '[support]\ninvasive_ventilation = ["IMV"]\n'
    )
    cut = export(
        dm="""
            usubjid       cohort
            going on      A
            ended before  A
            begun after   A
            oxygen        A
            ventilated    B
        """,
        ds="""
            usubjid       dsdecod             dsstdtc
            going on      ENTERED INTO TRIAL  2021-01-06
            ended before  ENTERED INTO TRIAL  2021-01-06
            begun after   ENTERED INTO TRIAL  2021-01-06
            oxygen        ENTERED INTO TRIAL  2021-01-06
            ventilated    ENTERED INTO TRIAL  2021-01-06
        """,
        pr="""
            usubjid       prtrt  prstdtc     prendtc
            going on      imv    2021-01-05  2021-01-06
            ended before  IMV    2021-01-03  2021-01-05
            begun after   IMV    2021-01-06  .
            oxygen        HFNO   2021-01-05  .
            ventilated    IMV    2021-01-05  .
        """,
    )
    assert found("ventilated_at_inclusion", cut) == ["going on"]
    [row] = answers.records(ask("checks/ventilated_at_inclusion", cut))
    assert row["finding"] == "Group A, included on 2021-01-06, and imv since 2021-01-05"


# Consent

CONSENT = {
    "cut": "2021-03-01",
    "dm": """
        usubjid     rficdtc
        day before  2021-01-05T10:00
        hour befor  2021-01-05T10:00
        same day    2021-01-05T10:00
        perhaps     2021-01
        left out    2021-01-05
    """,
    "ex": """
        usubjid     exseq  exstdtc           exoccur
        day before  1      2021-01-04        .
        day before  2      2021-01-07        .
        hour befor  1      2021-01-05T09:59  Y
        same day    1      2021-01-05        Y
        perhaps     1      2021-01-05        Y
        left out    1      2021-01-04        N
    """,
    "sv": """
        usubjid     visitnum  svstdtc           svoccur
        day before  1         2021-01-04        Y
        hour befor  1         2021-01-05T09:59  Y
        same day    1         2021-01-05        Y
        left out    1         2021-01-04        N
    """,
    "ae": """
        usubjid     aeseq  aestdtc     aeterm
        day before  1      2021-01-04  Fever
        day before  .      2021-01-04  Rash
        hour befor  1      2021-01-05  Fever
        perhaps     1      2021-01     Fever
    """,
}


def test_infusion_before_consent(broken):
    # A time of day counts if both have one.
    assert broken("infusion_before_consent", **CONSENT) == {
        "day before: ex 1": "Given on 2021-01-04, before consent on 2021-01-05T10:00",
        "hour befor: ex 1": "Given on 2021-01-05T09:59, before consent on 2021-01-05T10:00",
    }


def test_visit_before_consent(broken):
    assert broken("visit_before_consent", **CONSENT) == {
        "day before: sv 1": "Done on 2021-01-04, before consent on 2021-01-05T10:00"
    }


def test_event_before_consent(broken):
    assert broken("event_before_consent", **CONSENT) == {
        "day before: ae 1": "Fever began on 2021-01-04, before consent on 2021-01-05T10:00",
        "day before: ae Rash 2021-01-04": "Rash began on 2021-01-04, before consent on "
        "2021-01-05T10:00",
    }


def test_record_not_numbered(broken):
    assert broken("record_not_numbered", **CONSENT) == {
        "day before: ae Rash 2021-01-04": "1 record without a number"
    }
    coded = (
        "usubjid  aeseq  aestdtc  aeterm  aedecod\nP01  1  .  .  .\nP01  .  2021-01-04  red  Rash"
    )
    assert broken("record_not_numbered", "2021-06-01", ae=coded) == {
        "P01: ae red 2021-01-04": "1 record without a number"
    }


# Inclusion

INCLUSION = {
    "cut": "2021-03-02",
    "dm": """
        usubjid     age   cohort
        in order    70.5  A
        youngest    18    B
        too old     71    A
        too young   17.9  A
        ageless     .     A
        no group    50    .
        group C     50    C
        unfit       50    A
        excluded    50    A
        both        50    A
        failed      80    .
        in words    50    .
        without     50    .
    """,
    "ds": """
        usubjid    dsdecod                   dsterm              dsstdtc
        in order   Eligibility criteria met  .                   2021-01-05
        in order   ENTERED INTO TRIAL        .                   2021-01-06
        youngest   ELIGIBILITY CRITERIA MET  .                   2021-01-05
        youngest   ENTERED INTO TRIAL        .                   2021-01-06
        too old    ELIGIBILITY CRITERIA MET  .                   2021-01-05
        too old    ENTERED INTO TRIAL        .                   2021-01-06
        too young  ELIGIBILITY CRITERIA MET  .                   2021-01-05
        too young  ENTERED INTO TRIAL        .                   2021-01-06
        ageless    ELIGIBILITY CRITERIA MET  .                   2021-01-05
        ageless    ENTERED INTO TRIAL        .                   2021-01-06
        no group   ELIGIBILITY CRITERIA MET  .                   2021-01-05
        no group   ENTERED INTO TRIAL        .                   2021-01-06
        group C    ELIGIBILITY CRITERIA MET  .                   2021-01-05
        group C    ENTERED INTO TRIAL        .                   2021-01-06
        unfit      ENTERED INTO TRIAL        .                   2021-01-06
        excluded   ELIGIBILITY CRITERIA MET  .                   2021-01-05
        excluded   ENTERED INTO TRIAL        .                   2021-01-06
        both       ELIGIBILITY CRITERIA MET  .                   2021-01-05
        both       ENTERED INTO TRIAL        .                   2021-01-06
        both       SCREEN FAILURE            Too late            2021-01-07
        failed     SCREEN FAILURE            .                   2021-01-06
        in words   SCREEN FAILURE            D-dimer unknown     2021-01-06
        without    SCREEN FAILURE            Screen failure      2021-01-06
    """,
    "ie": """
        usubjid   ietest   iecat
        excluded  Cancer   EXCLUSION
        failed    Too old  INCLUSION
    """,
}


def test_older_than_protocol(broken):
    assert broken("older_than_protocol", **INCLUSION) == {
        "too old: dm": "Age 71, where 70 is the limit"
    }


def test_younger_than_protocol(broken):
    assert broken("younger_than_protocol", **INCLUSION) == {
        "too young: dm": "Age 17.9, where 18 is the limit"
    }


def test_group_not_assigned(broken):
    assert broken("group_not_assigned", **INCLUSION) == {
        "no group: dm": "Included, and in no group",
        "group C: dm": "Included, and in group C, which the protocol does not have",
    }


def test_included_without_eligibility(broken):
    assert broken("included_without_eligibility", **INCLUSION) == {
        "unfit: ds": "Included on 2021-01-06, and never recorded as eligible"
    }


def test_included_with_unmet_criterion(broken):
    assert broken("included_with_unmet_criterion", **INCLUSION) == {
        "excluded: ie Cancer": "Included, and not met: exclusion criterion Cancer"
    }


def test_included_and_screen_failed(broken):
    assert broken("included_and_screen_failed", **INCLUSION) == {
        "both: ds": "Included on 2021-01-06, and screen failure"
    }


def test_screen_failure_without_reason(broken):
    assert broken("screen_failure_without_reason", **INCLUSION) == {
        "without: ds": "Failed screening, and no reason is recorded"
    }


# Leaving

LEAVING = {
    "cut": "2021-03-03",
    "dm": """
        usubjid
        two days
        one day
        consents
        two ways
        died later
        withdrew
        stopped
        lost
        moved
    """,
    "ds": """
        usubjid     dsdecod                    dscat               dsstdtc
        two days    ENTERED INTO TRIAL         PROTOCOL MILESTONE  2021-01-06
        two days    Entered into trial         PROTOCOL MILESTONE  2021-01-08
        one day     ENTERED INTO TRIAL         PROTOCOL MILESTONE  2021-01-06
        one day     ENTERED INTO TRIAL         PROTOCOL MILESTONE  2021-01
        consents    INFORMED CONSENT OBTAINED  PROTOCOL MILESTONE  2021-01-04
        consents    INFORMED CONSENT OBTAINED  PROTOCOL MILESTONE  2021-01-14
        two ways    COMPLETED                  DISPOSITION EVENT   2021-02-20
        two ways    LOST TO FOLLOW-UP          DISPOSITION EVENT   2021-02-21
        died later  COMPLETED                  DISPOSITION EVENT   2021-02-20
        died later  DEATH                      DISPOSITION EVENT   2021-02-21
        withdrew    WITHDRAWAL BY SUBJECT      DISPOSITION EVENT   2021-02-01
        stopped     ADVERSE EVENT              DISPOSITION EVENT   2021-02-01
        lost        LOST TO FOLLOW-UP          DISPOSITION EVENT   2021-02
        moved       MOVED AWAY                 DISPOSITION EVENT   2021-02-01
        moved       FINAL LAB VISIT            OTHER EVENT         2021-02-01
    """,
    "ex": """
        usubjid   exseq  exstdtc     exoccur
        withdrew  1      2021-02-01  Y
        withdrew  2      2021-02-02  N
        stopped   1      2021-02-02  Y
    """,
    "sv": """
        usubjid   visitnum  visit   svstdtc     svoccur
        withdrew  7         Day 7   2021-02-01  Y
        withdrew  28        Day 28  2021-02-02  Y
        stopped   28        Day 28  2021-02-02  Y
        lost      7         Day 7   2021-02-28  Y
        lost      28        Day 28  2021-03-01  Y
        lost      60        Day 60  2021-03-01  N
    """,
}


def test_milestone_of_two_dates(broken):
    # Consent may be asked for again: the patient's own after that of a relative.
    assert broken("milestone_of_two_dates", **LEAVING) == {
        "two days: ds ENTERED INTO TRIAL": "Dated 2021-01-06 and 2021-01-08"
    }


def test_milestone_of_two_dates_in_the_epochs_of_a_trial(broken):
    ds = """
        usubjid  dscat              dsscat               epoch      dsdecod        dsstdtc
        P01      DISPOSITION EVENT  .                    SCREENING  COMPLETED      2021-01-01
        P01      DISPOSITION EVENT  .                    TREATMENT  COMPLETED      2021-01-20
        P01      DISPOSITION EVENT  .                    FOLLOW-UP  COMPLETED      2021-04-02
        P02      DISPOSITION EVENT  STUDY TREATMENT      .          ADVERSE EVENT  2021-01-20
        P02      DISPOSITION EVENT  STUDY PARTICIPATION  .          ADVERSE EVENT  2021-02-20
        P03      DISPOSITION EVENT  .                    TREATMENT  COMPLETED      2021-01-20
        P03      DISPOSITION EVENT  .                    FOLLOW-UP  COMPLETED      2021-04-02
        P03      DISPOSITION EVENT  .                    FOLLOW-UP  COMPLETED      2021-04-03
    """
    dm = "usubjid\nP01\nP02\nP03"
    assert broken("milestone_of_two_dates", "2021-05-06", dm=dm, ds=ds) == {
        "P03: ds COMPLETED": "Dated 2021-04-02 and 2021-04-03"
    }


def test_left_in_two_ways(broken):
    assert broken("left_in_two_ways", **LEAVING) == {
        "two ways: ds": "COMPLETED on 2021-02-20, LOST TO FOLLOW-UP on 2021-02-21"
    }


def test_seen_after_leaving(broken):
    # Whoever stopped for an adverse event is followed, and is given no infusion any more.
    assert broken("seen_after_leaving", **LEAVING) == {
        "withdrew: sv 28": "Day 28 on 2021-02-02, after withdrawal by subject on 2021-02-01",
        "stopped: ex 1": "Infusion on 2021-02-02, after adverse event on 2021-02-01",
        "lost: sv 28": "Day 28 on 2021-03-01, after lost to follow-up on 2021-02-28",
    }


def test_departure_not_in_protocol(broken):
    assert broken("departure_not_in_protocol", **LEAVING) == {
        "moved: ds MOVED AWAY": '"MOVED AWAY" is none of the reasons in protocol.toml'
    }


def test_a_term_in_another_case_is_the_same(export):
    cut = export(
        ds="""
            usubjid  dsdecod     dscat               dsstdtc
            P01      Moved away  DISPOSITION EVENT   2021-02-01
            P01      MOVED AWAY  DISPOSITION EVENT   2021-02-01
            P01      Enrolled    PROTOCOL MILESTONE  2021-01-01
            P01      ENROLLED    PROTOCOL MILESTONE  2021-01-01
        """
    )
    for check in ("departure_not_in_protocol", "milestone_not_in_protocol"):
        assert found(check, cut) == ["P01"]


def test_departure_not_in_protocol_by_any_category(broken):
    ds = """
        usubjid  dsdecod                    dscat              dsscat           dsstdtc
        P01      DIED                       .                  .                2021-02-01
        P02      LOST                       END OF STUDY       .                2021-02-01
        P03      ENTERED INTO TRIAL         .                  .                2021-01-01
        P03      INFORMED CONSENT OBTAINED  .                  .                2021-01-01
        P03      FINAL VISIT                OTHER EVENT        .                2021-02-01
        P03      STOPPED                    DISPOSITION EVENT  STUDY TREATMENT  2021-02-01
    """
    found = broken("departure_not_in_protocol", "2021-05-01", dm="usubjid\nP01\nP02\nP03", ds=ds)
    assert found == {
        f"{who}: ds {term}": f'"{term}" is none of the reasons in protocol.toml'
        for who, term in (("P01", "DIED"), ("P02", "LOST"))
    }


def test_milestone_not_in_protocol(broken):
    ds = """
        usubjid  dsdecod                    dscat               dsstdtc
        P01      Enrolled                   PROTOCOL MILESTONE  2021-01-01
        P01      INFORMED CONSENT OBTAINED  PROTOCOL MILESTONE  2021-01-01
        P02      ENTERED INTO TRIAL         PROTOCOL MILESTONE  2021-01-01
        P02      FINAL VISIT                OTHER EVENT         2021-02-01
    """
    assert broken("milestone_not_in_protocol", "2021-05-02", dm="usubjid\nP01\nP02", ds=ds) == {
        "P01: ds ENROLLED": '"Enrolled" is none of the milestones in protocol.toml, and counts as nothing'
    }


# Death: each died on 5 February, if nothing else is said

DEATH = {
    "cut": "2021-03-04",
    "dm": """
        usubjid      dthdtc      dthfl
        in order     2021-02-05  Y
        next day     2021-02-05  Y
        in february  2021-02     Y
        two days     2021-02-05  Y
        only dm      2021-02-05  .
        only ss      .           .
        only ae      .           .
        too early    2021-02-05  Y
        alive        .           .
        grade four   2021-02-05  Y
        no event     2021-02-05  Y
        screened     2021-02-05  Y
    """,
    "ds": """
        usubjid      dsdecod             dsstdtc
        in order     ENTERED INTO TRIAL  2021-01-06
        in order     DEATH               2021-02-05
        next day     ENTERED INTO TRIAL  2021-01-06
        next day     DEATH               2021-02-05
        in february  ENTERED INTO TRIAL  2021-01-06
        in february  DEATH               2021-02
        two days     ENTERED INTO TRIAL  2021-01-06
        two days     DEATH               2021-02-06
        too early    DEATH               2021-02-05
        grade four   DEATH               2021-02-05
        no event     ENTERED INTO TRIAL  2021-01-06
        no event     DEATH               2021-02-05
        screened     DEATH               2021-02-05
        alive        ENTERED INTO TRIAL  2021-01-06
    """,
    "ae": """
        usubjid      aeseq  aedecod  aestdtc     aeendtc     aetoxgr  aeout               aesdth
        in order     1      Sepsis   2021-02-05  2021-02-05  5        FATAL               Y
        next day     1      Sepsis   2021-02-01  2021-02-05  5        FATAL               Y
        next day     2      Rash     2021-02-06  .           1        .                   .
        in february  1      Sepsis   2021-02-28  .           5        .                   Y
        two days     1      Sepsis   2021-02-01  2021-02     Grade 5  Fatal               .
        only ae      1      Sepsis   2021-02-01  .           5        FATAL               .
        alive        1      Sepsis   2021-02-01  2021-02-09  5        RECOVERED/RESOLVED  N
        alive        2      Fever    2021-02-01  2021-02-09  4        RECOVERED/RESOLVED  N
        grade four   1      Sepsis   2021-02-01  2021-02-05  4        FATAL               Y
        no event     1      Sepsis   2021-02-01  2021-02-05  4        RECOVERED/RESOLVED  N
    """,
    "ex": """
        usubjid      exseq  exstdtc           exoccur
        in order     1      2021-02-05T23:00  Y
        next day     1      2021-02-06        Y
        next day     2      2021-02-09        N
        in february  1      2021-02-28        Y
    """,
    "ss": """
        usubjid      ssdtc       ssstresc
        in order     2021-02-05  ALIVE
        in order     2021-02-09  DEAD
        next day     2021-02-06  ALIVE
        in february  2021-02-28  ALIVE
        only ss      2021-02-05  DEAD
        too early    2021-02-04  DEAD
    """,
    "vs": """
        usubjid   vstestcd  vsstresn  vsdtc
        in order  WEIGHT    80        2021-02-05
        next day  WEIGHT    80        2021-02-06
    """,
    "lb": """
        usubjid   lbtestcd  lbstresn  lbdtc
        in order  CRP       5         2021-02-05
        next day  CRP       5         2021-02-06T08:00
    """,
    "pr": """
        usubjid   prtrt  prstdtc
        in order  ECMO   2021-02-05
        next day  ECMO   2021-02-06
    """,
    "rs": """
        usubjid    rscat  rsstresn  rsdtc
        in order   WHO    6         2021-02-05
        in order   WHO    7         2021-02-09
        next day   WHO    6         2021-02-06
        too early  WHO    7         2021-02-04
        alive      WHO    7         2021-02-09
        alive      WHO    6         2021-02-10
    """,
}


def test_death_not_dated(broken):
    assert broken("death_not_dated", **DEATH) == {
        "in february: death": "Died, and the day is between 2021-02-01 and 2021-02-28",
        "two days: death": "Died, and the day is between 2021-02-05 and 2021-02-06",
        "too early: death": "Died, and the day is between 2021-02-04 and 2021-02-05",
        "only ss: death": "Died, and the day is not recorded",
        "only ae: death": "Died, and the day is not recorded",
    }


def test_death_of_two_dates(broken):
    assert broken("death_of_two_dates", **DEATH) == {
        "two days: death": "Dated 2021-02 in ae 1, 2021-02-05 in dm, 2021-02-06 in ds"
    }


def test_death_recorded_in_part(broken):
    assert broken("death_recorded_in_part", **DEATH) == {
        "only dm: death": "Dead in dm, not in ds",
        "only ss: death": "Dead in ss, not in dm and ds",
    }


def test_death_without_fatal_event(broken):
    assert broken("death_without_fatal_event", **DEATH) == {
        "no event: death": "Died on 2021-02-05, and no event is fatal"
    }


def test_fatal_event_without_death(broken):
    assert broken("fatal_event_without_death", **DEATH) == {
        "only ae: ae 1": "Sepsis is recorded as fatal, and neither dm nor ds knows of a death"
    }


IN_WORDS = {
    "cut": "2021-04-21",
    "dm": """
        usubjid      rficdtc     dthdtc      dthfl
        truly        2021-02-01  2021-02-05  Y
        alive        2021-02-01  .           N
        by flag      2021-02-01  .           TRUE
        no date      2021-02-01  -           .
        not known    2021-02-01  UNK         .
        no day       2021-02-01  2021-99     .
        by ss        2021-02-01  .           .
        by ae        2021-02-01  .           .
        recovered    2021-02-01  .           .
    """,
    "ss": """
        usubjid    ssdtc       ssstresc
        by ss      2021-02-10  DECEASED
        alive      2021-02-10  ALIVE
        truly      2021-02-10  unknown
    """,
    "ae": """
        usubjid    aeseq  aeterm  aestdtc     aeout      aesdth
        by ae      1      Sepsis  2021-02-04  DEATH      1
        truly      1      Sepsis  2021-02-04  fatal      Y
        recovered  1      Sepsis  2021-02-04  RECOVERED  N
        alive      1      Sepsis  2021-02-04  resolved   U
    """,
}


def test_death_in_other_words(broken):
    assert broken("death_in_other_words", **IN_WORDS) == {
        "by flag: death": 'Not read as a death, nor as none: dthfl "TRUE"',
        "no date: death": 'Not read as a death, nor as none: dthdtc "-"',
        "not known: death": 'Not read as a death, nor as none: dthdtc "UNK"',
        "by ss: ss 2021-02-10": 'Not read as a death, nor as none: ssstresc "DECEASED"',
        "by ae: ae 1": 'Not read as a death, nor as none: aeout "DEATH", aesdth "1"',
    }


def test_a_word_in_the_place_of_a_day_of_death_is_no_death(broken):
    broken("death_in_other_words", **IN_WORDS)
    people = ask("tables/participants", IN_WORDS["cut"])
    # What has a number was meant as a day: the person has died, on a day that is not known.
    assert set(people.loc[people["is_dead"], "usubjid"]) == {"truly", "no day"}


TWO_WAYS = {
    "cut": "2021-04-22",
    "dm": """
        usubjid       rficdtc
        one           2021-02-01
        ONE           2021-02-01
        P-1           2021-02-01
        P-1\u200b     2021-02-01
        P-11          2021-02-01
        P-1-1         2021-02-01
    """,
}


def test_person_spelt_in_two_ways(broken):
    said = "2 people are {}, but for capitals or signs that are not seen"
    assert broken("person_spelt_in_two_ways", **TWO_WAYS) == {
        "one: person": said.format("one"),
        "ONE: person": said.format("one"),
        "P-1: person": said.format("p-1"),
        "P-1\u200b: person": said.format("p-1"),
    }


NUMBERED = {
    "cut": "2021-04-23",
    "dm": """
        usubjid    rficdtc
        right      2021-02-01
        one        2021-02-01
        none       2021-02-01
        other      2021-02-01
        infusions  2021-02-01
        in part    2021-02-01
        omitted    2021-02-01
        reason     2021-02-01
    """,
    "sv": """
        usubjid  visitnum  visit        svstdtc     svoccur  svreasoc
        right    7         Day 7        2021-02-08  .        .
        one      1         day 7        2021-02-08  Y        .
        none     .         Day 28       2021-03-01  .        .
        other    3         Unscheduled  2021-02-11  .        .
        omitted  7         Day 7        2021-02-08  N        Quarantine
        reason   7         Day 7        2021-02-08  .        Quarantine
    """,
    "ex": """
        usubjid    exseq  exstdtc     exoccur  exreasoc
        right      1      2021-02-01  .        .
        right      2      2021-02-05  .        .
        infusions  1      2021-02-05  .        .
        infusions  2      2021-02-01  .        .
        in part    1      2021-02     .        .
        in part    2      2021-02-01  .        .
        omitted    1      2021-02-05  N        ECMO started
        reason     1      2021-02-05  Y        ECMO started
    """,
}


def test_visit_numbered_otherwise(broken):
    assert broken("visit_numbered_otherwise", **NUMBERED) == {
        "one: sv 1": "day 7 has the number 1, in the schedule 7",
        "none: sv Day 28 2021-03-01": "Day 28 has the number none, in the schedule 28",
    }


def test_infusions_numbered_against_dates(broken):
    assert broken("infusions_numbered_against_dates", **NUMBERED) == {
        "infusions: ex 2": "No. 2 on 2021-02-01, before no. 1"
    }


def test_reason_without_omission(broken):
    said = "A reason for not being done, and nothing that says it was not: "
    assert broken("reason_without_omission", **NUMBERED) == {
        "reason: sv 7": said + "Quarantine",
        "reason: ex 1": said + "ECMO started",
    }


def test_grade_5_without_death(broken):
    assert broken("grade_5_without_death", **DEATH) == {
        "alive: ae 1": "Sepsis: grade 5, and recovered/resolved"
    }


def test_fatal_event_below_grade_5(broken):
    assert broken("fatal_event_below_grade_5", **DEATH) == {
        "grade four: ae 1": "Sepsis: fatal, and of grade 4"
    }


def test_event_after_death(broken):
    assert broken("event_after_death", **DEATH) == {
        "next day: ae 2": "Rash began on 2021-02-06, after the death by 2021-02-05"
    }


def test_infusion_after_death(broken):
    assert broken("infusion_after_death", **DEATH) == {
        "next day: ex 1": "Given on 2021-02-06, after the death by 2021-02-05"
    }


def test_measured_after_death(broken):
    assert broken("measured_after_death", **DEATH) == {
        "next day: vs WEIGHT 2021-02-06": "WEIGHT on 2021-02-06, after the death by 2021-02-05",
        "next day: lb CRP 2021-02-06T08:00": "CRP on 2021-02-06T08:00, after the death by "
        "2021-02-05",
        "next day: pr ECMO 2021-02-06": "ECMO on 2021-02-06, after the death by 2021-02-05",
    }


def test_status_contradicts_death(broken):
    assert broken("status_contradicts_death", **DEATH) == {
        "next day: ss 2021-02-06": "ALIVE on 2021-02-06, death on 2021-02-05",
        "too early: ss 2021-02-04": "DEAD on 2021-02-04, death on 2021-02-04 to 2021-02-05",
    }


def test_score_of_the_dead(broken):
    assert broken("score_of_the_dead", **DEATH) == {
        "next day: rs WHO 2021-02-06": "ventilated on 2021-02-06, death on 2021-02-05",
        "alive: rs WHO 2021-02-09": "dead on 2021-02-09, and no death is recorded",
    }


# Dates

DATES = {
    "cut": "2021-03-05",
    "dm": """
        usubjid  rficdtc
        in time  2021-03-05
        to come  2021-03-06
    """,
    "ds": """
        usubjid  dsdecod                   dscat               dsstdtc     dsdtc
        in time  ENTERED INTO TRIAL        PROTOCOL MILESTONE  2021-01-06  2021-03-05
        to come  ENTERED INTO TRIAL        PROTOCOL MILESTONE  2021        2021-03-06
        to come  ELIGIBILITY CRITERIA MET  PROTOCOL MILESTONE  2021        .
    """,
    "ex": """
        usubjid  exseq  exstdtc           exendtc           exoccur
        in time  1      2021-01-06T10:00  2021-01-06T10:00  Y
        in time  2      2021-01-09T10:00  2021-01-09        Y
        to come  1      2021-01-06T10:00  2021-01-06T09:59  Y
        to come  2      2021-03-06        .                 Y
        to come  3      .                 .                 N
        to come  4      06/01/2021        .                 Y
    """,
    "ae": """
        usubjid  aeseq  aeterm  aestdtc           aeendtc           aeser
        in time  1      Fever   2021-02           2021-02-01        N
        in time  2      Fever   2021-02-09T10:00  2021-02-09T09:00Z  Y
        to come  1      Fever   2021-02           2021-01-31        N
        to come  2      Fever   2021-02           2021              Y
        to come  3      Fever   2021-03-05        2021-04           N
    """,
    "sv": """
        usubjid  visitnum  visit  svstdtc     svendtc
        in time  7         Day 7  2021-02-01  2021-02-01
        to come  7         .      2021-02-02  2021-02-01
        to come  28        .      .           .
    """,
    "pr": """
        usubjid  prtrt  prstdtc     prendtc
        in time  ECMO   2021-02-01  .
        to come  ECMO   2021-02-02  2021-02-01
    """,
    "lb": """
        usubjid  lbtestcd  lbstresn  lbdtc
        in time  CRP       5         2021-03
        to come  CRP       5         2021-03-06
    """,
}


def test_date_after_cut(broken):
    assert broken("date_after_cut", **DATES) == {
        "to come: dm": "rficdtc 2021-03-06: after the cut",
        "to come: ds ENTERED INTO TRIAL": "dsdtc 2021-03-06: after the cut",
        "to come: ex 2": "exstdtc 2021-03-06: after the cut",
        "to come: ae 3": "aeendtc 2021-04: after the cut",
        "to come: lb CRP 2021-03-06": "lbdtc 2021-03-06: after the cut",
    }


def test_date_not_known(broken):
    assert broken("date_not_known", **DATES) == {
        "to come: ds ENTERED INTO TRIAL": "ENTERED INTO TRIAL: not known to the day, 2021",
        "to come: ex 4": 'Infusion: "06/01/2021" is no date',
        "to come: ae 2": "Fever: not known to the day, 2021-02",
        "to come: sv 28": "Visit: no date",
    }


def test_end_before_start(broken):
    # A time zone that one of two times lacks leaves open which came first.
    assert broken("end_before_start", **DATES) == {
        "to come: ex 1": "Infusion began on 2021-01-06T10:00 and ended on 2021-01-06T09:59",
        "to come: ae 1": "Fever began on 2021-02 and ended on 2021-01-31",
        "to come: sv 7": "Visit began on 2021-02-02 and ended on 2021-02-01",
        "to come: pr ECMO 2021-02-02": "ECMO began on 2021-02-02 and ended on 2021-02-01",
    }


# Infusions: everybody was included on 1 January and weighs 100 kg, so that 150 to 300 is in range

DOSED = [
    "in order", "twice", "two bags", "two doses", "tenfold", "fourfold", "nothing", "no unit",
    "omitted", "left out", "unsaid", "a share", "edges", "two donors", "other half", "no batch",
    "early", "recorded", "heavier", "exposed",
]  # fmt: skip
INFUSIONS = {
    "cut": "2021-03-06",
    "dm": "usubjid  rfxstdtc\n"
    + "\n".join(f"{each}  {'2021-01-03' if each == 'exposed' else '2021-01'}" for each in DOSED),
    "ds": "usubjid  dsdecod  dsstdtc\n"
    + "\n".join(f"{each}  ENTERED INTO TRIAL  2021-01-01" for each in DOSED),
    "vs": "usubjid  vstestcd  vsstresn  vsdtc\n"
    + "\n".join(f"{each}  WEIGHT  100  2021-01-01" for each in DOSED)
    + """
        heavier  WEIGHT  125  2021-01-10
        heavier  WEIGHT  157  2021-01-20
        heavier  WEIGHT  20   2021-02-10
        heavier  HEIGHT  175  2021-01-10
    """,
    "ex": """
        usubjid     exseq  exstdtc     exdose  exdosu  exoccur  exreasoc  exlot  donor  viability
        in order    1      2021-01-01  200     10^6    Y        .         L1     D1     90
        in order    2      2021-01-05  200     10^6    Y        .         L1     D1     90
        twice       1      2021-01-01  200     10^6    Y        .         L1     D1     90
        twice       2      2021-01-01  200     10^6    Y        .         L1     D1     90
        two bags    1      2021-01-01  100     10^6    Y        .         L1     D1     90
        two bags    2      2021-01-01  100     10^6    Y        .         L2     D1     90
        two doses   1      2021-01-01  200     10^6    Y        .         L1     D1     90
        two doses   2      2021-01-01  210     10^6    Y        .         L1     D1     90
        tenfold     1      2021-01-01  1500    10^6    Y        .         L1     D1     90
        fourfold    1      2021-01-01  1200    10^6    Y        .         L1     D1     90
        nothing     1      2021-01-01  0       10^6    Y        .         L1     D1     90
        no unit     1      2021-01-01  200     .       Y        .         L1     D1     90
        omitted     1      2021-01-01  200     10^6    N        Ill       .      .      .
        omitted     2      2021-01-05  .       .       N        Ill       L1     .      90
        left out    1      2021-01-01  0       10^6    N        Ill       .      .      .
        unsaid      1      2021-01-01  .       .       N        .         .      .      .
        a share     1      2021-01-01  200     10^6    Y        .         L1     D1     0.9
        a share     2      2021-01-05  200     10^6    Y        .         L1     D1     101
        edges       1      2021-01-01  200     10^6    Y        .         L1     D1     1
        edges       2      2021-01-05  200     10^6    Y        .         L1     D1     100
        two donors  1      2021-01-01  200     10^6    Y        .         L1     D1     90
        two donors  2      2021-01-05  200     10^6    Y        .         L9     D9     90
        other half  1      2021-01-01  200     10^6    Y        .         L9     D8     90
        no batch    1      2021-01-01  200     10^6    Y        .         .      D1     90
        no batch    2      2021-01-05  200     10^6    Y        .         L1     .      90
        early       1      2021-01-02  200     10^6    Y        .         L1     D1     90
        early       2      2021-01-04  200     10^6    Y        .         L1     D1     90
        recorded    1      2021-01-02  200     10^6    Y        .         L1     D1     90
        recorded    2      2021-01-04  200     10^6    Y        .         L1     D1     90
        exposed     1      2021-01-02  200     10^6    Y        .         L1     D1     90
    """,
    "dv": """
        usubjid   dvterm             dvcat   dvstdtc
        early     Form not signed    OTHER   2021-01-04
        early     Weighed too late   DOSING  2021-01-20
        recorded  Second one early   DOSING  2021-01-04
    """,
}


def test_infusion_repeated(broken):
    # Several bags make one infusion, as long as they are of different batches.
    assert broken("infusion_repeated", **INFUSIONS) == {
        "twice: ex 2": "Same day and batch as ex 1",
        "two doses: ex 2": "Same day and batch as ex 1, another dose",
    }


def test_dose_implausible(broken):
    # 1500 for 150 is a slip of the decimal point, 1200 the most that is left as a deviation.
    assert broken("dose_implausible", **INFUSIONS) == {
        "tenfold: infusion 1": "15 x 10^6 cells/kg",
    }


def test_dose_not_known(broken):
    assert broken("dose_not_known", **INFUSIONS) == {
        "no unit: infusion 1": "Dose per kg not known: no unit recorded",
        "twice: infusion 1": "Dose per kg not known: several records of one day and batch: "
        "several bags, or one entered twice?",
        "two doses: infusion 1": "Dose per kg not known: several records of one day and batch: "
        "several bags, or one entered twice?",
        "nothing: infusion 1": "Dose per kg not known: the dose recorded is not above 0",
    }


def test_weight_implausible(broken):
    # 125 after 100 is a quarter more, 157 after 125 is beyond that.
    assert broken("weight_implausible", **INFUSIONS) == {
        "heavier: vs WEIGHT 2021-01-20": "157 kg, before 125 kg",
        "heavier: vs WEIGHT 2021-02-10": "20 kg, before 157 kg",
    }


def test_weight_implausible_in_another_unit(broken):
    vs = """
        usubjid  vstestcd  vsdtc       vsstresn  vsstresu
        P01      WEIGHT    2021-01-01  80        kg
        P01      WEIGHT    2021-01-02  176       LB
        P01      WEIGHT    2021-01-03  81        .
    """
    assert broken("weight_implausible", "2021-05-03", vs=vs) == {
        "P01: vs WEIGHT 2021-01-02": "176 LB, and not in kg: no dose rests on it"
    }


def test_infusion_number_skipped(broken):
    ex = """
        usubjid  exseq  exstdtc
        P01      1      2021-01-02
        P01      3      2021-01-06
        P02      2      2021-01-02
        P02      3      2021-01-05
    """
    assert broken("infusion_number_skipped", "2021-05-04", dm="usubjid\nP01\nP02", ex=ex) == {
        "P01: ex 3": "There are records 1 and 3, and none between"
    }


def test_patient_of_two_treatments(broken):
    ex = """
        usubjid  exseq  extrt               exstdtc     exoccur
        P01      1      Methylprednisolone  2021-01-01  .
        P01      2      MSC                 2021-01-02  .
        P02      1      MSC                 2021-01-02  .
        P02      2      msc                 2021-01-05  .
        P02      3      Placebo             2021-01-08  N
    """
    assert broken("patient_of_two_treatments", "2021-05-05", dm="usubjid\nP01\nP02", ex=ex) == {
        "P01: ex": "Each counts as an infusion: MSC, Methylprednisolone"
    }


def test_omitted_infusion_with_dose(broken):
    assert broken("omitted_infusion_with_dose", **INFUSIONS) == {
        "omitted: ex 1": "Not given, and with a dose of 200",
        "omitted: ex 2": "Not given, and with batch L1, a viability of 90",
    }


def test_omitted_infusion_without_reason(broken):
    assert broken("omitted_infusion_without_reason", **INFUSIONS) == {
        "unsaid: ex 1": "Not given, and no reason is recorded"
    }


def test_viability_implausible(broken):
    assert broken("viability_implausible", **INFUSIONS) == {
        "a share: ex 1": "Viability 0.9 %",
        "a share: ex 2": "Viability 101 %",
    }


def test_batch_of_two_donors(broken):
    assert broken("batch_of_two_donors", **INFUSIONS) == {
        "two donors: batch L9": "Batch L9 is of donors D8 and D9",
        "other half: batch L9": "Batch L9 is of donors D8 and D9",
    }


def test_patient_of_two_donors(broken):
    assert broken("patient_of_two_donors", **INFUSIONS) == {
        "two donors: infusion 2": "Donor D9, where the first infusion was of another"
    }


def test_batch_or_donor_missing(broken):
    assert broken("batch_or_donor_missing", **INFUSIONS) == {
        "no batch: ex 1": "Given without a batch",
        "no batch: ex 2": "Given without a donor",
    }


def test_first_exposure_differs(broken):
    assert broken("first_exposure_differs", **INFUSIONS) == {
        "exposed: dm": "First exposure on 2021-01-03, first infusion on 2021-01-02"
    }


def test_dosing_deviation_not_recorded(broken):
    missing = broken("dosing_deviation_not_recorded", **INFUSIONS)
    assert missing["early: infusion 2, early"] == "Not recorded in dv: early, given 2021-01-04"
    assert "recorded: infusion 2, early" not in missing
    assert not any(each.startswith("in order: ") for each in missing)
    # One definition: what the Dosing page lists, and the site did not record.
    listed = answers.records(ask("dosing/deviations", INFUSIONS["cut"]))
    assert len(missing) > 10
    assert sorted(missing) == sorted(
        f"{row['usubjid']}: infusion {row['infusion']}, {row['rule']}"
        for row in listed
        if row["recorded"] is None
    )


# Adverse events

SERIOUS = {
    "cut": "2021-03-07",
    "dm": "usubjid\nP1",
    "ds": "usubjid  dsdecod  dsstdtc\nP1  ENTERED INTO TRIAL  2021-01-01",
    "ae": """
        usubjid  aeseq  aedecod  aestdtc     aeser  aerel        aetoxgr  aesdth  aeslife  aeshosp  aesdisab  aescong  aesmie  expected  aware_dtc         reported_dtc
        P1       1      Sepsis   2021-01-05  Y      NOT RELATED  4        N       Y        N        N         .        N       .         2021-01-05        2021-01-05
        P1       2      Clot     2021-01-06  Y      RELATED      4        N       N        N        N         .        N       U         .                 .
        P1       3      Stroke   2021-01-07  Y      RELATED      3        N       N        y        N         .        N       N         2021-01-06        2021-01-05
        P1       4      Fever    2021-01-08  N      RELATED      1        N       N        N        N         .        N       .         .                 .
        P1       5      Rash     2021-01-09  N      RELATED      2        N       N        Y        N         .        Y       .         .                 .
        P1       6      Cough    2021-01-10  .      .            .        .       .        .        .         .        .       .         .                 .
        P1       7      Shock    2021-01-11  Y      NOT RELATED  4        .       .        .        .         Y        .       .         2021-01-11T10:00  2021-01-11T09:00
        P1       8      Nausea   2021-01-12  Q      MAYBE        0        N       N        N        N         .        N       .         .                 .
        P1       9      Pain     2021-01-13  n      related      Grade 2  N       N        N        N         .        N       .         .                 .
        P1       10     Edema    2021-01-14  N      RELATED      2.5      N       N        N        N         .        N       .         .                 .
        P1       11     .        2021-01-15  N      RELATED      2        N       N        N        N         .        N       .         .                 .
        P1       12     Fever    2021-01-08  N      RELATED      2        N       N        N        N         .        N       .         .                 .
        P1       13     Fever    2021-01     N      RELATED      2        N       N        N        N         .        N       .         .                 .
    """,
}


def test_serious_without_criterion(broken):
    assert broken("serious_without_criterion", **SERIOUS) == {
        "P1: ae 2": "Clot is serious, by no criterion"
    }


def test_a_criterion_may_be_one_that_was_not_exported(export):
    cut = export(ae="usubjid  aeseq  aestdtc     aeser  aeslife\nP01  1  2021-01-05  Y  N")
    assert found("serious_without_criterion", cut) == []


def test_criterion_without_serious(broken):
    assert broken("criterion_without_serious", **SERIOUS) == {
        "P1: ae 5": "Rash: aeser N, and hospitalisation, medically important"
    }


def test_awareness_missing(broken):
    assert broken("awareness_missing", **SERIOUS) == {
        "P1: ae 2": "Clot is serious, and the sponsor's awareness is not dated"
    }


def test_aware_before_start(broken):
    assert broken("aware_before_start", **SERIOUS) == {
        "P1: ae 3": "Stroke: known on 2021-01-06, begun on 2021-01-07"
    }


def test_reported_before_aware(broken):
    assert broken("reported_before_aware", **SERIOUS) == {
        "P1: ae 3": "Stroke: reported 2021-01-05, known 2021-01-06",
        "P1: ae 7": "Shock: reported 2021-01-11T09:00, known 2021-01-11T10:00",
    }


def test_expectedness_missing(broken):
    assert broken("expectedness_missing", **SERIOUS) == {
        "P1: ae 2": "Clot: serious, related, and expected or not?"
    }


def test_event_not_assessed(broken):
    assert broken("event_not_assessed", **SERIOUS) == {
        "P1: ae 6": "Cough without aerel, aeser, aetoxgr"
    }


def test_seriousness_not_in_protocol(broken):
    assert broken("seriousness_not_in_protocol", **SERIOUS) == {"P1: ae 8": 'Nausea: aeser "Q"'}


def test_seriousness_in_full_words_is_in_every_protocol(export):
    cut = export(
        ds="usubjid  dsdecod  dsstdtc\nP01  ENTERED INTO TRIAL  2021-01-01",
        ae="usubjid  aeseq  aeser\nP01  1  Yes\nP01  2  NO\nP01  3  PERHAPS",
    )
    assert found("seriousness_not_in_protocol", cut) == ["P01"]
    events = answers.records(ask("tables/adverse_events", cut))
    assert [row["is_serious"] for row in events] == [True, False, None]


def test_relatedness_not_in_protocol(broken):
    assert broken("relatedness_not_in_protocol", **SERIOUS) == {"P1: ae 8": 'Nausea: aerel "MAYBE"'}


def test_grade_not_1_to_5(broken):
    assert broken("grade_not_1_to_5", **SERIOUS) == {
        "P1: ae 8": 'Nausea: grade "0"',
        "P1: ae 10": 'Edema: grade "2.5"',
    }


def test_event_repeated(broken):
    assert broken("event_repeated", **SERIOUS) == {"P1: ae 12": "Fever of 2021-01-08, as ae 4"}


def test_event_not_coded(broken):
    assert broken("event_not_coded", **SERIOUS) == {
        "P1: ae 11": "An event without a term is not coded"
    }


OUTCOMES = {
    "cut": "2021-03-08",
    "dm": "usubjid  dthdtc\nP1  .\ndied  2021-02-05",
    "ae": """
        usubjid  aeseq  aeterm  aestdtc     aeendtc     aeout                       aeenrtpt  aeongo
        P1       1      Rash    2021-01-05  .           RECOVERED/RESOLVED          .         .
        P1       2      Rash    2021-01-06  2021-01-07  RECOVERED/RESOLVED          .         N
        P1       3      Rash    2021-01-07  2021-01-08  NOT RECOVERED/NOT RESOLVED  .         N
        P1       4      Rash    2021-01-08  .           NOT RECOVERED/NOT RESOLVED  ONGOING   Y
        P1       5      Rash    2021-01-09  2021-01-10  UNKNOWN                     ONGOING   .
        P1       6      Rash    2021-01-10  2021-01     UNKNOWN                     .         y
        P1       7      Rash    2021-01-11  2021-01-12  UNKNOWN                     BEFORE    N
        P1       8      Rash    2021-01-12  2021-04-01  RECOVERING/RESOLVING        .         .
        died     1      Rash    2021-01-12  2021-02-05  NOT RECOVERED/NOT RESOLVED  .         .
        died     2      Rash    2021-01-13  2021-02-04  NOT RECOVERED/NOT RESOLVED  .         .
    """,
}


def test_recovered_without_end(broken):
    assert broken("recovered_without_end", **OUTCOMES) == {
        "P1: ae 1": "Rash: recovered/resolved, and no end date"
    }


def test_not_recovered_with_end(broken):
    # What ends with the patient's death ends unrecovered.
    assert broken("not_recovered_with_end", **OUTCOMES) == {
        "P1: ae 3": "Rash: not recovered/not resolved, and ended on 2021-01-08",
        "died: ae 2": "Rash: not recovered/not resolved, and ended on 2021-02-04",
    }


def test_ongoing_with_end(broken):
    assert broken("ongoing_with_end", **OUTCOMES) == {
        "P1: ae 5": "Rash: ongoing, and ended on 2021-01-10",
        "P1: ae 6": "Rash: ongoing, and ended on 2021-01",
    }


# Visits, support, laboratory, scale

COURSE = {
    "cut": "2021-03-09",
    "dm": "usubjid  sex  dthfl\nP1  M  .\nP2  female  J",
    "sv": """
        usubjid  visitnum  svstdtc     svoccur  svreasoc
        P1       7         2021-01-13  Y        .
        P1       28        2021-02-03  Y        .
        P1       28        2021-02     Y        .
        P1       28.1      2021-02-09  Y        .
        P1       28.1      2021-02-10  Y        .
        P1       60        2021-03-01  N        Too ill
        P2       7         2021-02-04  .        .
        P2       7         .           N        .
        P2       28        2021-02-03  Y        .
        P2       28        2021-02-02  Y        .
        P3       60        2021-03-01  x        .
    """,
    "pr": """
        usubjid  prtrt  prstdtc           prendtc
        P1       IMV    2021-01-05        2021-01-09
        P1       IMV    2021-01-09        2021-01-10
        P1       ECMO   2021-01-06        2021-01-07
        P1       IMV    2021-02           2021-02-03
        P1       IMV    2021-02           .
        P2       IMV    2021-01-05        2021-01-09T10:00
        P2       imv    2021-01-09T09:00  2021-01-10
        P2       ECMO   2021-01-05        2021-01-09
        P2       ECMO   2021-01-07        .
    """,
    "lb": """
        usubjid  lbtestcd  lbstresn  lbstresu  lbdtc       lbnrind
        P1       DDIMER    300       ng/mL     2021-01-05  normal
        P1       DDIMER    310       NG / mL   2021-01-06  NORMAL
        P1       CRP       0         mg/L      2021-01-05  .
        P2       DDIMER    0.3       mg/L      2021-01-05  OK
        P2       CRP       -1        mg/L      2021-01-05  HIGH
        P2       CRP       12        .         2021-01-06  HIGH
    """,
    "rs": """
        usubjid  rscat  rsstresn  rsdtc
        P1       WHO    6         2021-01-05
        P2       WHO    6.5       2021-01-05
        P2       WHO    8         2021-01-05
    """,
    "ae": """
        usubjid  aeseq  aeterm  aestdtc     aesev   aeout     aeslife  expected
        P1       1      Rash    2021-01-05  Mild    RECOVERED/RESOLVED  N        Y
        P2       1      Rash    2021-01-05  SLIGHT  HEALED    1        N
    """,
    "ss": "usubjid  ssdtc  ssstresc\nP1  2021-01-05  ALIVE\nP2  2021-01-05  WELL",
}


def test_visit_done_and_not_done(broken):
    assert broken("visit_done_and_not_done", **COURSE) == {
        "P2: sv 7": "Recorded as not done, and as done on 2021-02-04"
    }


def test_visit_repeated(broken):
    # 3 February and some day of February may be one; an unscheduled visit may be any number.
    assert broken("visit_repeated", **COURSE) == {"P2: sv 28": "Done on 2021-02-02 and 2021-02-03"}


def test_visits_out_of_order(broken):
    assert broken("visits_out_of_order", **COURSE) == {
        "P2: sv 28": "Day 28 on 2021-02-02, before Day 7 on 2021-02-04"
    }


def test_missed_visit_without_reason(broken):
    assert broken("missed_visit_without_reason", **COURSE) == {
        "P2: sv 7": "The visit was not done, and no reason is recorded"
    }


def test_support_overlaps(broken):
    assert broken("support_overlaps", **COURSE) == {
        "P2: pr imv 2021-01-09T09:00": "imv since 2021-01-09T09:00, and another from 2021-01-05 "
        "to 2021-01-09T10:00",
        "P2: pr ECMO 2021-01-07": "ecmo since 2021-01-07, and another from 2021-01-05 to "
        "2021-01-09",
    }


def test_lab_value_negative(broken):
    assert broken("lab_value_negative", **COURSE) == {"P2: lb CRP 2021-01-05": "CRP -1 mg/L"}


def test_lab_unit_missing(broken):
    assert broken("lab_unit_missing", **COURSE) == {
        "P2: lb CRP 2021-01-06": "CRP 12, without a unit"
    }


def test_lab_unit_differs(broken):
    assert broken("lab_unit_differs", **COURSE) == {
        "P2: lb DDIMER in mg/l": "DDIMER in mg/l, where most results are in ng/ml"
    }


def test_score_outside_scale(broken):
    assert broken("score_outside_scale", **COURSE) == {
        "P2: rs WHO 2021-01-05": "Score 6.5 and Score 8"
    }


def test_value_outside_vocabulary(broken):
    # No case and no blank counts: Mild and MILD are one.
    assert broken("value_outside_vocabulary", **COURSE) == {
        "P2: dm": 'dthfl "J", sex "female"',
        "P2: ae 1": 'aeout "HEALED", aesev "SLIGHT", aeslife "1"',
        "P2: ss 2021-01-05": 'ssstresc "WELL"',
        "P2: lb DDIMER 2021-01-05": 'lbnrind "OK"',
        "P3: sv 60": 'svoccur "x"',
    }


def test_value_outside_vocabulary_if_no_count_knows_it(broken):
    # YES and NO mean what Y and N mean, and a short form of an outcome what the long one means.
    short = ["NOT RECOVERED", "Not resolved", "RECOVERED", "RESOLVED", "RECOVERING", "RESOLVING"]
    flags = ["aesdth", "aeslife", "aeshosp", "aesdisab", "aescong", "aesmie", "aetrtem", "aeongo"]
    ae = [["usubjid", "aeseq", "aeout", "expected", *flags]]
    ae += [["P01", str(nth), outcome, *["no"] * 9] for nth, outcome in enumerate(short)]
    ae += [["P01", "8", "GETTING BETTER", *["Yes"] * 8, "PERHAPS"]]
    drawing = {
        "dm": "usubjid  dthfl\nP01  YES",
        "sv": "usubjid  visitnum  svoccur\nP01  7  NO\nP01  28  yes",
        "ae": "\n".join("  ".join(row) for row in ae),
    }
    assert broken("value_outside_vocabulary", "2021-05-07", **drawing) == {
        "P01: ae 8": 'aeongo "PERHAPS", aeout "GETTING BETTER"'
    }


def test_person_not_in_dm(broken):
    assert broken("person_not_in_dm", **COURSE) == {"P3: sv": "1 record of nobody who is in dm"}


# All together


def test_an_export_in_order_breaks_no_rule(export):
    cut = export(dm="usubjid  rficdtc\nP01      2021-01-05")
    assert [check for check in queries.checks() if found(check.removeprefix("checks/"), cut)] == []
    assert ask("checks/findings", cut).empty


def test_findings_are_what_every_check_finds(plan, broken):
    one_by_one = {
        (check, each): finding
        for check in (name.removeprefix("checks/") for name in queries.checks())
        for each, finding in broken(check, **DEATH).items()
    }
    together = answers.records(ask("checks/findings", DEATH["cut"]))
    assert len(one_by_one) > 20
    assert one_by_one == {
        (row["check"], f"{row['usubjid']}: {row['record']}"): row["finding"] for row in together
    }
    order = [["critical", "major", "minor"].index(row["severity"]) for row in together]
    assert order == sorted(order)
    for row in together:
        rule = queries.read(f"checks/{row['check']}")
        assert (row["rule"], row["severity"]) == (rule.headline, rule.notes["severity"])
    key = ["check", "usubjid", "record"]
    critical = {tuple(row[each] for each in key) for row in together[: order.count(0)]}
    assert len(critical) > 5
    assert critical == {
        tuple(row.values()) for row in answers.records(ask("checks/critical", DEATH["cut"]))
    }


def test_findings_of_a_group_are_those_of_its_people(export):
    cut = export(
        dm="usubjid  cohort  rficdtc\nP1  A  .\nP2  B  .",
        ds="usubjid  dsdecod             dsstdtc\nP1  ENTERED INTO TRIAL  2021-01-05\n"
        "P2  ENTERED INTO TRIAL  2021-01-05",
        ae="usubjid  aeterm  aetoxgr  aeout\nP1  Sepsis  5  NOT RECOVERED/NOT RESOLVED\n"
        "P2  Sepsis  5  NOT RECOVERED/NOT RESOLVED",
    )
    for question in ("checks/findings", "checks/critical"):
        assert set(ask(question, cut)["usubjid"]) == {"P1", "P2"}
        assert set(ask(question, cut, cohort="A")["usubjid"]) == {"P1"}


def states(cut: str) -> dict[str, tuple[str, str | None, int]]:
    return {
        row["check"]: (row["state"], row["reason"], row["n_findings"])
        for row in answers.records(ask("checks/status", cut))
    }


def test_a_rule_that_could_not_be_checked_does_not_hold(export):
    cut = export(dm="usubjid  rficdtc  age\nP01      .        71")
    seen = states(cut)
    assert seen["consent_date_missing"] == ("broken", "no value in participants.consent_dtc", 1)
    assert seen["person_not_in_dm"] == ("holds", None, 0)
    assert seen["awareness_missing"][:2] == ("not checked", "not exported: ae.aeser, ae.aware_dtc")
    assert seen["weight_implausible"][:2] == ("not checked", "not exported: vs")
    assert seen["infusion_before_consent"][:2] == (
        "not checked",
        "no value in participants.consent_dtc",
    )
    assert seen["older_than_protocol"][:2] == (
        "not checked",
        "not set in protocol.toml: eligibility.age_max",
    )
    assert seen["score_outside_scale"][:2] == (
        "not checked",
        "not exported: rs; not set in protocol.toml: clinical_scale",
    )


def test_what_an_export_lacks_is_no_finding_of_anybody(trial, export):
    died = """
        usubjid  dsdecod             dsstdtc
        B1       ENTERED INTO TRIAL  2021-01-01
        B1       DEATH               2021-01-10
    """
    ae = "usubjid  aestdtc  aeterm\nB1  2021-01-03  Sepsis"
    lacks = {
        "death_recorded_in_part": "dm.dthdtc or dm.dthfl",
        "death_without_fatal_event": "ae.aesdth or ae.aeout or ae.aetoxgr",
        "group_not_assigned": "dm.cohort",
    }

    def told(cut: str) -> dict[str, tuple[str | None, list[str]]]:
        """What keeps each of those rules from being checked, and whom it finds."""
        lacking = {
            row["check"]: row["lacks"] for row in answers.records(ask("checks/checked", cut))
        }
        return {check: (lacking[check], found(check, cut)) for check in lacks}

    cut = export("2021-02-01", dm="usubjid  armcd\nB1  X", ds=died, ae=ae)
    assert told(cut) == {check: (columns, []) for check, columns in lacks.items()}
    # Of several columns, one is enough.
    for day, death, outcome in (
        (2, "dthdtc", "aesdth"),
        (3, "dthfl", "aeout"),
        (4, "dthfl", "aetoxgr"),
    ):
        cut = export(
            f"2021-02-0{day}",
            dm=f"usubjid  rficdtc  cohort  {death}\nB1  .  .  .",
            ds=died,
            ae=f"usubjid  aestdtc  {outcome}\nB1  2021-01-03  .",
        )
        assert told(cut) == dict.fromkeys(lacks, (None, ["B1"]))
    # The group is where protocol.toml says it is.
    (trial / "protocol.toml").write_text('group_column = "armcd"\n' + PROTOCOL)
    assert told("2021-02-01")["group_not_assigned"] == (None, ["B1"])
    assert told("2021-02-02")["group_not_assigned"] == ("dm.armcd", [])


def test_a_death_that_dm_cannot_know_may_be_missing_in_ds(export):
    cut = export(ss="usubjid  ssdtc  ssstresc\nP01  2021-01-10  DEAD")
    [row] = answers.records(ask("checks/death_recorded_in_part", cut))
    assert row["finding"] == "Dead in ss, not in ds"


def test_the_rules_of_a_cut_are_all_the_checks(plan, broken):
    broken("death_not_dated", **DEATH)
    assert sorted(ask("checks/checked", DEATH["cut"])["check"]) == sorted(
        check.removeprefix("checks/") for check in queries.checks()
    )


def test_what_a_rule_needs_is_in_the_contract_derived_or_in_the_protocol():
    plan = data.Protocol.model_fields
    derived = {
        (table, column)
        for table in queries.TABLES
        for column in queries.read(f"tables/{table}").columns
    }
    for check in queries.checks():
        needed = rules.needs(queries.read(check))
        for need in (each for either in needed for each in either.split(" or ")):
            first, _, second = need.partition(".")
            if second.startswith("$"):
                assert second[1:] in plan, (check, need)
            elif first in contract.tables():
                columns = {column.name for column in contract.tables()[first].columns}
                assert not second or second in columns, (check, need)
            elif (first, second) not in derived:
                part = plan[first].annotation
                assert not second or second in part.model_fields, (check, need)


# The findings in the CDISC pilot, each looked at in its files:
#
# consent_date_missing 306          True: RFICDTC is there, and empty for everybody.
# criterion_without_serious 33      True: AESER is N where AESHOSP, AESDISAB or AESDTH is Y. All
#                                   three deaths are among them, as 01-701-1211, SUDDEN DEATH.
# death_of_two_dates 1              True: 01-704-1445 died on 1 November 2014 in DM and DS, and the
#                                   fatal event ended on 31 October.
# event_not_assessed 4              True: AEREL is NA in two events each of two people, 01-704-1135
#                                   and 01-718-1254.
# event_repeated 303                True: an event has several records, one for each change of its
#                                   outcome (234) or severity (78); 300 share their AESPID, the
#                                   sponsor's number of the event. One is a copy in everything else.
# not_recovered_with_end 250        True of the record: NOT RECOVERED/NOT RESOLVED, with an end.
#                                   Each is an earlier state of an event whose other record, of the
#                                   same AESPID, has recovered: the end was copied into it.
# screen_failure_without_reason 52  True: DSTERM says SCREEN FAILURE too, and there is no IE.
# seen_after_leaving 3              No error: a RETRIEVAL visit, months after a patient coded as
#                                   WITHDRAWAL BY SUBJECT stopped treatment. By DSTERM nobody
#                                   withdrew consent ("PATIENT TO BEGIN COURSE OF ARICEPT").
# visit_after_death 1               True: 01-710-1083 died on 2 August 2013, and week 2 is dated a
#                                   day later.
PILOT_FINDINGS = {
    "consent_date_missing": 306,
    "criterion_without_serious": 33,
    "death_of_two_dates": 1,
    "event_not_assessed": 4,
    "event_repeated": 303,
    "not_recovered_with_end": 250,
    "screen_failure_without_reason": 52,
    "seen_after_leaving": 3,
    "visit_after_death": 1,
}


def test_the_findings_in_the_pilot_are_those_that_were_looked_at(pilot):
    assert dict(ask("checks/findings", pilot)["check"].value_counts()) == PILOT_FINDINGS


# Over the cuts: since when is a finding open, and was it put right or only lost from sight?

AE_AS_GRADED = "usubjid  aeseq  aeterm  aetoxgr\nP04  2  Fever  8"
DM_LATER = "usubjid  cohort  rficdtc\nP01  A  .\nP02  B  2021-01\nP04  B  2021-01-05"
CUTS = {
    "2021-02-01": {
        "dm": """
            usubjid  cohort  rficdtc
            P01      A       .
            P02      B       2021-01
            P03      B       .
            P04      B       2021-01-05
        """,
        "ae": AE_AS_GRADED + "\nP04  1  Rash  7",
    },
    "2021-02-15": {
        "dm": "usubjid  cohort  rficdtc\nP01  A  .\nP02  B  2021-01-06\nP04  B  .",
        "ae": AE_AS_GRADED,
    },
    "2021-02-22": {"dm": DM_LATER, "ae": AE_AS_GRADED},
    "2021-03-01": {"dm": DM_LATER, "ae": "usubjid  aeseq  aeterm\nP04  2  Fever"},
    "2021-03-08": {"dm": DM_LATER.replace("P02  B", "P02  A"), "ae": AE_AS_GRADED},
}


@pytest.fixture(scope="module")
def weekly(tmp_path_factory):
    """Five cuts, and a refused one after the first."""
    folder = tmp_path_factory.mktemp("weekly")
    (folder / "protocol.toml").write_text(PROTOCOL, encoding="utf-8")
    for cut, drawings in CUTS.items():
        write_export(folder / "exports" / cut, **drawings)
    (folder / "exports" / "2021-02-08").mkdir()
    return folder


@pytest.fixture
def compared(weekly, monkeypatch) -> Callable[..., dict[tuple, tuple]]:
    """{(check, person, record): (state, because)} of the two rules that the cuts are drawn for."""
    monkeypatch.setenv("TRIAL", str(weekly))

    def look(cut: str, since: str | None = None, **params: object) -> dict[tuple, tuple]:
        return {
            (row["check"], row["usubjid"], row["record"]): (row["state"], row["because"])
            for row in answers.records(ask("checks/compared", cut, since=since, **params))
            if row["check"] in ("consent_date_missing", "grade_not_1_to_5")
        }

    return look


def test_a_finding_is_new_persists_is_resolved_or_is_only_lost_from_sight(compared):
    assert compared("2021-02-15", "2021-02-01") == {
        ("consent_date_missing", "P04", "dm"): ("new", None),
        ("consent_date_missing", "P03", "dm"): (
            "gone", "nothing of the person is exported any more",
        ),
        ("grade_not_1_to_5", "P04", "ae 1"): ("gone", "the record is not exported any more"),
        ("consent_date_missing", "P01", "dm"): ("persisting", None),
        ("grade_not_1_to_5", "P04", "ae 2"): ("persisting", None),
        ("consent_date_missing", "P02", "dm"): ("resolved", None),
    }  # fmt: skip


def compared_by(cut: str, *checks: str) -> dict[tuple[str, str], str]:
    found = answers.records(ask("checks/compared", cut))
    return {(row["check"], row["record"]): row["state"] for row in found if row["check"] in checks}


def test_a_record_has_one_name_in_a_check_and_in_what_is_gone(export):
    # The cut of 1 February holds dates of March, and nothing of it is left a week later.
    drawn = {
        "ds": "usubjid  dsdecod  dsstdtc\nP01  Moved away  2021-03-01",
        "ex": "usubjid  exstdtc  exlot\nP01  2021-03-01  L1",
        "ae": "usubjid  aestdtc  aeterm  aedecod\nP01  2021-03-01  shock  Shock",
        "sv": "usubjid  visitnum  svstdtc  visit\nP01  .  2021-03-01  Day 28\n"
        "P01  28.1  2021-03-01  .",
        "vs": "usubjid  vstestcd  vsstresn  vsdtc\nP01  Weight  20  2021-03-01",
        "ss": "usubjid  ssdtc  ssstresc\nP01  2021-03-01  ALIVE",
        "pr": "usubjid  prtrt  prstdtc\nP01  ECMO  2021-03-01",
        "dv": "usubjid  dvterm  dvstdtc\nP01  Late  2021-03-01",
        "rs": "usubjid  rscat  rsstresn  rsdtc\nP01  WHO  5  2021-03-01",
        "lb": "usubjid  lbtestcd  lbstresn  lbdtc\nP01  CRP  5  2021-03-01",
        "ie": "usubjid  ietest  iecat\nP01  Cancer  X\nP01  .  X",
    }
    export("2021-02-01", **drawn)
    emptied = {name: rows.partition("\n")[0] for name, rows in drawn.items()}
    cut = export("2021-02-08", **emptied)
    rules_ = ["date_after_cut", "value_outside_vocabulary", "weight_implausible"]
    assert compared_by(cut, "departure_not_in_protocol", *rules_) == dict.fromkeys(
        [
            ("departure_not_in_protocol", "ds MOVED AWAY"),
            ("date_after_cut", "ds MOVED AWAY"),
            ("date_after_cut", "ex L1 2021-03-01"),
            ("date_after_cut", "ae shock 2021-03-01"),
            ("date_after_cut", "sv Day 28 2021-03-01"),
            ("date_after_cut", "sv 28.1"),
            ("date_after_cut", "vs Weight 2021-03-01"),
            ("date_after_cut", "ss 2021-03-01"),
            ("date_after_cut", "pr ECMO 2021-03-01"),
            ("date_after_cut", "dv Late 2021-03-01"),
            ("date_after_cut", "rs WHO 2021-03-01"),
            ("date_after_cut", "lb CRP 2021-03-01"),
            ("value_outside_vocabulary", "ie Cancer"),
            ("value_outside_vocabulary", "ie"),
            ("weight_implausible", "vs Weight 2021-03-01"),
        ],
        "gone",
    )


def test_what_names_a_record_may_be_put_right(export):
    export(
        "2021-02-01",
        dm="usubjid\nP01",
        ex="usubjid  exstdtc  exlot  donor\nP01  2021-01-05  .  D1\nP01  2021-01-09  L1  D1",
        ae="usubjid  aestdtc  aeterm  aeser\nP01  2021-01  Fever  Y\nP01  2021-01  Shock  Y",
    )
    cut = export(
        "2021-02-08",
        dm="usubjid\nP01",
        ex="usubjid  exstdtc  exlot  donor\nP01  2021-01-05  L1  D1\nP01  2021-01-09  L1  D1",
        ae="usubjid  aestdtc  aeterm  aeser\nP01  2021-01-20  Fever  Y",
    )
    # The batch was filled in, the day of the fever found out; of the shock, nothing is exported.
    assert compared_by(cut, "batch_or_donor_missing", "date_not_known") == {
        ("batch_or_donor_missing", "ex 2021-01-05"): "resolved",
        ("date_not_known", "ae Fever 2021-01"): "resolved",
        ("date_not_known", "ae Shock 2021-01"): "gone",
    }


def test_a_rule_that_can_no_longer_be_checked_resolves_nothing(compared):
    lacks = ", or not in full: not exported: ae.aetoxgr"
    fever = ("grade_not_1_to_5", "P04", "ae 2")
    assert compared("2021-03-01", "2021-02-22")[fever] == (
        "gone",
        "the rule is not checked any more" + lacks,
    )
    assert compared("2021-03-08", "2021-03-01")[fever] == (
        "new",
        "the rule was not checked before" + lacks,
    )


def test_without_another_cut_a_finding_is_open_and_nobody_says_new(compared):
    assert {state for state, _ in compared("2021-02-01").values()} == {"open"}
    assert len(compared("2021-02-01")) == 5
    # Without being told, the usable cut before is the other.
    assert compared("2021-02-15") == compared("2021-02-15", "2021-02-01")


def test_the_findings_of_a_group_are_compared_within_the_group(compared):
    assert set(compared("2021-02-22", "2021-02-15", cohort="A")) == {
        ("consent_date_missing", "P01", "dm")
    }
    # P02 changes group: nothing is new and nothing resolved.
    asked = {"cut": "2021-03-08", "since": "2021-03-01"}
    consent = ("consent_date_missing", "P02", "dm")
    assert compared(**asked, cohort="A")[consent] == (
        "new",
        "the person was not in the group before",
    )
    assert compared(**asked, cohort="B")[consent] == (
        "gone",
        "the person is not in the group any more",
    )
    assert compared(**asked)[consent] == ("persisting", None)


def test_since_which_cut_a_finding_is_open_and_with_which_it_was_closed(weekly, monkeypatch):
    monkeypatch.setenv("TRIAL", str(weekly))
    spells = [
        (row["usubjid"], row["open_since"], row["is_first"], row["gone_with"], row["n_cuts"])
        for row in answers.records(ask("checks/recorded", "2021-03-08"))
        if row["rule"] == "Consent is dated to the day"
    ]
    # The refused cut of 8 February neither closes nor counts.
    assert spells == [
        ("P01", "2021-02-01", True, None, 5),
        ("P02", "2021-02-01", True, "2021-02-15", 1),
        ("P02", "2021-02-22", False, None, 3),
        ("P03", "2021-02-01", True, "2021-02-15", 1),
        ("P04", "2021-02-15", False, "2021-02-22", 1),
    ]
    again = ask("checks/compared", "2021-03-08").query("is_again")
    assert set(zip(again["usubjid"], again["record"], strict=True)) == {
        ("P02", "dm"),
        ("P04", "ae 2"),
    }
    closed = ask("checks/closed", "2021-02-22").query("rule == 'Consent is dated to the day'")
    assert closed["usubjid"].to_list() == ["P04", "P02", "P03"]
    assert ask("checks/closed", "2021-02-22", cohort="A").empty


def test_the_trend_counts_what_the_rules_found_in_each_cut(weekly, monkeypatch):
    monkeypatch.setenv("TRIAL", str(weekly))
    course = ask("checks/course", "2021-03-08")
    assert sorted(course["cut"].unique()) == sorted(CUTS)
    for cut in CUTS:
        found = ask("checks/findings", cut)["severity"].value_counts()
        counted = course[course["cut"] == cut].set_index("severity")["n_open"]
        assert counted.to_dict() == {
            each: found.get(each, 0) for each in ("critical", "major", "minor")
        }
    # From one cut to the next, open = open before + new - closed.
    for _, mine in course.groupby("severity"):
        moved = (mine["n_new"] - mine["n_closed"]).to_list()[1:]
        assert mine["n_open"].diff().to_list()[1:] == moved


def test_what_the_page_says_of_the_rules_is_what_they_answer(weekly, monkeypatch):
    monkeypatch.setenv("TRIAL", str(weekly))
    for cohort in (None, "A", "B"):
        asked = {"cut": "2021-03-01", "cohort": cohort}
        # What the rules answer in this cut, without the history of all cuts.
        of_rule = ask("checks/findings", **asked).groupby("check")["usubjid"]
        columns = ["check", "reason", "n_findings", "n_people"]
        live = ask("checks/checked", **asked).set_index("check")
        live["n_findings"] = of_rule.size().reindex(live.index, fill_value=0)
        live["n_people"] = of_rule.nunique().reindex(live.index, fill_value=0)
        live = live.reset_index()[columns].sort_values("check", ignore_index=True)
        shown = ask("checks/status", **asked).sort_values("check", ignore_index=True)
        assert answers.records(shown[columns]) == answers.records(live)
        assert (shown["state"] == "broken").equals(live["n_findings"] > 0)
        is_held_back = live["reason"].notna() & (live["n_findings"] == 0)
        assert (shown["state"] == "not checked").equals(is_held_back)
        summary = ask("checks/summary", **asked).iloc[0]
        assert summary["n_open"] == live["n_findings"].sum()
        assert (
            summary["n_was_open"]
            == summary["n_persisting"] + summary["n_resolved"] + (summary["n_gone"])
        )
        assert summary["n_unchecked"] == is_held_back.sum() > 0


def test_every_finding_is_shown_or_set_aside(weekly, monkeypatch):
    monkeypatch.setenv("TRIAL", str(weekly))
    for cohort in (None, "B"):
        rows = ask("checks/accounting", "2021-02-22", since="2021-02-01", cohort=cohort)
        for _, panel in rows.groupby("panel"):
            assert panel["n_shown"].iloc[0] + panel["n_set_aside"].sum() == panel["n_read"].iloc[0]
        assert "not listed" not in set(rows["reason"])
        n_found = len(ask("checks/findings", "2021-02-22"))
        assert (rows.query("panel == 'open'")["n_read"] == n_found).all()
        n_before = len(ask("checks/findings", "2021-02-01"))  # those of other groups among them
        assert (rows.query("panel == 'no longer found'")["n_read"] == n_before).all()


def test_a_rule_is_known_by_its_words():
    # The history of all cuts knows a rule by them.
    words = [queries.read(check).headline for check in queries.checks()]
    assert len(set(words)) == len(words)


# The page


def opened(weekly, monkeypatch, **address: str) -> AppTest:
    monkeypatch.setenv("TRIAL", str(weekly))
    return app("checks", **address).run()


def test_the_page_says_what_is_open_new_and_lost_from_sight(weekly, monkeypatch):
    at = opened(weekly, monkeypatch, cut="2021-02-15", since="2021-02-01")
    assert not at.exception
    summary = ask("checks/summary", "2021-02-15", since="2021-02-01").iloc[0]
    said = at.subheader[0].value.replace("\\", "")
    assert said.startswith(f"{summary['n_open']} findings are open")
    assert f"{summary['n_gone']} gone without being resolved" in said
    assert any("nobody has resolved them" in each.value for each in at.error)
    [shown] = [each.value for each in at.dataframe if "course" in each.value.columns][:1]
    assert len(shown) == summary["n_open"]
    rule = queries.read("checks/consent_date_missing").headline
    consent = shown[(shown["rule"] == rule) & (shown["usubjid"] == "P04")]
    assert consent["course"].to_list() == [None]  # who is not included has no page


def test_the_page_of_the_first_cut_calls_nothing_new(weekly, monkeypatch):
    at = opened(weekly, monkeypatch, cut="2021-02-01")
    assert not at.exception
    assert "There is no older cut to compare with" in at.subheader[0].value
    assert not {"New", "Resolved"} & {each.label for each in at.metric}


def test_the_newest_cut_refused_is_said_on_top_and_the_last_good_one_is_checked(
    trial, export, monkeypatch
):
    export("2021-02-01", dm="usubjid  age\nP01  60")
    export("2021-02-08", dm="usubjid  age\nP01  60", ex="usubjid  exstdtc\nP02  2021-01-06")
    (trial / "exports" / "2021-02-15").mkdir()
    at = opened(trial, monkeypatch)
    assert not at.exception
    told = at.error[0].value.replace("\\", "")
    assert told.startswith("**The cut 2021-02-15 was refused, and 2021-02-08 is shown.**")
    good = ask("checks/summary", "2021-02-08", since="2021-02-01").iloc[0]
    shown = {each.label: each.value for each in at.metric}
    assert good["n_open"] > good["n_was_open"]
    assert (shown["Open"], shown["New"]) == (str(good["n_open"]), str(good["n_new"]))
    said = at.subheader[0].value.replace("\\", "")
    assert said.startswith(f"{good['n_open']} finding")
    assert "Since 2021-02-01: " in said


def test_hostile_text_is_text_on_the_page(trial, export, monkeypatch):
    nasty = [
        "<script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        "'; drop table dm; --",
        "![x](http://y)",
    ]
    events = "\n".join(f"P01  {n}  {each}  {each}" for n, each in enumerate(nasty, 1))
    for cut in ("2021-02-01", "2021-02-08"):
        ae = f"usubjid  aeseq  aedecod  aetoxgr\n{events}"
        export(cut, dm="usubjid  cohort\nP01  A", ae=ae)
    for address in ({}, {"group": "A"}):
        at = opened(trial, monkeypatch, **address)
        assert not at.exception
        kinds = (at.subheader, at.markdown, at.caption, at.info, at.warning, at.error)
        said = "\n".join(element.value for kind in kinds for element in kind)
        drawn = "\n".join(figure.proto.spec for figure in at.get("plotly_chart"))
        for each in ("<script>", "![x](http"):
            assert each not in said + drawn
        [shown] = [each.value for each in at.dataframe if "course" in each.value.columns][:1]
        found = "\n".join(shown["finding"])
        assert all(each in found for each in nasty)  # as they stand: a table shows text


# The figures

HOSTILE = '<script>alert(1)</script> <a href="javascript:x">go</a> %{x} $x$'


def status_of(*rules_: tuple) -> pd.DataFrame:
    columns = ["check", "rule", "severity", "state", "n_findings", "n_people", "n_new"]
    rows = pd.DataFrame(rules_, columns=columns).astype({"n_new": "Int32"})
    return rows.assign(why=HOSTILE, open_since="2021-02-01")


def course_of(*cuts: tuple) -> pd.DataFrame:
    rows = [
        (cut, severity, n, None, None)
        for cut, *counts in cuts
        for severity, n in zip(charts_of.SEVERITIES, counts, strict=True)
    ]
    return pd.DataFrame(rows, columns=["cut", "severity", "n_open", "n_new", "n_closed"])


STATUS = status_of(
    ("b", "A rule that is major", "major", "broken", 9, 4, 0),
    ("a", HOSTILE, "critical", "broken", 2, 1, 1),
    ("c", "A rule that holds", "major", "holds", 0, 0, 0),
    ("d", "A rule that needs more", "minor", "not checked", 0, 0, None),
)
TREND = course_of(("2021-02-01", 1, 2, 0), ("2021-02-08", 0, 5, 1), ("2021-02-15", 1, 3, 0))


def test_the_worst_rule_is_named_and_the_unchecked_are_not_taken_for_good():
    title = charts.alt(charts_of.broken(STATUS))
    assert title.startswith(
        "2 rules of 4 are broken, 1 cannot be checked. The worst breaks “<script>"
    )
    holds = STATUS[STATUS["state"] != "broken"]
    assert charts.alt(charts_of.broken(holds)) == "None of 2 rules is broken, 1 cannot be checked."


def test_a_bar_holds_what_persists_and_what_is_new():
    stays, new = charts_of.broken(STATUS).data
    assert (list(stays.x), list(new.x)) == ([1, 9], [1, 0])
    notes = [each.text for each in charts_of.broken(STATUS).layout.annotations]
    assert notes == ["2 (1 new)", "9"]


def test_the_trend_names_now_then_and_the_most():
    figure = charts_of.course(TREND)
    assert charts.alt(figure) == (
        "4 findings are open by 2021-02-15, where it was 3 by 2021-02-01 and at most 6, by "
        "2021-02-08"
    )
    assert [list(trace.y) for trace in figure.data] == [[1, 0, 1], [2, 5, 3], [0, 1, 0]]
    assert charts.alt(charts_of.course(TREND[:3])) == (
        "3 findings are open by 2021-02-01, the first cut"
    )


@pytest.mark.parametrize("figure", [charts_of.broken(STATUS), charts_of.course(TREND)])
def test_plotly_accepts_every_property_and_no_tag_works(figure):
    go.Figure(charts.finished(figure, "Data cut 2021-02-15", True).to_dict())
    everything = str(figure.to_dict())
    for tag in ("<script", "<a ", "NaN", "<NA>"):
        assert tag not in everything


def test_without_rows_the_figures_say_so():
    assert charts.alt(charts_of.course(TREND[:0])) == "No cut could be read."
