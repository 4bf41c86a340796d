"""Every cut at once: which there are, what they hold, and how the numbers went."""

import json
import re
from datetime import date, timedelta

import duckdb
import pandas as pd
import plotly.graph_objects as go
import pytest

import charts
import data
from charts import exports
from queries import answers, ask, history
from tests.conftest import app, rows, start_anew, write_export

EX = "usubjid  exstdtc\nP01  2021-01-06"


@pytest.fixture
def three(trial, export):
    """A cut, a refused one, and one with a person more and a value that cannot be read."""
    export("2021-02-01", dm="usubjid  rficdtc\nP01  .", ex=EX)
    (trial / "exports" / "2021-02-08").mkdir()
    return export("2021-02-15", dm="usubjid  rficdtc  age\nP01  .  old\nP02  .  60", ex=EX)


def test_every_cut_with_its_rows_and_the_reason_for_which_it_was_refused(three):
    columns = ("cut", "status", "refused", "n_rows", "rows_change", "n_findings")
    assert rows("exports/cuts", three, *columns) == [
        ("2021-02-15", "complete", None, 3, 1, 1),
        ("2021-02-08", "refused", "Its folder is empty.", None, None, None),
        ("2021-02-01", "complete", None, 2, None, 0),
    ]


def test_the_trend_of_a_headline_number_is_its_answer_in_each_cut(three):
    trend = rows("today/trends", three, "cut", "name", "n")
    assert [each for each in trend if each[1] == "screened"] == [
        ("2021-02-01", "screened", 1),
        ("2021-02-15", "screened", 2),
    ]
    for cut in ("2021-02-01", three):
        now = rows("today/headline", cut, "name", "n")
        assert sorted(now) == sorted(each[1:] for each in trend if each[0] == cut)


def test_what_the_history_holds_of_a_cut_is_what_the_cut_answers(three):
    con, columns = history.connection(data.trial()), ["rule", "usubjid", "record", "finding"]
    for cut in ("2021-02-01", three):
        held = con.execute(f"select {', '.join(columns)} from found where cut = ?", [cut])
        alone = [tuple(each[name] for name in columns) for each in found_in(cut)]
        assert sorted(held.fetchall()) == sorted(alone)
        [[fingerprint]] = con.execute(
            "select fingerprint from cuts where cut = ?", [cut]
        ).fetchall()
        assert fingerprint == data.trial().export(cut).fingerprint
    assert len(found_in(three)) > len(found_in("2021-02-01")) > 0


def found_in(cut: str) -> list[dict]:
    return answers.records(ask("checks/findings", cut))


def test_a_new_cut_costs_one_cut(export, three, monkeypatch):
    rows("exports/cuts", three, "cut")
    learn, learnt = history._learn, []
    monkeypatch.setattr(history, "_learn", lambda *of: learnt.append([*of[1]]) or learn(*of))
    export("2021-02-22", dm="usubjid\nP01", ex=EX)
    assert len(rows("exports/cuts", "2021-02-22", "cut")) == 4
    assert learnt == [["2021-02-22"]]


def test_a_cut_of_a_day_to_come_is_looked_at_again_when_the_day_has_come(export, monkeypatch):
    export("2021-02-01")
    export("2221-02-01")

    class Later(date):
        @classmethod
        def today(cls) -> date:
            return date(2221, 2, 1)

    before = dict(history.keys(data.trial()))
    monkeypatch.setattr(history, "date", Later)
    after = dict(history.keys(data.trial()))
    assert before["2221-02-01"] != after["2221-02-01"]
    assert before["2021-02-01"] == after["2021-02-01"]


def test_what_is_known_of_a_cut_is_kept_and_not_read_again(trial, three, monkeypatch):
    rows("exports/cuts", three, "cut")
    assert len(list((trial / ".cache").glob("*.json"))) == 3
    monkeypatch.setattr(history, "_learn", None)  # whoever reads again, fails
    start_anew()
    assert len(rows("exports/cuts", three, "cut")) == 3


def test_a_cut_that_was_mended_is_read_again(trial, export, three):
    (trial / "exports" / "2021-02-08").rmdir()
    export("2021-02-08", dm="usubjid\nP01\nP02\nP03", ex=EX)
    assert rows("exports/cuts", three, "cut", "status", "n_rows")[1] == (
        "2021-02-08",
        "complete",
        4,
    )


def test_what_another_duckdb_answered_is_asked_again(three, monkeypatch):
    before = dict(history.keys(data.trial()))
    monkeypatch.setattr(duckdb, "__version__", "1.5.0")
    assert not set(before.values()) & set(dict(history.keys(data.trial())).values())


