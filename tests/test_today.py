"""The opening page: what needs attention, the headline numbers, and every patient on a lane."""

import json
from datetime import date, timedelta

import pandas as pd
import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

import charts
import data
from charts import today
from data import ROOT
from queries import ask
from tests.conftest import PROTOCOL, app, included, left, rows

PLAN = """
[dosing]
n_infusions = 3
interval_min_days = 3
interval_max_days = 4

[adverse_events]
related = ["Y"]
not_related = ["N"]
serious = ["Y"]
not_serious = ["N"]

[[clocks]]
event = "SUSAR, fatal or life-threatening"
kind = "susar_fatal"
due_days = 7
follow_up_days = 8

[[clocks]]
event = "SUSAR, other"
kind = "susar"
due_days = 15

[[clocks]]
event = "SAE, investigator to sponsor"
kind = "sae"
due_days = 1
"""
VISIT = """
[[schedule]]
visitnum = 7
visit = "Day 7"
target_day = 7
"""
WINDOW = "days_before = 1\ndays_after = 1\n"
# Published for the R package stoppingrule: 3 events stop at 3 and 4 patients, none at 1 or 2.
RULE = """
[[stopping_rules]]
name = "toxicity"
event = "death"
within_days = 28
type = "beta-binomial"
p0 = 0.20
alpha = 0.10
prior_alpha = 0.6
prior_beta = 2.4
"""


@pytest.fixture
def protocol(trial):
    def write(more: str = "", target: int = 20, top: str = "") -> None:
        text = top + PROTOCOL.replace("target = 20", f"target = {target}") + more
        (trial / "protocol.toml").write_text(text, encoding="utf-8")

    write(PLAN)
    return write


def needs(cut: str, kind: str, *columns: str, **params: object) -> list[tuple]:
    found = rows("today/attention", cut, "kind", *columns, **params)
    return [each[1:] for each in found if each[0] == kind]


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        ("2021-01-11", [("soon", "infusion 2 opens 2021-01-12", "2021-01-13", 2)]),
        ("2021-01-12", [("due", "infusion 2 is due", "2021-01-13", 1)]),
        ("2021-01-13", [("due", "infusion 2 is due", "2021-01-13", 0)]),
        ("2021-01-14", [("overdue", "infusion 2 should have been given", "2021-01-13", -1)]),
    ],
)
def test_an_infusion_before_in_and_after_its_window(export, protocol, cut, expected):
    export(cut, **included("P01"), ex="usubjid  exseq  exstdtc\nP01  1  2021-01-09")
    columns = ("record", "urgency", "what", "by_on", "days_left")
    found = needs(cut, "infusion", *columns)
    assert [each[1:] for each in found if each[0] == "infusion 2"] == expected


def test_an_infusion_is_listed_from_7_days_before_its_window(export, protocol):
    protocol(PLAN.replace("min_days = 3", "min_days = 8").replace("max_days = 4", "max_days = 9"))
    for cut, expected in (
        ("2021-01-09", []),
        ("2021-01-10", [("infusion 2", "soon", "infusion 2 opens 2021-01-17", "2021-01-18", 8)]),
    ):
        export(cut, **included("P01"), ex="usubjid  exseq  exstdtc\nP01  1  2021-01-09")
        assert needs(cut, "infusion", "record", "urgency", "what", "by_on", "days_left") == expected


def test_an_infusion_that_may_be_due_is_due_and_stands_there_once(export, protocol):
    # The first was given on 1 to 31 January: whether the second is due, no date tells.
    cut = export("2021-01-20", **included("P01"), ex="usubjid  exseq  exstdtc\nP01  1  2021-01")
    found = needs(cut, "infusion", "record", "urgency", "what", "by_on", "page")
    assert [each for each in found if each[0] == "infusion 2"] == [
        ("infusion 2", "due", "infusion 2 may be due: dates are known only in part", None, "Dosing")
    ]


SUSAR = "usubjid  aeseq  aedecod  aestdtc  aeser  aerel  expected  aesdth  aeslife  aware_dtc"


@pytest.mark.parametrize(
    ("aware", "reported", "cut", "expected"),
    [
        ("2021-02-01", ".", "2021-02-01", ("due", "2021-02-16", 15)),
        ("2021-02-01", ".", "2021-02-16", ("due", "2021-02-16", 0)),
        ("2021-02-01", ".", "2021-02-17", ("overdue", "2021-02-16", -1)),
        ("2021-02-01", "2021-02-16", "2021-02-17", None),
        ("2021-02-01", "2021-02-17", "2021-02-18", None),  # late, and nothing to do any more
        (".", ".", "2021-02-17", ("due", None, None)),
        ("2021-02", ".", "2021-02-20", ("due", "2021-02-16", -4)),  # 16 February to 15 March
    ],
)
def test_the_clock_of_a_susar(export, protocol, aware, reported, cut, expected):
    ae = f"{SUSAR}  reported_dtc\nP01  1  Stroke  2021-01-30  Y  Y  N  N  N  {aware}  {reported}"
    export(cut, **included("P01"), ae=ae)
    found = needs(cut, "report", "urgency", "by_on", "days_left", "usubjid", "record", "page")
    of_event = ("P01", "event 1", "Safety counts")
    assert found == ([] if expected is None else [(*expected, *of_event)])


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        # aeser, aerel, expected, fatal, life-threatening, aware
        ("Y  N  N  N  N  2021-02-01", []),
        ("N  Y  N  N  N  .", []),
        (
            "Y  N  N  N  N  .",
            [("watch", "serious event Stroke: not recorded when the sponsor became aware of it")],
        ),
        (".  N  N  N  N  2021-02-01", [("watch", "Stroke: not known whether it is serious")]),
        (
            "Y  .  N  N  N  2021-02-01",
            [("due", "Stroke: may have to be reported as SUSAR, other; relatedness not known")],
        ),
        (
            "Y  Y  N  Y  N  2021-02-01",
            [("due", "report of Stroke: SUSAR, fatal or life-threatening")],
        ),
    ],
)
def test_what_is_not_known_of_a_serious_event_is_listed_and_once(export, protocol, event, expected):
    ae = f"{SUSAR}\nP01  1  Stroke  2021-01-30  {event}"
    cut = export("2021-02-03", **included("P01"), ae=ae)
    assert needs(cut, "report", "urgency", "what") == expected


