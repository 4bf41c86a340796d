"""One export -> a database that holds its tables, and nothing else.

Besides the tables of contract.sql it has

    delivered   the files of the export: size, sha256, and the table that each became
    absent      the optional tables and columns that the export lacks
    findings    what stands in the files and could not be taken as it stands
"""

import hashlib
import json
import os
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from data import contract, files, typed
from data.database import LOCKED, SMALL, Database, connection, run, scratch, table_from
from data.files import Refused, Rows, Unreadable
from data.look import once_a_look, once_a_second

R = TypeVar("R")

MANIFEST = "manifest.json"
SIMULATED = "SIMULATED.txt"  # the mark in every simulated cut
TABLES = (*contract.tables(), "absent", "findings", "delivered")  # of every export
SETTLED_SECONDS = 2  # a file younger than this may still be growing, and is looked at twice


class Export:
    """A cut that was read whole."""

    def __init__(
        self,
        cut: str,
        tables: dict[str, pa.Table],
        fingerprint: str,
        is_simulated: bool,
        files: dict[str, str],
        n_bytes: int,
    ) -> None:
        self.cut = cut
        self.fingerprint = fingerprint  # sha256 over its files, and its mapping
        self.is_simulated = is_simulated
        self.files = files  # each file with its sha256
        self.n_bytes = n_bytes
        self._tables = tables  # until the database holds them
        self._lock = threading.Lock()
        self._database: Database | None = None

    @property
    def database(self) -> Database:
        """Its tables, to be asked: made when they are asked for the first time."""
        with self._lock:  # sessions run in threads
            if self._database is None:
                database = Database(self.n_bytes)
                database.fill(self._tables)
                self._database, self._tables = database, {}
            return self._database

    def tables(self) -> dict[str, pa.Table]:
        """Its tables as Arrow."""
        if tables := self._tables:
            return tables
        con = self.database.cursor()
        return {name: con.sql(f"from {name}").to_arrow_table() for name in TABLES}


@once_a_look
@once_a_second
def signature(folder: Path) -> tuple[tuple[Any, ...], ...]:
    """The files of a folder with size and times: equal for as long as nobody touches them.

    The time of the last change of state tells apart what keeps its size and its own time: a copy
    that preserves times, or a permission that was granted.
    """
    return _signature_now(folder)


def _signature_now(folder: Path) -> tuple[tuple[Any, ...], ...]:
    try:
        try:
            inside = os.scandir(folder)
        except (FileNotFoundError, NotADirectoryError):
            return ()
        with inside as entries:
            seen = [each for each in entries if not each.name.startswith(".") and each.is_file()]
            states = sorted((each.name, each.stat()) for each in seen)
    except OSError as error:  # removed or renamed in this very moment, or not ours to read
        raise Refused(f"Its folder cannot be read. {error.strerror}.") from None
    return tuple(
        (name, state.st_size, state.st_mtime_ns, state.st_ctime_ns) for name, state in states
    )


def load(folder: Path, mapping: Path | None = None) -> Export:
    """Read the export in a folder that is named after its cut.

    `mapping` is a folder of SQL, one select per contract table over the files as delivered.
    Raises Refused, in words, if the cut cannot be used.
    """
    contents = _contents(folder)
    scripts = _scripts(mapping) if mapping else {}
    sizes = {name: len(content) for name, content in contents.items()}
    hashes = _each(sizes, lambda name: hashlib.sha256(contents[name]).hexdigest())
    read = _files_to_read(contents, scripts)
    manifest = _manifest(contents)
    _check_files(manifest, hashes, read)

    def read_in(table: str) -> Rows:
        name, wanted = read[table]
        return files.read(name, contents[name], wanted)

    delivered = _each({table: sizes[name] for table, (name, _) in read.items()}, read_in)
    _check_counts(manifest, delivered)
    tables = {name: rows for name, rows in delivered.items() if name in contract.tables()}
    tables |= _mapped(delivered, scripts)
    _check_needed(tables, list(contents))

    taken = typed.taken(tables, list(contents), date.fromisoformat(folder.name))
    taken["delivered"] = _delivered(contents, hashes, delivered, tables)
    return Export(
        folder.name,
        taken,
        fingerprint(hashes, scripts),
        SIMULATED in contents,
        hashes,
        sum(sizes.values()),
    )


