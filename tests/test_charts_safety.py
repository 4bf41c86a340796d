"""The figures of the safety pages, from rows drawn here."""

import itertools
import json

import pandas as pd
import plotly.graph_objects as go
import pytest

import charts
from charts import adverse_events, dress, safety_counts
from tests import color_vision

HOSTILE = '<script>alert(1)</script> <a href="javascript:x">go</a> %{x} $x$'

EVENT = {
    "usubjid": "P1",
    "cohort": "A",
    "event": 1,
    "aeterm": "fever",
    "term": "Pyrexia",
    "soc": "General disorders",
    "start_dtc": "2021-01-11",
    "started_from": "2021-01-11",
    "started_to": "2021-01-11",
    "start_day": 10,
    "start_day_from": 10,
    "start_day_to": 10,
    "end_dtc": "2021-01-13",
    "ended_from": "2021-01-13",
    "ended_to": "2021-01-13",
    "end_day_from": 12,
    "end_day_to": 12,
    "course": "ended",
    "seen_on": None,
    "seen_day": None,
    "grade": 2,
    "grade_from": "grade",
    "is_serious": False,
    "is_related": False,
    "is_expected": None,
    "aesi": None,
    "is_aesi": False,
    "infusion": 1,
    "days_since_infusion": 10,
    "is_infusional": False,
    "infusional_from": None,
}
NO_END = {"end_dtc": None, "ended_from": None, "ended_to": None}
NO_END |= {"end_day_from": None, "end_day_to": None}
ONGOING = NO_END | {"course": "ongoing", "seen_on": "2021-03-01", "seen_day": 59}
OPEN = NO_END | {"course": "end not recorded"}
LANE = {
    "usubjid": "P1",
    "cohort": "A",
    "place": 1,
    "included_on": "2021-01-01",
    "left_on": None,
    "left_day": None,
    "is_dead": False,
    "last_contact_on": "2021-02-20",
    "last_contact_day": 50,
    "has_left": False,
    "n_events": 1,
    "n_serious": 0,
    "worst_grade": 2,
    "first_event_on": "2021-01-11",
}
INFUSION = {
    "usubjid": "P1",
    "infusion": 1,
    "is_given": True,
    "given_dtc": "2021-01-01T10:00",
    "given_on": "2021-01-01",
    "given_day": 0,
    "dose_per_kg": 2.0,
}
EPISODE = {
    "usubjid": "P1",
    "episode": 1,
    "support": "ECMO",
    "start_dtc": "2021-01-05",
    "end_dtc": "2021-01-09",
    "started_from": "2021-01-05",
    "ended_to": "2021-01-09",
    "start_day": 4,
    "end_day": 8,
    "course": "ended",
}


def frame(like: dict, *changes: dict) -> pd.DataFrame:
    rows = pd.DataFrame([like | change for change in changes], columns=list(like))
    dates = [name for name in like if name.endswith(("_on", "_from", "_to")) and "day" not in name]
    dates = [name for name in dates if name not in ("grade_from", "infusional_from")]
    types = {name: "Int32" for name in like if "day" in name or name in ("grade", "worst_grade")}
    types |= {name: "boolean" for name in like if name.startswith("is_")}
    rows = rows.astype(
        {name: kind for name, kind in types.items() if name != "days_since_infusion"}
    )
    return rows.assign(**{name: pd.to_datetime(rows[name]) for name in dates})


def course(*events: dict, lanes: list[dict] | None = None, **options: object) -> go.Figure:
    figure = adverse_events.course(
        frame(LANE, *(lanes or [{}])),
        frame(EVENT, *({"event": n, **each} for n, each in enumerate(events, 1))),
        frame(INFUSION, {}),
        frame(EPISODE, {}),
        outcome_days=[28, 90],
        cut_on="2021-03-01",
        **options,
    )
    go.Figure(json.loads(figure.to_json()))  # raises for a property that Plotly does not know
    return figure


def trace(figure: go.Figure, name: str):
    [found] = [each for each in figure.data if each.name == name]
    return found


def spans(figure: go.Figure, name: str = "events") -> list[tuple[float, float]]:
    bars = trace(figure, name)
    return [(base, base + x) for base, x in zip(bars.base, bars.x, strict=True)]


def names(figure: go.Figure) -> list[str]:
    return [each.strip() for each in trace(figure, "patients").text]


def plain(words: str) -> str:
    return words.replace("<br>", " ").replace("\xa0", " ")


def test_an_event_is_a_bar_over_its_days_with_its_grade_at_the_start():
    figure = course({})
    assert spans(figure) == [(10, 13)]  # the whole of day 12 is in it
    marks = trace(figure, "grade")
    assert (marks.x, marks.text, marks.customdata) == ((10.0,), ("2",), ("P1|1",))
    assert marks.marker.color == (charts.GRADES[2].color,)


def test_where_marks_lie_on_each_other_the_worst_lies_on_top():
    grades = [{"is_serious": True, "grade": 3}, {"grade": 4}, {"grade": 1}, {"is_serious": None}]
    figure = course(*grades)
    assert trace(figure, "grade").text == ("1", "2", "4", "3")  # drawn in this order


