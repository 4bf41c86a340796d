"""Every cut of the trial at once: which there are, what they hold, and how the numbers went.

Reading all of them takes a while, so what is known of a cut is kept, a file each, in
<trial>/.cache/: written aside and renamed, checked against the cut and the code when it is read,
and safe to delete at any time. The exports stay the only source, and a new cut costs one cut.
"""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

import data
import queries
from data import Trial, database, export, seen
from data.look import changed, is_within, looking_away, once_a_look, once_a_second
from queries import at_once, kept

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
    n_read = n_known = 0

    def has_read() -> None:
        nonlocal n_read
        n_read += 1
        progress((n_read + n_known) / (2 * len(unknown)))

    # Some at a time, so that whoever goes away leaves no more than these behind.
    for few in _batches(trial, unknown):
        # Another reader's cuts need not be read again; and a look would hold all of them.
        with _reading, looking_away():
            left = {cut: key for cut, key in few if _kept(trial, cut, key) is None}
            _learn(trial, left, has_read)
        n_read += len(few) - len(left)
        n_known += len(few)
        progress((n_read + n_known) / (2 * len(unknown)))


def is_known(trial: Trial) -> bool:
    """Whether nothing has to be read any more."""
    exports, known = str(trial.exports), keys(trial)
    if _learnt.get(exports) == known:
        return True
    is_it = all(_kept(trial, cut, key) is not None for cut, key in known)
    _learnt[exports] = known if is_it else None
    return is_it


def connection(trial: Trial) -> duckdb.DuckDBPyConnection:
    """A connection with the tables cuts, read_rows, headlines and found, over every cut."""
    known = keys(trial)
    with _filling:
        return _filled(trial, known).cursor()


@once_a_look
def keys(trial: Trial) -> tuple[tuple[str, str], ...]:
    """The cuts, newest first, with what is known of each depends on: its files, and the rest."""
    rest = kept.basis(trial)
    exports, [newest, *older] = str(trial.exports), trial.cuts() or [None]
    if newest is None:
        return ()
    now, state = time.monotonic(), (rest, _written(exports, tuple(older)))
    looked_at, before, known = _last.get(exports, (0.0, (), ()))
    if state != before or now - looked_at > TRUSTED or not is_within():
        known = tuple((cut, _key(exports, cut, rest)) for cut in older)
        _last[exports] = now, state, known
    return ((newest, _key(exports, newest, rest)), *known)


@once_a_second
def _written(exports: str, cuts: tuple[str, ...]) -> list[tuple[str, int]]:
    """When each of those folders last got or lost a file."""
    return [(cut, changed(f"{exports}/{cut}")) for cut in cuts]


AT_ONCE = 64  # cuts, if they are small
BYTES_AT_ONCE = 50_000_000
FEW = 2  # of so many, each is asked alone: whoever opens its pages asks the same
_reading, _filling = threading.Lock(), threading.Lock()


