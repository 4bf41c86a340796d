"""The people of the trial and the questions of the Recruitment page, on rows drawn here."""

from datetime import date

import pandas as pd
import pytest

from charts import recruitment
from queries import answers, ask
from tests.conftest import PROTOCOL, included, left, rows

# One person for each way through the trial. Day 28 is the first outcome day of PROTOCOL.
DM = """
    usubjid       cohort  rficdtc     dthdtc
    screening     .       2021-02-20  .
    failed        .       2021-01-04  .
    declined      .       2021-01-04  .
    untreated     A       2021-02-26  .
    treating      A       2021-02-24  .
    following     B       2021-01-04  .
    completed     A       2021-01-04  .
    withdrawn     A       2021-01-04  .
    lost          B       2021-01-04  .
    died          B       2021-01-04  2021-01-20
    died later    B       2021-01-04  .
    after cut     A       2021-02-26  .
"""
DS = """
    usubjid       dscat               dsdecod                 dsstdtc
    failed        DISPOSITION EVENT   SCREEN FAILURE          2021-01-05
    declined      DISPOSITION EVENT   WITHDRAWAL BY SUBJECT   2021-01-05
    untreated     PROTOCOL MILESTONE  ENTERED INTO TRIAL      2021-02-27
    treating      PROTOCOL MILESTONE  ENTERED INTO TRIAL      2021-02-25
    following     PROTOCOL MILESTONE  ENTERED INTO TRIAL      2021-01-06
    completed     PROTOCOL MILESTONE  ENTERED INTO TRIAL      2021-01-06
    completed     DISPOSITION EVENT   COMPLETED               2021-02-28
    withdrawn     PROTOCOL MILESTONE  Randomized              2021-01-06
    withdrawn     DISPOSITION EVENT   PHYSICIAN DECISION      2021-02
    lost          PROTOCOL MILESTONE  ENTERED INTO TRIAL      2021-01-06
    lost          DISPOSITION EVENT   LOST TO FOLLOW-UP       2021-02-03
    lost          OTHER EVENT         FINAL LAB VISIT         2021-02-04
    died          PROTOCOL MILESTONE  ENTERED INTO TRIAL      2021-01-06
    died          DISPOSITION EVENT   ADVERSE EVENT           2021-01-21
    died later    PROTOCOL MILESTONE  ENTERED INTO TRIAL      2021-01-06
    died later    DISPOSITION EVENT   DEATH                   2021-03-02
    after cut     PROTOCOL MILESTONE  ENTERED INTO TRIAL      2021-03-02
"""
EX = """
    usubjid       exstdtc           exoccur
    treating      2021-02-26T10:30  Y
    following     2021-01-06        .
    following     2021-01-09        .
    completed     2021-01-07        Y
    completed     2021-01-10        N
    withdrawn     2021-01           Y
    died          2021-01-06        Y
"""


@pytest.fixture
def cut(export):
    return export("2021-03-01", dm=DM, ds=DS, ex=EX)


def test_every_status_a_person_can_have(cut):
    assert rows("tables/participants", cut, "usubjid", "status", "left_why", "left_on") == [
        ("after cut", "in screening", None, None),
        ("completed", "completed", "COMPLETED", "2021-02-28"),
        ("declined", "withdrawn", "WITHDRAWAL BY SUBJECT", "2021-01-05"),
        ("died", "died", "DEATH", "2021-01-20"),
        ("died later", "in follow-up", None, None),  # the death is dated after the cut
        ("failed", "screen failed", "SCREEN FAILURE", "2021-01-05"),
        ("following", "in follow-up", None, None),  # day 28 has passed
        ("lost", "lost", "LOST TO FOLLOW-UP", "2021-02-03"),
        ("screening", "in screening", None, None),
        ("treating", "on treatment", None, None),
        ("untreated", "on treatment", None, None),
        ("withdrawn", "withdrawn", "PHYSICIAN DECISION", None),  # some day in February
    ]


