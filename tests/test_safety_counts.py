"""The registry's counts, special interest, infusional events, clocks and the stopping boundary."""

from datetime import date

import pytest

from charts import safety_counts
from queries import answers, ask
from tests.conftest import PROTOCOL, app, included, left, rows

VOCABULARY = """
[adverse_events]
infusional_hours = 24
related = ["POSSIBLE"]
not_related = ["NONE"]
serious = ["Y"]
not_serious = ["N"]

[[special_interest]]
category = "infection"
system_organ_classes = ["INFECTIONS"]

[[special_interest]]
category = "thrombo-embolic"
preferred_terms = ["STROKE"]

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
# The rule whose boundary the README of the R package stoppingrule prints (oracles.md).
RULE = """
[[stopping_rules]]
name = "toxicity"
event = "{event}"
type = "beta-binomial"
p0 = 0.20
alpha = 0.10
prior_alpha = 0.6
prior_beta = 2.4
"""


@pytest.fixture(autouse=True)
def protocol(trial):
    (trial / "protocol.toml").write_text(PROTOCOL + VOCABULARY)


# Every kind of event, and each with something missing. Day 90 is 1 April.
#                                                              counts  may count
EVENTS = """
    usubjid  aeseq  aestdtc     aetoxgr  aeser  aerel     expected
    P1       1      2021-01-02  2        N      NONE      .
    P1       2      2021-01-03  2        N      POSSIBLE  .
    P1       3      2021-01-04  3        N      POSSIBLE  .
    P1       4      2021-01-05  4        N      POSSIBLE  .
    P1       5      2021-01-06  5        Y      POSSIBLE  Y
    P1       6      2021-01-07  4        Y      NONE      N
    P2       1      2021-01-08  3        Y      POSSIBLE  N
    P2       2      2021-01-09  3        Y      POSSIBLE  .
    P2       3      2021-01-10  .        N      POSSIBLE  .
    P2       4      2021-04-02  5        Y      POSSIBLE  N
    P3       1      2021-01-11  4        Y      .         N
    P3       2      2021-01-12  1        .      POSSIBLE  N
    P3       3      2021-01-13  1        .      NONE      .
    P3       4      2021-01-14  2        N      .         .
    P3       5      2021        1        N      POSSIBLE  .
    P4       1      2021-01-15  1        N      NONE      .