def test_ongoing_ended_and_unrecorded_ends_all_look_different():
    figure = course({}, ONGOING, OPEN)
    assert spans(figure) == [(10, 13), (10, 59)]
    arrows = trace(figure, "ongoing at the cut, or when the patient left")
    assert (arrows.x, arrows.marker.symbol) == ((59.0,), ("triangle-right",))
    dotted = trace(figure, "end unknown (?)")
    assert dotted.line.dash == "dot"
    assert dotted.x[0] == 10
    assert len(trace(figure, "grade").x) == 3


def test_what_is_known_in_part_is_hatched():
    partial = {"start_day_to": 15, "end_day_from": 20, "end_day_to": 30}
    figure = course(partial)
    assert spans(figure) == [(15, 21)]
    assert spans(figure, "known in part") == [(10, 15), (21, 31)]
    assert trace(figure, "known in part").marker.pattern.shape == "/"


def test_serious_events_have_a_black_outline_and_categories_a_shape_and_a_letter():
    special = {"aesi": "thrombo-embolic", "is_aesi": True}
    figure = course({"is_serious": True}, special, {"aesi": "infection", "is_aesi": True})
    marks = trace(figure, "grade")
    assert marks.text == ("2t", "2i", "2")  # the serious one is drawn last
    assert marks.marker.symbol == ("diamond", "square", "circle")
    assert marks.marker.line.color == (charts.GREY, charts.GREY, charts.BLACK)
    assert marks.marker.line.width[2] > marks.marker.line.width[1]


def test_an_event_of_one_day_that_has_not_ended_shows_its_arrow_beside_its_mark():
    now = ONGOING | {"seen_on": "2021-01-11", "seen_day": 10}
    figure = course(now, now | {"aesi": "infection"})
    marks, arrows = (
        trace(figure, "grade"),
        trace(figure, "ongoing at the cut, or when the patient left"),
    )
    # The axis is some 110 days for 566 px; a mark of 16 px, or 19 with a letter, and half an arrow.
    px = (figure.layout.xaxis.range[1] - figure.layout.xaxis.range[0]) / 566
    for size, start, arrow in zip(marks.marker.size, marks.x, arrows.x, strict=True):
        assert arrow - start >= (size / 2 + 13 / 3) * px


def test_a_serious_event_is_named_across_an_infusion_if_it_has_no_other_room():
    given = [{"infusion": n, "given_day": on} for n, on in enumerate((5, 8, 13, 16), 1)]
    crossed = {"start_day_from": 10, "start_day_to": 10, "end_day_from": 10, "end_day_to": 10}
    for serious, names in ((True, ("Pyrexia",)), (False, ())):
        event = crossed | {"is_serious": serious, "grade": 3, "term": "Pyrexia"}
        figure = adverse_events.course(
            frame(LANE, {}),
            frame(EVENT, {"event": 1, **event}),
            frame(INFUSION, *given),
            frame(EPISODE),
            outcome_days=[28, 90],
            cut_on="2021-03-01",
        )
        assert trace(figure, "terms").text == names


def test_no_letter_looks_like_a_digit():
    """1I and 1l look like 11."""
    figure = course({"aesi": "infection"}, {"aesi": "Lung injury"}, {"aesi": "Other, kidney"})
    assert trace(figure, "grade").text == ("2i", "2L", "2ok")
    names = [each.name for each in figure.data]
    assert {"i infection", "L Lung injury"} <= set(names)


@pytest.mark.parametrize(
    ("event", "is_said"),
    [
        ({"end_day_from": 51, "end_day_to": 51}, True),  # the last contact was on day 50
        ({"end_day_from": 50, "end_day_to": 50}, False),
        ({"end_day_from": 40, "end_day_to": 51}, True),  # perhaps
    ],
)
def test_an_event_drawn_beyond_the_last_contact_is_explained(event, is_said):
    said = course(event).layout.title.subtitle.text
    assert ("Beyond the last contact: as recorded" in said) is is_said


def test_of_a_patient_never_seen_nothing_is_beyond_the_last_contact():
    unseen = [{"last_contact_day": None, "last_contact_on": None}]
    assert "last contact" not in course({}, lanes=unseen).layout.title.subtitle.text


def test_what_counts_as_related_is_said_in_the_words_of_the_site():
    rows = frame(
        EVENT | {"aerel": "POSSIBLE"},
        {"is_related": True},
        {"is_related": True, "aerel": "Probable"},
        {"is_related": True, "aerel": "possible"},
        {"aerel": "UNLIKELY"},
        {"is_related": None, "aerel": "perhaps"},
    )
    assert adverse_events.as_related(rows) == "“possible”, “probable”"
    assert adverse_events.as_related(rows.iloc[3:]) == ""
    of = ("end_not_recorded", "grade_unknown", "grade_by_severity", "serious_criterion")
    of += ("serious_unknown", "serious_doubtful", "related_unknown", "special_unknown")
    counted = pd.Series({"n_partial": 1} | {f"n_{each}": 0 for each in of})
    assert adverse_events.notes(counted, rows) == (
        "Not certain of all events: start not known to the day (1). "
        "Related: what the site calls “possible”, “probable”."
    )
    assert adverse_events.notes(0 * counted, rows.iloc[3:]) == ""


def test_an_unknown_grade_is_a_question_mark():
    marks = trace(course({"grade": None, "grade_from": None}), "grade")
    assert marks.text == ("?",)