def _each(sizes: dict[str, int], find_out: Callable[[str], R]) -> dict[str, R]:
    """What is found out of each of some files; of large ones, two at a time, the largest first."""
    if sum(sizes.values()) < SMALL:
        return {name: find_out(name) for name in sizes}
    largest_first = sorted(sizes, key=sizes.__getitem__, reverse=True)
    with ThreadPoolExecutor(2) as threads:
        found = dict(zip(largest_first, threads.map(find_out, largest_first), strict=True))
    return {name: found[name] for name in sizes}


def fingerprint(hashes: dict[str, str], scripts: dict[str, str] | None = None) -> str:
    """What tells one delivery from another: the hash of each file, and the mapping."""
    # No name of a file holds a null or a slash.
    digest = "".join(f"{name}\0{hash_}\0" for name, hash_ in hashes.items())
    digest += "".join(f"mapping/{name}\0{sql}\0" for name, sql in (scripts or {}).items())
    return hashlib.sha256(digest.encode()).hexdigest()


# The files, before a row is looked at.


def shown(name: str) -> str:
    """The name of a file as text, which it need not be."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _contents(folder: Path) -> dict[str, bytes]:
    before = _signature_now(folder)
    if not before:
        try:
            inside = sorted(shown(each.name) for each in folder.iterdir() if each.is_dir())
        except OSError as error:  # it went just now
            raise Refused(f"Its folder cannot be read. {error.strerror}.") from None
        raise Refused(
            f"It holds no file, but a folder: {', '.join(inside)}. The files belong beside it."
            if inside
            else "Its folder is empty."
        )

    def opened(name: str) -> bytes:
        try:
            return (folder / name).read_bytes()
        except OSError as error:
            raise Unreadable(f"{shown(name)} cannot be opened. {error.strerror}.") from None

    read = _each({name: size for name, size, *_ in before}, opened)
    contents = {shown(name): content for name, content in read.items()}
    if any(time.time() - modified / 1e9 < SETTLED_SECONDS for _, _, modified, _ in before):
        time.sleep(0.2)
    if _signature_now(folder) != before:
        raise Refused("Its files are still being written.")
    return contents


def _files_to_read(
    contents: dict[str, bytes], scripts: dict[str, str]
) -> dict[str, tuple[str, list[str] | None]]:
    """{table: (its file, the columns to read)}: nothing beyond the contract and the mapping."""
    raw = {name for sql in scripts.values() for name in _named_in(sql)}
    known = {
        name: [column.name for column in table.columns]
        for name, table in contract.tables().items()
        if name not in scripts
    }
    read: dict[str, tuple[str, list[str] | None]] = {}
    for file in contents:
        table = files.table_of(file)
        if table is None or table not in raw | known.keys():
            continue
        if table in read:
            raise Refused(f"Two files for one table: {read[table][0]} and {file}.")
        read[table] = (file, None if table in raw else known[table])
    return read


def _manifest(contents: dict[str, bytes]) -> dict[str, dict[str, Any]] | None:
    named = [name for name in contents if name.lower() == MANIFEST]
    if not named:
        return None
    try:
        manifest = json.loads(contents[named[0]])
        entries = manifest["files"] if isinstance(manifest, dict) else manifest
        for entry in entries:
            promised, n_rows = entry.get("sha256") or "", entry.get("rows")
            entry["sha256"] = promised.lower()
            if not isinstance(entry["file"], str) or type(n_rows) not in (int, type(None)):
                raise TypeError
        return {entry["file"]: entry for entry in entries}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Refused(f'{named[0]} is no list of {{"file", "rows", "sha256"}}.') from None


def _check_files(
    manifest: dict[str, dict[str, Any]] | None,
    hashes: dict[str, str],
    read: dict[str, tuple[str, list[str] | None]],
) -> None:
    if manifest is None:
        return
    for name in manifest:
        if name not in hashes:
            raise Refused(f"{MANIFEST} lists {name}, which was not delivered.")
    changed = [
        name for name, entry in manifest.items() if entry["sha256"] not in ("", hashes[name])
    ]
    if changed:  # all are named, so that they can be delivered again at once
        first, others = changed[0], "".join(f", and so was {name}" for name in changed[1:])
        raise Refused(
            f"{first} is not the file that {MANIFEST} lists: its sha256 begins with "
            f"{hashes[first][:8]}, not {manifest[first]['sha256'][:8]}. "
            f"It was cut off, or changed{others}."
        )
    for name, _ in read.values():
        if name not in manifest:
            raise Refused(f"{name} was delivered, but {MANIFEST} does not list it.")


def _check_counts(manifest: dict[str, dict[str, Any]] | None, delivered: dict[str, Rows]) -> None:
    for rows in delivered.values():
        promised = (manifest or {}).get(rows.file, {}).get("rows")
        if promised is not None and promised != rows.table.num_rows:
            raise Refused(
                f"{rows.file} has {rows.table.num_rows} rows, where {MANIFEST} lists {promised}."
            )


# The site's own SQL.


def _scripts(folder: Path) -> dict[str, str]:
    """The select statement for each contract table that is mapped."""
    scripts = {}
    for file in sorted(folder.glob("*.sql")):
        if file.name.startswith("."):
            continue
        place, table = f"mapping/{file.name}", file.stem.lower()
        if table not in contract.tables():
            raise Refused(f"{place}: the contract has no table {table}.")
        try:
            scripts[table] = file.read_text(encoding="utf-8-sig")
            statements = scratch().extract_statements(scripts[table])
        except (OSError, UnicodeDecodeError, duckdb.Error) as error:
            raise Refused(f"{place} cannot be used. {error}") from None
        if [each.type for each in statements] != [duckdb.StatementType.SELECT]:
            raise Refused(f"{place} is not one select statement.")
    return scripts


def _named_in(sql: str) -> set[str]:
    """The tables that a select statement names."""
    [(plan,)] = run(scratch(), "select json_serialize_sql($sql)", {"sql": sql})
    return {name.lower() for name in re.findall(r'"table_name":"(\w+)"', plan)}


def _mapped(delivered: dict[str, Rows], scripts: dict[str, str]) -> dict[str, Rows]:
    """The contract's tables, by the site's own SQL over the files as delivered."""
    if not scripts:
        return {}
    delimiters = {rows.delimiter for rows in delivered.values()}
    delimiter = delimiters.pop() if len(delimiters) == 1 else None
    tables = {}
    with connection() as con:
        for name, rows in delivered.items():
            table_from(con, f'"{name}"', rows.table)
        run(con, LOCKED)
        for name, sql in scripts.items():
            place = f"mapping/{name}.sql"
            wanted = [column.name for column in contract.tables()[name].columns]
            try:
                mapped = con.sql(sql).to_arrow_table()
            except duckdb.Error as error:
                raise Refused(f"{place} cannot be used. {error}") from None
            tables[name] = files.from_arrow(place, mapped, wanted, delimiter)
    return tables


def _check_needed(tables: dict[str, Rows], names: list[str]) -> None:
    for name, table in contract.tables().items():
        if table.is_needed and name not in tables:
            raise Refused(f"{name}.csv or {name}.parquet is missing: there is {', '.join(names)}.")
    for name, rows in tables.items():
        needed = {column.name for column in contract.tables()[name].columns if column.is_needed}
        lacking = sorted(needed - set(rows.table.column_names))
        if lacking:
            raise Refused(f"{rows.file} lacks {', '.join(lacking)}.")


_DELIVERED = pa.schema(
    [
        ("file", pa.string()),
        ("read_as", pa.string()),
        ("n_rows", pa.int64()),
        ("n_bytes", pa.int64()),
        ("sha256", pa.string()),
    ]
)


def _delivered(
    contents: dict[str, bytes],
    hashes: dict[str, str],
    delivered: dict[str, Rows],
    tables: dict[str, Rows],
) -> pa.Table:
    read = {rows.file: (name, rows) for name, rows in delivered.items()}
    ledger = []
    for file, content in contents.items():
        name, rows = read.get(file, (None, None))
        is_raw = rows is not None and tables.get(name) is not rows
        n_rows = rows.table.num_rows if rows else None
        ledger.append((file, "mapping" if is_raw else name, n_rows, len(content), hashes[file]))
    return typed.arrow(ledger, _DELIVERED)
