"""The adverse events, what is made of each, and the questions of the Adverse events page."""

from collections.abc import Iterable

import pytest

from charts import adverse_events
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
system_organ_classes = ["INFECTIONS AND INFESTATIONS"]

[[special_interest]]
category = "thrombo-embolic"
preferred_terms = ["EMBOLIC STROKE"]
"""

# P1 was included on 1 January, day 0, and treated on day 0 and day 4.
ONE = {
    "dm": "usubjid\nP1",
    "ds": "usubjid  dsdecod             dsstdtc\nP1       ENTERED INTO TRIAL  2021-01-01",
    "ex": """
        usubjid  exseq  exstdtc
        P1       1      2021-01-01T10:00
        P1       2      2021-01-05T10:00
    """,
}


@pytest.fixture(autouse=True)
def protocol(trial):
    (trial / "protocol.toml").write_text(PROTOCOL + VOCABULARY)


def derived(cut: str, *columns: str) -> list[tuple]:
    return rows("tables/adverse_events", cut, *columns)


def of_each(
    export, header: str, recorded: Iterable[str], *columns: str, cut: str = "2021-03-01"
) -> dict[str, tuple]:
    """What is made of each event of P1, by what is on record of it."""
    numbered = dict(enumerate(recorded, 1))
    events = [f"P1  {number}  {each}" for number, each in numbered.items()]
    ae = "\n".join([f"usubjid  aeseq  {header}", *events])
    found = derived(export(cut, **ONE, ae=ae), "event", *columns)
    assert [event for event, *_ in found] == sorted(numbered)
    return {numbered[event]: tuple(values) for event, *values in found}


# What is on record of an end -> course, first and last study day that the end can mean, and the
# last day for which an ongoing event is known. The cut of 1 March is day 59.
COURSES = {
    "2021-01-12  .        .                           .": ("ended", 11, 11, None),
    "2021-01     .        .                           .": ("ended", 9, 30, None),
    "2021-03     .        .                           .": ("ended", 59, 59, None),  # by the cut
    "2021-03-02  .        RECOVERED/RESOLVED          .": ("ongoing", None, None, 59),
    "2021-01-12  ONGOING  NOT RECOVERED/NOT RESOLVED  .": ("ended", 11, 11, None),
    ".           ONGOING  .                           .": ("ongoing", None, None, 59),
    ".           .        .                           Y": ("ongoing", None, None, 59),
    ".           .        .                           yes": ("ongoing", None, None, 59),
    ".           .        not recovered/not resolved  .": ("ongoing", None, None, 59),
    ".           .        RECOVERING/RESOLVING        .": ("ongoing", None, None, 59),
    ".           .        RECOVERED/RESOLVED          .": ("end not recorded", None, None, None),
    ".           BEFORE   UNKNOWN                     .": ("end not recorded", None, None, None),
    ".           .        .                           N": ("end not recorded", None, None, None),
    "some day    .        .                           .": ("end not recorded", None, None, None),
}


def test_an_event_is_ended_ongoing_or_of_unknown_end(export):
    header = "aestdtc  aeendtc  aeenrtpt  aeout  aeongo"
    columns = ("course", "end_day_from", "end_day_to", "seen_day")
    recorded = {f"2021-01-10  {each}": course for each, course in COURSES.items()}
    assert of_each(export, header, recorded, *columns) == recorded


def test_an_ongoing_event_is_known_for_as_long_as_the_patient_is(export):
    cut = export(
        dm="usubjid  dthdtc\ndied     2021-01-20\nleft     .\nlost     .",
        ds="""
            usubjid  dsdecod             dscat               dsstdtc
            died     ENTERED INTO TRIAL  PROTOCOL MILESTONE  2021-01-01
            left     ENTERED INTO TRIAL  PROTOCOL MILESTONE  2021-01-01
            lost     ENTERED INTO TRIAL  PROTOCOL MILESTONE  2021-01-01
            left     COMPLETED           DISPOSITION EVENT   2021-02-10
            lost     LOST TO FOLLOW-UP   DISPOSITION EVENT   .
        """,
        ae="""
            usubjid  aestdtc     aeenrtpt
            died     2021-01-10  ONGOING
            left     2021-01-10  ONGOING
            left     2021-02-12  ONGOING
            lost     2021-01-10  ONGOING
        """,
    )
    assert derived(cut, "usubjid", "seen_on") == [
        ("died", "2021-01-20"),
        ("left", "2021-02-10"),
        ("left", "2021-02-12"),  # reported after the patient had left
        ("lost", "2021-01-10"),  # last seen when it began
    ]


# aetoxgr, aesev -> grade, read from
GRADES = {
    "3        .": (3, "grade"),
    "GRADE 4  MILD": (4, "grade"),
    "grade 2  .": (2, "grade"),
    "5.0      .": (5, "grade"),
    ".        MILD": (1, "severity"),
    ".        moderate": (2, "severity"),
    "high     SEVERE": (3, "severity"),
    ".        TERRIBLE": (None, None),
    "6        .": (None, None),
    "0        .": (None, None),
    "35       .": (None, None),
    ".        .": (None, None),
}


def test_death_is_grade_5_if_no_grade_is_recorded(export):
    expected = {
        ".  SEVERE  Y  .": (5, "death"),
        ".  .       .  fatal": (5, "death"),
        "3  SEVERE  Y  FATAL": (3, "grade"),  # as recorded; a check tells
    }
    header = "aetoxgr  aesev  aesdth  aeout"
    assert of_each(export, header, expected, "grade", "grade_from") == expected


def test_the_grade_and_what_it_is_read_from(export):
    assert of_each(export, "aetoxgr  aesev", GRADES, "grade", "grade_from") == GRADES


# aeser, aesdth, aeslife, aeshosp -> serious, read from, doubtful, fatal or life-threatening
SERIOUSNESS = {
    "Y  .  .  .": (True, "aeser", False, None),
    "y  N  N  Y": (True, "aeser", False, False),
    "N  N  N  N": (False, "aeser", False, False),
    "N  N  Y  N": (None, None, True, True),  # the record contradicts itself
    ".  N  N  Y": (True, "criterion", False, False),
    ".  Y  .  .": (True, "criterion", False, True),
    ".  N  N  N": (None, None, False, False),
    ".  NO  YES  NO": (True, "criterion", False, True),
    ".  no  no  .": (None, None, False, False),
    "?  .  .  .": (None, None, False, None),
    ".  .  .  .": (None, None, False, None),
}


def test_seriousness_and_what_it_is_read_from(export):
    columns = ("is_serious", "serious_from", "has_serious_doubt", "is_grave")
    header = "aeser  aesdth  aeslife  aeshosp"
    assert of_each(export, header, SERIOUSNESS, *columns) == SERIOUSNESS


def test_a_word_that_the_protocol_does_not_list_leaves_relatedness_unknown(export):
    expected = {
        "POSSIBLE": (True,),
        "possible": (True,),
        "NONE": (False,),
        "LIKELY": (None,),
        ".": (None,),
    }
    assert of_each(export, "aerel", expected, "is_related") == expected


# start, end, flag -> treatment-emergent, and what that is read from, and infusional within 24 hours.
# First infusion: 1 January, 10:00.
EMERGENT = {
    "2021-01-02        .           .": (True, "dates", True),
    "2020-12-31        .           .": (False, "dates", False),
    "2021-01-01        .           .": (True, "dates", True),
    "2021-01-01T10:00  .           .": (True, "dates", True),
    "2021-01-01T09:59  .           .": (False, "dates", False),
    "2021-01           .           .": (None, None, None),  # the first day may be before 10 o'clock
    "2021-02           .           .": (True, "dates", False),
    "2020              .           .": (False, "dates", False),
    "2021-01-02        .           N": (False, "aetrtem", True),
    "2020              .           Y": (True, "aetrtem", False),
    ".                 .           .": (None, None, None),
    # Whatever has ended has begun.
    ".                 2020-12-30  .": (False, "dates", False),
    "2020              2020-12-30  .": (False, "dates", False),
    "2021-01           2021-01-01  .": (True, "dates", True),
}


def test_treatment_emergent_as_flagged_or_by_the_first_infusion(export):
    columns = ("is_emergent", "emergent_from", "is_infusional")
    assert of_each(export, "aestdtc  aeendtc  aetrtem", EMERGENT, *columns) == EMERGENT


# aedecod, aesoc, aesi -> categories, what they are read from, whether it is of special interest
SPECIAL = {
    "Endocarditis    Infections and infestations  .": ("infection", "terms", True),
    "Embolic stroke  Nervous system disorders     .": ("thrombo-embolic", "terms", True),
    "Headache        Nervous system disorders     .": (None, None, False),
    "Headache        Nervous system disorders     Infection": ("infection", "flag", True),
    "Endocarditis    Infections and infestations  N": (None, "flag", False),
    "Endocarditis    Infections and infestations  Y": ("infection", "flag", True),
    "Headache        Nervous system disorders     Y": ("category not recorded", "flag", True),
    "Headache        Nervous system disorders     Bleeding": ("Bleeding", "flag", True),
    "Embolic stroke  Infections and infestations  .": ("infection, thrombo-embolic", "terms", True),
    "Embolic stroke  Infections and infestations  infection": ("infection", "flag", True),
    ".               .                            .": (None, None, None),
    ".               .                            infection": ("infection", "flag", True),
    # What a category is defined by is missing, or is no class of MedDRA: it is not known.
    "Endocarditis    .                            .": (None, None, None),
    "Endocardite     Infections et infestations   .": (None, None, None),
    "Embolic stroke  .                            .": ("thrombo-embolic", "terms", True),
    ".               Vascular disorders           .": (None, None, None),
    ".               Infections and infestations  .": ("infection", "terms", True),
    # Said, and of several categories.
    "Endocarditis    Infections and infestations  1": ("infection", "flag", True),
    "Headache        Nervous system disorders     infection, Bleeding": (
        "infection, Bleeding",
        "flag",
        True,
    ),
    "Headache        Nervous system disorders     Bleeding;Other": (
        "Bleeding, Other",
        "flag",
        True,
    ),
    # Not said: the terms tell, if they can.
    "Headache        Nervous system disorders     U": (None, None, None),
    "Endocarditis    Infections and infestations  Unknown": ("infection", "terms", True),
    # Said in the negative.
    "Headache        Nervous system disorders     0": (None, "flag", False),
    "Endocarditis    Infections and infestations  None": (None, "flag", False),
    "Endocarditis    Infections and infestations  Not applicable": (None, "flag", False),
}


def test_special_interest_as_flagged_or_by_the_terms(export):
    columns = ("aesi", "aesi_from", "is_aesi")
    assert of_each(export, "aedecod  aesoc  aesi", SPECIAL, *columns) == SPECIAL


def test_special_interest_is_independent_of_relatedness(export):
    # An endocarditis with a stroke, neither of them related: one of each.
    cut = export(
        **ONE,
        ae="""
            usubjid  aestdtc     aedecod         aesoc                        aerel
            P1       2021-01-10  Endocarditis    INFECTIONS AND INFESTATIONS  NONE
            P1       2021-01-10  EMBOLIC STROKE  Cardiac disorders            NONE
        """,
    )
    assert derived(cut, "aesi", "is_related") == [("thrombo-embolic", False), ("infection", False)]


# start -> latest infusion, days since, infusional, by what. Infusions: 1 and 5 January, 10:00.
INFUSIONAL = {
    "2021-01-01T10:00": (1, 0, True, "time"),
    "2021-01-02T10:00": (1, 1, True, "time"),
    "2021-01-02T10:01": (1, 1, False, None),
    "2021-01-01T09:00": (None, None, False, None),
    "2021-01-01": (1, 0, True, "day only"),
    "2021-01-02": (1, 1, True, "day only"),
    "2021-01-03": (1, 2, False, None),
    "2021-01-05T09:59": (1, 4, False, None),
    "2021-01-05T10:01": (2, 0, True, "time"),
    "2021-01-05": (2, 0, True, "day only"),
    "2020-12-31": (None, None, False, None),
    "2021-01": (None, None, None, None),
    "2021-02": (2, None, False, None),
    "2020": (None, None, False, None),
    ".": (None, None, None, None),
}


# start in a time zone -> as above. Infusions at 09:30 of universal time.
ZONES = {
    "2021-01-01T09:45Z": (1, 0, True, "time"),
    "2021-01-01T10:15+01:00": (None, None, False, None),  # 09:15 of universal time
    "2021-01-01T10:45+0100": (1, 0, True, "time"),
    "2021-01-02T04:45-05:00": (1, 1, False, None),  # 24 hours and a quarter later
    "2021-01-01T09:45": (1, 0, True, "day only"),  # on whose clock?
}


def test_times_of_two_zones_are_compared_as_instants(export, monkeypatch):
    in_zones = ONE["ex"].replace("T10:00", "T10:30+01:00")
    monkeypatch.setitem(ONE, "ex", in_zones)
    columns = ("infusion", "days_since_infusion", "is_infusional", "infusional_from")
    assert of_each(export, "aestdtc", ZONES, *columns) == ZONES


def test_infusional_by_the_time_or_by_the_day_alone(export):
    columns = ("infusion", "days_since_infusion", "is_infusional", "infusional_from")
    assert of_each(export, "aestdtc", INFUSIONAL, *columns) == INFUSIONAL


def test_days_since_the_latest_infusion_are_not_those_since_an_earlier_one(export):
    cut = export(
        dm=ONE["dm"],
        ds=ONE["ds"],
        ex="""
            usubjid  exseq  exstdtc
            P1       1      2021-01-01
            P1       2      2021-01
        """,
        ae="usubjid  aestdtc\nP1       2021-02-10",
    )
    assert derived(cut, "infusion", "days_since_infusion") == [(2, None)]


def test_without_hours_in_the_protocol_nothing_is_infusional_or_not(export, trial):
    (trial / "protocol.toml").write_text(PROTOCOL)
    found = of_each(export, "aestdtc", ["2021-01-01"], "is_infusional")
    assert found == {"2021-01-01": (None,)}


def test_a_partial_date_around_an_outcome_day_is_unknown(export):
    expected = {
        "2021-01-29": (True, True),  # day 28
        "2021-01-30": (False, True),
        "2021-01": (None, True),
        "2021-03": (False, True),
        "2021-04-01": (False, True),  # day 90
        "2021-04-02": (False, False),
        "2021": (None, None),
        "2020": (True, True),
        ".": (None, None),
    }
    columns = ("is_by_first", "is_by_last")
    assert of_each(export, "aestdtc", expected, *columns, cut="2021-06-01") == expected


def test_whatever_is_on_record_has_begun_by_the_cut_and_by_its_end(export):
    """The cut of 10 February is day 40: past day 28, and before day 90."""
    expected = {
        "2021  .": (None, True),
        ".     .": (None, True),
        ".     2021-01-20": (True, True),
        "2021  2021-01": (None, True),  # it may have ended on the 30th
        "2021-02-01  2021-01-20": (False, True),  # whichever is wrong: the start stands
    }
    columns = ("is_by_first", "is_by_last")
    found = of_each(export, "aestdtc  aeendtc", expected, *columns, cut="2021-02-10")
    assert found == expected


def test_a_march_event_around_day_28_is_unknown_counted_and_listed(export):
    # Day 0 is 20 February: day 28 is 20 March.
    cut = export(
        "2021-06-01",
        dm="usubjid\nP1",
        ds="usubjid  dsdecod             dsstdtc\nP1       ENTERED INTO TRIAL  2021-02-20",
        ae="usubjid  aestdtc  aedecod  aesoc\nP1  2021-03  Pneumonia  Infections and infestations",
    )
    [found] = derived(
        cut, "start_dtc", "start_day", "start_day_from", "start_day_to", "is_by_first"
    )
    assert found == ("2021-03", None, 9, 39, None)
    counted = rows("safety_counts/aesi", cut, "category", "n_events", "n_unknown", "n_later")
    assert counted[0] == ("infection", 0, 1, 0)
    listed = rows("safety_counts/unknowns", cut, "term", "start_dtc", "code", "unknown")
    assert ("Pneumonia", "2021-03", "AESI", "start") in listed


def test_events_are_numbered_as_exported_or_by_their_start(export):
    drawn = "usubjid  aeseq  aestdtc     aeterm\nP1       {}      2021-01-09  later\n"
    drawn += "P1       3      2021-01-08  sooner"
    assert derived(export("2021-03-01", **ONE, ae=drawn.format(7)), "event", "aeterm") == [
        (3, "sooner"),
        (7, "later"),
    ]
    assert derived(export("2021-03-08", **ONE, ae=drawn.format(".")), "event", "aeterm") == [
        (1, "sooner"),
        (2, "later"),
    ]


def test_a_record_that_is_delivered_twice_is_one_event_and_two_numbers_are_two(export):
    drawn = """
        usubjid  aeseq  aestdtc     aeterm
        P1       1      2021-01-09  fever
        P1       1      2021-01-09  fever
        P1       2      2021-01-09  fever
    """
    cut = export(**ONE, ae=drawn)
    assert derived(cut, "event", "aeterm") == [(1, "fever"), (2, "fever")]  # and a check tells


# A trial of five, by hand. P5 was screened only, P4 has no event. The cut is of 1 March.
FIVE = {
    "dm": "usubjid  cohort\nP1       A\nP2       A\nP3       B\nP4       B\nP5       .",
    "ds": """
        usubjid  dsdecod             dsstdtc
        P1       ENTERED INTO TRIAL  2021-01-01
        P2       ENTERED INTO TRIAL  2021-01-01
        P3       ENTERED INTO TRIAL  2021-01
        P4       ENTERED INTO TRIAL  2021-01-01
    """,
    "ex": "usubjid  exstdtc\nP1       2021-01-02",
    "ae": """
        usubjid  aeseq  aestdtc     aedecod    aesoc    aetoxgr  aeser  aerel
        P1       1      2021-01-05  Nausea     Gut      1        N      NONE
        P1       2      2021-01-08  Nausea     Gut      3        Y      POSSIBLE
        P1       3      2020-12-08  Vomiting   Gut      2        N      NONE
        P1       4      2021-03-02  Nausea     Gut      5        Y      NONE
        P2       1      2021-01-05  Nausea     Gut      .        N      .
        P2       2      .           Insomnia   Mind     2        .      NONE
        P3       1      2021-01-05  Nausea     Gut      2        N      NONE
        P5       1      2021-01-05  Nausea     Gut      2        N      NONE
        P9       1      2021-01-05  Nausea     Gut      2        N      NONE
    """,
}


def test_incidence_by_hand(export):
    cut = export(**FIVE)
    columns = ("level", "soc", "term", "worst_grade", "n", "n_included", "n_events")
    assert rows("adverse_events/incidence", cut, *columns) == [
        ("soc", "Gut", "-", "any", 3, 4, 5),
        ("soc", "Gut", "-", "3 or more", 1, 4, 1),
        ("soc", "Gut", "-", "1", 0, 4, 1),  # P1 had worse
        ("soc", "Gut", "-", "2", 1, 4, 2),
        ("soc", "Gut", "-", "3", 1, 4, 1),
        ("soc", "Gut", "-", "not known", 1, 4, 1),
        ("pt", "Gut", "Nausea", "any", 3, 4, 4),
        ("pt", "Gut", "Nausea", "3 or more", 1, 4, 1),
        ("pt", "Gut", "Nausea", "1", 0, 4, 1),
        ("pt", "Gut", "Nausea", "2", 1, 4, 1),
        ("pt", "Gut", "Nausea", "3", 1, 4, 1),
        ("pt", "Gut", "Nausea", "not known", 1, 4, 1),
        ("pt", "Gut", "Vomiting", "any", 1, 4, 1),
        ("pt", "Gut", "Vomiting", "3 or more", 0, 4, 0),
        ("pt", "Gut", "Vomiting", "2", 1, 4, 1),
        ("soc", "Mind", "-", "any", 1, 4, 1),
        ("soc", "Mind", "-", "3 or more", 0, 4, 0),
        ("soc", "Mind", "-", "2", 1, 4, 1),
        ("pt", "Mind", "Insomnia", "any", 1, 4, 1),
        ("pt", "Mind", "Insomnia", "3 or more", 0, 4, 0),
        ("pt", "Mind", "Insomnia", "2", 1, 4, 1),
    ]
    of_group = rows("adverse_events/incidence", cut, *columns[:6], cohort="B")
    assert of_group[0] == ("soc", "Gut", "-", "any", 1, 2)


def test_incidence_has_the_exact_interval(export):
    # 3 of 20: .0321 to .3789 (oracles.md); 17 of the 20 have no event at all.
    people = [f"P{n:02}" for n in range(20)]
    cut = export(
        dm="usubjid\n" + "\n".join(people),
        ex="usubjid  exstdtc\n" + "\n".join(f"{each}  2021-01-06" for each in people),
        ae="usubjid  aestdtc  aedecod  aesoc\n"
        + "\n".join(f"{each}  2021-01-08  Nausea  Gut" for each in people[:3] + people[:1]),
    )
    found = answers.records(ask("adverse_events/incidence", cut))[0]
    assert (found["n"], found["n_included"], found["n_events"], found["pct"]) == (3, 20, 4, 15.0)
    assert found["ci_low"] == pytest.approx(3.21, abs=0.005)
    assert found["ci_high"] == pytest.approx(37.89, abs=0.005)


def test_summary_by_hand(export):
    [found] = answers.records(ask("adverse_events/summary", export(**FIVE)))
    expected = {
        "n_events": 6,
        "n_with_event": 3,
        "n_included": 4,
        "n_serious": 1,
        "n_severe": 1,
        "n_related": 1,
        "n_partial": 1,
        "n_before": 4,  # all but those of P1 in January: P2 and P3 were never treated
        "n_grade_unknown": 1,
        "n_serious_unknown": 1,
        "n_related_unknown": 1,
    }
    assert {name: found[name] for name in expected} == expected


def test_what_went_on_at_the_end_is_told_from_what_goes_on(export):
    people = included("P1", "P2", more=left("P2", "DEATH", "2021-02-01"))
    ae = """
        usubjid  aestdtc     aeser  aeenrtpt
        P1       2021-01-10  N      ONGOING
        P2       2021-01-10  N      ONGOING
        P2       2021-01-11  N      ONGOING
    """
    cut = export(**people, ae=ae)
    said = "1 ongoing, 2 went on when the patient died, left or completed"
    assert said in adverse_events.sentence(ask("adverse_events/summary", cut).iloc[0])
    drawn = [ask(f"adverse_events/{each}", cut) for each in ("lanes", "events")]
    rest = ask("dosing/infusions", cut), ask("adverse_events/support", cut)
    figure = adverse_events.course(*drawn, *rest, outcome_days=[28], cut_on=cut)
    assert said in figure.layout.title.text.replace("<br>", " ")


def test_the_list_and_its_file_are_of_the_choice(export):
    ae = "usubjid  aeseq  aeterm  aestdtc  aeser\nP1  1  Rash  2021-01-06  N"
    export(**ONE, ae=ae + "\nP1  2  Stroke  2021-01-07  Y\nP1  3  Fever  2021-01-08  N")
    at = app("adverse_events").run()
    assert "Download the rows (CSV)" in [each.proto.label for each in at.get("download_button")]
    at.pills(key="only").set_value(["serious"]).run()
    assert "Download 1 of 3 rows (CSV)" in [each.proto.label for each in at.get("download_button")]


def test_serious_events_are_listed_with_what_may_be_one_the_latest_first(export):
    ae = """
        usubjid  aeseq  aeterm  aestdtc     aeser  aeshosp
        P1       1      Fever   2021-01-06  N      .
        P1       2      Stroke  2021-01-07  Y      .
        P1       3      Rash    2021-01-09  .      .
        P1       4      Sepsis  .           Y      .
    """
    cut = export(**ONE, ae=ae)
    assert rows("adverse_events/serious", cut, "term", "is_serious") == [
        ("Sepsis", True),
        ("Rash", None),
        ("Stroke", True),
    ]
    found = rows("adverse_events/accounting", cut, "panel", "n_shown", "reason", "n_set_aside")
    assert [each for each in found if each[0] == "serious events"] == [
        ("serious events", 3, "-", 0),
        ("serious events", 3, "not serious", 1),
    ]


SERIOUS = """
    usubjid  aeseq  aeterm  aestdtc     aeser  aerel     aeout
    P01      1      Stroke  2021-01-11  Y      POSSIBLE  NOT RECOVERED/NOT RESOLVED
    P01      2      Fever   2021-01-05  Y      NONE      RECOVERED/RESOLVED
    P01      3      Sepsis  2021-01     Y      .         .
    P02      1      Rash    2021-01-06  Y      NONE      FATAL