def test_overlapping_events_never_share_a_row():
    events = [
        {"start_day_from": start, "start_day_to": start, "end_day_from": end, "end_day_to": end}
        for start, end in [(0, 20), (1, 3), (2, 30), (4, 6), (21, 22), (2, 2), (2, 2)]
    ]
    figure = course(*events)
    bars = trace(figure, "events")
    drawn = list(zip(bars.y, bars.base, bars.x, strict=True))
    for (y, start, length), (other_y, other, other_length) in itertools.combinations(drawn, 2):
        assert y != other_y or start + length <= other or other + other_length <= start
    assert len(drawn) == len(events)


def test_what_is_serious_or_severe_is_named_in_its_row_where_nothing_else_stands():
    figure = course(
        on(10, 12, term="Pneumonia", is_serious=True),  # Sepsis stands too close
        on(14, 15, term="Sepsis", grade=4),
        on(80, 99, term="Rash", grade=3),
        on(20, 30, term="Headache"),
    )
    named = trace(figure, "terms")
    assert dict(zip(named.text, named.textposition, strict=True)) == {
        "Sepsis": "middle right",
        "Rash": "middle left",
    }
    [end] = [end for start, end in spans(figure) if start == 14]
    assert 0 < named.x[0] - end < 3
    alone = course(on(10, 12, term="Pneumonia", is_serious=True, grade=None))
    assert trace(alone, "terms").text == ("Pneumonia",)


def test_a_name_that_has_no_room_is_left_out_and_none_is_cut():
    long = "Disseminated intravascular coagulation and thrombotic microangiopathy " * 2
    assert trace(course(on(10, 12, term=long, grade=4)), "terms").text == ()
    assert trace(course(on(10, 12, term=long[:38], grade=4)), "terms").text == (long[:38],)


def on(first: int, last: int, **change: object) -> dict:
    """An event from one study day to another."""
    days = {"start_day_from": first, "start_day_to": first}
    return days | {"end_day_from": last, "end_day_to": last} | change


def test_of_many_events_of_one_patient_no_two_names_touch():
    figure = course(*(on(5, 20, term=f"Sepsis {n}", grade=4) for n in range(12)))
    rows = sorted(trace(figure, "terms").y)
    assert len(rows) > 3
    assert min(b - a for a, b in itertools.pairwise(rows)) >= 2


def test_an_event_long_before_the_others_stands_at_the_edge_as_an_arrow():
    long_ago = {"start_day_from": -4000, "start_day_to": -3970, "start_day": None}
    figure = course(long_ago, {})
    low, _ = figure.layout.xaxis.range
    assert low > -30
    assert all(low <= x for x in trace(figure, "grade").x)
    arrows = trace(figure, "ongoing at the cut, or when the patient left")
    assert arrows.marker.symbol == ("triangle-left",)
    # The arrow is not hidden by the mark: two hundredths of the width lie between them, 15 px.
    low, high = figure.layout.xaxis.range
    assert min(trace(figure, "grade").x) - arrows.x[0] > (high - low) * 0.02


def test_an_end_beyond_the_right_edge_does_not_look_ongoing():
    long = {"end_day_from": 400, "end_day_to": 400}
    figure = course(long, {"start_day_from": 12, "start_day_to": 12} | ONGOING | {"seen_day": 300})
    _, high = figure.layout.xaxis.range
    assert high < 120
    beyond = trace(figure, "beyond")
    assert (beyond.x, beyond.text) == ((high,), ("<b>»</b>",))
    arrows = trace(figure, "ongoing at the cut, or when the patient left")
    assert len(arrows.x) == 1  # of the ongoing one alone
    assert arrows.y != beyond.y


def test_what_has_no_day_is_said_where_it_cannot_be_drawn():
    figure = adverse_events.course(
        frame(LANE, {"is_dead": True}),
        frame(EVENT, {}),
        frame(INFUSION, {}, {"infusion": 2, "given_on": None, "given_day": None}),
        frame(EPISODE, {"started_from": None, "start_day": None}),
        outcome_days=[28, 90],
    )
    assert trace(figure, "said").text == ("† died, day not known",)
    assert "1 infusion, 1 episode of support" in plain(figure.layout.title.subtitle.text)


def test_support_without_an_end_breaks_off_with_a_question_mark():
    figure = adverse_events.course(
        frame(LANE, {}),
        frame(EVENT, {}),
        frame(INFUSION, {}),
        frame(EPISODE, {}, {"course": "no end recorded", "end_dtc": None, "end_day": 40}),
        outcome_days=[28, 90],
    )
    assert trace(figure, "beyond").x == (41.0,)


def test_infusions_support_death_and_last_contact_are_marks_of_the_lane():
    figure = course({}, lanes=[{"left_on": "2021-02-10", "left_day": 40, "is_dead": True}])
    assert trace(figure, "infusion").x == (0.0,)
    assert trace(figure, "death").x == (40.0,)
    assert trace(figure, "last contact").x == (50.0,)
    assert spans(figure, "ECMO") == [(4, 9)]


def test_on_dates_everything_stands_on_its_day():
    figure = course({}, by_date=True)
    days = (pd.Timestamp("2021-01-11") - pd.Timestamp(0)).days
    assert trace(figure, "grade").x == (days * 86_400_000,)
    assert figure.layout.xaxis.type == "date"