# A row of ds, with its category, subcategory and epoch -> the status of a patient in follow-up.
LEAVING = {
    "DISPOSITION EVENT  STUDY TREATMENT      .          ADVERSE EVENT": "in follow-up",
    "DISPOSITION EVENT  STUDY TREATMENT      .          COMPLETED": "in follow-up",
    "DISPOSITION EVENT  STUDY PARTICIPATION  .          COMPLETED": "completed",
    "DISPOSITION EVENT  .                    SCREENING  COMPLETED": "in follow-up",
    "DISPOSITION EVENT  .                    TREATMENT  COMPLETED": "in follow-up",
    "DISPOSITION EVENT  .                    FOLLOW-UP  COMPLETED": "completed",
    "DISPOSITION EVENT  .                    TREATMENT  WITHDRAWAL BY SUBJECT": "withdrawn",
    "END OF STUDY       .                    .          LOST TO FOLLOW-UP": "lost",
    ".                  .                    .          LOST TO FOLLOW-UP": "lost",
    "OTHER EVENT        .                    .          COMPLETED": "in follow-up",
    "DISPOSITION EVENT  STUDY TREATMENT      .          DEATH": "died",
}


def test_who_leaves_the_treatment_or_an_epoch_is_still_in_the_trial(trial, export):
    people = {f"P{place:02}": each for place, each in enumerate(LEAVING)}
    lines = [f"{who}  PROTOCOL MILESTONE  .  .  ENTERED INTO TRIAL  2021-01-01" for who in people]
    lines += [f"{who}  {each}  2021-02-10" for who, each in people.items()]
    cut = export(
        dm="usubjid\n" + "\n".join(people),
        ds="usubjid  dscat  dsscat  epoch  dsdecod  dsstdtc\n" + "\n".join(lines),
    )
    found = dict(rows("tables/participants", cut, "usubjid", "status"))
    assert {people[who]: status for who, status in found.items()} == LEAVING


@pytest.mark.parametrize(
    ("cut", "status"),
    [("2021-02-03", "on treatment"), ("2021-02-04", "in follow-up")],
    ids=["on day 28", "the day after"],
)
def test_treatment_goes_on_to_the_first_outcome_day_at_the_most(export, cut, status):
    export(
        cut,
        dm="usubjid\nP01",
        ds="usubjid  dsdecod             dsstdtc\nP01      ENTERED INTO TRIAL  2021-01-06",
        ex="usubjid  exstdtc\nP01      2021-01-06",
    )
    assert rows("tables/participants", cut, "status") == [(status,)]


@pytest.mark.parametrize(
    ("third", "status"),
    [("2021-01-12  Y", "in follow-up"), ("2021-01-12  N", "in follow-up"), (None, "on treatment")],
    ids=["given", "recorded as not given", "nothing recorded"],
)
def test_treatment_ends_when_every_planned_infusion_is_settled(trial, export, third, status):
    (trial / "protocol.toml").write_text(PROTOCOL + "[dosing]\nn_infusions = 3\n")
    drawn = "usubjid  exstdtc     exoccur\nP01  2021-01-06  Y\nP01  2021-01-09  Y\n"
    cut = export("2021-01-20", ex=drawn + (f"P01  {third}" if third else ""))
    assert rows("tables/participants", cut, "status") == [(status,)]


def test_bags_of_one_day_are_one_infusion(trial, export):
    (trial / "protocol.toml").write_text(PROTOCOL + "[dosing]\nn_infusions = 3\n")
    drawn = """
        usubjid  exstdtc           exlot
        P01      2021-01-06T10:00  L1
        P01      2021-01-06T11:00  L2
        P01      2021-01-09        L3
        P02      .                 L1
        P02      .                 L1
    """
    cut = export("2021-01-20", dm="usubjid\nP01\nP02", ex=drawn)
    expected = [("P01", 2, "on treatment"), ("P02", 2, "on treatment")]
    assert rows("tables/participants", cut, "usubjid", "n_infusions", "status") == expected
    assert rows("dosing/summary", cut, "n_given") == [(4,)]


@pytest.mark.parametrize(
    ("failed_on", "cut", "expected"),
    [
        ("2021-01-05", "2021-02-10", ("on treatment", True, None)),
        ("2021-01-05", "2021-01-20", ("screen failed", False, "inclusion dated after the cut")),
        ("2021-02-05", "2021-02-10", ("withdrawn", True, None)),
        ("2021-02", "2021-02-10", ("withdrawn", True, None)),  # it may be either
    ],
)
def test_who_failed_a_first_screening_and_was_included_later_has_not_left(
    export, failed_on, cut, expected
):
    people = included("P01", on="2021-02-01", more=left("P01", "SCREEN FAILURE", failed_on))
    export(cut, **people)
    columns = ("status", "is_included", "set_aside")
    assert rows("tables/participants", cut, *columns) == [expected]


