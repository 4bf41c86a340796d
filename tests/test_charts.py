import json
from datetime import date, timedelta
from types import SimpleNamespace

import pandas as pd
import plotly.graph_objects as go
import pytest

import charts
from charts import parts, recruitment
from charts.parts import ranges

HOSTILE = '<script>alert(1)</script> <a href="javascript:x">go</a> <b>bold</b> &lt; %{x} $x$'


def days(*texts):
    return pd.to_datetime(pd.Series(texts, dtype=object)).astype("datetime64[us]")


@pytest.fixture
def cumulative():
    """Four people, of whom one came some day in March and one has a date that is not over."""
    return course(
        # as_of, to date, at most, undated, planned
        ("2021-01-01", 0, 0, 0, 0.03),
        ("2021-01-20", 1, 1, 0, 0.5),
        ("2021-02-10", 2, 2, 0, 1.1),
        ("2021-03-01", 2, 3, 0, 1.6),
        ("2021-03-31", 3, 3, 0, 2.5),
        ("2021-06-01", 3, 4, 0, 4.2),
        ("2021-06-15", 3, 4, 0, 4.6),
        ("2021-12-31", None, None, None, 10.0),
    )


def course(*rows, window=("2021-01-01", "2021-12-31")):
    counts = ["n_counted_to_date", "n_counted_at_most", "n_counted_undated"]
    found = pd.DataFrame(rows, columns=["as_of", *counts, "n_planned_to_date"])
    found = found.assign(is_in_window=found["as_of"].between(*window))
    return found.astype({"as_of": "datetime64[us]"} | dict.fromkeys(counts, "Int32"))


@pytest.fixture
def fan():
    columns = ["as_of", "n_p2_5", "n_p10", "n_p50", "n_p90", "n_p97_5"]
    rows = [
        ("2021-06-15", 4, 4, 4, 4, 4),
        ("2021-12-31", 5, 6, 8, 11, 13),
        ("2022-06-30", 7, 9, 13, 17, 20),
        ("2023-06-30", 9, 12, 19, 30, 40),
    ]
    return pd.DataFrame(rows, columns=columns).astype({"as_of": "datetime64[us]"})


def forecast(p10="2021-11-20", p50="2022-03-01", p90="2022-08-10", chance=0.3):
    return pd.DataFrame(
        {
            "completion_p10": days(p10),
            "completion_p50": days(p50),
            "completion_p90": days(p90),
            "completion_p2_5": days("2021-10-01" if p10 else None),
            "completion_p97_5": days("2024-01-01" if p10 else None),
            "p_target_in_window": pd.array([chance], dtype="Float64"),
        }
    )


@pytest.fixture
def funnel():
    return pd.DataFrame(
        [
            (1, "screened", 8, 8, 0, 0, 100.0, 63.1, 100.0),
            (2, "eligible", 5, 8, 3, 1, 62.5, 24.49, 91.48),
            (3, "included", 4, 8, 1, 0, 50.0, 15.7, 84.3),
            (4, "treated", 4, 8, 0, 0, 50.0, 15.7, 84.3),
        ],
        columns=[
            *("place", "step", "n", "n_screened", "n_lost", "n_waiting"),
            *("pct", "ci_low", "ci_high"),
        ],
    )


def failures(*reasons, n=5):
    columns = ["reason", "category", "n_people", "n_screen_failed", "pct", "ci_low", "ci_high"]
    rows = [
        (reason, category, n_people, n, 100 * n_people / n, 1.0, 90.0)
        for reason, category, n_people in reasons
    ]
    return pd.DataFrame(rows, columns=columns)


def in_groups(*groups):
    of_all = sum(n for _, _, n, _ in groups)
    columns = ["code", "label", "n_included", "n_treated", "n_included_all"]
    rows = pd.DataFrame([(*each, of_all) for each in groups], columns=columns)
    return rows.assign(pct=50.0, ci_low=10.0, ci_high=90.0)


PERSON = {
    "usubjid": "P01",
    "cohort": "A",
    "status": "on treatment",
    "left_why": None,
    "age": 60.0,
    "sex": "F",
    "consent_dtc": "2021-01-04",
    "consent_from": "2021-01-04",
    "consent_to": "2021-01-04",
    "inclusion_dtc": "2021-01-05",
    "included_from": "2021-01-05",
    "included_to": "2021-01-05",
    "first_infusion_on": "2021-01-06",
    "n_infusions": 1,
    "left_on": None,
    "is_included": True,
    "set_aside": None,
}
NOT_INCLUDED = {
    "cohort": "not assigned",
    "inclusion_dtc": None,
    "included_from": None,
    "included_to": None,
    "first_infusion_on": None,
    "n_infusions": 0,
    "is_included": False,
}


