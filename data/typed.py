"""The rows of an export, from text to the types of the contract.

Whatever cannot be taken as it stands becomes a finding, with its file, line, column and value.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from data import contract, files
from data.contract import Column, Table
from data.files import Refused, Rows


def run(
    con: duckdb.DuckDBPyConnection, sql: str, names: dict[str, Any] | None = None
) -> list[tuple[Any, ...]]:
    # A result that is not fetched whole blocks its connection.
    return con.execute(sql, names or {}).fetchall()


def table_from(con: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    con.register("arriving", rows)
    run(con, f"create table {name} as from arriving")
    con.unregister("arriving")


def arrow(rows: list[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [[] for _ in schema]
    return pa.table([list(column) for column in columns], schema=schema)


_ABSENT = pa.schema([("table_name", pa.string()), ("column_name", pa.string())])
_FINDINGS = pa.schema(
    [
        ("file", pa.string()),
        ("line", pa.int32()),
        ("column_name", pa.string()),
        ("value", pa.string()),
        ("problem", pa.string()),
    ]
)


@dataclass
class _Notes:
    """What the Data page says about the rows."""

    absent: list[tuple[str, str | None]] = field(default_factory=list)
    findings: list[tuple[Any, ...]] = field(default_factory=list)
    # {(table, row_, column): row_ of the qualifier that became this value}
    origins: dict[tuple[str, int, str], int] = field(default_factory=dict)

    def find(self, rows: Rows, found: list[tuple[Any, ...]]) -> None:
        """Write findings down: (row_, column, value, problem) each."""
        if found:
            self.findings += [(rows.file, rows.lines[row], *finding) for row, *finding in found]

    def find_cells(self, tables: dict[str, Rows], table: str, found: list[tuple[Any, ...]]) -> None:
        """Likewise, in the file that each value came from: the table's, or its qualifiers'."""
        for row, column, *finding in found:
            if (table, row, column) in self.origins:
                at = self.origins[table, row, column]
                self.find(tables[f"supp{table}"], [(at, "qval", *finding)])
            else:
                self.find(tables[table], [(row, column, *finding)])


def fill(
    con: duckdb.DuckDBPyConnection, tables: dict[str, Rows], names: list[str], cut_on: date
) -> None:
    known, notes = contract.tables(), _Notes()
    _find_unread(tables, names, notes)
    for name, rows in tables.items():
        _stage(con, known[name], rows, notes)
    for name in tables:
        if name.startswith("supp"):
            _add_qualifiers(con, known[name.removeprefix("supp")], tables[name], notes)
    _find_numbers(con, tables, notes)
    _find_dates(con, tables, cut_on, notes)
    _find_repeats(con, tables, notes)
    _find_strangers(con, tables, notes)
    statements = []
    for name, table in known.items():
        if name in tables:
            columns = ", ".join(f"{_typed(column)} as {column.name}" for column in table.columns)
            statements.append(
                f"create table {name} as select {columns} from staged_{name} order by row_"
            )
            statements.append(f"drop table staged_{name}")
        else:
            columns = ", ".join(f"{column.name} {column.type}" for column in table.columns)
            statements.append(f"create table {name} ({columns})")
            notes.absent.append((name, None))
    run(con, "; ".join(statements))
    table_from(con, "absent", arrow(notes.absent, _ABSENT))
    table_from(con, "findings", arrow(notes.findings, _FINDINGS))


def _typed(column: Column) -> str:
    """A staged text as a value of its column, once what cannot be typed was taken out."""
    if column.type == "varchar":
        return column.name
    number = f"replace({column.name}, ',', '.')::double"
    return f"{number}::integer" if column.type == "integer" else number


def _find_unread(tables: dict[str, Rows], names: list[str], notes: _Notes) -> None:
    """A table in a form that is not read, and a file that may have lost its end."""
    for name in names:
        if files.table_of(name) is None and Path(name).stem.strip().lower() in contract.tables():
            notes.findings.append(
                (name, None, None, None, "This is neither CSV nor Parquet, and is not read.")
            )
    is_closed = {rows.file: rows.ends_with_line for rows in tables.values()}
    if any(is_closed.values()):
        problem = "The last line is not closed, as in other files: it may be cut off."
        open_ = [file for file, closed in is_closed.items() if closed is False]
        notes.findings += [(file, None, None, None, problem) for file in open_]


def _stage(con: duckdb.DuckDBPyConnection, table: Table, rows: Rows, notes: _Notes) -> None:
    """The rows as text, under `staged_<table>`, with `row_`, their place in the file."""
    there, n_rows = rows.table, rows.table.num_rows
    gaps = [column.name for column in table.columns if column.name not in there.column_names]
    notes.absent += [(table.name, name) for name in gaps]
    for name in gaps:
        there = there.append_column(name, pa.nulls(n_rows, pa.string()))
    there = there.select([column.name for column in table.columns])
    is_blank = reduce(pc.and_, map(pc.is_null, there.columns))
    there = there.append_column("row_", pa.arange(0, n_rows))
    blanks = there.filter(is_blank)["row_"].to_pylist()
    notes.find(rows, [(row, None, None, "A blank row, left out.") for row in blanks])
    there = there.filter(pc.invert(is_blank)) if blanks else there
    nobody = there.filter(pc.is_null(there["usubjid"]))["row_"].to_pylist()
    if nobody:
        raise Refused(f"{rows.file}, line {rows.lines[nobody[0]]}: usubjid is missing.")
    if table.name == "dm" and not there.num_rows:
        raise Refused(f"{rows.file} holds nobody: it has a header, and no row.")
    table_from(con, f"staged_{table.name}", there)


def _add_qualifiers(
    con: duckdb.DuckDBPyConnection, parent: Table, supp: Rows, notes: _Notes
) -> None:
    """Supplemental qualifiers that the contract lists become columns of their parent's records."""
    name, staged = parent.name, f"staged_supp{parent.name}"
    kinds = {column.name: column.type for column in parent.columns}
    listed = [column for column in kinds if column not in ("usubjid", *parent.key)]
    idvars = run(con, f"select distinct lower(idvar) from {staged} order by all")
    matches = " union all ".join(
        f"""
        select supp.row_ as supp_row, parent.row_ as parent_row,
            lower(supp.qnam) as qnam, supp.qval, concat_ws(' ', supp.idvar, supp.idvarval) as meant
        from {staged} as supp
        left join staged_{name} as parent
            on parent.usubjid = supp.usubjid and {_same_record(parent, kinds, idvar)}
        where lower(supp.idvar) is not distinct from $idvar_{place}
            and list_contains($listed, lower(supp.qnam))
        """
        for place, (idvar,) in enumerate(idvars)
    )
    if not idvars:
        return
    names = {f"idvar_{place}": idvar for place, (idvar,) in enumerate(idvars)}
    run(con, f"create table matches as {matches}", names | {"listed": listed})
    orphans = f"""
        select distinct supp_row, 'idvarval', meant, 'No record of {name} is meant by this.'
        from matches
        where parent_row is null
        union all
        select row_, 'qnam', null, 'The name of the qualifier is missing.'
        from {staged}
        where qnam is null
        order by all
    """
    notes.find(supp, run(con, orphans))
    for (qnam,) in run(con, "select distinct qnam from matches order by all"):
        _add_qualifier(con, name, qnam, kinds[qnam], supp, notes)
    run(con, "drop table matches")