def test_everybody_has_a_lane_also_without_an_event():
    figure = course({}, lanes=[{}, {"usubjid": "P2", "place": 2, "n_events": 0}])
    assert names(figure) == ["P1 A", "P2 A"]
    assert trace(figure, "said").text == ("no event",)
    assert "1 event in 1 of 2 patients" in figure.layout.title.text


def test_a_filter_stands_in_the_figure_and_keeps_what_it_says():
    figure = course({"is_serious": True}, {}, {"is_serious": None}, wanted=["serious"])
    assert len(trace(figure, "grade").x) == 1
    subtitle = figure.layout.title.subtitle.text
    assert "Shown: only serious: 1 of 3 events." in plain(subtitle)
    assert "&lt;" not in subtitle  # no mark-up that is read as words
    assert "1 event (serious)" in plain(figure.layout.title.text)


def test_a_slide_has_as_many_patients_as_it_has_room_for_rows_of_events():
    """A row is an event, with 0.9 of a row between two patients; without one, a patient has 0.6."""
    people = [{"usubjid": f"P{n}", "place": n} for n in range(1, 6)]
    of = {"P1": 2, "P2": 3, "P3": 0, "P4": 2, "P5": 14}
    events = frame(EVENT, *({"usubjid": who} for who, n in of.items() for _ in range(n)))
    drawn = frame(LANE, *people), events, frame(INFUSION), frame(EPISODE)
    chosen = {"by_date": False, "order": "inclusion", "wanted": []}
    # 2.9 + 3.9 + 1.5 = 8.3, and with 2.9 more 11.2 > 9; who needs more than a slide has one alone
    ends = {"outcome_days": [28, 90], "cut_on": "2021-06-01"}
    slides = adverse_events.slides(*drawn, **chosen, **ends)
    assert slides == [range(3), range(3, 4), range(4, 5)]
    # What is drawn is what was reckoned with: the axis is the same.
    tall = [adverse_events.course(*drawn, **chosen, **ends, here=here) for here in slides[:2]]
    assert max(figure.layout.yaxis.range[0] for figure in tall) <= adverse_events.SLIDE
    figure = adverse_events.course(*drawn, **chosen, here=range(4, 5))
    said = "patient 5 of 5 by inclusion, with 14 of 21 events"
    assert said in plain(figure.layout.title.subtitle.text)


def test_many_patients_are_shown_page_by_page_and_it_is_said_how_many_are_elsewhere():
    people = [{"usubjid": f"P{n:03}", "place": n, "n_events": 1} for n in range(1, 121)]
    lanes = frame(LANE, *people)
    events = frame(EVENT, *({"usubjid": each["usubjid"]} for each in people))
    events["is_serious"] = events["usubjid"] > "P100"
    none = (frame(INFUSION), frame(EPISODE))

    seen = []
    expected = ((1, 24, 24), (25, 48, 24), (49, 72, 24), (73, 96, 24), (97, 120, 24))
    pages = adverse_events.pages(lanes, events, [])
    for here, (first, last, n) in zip(pages, expected, strict=True):
        figure = adverse_events.course(lanes, events, *none, here=here)
        seen += names(figure)
        said = f"patients {first} to {last} of 120 by inclusion, with {n} of 120 events"
        assert said in plain(figure.layout.title.subtitle.text)
        assert "120 events in 120 of 120 patients" in figure.layout.title.text
        assert len(trace(figure, "grade").x) == n
        chosen = {"order": "inclusion", "by_date": False, "wanted": [], "here": here}
        assert adverse_events.n_elsewhere(lanes, events, **chosen) == 120 - n
    assert seen == [f"{each['usubjid']} A" for each in people]

    # The parts have one axis of days, whoever stands on them.
    late = events.assign(start_day_from=events["start_day_from"] + 85 * (events.index == 119))
    late = late.assign(start_day_to=late["start_day_from"])
    asked = {"outcome_days": [28, 90]}
    figures = [adverse_events.course(lanes, late, *none, **asked, here=here) for here in pages]
    assert len({figure.layout.xaxis.range for figure in figures}) == 1
    assert figures[0].layout.xaxis.range[1] > 90

    # Of so many, those without what is wanted are left out: here that is everybody.
    figure = adverse_events.course(lanes, events, *none, wanted=["grade 4 or 5"])
    assert charts.alt(figure) == "No adverse event (grade 4 or 5) in 120 patients."

    # Who has no place on the axis is on none of the parts.
    undated = events.assign(start_day_from=events["start_day_from"].where(events.index > 3))
    assert adverse_events.n_elsewhere(lanes, undated, **chosen | {"here": pages[1]}) == 120 - 4 - 24
    assert adverse_events.n_left_out(undated, by_date=False, wanted=["serious"]) == 96

    # The filter leaves 20, who fit on one page; that 100 are without such an event is said.
    assert adverse_events.pages(lanes, events, ["serious"]) == [range(20)]
    figure = adverse_events.course(lanes, events, *none, wanted=["serious"])
    assert names(figure) == [f"{each['usubjid']} A" for each in people[100:]]
    said = plain(figure.layout.title.subtitle.text)
    assert "only serious: 20 of 120 events · 100 patients without such an event not drawn" in said