def consent(first, last=None):
    return {"consent_dtc": first, "consent_from": first, "consent_to": last or first}


def persons(*changes):
    rows = pd.DataFrame([PERSON | change for change in changes], columns=list(PERSON))
    dates = ["consent_from", "consent_to", "included_from", "included_to"]
    dates += ["first_infusion_on", "left_on"]
    return rows.assign(**{name: days(*rows[name]) for name in dates})


def said(figure):
    """All that a reader can read of the figure, hover included."""
    return json.dumps(figure.to_plotly_json()["data"], default=str) + json.dumps(
        figure.layout.to_plotly_json(), default=str
    )


def words(figure):
    """Titles and notes as a reader sees them."""
    notes = [note.text for note in figure.layout.annotations]
    lines = " ".join([figure.layout.title.subtitle.text or "", *notes])
    return lines.replace("\xa0", " ").replace("<br>", " ")


def marks(figure):
    """Every mark in the figure: x, y, symbol."""
    found = []
    for trace in figure.data:
        if trace.type == "scatter" and trace.mode == "markers":
            symbols = trace.marker.symbol
            symbols = [symbols] * len(trace.x) if isinstance(symbols, str) else symbols
            found += list(zip(trace.x, trace.y, symbols, strict=True))
    return found


def trace(figure, name):
    [found] = [each for each in figure.data if each.name == name]
    return found


# ------------------------------------------------------------------ what every figure keeps to


@pytest.fixture
def figures(cumulative, fan, funnel):
    """Each figure with the frames it was drawn from."""
    rows = {
        recruitment.against_plan: (cumulative, fan, forecast()),
        recruitment.screening: (funnel,),
        recruitment.screen_failures: (failures(("ECMO", "EXCLUSION", 2), (HOSTILE, None, 1)),),
        recruitment.groups: (in_groups(("A", "oxygen", 3, 2), (HOSTILE, None, 1, 1)),),
        recruitment.people: (
            persons({}, {"usubjid": HOSTILE, "status": HOSTILE, "left_why": HOSTILE}),
            "2021-06-15",
        ),
    }
    return {chart.__name__: (chart, given) for chart, given in rows.items()}


CHARTS = ["against_plan", "screening", "screen_failures", "groups", "people"]


@pytest.mark.parametrize("name", CHARTS)
def test_plotly_accepts_every_property(figures, name):
    chart, given = figures[name]
    figure = chart(*given)
    go.Figure(figure.to_dict())  # this one checks
    go.Figure(charts.finished(figure, "Data cut 2021-06-15", True).to_dict())


@pytest.mark.parametrize("name", CHARTS)
def test_frames_are_left_as_found(figures, name):
    chart, given = figures[name]
    before = [each.copy() for each in given if isinstance(each, pd.DataFrame)]
    chart(*given)
    after = [each for each in given if isinstance(each, pd.DataFrame)]
    for old, new in zip(before, after, strict=True):
        pd.testing.assert_frame_equal(old, new)


@pytest.mark.parametrize("name", CHARTS)
def test_without_rows_a_figure_says_what_is_missing(figures, name):
    chart, given = figures[name]
    empty = [each.iloc[:0] if isinstance(each, pd.DataFrame) else each for each in given]
    figure = charts.finished(chart(*empty), "Data cut 2021-06-15", True)
    assert not figure.data
    assert charts.alt(figure).startswith("Nobody has")


@pytest.mark.parametrize("name", CHARTS)
def test_no_tag_from_the_data_works_and_nothing_missing_is_spelt_nan(figures, name):
    chart, given = figures[name]
    everything = said(chart(*given))
    for tag in ("<script", "<a ", 'href=\\"javascript:x\\">go</a>', "<b>bold"):
        assert tag not in everything
    for missing in ("NaN", "NaT", "<NA>", "nan", "None"):
        assert missing not in everything


def test_a_hostile_value_is_read_as_it_was_recorded(figures):
    chart, given = figures["screen_failures"]
    whole = [text for each in chart(*given).data for text in each.hovertext or ()]
    shown = charts.alt(go.Figure(layout={"title": {"text": whole[-1]}}))
    assert shown.startswith(HOSTILE)


# ------------------------------------------------------------------ the words


def test_a_long_text_is_wrapped_and_ends_in_an_ellipsis():
    lines = charts.text("criterion " * 40).split("<br>")
    assert max(map(len, lines)) <= 40
    assert lines[-1].endswith("…")
    assert "…" not in charts.text("criterion " * 40, 60, at_most=None)
    assert max(map(len, charts.text("x" * 100).split("<br>"))) == 40


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, pd.NaT, "", "  \n "])
def test_a_missing_text_is_not_recorded(missing):
    assert charts.text(missing) == "not recorded"


