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
import os
import re
import threading
import time
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import duckdb
import pandas as pd
import pyarrow as pa

import data
from data import Export, Trial, database
from data.look import once_a_look
from data.protocol import sql_columns
from queries import kept

HERE = Path(__file__).parent
# What it recommends instead, con.sql(), plans a statement twice, which takes longer than the copy
# of a small answer.
warnings.filterwarnings("ignore", "Arrow output on a DB-API result makes an extra copy")

# In the order they are built: each may read the export, the protocol, and those before it.
TABLES = [
    "participants",
    "contacts",
    "person_time",
    "infusions",
    "visits",
    "deviations",
    "vital_status",
    "ventilation",
    "primary_outcomes",
    "adverse_events",
    "stopping",
    "looks",
    "members",
]


class UnknownQuestion(LookupError):
    """There is no such question. The message says how to list them."""


class NothingToCompare(LookupError):
    """The question compares two cuts, and one was named."""


@dataclass(frozen=True, eq=False)
class Question:
    """A SQL file, with what its header says: one object for as long as the file stays as it is."""

    name: str  # recruitment/summary
    sql: str
    headline: str  # the question in words; of a check, the rule
    grain: str
    key: tuple[str, ...]  # the columns that make a row unique; () for a question of one row
    params: tuple[str, ...]
    columns: dict[str, str]  # name: meaning and unit
    compares: tuple[str, ...]  # questions whose answers for two cuts are its tables:
    # changes/contents becomes now_contents and before_contents
    reads: tuple[str, ...]  # questions whose answers are its tables: dosing/worklist becomes
    # dosing_worklist
    is_over_cuts: bool  # whether its tables are those of history.py, over every cut
    estimate: str | None  # module.function(columns) of estimates/ that makes the rows the answer
    notes: dict[str, str]  # why, severity, needs, rules, all groups, alone

    @property
    def is_rule(self) -> bool:
        return "severity" in self.notes


@dataclass(frozen=True, eq=False)
class Files:
    """The files of SQL as they stand, each with the time at which it was written, in ns."""

    written: dict[str, int]  # by question, in the order of their names


def ask(question: str, cut: str, *, since: str | None = None, **params: Any) -> pd.DataFrame:
    """Answer one question about one cut, or about what changed in it since another.

    A ``$name`` in the SQL is looked up in `params`, then in protocol.toml; ``$cut_on`` is the
    date of the cut, and ``$cohort`` the group to look at, None for all.

    Without `since`, a question whose header says what it does `alone` compares with the cut before.

    Raises UnknownQuestion, data.UnknownCut, data.Refused if the cut cannot be used, and
    NothingToCompare if the question compares and `since` is missing.
    """
    # pandas copies what is shared once somebody writes on it, so no reader spoils another's rows.
    return shared(question, cut, since=since, **params).copy(deep=False)


def shared(question: str, cut: str, *, since: str | None = None, **params: Any) -> pd.DataFrame:
    """As ask() answers, in the very rows that others get, too: to be read, never written on."""
    asked, trial = read(question), data.trial()
    since = _compared(asked, trial, cut, since)
    key = ("pandas", *_key(asked, trial, cut, since, params))
    return _kept.get(key, lambda: _answer(asked, trial, cut, since, params))


def _answer(
    asked: Question, trial: Trial, cut: str, since: str | None, params: dict[str, Any]
) -> pd.DataFrame:
    rows = _as_pandas(_rows(asked, trial, cut, since, params))
    if asked.estimate is None:
        return rows
    module, function, columns = re.fullmatch(r"(\w+)\.(\w+)\((.*)\)", asked.estimate).groups()
    estimate = getattr(importlib.import_module(f"estimates.{module}"), function)
    return estimate(rows, *re.findall(r"\w+", columns))


MANY_ROWS = 10_000


def _as_pandas(rows: pa.Table) -> pd.DataFrame:
    """As DuckDB makes pandas of them; of many rows, the text is handed over, not written anew."""
    columns = zip(rows.column_names, rows.columns, strict=True)
    texts = [
        name
        for name, column in columns
        if pa.types.is_string(column.type) and column.null_count < rows.num_rows
    ]
    if rows.num_rows <= MANY_ROWS or len(texts) == rows.num_columns:
        return database.scratch().from_arrow(rows).df()
    others = database.scratch().from_arrow(rows.drop_columns(texts)).df()
    return pd.concat([others, rows.select(texts).to_pandas()], axis=1)[rows.column_names]


def _compared(asked: Question, trial: Trial, cut: str, since: str | None) -> str | None:
    """The cut to compare with: the one that was named, or else the one before, if need be."""
    if since is None and "alone" in asked.notes:
        older = [each for each in trial.cuts() if each < cut]
        return trial.standing(older[0])[0] if older else None
    return since