CHOSEN = {
    (): [1, 2, 3, 4],
    ("serious",): [1, 2],
    ("bleeding",): [3],
    ("bleeding", "clotting"): [3, 4],  # no event is both
    ("infection", "bleeding"): [1, 3],
    ("serious", "infection", "bleeding"): [1],
    ("grade 3 or more",): [1, 4],
    ("grade 3 or more", "grade 4 or 5"): [1, 4],
    ("grade 4 or 5", "clotting", "serious"): [],
}


@pytest.mark.parametrize("wanted", CHOSEN)
def test_of_one_kind_either_is_shown_and_of_several_kinds_what_is_all_of_them(wanted):
    events = frame(
        EVENT,
        {"event": 1, "is_serious": True, "aesi": "infection", "grade": 3},
        {"event": 2, "is_serious": True},
        {"event": 3, "is_serious": None, "aesi": "infection, bleeding"},
        {"event": 4, "aesi": "clotting", "grade": 5},
    )
    assert adverse_events.only(events, list(wanted))["event"].tolist() == CHOSEN[wanted]
    assert adverse_events.categories(events) == ["bleeding", "clotting", "infection"]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (["clotting", "infection"], "1 event (clotting or infection)"),
        (["serious", "not ended"], "No adverse event (serious and not ended)"),
        (["serious", "clotting", "infection"], "1 event (serious, and clotting or infection)"),
    ],
)
def test_the_title_says_what_was_chosen_and_how_it_is_joined(wanted, said):
    figure = course({"is_serious": True, "aesi": "infection"}, {}, wanted=wanted)
    assert plain(figure.layout.title.text).startswith(said)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("inclusion", ["P1 A", "P2 A", "P3 A"]),
        ("first event", ["P3 A", "P1 A", "P2 A"]),
        ("severity", ["P2 A", "P3 A", "P1 A"]),
    ],
)
def test_the_order_of_the_lanes(order, expected):
    lanes = [
        {"usubjid": "P1", "place": 1, "worst_grade": None, "first_event_on": "2021-02-01"},
        {"usubjid": "P2", "place": 2, "worst_grade": 5, "first_event_on": None},
        {"usubjid": "P3", "place": 3, "worst_grade": 4, "first_event_on": "2021-01-01"},
    ]
    assert names(course({}, lanes=lanes, order=order)) == expected


def test_twenty_patients_with_sixty_events_are_readable():
    lanes = [{"usubjid": f"P{n:02}", "place": n} for n in range(20)]
    events = [
        {"usubjid": f"P{n % 20:02}", "start_day_from": n, "start_day_to": n, "end_day_from": n + 5}
        | {"end_day_to": n + 5}
        for n in range(60)
    ]
    figure = course(*events, lanes=lanes)
    marks = trace(figure, "grade")
    assert len(marks.x) == 60
    assert marks.textfont.size >= 11
    row = (figure.layout.height - figure.layout.margin.t - figure.layout.margin.b) / (
        figure.layout.yaxis.range[0]
    )
    assert row >= 14  # px of a row


def test_hostile_text_stays_text():
    row = {"term": HOSTILE, "soc": HOSTILE, "aesi": HOSTILE, "is_aesi": True, "usubjid": HOSTILE}
    figure = course(row | {"start_dtc": HOSTILE}, lanes=[{"usubjid": HOSTILE, "cohort": HOSTILE}])
    for each in figure.data:
        each.customdata = None  # by which a click finds its row; shown nowhere
    said = charts.finished(figure, HOSTILE, is_simulated=True).to_json()
    for tag in ("<script", "<a ", "\\u003cscript", "\\u003ca "):
        assert tag not in said


def incidence(*rows: tuple) -> pd.DataFrame:
    columns = ["level", "soc", "term", "worst_grade", "n", "n_included", "n_events"]
    found = pd.DataFrame(rows, columns=columns)
    return found.assign(pct=100 * found["n"] / found["n_included"], ci_low=1.0, ci_high=60.0)


INCIDENCE = incidence(
    ("soc", "Gut", "-", "any", 3, 20, 5),
    ("soc", "Gut", "-", "3 or more", 1, 20, 1),
    ("soc", "Gut", "-", "2", 2, 20, 4),
    ("soc", "Gut", "-", "3", 1, 20, 1),
    ("soc", HOSTILE, "-", "any", 1, 20, 1),
    ("soc", HOSTILE, "-", "3 or more", 0, 20, 0),
    ("soc", HOSTILE, "-", "not known", 1, 20, 1),
)


def test_incidence_is_a_dot_with_its_interval_and_n_of_all():
    figure = adverse_events.incidence(INCIDENCE, what="class of events")
    assert "Gut is the most frequent class of events: 3 patients of 20" in figure.layout.title.text
    assert trace(figure, "any grade").x == (15.0, 5.0)
    assert trace(figure, "grade 3 or more").x == (5.0,)
    assert figure.layout.yaxis2.ticktext[0].replace("\xa0", " ") == "3/20, 15 %; 1"
    go.Figure(json.loads(figure.to_json()))
    assert "<a " not in figure.to_json()