def test_control_characters_and_turned_text_are_not_passed_on():
    assert charts.text("a\x00b\u202ec\nd") == "a b c d"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0\xa0%"),
        (0.2, "&lt;1\xa0%"),
        (41.4, "41\xa0%"),
        (12.5, "13\xa0%"),  # 1 of 8; as the browser rounds in a table
        (62.5, "63\xa0%"),
        (99.7, "&gt;99\xa0%"),
        (100, "100\xa0%"),
        (pd.NA, "not known"),
    ],
)
def test_a_percentage_is_0_or_100_only_when_it_is(value, words):
    assert charts.percent(value) == words


@pytest.mark.parametrize(
    ("n", "words"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (20, "20th"), (22, "22nd")]
)
def test_ordinals(n, words):
    assert charts.ordinal(n) == words


# ------------------------------------------------------------------ the finished figure


def test_the_footer_stands_in_the_figure_as_plain_text(funnel):
    figure = recruitment.screening(funnel)
    plot = figure.layout.height - figure.layout.margin.b
    footer = "Data cut 2021-06-15 · group <b>A</b> · " + "5 of 20 people " * 15
    done = charts.finished(figure, footer, is_simulated=False)
    [note] = [each for each in done.layout.annotations if "Data cut" in each.text]
    assert "&lt;b&gt;A" in note.text
    assert note.text.count("<br>") >= 2
    assert done.layout.height - done.layout.margin.b == plot  # it takes nothing from the plot
    assert done.layout.height - figure.layout.height > 3 * charts.FOOTER_SIZE


def test_only_simulated_data_are_marked_as_such(funnel):
    figure = recruitment.screening(funnel)
    before = figure.to_json()
    assert "SIMULATED" in said(charts.finished(figure, "Data cut", is_simulated=True))
    assert "SIMULATED" not in said(charts.finished(figure, "Data cut", is_simulated=False))
    assert figure.to_json() == before


def test_a_figure_of_many_screens_is_marked_on_each():
    figure = charts.drawing("Many lanes", [], {}, height=6000)
    notes = charts.finished(figure, "Data cut", is_simulated=True).layout.annotations
    assert sum("SIMULATED" in note.text for note in notes) >= 8


def test_alt_is_the_title_as_plain_text():
    rows = failures(("SpO2 <= 93% & fever", "INCLUSION", 3), ("ECMO", "EXCLUSION", 1), n=4)
    assert charts.alt(recruitment.screen_failures(rows)) == (
        "4 people failed screening, most often (3 of 4): SpO2 <= 93% & fever"
    )


# ------------------------------------------------------------------ recruitment: against the plan


def test_the_title_compares_with_the_plan(cumulative, fan):
    figure = recruitment.against_plan(cumulative, fan, forecast())
    assert charts.alt(figure) == "4 of 10 included by 2021-06-15: 1 behind the plan"
    assert "10th is expected by 2022-03-01 (80 % prediction interval:" in words(figure)
    assert "chance within the window is 30 %" in words(figure)


@pytest.mark.parametrize(
    ("planned", "finding"),
    [
        (4.4, "on plan"),
        (4.5, "1 behind the plan"),  # half a person is one, not none
        (6.5, "3 behind the plan"),
        (1.0, "3 ahead of the plan"),
    ],
)
def test_on_plan_is_less_than_half_a_person_away(cumulative, fan, planned, finding):
    at_cut = cumulative["as_of"] == "2021-06-15"
    rows = cumulative.assign(
        n_planned_to_date=cumulative["n_planned_to_date"].mask(at_cut, planned)
    )
    assert charts.alt(recruitment.against_plan(rows, fan, forecast())).endswith(f": {finding}")


def test_death_is_one_mark_in_every_figure_and_the_shape_of_nothing_else():
    marks = {
        f"{vocabulary} {value}": mark
        for vocabulary in ("STATUSES", "INFUSIONS", "VISITS", "GROUPS", "SPECIAL_INTEREST")
        for value, mark in getattr(charts, vocabulary).items()
    }
    drawn = {name for name, mark in marks.items() if mark.symbol == charts.DEATH.symbol}
    assert drawn == {"STATUSES died", "VISITS not due: died"}
    assert {marks[name] for name in drawn} == {charts.DEATH}