def test_further_information_is_listed_until_its_last_day(export, protocol):
    # Aware on 1 February, due on the 8th, further information within 8 days more.
    ae = f"{SUSAR}  reported_dtc\nP01  1  Stroke  2021-01-30  Y  Y  N  N  Y  2021-02-01  2021-02-05"
    for cut, expected in (
        ("2021-02-16", [("soon", "2021-02-16", 0)]),
        ("2021-02-17", []),
    ):
        export(cut, **included("P01"), ae=ae)
        assert needs(cut, "report", "urgency", "by_on", "days_left") == expected


@pytest.mark.parametrize(
    ("window", "cut", "expected"),
    [
        # Day 7 is 8 January; its window is 7 to 9 January, and a visit is listed two weeks ahead.
        (WINDOW, "2021-01-06", ("soon", "Day 7 visit opens 2021-01-07", "2021-01-09", 3)),
        (WINDOW, "2021-01-07", ("due", "Day 7 visit is due", "2021-01-09", 2)),
        (WINDOW, "2021-01-09", ("due", "Day 7 visit is due", "2021-01-09", 0)),
        (WINDOW, "2021-01-10", ("overdue", "Day 7 visit is overdue", "2021-01-09", -1)),
        ("", "2021-01-07", ("soon", "Day 7 visit opens 2021-01-08", None, None)),
        # Without a window it has no last day, and so is not overdue.
        ("", "2021-02-20", ("due", "Day 7 visit is due since 2021-01-08", None, None)),
    ],
)
def test_a_visit(export, protocol, window, cut, expected):
    protocol(VISIT + window)
    export(cut, **included("P01"))
    assert needs(cut, "visit", "urgency", "what", "by_on", "days_left") == [expected]


def test_a_visit_that_was_made_is_not_listed_and_one_of_unknown_day_0_is(export, protocol):
    protocol(VISIT + WINDOW)
    people = included("P01", "P02")
    people["ds"] = people["ds"].replace(
        "P02  PROTOCOL MILESTONE  ENTERED INTO TRIAL  2021-01-01",
        "P02  PROTOCOL MILESTONE  ENTERED INTO TRIAL  .",
    )
    cut = export("2021-01-10", **people, sv="usubjid  visitnum  svstdtc\nP01  7  2021-01-08")
    assert needs(cut, "visit", "urgency", "usubjid", "what") == [
        ("watch", "P02", "Day 7 visit: not known whether it is due, day 0 is not known")
    ]


@pytest.mark.parametrize(
    ("n_dead", "n_alive", "expected"),
    [
        (1, 2, []),  # one more is 2 of 4, and 3 stop
        (2, 0, [("near", "toxicity: one more event reaches the stopping boundary")]),
        (3, 0, [("stop", "toxicity: the stopping boundary is reached")]),
    ],
)
def test_a_stopping_rule_that_is_near_or_reached(export, protocol, n_dead, n_alive, expected):
    protocol(RULE, target=30)
    dead, alive = [f"P{n}" for n in range(n_dead)], [f"Q{n}" for n in range(n_alive)]
    people = included(*dead, *alive)
    people["ds"] += "".join(left(each, "DEATH", "2021-01-05") for each in dead)
    seen = "usubjid  ssdtc  ssstresc" + "".join(f"\n{each}  2021-02-20  ALIVE" for each in alive)
    cut = export("2021-03-01", **people, ss=seen)
    assert needs(cut, "stopping rule", "urgency", "what") == expected


def test_a_serious_event_and_a_death_are_new_until_the_next_cut(export, protocol):
    ae = "usubjid  aeseq  aedecod  aestdtc  aeser\nP01  1  Rash  2021-01-05  {}"
    export("2021-02-01", **included("P01", "P02"), ae=ae.format("N"))
    people = included("P01", "P02")
    people["ds"] += left("P02", "DEATH", "2021-02-03")
    export("2021-02-08", **people, ae=ae.format("Y"))
    export("2021-02-15", **people, ae=ae.format("Y"))
    columns = ("urgency", "usubjid", "what", "page")
    expected = [
        ("new", "P02", "new: died on 2021-02-03", "Outcomes"),
        ("new", "P01", "new serious event: Rash, from 2021-01-05", "Adverse events"),
    ]
    assert needs("2021-02-01", "new", *columns) == []
    assert needs("2021-02-08", "new", *columns) == expected  # compared with the cut before
    assert needs("2021-02-15", "new", *columns) == []
    assert needs("2021-02-15", "new", *columns, since="2021-02-01") == expected


@pytest.mark.parametrize("day", [".", "2021"])
def test_who_died_on_a_day_not_known_did_not_die_before_the_last_contact(export, protocol, day):
    """Seen alive on 10 March: what closed before, the patient could still have had."""
    protocol(PLAN + VISIT + WINDOW)
    cut = export(
        "2021-04-01",
        dm=f"usubjid  cohort  dthfl  dthdtc\nA1  A  Y  {day}",
        ds=included("A1")["ds"],
        ex="usubjid  exseq  exstdtc\nA1  1  2021-01-01",
        ss="usubjid  ssdtc  ssstresc\nA1  2021-03-10  ALIVE",
    )
    assert rows("outcomes/deaths", cut, "died_from") == [("2021-03-10",)]
    assert rows("tables/visits", cut, "visit", "status") == [("Day 7", "overdue")]
    infusions = rows("tables/infusions", cut, "infusion", "status")
    assert infusions == [(1, "in window"), (2, "missed"), (3, "missed")]
    attention = rows("today/lanes", cut, "kind", "day_from")
    assert ("death", 68) in attention  # 10 March