def _key(
    asked: Question, trial: Trial, cut: str, since: str | None, params: dict[str, Any]
) -> tuple[Any, ...]:
    """What an answer depends on: as long as all of it is the same, so is the answer."""
    return (asked, files(), trial, *_depends_on(asked, trial, cut, since, params))


def _depends_on(
    asked: Question, trial: Trial, cut: str, since: str | None, params: dict[str, Any]
) -> tuple[Any, ...]:
    """Likewise, besides the trial, the question and the code: in plain values, for any process."""
    needs = _needs(asked.name)
    cuts = [cut, since] if since and needs.compares else [cut]
    read_from = () if asked.is_over_cuts else (trial.export(each).fingerprint for each in cuts)
    over = importlib.import_module("queries.history").keys(trial) if needs.is_over_cuts else ()
    # That there is no group is as good as that none is given.
    given = {name: value for name, value in params.items() if (name, value) != ("cohort", None)}
    given |= _delivery(trial, cut) if "refused_cuts" in needs.params else {}
    values = repr([(name, value) for name, value in given.items() if name in needs.params])
    return (*cuts, *read_from, *over, values)


@dataclass(frozen=True)
class _Needs:
    """What a question needs, or one whose answer it reads."""

    params: frozenset[str]
    compares: bool  # whether it is about two cuts
    is_over_cuts: bool


def _needs(question: str) -> _Needs:
    return _needed(question, files())


@lru_cache(maxsize=1024)
def _needed(question: str, files: Files) -> _Needs:
    asked = read(question)
    below = [_needed(each, files) for each in (*asked.reads, *asked.compares)]
    return _Needs(
        frozenset(asked.params).union(*(each.params for each in below)),
        bool(asked.compares) or any(each.compares for each in below),
        asked.is_over_cuts or any(each.is_over_cuts for each in below),
    )


class _Kept:
    """The answers that were used last, up to a number of values in all."""

    LIMIT = 5_000_000  # some 100 MB

    def __init__(self) -> None:
        self.answers: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
        self.n_values = 0
        self.lock = threading.Lock()

    def get(self, key: tuple[Any, ...], answer: Callable[[], Any]) -> Any:
        with self.lock:
            if key in self.answers:
                self.answers.move_to_end(key)
                return self.answers[key]
        found = answer()
        with self.lock:
            if key not in self.answers:
                self.answers[key] = found
                self.n_values += _size(found)
            while self.n_values > self.LIMIT:
                self.n_values -= _size(self.answers.popitem(last=False)[1])
        return found

    def clear(self) -> None:
        with self.lock:
            self.answers.clear()
            self.n_values = 0


def _size(answer: pd.DataFrame | pa.Table) -> int:
    n_rows, n_columns = answer.shape
    return (1 + n_rows) * n_columns


_kept = _Kept()


def parameters(question: str, cut: str, **params: Any) -> dict[str, Any]:
    """The values that the question's parameters take when it is asked."""
    return _values(read(question).params, data.trial(), cut, params)


def compares(question: str) -> bool:
    """Whether the question, or one that it reads, is about two cuts."""
    return _needs(question).compares


def sources(question: str) -> list[str]:
    """The questions whose answers it rests on: what it reads, then the derived tables of all."""
    asked, (folder, name) = read(question), question.split("/")
    earlier = TABLES[: TABLES.index(name)] if folder == "tables" else TABLES
    found = [f"tables/{table}" for table in tables_named(asked.sql, tuple(earlier))]
    for each in asked.reads + asked.compares:
        found += [each, *sources(each)]
    tables = [f"tables/{table}" for table in TABLES if f"tables/{table}" in found]
    return [*dict.fromkeys(each for each in found if not each.startswith("tables/")), *tables]


def heeds_group(question: str) -> bool:
    """Whether the answer, or one that it rests on, is that of the group chosen."""
    return "cohort" in _needs(question).params


def names() -> list[str]:
    """Every question, by name."""
    return list(files().written)


LOOKED_AT = 2  # seconds: so often the files of SQL are looked at, which only their authors change


@once_a_look
def files() -> Files:
    """The files of SQL: one object for as long as all stay as they are."""
    return _files(int(time.monotonic() / LOOKED_AT))


@lru_cache(maxsize=1)
def _files(now: int) -> Files:
    found = {}
    with os.scandir(HERE) as rooms:
        for room in [each for each in rooms if each.is_dir()]:
            with os.scandir(room) as inside:
                for file in (each for each in inside if each.name.endswith(".sql")):
                    name = f"{room.name}/{file.name.removesuffix('.sql')}"
                    found[name] = file.stat().st_mtime_ns
    if _before[-1].written != found:
        _before.append(Files(dict(sorted(found.items()))))
        del _before[:-1]
    return _before[-1]