def _batches(trial: Trial, unknown: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """The cuts in groups that are worth reading at once."""
    few: list[tuple[str, str]] = []
    n_bytes = 0
    for cut, key in unknown:
        size = _size(trial, cut)
        if few and (len(few) == AT_ONCE or n_bytes + size > BYTES_AT_ONCE):
            yield few
            few, n_bytes = [], 0
        few.append((cut, key))
        n_bytes += size
    if few:
        yield few


def _size(trial: Trial, cut: str) -> int:
    try:
        return sum(size for _, size, *_ in export.signature(trial.exports / cut))
    except data.Refused:
        return 0


# For so many seconds a page takes the files of older cuts to be as they were, if none has come or
# gone: to ask for those of all cuts takes longer than all the rest of a page.
TRUSTED = 5
_last: dict[str, tuple[float, tuple[Any, ...], tuple[tuple[str, str], ...]]] = {}


def _key(exports: str, cut: str, rest: str) -> str:
    is_of_the_future = date.fromisoformat(cut) > date.today()  # refused, until its day comes
    of = f"{rest}{export.signature(Path(exports, cut))}{is_of_the_future}"
    return hashlib.sha256(of.encode()).hexdigest()


@lru_cache(maxsize=2)
def _filled(trial: Trial, known: tuple[tuple[str, str], ...]) -> duckdb.DuckDBPyConnection:
    learn(trial)
    con = database.connection()
    con.execute(TABLES).fetchall()
    rows: Tables = {}
    for cut, key in known:
        # A cut that has changed since it was asked for is read as it is now.
        tables = _kept(trial, cut, key) or _learn(trial, {cut: key})[cut]
        for table, found in tables.items():
            rows.setdefault(table, []).extend([cut, *each] for each in found)
    for table, found in ((table, found) for table, found in rows.items() if found):
        columns = [each[0] for each in con.execute(f"describe {table}").fetchall()]
        arriving = pa.table(dict(zip(columns, zip(*found, strict=True), strict=True)))
        con.register("arriving", arriving)
        con.execute(f"insert into {table} from arriving").fetchall()
        con.unregister("arriving")
    return con


Tables = dict[str, list[list[Any]]]  # rows of TABLES, without the cut


def _learn(
    trial: Trial, wanted: dict[str, str], has_read: Callable[[], None] = lambda: None
) -> dict[str, Tables]:
    """Read those cuts, {cut: key}, and keep what is known of each from now on."""
    learnt: dict[str, Tables] = {}
    read: dict[str, data.Export] = {}
    for cut in wanted:
        try:
            read[cut] = trial.export(cut)
        except data.Refused as reason:
            files = export.signature(trial.exports / cut)
            size = sum(each[1] for each in files)
            learnt[cut] = {"cuts": [[str(reason), None, None, len(files), None, size, None]]}
        has_read()
    together = at_once.Cuts(trial, read) if len(read) > FEW else None
    headlines = _of_each(trial, read, together, "today/headline", ["name", "n", "n_of"])
    columns = ["rule", "usubjid", "record", "severity", "finding"]
    has_rules = "checks/findings" in queries.names()
    found = _of_each(trial, read, together, "checks/findings", columns) if has_rules else {}
    for cut, each in read.items():
        delivered = each.tables()["delivered"].to_pylist()
        listed = [[row["read_as"], row["n_rows"]] for row in delivered if row["read_as"]]
        n_rows = sum(row["n_rows"] or 0 for row in delivered)
        about = [None, each.fingerprint, each.is_simulated, len(delivered), n_rows, each.n_bytes]
        learnt[cut] = {
            "cuts": [[*about, each.tables()["findings"].num_rows]],
            "read_rows": listed,
            "headlines": headlines.get(cut, []),
            "found": found.get(cut, []),
        }
    for cut, tables in learnt.items():
        _keep(trial, cut, wanted[cut], tables)
    return learnt


def _of_each(
    trial: Trial,
    cuts: Iterable[str],
    together: at_once.Cuts | None,
    question: str,
    columns: list[str],
) -> dict[str, list[list[Any]]]:
    """The answer of each cut, with those columns: asked of all together, or else one by one."""
    if together is None:
        asked = queries.read(question)
        answers = {cut: queries.arrow(asked, trial, cut, None, {}) for cut in cuts}
        return {cut: _listed(rows.select(columns)) for cut, rows in answers.items()}
    found: dict[str, list[list[Any]]] = {}
    for cut_on, *row in _listed(together.ask(question).select(["cut_on", *columns])):
        found.setdefault(cut_on.isoformat(), []).append(row)
    return found


def _listed(rows: pa.Table) -> list[list[Any]]:
    return [list(row.values()) for row in rows.to_pylist()]


def _file(trial: Trial, cut: str) -> Path:
    return trial.folder / ".cache" / f"{trial.exports.name}-{cut}.json"


def _kept(trial: Trial, cut: str, key: str) -> Tables | None:
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
_held: dict[tuple[Path, str], tuple[str, Tables]] = {}
# What keys() said when all of it was known.
_learnt: dict[str, tuple[tuple[str, str], ...] | None] = {}


def _keep(trial: Trial, cut: str, key: str, tables: Tables) -> None:
    _held[trial.exports, cut] = key, tables
    # Where it cannot be written, the next process reads again.
    seen.written(_file(trial, cut), json.dumps({"key": key, "tables": tables}).encode())