def test_an_infusion_known_in_part_is_why_the_next_is_unknown_not_the_death_to_the_day(
    export, protocol
):
    people = included("A1")
    people["ds"] += left("A1", "DEATH", "2021-01-20")
    cut = export("2021-02-01", **people, ex="usubjid  exseq  exstdtc\nA1  1  2021-01")
    found = rows("tables/infusions", cut, "infusion", "status", "reason")
    assert found[1:] == [
        (2, "unknown", "dates are known only in part"),
        (3, "unknown", "dates are known only in part"),
    ]


def test_who_comes_into_a_group_brings_no_news(export, protocol):
    ae = "usubjid  aeseq  aedecod  aestdtc  aeser\nP01  1  Sepsis  2021-01-20  Y\n"
    people = included("P01", "P02")
    people["ds"] += left("P01", "DEATH", "2021-02-01")
    export("2021-02-08", **people, ae=ae)
    moved = people | {"dm": people["dm"].replace("P01  A", "P01  B")}
    cut = export("2021-02-15", **moved, ae=ae + "P01  2  Shock  2021-01-30  Y\n")
    news = ("event 2", "new serious event: Shock, from 2021-01-30")
    found = [needs(cut, "new", "record", "what", cohort=each) for each in (None, "A", "B")]
    assert found == [[news], [], [news]]


def test_an_event_that_was_numbered_anew_is_not_new_and_the_one_that_took_its_number_is(
    export, protocol
):
    ae = "usubjid  aeseq  aedecod  aestdtc  aeser\n"
    sepsis, shock = "P01  {}  Sepsis  2021-01-20  Y\n", "P01  {}  Anaphylaxis  2021-01-02  Y\n"
    people = included("P01")
    export("2021-02-01", **people, ae=ae + sepsis.format(1))
    export("2021-02-08", **people, ae=ae + shock.format(1) + sepsis.format(2))
    # A correction of what is known, and nothing else.
    export("2021-02-15", **people, ae=ae + shock.format(1) + sepsis.format(2).replace("20", "21"))
    found = [needs(cut, "new", "record", "what") for cut in ("2021-02-08", "2021-02-15")]
    assert found == [[("event 1", "new serious event: Anaphylaxis, from 2021-01-02")], []]


def test_vital_status_is_unknown_from_the_day_after(export, protocol):
    # Day 28 is 29 January.
    for cut, expected in (
        ("2021-01-29", []),
        ("2021-01-30", [("watch", "P01", "day 28")]),
        ("2021-04-02", [("watch", "P01", "day 28 and day 90")]),
    ):
        export(cut, **included("P01"))
        assert needs(cut, "vital status", "urgency", "usubjid", "record") == expected


def test_an_export_that_is_stale_by_the_day(export, protocol):
    protocol(top="stale_after_days = 10\n")
    eleven, ten = (str(date.today() - timedelta(days=age)) for age in (11, 10))
    columns = ("urgency", "record", "days_left", "page")
    export(eleven)
    assert needs(eleven, "export", *columns) == [("overdue", f"cut {eleven}", -1, "Exports")]
    export(ten)
    assert needs(ten, "export", *columns) == []
    assert needs(eleven, "export", *columns) == []  # not the newest any more


def test_the_newest_export_that_was_refused_is_listed_in_the_last_good_cut_alone(
    trial, export, protocol
):
    export("2021-02-22")
    export("2021-03-01")
    (trial / "exports" / "2021-03-08").mkdir()
    columns = ("urgency", "record", "what", "by_on", "page")
    assert needs("2021-03-01", "export", *columns) == [
        (
            "due", "cut 2021-03-08",
            "the export of 2021-03-08 was refused: to be delivered again", None, "Exports",
        )
    ]  # fmt: skip
    assert needs("2021-02-22", "export", *columns) == []


# Included on 1 January. P1: nothing given, and no window is set, so the first is due. P2: the
# second was to be given by 13 February; its SUSAR was due on the 16th. P3: dead, and new.
MANY_THINGS = {
    "ex": "usubjid  exseq  exstdtc\nP2  1  2021-02-09\nP3  1  2021-02-09",
    "ae": f"{SUSAR}\nP2  1  Stroke  2021-01-30  Y  Y  N  N  N  2021-02-01",
}


@pytest.mark.parametrize(
    ("today_", "said"),
    [
        (None, "Days are counted from the cut, Monday 2021-02-15."),
        (date(2021, 2, 15), "Days are counted from the cut, Monday 2021-02-15."),
        (
            date(2021, 2, 16),
            "Days are counted from the cut, Monday 2021-02-15, 1 day ago: what was due within 1 day "
            "may be overdue by now.",
        ),
    ],
)
def test_from_when_the_days_of_the_list_are_counted(today_, said):
    assert today.counted_from("2021-02-15", today_) == said


def test_the_most_urgent_comes_first(trial, export, protocol):
    protocol(PLAN + VISIT + WINDOW)
    people = included("P1", "P2", "P3", on="2021-02-08")
    people["ds"] += left("P3", "DEATH", "2021-02-10")
    export("2021-02-17", **people, **MANY_THINGS)
    (trial / "exports" / "2021-02-24").mkdir()
    found = rows("today/attention", "2021-02-17", "urgency", "kind", "usubjid", "record")
    assert found == [
        ("new", "new", "P3", "person"),  # the death
        ("overdue", "infusion", "P2", "infusion 2"),  # by 13 February
        ("overdue", "report", "P2", "event 1"),
        ("overdue", "visit", "P1", "visit Day 7"),  # by 16 February
        ("overdue", "visit", "P2", "visit Day 7"),
        ("due", "infusion", "P1", "infusion 1"),
        ("new", "new", "P2", "event 1"),
        ("new", "check", None, "the data"),  # the first cut: all that contradicts itself is new
        ("due", "export", None, "cut 2021-02-24"),
        ("soon", "infusion", "P2", "infusion 3"),
    ]  # the others of P1 have no day yet: protocol.toml does not say when the first is to be given
    assert rows("today/attention", "2021-02-17", "place") == [(n,) for n in range(1, 11)]