def _same_record(parent: Table, kinds: dict[str, str], idvar: str | None) -> str:
    """The condition under which a row of `supp` means a record of `parent`.

    A row that names no column means a person, which is a record in dm alone.
    """
    if idvar is None:
        return "true" if parent.key == ("usubjid",) else "false"
    if idvar not in kinds:
        return "false"
    if kinds[idvar] == "varchar":
        return f"parent.{idvar} = supp.idvarval"
    return f"as_compared(parent.{idvar}) = as_compared(supp.idvarval)"


def _add_qualifier(
    con: duckdb.DuckDBPyConnection, parent: str, qnam: str, kind: str, supp: Rows, notes: _Notes
) -> None:
    """What the parent says stands, and of several values none is chosen."""
    compared = "as_compared" if kind != "varchar" else ""
    run(
        con,
        f"""
        create table said as
        select supp_row, parent_row, qval, {qnam} as stands,
            count(distinct {compared}(qval)) over (partition by parent_row) as n_values
        from matches
        inner join staged_{parent} on row_ = parent_row
        where qnam = $qnam and qval is not null
        """,
        {"qnam": qnam},
    )
    doubtful = f"""
        select distinct supp_row, 'qval', qval, if(
            stands is not null,
            'Contradicts "' || stands || '" in {parent}, which stands.',
            'Other rows say otherwise of the same record: none is taken.'
        )
        from said
        where if(stands is not null, {compared}(stands) <> {compared}(qval), n_values > 1)
        order by all
    """
    notes.find(supp, run(con, doubtful))
    run(con, "delete from said where stands is not null or n_values > 1")
    run(con, f"update staged_{parent} set {qnam} = qval from said where row_ = parent_row")
    taken = run(con, "select parent_row, min(supp_row) from said group by all")
    run(con, "drop table said")
    notes.origins.update({(parent, row, qnam): at for row, at in taken})
    if taken and (parent, qnam) in notes.absent:
        notes.absent.remove((parent, qnam))


