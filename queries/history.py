"""Every cut of the trial at once: which there are, what they hold, and how the numbers went.

Reading all of them takes a while, so what is known of a cut is kept, a file each, in
<trial>/.cache/: written aside and renamed, checked against the cut and the code when it is read,
and safe to delete at any time. The exports stay the only source, and a new cut costs one cut.
"""

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

import data
import queries
from data import Trial, export
from data.look import is_within, looking_away, once_a_look

HERE = Path(__file__).parent
CODE = (HERE, Path(data.__file__).parent)

TABLES = """
    create table cuts (
        cut varchar, refused varchar, fingerprint varchar, is_simulated boolean, n_files integer,
        n_rows integer, n_bytes bigint, n_findings integer
    );
    create table read_rows (cut varchar, table_name varchar, n_rows integer);
    create table headlines (cut varchar, name varchar, n integer, n_of integer);
    create table found (
        cut varchar, rule varchar, usubjid varchar, record varchar, severity varchar,
        finding varchar
    );
"""

Progress = Callable[[float], None]


def learn(trial: Trial, progress: Progress = lambda share: None) -> None:
    """Read what is not known yet of any cut; `progress` is told the share that is done, 0 to 1."""
    unknown = [(cut, key) for cut, key in keys(trial) if _kept(trial, cut, key) is None]
    # A few at a time, so that whoever goes away leaves no more than these behind.
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done in range(0, len(unknown), AT_ONCE):
            few = unknown[done : done + AT_ONCE]
            # Another reader's cuts need not be read again; and a look would hold all of them.
            with _reading, looking_away():
                # Each in the context of who asks: it says whose trial is the trial.
                each = [pool.submit(copy_context().run, _learn_once, trial, *one) for one in few]
                for learnt in each:
                    learnt.result()
            progress((done + len(few)) / len(unknown))


def is_known(trial: Trial) -> bool:
    """Whether nothing has to be read any more."""
    return all(_kept(trial, cut, key) is not None for cut, key in keys(trial))


def connection(trial: Trial) -> duckdb.DuckDBPyConnection:
    """A connection with the tables cuts, read_rows, headlines and found, over every cut."""
    known = keys(trial)
    with _filling:
        return _filled(trial, known).cursor()


@once_a_look
def keys(trial: Trial) -> tuple[tuple[str, str], ...]:
    """The cuts, newest first, with what is known of each depends on: its files, and the rest."""
    whole = hashlib.sha256(_code().encode())
    whole.update(trial.protocol.model_dump_json().encode())
    whole.update(repr(export.signature(trial.folder / "mapping")).encode())
    return tuple((cut, _key(trial, cut, whole)) for cut in trial.cuts())


AT_ONCE = 2
_reading, _filling = threading.Lock(), threading.Lock()


def _key(trial: Trial, cut: str, whole: Any) -> str:
    digest = whole.copy()
    is_of_the_future = date.fromisoformat(cut) > date.today()  # refused, until its day comes
    is_newest = cut == trial.cuts()[0]
    digest.update(f"{_state(trial.exports / cut, is_newest)}{is_of_the_future}".encode())
    return digest.hexdigest()


# For so many seconds a page takes the files of an older cut to be as they were, if none has come or
# gone: to ask for those of all cuts takes longer than all the rest of a page.
TRUSTED = 5
_states: dict[Path, tuple[float, int, str]] = {}


def _state(folder: Path, is_newest: bool) -> str:
    """The signature of a cut, as text."""
    try:
        changed = folder.stat().st_mtime_ns
    except OSError:
        changed = 0
    looked_at, then, state = _states.get(folder, (0.0, 0, ""))
    now = time.monotonic()
    if is_newest or not is_within() or changed != then or now - looked_at > TRUSTED:
        state = str(export.signature(folder))
        _states[folder] = now, changed, state
    return state


def _learn_once(trial: Trial, cut: str, key: str) -> dict[str, list[list[Any]]]:
    tables = _kept(trial, cut, key)
    if tables is None:
        tables = _learn(trial, cut)
        _keep(trial, cut, key, tables)
    return tables


@lru_cache(maxsize=2)
def _filled(trial: Trial, known: tuple[tuple[str, str], ...]) -> duckdb.DuckDBPyConnection:
    learn(trial)
    con = export.connection()
    con.execute(TABLES).fetchall()
    rows: dict[str, list[list[Any]]] = {}
    for cut, key in known:
        for table, found in _learn_once(trial, cut, key).items():
            rows.setdefault(table, []).extend([cut, *each] for each in found)
    for table, found in ((table, found) for table, found in rows.items() if found):
        columns = [each[0] for each in con.execute(f"describe {table}").fetchall()]
        arriving = pa.table(dict(zip(columns, zip(*found, strict=True), strict=True)))
        con.register("arriving", arriving)
        con.execute(f"insert into {table} from arriving").fetchall()
        con.unregister("arriving")
    return con


def _learn(trial: Trial, cut: str) -> dict[str, list[list[Any]]]:
    try:
        read = trial.export(cut)
    except data.Refused as reason:
        files = export.signature(trial.exports / cut)
        size = sum(each[1] for each in files)
        return {"cuts": [[str(reason), None, None, len(files), None, size, None]]}
    con = read.con.cursor()
    files = con.execute("select count(*), sum(n_rows), sum(n_bytes) from delivered").fetchone()
    [n_findings] = con.execute("select count(*) from findings").fetchone() or [0]
    rows = con.execute("select read_as, n_rows from delivered where read_as is not null").fetchall()
    headline = queries.ask("today/headline", cut)[["name", "n", "n_of"]]
    columns = ["rule", "usubjid", "record", "severity", "finding"]
    found = queries.ask("checks/findings", cut) if "checks/findings" in queries.names() else None
    n_files, n_rows, n_bytes = files or (0, 0, 0)
    return {
        "cuts": [[None, read.fingerprint, read.is_simulated, n_files, n_rows, n_bytes, n_findings]],
        "read_rows": [list(each) for each in rows],
        "headlines": json.loads(headline.to_json(orient="values")),
        "found": [] if found is None else json.loads(found[columns].to_json(orient="values")),
    }


@lru_cache(maxsize=1)
def _code() -> str:
    digest = hashlib.sha256()
    for file in sorted(file for room in CODE for file in room.rglob("*.*")):
        if file.suffix in (".py", ".sql") and file.is_file():
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _file(trial: Trial, cut: str) -> Path:
    return trial.folder / ".cache" / f"{trial.exports.name}-{cut}.json"


def _kept(trial: Trial, cut: str, key: str) -> dict[str, list[list[Any]]] | None:
    """What is known of a cut: its rows of each table, without the cut. None if nothing is."""
    held, tables = _held.get((trial.exports, cut), (None, None))
    if held == key:
        return tables
    try:
        entry = json.loads(_file(trial, cut).read_text(encoding="utf-8"))
        held, tables = entry["key"], entry["tables"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    if held != key:
        return None
    _held[trial.exports, cut] = key, tables
    return tables


# What has been read once by this process, or could not be written down.
_held: dict[tuple[Path, str], tuple[str, dict[str, list[list[Any]]]]] = {}


def _keep(trial: Trial, cut: str, key: str, tables: dict[str, list[list[Any]]]) -> None:
    _held[trial.exports, cut] = key, tables
    file = _file(trial, cut)
    aside = file.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    try:
        file.parent.mkdir(exist_ok=True)
        aside.write_text(json.dumps({"key": key, "tables": tables}), encoding="utf-8")
        aside.replace(file)
    except OSError:
        pass  # the folder is not ours to write in: the next process reads again