def test_what_may_have_to_be_reported_stands_before_news_and_visits(export, protocol):
    protocol(PLAN + VISIT + WINDOW)
    # Not known whether related, so perhaps a SUSAR: by 16 February. Day 7 is from 7 to 9 February.
    people = {**included("P1", on="2021-02-01")}
    ae = f"{SUSAR}\nP1  1  Stroke  2021-01-30  Y  .  N  N  N  2021-02-01"
    for cut, urgency in (("2021-02-08", "due"), ("2021-02-17", "overdue")):
        found = rows("today/attention", export(cut, **people, ae=ae), "urgency", "kind")
        wanted = [each for each in found if each[1] in ("report", "visit", "new")]
        visit, new = (urgency, "visit"), ("new", "new")
        assert wanted[0] == (urgency, "report")
        assert wanted.index(visit) > 0
        if urgency == "due":
            assert wanted.index(new) < wanted.index(visit)


def test_what_contradicts_itself_since_the_cut_before_is_one_line(export, protocol):
    """The site is to look at the records before anybody acts on them."""
    people = included("P1", "P2", on="2021-02-08")
    export("2021-02-17", **people)
    assert needs("2021-02-17", "check", "what") == []
    # A death before the consent of 8 February, and an infusion after it; and of P2 nothing new.
    people["ds"] += left("P1", "DEATH", "2021-02-09")
    export("2021-02-24", **people, ex="usubjid  exstdtc\nP1  2021-02-10")
    [found] = needs("2021-02-24", "check", "urgency", "usubjid", "what", "page")
    assert found == (
        *("new", None),
        "1 new critical finding of the data: infusion after death",
        "Checks",
    )
    export("2021-03-03", **people, ex="usubjid  exstdtc\nP1  2021-02-10")
    assert needs("2021-03-03", "check", "what") == []


def test_an_overdue_visit_of_who_has_left_stands_behind_those_that_can_be_made(export, protocol):
    protocol(VISIT + WINDOW)
    people = included("P1", "P2", on="2021-02-08", more=left("P1", "WITHDRAWAL", "2021-03-01"))
    cut = export("2021-03-10", **people)
    found = rows("today/attention", cut, "urgency", "kind", "usubjid")
    assert [each for each in found if each[1] == "visit"] == [
        ("overdue", "visit", "P2"),
        ("overdue", "visit", "P1"),
    ]


def test_an_infusion_says_for_what_the_treatment_was_interrupted(export, protocol):
    protocol(PLAN)
    cut = export(
        "2021-01-20",
        **included("P1", "P2"),
        ex="usubjid  exseq  exstdtc\nP1  1  2021-01-02\nP2  1  2021-01-02\nP2  2  2021-01-05",
        ae="""
            usubjid  aeseq  aedecod    aestdtc     aetoxgr  aeacn
            P1       1      Embolism   2021-01-04  4        DRUG INTERRUPTED
            P1       2      Headache   2021-01-04  1        DOSE NOT CHANGED
            P2       1      Fever      2021-01-03  2        DRUG INTERRUPTED
        """,
    )
    said = rows("today/attention", cut, "usubjid", "record", "what")
    # Before the second was given, the fever had held nothing up.
    assert [each for each in said if "infusion" in each[1]][:2] == [
        (
            "P1",
            "infusion 2",
            "infusion 2 should have been given; drug interrupted for Embolism, grade 4",
        ),
        ("P2", "infusion 3", "infusion 3 should have been given"),
    ]


def test_the_list_of_a_group_is_of_that_group_and_of_the_whole_trial(trial, export, protocol):
    people = included("P1", "P2")
    people["dm"] = "usubjid  cohort\nP1  A\nP2  B"
    export("2021-02-17", **people)
    (trial / "exports" / "2021-02-24").mkdir()
    found = rows("today/attention", "2021-02-17", "kind", "usubjid", cohort="B")
    assert {who for _, who in found} == {"P2", None}


def test_nothing_of_all_that_was_looked_at_is_lost(trial, export, protocol):
    protocol(PLAN + VISIT + WINDOW + RULE)
    people = included("P1", "P2", "P3", on="2021-02-08")
    cut = export("2021-02-17", **people, **MANY_THINGS)
    for cohort in (None, "A", "B"):  # all of them are in A
        found = ask("today/accounting", cut, cohort=cohort).groupby("panel").first()
        shown = {
            panel: len(ask(f"today/{panel}", cut, cohort=cohort))
            for panel in ("attention", "lanes")
        }
        assert found["n_shown"][list(shown)].to_dict() == shown
        assert (min(shown.values()) > 0) == (cohort != "B")
        # Three people, five infusions that were given or should have been, a serious event.
        assert found["n_read"]["lanes"] == 3 + 5 + 1
        # Nine infusions, three visits, whether three are alive, a report, a rule, a new event, the
        # cut, and whether its data contradict themselves.
        assert found["n_read"]["attention"] == 9 + 3 + 3 + 1 + 1 + 1 + 1 + 1
    columns = ("panel", "reason", "n_set_aside")
    assert [each[1:] for each in rows("today/accounting", cut, *columns, cohort="B")[:5]] == [
        ("-", 0),
        ("far from the boundary", 1),
        ("no critical finding is new", 1),
        ("not in the group chosen", 9 + 3 + 3 + 1 + 1),
        ("recent enough, simulated, or an older cut", 1),
    ]


