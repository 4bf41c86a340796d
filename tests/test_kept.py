"""Answers on the disk: what a new process reads there is what it would have worked out."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

import data
import queries
from queries import ask, kept
from tests.conftest import PROTOCOL, ROOT, start_anew

CUT, BEFORE = "2021-03-01", "2021-02-22"


def files(trial: Path) -> list[Path]:
    return sorted((trial / ".cache" / "answers").glob("*"))


def n_screened(cut: str = CUT, **params: object) -> int:
    """As a new process answers."""
    start_anew()
    return int(ask("recruitment/summary", cut, **params)["n_screened"][0])


@pytest.fixture
def wrongly_kept(export, trial, monkeypatch):
    """A cut with two people, of which an answer stands on the disk: that it is 99.

    So whoever takes what stands there says 99, and whoever works it out says two.
    """
    export(BEFORE, dm="usubjid\nP01")
    export(CUT, dm="usubjid\nP01\nP02")
    table = queries._asked

    def wrong(asked, *of):
        found = table(asked, *of)
        if asked.name != "recruitment/summary":
            return found
        wrong_rows = duckdb.connect().from_arrow(found).project("* replace (99 as n_screened)")
        return wrong_rows.to_arrow_table()

    with monkeypatch.context() as once:
        once.setattr(queries, "_asked", wrong)
        assert n_screened() == 99
    assert n_screened() == 99  # the disk
    return CUT


def test_each_answer_on_the_disk_is_the_answer(simulated, tmp_path, monkeypatch):
    folder = shutil.copytree(simulated, tmp_path / "trial", ignore=shutil.ignore_patterns(".cache"))
    monkeypatch.setenv("TRIAL", str(folder))
    trial = data.trial()
    newest, before, *_ = trial.cuts()

    def all_answers():
        start_anew()
        arrow = {}
        for name in queries.names():
            asked = queries.read(name)
            arrow[name] = queries.arrow(asked, trial, newest, before, {})
        return arrow, {name: ask(name, newest, since=before) for name in queries.names()}

    worked_out, as_pandas = all_answers()
    monkeypatch.setattr(queries, "_asked", None)  # whoever asks DuckDB again, fails
    read, read_as_pandas = all_answers()
    for name in worked_out:
        assert read[name].equals(worked_out[name], check_metadata=True), name
        assert read_as_pandas[name].dtypes.equals(as_pandas[name].dtypes), name
        assert read_as_pandas[name].equals(as_pandas[name]), name
    assert sum(len(rows) for rows in as_pandas.values()) > 1000


def test_what_stands_on_the_disk_is_taken_and_not_worked_out(wrongly_kept, monkeypatch):
    monkeypatch.setattr(queries, "_asked", None)
    assert n_screened() == 99


def test_an_export_that_was_edited_is_asked_anew(wrongly_kept, trial):
    with (trial / "exports" / CUT / "dm.csv").open("a") as file:
        file.write("P03\n")
    assert n_screened() == 3


def test_a_protocol_that_was_edited_is_asked_anew(wrongly_kept, trial):
    edited = PROTOCOL.replace("target = 20", "target = 21")
    (trial / "protocol.toml").write_text(edited, encoding="utf-8")
    assert n_screened() == 2
    assert ask("recruitment/summary", CUT)["n_target"][0] == 21


def test_a_mapping_that_comes_is_asked_anew(wrongly_kept, trial):
    (trial / "mapping").mkdir()
    sql = "select usubjid from dm union all select 'P0' || i from range(3, 9) as more (i)"
    (trial / "mapping" / "dm.sql").write_text(sql)
    assert n_screened() == 8


def test_a_definition_that_was_edited_is_asked_anew(wrongly_kept, tmp_path, monkeypatch):
    folder = shutil.copytree(queries.HERE, tmp_path / "queries")
    monkeypatch.setattr(queries, "HERE", folder)
    file = folder / "tables/participants.sql"
    sql = file.read_text(encoding="utf-8")
    file.write_text(sql.replace("order by usubjid", "where usubjid <> 'P02' order by usubjid"))
    queries._files.cache_clear()  # as two seconds later
    try:
        assert n_screened() == 1
    finally:
        monkeypatch.undo()
        queries._files.cache_clear()


@pytest.mark.parametrize(
    ("place", "name"), [(duckdb, "__version__"), (sys, "version"), (kept, "AS_STARTED")]
)
def test_what_other_code_answered_is_asked_anew(wrongly_kept, monkeypatch, place, name):
    monkeypatch.setattr(place, name, "1.5.0")
    assert n_screened() == 2


def test_an_answer_about_a_group_or_an_older_cut_is_not_kept(export, trial):
    for day in ("01", "02", "03", "04", "05"):
        export(f"2021-03-{day}", dm="usubjid  cohort\nP01  A")
    assert n_screened("2021-03-05", cohort="A") == 1
    assert n_screened("2021-03-02") == 1
    assert files(trial) == []
    assert n_screened("2021-03-03") == 1
    assert len(files(trial)) == 1


@pytest.mark.parametrize("damage", ["", "cut off", "another byte", "of another", "no file"])
def test_what_is_not_as_it_was_written_is_worked_out(wrongly_kept, trial, damage):
    [file] = files(trial)
    content = file.read_bytes()
    if damage == "no file":
        file.unlink()
        file.mkdir()
    elif damage == "of another":  # a whole answer, under the name of this one
        ask("today/headline", CUT)
        [other, *_] = [each for each in files(trial) if each != file]
        file.write_bytes(other.read_bytes())
    else:
        changed = content[:-1] + bytes([content[-1] ^ 1])
        file.write_bytes({"": b"", "cut off": content[:-8], "another byte": changed}[damage])
    assert n_screened() == 2
    assert n_screened() == 2


def test_where_nothing_can_be_written_it_is_worked_out_each_time(export, trial):
    cut = export(dm="usubjid\nP01\nP02")
    (trial / ".cache").write_text("a file where a folder is wanted")
    assert n_screened(cut) == 2
    assert n_screened(cut) == 2


def test_of_too_many_the_older_half_goes(export, trial, monkeypatch):
    cut = export(dm="usubjid\nP01")
    monkeypatch.setattr(kept, "MANY", 10)
    written = []
    for name in [each for each in queries.names() if each.startswith("tables/")][:11]:
        ask(name, cut)
        [new] = set(files(trial)) - {*written}
        written.append(new)
        os.utime(new, (len(written), len(written)))  # a second apart
    assert files(trial) == sorted(written[-6:])


def test_a_large_answer_is_not_kept(export, trial, monkeypatch):
    monkeypatch.setattr(kept, "LARGEST", 10)
    assert n_screened(export(dm="usubjid\nP01")) == 1
    assert files(trial) == []


RUN = """
import data, queries
from pathlib import Path
from queries import kept
trial = data.trial()
first = kept.basis(trial)
for edited in ("estimates/proportions.py", "data/macros.sql"):
    file = Path(edited)
    file.write_text(file.read_text() + {comment!r})
queries._files.cache_clear()
file = Path("queries/today/headline.sql")
file.touch()
print(first, kept.basis(trial))
"""


def test_code_that_is_exchanged_beneath_a_server_is_not_what_it_answered_with(trial, tmp_path):
    for room in ("data", "queries", "estimates"):
        shutil.copytree(
            ROOT / room,
            tmp_path / room,
            ignore=shutil.ignore_patterns("*cache*", "exports", "simulated"),
        )

    def run(comment: str) -> list[str]:
        script = RUN.format(comment=comment)
        ran = subprocess.run(
            [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        return ran.stdout.split()

    as_started, after = run("\n")
    assert as_started == after  # it goes on with the code that it has read
    [anew, _] = run("\n")
    assert anew != as_started