@pytest.mark.parametrize("n", [3, 14])
def test_no_class_of_events_is_cut_short_on_the_page_or_on_a_slide(n):
    """Those with the longest names in MedDRA, and the others of a long list."""
    longest = [
        "Neoplasms benign, malignant and unspecified (incl cysts and polyps)",
        "General disorders and administration site conditions",
        "Respiratory, thoracic and mediastinal disorders",
    ]
    classes = [*longest, *(f"Class {place}" for place in range(n - 3))]
    kinds = ("any", "3 or more")
    rows = incidence(*(("soc", each, "-", kind, 2, 20, 2) for each in classes for kind in kinds))
    figure = charts.finished(adverse_events.incidence(rows, what="class"), "Data cut", False)
    seen = [plain(each) for each in figure.layout.yaxis.ticktext]
    assert seen == classes
    slides = dress.lane_slides(figure, 590)
    shown = [dress.shared(figure, 590, lanes).layout for lanes in slides]
    assert [plain(each) for layout in shown for each in layout.yaxis.ticktext] == classes
    margin = shown[0].margin
    assert dress.SHARED_WIDTH - margin.l - margin.r > 350  # px for the plot


def test_incidence_by_grade_is_a_table_of_worst_grades():
    [gut, other] = adverse_events.by_grade(INCIDENCE).to_dict("records")
    assert [gut[each] for each in ("any", "1", "2", "3", "4", "5", "not known")] == [
        *(3, 0, 2, 1, 0, 0, 0)
    ]
    assert (other["any"], other["not known"], other["n_included"]) == (1, 1, 20)


def test_no_events_are_a_sentence():
    none = incidence()
    assert "No adverse event" in adverse_events.incidence(none, what="x").layout.title.text
    assert adverse_events.by_grade(none).empty
    nobody = adverse_events.course(
        *(frame(like) for like in (LANE, EVENT, INFUSION, EPISODE)),
    )
    assert "Nobody" in nobody.layout.title.text


CLOCK = {
    "usubjid": "P1",
    "event": 1,
    "term": "Stroke",
    "clock": "susar_fatal",
    "due_days": 7,
    "is_certain": True,
    "status": "pending",
    "why": None,
    "day_zero_from": "2021-02-22",
    "day_zero_to": "2021-02-22",
    "due_on": pd.Timestamp("2021-03-01"),
    "due_to": pd.Timestamp("2021-03-01"),
    "days_left": 0,
    "days_late": None,
    "reported_dtc": None,
    "reported_from": None,
    "reported_to": None,
}
REPORTED = dict.fromkeys(["reported_dtc", "reported_from", "reported_to"], "2021-02-25")
UNAWARE = {"status": "awareness not recorded", "day_zero_from": None, "day_zero_to": None}
UNAWARE |= {"due_on": pd.NaT, "due_to": pd.NaT}


LATE = {"status": "late", "days_left": -2, "days_late": 2}


def clocks(*changes: dict) -> pd.DataFrame:
    return pd.DataFrame([CLOCK | change for change in changes], columns=list(CLOCK)).astype(
        {"is_certain": "bool", "days_left": "Int32", "days_late": "Int32"}
    )


def test_the_clocks_of_the_sponsor_are_counted_where_they_are_not_drawn():
    sae = {"clock": "sae", "is_certain": True}
    rows = clocks({}, sae | {"status": "in time"}, *[sae | {"status": "cannot be told"}] * 2)
    said = "Of 3 serious events, whether the sponsor was told in time: 2 cannot be told, 1 in time."
    assert safety_counts.clocks(rows, "2021-03-01").layout.title.subtitle.text.startswith(said)
    doubt = [sae | {"is_certain": False, "status": "awareness not recorded"}] * 3
    figure = safety_counts.clocks(clocks({}, sae | {"status": "in time"}, *doubt), "2021-03-01")
    assert figure.layout.title.subtitle.text.replace("<br>", " ").startswith(
        "Of 1 serious event and 3 that may be, whether the sponsor was told in time: 3 awareness "
        "not recorded, 1 in time."
    )
    none = safety_counts.clocks(rows.iloc[1:], "2021-03-01")
    assert charts.alt(none) == f"No SUSAR is on record, and no event that may be one. {said}"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([{}], "1 SUSAR is to be reported today"),
        (
            [{"days_left": 3}, {"days_left": 1}],
            "2 SUSARs are to be reported, the first within 1 day",
        ),
        ([LATE], "1 SUSAR is late by 2 days"),
        ([LATE, LATE | {"days_late": 9}], "2 SUSARs are late by up to 9 days"),
        ([{"is_certain": False}], "1 event may be an unreported SUSAR"),
        (
            [LATE | {"is_certain": False}],
            "1 event may be an unreported SUSAR, past its day by 2 days",
        ),
        (
            [LATE | {"is_certain": False}, {"is_certain": False}],
            "2 events may be unreported SUSARs, 1 of them past its day by 2 days",
        ),
        (
            [LATE | {"is_certain": False}, LATE | {"is_certain": False, "days_late": 195}],
            "2 events may be unreported SUSARs, both past their day by up to 195 days",
        ),
        (
            [{"status": "in time"} | REPORTED],
            "No SUSAR is waiting for its report",
        ),
        (
            [UNAWARE],
            "Of 1 the day of awareness is not recorded",
        ),
    ],
)
def test_the_title_of_the_clocks_says_what_is_due(changes, expected):
    figure = safety_counts.clocks(clocks(*changes), "2021-03-01")
    assert figure.layout.title.text == expected
    assert figure.layout.xaxis.type == "date"
    go.Figure(json.loads(figure.to_json()))