_before = [Files({})]


@once_a_look
def checks() -> list[str]:
    """The questions that are rules: those of checks/ that have a severity."""
    return [name for name in names() if name.startswith("checks/") and _stated(name).is_rule]


@once_a_look
def read(question: str) -> Question:
    """The SQL file of a question, and what its header says. Raises UnknownQuestion."""
    asked = _stated(question)
    return _with_rules(asked, files()) if "rules" in asked.notes else asked


@lru_cache(maxsize=16)
def _with_rules(asked: Question, files: Files) -> Question:
    return importlib.import_module("queries.rules").over(asked, map(_stated, checks()))


def _stated(question: str) -> Question:
    written = files().written.get(question)
    if written is None:
        raise UnknownQuestion(
            f"There is no question {question}: `python -m queries` lists all there are."
        )
    return _read(question, written)


@cache
def _read(question: str, written: int) -> Question:
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
        compares=tuple(re.findall(r"\w+/\w+", stated.pop("compares", ""))),
        reads=tuple(re.findall(r"\w+/\w+", stated.pop("reads", ""))),
        is_over_cuts=bool(stated.pop("over", None)),
        estimate=stated.pop("estimate", None),
        notes={name: re.sub(r"\s+", " ", words) for name, words in stated.items()},
    )


def _cursor(trial: Trial, cut: str, sql: str) -> duckdb.DuckDBPyConnection:
    """A cursor on the cut, with those derived tables built that the SQL names."""
    export_ = trial.export(cut)
    room = _room(trial, export_)
    con = export_.database.cursor(room.name)
    with room.lock:  # sessions run in threads, and each table of a cut is built once
        for name in TABLES:
            if name in tables_named(sql) - room.built:
                table = f"create or replace table {name} as\n{read(f'tables/{name}').sql}"
                _run(con, table, trial, cut, {}).fetchall()
                room.built.add(name)
    return con


def tables_named(sql: str, among: tuple[str, ...] = tuple(TABLES)) -> frozenset[str]:
    """The derived tables that a select needs: those it names, and those that they need."""
    return _tables_named(sql, among, files())


@lru_cache(maxsize=1024)
def _tables_named(sql: str, among: tuple[str, ...], files: Files) -> frozenset[str]:
    code = re.sub("--.*", "", sql)
    found = {name for name in among if re.search(rf"\b{name}\b", code)}
    needed = set(found)
    for name in found:
        earlier = among[: among.index(name)]
        needed |= _tables_named(read(f"tables/{name}").sql, earlier, files)
    return frozenset(needed)


def _connection(
    asked: Question, trial: Trial, cut: str, since: str | None, params: dict[str, Any]
) -> duckdb.DuckDBPyConnection:
    """The tables of the cut; for a question about answers, nothing but those answers."""
    if asked.is_over_cuts:
        return importlib.import_module("queries.history").connection(trial)
    if not asked.compares and not asked.reads:
        return _cursor(trial, cut, asked.sql)
    return _answers(asked, trial, cut, since, params)


def _answers(
    asked: Question, trial: Trial, cut: str, since: str | None, params: dict[str, Any]
) -> duckdb.DuckDBPyConnection:
    """A connection with the answers that a question reads."""
    if asked.compares and since is None and "alone" not in asked.notes:
        raise NothingToCompare(f"{asked.name} compares two cuts: name the other with --since.")
    con = database.scratch()  # what it holds for itself, no other one sees
    with ThreadPoolExecutor(1) as thread:  # asks the other cut, while this one is asked
        for question in map(read, asked.compares):
            asks = partial(copy_context().run, arrow, question, trial, since, None, params)
            other = thread.submit(asks) if since else None
            now = arrow(question, trial, cut, None, params)
            before = other.result() if other else now.slice(0, 0)
            short = question.name.partition("/")[2]
            _table(con, f"now_{short}", now)
            _table(con, f"before_{short}", before)
    for each in asked.reads:
        _table(con, each.replace("/", "_"), arrow(read(each), trial, cut, since, params))
    return con