@pytest.mark.parametrize("rubbish", [["", "{", '{"key": 1}'], ["[]", "null", "\0"]])
def test_a_cache_that_cannot_be_used_is_as_good_as_none(trial, three, rubbish):
    expected = rows("exports/cuts", three, "cut", "n_rows")
    files = sorted((trial / ".cache").glob("exports-*.json"))
    for file, written in zip(files, rubbish, strict=True):
        file.write_text(written)
    start_anew()
    assert rows("exports/cuts", three, "cut", "n_rows") == expected


def test_a_trial_whose_folder_cannot_be_written_to_is_read_all_the_same(trial, three):
    (trial / ".cache").write_text("a file where a folder is wanted")
    assert len(rows("exports/cuts", three, "cut")) == 3


def test_progress_is_told_for_what_is_read_and_only_for_that(three):
    told = []
    history.learn(data.trial(), told.append)
    # Each of the three is read, and then all are asked, which is the other half.
    assert told == pytest.approx([1 / 6, 2 / 6, 3 / 6, 1])
    history.learn(data.trial(), told.append)
    assert len(told) == 4


def test_every_panel_shows_or_sets_aside_what_was_read(three):
    found = ask("exports/accounting", three)
    assert not found.empty
    for _, panel in found.groupby("panel"):
        assert panel["n_shown"].iloc[0] + panel["n_set_aside"].sum() == panel["n_read"].iloc[0]


def drawn(counts: dict[str, list[int | None]], refused: tuple[str, ...] = ()) -> go.Figure:
    """The figure of tables whose rows are given from cut to cut; None where it was not delivered."""
    n_cuts = max(map(len, counts.values()))
    days = [str(date(2021, 2, 1) + timedelta(days=7 * n)) for n in range(n_cuts)]
    held = [
        (day, table, n)
        for table, course in counts.items()
        for day, n in zip(days, course, strict=True)
        if n is not None
    ]
    cuts = [(day, "complete") for day in days] + [(day, "refused") for day in refused]
    figure = exports.size(
        pd.DataFrame(held, columns=["cut", "table_name", "n_rows"]),
        pd.DataFrame(cuts, columns=["cut", "status"]),
    )
    go.Figure(json.loads(figure.to_json()))  # raises for a property that Plotly does not know
    return figure


def at_the_right(figure: go.Figure) -> list[str]:
    return [re.sub("<[^>]*>", "", note.text) for note in figure.layout.annotations]


def test_each_table_has_a_lane_of_its_own_scale_and_its_newest_number():
    figure = drawn({"lb": [1000, 2000, 4000], "dm": [1, 2, 4]}, refused=("2021-02-10",))
    assert figure.layout.title.text == (
        "3 cuts can be read, 1 refused. No table has fewer rows than in the cut before"
    )
    assert list(figure.layout.yaxis.ticktext) == ["lb", "dm"]
    assert at_the_right(figure) == ["4000  +2000", "4  +2"]
    lb, dm = figure.data[:2]
    assert [round(y - 1, 6) for y in dm.y] == [round(y, 6) for y in lb.y]  # alike, a lane apart
    assert (lb.y[0], lb.y[2]) == (pytest.approx(0.175), pytest.approx(-0.35))
    assert list(figure.data[-1].x) == ["2021-02-10"]
    assert "a cut that was refused" in figure.layout.title.subtitle.text


@pytest.mark.parametrize(
    ("refused", "on_the_axis", "said"),
    [
        (("2099-01-01",), [], "Refused, too, and beyond the axis: 2099-01-01"),
        (
            ("2001-02-03", "2021-02-20", "2097-01-01", "2098-01-01", "2099-01-01"),
            ["2021-02-20"],
            "beyond the axis: 2001-02-03, 2097-01-01, 2098-01-01. And 1 more beyond it",
        ),
        (("2022-02-16",), ["2022-02-16"], ""),  # 366 days after the last, 2021-02-15
        (("2022-02-17",), [], "beyond the axis: 2022-02-17"),
    ],
)
def test_a_refused_cut_of_a_mistyped_year_leaves_the_others_their_room(refused, on_the_axis, said):
    figure = drawn({"dm": [1, 2, 4]}, refused)
    assert list(figure.data[-1].x) == on_the_axis
    assert figure.layout.title.text.startswith(f"3 cuts can be read, {len(refused)} refused")
    subtitle = figure.layout.title.subtitle.text.replace("<br>", " ")
    assert (said or "✕ a cut that was refused") in subtitle
    assert ("beyond" in subtitle) == bool(said)
    first, last = (date.fromisoformat(each[:10]) for each in figure.layout.xaxis.range)
    assert (last - first).days < 400
    assert len(figure.layout.shapes) == 1 + len(on_the_axis)  # the zero, and a line for each


