"""What is looked at once, and what is kept: no longer than the files and the rows stay the same."""

import copy

import pandas as pd
import pytest

import charts
import data
import queries
from data import look
from data.look import once_a_look, once_a_second, one_look
from queries import history
from tests.conftest import FILES, app


def test_within_a_look_a_file_is_asked_once(tmp_path):
    file = tmp_path / "n.txt"

    @once_a_look
    def read(path) -> str:
        return path.read_text()

    file.write_text("one")
    with one_look():
        assert read(file) == "one"
        file.write_text("two")
        assert read(file) == "one"
    assert read(file) == "two"
    with one_look():
        assert read(file) == "two"


def test_what_one_look_finds_on_the_disk_holds_for_those_of_others_for_a_while(
    tmp_path, monkeypatch
):
    file = tmp_path / "n.txt"

    @once_a_second
    def read(path) -> str | None:
        return path.read_text() if path.exists() else None

    def look_() -> str | None:
        with one_look():
            return read(file)

    monkeypatch.setattr(look, "HOLDS", 1000)
    assert look_() is None
    file.write_text("one")
    assert look_() == "one"  # that there was none did not hold
    file.write_text("two")
    assert look_() == "one"
    assert read(file) == "two"  # outside a look, nothing holds
    monkeypatch.setattr(look, "HOLDS", 0)
    assert look_() == "two"


def test_what_cannot_be_found_out_is_asked_again(tmp_path):
    @once_a_look
    def read(path) -> str:
        return path.read_text()

    with one_look():
        with pytest.raises(FileNotFoundError):
            read(tmp_path / "later.txt")
        (tmp_path / "later.txt").write_text("here")
        assert read(tmp_path / "later.txt") == "here"


def test_reading_every_cut_in_a_look_holds_on_to_none(export):
    for cut in ("2021-02-15", "2021-02-22", "2021-03-01"):
        export(cut)
    with one_look():
        history.learn(data.trial())
        held = [each for each in look._seen.get().values() if isinstance(each, data.Export)]
        assert held == []
        assert history.is_known(data.trial())


def test_of_an_older_cut_a_page_trusts_its_last_look_for_a_while(export, trial, monkeypatch):
    for cut in ("2021-02-22", "2021-03-01"):
        export(cut)

    def keys() -> dict[str, str]:
        with one_look():
            return dict(history.keys(data.trial()))

    def edit(cut: str) -> None:
        with (trial / "exports" / cut / "dm.csv").open("a") as file:
            file.write("P09\n")

    first = keys()
    edit("2021-03-01")
    second = keys()
    assert second["2021-03-01"] != first["2021-03-01"]  # the newest is looked at each time
    edit("2021-02-22")
    assert keys() == second
    assert dict(history.keys(data.trial())) != second  # outside a page, nothing is trusted
    edit("2021-02-22")
    monkeypatch.setattr(history, "TRUSTED", 0)
    assert keys()["2021-02-22"] != second["2021-02-22"]
    (trial / "exports" / "2021-02-22" / "extra.csv").write_text("usubjid\n")
    monkeypatch.setattr(history, "TRUSTED", 1000)
    known = keys()
    (trial / "exports" / "2021-02-22" / "extra.csv").unlink()
    assert keys() != known  # a file that comes or goes is seen at once
    export("2021-02-15")
    assert list(keys()) == ["2021-03-01", "2021-02-22", "2021-02-15"]  # a cut that comes is seen


def test_of_the_same_rows_the_same_figure_comes_back_and_of_others_another():
    n_drawn = []

    @charts.kept
    def count(rows: pd.DataFrame, label: str, *, only: list[str]) -> str:
        n_drawn.append(1)
        return f"{label} {len(rows)} {only}"

    rows = pd.DataFrame({"usubjid": ["P01", "P02"]})
    assert count(rows, "people", only=["A"]) == "people 2 ['A']"
    assert count(rows, "people", only=["A"]) == "people 2 ['A']"
    assert len(n_drawn) == 1
    assert count(rows, "people", only=["B"]) == "people 2 ['B']"
    assert count(rows, "patients", only=["A"]) == "patients 2 ['A']"
    assert count(rows.copy(), "people", only=["A"]) == "people 2 ['A']"
    assert len(n_drawn) == 4


def test_rows_that_are_gone_do_not_lend_their_place_to_others():
    @charts.kept
    def people(rows: pd.DataFrame) -> str:
        return " ".join(rows["usubjid"])

    # Each of these frames may get the place in memory of the one before.
    for name in map(str, range(100)):
        assert people(pd.DataFrame({"usubjid": [name]})) == name


def test_the_oldest_is_given_up_when_too_much_is_kept(monkeypatch):
    monkeypatch.setattr(charts, "_kept", charts._Kept())
    monkeypatch.setattr(charts._Kept, "LIMIT", 3_500)
    n_drawn = []

    @charts.kept
    def draw(n: int) -> int:
        n_drawn.append(n)
        return n

    for n in (1, 2, 3, 4, 4, 1):  # each counts for a thousand values, so three have room
        draw(n)
    assert n_drawn == [1, 2, 3, 4, 1]


def test_no_page_writes_on_what_it_shares_with_others(simulated, monkeypatch):
    monkeypatch.setenv("TRIAL", str(simulated))
    for room in (queries, charts):  # nothing of other tests
        monkeypatch.setattr(room, "_kept", room._Kept())
    at = app("today")
    for file in FILES.values():
        at.switch_page(file).run()
    answers = {key: copy.deepcopy(each) for key, each in queries._kept.answers.items()}
    drawn = {key: copy.deepcopy(each[1]) for key, each in charts._kept.drawn.items()}
    assert answers
    assert drawn
    for file in FILES.values():
        at.switch_page(file).run()
        assert not at.exception
    for key, before in answers.items():
        now = queries._kept.answers[key]
        assert now.equals(before), key[1].name
    for key, before in drawn.items():
        now = charts._kept.drawn[key][1]
        same = now.equals(before) if isinstance(now, (pd.DataFrame, pd.Series)) else now == before
        assert same, key[0].__name__