def _table(con: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    con.register("answer", rows)
    con.execute(f"create temp table {name} as from answer").fetchall()
    con.unregister("answer")


def arrow(
    asked: Question, trial: Trial, cut: str, since: str | None, params: dict[str, Any]
) -> pa.Table:
    """An answer as Arrow, typed by DuckDB; what an estimate returns, as pandas types it."""
    if not asked.estimate:
        return _rows(asked, trial, cut, since, params)
    answer = shared(asked.name, cut, since=since, **params)
    return pa.Table.from_pandas(answer, preserve_index=False)


def _rows(
    asked: Question, trial: Trial, cut: str, since: str | None, params: dict[str, Any]
) -> pa.Table:
    """What the SQL of a question returns, typed by DuckDB."""
    since = _compared(asked, trial, cut, since)
    key = _key(asked, trial, cut, since, params)

    def work_out() -> pa.Table:
        return _asked(asked, trial, cut, since, params)

    def answer() -> pa.Table:
        if any(value is not None for value in params.values()):  # of a group, there are many
            return work_out()
        cuts = [cut, since] if since else [cut]
        depends_on = _depends_on(asked, trial, cut, since, params)
        return kept.answer(trial, cuts, (asked.name, *depends_on), work_out)

    return _kept.get(("arrow", *key), answer)


def _asked(
    asked: Question, trial: Trial, cut: str, since: str | None, params: dict[str, Any]
) -> pa.Table:
    """The answer of DuckDB: of a derived table, which is built once, what it holds."""
    room, _, name = asked.name.partition("/")
    if room == "tables":
        con, sql = _cursor(trial, cut, name), f"from {name}"
    else:
        con, sql = _connection(asked, trial, cut, since, params), asked.sql
    is_of_a_cut = not (asked.is_over_cuts or asked.compares or asked.reads)
    if is_of_a_cut and not trial.export(cut).database.is_small:
        # What is planned twice hands its rows over as they are found, and copies none of them.
        statement = parsed(sql)
        values = _values(statement.named_parameters, trial, cut, params)
        return con.sql(statement, params=values).to_arrow_table()
    return _run(con, sql, trial, cut, params).to_arrow_table()


@dataclass
class _Room:
    """Where the tables of a protocol stand beside those of a cut, and what is derived of both."""

    name: str
    built: set[str] = field(default_factory=set)  # the derived tables that there are so far
    lock: Any = field(default_factory=threading.Lock)


# For as long as the cut is kept: a protocol that is edited, and put back, finds its own again.
_rooms: WeakKeyDictionary[Export, dict[tuple[Trial, Files], _Room]] = WeakKeyDictionary()
_opening = threading.Lock()


def _room(trial: Trial, export_: Export) -> _Room:
    with _opening:
        rooms, of = _rooms.setdefault(export_, {}), (trial, files())
        if of not in rooms:
            name = f"room_{len(rooms)}"
            export_.database.add_room(name)
            add_protocol(export_.database.cursor(name), trial)
            rooms[of] = _Room(name)
        return rooms[of]


def add_protocol(con: duckdb.DuckDBPyConnection, trial: Trial) -> None:
    """Create the tables of protocol.toml."""
    for name, model, rows in trial.protocol.tables():
        columns = sql_columns(model)
        listed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        con.execute(f"create or replace table {name} ({listed})").fetchall()
        if rows:
            marks = ", ".join([f"({', '.join('?' * len(columns))})"] * len(rows))
            values = [value for row in rows for value in dict(row).values()]
            con.execute(f"insert into {name} values {marks}", values).fetchall()


def _values(names: Iterable[str], trial: Trial, cut: str, params: dict[str, Any]) -> dict[str, Any]:
    asked = {"cut_on": date.fromisoformat(cut), "cohort": None}
    known = _set_in(trial) | asked | params
    # Looked up only where it is asked for, as the newest cut may have to be read for it.
    known |= _delivery(trial, cut) if "refused_cuts" in names else {}
    return {name: known[name] for name in names}


@lru_cache(maxsize=8)
def _set_in(trial: Trial) -> dict[str, Any]:
    return trial.protocol.parameters()


def _delivery(trial: Trial, cut: str) -> dict[str, Any]:
    """Which newer cuts were refused, and how old the cut is: of today, and of the newest alone."""
    newest, refused = trial.standing()
    if cut != newest:
        return {"refused_cuts": [], "days_old": None}
    is_simulated = trial.is_simulated or trial.export(cut).is_simulated
    age = (date.today() - date.fromisoformat(cut)).days
    return {"refused_cuts": sorted(refused), "days_old": None if is_simulated else age}


def _run(
    con: duckdb.DuckDBPyConnection, sql: str, trial: Trial, cut: str, params: dict[str, Any]
) -> duckdb.DuckDBPyConnection:
    statement = parsed(sql)
    return con.execute(statement, _values(statement.named_parameters, trial, cut, params))


@lru_cache(maxsize=512)
def parsed(sql: str) -> duckdb.Statement:
    """A statement, as DuckDB parses it."""
    [statement] = duckdb.extract_statements(sql)
    return statement
