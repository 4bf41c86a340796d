"""Every cut at once: which there are, what they hold, and how the numbers went."""

from datetime import date

import pytest

import data
import queries
from charts import exports
from queries import answers, ask, history
from tests.conftest import write_export

EX = "usubjid  exstdtc\nP01  2021-01-06"


def rows(question: str, cut: str, *columns: str) -> list[tuple]:
    found = answers.records(ask(question, cut))
    return [tuple(record[column] for column in columns) for record in found]


def start_anew() -> None:
    """Forget what this process holds, as a new one would."""
    history._held.clear()
    history._filled.cache_clear()
    queries._kept.clear()


@pytest.fixture
def three(trial, export):
    """A cut, a refused one, and one with a person more and a value that cannot be read."""
    export("2021-02-01", dm="usubjid\nP01", ex=EX)
    (trial / "exports" / "2021-02-08").mkdir()
    return export("2021-02-15", dm="usubjid  age\nP01  old\nP02  60", ex=EX)


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
        assert held.fetchall() == alone
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
    monkeypatch.setattr(history, "_learn", lambda *of: learnt.append(of[1]) or learn(*of))
    export("2021-02-22", dm="usubjid\nP01", ex=EX)
    assert len(rows("exports/cuts", "2021-02-22", "cut")) == 4
    assert learnt == ["2021-02-22"]


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


@pytest.mark.parametrize("rubbish", ["", "{", '{"key": 1}', "[]"])
def test_a_cache_that_cannot_be_used_is_as_good_as_none(trial, three, rubbish):
    expected = rows("exports/cuts", three, "cut", "n_rows")
    for file in (trial / ".cache").iterdir():
        file.write_text(rubbish)
    start_anew()
    assert rows("exports/cuts", three, "cut", "n_rows") == expected


def test_a_trial_whose_folder_cannot_be_written_to_is_read_all_the_same(trial, three):
    (trial / ".cache").write_text("a file where a folder is wanted")
    assert len(rows("exports/cuts", three, "cut")) == 3


def test_progress_is_told_for_what_is_read_and_only_for_that(three):
    told = []
    history.learn(data.trial(), told.append)
    assert told == [pytest.approx(2 / 3), 1]  # two at a time
    history.learn(data.trial(), told.append)
    assert len(told) == 2


def test_every_panel_shows_or_sets_aside_what_was_read(three):
    found = ask("exports/accounting", three)
    assert not found.empty
    for _, panel in found.groupby("panel"):
        assert panel["n_shown"].iloc[0] + panel["n_set_aside"].sum() == panel["n_read"].iloc[0]


def test_the_figure_names_each_table_and_marks_the_refused_cut(three):
    figure = exports.size(ask("exports/rows", three), ask("exports/cuts", three))
    assert figure.layout.title.text.startswith("2 cuts can be read, 1 refused")
    assert {note.text for note in figure.layout.annotations} >= {"dm 2", "ex 1"}
    assert list(figure.data[-1].x) == ["2021-02-08"]


def test_whoever_stays_with_the_simulated_trial_has_its_history(trial, export):
    write_export(trial / "simulated" / "2021-01-04")
    data.stay_simulated(True)
    try:
        export("2021-03-01")  # a real cut has come
        assert data.trial().is_simulated
        assert rows("exports/cuts", "2021-01-04", "cut") == [("2021-01-04",)]
    finally:
        data.stay_simulated(False)