def _cells(tables: dict[str, Rows], is_meant: Callable[[Column], bool]) -> str:
    """Select the values of some columns of every table: table_name, row_, column_name, value."""
    selects = []
    for name in tables:
        columns = [each.name for each in contract.tables()[name].columns if is_meant(each)]
        if columns:
            selects.append(
                f"select '{name}' as table_name, row_, unnest({columns}) as column_name, "
                f"unnest([{', '.join(columns)}]) as value from staged_{name}"
            )
    return f"select * from ({' union all '.join(selects)}) where value is not null"


def _find_numbers(con: duckdb.DuckDBPyConnection, tables: dict[str, Rows], notes: _Notes) -> None:
    """What is no number, or not surely one, is a finding, and null from here on."""
    types = {
        (table.name, column.name): column.type
        for table in contract.tables().values()
        for column in table.columns
    }
    cells = _cells(tables, lambda column: column.type != "varchar")
    run(con, f"create table numbers as select *, number_form(value) as form from ({cells})")
    forms = "select table_name, column_name, list(distinct form) from numbers group by all"
    found = {(table, column): set(each) for table, column, each in run(con, forms)}
    for (table, column), sure in _sure_forms(found, tables).items():
        if types[table, column] == "integer":
            problem = "'This is no whole number.'"
            taken = r"regexp_full_match(value, '\d{1,9}([.,]0{1,2})?')"
        else:
            unsure = "'Whether its mark separates decimals or thousands is not sure.'"
            problem = f"if(form is null, 'This is no number.', {unsure})"
            taken = f"coalesce(list_contains({sorted(sure)}, form), false)"
        where = f"table_name = '{table}' and column_name = '{column}' and not {taken}"
        cells = f"select row_, column_name, value, {problem} from numbers where {where}"
        doubtful = run(con, f"{cells} order by row_")
        if doubtful:
            notes.find_cells(tables, table, doubtful)
            rows = f"select row_ from numbers where {where}"
            run(con, f"update staged_{table} set {column} = null where row_ in ({rows})")
    run(con, "drop table numbers")


def _sure_forms(
    found: dict[tuple[str, str], set[str | None]], tables: dict[str, Rows]
) -> dict[tuple[str, str], set[str]]:
    """The forms of macros.sql's number_form that are sure, by table and column.

    1.234 may be thousands where the file writes decimal commas and no decimal points; a comma is
    no decimal mark where its column writes points; and 1,234 is one only where other commas of
    the file prove it, or the semicolons between its values.
    """
    sure = {}
    for (table, column), own in found.items():
        anywhere = set().union(*(forms for (name, _), forms in found.items() if name == table))
        sources = [tables[name] for name in (table, f"supp{table}") if name in tables]
        is_proven = "comma" in anywhere or all(rows.delimiter == ";" for rows in sources)
        sure[table, column] = {"whole", "point"}
        if "point" in anywhere or "comma" not in anywhere:
            sure[table, column] |= {"point?"}
        if not own & {"point", "point?"}:
            sure[table, column] |= {"comma"}
            if is_proven and "point" not in anywhere:
                sure[table, column] |= {"comma?"}
    return sure