def test_everybody_is_a_mark(cumulative, fan):
    figure = recruitment.against_plan(cumulative, fan, forecast())
    target = 10
    people = {(x, y): symbol for x, y, symbol in marks(figure) if y != target}
    assert people == {
        ("2021-01-20", 1): "circle",
        ("2021-02-10", 2): "circle",
        ("2021-03-31", 3): "circle-open",  # some day in March: certain by its end
        ("2021-06-15", 4): "circle-open",  # on record, with a date that goes on after the cut
    }
    assert "1 of the 4 came on a day that is not known, perhaps after the cut" in words(figure)
    assert "The latest known to the day came on 2021-02-10, 125 days" in words(figure)


def test_people_of_one_day_are_a_mark_each(fan):
    rows = course(
        ("2021-01-01", 0, 0, 0, 0.03),
        ("2021-01-05", 3, 3, 0, 0.1),
        ("2021-02-01", 3, 3, 0, 0.9),
        ("2021-12-31", None, None, None, 10.0),
    )
    figure = recruitment.against_plan(rows, fan, forecast(), counts="treated")
    people = [(x, y) for x, y, _ in marks(figure) if y < 10]
    assert people == [("2021-01-05", 1), ("2021-01-05", 2), ("2021-01-05", 3)]
    assert charts.alt(figure) == "3 of 10 treated by 2021-02-01: 2 ahead of the plan"


def test_whoever_has_no_date_is_counted_said_and_drawn_at_the_cut(fan):
    rows = course(
        ("2021-01-01", 0, 2, 2, 0.03),
        ("2021-01-20", 1, 3, 2, 0.5),
        ("2021-06-15", 1, 3, 2, 4.6),
        ("2021-12-31", None, None, None, 10.0),
    )
    figure = recruitment.against_plan(rows, fan, forecast())
    assert charts.alt(figure) == "3 of 10 included by 2021-06-15: 2 behind the plan"
    assert "2 of the 3 came without a date that can be read; drawn at the cut" in words(figure)
    assert "after the cut" not in words(figure)
    people = [(x, y, symbol) for x, y, symbol in marks(figure) if y < 10]
    assert sorted(people) == [
        ("2021-01-20", 1, "circle"),
        ("2021-06-15", 2, "circle-open"),
        ("2021-06-15", 3, "circle-open"),
    ]


def test_who_came_before_the_window_leaves_the_plan_straight(fan):
    rows = course(
        ("2020-12-20", 1, 1, 0, 0.0),
        ("2021-01-01", 1, 1, 0, 0.03),
        ("2021-06-15", 1, 1, 0, 4.6),
        ("2021-12-31", None, None, None, 10.0),
    )
    figure = recruitment.against_plan(rows, fan, forecast())
    plan = trace(figure, "plan: an even pace")
    assert (plan.x, plan.y) == (("2021-01-01", "2021-12-31"), (0.03, 10))
    assert "1 of the 1 came before recruitment began on 2021-01-01, as recorded" in words(figure)
    assert ("2020-12-20", 1, "circle") in marks(figure)
    assert figure.layout.xaxis.range[0] < "2020-12-20"


def test_a_person_of_a_century_ago_stands_at_the_edge_as_an_arrow(fan):
    rows = course(
        ("1921-01-20", 1, 1, 0, 0.0),
        ("2021-01-01", 1, 1, 0, 0.03),
        ("2021-01-20", 2, 2, 0, 0.5),
        ("2021-06-15", 2, 2, 0, 4.6),
        ("2021-12-31", None, None, None, 10.0),
    )
    figure = recruitment.against_plan(rows, fan, forecast())
    assert "2019-06-01" < figure.layout.xaxis.range[0] < "2019-07-01"
    people = {y: (x, symbol) for x, y, symbol in marks(figure) if y < 10}
    assert people == {
        1: (figure.layout.xaxis.range[0], "triangle-left"),
        2: ("2021-01-20", "circle"),
    }
    assert "1st included: 1921-01-20" in said(figure)


def test_before_recruitment_begins_nobody_is_behind(fan):
    rows = course(
        ("2020-11-15", 0, 0, 0, 0.0),
        ("2021-01-01", None, None, None, 0.03),
        ("2021-12-31", None, None, None, 10.0),
    )
    figure = recruitment.against_plan(rows, fan, forecast())
    assert charts.alt(figure) == (
        "None of 10 included by 2020-11-15: recruitment begins on 2021-01-01"
    )
    assert figure.layout.xaxis.range[0] < "2020-11-15"