def test_eligibility_found_after_the_cut_does_not_count_yet(export):
    ds = "usubjid  dscat  dsdecod  dsstdtc\nP01  PROTOCOL MILESTONE  {}  2021-03-01"
    said = ds.format("ELIGIBILITY CRITERIA MET")
    found = []
    for cut in ("2021-02-28", "2021-03-01"):
        export(cut, dm="usubjid\nP01", ds=said)
        found += rows("tables/participants", cut, "is_eligible")
    assert found == [(False,), (True,)]


def test_consent_is_that_of_dm_else_that_of_ds(export):
    cut = export(
        dm="usubjid  rficdtc\nP01  2020-12-28\nP02  .",
        ds="""
            usubjid  dscat               dsdecod                    dsstdtc
            P01      PROTOCOL MILESTONE  INFORMED CONSENT OBTAINED  2020-12-30
            P02      PROTOCOL MILESTONE  INFORMED CONSENT OBTAINED  2020-12-30
        """,
    )
    assert rows("tables/participants", cut, "consent_dtc") == [("2020-12-28",), ("2020-12-30",)]


def test_inclusion_is_the_milestone_else_the_first_infusion(cut):
    found = ask("tables/participants", cut).set_index("usubjid")
    assert found.loc["treating", "included_on"] == pd.Timestamp("2021-02-25")  # infusion: 26th
    assert not found.loc["after cut", "is_included"]
    assert found.loc["after cut", "set_aside"] == "inclusion dated after the cut"


def test_without_a_milestone_the_first_infusion_includes(export):
    cut = export(ex="usubjid  exstdtc\nP01      2021-01-09\nP01      2021-01-06")
    assert rows("tables/participants", cut, "is_included", "inclusion_dtc") == [
        (True, "2021-01-06")
    ]


def test_an_infusion_recorded_as_not_given_includes_nobody(export):
    cut = export(ex="usubjid  exstdtc     exoccur\nP01      2021-01-06  N")
    assert rows("tables/participants", cut, "is_included", "is_treated") == [(False, False)]


def test_a_milestone_without_its_date_includes_on_a_day_that_is_not_known(export):
    cut = export(
        ds="usubjid  dsdecod\nP01      ENTERED INTO TRIAL",
        ex="usubjid  exstdtc\nP01      2021-01-06",
    )
    assert rows("tables/participants", cut, "is_included", "included_on") == [(True, None)]
    # It is drawn at the cut, and said to be without a date.
    found = rows("recruitment/cumulative", cut, "as_of", "n_counted_at_most", "n_counted_undated")
    assert ("2021-03-01", 1, 1) in found
    shown = rows("recruitment/accounting", cut, "panel", "n_shown", "reason", "n_set_aside")
    assert ("against plan", 1, "-", 0) in shown


@pytest.mark.parametrize(
    ("record", "died_on"),
    [
        ({"dm": "usubjid  dthfl\nP01      Y"}, None),
        ({"dm": "usubjid  dthdtc\nP01      2021-02"}, None),
        ({"ds": "usubjid  dsdecod  dsstdtc\nP01      DEATH    2021-02-03"}, "2021-02-03"),
        ({"ae": "usubjid  aeout  aeendtc\nP01      FATAL  2021-02-03"}, "2021-02-03"),
        ({"ss": "usubjid  ssstresc  ssdtc\nP01      DEAD      2021-02-03"}, None),
    ],
    ids=["flag without a date", "partial date", "disposition", "fatal event", "found dead later"],
)
def test_a_death_counts_wherever_it_is_recorded(export, record, died_on):
    cut = export(**record)
    assert rows("tables/participants", cut, "is_dead", "died_on", "status") == [
        (True, died_on, "died")
    ]


def test_a_person_without_a_group_is_named_as_such(export):
    cut = export(
        dm="usubjid  cohort\nP01      A\nP02      .\nP03      C\nP04      .",
        ex="usubjid  exstdtc\nP02      2021-01-06\nP03      2021-01-06",
    )
    assert rows("tables/participants", cut, "usubjid", "cohort") == [
        ("P01", "A"),
        ("P02", "not recorded"),
        ("P03", "C"),
        ("P04", "not assigned"),
    ]