def test_more_clocks_than_a_slide_has_room_for_go_on_on_the_next():
    figure = safety_counts.clocks(clocks(*[{}] * 18), "2021-03-01")
    slides = dress.lane_slides(figure, 590)
    assert [each for slide in slides for each in slide] == list(range(18))
    assert max(map(len, slides)) <= 4  # each has three lines: two of words, and its own
    assert len(dress.lane_slides(safety_counts.clocks(clocks({}), "2021-03-01"), 590)) == 1


def test_a_clock_shows_day_zero_the_due_day_and_the_report():
    figure = safety_counts.clocks(clocks(REPORTED), "2021-03-01")
    assert trace(figure, "day 0").x == ("2021-02-22",)
    assert trace(figure, "due").x == ("2021-03-01",)
    assert trace(figure, "reported").x == ("2021-02-25",)


def test_a_day_zero_that_is_known_in_part_is_drawn_as_its_first_and_its_last_day():
    in_part = {"day_zero_to": "2021-02-28", "due_to": pd.Timestamp("2021-03-07")}
    figure = safety_counts.clocks(clocks(LATE | in_part), "2021-03-09")
    assert trace(figure, "day 0").x == ("2021-02-22", "2021-02-28")
    assert trace(figure, "due").x == ("2021-03-01", "2021-03-07")
    assert trace(figure, "due").hovertext[0] == "P1<br>due: 2021-03-01 to 2021-03-07"
    words = figure.layout.annotations[0].text
    assert words.endswith("<b>late by at least 2 days</b>, due 2021-03-01 to 2021-03-07")
    said = "Two marks of a kind: the first and the last day that it can be."
    assert said in " ".join(figure.layout.title.subtitle.text.split("<br>"))
    exact = safety_counts.clocks(clocks({}), "2021-03-01")
    assert "Two marks" not in exact.layout.title.subtitle.text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "SUSAR, fatal or life-threatening: 7 days"),
        (
            {"clock": "susar", "due_days": 15, "is_certain": False},
            "may be a SUSAR, neither fatal nor life-threatening: 15 days",
        ),
        ({"due_days": None}, "SUSAR, fatal or life-threatening"),
    ],
)
def test_a_clock_says_what_it_is_for_and_how_long_it_runs(change, said):
    figure = safety_counts.clocks(clocks(change), "2021-03-01")
    first = f"<b>P1, Stroke</b>: {said}<br>due 2021-03-01, 0 days left"
    assert figure.layout.annotations[0].text == first


RULE = pd.Series(
    {
        "rule": "toxicity",
        "event": "death",
        "within_days": 28,
        "type": "beta-binomial",
        "p0": 0.2,
        "alpha": 0.1,
        "n_max": 6,
        "n_evaluable": 4,
        "n_events": 2,
        "n_pending": 1,
        "n_unknown": 0,
        "stop_at": 3,
        "distance": 1,
        "stop_at_next": 4,
        "would_stop": False,
        "n_more_to_stop": 2,
        "crossed_at": pd.NA,
    }
)
BOUNDS = pd.DataFrame(
    {
        "n": [1, 2, 3, 4, 5, 6],
        "stop_at": pd.array([None, None, 3, 3, 4, 4], "Int64"),
        "n_events": pd.array([1, 2, 2, 2, None, None], "Int64"),
    }
)


def test_of_a_look_to_come_it_is_not_said_whether_the_boundary_is_reached():
    looks = BOUNDS.assign(is_crossed=[False, False, False, True, False, False])
    said = safety_counts.reached(looks)["reached"].tolist()
    assert [None if pd.isna(each) else each for each in said] == [
        *("no", "no", "no", "yes", None, None)
    ]


PENDING = pd.DataFrame({"standing": ["pending"], "limit_on": [pd.Timestamp("2021-03-08")]})


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"n_pending": 2}, "2 patients are pending, the next until 2021-03-08."),
        ({"n_unknown": 1}, "1 patient is pending until 2021-03-08; of 1 patient it is not known."),
    ],
)
def test_how_many_are_waited_for(change, expected):
    rule = pd.Series(RULE.to_dict() | change)
    assert expected in plain(
        safety_counts.boundary(BOUNDS, rule, PENDING).layout.title.subtitle.text
    )


def test_nobody_is_waited_for():
    rule = pd.Series(RULE.to_dict() | {"n_pending": 0, "n_unknown": 2, "n_more_to_stop": pd.NA})
    said = safety_counts.boundary(BOUNDS, rule, PENDING[:0]).layout.title.subtitle.text
    assert plain(said).endswith(
        "Nobody is pending; of 2 patients it is not known. "
        "One more event does not stop the trial, nor would one in every patient left."
    )