def test_what_is_not_drawn_says_why_in_the_words_of_the_other_pages(trial, export):
    (trial / "protocol.toml").write_text(
        PROTOCOL + '[support]\ninvasive_ventilation = ["IMV"]\n[adverse_events]\nserious = ["Y"]\n'
    )
    people = included("P1", "P2", on="2021-02-08")
    people["dm"] += "\nP3  .\nP4  B"
    people["ds"] += "\nP4  PROTOCOL MILESTONE  ENTERED INTO TRIAL  2021-02"
    cut = export(
        "2021-02-17",
        **people,
        ae="""
            usubjid  aeseq  aestdtc     aeser
            P1       1      2021-02-09  Y
            P1       2      .           Y
            P3       1      2021-02-09  Y
            P4       1      2021-02-09  Y
            P9       1      2021-02-09  Y
        """,
        pr="""
            usubjid  prtrt  prstdtc     prendtc
            P1       IMV    2021-02-01  2021-02-02
            P1       IMV    2021-02-18  .
            P2       IMV    2021-02-09  .
            P3       IMV    2021-02-09  .
            P9       IMV    2021-02-09  .
        """,
    )

    def aside(cohort: str | None) -> list[tuple]:
        columns = ("panel", "n_read", "n_shown", "reason", "n_set_aside")
        found = rows("today/accounting", cut, *columns, cohort=cohort)
        return [each[1:] for each in found if each[0] == "lanes"]

    # Four people, three of them included; the serious events, as the table has them, of those alone;
    # five episodes.
    n_read = 4 + 3 + 5
    assert aside(None) == [
        (n_read, 5, "-", 0),  # three lanes, the event of the 9th, and the ventilation of P2
        (n_read, 5, "dated after the cut", 1),
        (n_read, 5, "day 0 is not known", 1),  # the event of P4, included on some day of February
        (n_read, 5, "ended before inclusion", 1),
        (n_read, 5, "not included", 1),
        (n_read, 5, "of nobody who is in dm", 1),
        (n_read, 5, "of somebody who is not included", 1),
        (n_read, 5, "without a date", 1),
    ]
    # In B: the lane of P4.
    assert aside("B")[:3] == [
        (n_read, 1, "-", 0),
        (n_read, 1, "day 0 is not known", 1),
        (n_read, 1, "not in the group chosen", 2 + 2 + 3),
    ]


# --- The headline numbers


@pytest.fixture
def twelve(simulated, monkeypatch):
    """The last twelve cuts of the simulated trial."""
    monkeypatch.setenv("TRIAL", str(simulated))
    return data.trial()


def elsewhere(cut: str, cohort: str | None) -> dict[str, int | None]:
    """The headline numbers as the pages on which they belong give them."""

    def of(question: str) -> pd.DataFrame:
        return ask(question, cut, cohort=cohort)

    people, dosing = of("recruitment/summary").iloc[0], of("dosing/summary").iloc[0]
    infusions, events = of("dosing/infusions"), of("adverse_events/summary").iloc[0]
    visits = of("follow_up/completion").query("place == 0").iloc[0]
    clocks = of("safety_counts/clocks").query("clock != 'sae'")
    vital = of("outcomes/vital_status")
    whole = vital if cohort else vital[vital["code"] == "all patients"]
    primary = of("outcomes/primary")
    primary = primary if cohort is None else primary[primary["code"] == cohort]
    status = of("recruitment/participants")["status"]
    n_open = int(((infusions["status"] == "unknown") & ~infusions["is_given"]).sum())
    return {
        "screened": people["n_screened"],
        "failed screening": people["n_screen_failed"],
        "included": people["n_included"],
        "treated": people["n_treated"],
        "infusions given": dosing["n_given"],
        "infusions owed": dosing["n_owed"],
        "infusions adherent": dosing["n_adherent"],
        "adherence unknown": dosing["n_unknown"] - n_open,
        "infusions unknown": n_open,
        "infusions missed": dosing["n_missed"],
        "infusions overdue": dosing["n_overdue"],
        "infusions due": dosing["n_due"],
        "adverse events": events["n_events"],
        "events of grade 3 or more": events["n_severe"],
        "grade unknown": events["n_grade_unknown"],
        "primary outcome reached": primary["n_event"].sum(),
        "primary outcome known": primary["n_known"].sum(),
        "primary outcome unknown": primary["n_unknown"].sum(),
        "serious events": events["n_serious"],
        "seriousness unknown": events["n_serious_unknown"],
        "related events": events["n_related"],
        "relatedness unknown": events["n_related_unknown"],
        "SUSARs": int(clocks["is_certain"].sum()),
        "SUSAR unknown": int((~clocks["is_certain"]).sum()),
        "events of special interest": events["n_special"],
        "special interest unknown": events["n_special_unknown"],
        "infusional events": events["n_infusional"],
        "infusional unknown": int(of("adverse_events/events")["is_infusional"].isna().sum()),
        "deaths": len(of("outcomes/deaths")),
        "visits done": visits["n_done"],
        "visits owed": visits["n_owed"],
        "visits missed": visits["n_missed"],
        "visits overdue": visits["n_overdue"],
        "visits unknown": visits["n_unknown"],
        "vital status unknown": whole["n_unknown"].sum(),
        "withdrawn or lost": int(status.isin(["withdrawn", "lost"]).sum()),
    }


def check_headline(cut: str, cohort: str | None) -> None:
    headline = ask("today/headline", cut, cohort=cohort).set_index("name")["value"].dropna()
    pages = elsewhere(cut, cohort)
    assert {name: int(pages[name]) for name in headline.index} == headline.astype(int).to_dict()


@pytest.mark.parametrize("cohort", [None, "A", "B"])
@pytest.mark.parametrize("place", [0, 3, 11])
def test_every_headline_number_is_the_number_of_its_page(twelve, place, cohort):
    check_headline(twelve.cuts()[place], cohort)