def test_the_fan_starts_at_the_cut_and_ends_at_the_target(cumulative, fan):
    figure = recruitment.against_plan(cumulative, fan, forecast())
    for level in ("80", "95"):
        band = trace(figure, f"forecast, {level} % interval")
        assert min(band.x) == "2021-06-15"
        assert max(band.y) == 10
    # The 80 % band meets the target where the interval of its day begins.
    assert ("2021-11-20", 10) in zip(
        trace(figure, "forecast, 80 % interval").x,
        trace(figure, "forecast, 80 % interval").y,
        strict=True,
    )
    ends = [(x, symbol) for x, y, symbol in marks(figure) if y == 10]
    assert ends == [
        ("2021-11-20", "line-ns-open"),
        ("2022-03-01", "diamond"),
        ("2022-08-10", "line-ns-open"),
    ]
    assert "10th: 2021-11-20 to 2022-08-10 (80 %)" in words(figure)
    for label in ("target: 10", "cut 2021-06-15", "window ends 2021-12-31"):
        assert label in words(figure)


def test_the_labels_of_the_cut_and_of_the_window_stand_on_their_lines_unless_they_meet():
    def lifts(cut: date, ends_on: date) -> list[int]:
        course = SimpleNamespace(cut=cut, ends_on=ends_on)
        notes = recruitment._cut_and_window(course, date(2021, 1, 1), date(2021, 12, 31))
        return [note["yshift"] for note in notes]

    # A letter takes 4 of the 364 days at the most: 14 of them 56 days, the other 22 88 days.
    assert lifts(date(2021, 6, 1), date(2021, 8, 10)) == [2, 22]  # 70 days: they touch
    assert lifts(date(2021, 6, 1), date(2021, 8, 15)) == [2, 2]  # 75 days: 3 between them
    # Near an end of the axis a label lies on one side of its line.
    assert lifts(date(2021, 8, 15), date(2021, 12, 1)) == [2, 22]  # 108 days, 116 are needed
    assert lifts(date(2021, 8, 1), date(2021, 12, 1)) == [2, 2]


def test_an_end_far_away_does_not_squeeze_the_rest(cumulative, fan):
    figure = recruitment.against_plan(cumulative, fan, forecast(p90="2031-01-01"))
    assert figure.layout.xaxis.range[1] < "2023-08-01"
    assert "2031-01-01, beyond →" in words(figure)
    assert "2031-01-01" not in [x for x, _, _ in marks(figure)]


def test_what_cannot_be_forecast_is_said(cumulative, fan):
    unknown = fan.assign(**{name: pd.NA for name in fan.columns if name != "as_of"})
    figure = recruitment.against_plan(cumulative, unknown, forecast(None, None, None, pd.NA))
    assert "When the 10th will come cannot be forecast" in words(figure)
    assert not any("forecast" in (each.name or "") for each in figure.data)


def test_a_target_that_was_reached_is_a_date_and_has_no_forecast(cumulative, fan):
    reached = cumulative.assign(n_counted_to_date=cumulative["n_counted_at_most"] * 3)
    reached = reached.assign(n_counted_at_most=reached["n_counted_to_date"])
    when = forecast("2021-06-01", "2021-06-01", "2021-06-01", 1.0)
    figure = recruitment.against_plan(reached, fan, when)
    assert charts.alt(figure) == "12 of 10 included: the target was reached on 2021-06-01"
    assert len(marks(figure)) == 12
    assert not any("forecast" in (each.name or "") for each in figure.data)
    late = forecast("2022-02-01", "2022-02-01", "2022-02-01", 0.0)
    assert charts.alt(recruitment.against_plan(reached, fan, late)) == (
        "12 of 10 included: the target was reached on 2022-02-01, "
        "after the window ended on 2021-12-31"
    )
    unknown = forecast(None, None, None, pd.NA)
    assert charts.alt(recruitment.against_plan(reached, fan, unknown)) == (
        "12 of 10 included: the target was reached by 2021-06-15"
    )


def test_after_the_window_the_title_says_what_is_missing(cumulative, fan):
    rows = cumulative.assign(
        n_planned_to_date=[0.0, 5.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0],
        is_in_window=[True] * 3 + [False] * 5,
    )
    assert charts.alt(recruitment.against_plan(rows, fan, forecast(chance=0.0))) == (
        "4 of 10 included by 2021-06-15: 6 short, and the window ended on 2021-02-10"
    )


def test_nobody_included_yet_still_has_a_plan(cumulative, fan):
    rows = cumulative.assign(
        n_counted_to_date=cumulative["n_counted_to_date"] * 0,
        n_counted_at_most=cumulative["n_counted_at_most"] * 0,
    )
    figure = recruitment.against_plan(rows, fan, forecast())
    assert charts.alt(figure) == "None of 10 included by 2021-06-15: 5 behind the plan"
    assert not [y for _, y, _ in marks(figure) if y != 10]
    assert trace(figure, "plan: an even pace").y == (0.03, 10)