def _find_dates(
    con: duckdb.DuckDBPyConnection, tables: dict[str, Rows], cut_on: date, notes: _Notes
) -> None:
    cells = _cells(tables, lambda column: column.is_date)
    found = run(
        con,
        f"""
        select table_name, row_, column_name, value, first_day is null
        from (select *, dtc_from(value) as first_day from ({cells}))
        where first_day is null or first_day > $cut_on
        order by all
        """,
        {"cut_on": cut_on},
    )
    problems = {True: "This is no date of ISO 8601.", False: "This lies after the data cut."}
    for table, row, column, value, is_none in found:
        notes.find_cells(tables, table, [(row, column, value, problems[is_none])])


def _find_repeats(con: duckdb.DuckDBPyConnection, tables: dict[str, Rows], notes: _Notes) -> None:
    """A key names one record: the same record twice counts once, two records stop the cut.

    Without a key nobody can tell a record from its copy: both count, and it is said.
    """
    counts = []
    for name in tables:
        table = contract.tables()[name]
        if name.startswith("supp"):
            continue
        key = [_typed(column) for column in table.columns if column.name in table.key]
        columns = ", ".join(key or [column.name for column in table.columns])
        counts.append(
            f"select '{name}' as name from staged_{name} "
            f"having count(*) > count(distinct row({columns}))"
        )
    for (name,) in run(con, " union all ".join(counts)):
        table = contract.tables()[name]
        if table.key:
            _check_key(con, table, tables[name], notes)
        _find_copies(con, table, tables[name], notes)


def _check_key(con: duckdb.DuckDBPyConnection, table: Table, rows: Rows, notes: _Notes) -> None:
    staged = f"staged_{table.name}"
    key = {column.name: _typed(column) for column in table.columns if column.name in table.key}
    others = [column.name for column in table.columns if column.name not in table.key]
    repeated = run(
        con,
        f"""
        with keyed as (
            select row_, [{", ".join(f"({each})::varchar" for each in key.values())}] as key,
                min(row_) over (partition by {", ".join(key.values())}) as first_row
            from {staged}
            where {" and ".join(f"{name} is not null" for name in key)}
            qualify row_ <> first_row
        )
        select keyed.row_, first_row, key,
            row({", ".join(f"later.{name}" for name in others)})
            is distinct from row({", ".join(f"earlier.{name}" for name in others)}) as differs
        from keyed
        inner join {staged} as later on later.row_ = keyed.row_
        inner join {staged} as earlier on earlier.row_ = first_row
        order by differs desc, keyed.row_
        """,
    )
    if repeated and repeated[0][3]:
        row, first, values, _ = repeated[0]
        known = ", ".join(f"{name} {value}" for name, value in zip(key, values, strict=True))
        raise Refused(
            f"{rows.file} has two different records for {known}: lines "
            f"{rows.lines[first]} and {rows.lines[row]}."
        )
    problem = "The row repeats another, and counts once."
    notes.find(rows, [(row, None, None, problem) for row, *_ in repeated])
    copies = [row for row, *_ in repeated]
    run(con, f"delete from {staged} where row_ in (select unnest($rows))", {"rows": copies})


def _find_copies(con: duckdb.DuckDBPyConnection, table: Table, rows: Rows, notes: _Notes) -> None:
    columns = ", ".join(column.name for column in table.columns)
    copies = run(
        con,
        f"""
        select row_ from staged_{table.name}
        qualify row_ <> min(row_) over (partition by {columns})
        order by row_
        """,
    )
    problem = "The row repeats another, and both count: no number tells them apart."
    notes.find(rows, [(row, None, None, problem) for (row,) in copies])


def _find_strangers(con: duckdb.DuckDBPyConnection, tables: dict[str, Rows], notes: _Notes) -> None:
    """Records of somebody who is not in dm belong to no row of participants."""
    each = " union all ".join(
        f"select '{name}' as name, usubjid, row_ from staged_{name}" for name in tables
    )
    strangers = run(
        con,
        f"""
        select name, usubjid, min(row_) as first_row, count(*)
        from ({each})
        where usubjid not in (select usubjid from staged_dm)
        group by all
        order by name, first_row
        """,
    )
    for name, usubjid, row, n in strangers:
        counted = "1 row" if n == 1 else f"{n} rows, from here on,"
        notes.find(tables[name], [(row, "usubjid", usubjid, f"{counted} of nobody who is in dm.")])
