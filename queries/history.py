"""Every cut of the trial at once: which there are, what they hold, and how the numbers went.

Reading all of them takes a while, so what is known of a cut is kept, a file each, in
<trial>/.cache/: written aside and renamed, checked against the cut and the code when it is read,
and safe to delete at any time. The exports stay the only source.
"""

import hashlib
import json
import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

import data
import queries
from data import Trial, export

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
    names = trial.cuts()
    for done, cut in enumerate(names, 1):
        if _kept(trial, cut) is None:
            _keep(trial, cut, _learn(trial, cut))
            progress(done / len(names))


def is_known(trial: Trial) -> bool:
    """Whether nothing has to be read any more."""
    return all(_kept(trial, cut) is not None for cut in trial.cuts())


def connection(trial: Trial) -> duckdb.DuckDBPyConnection:
    """A connection with the tables cuts, read_rows, headlines and found, over every cut."""
    learn(trial)
    return _filled(trial, tuple((cut, _key(trial, cut)) for cut in trial.cuts())).cursor()


@lru_cache(maxsize=2)
def _filled(trial: Trial, keys: tuple[tuple[str, str], ...]) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(config={"python_enable_replacements": False})
    con.execute(TABLES).fetchall()
    rows: dict[str, list[list[Any]]] = {}
    for cut, _ in keys:
        for table, found in (_kept(trial, cut) or _learn(trial, cut)).items():
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


def _key(trial: Trial, cut: str) -> str:
    """What an entry depends on: the files of the cut, the mapping, the protocol and the code."""
    mapping = export.signature(trial.folder / "mapping")
    state = [export.signature(trial.exports / cut), mapping, trial.protocol.model_dump_json()]
    return hashlib.sha256(f"{state}{_code()}".encode()).hexdigest()


@lru_cache(maxsize=1)
def _code() -> str:
    digest = hashlib.sha256()
    for file in sorted(file for room in CODE for file in room.rglob("*.*")):
        if file.suffix in (".py", ".sql") and file.is_file():
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _file(trial: Trial, cut: str) -> Path:
    return trial.folder / ".cache" / f"{trial.exports.name}-{cut}.json"


def _kept(trial: Trial, cut: str) -> dict[str, list[list[Any]]] | None:
    """What is known of a cut: its rows of each table, without the cut. None if nothing is."""
    try:
        entry = json.loads(_file(trial, cut).read_text(encoding="utf-8"))
        if entry["key"] == _key(trial, cut):
            return entry["tables"]
    except (OSError, ValueError, LookupError, TypeError):
        pass
    return _unwritten.get((trial.folder, cut, _key(trial, cut)))


# What could not be written down, as the folder is not ours to write in.
_unwritten: dict[tuple[Path, str, str], dict[str, list[list[Any]]]] = {}


def _keep(trial: Trial, cut: str, tables: dict[str, list[list[Any]]]) -> None:
    file, key = _file(trial, cut), _key(trial, cut)
    aside = file.with_suffix(f".{os.getpid()}")
    try:
        file.parent.mkdir(exist_ok=True)
        aside.write_text(json.dumps({"key": key, "tables": tables}), encoding="utf-8")
        aside.replace(file)
    except OSError:
        _unwritten[trial.folder, cut, key] = tables