def test_a_group_has_people_and_no_plan(cumulative, fan):
    rows = cumulative.assign(n_planned_to_date=float("nan"))
    figure = recruitment.against_plan(rows, fan, forecast())
    assert charts.alt(figure) == "4 people were included by 2021-06-15"
    assert len(marks(figure)) == 4
    for absent in ("target: ", "window ends"):
        assert absent not in words(figure)


def test_the_sentence_of_the_page_is_that_of_the_figure(cumulative):
    assert recruitment.sentence(cumulative, forecast()).startswith(
        "4 of 10 included by 2021-06-15: 1 behind the plan. The 10th is expected by 2022-03-01"
    )
    no_plan = cumulative.assign(n_planned_to_date=float("nan"))
    assert "included in group B by" in recruitment.sentence(no_plan, forecast(), cohort="B")


@pytest.mark.parametrize(
    ("days", "at_least", "words"),
    [
        (1, 1, "1 day"),
        (60, 60, "60 days"),
        (161, 161, "5.3 months"),
        (161, 12, "≤ 5.3 months"),  # somebody came in on a day that is not known
        (None, 0, None),
    ],
)
def test_time_without_a_patient(days, at_least, words):
    assert recruitment.since(days, at_least) == words
    found = {"days_since_last": days, "days_since_last_at_least": at_least}
    assert recruitment.known_days(found) == (days if days == at_least else None)


@pytest.mark.parametrize(("n", "form"), [(3, "%Y-%m-%d"), (400, "%Y-%m"), (4000, "%Y-%m")])
def test_a_course_of_days_has_an_axis_of_days(n, form):
    cut = date(2021, 1, 6) + timedelta(days=n)
    assert recruitment.people(persons({}), cut).layout.xaxis.tickformat == form


# ------------------------------------------------------------------ recruitment: screening


def test_the_funnel_says_who_was_lost_and_who_waits(funnel):
    figure = recruitment.screening(funnel)
    assert charts.alt(figure) == (
        "4 of 8 people screened were included and 4 treated; 1 is not decided yet"
    )
    assert "5 of 8, 63 % (24 to 91 %) 2 did not come this far, 1 not decided yet" in words(figure)
    # Per step, those who came, wait and were lost are those of the step before.
    for lane, before in ((1, 8), (2, 5), (3, 4)):
        assert sum(each.x[0] for each in figure.data if each.y[0] == lane) == before


def test_when_nobody_came_through_screening_it_is_said(funnel):
    rows = funnel.assign(n=[8, 0, 0, 0], n_lost=[0, 8, 0, 0], n_waiting=[0, 1, 0, 0])
    assert charts.alt(recruitment.screening(rows)) == (
        "None of 8 people screened was included; 1 is not decided yet"
    )


def test_screening_says_that_it_is_of_all_groups(funnel):
    for figure in (
        recruitment.screening(funnel),
        recruitment.screen_failures(failures(("ECMO", "EXCLUSION", 1), n=1)),
    ):
        assert words(figure).startswith("All groups: a person is in none before inclusion.")


# ------------------------------------------------------------------ recruitment: screen failures


def test_the_most_frequent_reason_is_on_top_with_its_interval():
    rows = failures(("ECMO", "EXCLUSION", 1), ("no oxygen", "INCLUSION", 3), (None, None, 1))
    figure = recruitment.screen_failures(rows)
    assert charts.alt(figure) == "5 people failed screening, most often (3 of 5): no oxygen"
    assert marks(figure) == [
        (60.0, 0, "square"),
        (20.0, 1, "circle"),
        (20.0, 2, "diamond-open"),
    ]
    notes = [note.text for note in figure.layout.annotations]
    assert notes[0].startswith("<b>no oxygen</b>")
    assert "3 of 5, 60\xa0% (1 to 90\xa0%); inclusion criterion not met" in notes[0]
    assert notes[2].startswith("<b>not recorded</b>")


def test_a_tie_is_no_finding():
    rows = failures(("ECMO", "EXCLUSION", 1), ("malignancy", "EXCLUSION", 1), n=2)
    assert "no reason stands out" in charts.alt(recruitment.screen_failures(rows))


def test_reasons_that_nobody_recorded_are_said():
    rows = failures(("not recorded", None, 52), n=52)
    assert charts.alt(recruitment.screen_failures(rows)) == (
        "52 people failed screening, and no reason is recorded"
    )


# ------------------------------------------------------------------ recruitment: groups