"""
# By hand, with the numbers of the events: certain, then unknown.
#   AR            P1: 2 3 4 5, P2: 1 2 3, P3: 2         P3: 1 4 (relatedness) 5 (start)
#   AR grade > 3  P1: 4 5                                P2: 3 (grade), P3: 1 (relatedness)
#   SAE           P1: 5 6, P2: 1 2, P3: 1                P3: 2 3 (seriousness)
#   SAR           P1: 5, P2: 1 2                         P3: 1 (relatedness) 2 (seriousness)
#   SESAR         P1: 5                                  P2: 2 (expectedness)
#   SUSAR         P2: 1                                  P2: 2, P3: 1 2
REGISTRY = [
    ("AR", 8, 3, 3, 0, "relatedness 2, start 1"),
    ("AR grade > 3", 2, 1, 2, 2, "relatedness 1, grade 1"),
    ("SAE", 5, 3, 2, 0, "seriousness 2"),
    ("SAR", 3, 2, 2, 1, "relatedness 1, seriousness 1"),
    ("SESAR", 1, 1, 1, 1, "expectedness 1"),
    ("SUSAR", 1, 1, 3, 1, "relatedness 1, seriousness 1, expectedness 1"),
]
REGISTRY_COLUMNS = (
    *("code", "n_events", "n_patients", "n_unknown", "n_patients_unknown", "why_unknown"),
)


def test_the_registrys_counts_by_hand(export):
    cut = export("2021-06-01", **included("P1", "P2", "P3", "P4", "P5"), ae=EVENTS)
    assert rows("safety_counts/registry", cut, *REGISTRY_COLUMNS) == REGISTRY
    assert set(rows("safety_counts/registry", cut, "to_day", "n_included")) == {(90, 5)}


def test_every_unknown_is_listed_with_what_is_not_known(export):
    cut = export("2021-06-01", **included("P1", "P2", "P3", "P4", "P5"), ae=EVENTS)
    listed = rows("safety_counts/unknowns", cut, "usubjid", "event", "code", "unknown")
    assert [each for each in listed if each[2] != "AESI"] == [
        ("P2", 2, "SESAR", "expectedness"),
        ("P2", 2, "SUSAR", "expectedness"),
        ("P2", 3, "AR grade > 3", "grade"),
        ("P3", 1, "AR", "relatedness"),
        ("P3", 1, "AR grade > 3", "relatedness"),
        ("P3", 1, "SAR", "relatedness"),
        ("P3", 1, "SUSAR", "relatedness"),
        ("P3", 2, "SAE", "seriousness"),
        ("P3", 2, "SAR", "seriousness"),
        ("P3", 2, "SUSAR", "seriousness"),
        ("P3", 3, "SAE", "seriousness"),
        ("P3", 4, "AR", "relatedness"),
        ("P3", 5, "AR", "start"),
    ]
    counted = rows("safety_counts/registry", cut, "code", "n_unknown")
    assert [(code, sum(each[2] == code for each in listed)) for code, _ in counted] == counted


def test_the_registrys_counts_have_exact_intervals(export):
    people = [f"P{n:02}" for n in range(20)]
    drawn = "usubjid  aestdtc  aerel\n" + "\n".join(
        f"{each}  2021-01-08  POSSIBLE" for each in people[:5]
    )
    [found, *_] = answers.records(
        ask("safety_counts/registry", export(**included(*people), ae=drawn))
    )
    # 5 of 20: .0866 to .4910 (oracles.md)
    assert (found["n_patients"], found["n_included"], found["pct"]) == (5, 20, 25.0)
    assert found["ci_low"] == pytest.approx(8.66, abs=0.005)
    assert found["ci_high"] == pytest.approx(49.10, abs=0.005)


def test_without_events_the_counts_are_zero_and_without_outcome_days_unknown(export, trial):
    cut = export(**included("P1", "P2"))
    assert set(rows("safety_counts/registry", cut, "n_events", "n_unknown", "pct")) == {(0, 0, 0.0)}
    toml = (trial / "protocol.toml").read_text().replace("days = [28, 90]", "days = []")
    (trial / "protocol.toml").write_text(toml)
    counts = rows("safety_counts/registry", cut, "to_day", "n_events", "n_patients", "pct")
    assert set(counts) == {(None, None, None, None)}


def test_special_interest_to_day_28_by_category_whatever_the_relatedness(export):
    cut = export(
        "2021-06-01",
        **included("P1", "P2", "P3"),
        ae="""
            usubjid  aestdtc     aeterm  aedecod   aesoc       aesi      aerel     aeser
            P1       2021-01-29  .       Sepsis    Infections  .         NONE      Y
            P1       2021-01-10  .       Stroke    Nerves      .         NONE      N
            P1       2021-01-11  .       Sepsis    Infections  .         POSSIBLE  N
            P1       2021-01-30  .       Sepsis    Infections  .         NONE      N
            P2       2021-01     .       Sepsis    Infections  .         NONE      N
            P2       2021-01-10  .       Headache  Nerves      .         NONE      N
            P2       2021-01-10  .       Bruise    Skin        bleeding  NONE      N
            P3       2021-01-10  cough   .         .           .         NONE      N
        """,
    )
    columns = ("category", "n_events", "n_patients", "n_related", "n_serious")
    columns += ("n_unknown", "n_patients_unknown", "n_later")
    # The event of P3 is not coded: it may belong to any category. Day 28 is 29 January.
    assert rows("safety_counts/aesi", cut, *columns) == [
        ("bleeding", 1, 1, 0, 0, 0, 0, 0),
        ("infection", 2, 1, 1, 1, 2, 2, 1),
        ("thrombo-embolic", 1, 1, 0, 0, 1, 1, 0),
        ("any", 4, 2, 1, 1, 2, 1, 1),
    ]


def test_of_special_interest_not_known_to_be_related_is_not_unrelated(export):
    ae = """
        usubjid  aestdtc     aedecod  aesoc       aerel     aeser
        P1       2021-01-10  Sepsis   Infections  .         Y
        P1       2021-01-11  Sepsis   Infections  NONE      Y
        P2       2021-01-12  Sepsis   Infections  POSSIBLE  Y
        P2       2021-02-12  Sepsis   Infections  .         Y
    """
    cut = export("2021-06-01", **included("P1", "P2"), ae=ae)
    columns = ("category", "n_events", "n_related", "n_related_unknown", "n_later")
    assert rows("safety_counts/aesi", cut, *columns) == [
        ("infection", 3, 1, 1, 1),
        ("thrombo-embolic", 0, 0, 0, 0),
        ("any", 3, 1, 1, 1),
    ]
    said = str(safety_counts.aesi(ask("safety_counts/aesi", cut)).to_dict())
    assert "1 later; 1 related (1 not known)" in said
    assert "0 events; 0 related" in said


def test_what_began_before_any_infusion_is_counted_and_said(export, trial):
    rule(trial, "infection")
    cut = export(
        **included("P1", "P2", "P3"),
        ex="usubjid  exstdtc\nP1       2021-01-05\nP2       2021-01-05",
        ae="""
            usubjid  aestdtc     aedecod  aesoc       aeser  aerel
            P1       2020-12-20  Sepsis   Infections  Y      NONE
            P1       2021-01-04  Sepsis   Infections  N      NONE
            P2       2021-01-04  Sepsis   Infections  N      NONE
            P2       2021-01-06  Sepsis   Infections  Y      POSSIBLE
            P3       2021-01-20  Sepsis   Infections  Y      NONE
        """,
    )
    counted = rows("safety_counts/aesi", cut, "category", "n_events", "n_before", "n_patients")
    assert counted[0] == ("infection", 5, 4, 3)  # P3 was never treated
    counted = rows("safety_counts/registry", cut, "code", "n_events", "n_before")
    assert counted[0] == ("AR", 1, 0)
    assert counted[2] == ("SAE", 3, 2)
    assert rows("safety_counts/evaluable", cut, "usubjid", "reason") == [
        ("P1", "event on record, begun before the first infusion"),
        ("P2", "event on record"),
        ("P3", "event on record, begun before the first infusion"),
    ]


def test_infusional_events_per_infusion_and_per_patient(export):
    cut = export(
        **included("P1", "P2", "P3"),
        ex="""
            usubjid  exseq  exstdtc           exoccur
            P1       1      2021-01-01T10:00  Y
            P1       2      2021-01-05T10:00  Y
            P2       1      2021-01-01        Y
            P2       2      2021-01-05        N
        """,
        ae="""
            usubjid  aestdtc           aetoxgr  aeser
            P1       2021-01-01T11:00  3        Y
            P1       2021-01-01T12:00  1        N
            P1       2021-01-05        1        N
            P1       2021-01-07        1        N
            P1       2021-01           1        N
            P2       2021-01-02        1        N
            P3       2021-01-01        1        N
        """,
    )
    columns = ("unit", "n_given", "n_with", "n_with_by_time", "n_events", "n_day_only")
    columns += ("n_severe", "n_serious", "n_unknown")
    assert rows("safety_counts/infusional", cut, *columns) == [
        # What began in January may be of either infusion of P1.
        ("infusion 1", 2, 2, 1, 3, 1, 1, 1, 1),
        ("infusion 2", 1, 1, 0, 1, 1, 0, 0, 1),
        ("all infusions", 3, 3, 1, 4, 2, 1, 1, 1),
        ("patients", 2, 2, 1, 4, 2, 1, 1, 1),
    ]
    figure = safety_counts.infusional(ask("safety_counts/infusional", cut))
    title = figure.layout.title.text.replace("<br>", " ").replace("\xa0", " ")
    said = "an infusional event began after 1 to 3 of 3 infusions, in 1 to 2 of 2 patients"
    assert title == f"Within 24 h, {said}"
    # Filled is what is known by the time of day, and so is the interval; open, what it is if those
    # by the day only count too.
    marks = {each.name: list(each.x) for each in figure.data if each.mode == "markers"}
    assert marks["certain"] == pytest.approx([50, 0, 100 / 3, 50])
    assert marks["if those by the day only count, too"] == pytest.approx([100] * 4)
    intervals = rows("safety_counts/infusional", cut, "ci_low", "ci_high")
    assert intervals[1] == pytest.approx((0, 97.5))  # 0 of 1: to 1 - 0.025
    first = figure.layout.annotations[0].text.replace("\xa0", " ")
    assert first.startswith(
        "<b>Infusion 1</b>: 1 of 2, 50 % (1 to 99 %); 2 with those by the day; 3 events, 1 unknown, "
        "1 by the day only;"
    )


def test_of_infusional_events_what_is_not_known_is_said(export):
    cut = export(
        **included("P1"),
        ex="usubjid  exstdtc\nP1  2021-01-01T10:00",
        ae="""
            usubjid  aestdtc           aetoxgr  aeser
            P1       2021-01-01T11:00  .        Y
            P1       2021-01-01T12:00  3        .
        """,
    )
    said = str(safety_counts.infusional(ask("safety_counts/infusional", cut)).to_dict())
    assert "2 events; 1 of grade 3 or more (1 not known), 1 serious (1 not known)" in said


def test_without_hours_in_the_protocol_infusional_events_are_not_counted(export, trial):
    (trial / "protocol.toml").write_text(PROTOCOL)
    cut = export(**included("P1"), ex="usubjid  exstdtc\nP1       2021-01-01")
    assert rows("safety_counts/infusional", cut, "unit", "hours", "n_given", "n_with", "pct") == [
        ("infusion 1", None, 1, None, None),
        ("all infusions", None, 1, None, None),
        ("patients", None, 1, None, None),
    ]


SUSAR = "usubjid  aestdtc  aeser  aerel  expected  aesdth  aeslife  aware_dtc  reported_dtc"
# expected, fatal, life-threatening, aware, reported -> clock, certain, status, due, days left,
# days taken. The cut is of 1 March.
CLOCKS = {
    "N  Y  N  2021-02-22  .": ("susar_fatal", True, "pending", "2021-03-01", 0, None),
    "N  N  Y  2021-02-21  .": ("susar_fatal", True, "late", "2021-02-28", -1, None),
    "N  N  N  2021-02-14  .": ("susar", True, "pending", "2021-03-01", 0, None),
    "N  N  N  2021-02-13  .": ("susar", True, "late", "2021-02-28", -1, None),
    "N  N  N  2021-02-01  2021-02-16": ("susar", True, "in time", "2021-02-16", None, 15),
    "N  N  N  2021-02-01  2021-02-17": ("susar", True, "reported late", "2021-02-16", None, 16),
    "N  N  N  2021-02-01  2021-02": ("susar", True, "cannot be told", "2021-02-16", None, None),
    # Aware from 10 January, when it began, to the 31st: due between 25 January and 15 February.
    "N  N  N  2021-01     .": ("susar", True, "late", "2021-01-25", -14, None),
    "N  N  N  2021-02     .": ("susar", True, "cannot be told", "2021-02-16", None, None),
    "N  N  N  2021-02-20  2021-03-05": ("susar", True, "pending", "2021-03-07", 6, None),
    "N  N  N  .           .": ("susar", True, "awareness not recorded", None, None, None),
    "N  N  N  .  2021-02-17": ("susar", True, "awareness not recorded", None, None, None),
    "N  N  N  2021-03-02  .": ("susar", True, "awareness not recorded", None, None, None),
    "N  .  .  2021-02-22  .": ("susar_fatal", True, "pending", "2021-03-01", 0, None),
    # Reported before day 0: one of the two is wrong.
    "N  N  N  2021-02-22  2021-02-20": ("susar", True, "cannot be told", "2021-03-09", None, -2),
    ".  N  N  2021-02-14  .": ("susar", False, "pending", "2021-03-01", 0, None),
}


def test_the_clock_of_a_susar(export):
    recorded = dict(enumerate(CLOCKS, 1))
    ae = "\n".join(f"P1  {n}  2021-01-10  Y  POSSIBLE  {each}" for n, each in recorded.items())
    cut = export(**included("P1"), ae=f"{SUSAR.replace('  ', '  aeseq  ', 1)}\n{ae}")
    columns = ("clock", "is_certain", "status", "due_on", "days_left", "days_taken")
    found = rows("safety_counts/clocks", cut, "event", *columns)
    of_susars = [(event, tuple(clock)) for event, *clock in found if clock[0] != "sae"]
    assert len(of_susars) == len(CLOCKS)
    assert {recorded[event]: clock for event, clock in of_susars} == CLOCKS


def test_the_days_of_a_clock_whose_day_zero_is_known_in_part(export):
    ae = f"""
        {SUSAR}
        P1  2021-01-10  Y  POSSIBLE  N  N  N  2021-01  .
        P2  2021-02-20  Y  POSSIBLE  N  N  N  2021-02  .
        P3  2021-02-20  Y  POSSIBLE  N  N  N  2021-01  .
        P4  2021-01-10  Y  POSSIBLE  N  N  N  2021-01  2021-02
    """
    cut = export(**included("P1", "P2", "P3", "P4"), ae=ae)
    columns = ("clock", "usubjid", "day_zero_from", "day_zero_to", "due_on", "due_to")
    columns += ("days_left", "days_late", "reported_from", "reported_to")
    found = rows("safety_counts/clocks", cut, *columns)
    assert sorted(each for _, *each in found if _ != "sae") == [
        ["P1", "2021-01-10", "2021-01-31", "2021-01-25", "2021-02-15", -14, 14, None, None],
        ["P2", "2021-02-20", "2021-02-28", "2021-03-07", "2021-03-15", 6, None, None, None],
        # On record, the sponsor knew of it before it began: the days stand as they are written.
        ["P3", "2021-01-01", "2021-01-31", "2021-01-16", "2021-02-15", -14, 14, None, None],
        [
            *("P4", "2021-01-10", "2021-01-31", "2021-01-25", "2021-02-15", None, None),
            *("2021-02-01", "2021-02-28"),
        ],
    ]


def test_what_is_certainly_to_be_reported_stands_before_what_may_be_and_what_was(export):
    ae = f"""
        {SUSAR.replace("  ", "  aeterm  ", 1)}
        P1  may be, late        2021-01-10  Y  POSSIBLE  .  N  N  2021-01-20  .
        P2  was reported        2021-01-10  Y  POSSIBLE  N  Y  N  2021-01-12  2021-01-13
        P3  pending             2021-01-10  Y  POSSIBLE  N  N  N  2021-02-20  .
        P4  may be, pending     2021-01-10  Y  POSSIBLE  .  N  N  2021-02-20  .
        P5  late                2021-01-10  Y  POSSIBLE  N  Y  N  2021-02-10  .
    """
    cut = export(**included("P1", "P2", "P3", "P4", "P5"), ae=ae)
    found = rows("safety_counts/clocks", cut, "clock", "due_days", "term")
    assert [each for each in found if each[0] != "sae"] == [
        ("susar_fatal", 7, "late"),
        ("susar", 15, "pending"),
        ("susar", 15, "may be, late"),
        ("susar", 15, "may be, pending"),
        ("susar_fatal", 7, "was reported"),
    ]


def test_a_fatal_susar_has_a_day_for_further_information(export):
    cut = export(
        **included("P1"), ae=f"{SUSAR}\nP1  2021-01-10  Y  POSSIBLE  N  Y  N  2021-02-22  ."
    )
    assert rows("safety_counts/clocks", cut, "clock", "due_on", "follow_up_on")[0] == (
        *("susar_fatal", "2021-03-01", "2021-03-09"),
    )


FEBRUARY = [("2021-02-01", "2021-02-28"), ("2021-02-16", "2021-03-15")]


@pytest.mark.parametrize(
    ("aware", "reported", "expected"),
    [
        # Of February: due 15 days after its first day, or after its last.
        ("2021-02", "2021-02-26", [*FEBRUARY, ("2021-02-26",)]),
        ("2021-02-", "2021-02-", [*FEBRUARY, ("2021-02-01", "2021-02-28")]),
        ("2021-02--", "2021--", [*FEBRUARY, ("2021-01-01", "2021-03-01")]),
        # Of any month of the year, but not before the start, nor after the cut.
        (
            *("2021---15", "2021-02-26T-:-"),
            [("2021-01-10", "2021-03-01"), ("2021-01-25", "2021-03-16"), ("2021-02-26",)],
        ),
    ],
)
def test_a_clock_whose_days_are_known_in_part_is_drawn(export, aware, reported, expected):
    ae = f"{SUSAR}\nP1  2021-01-10  Y  POSSIBLE  N  N  N  {aware}  {reported}"
    cut = export(**included("P1"), ae=ae)
    figure = safety_counts.clocks(ask("safety_counts/clocks", cut), cut)
    drawn = {each.name: each.x for each in figure.data}
    assert [drawn[name] for name in ("day 0", "due", "reported")] == expected
    line = (expected[0][0], expected[1][-1], None)
    assert line in [each.x for each in figure.data]


@pytest.mark.parametrize("aware", [".", "2021-02-27"])  # due on 6 March
def test_the_line_of_the_cut_does_not_cross_the_words_of_the_clocks(export, aware):
    ae = f"{SUSAR}\nP1  2021-01-10  Y  POSSIBLE  N  Y  N  {aware}  ."
    cut = export(**included("P1"), ae=ae)
    layout = safety_counts.clocks(ask("safety_counts/clocks", cut), cut).layout
    first, last = map(date.fromisoformat, (str(each)[:10] for each in layout.xaxis.range))
    assert (date.fromisoformat(cut) - first) / (last - first) > 0.8
    [words] = [each for each in layout.annotations if "P1" in each.text]
    assert (words.x, words.xref, words.xanchor) == (0, "paper", "left")


@pytest.mark.parametrize(
    ("aware", "expected"),
    [
        ("2021-01-10", ("in time", 0)),
        ("2021-01-11", ("cannot be told", 1)),  # up to 48 hours, of 24
        ("2021-01-12", ("cannot be told", 2)),  # the investigator may have learned of it that day
        ("2021-01", ("cannot be told", None)),
        ("2021-01-09", ("cannot be told", -1)),  # before it began
        (".", ("awareness not recorded", None)),
    ],
)
def test_the_clock_of_an_sae_is_late_for_nobody_the_export_cannot_tell(export, aware, expected):
    cut = export(
        **included("P1"),
        ae=f"usubjid  aestdtc  aeser  aerel  aware_dtc\nP1  2021-01-10  Y  NONE  {aware}",
    )
    assert rows("safety_counts/clocks", cut, "clock", "status", "days_taken") == [
        ("sae", *expected)
    ]


@pytest.mark.parametrize(
    ("start", "aware", "expected"),
    [
        ("2021-01-10T08:00", "2021-01-11T08:00", "in time"),  # 24 hours
        ("2021-01-10T08:00", "2021-01-11T08:01", "cannot be told"),
        ("2021-01-10T08:00", "2021-01-11T20:00", "cannot be told"),  # 36 hours
        ("2021-01-10T23:00", "2021-01-11", "cannot be told"),  # 1 to 25 hours
        ("2021-01-10", "2021-01-10T23:00", "in time"),
        ("2021-01-10", "2021-01-11T00:30", "cannot be told"),  # 30 minutes to 24 and a half hours
        ("2021-01-10T08:00", "2021-01-10T07:00", "cannot be told"),  # before it began
        ("2021-01-10T08:00", "2021-01-11T07:00+01:00", "cannot be told"),  # on which clock?
        ("2021-01-10T08:00Z", "2021-01-11T07:00+01:00", "in time"),  # 22 hours
    ],
)
def test_the_24_hours_of_an_sae_are_hours(export, start, aware, expected):
    ae = f"usubjid  aestdtc  aeser  aerel  aware_dtc\nP1  {start}  Y  NONE  {aware}"
    cut = export(**included("P1"), ae=ae)
    assert rows("safety_counts/clocks", cut, "clock", "status") == [("sae", expected)]


def test_a_clock_that_the_protocol_does_not_set_says_so(export, trial):
    (trial / "protocol.toml").write_text(PROTOCOL + VOCABULARY.partition("[[clocks]]")[0])
    cut = export(
        **included("P1"), ae=f"{SUSAR}\nP1  2021-01-10  Y  POSSIBLE  N  Y  N  2021-02-22  ."
    )
    assert rows("safety_counts/clocks", cut, "clock", "label", "status", "due_on") == [
        ("susar_fatal", "not set in protocol.toml", "not set in protocol.toml", None),
        ("sae", "not set in protocol.toml", "not set in protocol.toml", None),
    ]


def test_no_clock_runs_for_what_is_certainly_not_serious(export):
    drawn = "usubjid  aestdtc     aeser  aerel\nP1       2021-01-10  N      POSSIBLE"
    assert rows("safety_counts/clocks", export(**included("P1"), ae=drawn), "clock") == []


def rule(trial, event: str, within: int | None = 28, target: int = 30) -> None:
    text = PROTOCOL.replace("target = 20", f"target = {target}") + VOCABULARY
    text += RULE.format(event=event) + (f"within_days = {within}\n" if within else "")
    (trial / "protocol.toml").write_text(text)


def test_the_published_boundary_through_the_question(export, trial):
    rule(trial, "death")
    found = rows("safety_counts/boundary", export(), "n", "stop_at")
    published = "3-4 3, 5-6 4, 7-10 5, 11-13 6, 14-17 7, 18-20 8, 21-24 9, 25-28 10, 29-30 11"
    expected = {1: None, 2: None}  # a boundary larger than n is a dash
    for step in published.split(", "):
        looks, stop_at = step.split()
        first, last = map(int, looks.split("-"))
        expected |= dict.fromkeys(range(first, last + 1), int(stop_at))
    assert dict(found) == expected
    [(cutoff,)] = rows("safety_counts/rules", export("2021-03-08"), "cutoff")
    assert cutoff == pytest.approx(0.9630823, abs=1e-6)


def test_the_published_operating_characteristics_through_the_question(export, trial):
    rule(trial, "death")
    found = rows(
        *("safety_counts/characteristics", export(), "rate", "is_p0", "p_stop", "expected_events"),
    )
    published = [
        (0.20, True, 0.0996, 5.651),
        (0.25, False, 0.2383, 6.536),
        (0.30, False, 0.4362, 6.927),
        (0.35, False, 0.6456, 6.819),
        (0.40, False, 0.8149, 6.355),
    ]
    found = [each for each in found if 0.20 <= each[0] <= 0.40]
    assert [each[:2] for each in found] == [each[:2] for each in published]
    for (*_, p_stop, n_events), (*_, published_p, published_n) in zip(
        found, published, strict=True
    ):
        assert p_stop == pytest.approx(published_p, abs=0.00005)
        assert n_events == pytest.approx(published_n, abs=0.001)


# Day 28 is 29 January, for all but P7: 8 March. The cut is of 1 March.
DEATHS = {
    "dm": """
        usubjid  dthdtc
        P1       2021-01-29
        P2       2021-01-30
        P3       2021-01
        P4       .
        P5       .
        P6       .
        P7       .
        P8       2021-01-20
    """,
    "ds": """
        usubjid  dsdecod             dsstdtc
        P1       ENTERED INTO TRIAL  2021-01-01
        P2       ENTERED INTO TRIAL  2021-01-01
        P3       ENTERED INTO TRIAL  2021-01-01
        P4       ENTERED INTO TRIAL  2021-01-01
        P5       ENTERED INTO TRIAL  2021-01-01
        P6       ENTERED INTO TRIAL  2021
        P7       ENTERED INTO TRIAL  2021-02-08
        P8       ENTERED INTO TRIAL  2021-01-10
    """,
    "sv": """
        usubjid  visitnum  svstdtc
        P4       1         2021-01-29
        P5       1         2021-01-28
    """,
}


def test_where_each_patient_stands_for_a_rule_on_death(export, trial):
    rule(trial, "death")
    columns = ("usubjid", "standing", "reason", "place", "n_events_to_date")
    assert sorted(rows("safety_counts/evaluable", export(**DEATHS), *columns)) == [
        ("P1", "event", "died", 2, 2),
        ("P2", "no event", "died later", 3, 2),
        ("P3", "unknown", "dead, on a day that is not known", None, None),
        ("P4", "no event", "seen on the day or later", 4, 2),
        ("P5", "unknown", "not seen since 2021-01-28", None, None),
        ("P6", "unknown", "day 0 is known only in part", None, None),
        ("P7", "pending", "waits until 2021-03-08", None, None),
        ("P8", "event", "died", 1, 1),
    ]


def test_where_the_trial_stands_and_what_one_more_event_would_do(export, trial):
    rule(trial, "death")
    [found] = answers.records(ask("safety_counts/rules", export(**DEATHS)))
    expected = {
        "n_evaluable": 4,
        "n_events": 2,
        "n_pending": 1,
        "n_unknown": 3,
        "stop_at": 3,
        "distance": 1,
        "stop_at_next": 4,
        "would_stop": False,  # 3 of 5, and it takes 4
        "n_more_to_stop": 2,  # 4 of 6
        "crossed_at": None,  # 1 of 1 and 2 of 2 stop nothing, 2 of 3 neither
    }
    assert {name: found[name] for name in expected} == expected


def test_a_boundary_that_was_crossed_stays_crossed(export, trial):
    rule(trial, "death")
    people = [f"P{n}" for n in range(1, 9)]
    died = {f"P{n}": f"2021-01-0{n + 1}" for n in range(1, 4)}
    cut = export(
        dm="usubjid  dthdtc\n" + "\n".join(f"{each}  {died.get(each, '.')}" for each in people),
        ds=included(*people)["ds"],
        ss="usubjid  ssdtc  ssstresc\n"
        + "\n".join(f"{each}  2021-02-20  ALIVE" for each in people[3:]),
    )
    [found] = answers.records(ask("safety_counts/rules", cut))
    # 3 of 3 stop the trial; of 8 patients it takes 5.
    assert (found["n_evaluable"], found["n_events"], found["stop_at"]) == (8, 3, 5)
    assert (found["distance"], found["crossed_at"]) == (2, 3)
    crossed = rows("safety_counts/boundary", cut, "n", "is_crossed")
    assert [n for n, is_crossed in crossed if is_crossed] == [3, 4]


# Events of a patient who completed the trial -> standing, for a rule on each kind of event.
KINDS = [
    ("SAE", "2021-01-10  Y  NONE", "event"),
    ("SAE", "2021-02-10  Y  NONE", "no event"),  # after day 28
    ("SAE", "2021-01     Y  NONE", "unknown"),
    ("SAE", "2021-01-10  .  NONE", "unknown"),
    ("SAR", "2021-01-10  Y  NONE", "no event"),
    ("sar", "2021-01-10  Y  POSSIBLE", "event"),
    ("AR", "2021-01-10  N  POSSIBLE", "event"),
    ("infection", "2021-01-10  N  NONE", "event"),
    ("thrombo-embolic", "2021-01-10  N  NONE", "no event"),
    ("AESI", "2021-01-10  N  NONE", "event"),
    ("infusional", "2021-01-02  N  NONE", "event"),
    ("infusional", "2021-01-03  N  NONE", "no event"),
    ("earthquake", "2021-01-10  N  NONE", "unknown"),
]


@pytest.mark.parametrize(("event", "recorded", "expected"), KINDS)
def test_the_events_that_a_rule_can_be_on(export, trial, event, recorded, expected):
    rule(trial, event)
    cut = export(
        **included("P1"),
        ex="usubjid  exstdtc\nP1       2021-01-01",
        sv="usubjid  visitnum  svstdtc\nP1       1         2021-02-20",
        ae=f"usubjid  aestdtc  aeser  aerel  aedecod  aesoc\nP1  {recorded}  Sepsis  Infections",
    )
    assert rows("safety_counts/evaluable", cut, "standing") == [(expected,)]


@pytest.mark.parametrize("death", [".", "2021-01", "2021"])
def test_a_death_by_the_cut_is_one_by_a_later_day_however_it_is_dated(export, trial, death):
    rule(trial, "death")
    people = included("P1") | {"dm": f"usubjid  dthfl  dthdtc\nP1  Y  {death}"}
    cut = export("2021-01-20", **people)
    assert rows("safety_counts/evaluable", cut, "standing", "reason") == [("event", "died")]


@pytest.mark.parametrize("dates", ["2021-01  .", ".  2021-01-10"])
def test_an_event_on_record_has_begun_by_the_cut_and_by_its_end(export, trial, dates):
    rule(trial, "SAE")
    ae = f"usubjid  aestdtc  aeendtc  aeser\nP1  {dates}  Y"
    cut = export("2021-01-20", **included("P1"), ae=ae)
    assert rows("safety_counts/evaluable", cut, "standing") == [("event",)]


@pytest.mark.parametrize(
    ("disposition", "expected"),
    [("COMPLETED", "no event"), ("LOST TO FOLLOW-UP", "unknown"), (None, "pending")],
)
def test_a_rule_without_a_day_waits_for_the_end_of_the_trial(export, trial, disposition, expected):
    rule(trial, "SAE", within=None)
    people = included("P1")
    if disposition:
        people["ds"] += left("P1", disposition, "2021-02-20")
    assert rows("safety_counts/evaluable", export(**people), "standing") == [(expected,)]


def test_without_a_stopping_rule_there_is_no_boundary(export):
    cut = export(**included("P1"))
    for question in ("rules", "boundary", "characteristics", "evaluable"):
        assert ask(f"safety_counts/{question}", cut).empty
    found = rows("safety_counts/accounting", cut, "panel", "reason", "n_set_aside")
    assert ("boundary", "no stopping rule is set in protocol.toml", 1) in found


def test_what_has_become_doubtful_is_a_change(export):
    ae = "usubjid  aestdtc  aeser  aerel  expected\nP1  2021-01-10  Y  POSSIBLE  "
    export("2021-02-01", **included("P1"), ae=ae + "Y")
    export("2021-03-01", **included("P1"), ae=ae + ".")
    tiles = {each.label: each for each in app("safety_counts", since="2021-02-01").run().metric}
    assert {name: (tiles[name].value, tiles[name].delta) for name in ("SAR", "SESAR", "SUSAR")} == {
        "SAR": ("1", "0"),
        "SESAR": ("0 +1?", "-1, +1?"),
        "SUSAR": ("0 +1?", "+0, +1?"),
    }


def test_what_is_not_certain_of_the_events_is_said_beside_their_numbers(export):
    ae = "usubjid  aestdtc  aeser  aeslife  aesev\nP1  2021-01-10  N  Y  SEVERE"
    cut = export(**included("P1"), ae=ae)
    at = app("safety_counts").run()
    assert "0 SAEs in 0 patients and 1 that may be, 0 SUSARs and 1" in at.subheader[0].value
    title = safety_counts.registry(ask("safety_counts/registry", cut)).layout.title.text
    assert title.replace("<br>", " ").endswith("; 1 event may be serious, 1 event may be a SUSAR")
    captions = [each.value.replace("\\", "") for each in at.caption]
    [said] = [each for each in captions if "Not certain" in each]
    assert "grade read from the severity, as there is no other (1)" in said
    assert "not known whether serious (1), of which recorded as not serious although a" in said


def test_every_event_is_shown_or_set_aside_on_every_panel(export):
    cut = export("2021-06-01", **included("P1", "P2", "P3", "P4", "P5"), ae=EVENTS)
    columns = ("panel", "n_shown", "reason", "n_set_aside")
    found = rows("safety_counts/accounting", cut, *columns)
    assert [each for each in found if each[0] == "registry"] == [
        ("registry", 13, "-", 0),
        ("registry", 13, "after the last outcome day", 1),
        ("registry", 13, "neither serious nor related", 2),
    ]
    assert [each for each in found if each[0] == "clocks"] == [
        ("clocks", 5, "-", 0),  # P2: 1 2 4, P3: 1 2
        ("clocks", 5, "no SUSAR", 3),  # P1: 5 is expected; P1: 6 and P3: 3 are not related
        ("clocks", 5, "not serious", 8),
    ]
    assert [each for each in found if each[0] == "list of clocks"] == [
        ("list of clocks", 8, "-", 0),
        ("list of clocks", 8, "not serious", 8),
    ]
    for panel in {each[0] for each in found}:
        of_panel = [each for each in found if each[0] == panel]
        n_read = 5 if panel in ("boundary", "standing", "characteristics", "evaluable") else 16
        assert of_panel[0][1] + sum(each[3] for each in of_panel) == n_read


def test_a_count_that_may_be_higher_says_what_is_not_known(export):
    export(
        **included("P01"),
        ae="""
            usubjid  aeseq  aeterm  aestdtc     aetoxgr  aeser  aerel
            P01      1      Fever   2021-01-06  3        Y      .
        """,
    )
    tiles = {each.label: each for each in app("safety_counts").run().metric}
    assert (tiles["SAE"].value, tiles["SAR"].value) == ("1", "0 +1?")
    assert tiles["SAR"].help.endswith("of which it is not known: relatedness 1.")
    assert tiles["SAE"].help.endswith("of which it is not known.")


def test_of_special_interest_later_events_are_those_that_surely_are(export):
    # Neither flagged nor coded, on day 59.
    cut = export("2021-03-10", **included("P1"), ae="usubjid  aestdtc  aeterm\nP1  2021-03-01  x")
    assert {later for (later,) in rows("safety_counts/aesi", cut, "n_later")} == {0}