def test_summary_counts_by_hand(cut):
    assert answers.records(ask("recruitment/summary", cut)) == [
        {
            "n_screened": 12,
            "n_screen_failed": 1,
            "n_included": 8,  # all but screening, failed, declined, after cut
            "n_treated": 5,  # of 7 with infusions on record, untreated and lost have none
            "n_target": 20,
            "days_since_last": 2,  # 27 February
            "days_since_last_at_least": 2,
        }
    ]


def test_a_group_has_its_own_counts_and_no_target(cut):
    asked = ("n_included", "n_treated", "n_target", "days_since_last")
    [group_b] = rows("recruitment/summary", cut, *asked, cohort="B")
    assert group_b == (4, 2, None, 54)  # following, lost, died and died later


@pytest.mark.parametrize("cohort", [None, "A", "B"])
def test_screening_is_that_of_all_groups_whichever_is_chosen(cut, cohort):
    # A group is assigned at inclusion: of those who failed, nobody failed "in group B".
    assert rows("recruitment/summary", cut, "n_screened", "n_screen_failed", cohort=cohort) == [
        (12, 1)
    ]
    assert rows("recruitment/funnel", cut, "n", cohort=cohort) == [(12,), (8,), (8,), (5,)]
    assert rows("recruitment/screen_failures", cut, "n_people", cohort=cohort) == [(1,)]
    shown = dict(rows("recruitment/accounting", cut, "panel", "n_shown", cohort=cohort))
    assert (shown["screening"], shown["screen failures"]) == (12, 1)


def test_who_is_in_no_group_is_told_from_who_is_in_another(cut):
    found = rows(
        "recruitment/accounting", cut, "panel", "reason", "n_set_aside", "n_shown", cohort="B"
    )
    assert [each[1:] for each in found if each[0] == "people"] == [
        ("-", 0, 4),
        ("in no group", 3, 4),  # screening, failed, declined
        ("not in the group chosen", 5, 4),  # after cut too: its group is on record
    ]


def test_cumulative_counts_what_is_certain_and_what_is_possible(export):
    cut = export(
        "2021-03-01",
        dm="usubjid\nday\nmonth\nyear",
        ds="""
            usubjid  dsdecod             dsstdtc
            day      ENTERED INTO TRIAL  2021-01-15
            month    ENTERED INTO TRIAL  2021-02
            year     ENTERED INTO TRIAL  2021
        """,
    )
    found = rows("recruitment/cumulative", cut, "as_of", "n_counted_to_date", "n_counted_at_most")
    assert [each for each in found if each[0] <= cut] == [
        ("2021-01-01", 0, 1),  # the person of 2021 may have come on the first day
        ("2021-01-15", 1, 2),
        ("2021-01-31", 1, 2),
        ("2021-02-01", 1, 3),
        ("2021-02-28", 2, 3),
        ("2021-03-01", 2, 3),
    ]


@pytest.mark.parametrize(
    ("dsstdtc", "at_least"),
    [("2021-02", 1), ("2021-01", 14), ("2021", 0), (".", 0), ("9 Feb 2021", 0)],
    ids=["later or not", "surely before", "to the cut", "no date", "cannot be read"],
)
def test_how_long_nobody_came_is_open_where_a_day_is(export, dsstdtc, at_least):
    drawn = "usubjid  dsdecod  dsstdtc\nP01  ENTERED INTO TRIAL  2021-02-15\n"
    cut = export(
        "2021-03-01", dm="usubjid\nP01\nP02", ds=drawn + f"P02  ENTERED INTO TRIAL  {dsstdtc}"
    )
    assert rows("recruitment/summary", cut, "days_since_last", "days_since_last_at_least") == [
        (14, at_least)
    ]


def test_an_inclusion_before_the_window_lies_outside_it(export):
    cut = export("2021-03-01", ex="usubjid  exstdtc\nP01      2020-12-20")
    asked = ("as_of", "n_counted_to_date", "is_in_window")
    found = rows("recruitment/cumulative", cut, *asked)
    assert found[:2] == [("2020-12-20", 1, False), ("2021-01-01", 1, True)]
    planned = ask("recruitment/cumulative", cut)["n_planned_to_date"]
    assert planned.to_list()[:2] == [0, pytest.approx(20 / 365)]