def test_every_headline_number_of_the_pilot_is_the_number_of_its_page(pilot):
    check_headline(pilot, None)


def test_a_headline_number_counts_the_records_behind_it(twelve):
    cut = twelve.cuts()[0]
    behind = ask("today/members", cut)["name"].value_counts()
    for name, n in rows("today/headline", cut, "name", "n"):
        assert n == behind.get(name, 0)


def test_a_number_that_the_protocol_does_not_set_is_not_0(export):
    cut = export(**included("P01"))  # neither infusions, nor hours, nor visits
    found = dict(rows("today/headline", cut, "name", "value"))
    unset = {"infusions owed", "infusions adherent", "infusions overdue", "infusional events"}
    unset |= {"visits done", "visits owed", "visits overdue"}
    assert [found[name] for name in unset] == [None] * 7
    assert found["infusions given"] == 0
    said = today.answers(ask("today/headline", cut))
    assert said["dosing"].endswith("protocol.toml sets no number of infusions, so none is owed.")
    assert said["follow-up"].startswith("protocol.toml schedules no visit.")
    labels = [label for label, _ in today.tiles(ask("today/headline", cut), "follow-up")]
    assert labels == ["Vital status unknown", "Withdrawn or lost"]


def test_with_a_group_chosen_what_is_of_all_groups_says_so(export):
    cut = export(**included("P01", "P02"))

    def recruitment(cohort: str | None) -> tuple[str, list[str]]:
        headline = ask("today/headline", cut, cohort=cohort)
        labels = [label for label, _ in today.tiles(headline, "recruitment")]
        return today.answers(headline)["recruitment"], labels

    said, labels = recruitment(None)
    assert said.endswith("0 of 2 screened failed.")
    assert labels == ["Included", "Screened"]
    said, labels = recruitment("A")
    assert said.endswith("0 of 2 screened in any group failed.")
    assert labels == ["Included", "Screened (all groups)"]


# --- What is drawn

LANE = {"usubjid": "P01", "cohort": "A", "place": 1, "status": "in follow-up", "record": 1}
LANE |= {"label": "in follow-up", "state": None, "day_from": 0, "day_to": 40, "is_open": True}


def drawn(*changes: dict) -> go.Figure:
    shown = pd.DataFrame([LANE | {"kind": "in trial"} | change for change in changes])
    figure = today.lanes(shown.astype({"day_from": "Int32", "day_to": "Int32"}), [28, 90])
    go.Figure(json.loads(figure.to_json()))  # raises for a property that Plotly does not know
    return figure


def mark(figure: go.Figure, name: str) -> tuple[list, list]:
    [trace] = [each for each in figure.data if each.name == name]
    return list(trace.x), list(trace.y)


def test_every_patient_has_a_lane_with_what_happened_on_its_day():
    figure = drawn(
        {},
        {"kind": "infusion", "state": "late", "day_from": 5, "day_to": 5},
        {"kind": "serious event", "day_from": 9, "day_to": 9},
        {"usubjid": "P02", "place": 2, "status": "died", "day_to": 12},
        {"usubjid": "P02", "place": 2, "status": "died", "kind": "death", "day_from": 12}
        | {"day_to": 12},
        {"usubjid": "P02", "place": 2, "status": "died", "kind": "ventilation", "day_from": -3}
        | {"day_to": 12},
    )
    assert figure.layout.title.text == "2 included: 1\xa0in follow-up, 1\xa0died"
    assert [each.strip() for each in figure.layout.yaxis.ticktext] == ["P01 A", "P02 A"]
    assert mark(figure, "late") == ([5], [0])
    assert mark(figure, "serious event") == ([9], [-0.3])  # above the line
    assert mark(figure, "in follow-up") == ([40], [0])
    assert mark(figure, "death") == ([12], [1])
    [bar] = [each for each in figure.data if each.type == "bar"]
    assert (bar.base[0], bar.base[0] + bar.x[0]) == (-3, 13)  # the whole of day 12
    assert (
        figure.layout.title.subtitle.text
        == "▶\xa0late ★\xa0serious event ▨\xa0ventilation ✚\xa0died"
    )


def test_a_day_that_is_not_known_is_said_or_drawn_as_a_span():
    nobody_knows = {"day_from": None, "day_to": None}
    figure = drawn(nobody_knows, {"usubjid": "P02", "place": 2})
    ends = [each for each in figure.data if each.mode == "text"]
    assert list(ends[0].text) == ["in follow-up, day 0 not known", "in follow-up"]
    figure = drawn({}, {"kind": "infusion", "state": "unknown", "day_from": 2, "day_to": 9})
    assert any(list(each.x) == [2, 9, None] for each in figure.data)


def test_nobody_included_is_said():
    figure = today.lanes(pd.DataFrame(columns=[*LANE, "kind"]), [28])
    assert figure.layout.title.text == "Nobody has been included yet."
    assert today.found(pd.DataFrame(columns=["urgency"])) == "Nothing needs attention."


HOSTILE = '<script>alert(1)</script> <a href="javascript:x">go</a>'
THING = {"urgency": "due", "kind": "infusion", "usubjid": "P 1&2", "record": "infusion 2"}
THING |= {"what": HOSTILE, "by_on": pd.Timestamp("2021-03-02"), "days_left": 1, "page": "Follow-up"}


def test_a_line_of_the_list_leads_to_the_patient_and_the_page_on_the_same_cut():
    html = today.worklist(pd.DataFrame([THING]), {"cut": "2021-03-01", "group": "A"})
    kept = "cut=2021-03-01&amp;group=A"
    assert f'<a href="patient?{kept}&amp;patient=P+1%262">P 1&amp;2</a>' in html
    assert f'<a href="follow_up?{kept}">Follow-up</a>' in html
    assert "<script>" not in html
    assert html.count("<a ") == 2
    assert ">1 day left<" in html


