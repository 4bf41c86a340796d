"""Questions about the trial, one SQL file each.

    ask("recruitment/summary", cut="2021-03-01")

answers queries/recruitment/summary.sql from the export of 1 March 2021. Each file is one select
statement under a header that states its question, its grain and its columns. What SQL cannot
say, a function of estimates/ adds: the header names it. The folder says who reads the rows:

    tables/   the other queries, as a table of the same name
    checks/   whoever asks what is wrong: a check returns the rows that break its rule
    <page>/   the page of that name
"""

import importlib
import re
import threading
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

import data
from data import Export, Trial
from data.protocol import sql_columns

HERE = Path(__file__).parent

# In the order they are built: each may read the export, the protocol, and those before it.
TABLES = ["participants"]


class UnknownQuestion(LookupError):
    """There is no such question. The message says how to list them."""


@dataclass(frozen=True)
class Question:
    """A SQL file, with what its header says."""

    name: str  # recruitment/summary
    sql: str
    headline: str  # the question in words; of a check, the rule
    grain: str
    key: tuple[str, ...]  # the columns that make a row unique; () for a question of one row
    params: tuple[str, ...]
    columns: dict[str, str]  # name: meaning and unit
    estimate: str | None  # module.function(columns) of estimates/ that makes the rows the answer
    notes: dict[str, str]  # why, severity, all groups


def ask(question: str, cut: str, **params: Any) -> pd.DataFrame:
    """Answer one question about one cut.

    A ``$name`` in the SQL is looked up in `params`, then in protocol.toml; ``$cut_on`` is the
    date of the cut, and ``$cohort`` the group to look at, None for all.

    Raises UnknownQuestion, data.UnknownCut, and data.Refused if the cut cannot be used.
    """
    asked, trial = read(question), data.trial()
    rows = _run(_built(trial, trial.export(cut)).cursor(), asked.sql, trial, cut, params).df()
    if asked.estimate is None:
        return rows
    module, function, columns = re.fullmatch(r"(\w+)\.(\w+)\((.*)\)", asked.estimate).groups()
    estimate = getattr(importlib.import_module(f"estimates.{module}"), function)
    return estimate(rows, *re.findall(r"\w+", columns))


def parameters(question: str, cut: str, **params: Any) -> dict[str, Any]:
    """The values that the question's parameters take when it is asked."""
    asked, trial = read(question), data.trial()
    known = _known(trial, cut, params)
    return {name: known[name] for name in asked.params}


def names() -> list[str]:
    """Every question, by name."""
    files = HERE.rglob("*.sql")
    return sorted(str(file.relative_to(HERE).with_suffix("")) for file in files)


def checks() -> list[str]:
    """The questions that are rules."""
    return [name for name in names() if name.startswith("checks/")]


def read(question: str) -> Question:
    """The SQL file of a question, and what its header says. Raises UnknownQuestion."""
    file = HERE / f"{question}.sql"
    if not re.fullmatch(r"\w+/\w+", question) or not file.exists():
        raise UnknownQuestion(
            f"There is no question {question}: `python -m queries` lists all there are."
        )
    return _read(question, file.stat().st_mtime_ns)


@cache
def _read(question: str, modified: int) -> Question:
    sql = (HERE / f"{question}.sql").read_text(encoding="utf-8")
    header = "\n".join(
        line.removeprefix("--").removeprefix(" ")
        for line in sql.splitlines()
        if line.startswith("--")
    )
    stated = dict(re.findall(r"^([a-z][a-z ]*): (.+(?:\n {4,}.+)*)", header, re.MULTILINE))
    grain = stated.pop("grain", "")
    key = re.search(r"\(([\w, ]+)\)$", grain)
    listed = re.findall(r"^ {2}(\w+) {2,}(.+(?:\n {6,}.+)*)", header, re.MULTILINE)
    return Question(
        name=question,
        sql=sql,
        headline=header.partition("\n")[0],
        grain=grain,
        key=tuple(key[1].split(", ")) if key else (),
        params=tuple(re.findall(r"\$(\w+)", stated.pop("params", ""))),
        columns={name: re.sub(r"\s+", " ", meaning) for name, meaning in listed},
        estimate=stated.pop("estimate", None),
        notes={name: re.sub(r"\s+", " ", words) for name, words in stated.items()},
    )


_lock = threading.Lock()


def _built(trial: Trial, export: Export) -> duckdb.DuckDBPyConnection:
    with _lock:  # sessions run in threads, and the tables of a cut are built once
        return _build(trial, export)


@lru_cache(maxsize=16)
def _build(trial: Trial, export: Export) -> duckdb.DuckDBPyConnection:
    """The cut's connection with the tables of the protocol and the derived ones."""
    con = export.con.cursor()
    for name, model, rows in trial.protocol.tables():
        columns = sql_columns(model)
        listed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        con.execute(f"create or replace table {name} ({listed})").fetchall()
        for row in rows:
            marks = ", ".join("?" * len(columns))
            con.execute(f"insert into {name} values ({marks})", list(dict(row).values())).fetchall()
    for name in TABLES:
        sql = f"create or replace table {name} as\n{read(f'tables/{name}').sql}"
        _run(con, sql, trial, export.cut, {}).fetchall()
    return con


def _known(trial: Trial, cut: str, params: dict[str, Any]) -> dict[str, Any]:
    asked = {"cut_on": date.fromisoformat(cut), "cohort": None}
    return trial.protocol.parameters() | asked | params


def _run(
    con: duckdb.DuckDBPyConnection, sql: str, trial: Trial, cut: str, params: dict[str, Any]
) -> duckdb.DuckDBPyConnection:
    [statement] = con.extract_statements(sql)
    known = _known(trial, cut, params)
    return con.execute(statement, {name: known[name] for name in statement.named_parameters})