def test_the_day_of_the_target_is_told_only_where_it_is_known(trial, export):
    (trial / "protocol.toml").write_text(PROTOCOL.replace("target = 20", "target = 2"))
    milestone = "ENTERED INTO TRIAL"

    def reached_on(*dates: str) -> str | None:
        people = [f"P{n}" for n in range(len(dates))]
        lines = [f"{who}  {milestone}  {dtc}" for who, dtc in zip(people, dates, strict=True)]
        cut = export(
            f"2021-03-{len(made) + 1:02}",
            dm="usubjid\n" + "\n".join(people),
            ds="usubjid  dsdecod  dsstdtc\n" + "\n".join(lines),
        )
        made.append(cut)
        return rows("recruitment/forecast", cut, "completion_p50")[0][0]

    made: list[str] = []
    assert reached_on("2021-01-05", "2021-01-20", "2021-02-01") == "2021-01-20"
    assert reached_on("2021-01", "2021-02-10", "2021-02-20") == "2021-02-10"  # as 2nd in any case
    assert reached_on("2021-01-05", "2021-02") is None  # some day in February
    assert reached_on("2021-01-05", ".") is None
    assert reached_on("2021-01-05", "2021-01-20", ".") is None  # the third may have been before


def test_the_plan_is_an_even_pace_over_the_window(export):
    # 20 people in the 365 days of 2021: by 31 January, 20 * 31 / 365.
    found = ask("recruitment/cumulative", export("2021-03-01")).set_index("as_of")
    planned = found["n_planned_to_date"]
    assert planned[pd.Timestamp("2021-01-31")] == pytest.approx(20 * 31 / 365)
    assert planned[pd.Timestamp("2021-12-31")] == 20
    assert found["n_counted_to_date"][pd.Timestamp("2021-12-31") :].isna().all()


def test_the_funnel_loses_nobody(cut):
    assert rows("recruitment/funnel", cut, "step", "n", "n_lost", "n_waiting") == [
        ("screened", 12, 0, 0),
        ("eligible", 8, 4, 2),  # lost: failed, declined; waiting: screening, after cut
        ("included", 8, 0, 0),
        ("treated", 5, 3, 1),  # lost, died later and untreated; treatment may still come for one
    ]


def test_reasons_of_screen_failure(export):
    cut = export(
        dm="usubjid\nP01\nP02\nP03\nP04",
        ds="""
            usubjid  dscat              dsdecod         dsterm
            P01      DISPOSITION EVENT  SCREEN FAILURE  SCREEN FAILURE
            P02      DISPOSITION EVENT  SCREEN FAILURE  Transferred elsewhere
            P03      DISPOSITION EVENT  SCREEN FAILURE  SCREEN FAILURE
        """,
        ie="""
            usubjid  ietest    iecat
            P01      ECMO      EXCLUSION
            P01      Allergy   EXCLUSION
            P04      ECMO      EXCLUSION
        """,
    )
    # P04 has not failed: a criterion that is not met yet is no failure.
    assert rows("recruitment/screen_failures", cut, "reason", "category", "n_people") == [
        ("Allergy", "EXCLUSION", 1),
        ("ECMO", "EXCLUSION", 1),
        ("Transferred elsewhere", None, 1),
        ("not recorded", None, 1),
    ]


def test_groups_with_their_exact_intervals(export):
    people = "\n".join(f"P{n:02}  {'A' if n <= 3 else 'B'}" for n in range(1, 21))
    cut = export(
        dm=f"usubjid  cohort\n{people}",
        ex="usubjid  exstdtc\n" + "\n".join(f"P{n:02}  2021-01-06" for n in range(1, 21)),
    )
    [group_a, _] = answers.records(ask("recruitment/groups", cut))
    # Clopper-Pearson, 3 of 20: .0321 to .3789 (oracles.md)
    assert group_a["n_included"] == 3
    assert group_a["ci_low"] == pytest.approx(3.21, abs=0.005)
    assert group_a["ci_high"] == pytest.approx(37.89, abs=0.005)


def test_the_forecast_ages_when_nobody_comes(trial, export):
    (trial / "protocol.toml").write_text(PROTOCOL + "[forecast]\nprior_weight = 0.5\n")
    drawn = "usubjid  exstdtc\nP01      2021-01-10"
    asked = ("completion_p10", "completion_p50", "completion_p90", "p_target_in_window")
    [early] = rows("recruitment/forecast", export("2021-02-01", ex=drawn), *asked)
    [late] = rows("recruitment/forecast", export("2021-06-01", ex=drawn), *asked)
    assert all(before < after for before, after in zip(early[:3], late[:3], strict=True))
    assert early[3] > late[3]