def test_a_day_in_the_list_stands_in_one_line():
    what = "not seen since 2020-12-23, lost on 2021-01"
    html = today.worklist(pd.DataFrame([THING | {"what": what}]), {})
    assert 'not seen since <span class="day">2020-12-23</span>, lost on 2021-01<' in html


def test_of_what_is_overdue_the_reports_are_counted_apart():
    """The overdue infusions and visits have their numbers beneath."""
    late = [THING | {"urgency": "overdue", "kind": kind} for kind in ("report", "visit", "report")]
    said = today.found(pd.DataFrame([*late, THING]))
    assert said == "4 things need attention: 3 overdue (2 reports), 1 due."
    assert today.found(pd.DataFrame(late[1:2])) == "1 thing needs attention: 1 overdue."


def test_what_one_patient_needs_is_a_sentence_of_the_page_of_the_patient():
    two = [THING | {"what": "infusion 2 is due"}, THING | {"what": "seen?", "days_left": None}]
    said = "Needs attention: infusion 2 is due (1 day left); seen?."
    assert today.of_patient(pd.DataFrame(two)) == said
    assert today.of_patient(pd.DataFrame(two[:0])) == ""


def test_what_has_no_room_is_folded_away_and_counted_by_urgency():
    urgencies = ["overdue"] * 3 + ["due"] * 4 + ["soon"] * 5
    things = pd.DataFrame([THING | {"what": "x", "urgency": each} for each in urgencies])
    whole = today.worklist(things, {})
    assert "<details" not in whole
    for room in (300, 200, 20):
        html = today.worklist(things, {}, room)
        shown, folded = html.split("<details")
        n = shown.count('<td class="what"')
        assert n + folded.count('<td class="what"') == 12
        assert n == {300: 9, 200: 5, 20: 5}[room]  # never fewer than five
    assert "<summary>7 more: 2 due, 5 soon</summary>" in html
    assert today.worklist(things, {}, 1000) == whole


def test_long_words_take_more_room_than_short_ones():
    short = pd.DataFrame([THING | {"what": "x"}] * 12)
    long = pd.DataFrame([THING | {"what": "x " * 60}] * 12)
    counts = [
        today.worklist(each, {}, 340).split("<details")[0].count("<tr>") for each in (short, long)
    ]
    assert counts[0] > counts[1]


def in_trial(n: int) -> pd.DataFrame:
    people = [
        LANE | {"kind": "in trial", "usubjid": f"P{each:02}", "place": each} for each in range(n)
    ]
    return pd.DataFrame(people).astype({"day_from": "Int32", "day_to": "Int32"})


@pytest.mark.parametrize(("n", "side"), [(20, "bottom"), (40, "bottom"), (41, "top"), (254, "top")])
def test_the_days_stand_where_a_figure_that_scrolls_begins(n, side):
    figure = today.lanes(in_trial(n), [28, 90])
    assert figure.layout.xaxis.side == side
    margin = figure.layout.margin
    room = margin.t if side == "top" else margin.b
    assert room >= 42  # px of the numbers and of what they are
    assert figure.layout.height - margin.t - margin.b == n * (14 if n > 40 else 15)


@pytest.mark.parametrize("n", [1, 14, 20])
def test_the_lanes_of_twenty_patients_stay_in_their_room(n):
    shown = in_trial(n)
    figure = charts.finished(today.lanes(shown, [28, 90], 485), "A footer", is_simulated=True)
    assert figure.layout.height <= 485
    assert figure.layout.yaxis.tickfont.size >= 12
    # A shared screen has no such room, and as many slides as it takes; the marks in words stand as
    # far above the first lane as on the page.
    shared = today.lanes(shown, [28, 90])
    plot = shared.layout.height - shared.layout.margin.t - shared.layout.margin.b
    assert plot == max(60, 15 * n)
    assert shared.layout.margin.t == figure.layout.margin.t


@pytest.mark.parametrize(("days", "said"), [(-2, "2 days past"), (0, "last day"), (None, "")])
def test_days_left_in_words(days, said):
    html = today.worklist(pd.DataFrame([THING | {"days_left": days}]), {})
    assert f'<td class="left">{said}</td>' in html


def test_a_trend_needs_two_cuts():
    trends = pd.DataFrame({"cut": ["1", "2", "1"], "name": ["a", "a", "b"], "n": [3, 4, 5]})
    assert today.trend(trends, "a") == [3, 4]
    assert today.trend(trends, "b") is None
    assert today.trend(None, "a") is None


# --- The page


def dashboard(**query: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=120)
    at.query_params.update(query)
    at.run()
    assert not at.exception
    return at


def html(at: AppTest) -> str:
    return "\n".join(each.proto.body for each in at.get("html"))


def test_the_newest_cut_refused_is_said_on_top_and_the_last_good_one_stands(
    trial, export, protocol
):
    export("2021-03-01", **included("P01"))
    (trial / "exports" / "2021-03-08").mkdir()
    at = dashboard()
    assert at.title[0].value == "Today"
    assert "The cut 2021-03-08 was refused, and 2021-03-01 is shown." in at.error[0].value
    assert 'the export of <span class="day">2021-03-08</span> was refused' in html(at)
    [tile] = [each for each in at.metric if each.label == "Included"]
    assert tile.value == "1 / 20"


def test_the_page_shows_changes_and_trends_and_keeps_the_cut_in_its_links(export, protocol):
    export("2021-02-22", **included("P01"))
    export("2021-03-01", **included("P01", "P02"))
    at = dashboard()
    [tile] = [each for each in at.metric if each.label == "Included"]
    assert (tile.value, tile.delta) == ("2 / 20", "1")
    assert list(tile.proto.chart_data) == [1, 2]
    assert "patient?cut=2021-03-01&amp;since=2021-02-22&amp;patient=P01" in html(at)
    at.selectbox(key="group").set_value("A").run()
    [tile] = [each for each in at.metric if each.label == "Included"]
    assert list(tile.proto.chart_data) == []
    assert "kept for all groups together" in "\n".join(each.value for each in at.caption)


