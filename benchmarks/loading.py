"""A cut that nobody has read yet: how long until a process that has read others can ask it.

The small one is this trial's, the large one holds many times its patients. Of the large one, the
questions are asked whose answer is SQL alone: an exact stopping boundary or a fan of forecasts for
thousands of patients takes minutes, and no trial of that size would ask for one.
"""

import csv
import io
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

import data
import queries
from benchmarks import Row
from benchmarks.trials import Sizes
from data import export
from data.database import Database

# The questions that the pages ask of a cut; those about two cuts or all of them are in history.py.
PAGES = ("recruitment", "dosing", "follow_up", "adverse_events", "safety_counts", "outcomes")

ROUNDS = 4  # times as often as the rest: a small cut is soon read, and the time varies by half


# What the budgets are stated for is a cut of six tables: those that every export has, and values.
SIX = ("dm", "ds", "ex", "ae", "sv", "lb")


def measure(sizes: Sizes) -> Iterator[Row]:
    whole = max((sizes.whole / "simulated").iterdir())
    six = _of_six(whole, sizes.place / "six")
    yield _small("one cut of six tables", six, ROUNDS * sizes.rounds)
    yield _small("one cut of the simulated trial, 13 tables", whole, ROUNDS * sizes.rounds)
    yield from _large(sizes)


def _of_six(cut: Path, place: Path) -> Path:
    six = place / cut.name
    six.mkdir(parents=True, exist_ok=True)
    for table in SIX:
        os.link(cut / f"{table}.csv", six / f"{table}.csv")
    return six


def _small(name: str, cut: Path, rounds: int) -> Row:
    for file in cut.iterdir():  # as of yesterday: what may still grow is looked at twice
        os.utime(file, (file.stat().st_mtime - 86400,) * 2)
    ours, reference, held = [], [], []
    for _ in range(rounds):
        ours.append(_ms(lambda: held.append(_seen(cut))))
        held.clear()  # to let go of a cut is no part of seeing it
        reference.append(_ms(lambda: _by_csv(cut)))
    csv_module = "Python's csv module"
    return Row(name, ours, reference=reference, than=csv_module, at_most=150, ratio_at_most=15)


def _seen(cut: Path) -> tuple[export.Export, Database]:
    read = export.load(cut)
    return read, read.database


def _large(sizes: Sizes) -> Iterator[Row]:
    trial = sizes.newest(times=sizes.n_large // 20)
    [cut] = (trial / "simulated").iterdir()
    name = f"one cut of {sizes.n_large:,} patients"
    six = _of_six(cut, sizes.place / "large six")
    yield _read_whole(f"{name}, six tables, {_megabytes(six)}", six, lambda: _seen(six))
    name += f", {_megabytes(cut)}"
    os.environ["TRIAL"] = str(trial)
    # Through the dashboard's own door, which keeps it for the questions below.
    yield _read_whole(name, cut, lambda: queries.ask("exports/files", cut.name))
    built = [_ms(lambda: queries._cursor(data.trial(), cut.name, " ".join(queries.TABLES))) / 1000]
    yield Row(f"{name}: all derived tables, built once", built, "s")
    for page in PAGES:
        asked = [
            each
            for each in queries.names()
            if each.startswith(f"{page}/") and not queries.read(each).estimate
        ]
        took = [_seconds_to_ask(each, cut.name) for each in asked]
        slowest = asked[took.index(max(took))]
        yield Row(f"{name}: the slowest question of {page}, {slowest}", [max(took)], "s", at_most=1)


def _read_whole(name: str, cut: Path, act: Callable[[], object]) -> Row:
    before = _ms(lambda: _by_duckdb(cut)) / 1000
    ours = _ms(act) / 1000
    after = _ms(lambda: _by_duckdb(cut)) / 1000
    return Row(name, [ours], "s", [before, after], "DuckDB's bare read", ratio_at_most=2)


def _megabytes(cut: Path) -> str:
    return f"{sum(file.stat().st_size for file in cut.iterdir()) / 1e6:,.0f} MB"


def _seconds_to_ask(question: str, cut: str) -> float:
    return _ms(lambda: queries.ask(question, cut)) / 1000


def _ms(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def _by_csv(cut: Path) -> None:
    for file in cut.glob("*.csv"):
        list(csv.reader(io.StringIO(file.read_bytes().decode())))


def _by_duckdb(cut: Path) -> None:
    with duckdb.connect() as con:
        for file in cut.glob("*.csv"):
            con.execute(f"create table {file.stem} as from read_csv('{file}', all_varchar = true)")