def test_without_a_prior_weight_nothing_is_forecast(export):
    [found] = answers.records(ask("recruitment/forecast", export()))
    assert set(found.values()) == {None}


def test_the_forecast_of_the_published_example(trial, export, monkeypatch):
    # Gajewski, Simon, Carlson 2008: n = 300 in T = 36 months with P = 0.5 and 100 by month 10 are
    # complete by month 28.577 / 32.393 / 36.958. Here a month is drawn as 10 days.
    text = PROTOCOL.replace("target = 20", "target = 300")
    text = text.replace("2021-12-31", "2021-12-26") + "[forecast]\nprior_weight = 0.5\n"
    (trial / "protocol.toml").write_text(text)
    people = [f"P{n:03}" for n in range(100)]
    cut = export(
        "2021-04-10",  # day 100
        dm="usubjid\n" + "\n".join(people),
        ex="usubjid  exstdtc\n" + "\n".join(f"{each}  2021-02-01" for each in people),
    )
    [found] = answers.records(ask("recruitment/forecast", cut))
    # Days 285.77, 323.93 and 369.58 after the start of 1 January: in day 286, 324 and 370 of it.
    assert found["completion_p2_5"] == "2021-10-13"
    assert found["completion_p50"] == "2021-11-20"
    assert found["completion_p97_5"] == "2022-01-05"
    fan = ask("recruitment/fan", cut).set_index("as_of")
    assert (
        fan.loc[date(2021, 4, 10).isoformat(), ["n_p2_5", "n_p50", "n_p97_5"]].tolist() == [100] * 3
    )


@pytest.mark.parametrize("cohort", [None, "A", "B"])
def test_everybody_is_shown_or_set_aside_on_every_panel(cut, cohort):
    found = ask("recruitment/accounting", cut, cohort=cohort)
    assert set(found["panel"]) == {
        "against plan",
        "by group",
        "screening",
        "screen failures",
        "people",
        "list of people",
        "disposition",
    }
    for _, panel in found.groupby("panel"):
        assert panel["n_shown"].iloc[0] + panel["n_set_aside"].sum() == 12
        assert (panel["n_read"] == 12).all()


def test_the_cdisc_pilot_agrees_with_its_published_figures(pilot):
    [summary] = answers.records(ask("recruitment/summary", pilot))
    assert (summary["n_screened"], summary["n_screen_failed"], summary["n_treated"]) == (
        306,
        52,
        254,
    )
    assert summary["days_since_last"] == (date(2015, 3, 5) - date(2014, 9, 2)).days
    groups = rows("recruitment/groups", pilot, "label", "n_treated")
    assert groups == [("placebo", 86), ("high dose", 84), ("low dose", 84)]

    to_date = dict(
        rows("recruitment/cumulative", pilot, "as_of", "n_counted_to_date")
    )  # the treated
    quarters = [
        "2012-09-30",
        "2012-12-31",
        "2013-03-31",
        "2013-06-30",
        "2013-09-30",
        "2013-12-31",
        "2014-03-31",
        "2014-06-30",
        "2014-09-30",
    ]
    assert [to_date[day] for day in quarters] == [19, 52, 98, 131, 172, 212, 244, 252, 254]
    assert min(day for day, n in to_date.items() if n and n >= 20) == "2012-10-02"

    disposition = {
        reason: n
        for _, reason, n in rows("recruitment/disposition", pilot, "status", "reason", "n_people")
    }
    assert disposition == {
        "SCREEN FAILURE": 52,
        "COMPLETED": 110,
        "ADVERSE EVENT": 92,
        "WITHDRAWAL BY SUBJECT": 27,
        "STUDY TERMINATED BY SPONSOR": 7,
        "PROTOCOL VIOLATION": 6,
        "LACK OF EFFICACY": 4,
        "DEATH": 3,
        "PHYSICIAN DECISION": 3,
        "LOST TO FOLLOW-UP": 2,
    }


@pytest.mark.parametrize("exstdtc", ["15/01/2021", "20210115", "."])
def test_an_infusion_whose_day_cannot_be_read_was_given_all_the_same(export, exstdtc):
    cut = export(ex=f"usubjid  exstdtc\nP01  {exstdtc}")
    assert rows("tables/participants", cut, "is_treated", "n_infusions") == [(True, 1)]
    assert rows("recruitment/summary", cut, "n_included", "n_treated") == [(1, 1)]