def test_a_new_serious_event_is_named_where_the_site_does_not_number_them(export):
    """It begins before one that is known, which does not become new by that."""
    known = """
        usubjid  aeterm  aestdtc     aeser
        P01      Stroke  2021-01-20  Y
        P01      Fever   2021-01-21  Y
        P01      Fever   2021-01-21  Y
    """
    export("2021-02-22", **included("P01"), ae=known)
    come = known + "P01      Shock   2021-01-19  Y\n"
    cut = export("2021-03-01", **included("P01"), ae=come)
    found = ask("today/attention", cut, since="2021-02-22").query("urgency == 'new'")
    assert found["what"].to_list() == ["new serious event: Shock, from 2021-01-19"]
    assert found["record"].to_list() == ["event Shock 2021-01-19"]
    assert rows("changes/facts", cut, "record", since="2021-02-22") == []


def test_one_event_without_a_number_does_not_rename_those_that_have_one(export):
    known = """
        usubjid  aeseq  aeterm  aestdtc     aeser
        P01      1      Stroke  2021-01-20  Y
        P01      2      Fever   2021-01-19  Y
    """
    export("2021-02-22", **included("P01"), ae=known)
    come = known + "P01      .      Rash    2021-01-18  N\n"
    cut = export("2021-03-01", **included("P01"), ae=come)
    found = ask("today/attention", cut, since="2021-02-22")
    assert "new" not in found["urgency"].to_list()
    assert rows("changes/facts", cut, "record", since="2021-02-22") == []


def test_infusions_given_are_those_planned_as_on_the_dosing_page(export, trial):
    (trial / "protocol.toml").write_text(PROTOCOL + "[dosing]\nn_infusions = 3\n")
    ex = "usubjid  exseq  exstdtc\n" + "\n".join(
        f"P01  {k}  2021-01-{3 * k:02}" for k in range(1, 5)
    )
    cut = export("2021-01-20", **included("P01"), ex=ex)
    assert rows("dosing/summary", cut, "n_given", "n_extra") == [(3, 1)]
    assert dict(rows("today/headline", cut, "name", "value"))["infusions given"] == 3


def test_a_lane_ends_when_nothing_more_is_known_of_the_patient(export, trial):
    support = '[support]\ninvasive_ventilation = ["IMV"]\n'
    (trial / "protocol.toml").write_text(PROTOCOL + support)
    who = ("lost", "unseen", "withdrew", "dead", "stays")
    ways = {"lost": "LOST TO FOLLOW-UP", "unseen": "LOST TO FOLLOW-UP", "withdrew": "WITHDRAWAL"}
    more = "".join(left(each, way, "2021-02-20") for each, way in ways.items())
    cut = export(
        **included(*who, more=more + left("dead", "DEATH", "2021-02-10")),
        # Day 10 is 11 January, day 31 is 1 February: all were last seen then, but one.
        ae="usubjid  aeseq  aestdtc  aeenrtpt"
        + "".join(f"\n{each}  1  2021-01-11  ONGOING" for each in who if each != "unseen"),
        pr="""
            usubjid   prtrt  prstdtc     proccur
            lost      IMV    2021-01-12  Y
            unseen    IMV    2021-01-12  U
            withdrew  IMV    2021-01-12  Y
            dead      IMV    2021-01-12  Y
            stays     IMV    2021-01-12  Y
        """,
        sv="usubjid  visitnum  svstdtc"
        + "".join(f"\n{each}  28  2021-02-01" for each in who if each != "unseen"),
    )
    # The lost until they were last seen, by a visit or at inclusion; whoever withdrew until that
    # day, 20 February; the dead until 10 February; the others until the cut.
    ends = {"lost": 31, "unseen": 0, "withdrew": 50, "dead": 40, "stays": 59}
    lanes = rows("today/lanes", cut, "usubjid", "kind", "day_to")
    assert {who: day for who, kind, day in lanes if kind == "in trial"} == ends
    # What goes on is known for as long, on the lanes of the adverse events, too; what began after
    # the patient was last seen, on its day.
    began = {"unseen": 11}
    support = rows("adverse_events/support", cut, "usubjid", "end_day")
    assert dict(support) == ends | began
    assert {who: day for who, kind, day in lanes if kind == "ventilation"} == ends | began
    events = rows("adverse_events/events", cut, "usubjid", "seen_day")
    assert dict(events) == {who: day for who, day in ends.items() if who != "unseen"}
    # The last contact is one, wherever it stands.
    seen = dict.fromkeys(ends, "2021-02-01") | {"unseen": "2021-01-01"}
    for question in ("adverse_events/lanes", "patient/patients", "outcomes/patients"):
        assert dict(rows(question, cut, "usubjid", "last_contact_on")) == seen


def test_an_infusion_without_a_day_is_drawn_on_no_day(export, trial):
    (trial / "protocol.toml").write_text(
        PROTOCOL + "[dosing]\nn_infusions = 3\ninterval_min_days = 3\ninterval_max_days = 4\n"
    )
    cut = export(
        "2021-01-20", **included("P01"), ex="usubjid  exseq  exstdtc\nP01  1  2021-01-02\nP01  2  ."
    )
    found = rows("today/lanes", cut, "kind", "record", "state", "day_from", "day_to")
    assert [each[1:] for each in found if each[0] == "infusion"][:2] == [
        (1, "in window", 1, 1),
        (2, "unknown", None, None),
    ]


@pytest.mark.parametrize(("n", "is_said"), [(20, False), (70, True)])
def test_that_the_lanes_of_many_scroll_is_said(export, n, is_said):
    export("2021-03-01", **included(*(f"P{each:02}" for each in range(n))))
    captions = [each.value for each in app("today").run().caption]
    assert ("↕ goes on below, within its frame" in captions) is is_said