def test_the_boundary_shows_where_to_stop_and_where_the_trial_stands():
    of_one_group = safety_counts.boundary(BOUNDS, RULE, PENDING, True).layout.title.text
    assert "(all groups): " in plain(of_one_group)  # a rule is never that of a group
    figure = safety_counts.boundary(BOUNDS, RULE, PENDING)
    assert "all groups" not in figure.layout.title.text
    stop = trace(figure, "stop")
    assert list(zip(stop.x, stop.base, strict=True)) == [(3, 2.5), (4, 2.5), (5, 3.5), (6, 3.5)]
    path = trace(figure, "this trial")
    assert list(zip(path.x, path.y, strict=True)) == [(0, 0), (1, 1), (2, 2), (3, 2), (4, 2)]
    assert "2 in 4 evaluable patients; 3 would stop the trial" in figure.layout.title.text
    said = plain(figure.layout.title.subtitle.text)
    assert "1 patient is pending until 2021-03-08." in said
    assert "it takes one in each of the next 2 patients" in said
    go.Figure(json.loads(figure.to_json()))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"n_events": 3}, "the boundary is reached, 3 in 4 evaluable patients, and 3 stop"),
        ({"crossed_at": 3}, "the boundary was reached at 3 patients"),
        ({"stop_at": pd.NA}, "no number can stop the trial yet"),
    ],
)
def test_the_title_of_the_boundary_says_whether_it_is_reached(change, expected):
    rule = pd.Series(RULE.to_dict() | change)
    assert expected in plain(safety_counts.boundary(BOUNDS, rule, PENDING).layout.title.text)


def told_apart(one: dict, other: dict) -> bool:
    """By shape, letter, dash, filling or hatching; else by colours that everybody tells apart."""
    if any(one[each] != other[each] for each in one if each != "color"):
        return True
    return all(
        color_vision.distance(one["color"], other["color"], blindness) > 10
        for blindness in (None, *color_vision.BLINDNESS)
    )


def looks(figure: go.Figure) -> dict[tuple, dict]:
    """What each kind of mark of a figure looks like; bars and letters of a trace one by one."""
    found = {}
    for each in json.loads(figure.to_json())["data"]:
        marker, line = each.get("marker", {}), each.get("line", {})
        mode, rim = each.get("mode", ""), marker.get("line", {})
        for place, x in enumerate(each["x"]):

            def of(value, place=place):
                return value[place] if isinstance(value, list) else value

            color = of(marker.get("color")) or line.get("color")
            if mode == "text" or color is None or x is None:
                continue
            look = {
                "color": color,
                "shape": of(marker.get("symbol", mode or each["type"])),
                "letter": of(each.get("text")),
                "dash": line.get("dash"),
                "hatch": marker.get("pattern", {}).get("shape"),
                "outline": of(rim.get("width")),
            }
            found[(each.get("name"), color, look["letter"], look["outline"])] = look
    return found


def all_kinds_of_events() -> go.Figure:
    kinds = [{"grade": grade} for grade in (1, 2, 3, 4, 5, None)]
    kinds += [{"aesi": each, "is_aesi": True} for each in ("infection", "thrombo-embolic")]
    kinds += [{"is_serious": True}, {"start_day_to": 15}, ONGOING, OPEN]
    dead = {"left_on": "2021-02-10", "left_day": 40, "is_dead": True}
    return adverse_events.course(
        frame(LANE, dead),
        frame(EVENT, *({"event": n, **each} for n, each in enumerate(kinds, 1))),
        frame(INFUSION, {}),
        frame(EPISODE, *({"support": each} for each in adverse_events.SUPPORT)),
        outcome_days=[28, 90],
    )


FIGURES = {
    "course": all_kinds_of_events,
    "incidence": lambda: adverse_events.incidence(INCIDENCE, what="class"),
    "clocks": lambda: safety_counts.clocks(
        clocks({"reported_dtc": "2021-02-25"}, {"is_certain": False}), "2021-03-01"
    ),
    "boundary": lambda: safety_counts.boundary(BOUNDS, RULE, PENDING),
}


@pytest.mark.parametrize("name", FIGURES)
def test_marks_that_share_a_figure_are_told_apart_without_seeing_red_green_or_blue(name):
    found = looks(FIGURES[name]())
    assert len(found) > 2
    for (one, look), (other, beside) in itertools.combinations(found.items(), 2):
        # The bar of an event and its mark at the start say the same.
        if look["color"] != beside["color"]:
            assert told_apart(look, beside), f"{one} and {other}"


@pytest.mark.parametrize("blindness", [None, *color_vision.BLINDNESS])
def test_every_pair_of_grades_can_be_told_apart(blindness):
    colors = [mark.color for mark in charts.GRADES.values()] + [charts.PAPER]
    for one, other in itertools.combinations(colors, 2):
        distance = color_vision.distance(one, other, blindness)
        assert distance > 10, f"{one} and {other}: {distance:.1f}"  # 2.3 is just noticeable
    seen = [
        color_vision.lab(color_vision.seen(color_vision.rgb(mark.color), blindness))[0]
        for mark in charts.GRADES.values()
    ]
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize(
    ("color", "blindness", "expected"),
    [  # by hand from the matrices: pure light of one receptor
        ("#FF0000", "protan", (109, 95, 0)),
        ("#00FF00", "deutan", (238, 213, 57)),
        ("#FFFFFF", "tritan", (255, 255, 255)),
    ],
)
def test_a_colour_as_a_colour_blind_reader_sees_it(color, blindness, expected):
    found = color_vision.seen(color_vision.rgb(color), blindness)
    assert found.tolist() == pytest.approx(expected, abs=1)


def test_grades_and_categories_are_never_told_by_colour_alone():
    assert len({mark.letter for mark in charts.GRADES.values()}) == 5
    assert len({mark.letter for mark in charts.SPECIAL_INTEREST.values()}) == 3
    assert len({mark.symbol for mark in charts.SPECIAL_INTEREST.values()}) == 3