@pytest.mark.parametrize(
    ("second", "first_on", "at_the_latest"),
    [
        ("1      .           Y", None, "2021-01-09"),  # it was the first, on some day
        (".      .           Y", None, "2021-01-09"),  # it may have been
        ("3      .           Y", "2021-01-09", "2021-01-09"),  # its number says that it was not
        ("1      .           N", "2021-01-09", "2021-01-09"),  # it was not given
    ],
    ids=["numbered before", "not numbered", "numbered behind", "not given"],
)
def test_an_infusion_without_a_date_may_have_been_the_first(
    export, second, first_on, at_the_latest
):
    cut = export(ex=f"usubjid  exseq  exstdtc     exoccur\nP01  2  2021-01-09  Y\nP01  {second}")
    asked = ("first_infusion_on", "treated_to", "included_on", "included_to")
    assert rows("tables/participants", cut, *asked) == [(first_on, at_the_latest) * 2]


def test_who_was_treated_by_the_cut_was_included_by_then(export):
    cut = export(
        "2021-03-01",
        ds="usubjid  dsdecod             dsstdtc\nP01      ENTERED INTO TRIAL  2022-01-05",
        ex="usubjid  exstdtc\nP01      2021-01-06",
    )
    asked = ("is_included", "inclusion_dtc", "included_from", "included_to", "included_on")
    assert rows("tables/participants", cut, *asked, "set_aside") == [
        (True, "2022-01-05", None, "2021-01-06", None, None)
    ]
    # As many treated as included, and the same number wherever it stands.
    assert rows("recruitment/summary", cut, "n_included", "n_treated") == [(1, 1)]
    assert rows("recruitment/funnel", cut, "n") == [(1,)] * 4


def test_an_inclusion_that_cannot_be_read_is_shown_as_it_is_written(export):
    cut = export(ds="usubjid  dsdecod             dsstdtc\nP01      ENTERED INTO TRIAL  5 Jan 2021")
    assert rows("recruitment/participants", cut, "inclusion_dtc", "included_from") == [
        ("5 Jan 2021", None)
    ]


@pytest.mark.parametrize(
    ("consent", "first", "last"),
    [
        ("2021-01", "2021-01-01", "2021-01-31"),
        ("2021-01-", "2021-01-01", "2021-01-31"),
        ("2021-01--", "2021-01-01", "2021-01-31"),
        ("2020---15", "2020-01-01", "2020-12-31"),
    ],
)
def test_a_consent_known_in_part_is_drawn_from_its_first_to_its_last_day(
    export, consent, first, last
):
    cut = export(dm=f"usubjid  rficdtc\nP01      {consent}")
    figure = recruitment.people(ask("recruitment/participants", cut), cut)
    drawn = {each.name: each.x for each in figure.data}
    assert drawn["either end"] == (first, last)
    assert drawn["some day in between"] == (first, last, None)
    assert "no date recorded" not in drawn


def test_a_criterion_that_is_both_kinds_is_of_neither(export):
    cut = export(
        dm="usubjid\nP01\nP02",
        ds="usubjid  dsdecod\nP01  SCREEN FAILURE\nP02  SCREEN FAILURE",
        ie="usubjid  ietest  iecat\nP01  ECMO  EXCLUSION\nP02  ECMO  INCLUSION",
    )
    assert rows("recruitment/screen_failures", cut, "reason", "category", "n_people") == [
        ("ECMO", None, 2)
    ]


def test_who_is_on_record_and_not_in_dm_is_counted_as_such(export):
    cut = export(
        dm="usubjid\nP01",
        ds="usubjid  dsdecod             dsstdtc\nP02      ENTERED INTO TRIAL  2021-01-06",
        ex="usubjid  exstdtc\nP02      2021-01-06\nP03      2021-01-06",
    )
    assert rows("exports/strangers", cut, "usubjid", "files") == [("P02", "ds, ex"), ("P03", "ex")]
    counted = rows(
        "recruitment/accounting", cut, "panel", "n_read", "n_shown", "reason", "n_set_aside"
    )
    assert ("screening", 3, 1, "on record, and not in dm", 2) in counted
    for panel in {each[0] for each in counted}:
        mine = [each for each in counted if each[0] == panel]
        assert mine[0][2] + sum(each[4] for each in mine) == 3