def test_a_group_has_a_mark_per_patient_and_those_not_treated_are_open():
    rows = in_groups(("A", "oxygen", 3, 2), ("B", "ventilated", 1, 1), ("C", None, 0, 0))
    figure = recruitment.groups(rows)
    assert len(marks(figure)) == 4
    filled = {(each.y[0], each.marker.color): len(each.x) for each in figure.data}
    assert filled == {
        (0, charts.GROUPS["A"].color): 2,
        (0, charts.PAPER): 1,
        (1, charts.GROUPS["B"].color): 1,
    }
    assert charts.alt(figure) == "Of 4 included, 3 in group A, 1 in group B and 0 in group C"
    assert "<b>C</b>: not in protocol.toml" in words(figure)


def test_groups_of_many_are_dots():
    figure = recruitment.groups(in_groups(("Pbo", "placebo", 86, 80), ("Hi", "high", 84, 84)))
    assert sorted(x for x, _, _ in marks(figure)) == [80, 84, 86]


def test_no_two_groups_look_alike():
    names = ["A", "B", "C", "D", "E", "F"]
    figure = recruitment.groups(in_groups(*[(name, name, 1, 1) for name in names]))
    looks = {(each.marker.color, each.marker.symbol) for each in figure.data}
    assert len(looks) == len(names)


def test_a_group_without_anybody_is_told_from_a_trial_without_anybody():
    rows = in_groups(("A", "oxygen", 0, 0))
    assert charts.alt(recruitment.groups(rows)) == "Nobody has been included yet."
    assert charts.alt(recruitment.groups(rows.assign(n_included_all=3))) == (
        "Nobody has been included in group A; 3 in others."
    )
    nobody = persons()
    assert charts.alt(recruitment.people(nobody, "2021-06-15")) == "Nobody has been screened yet."
    assert charts.alt(recruitment.people(nobody, "2021-06-15", cohort="A")) == (
        "Nobody has been assigned to group A yet."
    )


# ------------------------------------------------------------------ recruitment: people


def test_everybody_has_a_lane_and_a_status():
    rows = persons(
        {},
        {"usubjid": "P02", "status": "died", "left_on": "2021-02-01", "left_why": "DEATH"},
        {"usubjid": "P03", "status": "screen failed", "left_on": "2021-01-09"} | NOT_INCLUDED,
        {"usubjid": "P04", "status": "in screening"} | consent(None, None) | NOT_INCLUDED,
    )
    figure = recruitment.people(rows, "2021-03-01")
    assert charts.alt(figure) == "4 people screened, 2 included: 1 on treatment, 1 died"
    assert figure.layout.yaxis.ticktext == ("P01 A", "P02 A", "P03", "P04")
    assert figure.layout.yaxis2.ticktext[1:] == ("died", "screen failed", "in screening, no date")
    ends = trace(figure, "status")
    assert ends.x == ("2021-03-01", "2021-02-01", "2021-01-09", "2021-03-01")
    assert ends.marker.symbol == ("pentagon", "cross", "x-thin-open", "circle-open")
    assert trace(figure, "no date recorded").y == (3,)


def test_a_partial_date_is_drawn_from_its_first_to_its_last_day():
    rows = persons(
        {},
        {
            "usubjid": "P02",
            "inclusion_dtc": "2021-02",
            "included_from": "2021-02-01",
            "included_to": "2021-02-28",
            "first_infusion_on": None,
        }
        | consent("2021-01-01", "2021-01-31"),
    )
    figure = recruitment.people(rows, "2021-06-15")
    dotted = trace(figure, "some day in between")
    assert dotted.line.dash == "dot"
    assert dotted.x == ("2021-01-01", "2021-01-31", None, "2021-02-01", "2021-02-28", None)
    assert trace(figure, "inclusion").y == (0,)  # none for P02: no day to draw it on
    assert trace(figure, "in the trial").x[3] == "2021-02-28"
    assert figure.layout.yaxis2.ticktext[1] == "on treatment, infusion ?"


def test_who_left_on_a_day_unknown_is_drawn_as_unknown_up_to_the_cut():
    rows = persons({"status": "withdrawn", "left_on": None})
    figure = recruitment.people(rows, "2021-06-15")
    assert trace(figure, "some day in between").x == ("2021-01-06", "2021-06-15", None)
    assert figure.layout.yaxis2.ticktext == ("withdrawn, day unknown",)


def test_a_date_a_century_off_stands_at_the_edge_as_an_arrow():
    rows = persons({}, {"usubjid": "P02"}, {"usubjid": "P03"} | consent("1921-01-04"))
    figure = recruitment.people(rows, "2021-06-15")
    assert figure.layout.xaxis.range[0] > "2020-01-01"
    consents = trace(figure, "consent")
    assert consents.marker.symbol == ("line-ns-open", "line-ns-open", "triangle-left")
    assert "1921-01-04" in consents.hovertext[2]