"""


def test_serious_events_are_said_as_the_site_recorded_them(export):
    both = "usubjid  exstdtc\nP01  2021-01-01\nP01  2021-01-05"
    cut = export(**included("P01", "P02"), ex=both, ae=SERIOUS)
    found = adverse_events.serious(ask("adverse_events/serious", cut)).set_index("term")
    said = found[["after", "aerel", "aeout"]].astype(object).where(found.notna(), None)
    assert dict(zip(said.index, said.itertuples(index=False, name=None), strict=True)) == {
        "Stroke": ("6 days after no.\xa02", "possible", "not recovered/not resolved"),
        "Fever": ("the day of no.\xa02", "none", "recovered/resolved"),
        "Sepsis": (None, "not known", "not known"),
        "Rash": ("before any infusion", "none", "fatal"),
    }


@pytest.mark.parametrize(
    ("flag", "started", "after"),
    [
        (".", "2021-01-03", "2 days after no.\xa01"),
        ("N", "2021-01-03", "2 days after no.\xa01"),  # whatever the flag says
        (".", "2020-12-30", "before any infusion"),
        ("N", ".", None),
        (".", ".", None),
    ],
)
def test_a_serious_event_is_before_any_infusion_by_its_date_alone(export, flag, started, after):
    ae = f"usubjid  aeseq  aeterm  aeser  aestdtc  aetrtem\nP01  1  Fever  Y  {started}  {flag}"
    cut = export(**included("P01"), ex="usubjid  exstdtc\nP01  2021-01-01", ae=ae)
    found = adverse_events.serious(ask("adverse_events/serious", cut))["after"]
    assert found.astype(object).where(found.notna(), None).to_list() == [after]


@pytest.mark.parametrize(
    ("ae", "said", "is_doubtful"),
    [
        (SERIOUS, "4 serious events in 2 patients; 1 related, 1 not known", False),
        (
            SERIOUS.replace("Y      NONE      RECOV", ".      NONE      RECOV"),
            "3 serious events in 2 patients; 1 related, 1 not known; 1 more may be serious",
            True,
        ),
        (
            "usubjid  aeterm  aestdtc\nP01  Rash  2021-01-06",
            "No event is known to be serious; 1 may be",
            True,
        ),
    ],
)
def test_the_finding_above_the_serious_events(export, ae, said, is_doubtful):
    """Whether an event is serious is a column only if it is in doubt."""
    export(**included("P01", "P02"), ae=ae)
    at = app("adverse_events").run()
    assert f"**{said}**" in [each.value for each in at.markdown]
    [table] = [each for each in at.dataframe if "after" in each.value]
    assert ("is_serious" in table.value) == is_doubtful


def test_beside_the_events_stands_in_how_many_patients(export):
    ae = """
        usubjid  aeseq  aeterm  aestdtc     aetoxgr  aeser  aerel
        P01      1      Fever   2021-01-06  3        Y      POSSIBLE
        P01      2      Fever   2021-01-08  3        Y      NONE
        P02      1      Rash    2021-01-09  1        N      POSSIBLE
    """
    export(**included("P01", "P02", "P03"), ae=ae)
    tiles = {each.label: each for each in app("adverse_events").run().metric}
    said = {label: (each.value, each.proto.delta_description) for label, each in tiles.items()}
    assert said == {
        "Events": ("3", "in 2 patients"),
        "Serious": ("2", "in 1 patient"),
        "Grade 3 or more": ("2", "in 1 patient"),
        "Related": ("2", "in 2 patients"),
        "Special interest": ("0 +3?", "in 0 patients"),
    }


def test_records_that_are_not_counted_are_listed_with_their_reason(export):
    cut = export(**FIVE)
    assert rows("adverse_events/set_aside", cut, "usubjid", "aeseq", "reason") == [
        ("P1", 4, "dated after the cut"),
        ("P5", 1, "of somebody who is not included"),
        ("P9", 1, "of nobody who is in dm"),
    ]


@pytest.mark.parametrize(("cohort", "who"), [("A", ["P1", "P9"]), ("B", ["P9"])])
def test_of_the_events_that_are_not_counted_a_group_has_its_own(export, cohort, who):
    # P5 is in no group, as nobody is before inclusion; of P9, who is not in dm, none is known.
    cut = export(**FIVE)
    assert rows("adverse_events/set_aside", cut, "usubjid", cohort=cohort) == [(i,) for i in who]
    found = rows("adverse_events/accounting", cut, "panel", "n_shown", cohort=cohort)
    assert dict(found)["set aside"] == len(who)


def test_every_event_is_shown_or_set_aside_on_every_panel(export):
    cut = export(**FIVE)
    found = rows("adverse_events/accounting", cut, "panel", "n_shown", "reason", "n_set_aside")
    outside = [
        ("of nobody who is in dm", 1),
        ("of somebody who is not included", 1),
        ("dated after the cut", 1),
    ]
    aside = {
        "course": (
            4,
            [("day 0 is not known", 1), *outside[:2], ("without a date", 1)],
        ),
        "course by date": (5, [*outside[:2], ("without a date", 1)]),
        "incidence": (6, outside[:2]),
        "set aside": (3, [("counted", 6)]),
    }
    for panel, (n_shown, reasons) in aside.items():
        expected = [(panel, n_shown, "-", 0)]
        expected += [(panel, n_shown, reason, n) for reason, n in reasons]
        if panel != "set aside":
            expected.append((panel, n_shown, *outside[2]))
        assert sorted(each for each in found if each[0] == panel) == sorted(expected)
    for panel in {each[0] for each in found}:
        of_panel = [each for each in found if each[0] == panel]
        assert of_panel[0][1] + sum(each[3] for each in of_panel) == 9


def test_a_lane_says_when_a_patient_was_last_seen_and_left(export):
    cut = export(
        dm="usubjid  dthdtc\nP1       2021-02-01\nP2       .",
        ds="""
            usubjid  dsdecod             dsstdtc
            P1       ENTERED INTO TRIAL  2021-01-02
            P2       ENTERED INTO TRIAL  2021-01-01
        """,
        sv="usubjid  visitnum  svstdtc\nP1  1  2021-01-20\nP2  1  2021-02-10",
    )
    columns = ("usubjid", "place", "left_day", "is_dead", "last_contact_day", "n_events")
    assert rows("adverse_events/lanes", cut, *columns) == [
        ("P2", 1, None, False, 40, 0),
        ("P1", 2, 30, True, 18, 0),
    ]


def test_support_ends_as_recorded_or_is_open_until_the_patient_left(export):
    cut = export(
        dm="usubjid  dthdtc\nP1       2021-02-01\nP2       .",
        ex="usubjid  exstdtc\nP1       2021-01-01\nP2       2021-01-01",
        pr="""
            usubjid  prtrt                 prstdtc     prendtc
            P1       INVASIVE VENTILATION  2021-01-03  .
            P1       HIGH-FLOW OXYGEN      2020-12-30  2021-01-03
            P2       ECMO                  2021-01-05  2021-03-02
            P2       ECMO                  2021-03-05  .
        """,
    )
    columns = ("usubjid", "support", "start_day", "end_day", "course")
    assert rows("adverse_events/support", cut, *columns) == [
        ("P1", "HIGH-FLOW OXYGEN", -2, 2, "ended"),
        ("P1", "INVASIVE VENTILATION", 2, 31, "no end recorded"),
        ("P2", "ECMO", 4, 59, "no end recorded"),
    ]


def test_the_pilot_keeps_every_event_and_everybody_in_the_denominator(pilot):
    [found] = answers.records(ask("adverse_events/summary", pilot))
    assert (found["n_events"], found["n_with_event"], found["n_included"]) == (1191, 225, 254)
    assert (found["n_serious"], found["n_serious_unknown"]) == (3, 33)
    assert found["n_grade_by_severity"] == 1188  # no grade is exported, and death is grade 5
    incidence = ask("adverse_events/incidence", pilot)
    assert set(incidence["n_included"]) == {254}
    any_term = incidence.query("level == 'pt' and worst_grade == 'any'")
    assert any_term["n_events"].sum() == 1191
    events = ask("adverse_events/events", pilot)
    assert events["end_dtc"].isna().sum() == 473
    assert (events.loc[events["end_dtc"].isna(), "course"] == "ongoing").all()  # none recovered
    assert (events["start_day_to"] < 1).sum() > 0
    [shown] = rows("adverse_events/accounting", pilot, "panel", "n_shown", "n_set_aside")[1:2]
    assert shown == ("course", 1191, 0)


def test_every_event_of_the_pilot_is_on_one_page_of_the_lanes(pilot):
    events, lanes = ask("adverse_events/events", pilot), ask("adverse_events/lanes", pilot)
    rest = ask("dosing/infusions", pilot), ask("adverse_events/support", pilot)
    drawn, ongoing = [], []
    for here in adverse_events.pages(lanes, events, []):
        figure = adverse_events.course(
            lanes, events, *rest, outcome_days=[28, 182], cut_on=pilot, here=here
        )
        traces = {trace.name: trace for trace in figure.data}
        drawn += traces["grade"].customdata
        arrows = traces["ongoing at the cut, or when the patient left"]
        ongoing += [
            key
            for key, symbol in zip(arrows.customdata, arrows.marker.symbol, strict=True)
            if symbol == "triangle-right"
        ]
    keys = events["usubjid"] + "|" + events["event"].astype(str)
    assert sorted(drawn) == sorted(keys)
    assert len(drawn) == 1191
    # The 473 without an end date are among them, each with an arrow; so are those before day 1.
    assert sorted(ongoing) == sorted(keys[events["end_dtc"].isna()])
    assert len(ongoing) == 473
    assert set(keys[events["start_day_to"] < 1]) < set(drawn)


def test_what_is_of_other_classes_is_counted_under_the_terms_of_one(export):
    export(
        **included("P01"),
        ae="""
            usubjid  aestdtc     aedecod  aesoc
            P01      2021-01-06  Fever    General
            P01      2021-01-07  Fever    General
            P01      2021-01-08  Rash     Skin
        """,
    )
    at = app("adverse_events").run()
    said = [each.proto.spec for each in at.get("plotly_chart")]
    [terms] = [each for each in said if "event of General" in each]
    assert "2 of 3 adverse events" in terms
    assert "not shown: 1 left out by the choice above" in terms


def test_incidence_takes_a_name_in_any_case_for_one(export):
    cut = export(
        **ONE,
        ae="""
            usubjid  aestdtc     aedecod               aesoc
            P1       2021-01-10  Deep vein thrombosis  VASCULAR DISORDERS
            P1       2021-01-12  DEEP VEIN THROMBOSIS  Vascular disorders
        """,
    )
    found = rows("adverse_events/incidence", cut, "level", "worst_grade", "n", "n_events")
    assert [each for each in found if each[1] == "any"] == [
        ("soc", "any", 1, 2),
        ("pt", "any", 1, 2),
    ]