def test_a_table_that_loses_rows_stands_out():
    figure = drawn({"ae": [9, 7, 8], "ex": [5, 6, 4], "dm": [2, 2, 2]})
    assert (
        "Fewer rows than in the cut before: ex 2 fewer in 2021-02-15, ae 2 fewer in 2021-02-08"
        in charts.alt(figure)
    )
    assert at_the_right(figure) == ["8  +1", "4  ▼ 2 fewer", "2"]
    [fewer] = [each for each in figure.data if each.name == "fewer rows"]
    assert list(fewer.x) == ["2021-02-08", "2021-02-15"]
    assert fewer.hovertext[0] == "ae, 2021-02-08: 7 rows, after 9 in the cut before"


def test_a_table_that_is_no_longer_delivered_is_not_left_out():
    figure = drawn({"ae": [9, 9], "pr": [3, None], "rs": [None, 3]})
    assert list(figure.layout.yaxis.ticktext) == ["ae", "rs", "pr"]
    assert at_the_right(figure) == ["9", "3", "▼ not delivered"]
    assert "pr 3 fewer in 2021-02-08" in charts.alt(figure)
    [course] = [each for each in figure.data if each.name == "pr"]
    assert course.y[1] is None


@pytest.mark.parametrize("n_cuts", [1, 12, 130])
@pytest.mark.parametrize("n_tables", [3, 12])
def test_few_and_many_cuts_and_tables_have_room(n_cuts, n_tables):
    figure = drawn({f"t{place}": list(range(n_cuts)) for place in range(n_tables)})
    plot = figure.layout.height - figure.layout.margin.t - figure.layout.margin.b
    assert plot / n_tables >= 30
    first, last = figure.layout.xaxis.range
    assert first < min(figure.data[0].x) <= max(figure.data[0].x) < last
    assert all(
        -0.5 <= y - place <= 0.5 for place, each in enumerate(figure.data[:-1]) for y in each.y
    )
    assert ("cut before" in figure.layout.title.subtitle.text) == (n_cuts > 1)


@pytest.mark.parametrize("n_cuts", [1, 3, 12, 130])
def test_the_days_on_the_axis_are_days_of_cuts_the_newest_among_them(n_cuts):
    figure = drawn({"dm": [2] * n_cuts})
    named = figure.layout.xaxis.tickvals
    assert set(named) <= set(figure.data[0].x)
    assert named[0] == max(figure.data[0].x)
    assert min(n_cuts, 3) <= len(named) <= 6


def test_without_a_cut_that_can_be_read_the_figure_says_so():
    nothing = pd.DataFrame(columns=["cut", "table_name", "n_rows"])
    cuts = pd.DataFrame([("2021-02-01", "refused")], columns=["cut", "status"])
    assert exports.size(nothing, cuts).layout.title.text == "No cut could be read."


def test_the_name_of_a_table_cannot_be_a_tag():
    figure = drawn({"<b>ae": [3, 2]})
    assert "<b>ae" not in figure.to_json().replace("\\u003c", "<")


def test_the_figure_names_each_table_and_marks_the_refused_cut(three):
    figure = exports.size(ask("exports/rows", three), ask("exports/cuts", three))
    assert figure.layout.title.text.startswith("2 cuts can be read, 1 refused")
    lanes = dict(zip(figure.layout.yaxis.ticktext, at_the_right(figure), strict=True))
    assert (lanes["dm"], lanes["ex"]) == ("2  +1", "1")
    assert list(figure.data[-1].x) == ["2021-02-08"]


def test_hostile_text_is_text_on_the_page(trial, export):
    nasty = [
        "<script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        "'; drop table dm; --",
        "![x](http://y)",
    ]
    dated = "\n".join(f"P01  {each}" for each in nasty)
    export("2021-03-01", dm="usubjid\nP01", ex=f"usubjid  exstdtc\n{dated}")
    (trial / "exports" / "2021-03-08").mkdir()
    (trial / "exports" / "2021-03-08" / "<b>dm.csv").write_text("usubjid\nP01\n")
    at = app("exports", group="A").run()
    assert not at.exception
    kinds = (at.subheader, at.markdown, at.caption, at.info, at.warning, at.error)
    said = "\n".join(element.value for kind in kinds for element in kind)
    drawn_ = "\n".join(figure.proto.spec for figure in at.get("plotly_chart"))
    for each in ("<script>", "![x](http", "<b>dm"):
        assert each not in said + drawn_
    values = [
        value for each in at.dataframe if "value" in each.value for value in each.value["value"]
    ]
    assert set(nasty) <= set(values)  # as they stand: a table shows text


def test_whoever_stays_with_the_simulated_trial_has_its_history(trial, export):
    write_export(trial / "simulated" / "2021-01-04")
    data.stay_simulated(True)
    try:
        export("2021-03-01")  # a real cut has come
        assert data.trial().is_simulated
        assert rows("exports/cuts", "2021-01-04", "cut") == [("2021-01-04",)]
    finally:
        data.stay_simulated(False)