@pytest.mark.parametrize(
    ("n", "heights"), [(20, [20]), (60, [60]), (61, [31, 30]), (130, [44, 44, 42])]
)
def test_many_people_make_several_figures_and_nobody_is_in_none(n, heights):
    rows = persons(*[{"usubjid": f"P{number}"} for number in range(n)])
    parts = ranges(n, recruitment.PAGE)
    figures = [recruitment.people(rows, "2021-06-15", here) for here in parts]
    assert [len(trace(figure, "status").x) for figure in figures] == heights
    drawn = [label.split()[0] for figure in figures for label in figure.layout.yaxis.ticktext]
    assert drawn == rows["usubjid"].to_list()
    assert len({figure.layout.xaxis.range for figure in figures}) == 1
    assert {charts.alt(figure) for figure in figures} == {
        f"{n} people screened, {n} included: {n} on treatment"
    }
    assert ("Here:" in words(figures[0])) == (n > 60)
    if n == 130:
        assert "Here: 45 to 88 of 130, in the order of inclusion" in words(figures[1])


@pytest.mark.parametrize(
    ("n", "most", "expected"),
    [
        (0, 60, [(0, 0)]),
        (1, 60, [(0, 1)]),
        (5, 2, [(0, 2), (2, 4), (4, 5)]),
        (7, 5, [(0, 4), (4, 7)]),
        (6, 4, [(0, 3), (3, 6)]),
    ],
)
def test_parts_are_few_and_alike_in_size_and_nobody_at_all_is_one(n, most, expected):
    assert [(here.start, here.stop) for here in ranges(n, most)] == expected


def test_a_hover_says_all_that_is_recorded():
    row = {"status": "withdrawn", "left_on": "2021-02-01", "left_why": "x" * 200}
    [hover] = trace(recruitment.people(persons(row), "2021-06-15"), "status").hovertext
    assert hover.replace("<br>", "").count("x") >= 200
    for fact in ("consent: 2021-01-04", "first infusion: 2021-01-06", "left: 2021-02-01"):
        assert fact in hover


def test_the_lines_of_a_title_fit_in_half_a_page(cumulative, fan):
    figure = recruitment.against_plan(cumulative, fan, forecast())
    titles = figure.layout.title.text.split("<br>")
    subtitles = figure.layout.title.subtitle.text.split("<br>")
    assert max(map(len, titles)) <= charts.TITLE_WIDTH
    assert max(map(len, subtitles)) <= charts.BODY_WIDTH
    # Nothing of them reaches into the plot.
    assert figure.layout.margin.t > charts.TITLE_LINE * len(titles) + charts.BODY_LINE * len(
        subtitles
    )


def test_a_drought_is_said_in_days(cumulative, fan):
    later = cumulative["as_of"].mask(
        cumulative["as_of"] == "2021-06-15", pd.Timestamp("2021-02-10") + timedelta(days=200)
    )
    figure = recruitment.against_plan(cumulative.assign(as_of=later), fan, forecast())
    assert "200 days before the cut" in words(figure)


def test_what_is_true_false_or_missing_is_said():
    rows = pd.DataFrame(
        {
            "took_place": [True, False, None],
            "is_done": pd.array([True, False, None], "boolean"),
            "is_owed": [True, False, True],
            "is_known": [None, None, None],
            "reason": ["yes", None, "True"],
            "lacking": [None, None, None],
            "n": [1, 0, 1],
        }
    )
    said = charts.in_words(rows).astype(object)
    found = said.where(said.notna(), None).to_dict("list")
    assert found == {
        "took_place": ["yes", "no", "not known"],
        "is_done": ["yes", "no", "not known"],
        "is_owed": ["yes", "no", "yes"],
        "is_known": ["not known"] * 3,
        "reason": ["yes", None, "True"],
        "lacking": [None] * 3,
        "n": [1, 0, 1],
    }


@pytest.mark.parametrize(
    ("usubjid", "shown"),
    [
        ("TJT2012-01-001", "TJT2012-01-001"),
        ("2020-002102-58-BE01-0001", "2020-…58-BE01-0001"),  # its ends, in 18 characters
        ("2020-002102-58-BE01-0002", "2020-…58-BE01-0002"),
        (None, "not recorded"),
        ("<b>", "&lt;b&gt;"),
    ],
)
def test_patients_whose_numbers_begin_alike_are_told_apart(usubjid, shown):
    assert parts.who(usubjid) == shown
