"""Where the tables of a cut live: a DuckDB database of their own, shut off from everything else."""

import itertools
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from data.files import TEXT

MACROS = Path(__file__).parent / "macros.sql"
SMALL = 4_000_000  # bytes of an export, some twenty times this trial's
COSTLY = ("common_subplan", "projection_pullup", "join_order", "statistics_propagation")
_KINDS = {
    TEXT: "varchar",
    pa.string(): "varchar",
    pa.int32(): "integer",
    pa.int64(): "bigint",
    pa.float64(): "double",
}
LOCKED = "set enable_external_access = false; set lock_configuration = true"


def run(
    con: duckdb.DuckDBPyConnection,
    sql: str | duckdb.Statement,
    names: dict[str, Any] | None = None,
) -> list[tuple[Any, ...]]:
    # A result that is not fetched whole blocks its connection.
    return con.execute(sql, names or {}).fetchall()


def table_from(con: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    if rows.num_rows or not all(each.type in _KINDS for each in rows.schema):
        con.from_arrow(rows).create(name)
    else:  # without rows, to declare it takes a third of the time
        _declare(con, name, rows.schema)


def _declare(con: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema) -> None:
    named = ('"' + each.replace('"', '""') + '"' for each in schema.names)
    columns = ", ".join(
        f"{each} {_KINDS[kind]}" for each, kind in zip(named, schema.types, strict=True)
    )
    run(con, f"create table {name} ({columns})")


def connection(is_small: bool = True) -> duckdb.DuckDBPyConnection:
    """A connection to an empty database of its own.

    With little data a query takes longer to plan than to run. What costs most in planning, and
    pays only with much to run, is left out, and so are threads that would wait for each other.
    """
    config = {"python_enable_replacements": False}
    if is_small:
        config |= {"threads": 1, "disabled_optimizers": ",".join(COSTLY)}
    return duckdb.connect(config=config)


class Database:
    """An empty database for a cut of so many bytes, with the macros.

    No query of it can open a file or reach the network, and the names in a query are those of this
    database. Small ones are attached to one instance of DuckDB, since to start an instance takes
    longer than to fill it.
    """

    def __init__(self, n_bytes: int) -> None:
        self.is_small = n_bytes < SMALL
        if not self.is_small:
            self._instance, self._name = _shut_off(is_small=False), "memory"
            return
        self._name = f"cut_{next(_numbers)}"
        self._instance = _shared()
        run(self._instance.cursor(), f"attach ':memory:' as {self._name}")
        weakref.finalize(self, _detach, self._instance, self._name).atexit = False

    def cursor(self, room: str | None = None) -> duckdb.DuckDBPyConnection:
        """A connection of its own to the tables, good for as long as the database is kept.

        In a room, what it creates is for those who ask there, and stands before what has its name.
        """
        cursor = self._instance.cursor()
        rooms = [f"{self._name}.{each}" for each in (room, "main") if each]
        run(cursor, f"set search_path = '{','.join([*rooms, 'memory.main'])}'")
        return cursor

    def fill(self, tables: dict[str, pa.Table]) -> None:
        """Make its tables, two at a time: DuckDB makes one while Python prepares another.

        Those without rows come from a model, all at once.
        """
        if self._instance is _shared():
            bare = tuple((name, rows.schema) for name, rows in tables.items() if not rows.num_rows)
            tables = {name: rows for name, rows in tables.items() if rows.num_rows}
            model = _model(bare)  # held, as it goes with its last reader
            copied = f"copy from database {model._name} to {self._name} (schema)"
            run(self._instance.cursor(), copied)
        waiting = iter(sorted(tables, key=lambda name: tables[name].num_columns, reverse=True))

        def make(con: duckdb.DuckDBPyConnection) -> None:
            for name in waiting:
                table_from(con, f"{self._name}.main.{name}", tables[name])

        with ThreadPoolExecutor(2) as threads:
            list(threads.map(make, [self._instance.cursor(), self._instance.cursor()]))

    def add_room(self, room: str) -> None:
        run(self._instance.cursor(), f"create schema if not exists {self._name}.{room}")


def scratch() -> duckdb.DuckDBPyConnection:
    """A connection to the macros, and to no table."""
    return _shared().cursor()


_numbers = itertools.count()


_opening = threading.Lock()


def _shared() -> duckdb.DuckDBPyConnection:
    with _opening:  # readers who come at once share one instance
        return _opened()


@cache
def _opened() -> duckdb.DuckDBPyConnection:
    return _shut_off(is_small=True)


@lru_cache(maxsize=16)
def _model(schemas: tuple[tuple[str, pa.Schema], ...]) -> Database:
    """A database of tables without rows: to copy them takes a tenth of the time to declare them."""
    model = Database(0)
    for name, schema in schemas:
        _declare(model._instance.cursor(), f"{model._name}.main.{name}", schema)
    return model


def _shut_off(is_small: bool) -> duckdb.DuckDBPyConnection:
    con = connection(is_small)
    run(con, MACROS.read_text(encoding="utf-8"))
    run(con, LOCKED)
    return con


def _detach(instance: duckdb.DuckDBPyConnection, name: str) -> None:
    run(instance.cursor(), f"detach {name}")
