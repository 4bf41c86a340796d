"""The rows of an export, from text to the types of the contract.

Whatever cannot be taken as it stands becomes a finding, with its file, line, column and value. Most
of it is found by looking at each value of a column once: the dictionary of the column holds them.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from data import contract, database, files
from data.contract import Table
from data.database import run
from data.files import TEXT, Refused, Rows


def arrow(rows: list[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [[] for _ in schema]
    return pa.table([list(column) for column in columns], schema=schema)


_TYPES = {"varchar": TEXT, "integer": pa.int32(), "double": pa.float64()}
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
    # {(table, column): the qualifiers that became its values: row_, and parent_row, the record}
    origins: dict[tuple[str, str], pa.Table] = field(default_factory=dict)

    def find(self, rows: Rows, found: list[tuple[Any, ...]]) -> None:
        """Write findings down: (row_, column, value, problem) each."""
        if found:
            self.findings += [(rows.file, rows.lines[row], *finding) for row, *finding in found]

    def find_cells(
        self, tables: dict[str, Rows], table: str, found: Iterable[tuple[Any, ...]]
    ) -> None:
        """Likewise, in the file that each value came from: the table's, or its qualifiers'."""
        came_from: dict[str, dict[int, int]] = {}
        for row, column, *finding in found:
            if column not in came_from and (origin := self.origins.get((table, column))):
                places = origin["parent_row"].to_pylist(), origin["row_"].to_pylist()
                came_from[column] = dict(zip(*places, strict=True))
            at = came_from.get(column, {}).get(row)
            if at is None:
                self.find(tables[table], [(row, column, *finding)])
            else:
                self.find(tables[f"supp{table}"], [(at, "qval", *finding)])


# A table on its way: the columns of the contract, and row_, the place of each row in its file.
Staged = dict[str, pa.Table]


def taken(tables: dict[str, Rows], names: list[str], cut_on: date) -> Staged:
    """The tables of the contract, absent and findings; `names` are those of all files.

    Raises Refused if a row is of nobody, if two records have one key, or if nobody is in dm.
    """
    notes, con = _Notes(), database.scratch()
    _find_unread(tables, names, notes)
    staged = {name: _stage(contract.tables()[name], rows, notes) for name, rows in tables.items()}
    _add_qualifiers(con, staged, tables, notes)
    _find_numbers(con, staged, tables, notes)
    _find_dates(con, staged, tables, cut_on, notes)
    _find_repeats(staged, tables, notes)
    _find_strangers(staged, tables, notes)
    found = {}
    for name, table in contract.tables().items():
        if name in staged:
            found[name] = staged[name].drop_columns("row_")
        else:
            fields = [(column.name, _TYPES[column.type]) for column in table.columns]
            found[name] = pa.schema(fields).empty_table()
            notes.absent.append((name, None))
    found["absent"] = arrow(notes.absent, _ABSENT)
    found["findings"] = arrow(notes.findings, _FINDINGS)
    return found


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


def _stage(table: Table, rows: Rows, notes: _Notes) -> pa.Table:
    """The rows as text, but for the blank ones."""
    there, n_rows = rows.table, rows.table.num_rows
    row_ = pa.chunked_array([pa.arange(0, n_rows)])
    is_blank = reduce(pc.and_, map(pc.is_null, there.columns))
    blanks = row_.filter(is_blank).to_pylist()
    notes.find(rows, [(row, None, None, "A blank row, left out.") for row in blanks])
    gaps = [column.name for column in table.columns if column.name not in there.column_names]
    notes.absent += [(table.name, name) for name in gaps]
    nothing = pa.nulls(n_rows, TEXT) if gaps else None
    columns = {
        column.name: nothing if column.name in gaps else there[column.name]
        for column in table.columns
    }
    staged = pa.table(columns | {"row_": row_})
    staged = staged.filter(pc.invert(is_blank)) if blanks else staged
    nobody = staged["row_"].filter(pc.is_null(staged["usubjid"])).to_pylist()
    if nobody:
        raise Refused(f"{rows.file}, line {rows.lines[nobody[0]]}: usubjid is missing.")
    if table.name == "dm" and not staged.num_rows:
        raise Refused(f"{rows.file} holds nobody: it has a header, and no row.")
    return staged


def _coded(staged: pa.Table, column: str) -> pa.DictionaryArray:
    return files.encoded(staged[column])


def _with(staged: pa.Table, column: str, values: pa.Array) -> pa.Table:
    return staged.set_column(staged.column_names.index(column), column, values)


def _cells(
    staged: pa.Table, column: str, problems: dict[str, str]
) -> Iterator[tuple[int, str, str, str]]:
    """Where those values stand in a column: row_, column, value, problem."""
    wrong = pa.array(problems, pa.string())
    is_wrong = pc.is_in(_coded(staged, column).dictionary, wrong)
    there = staged.filter(is_wrong.take(_coded(staged, column).indices).fill_null(False))
    for row, value in zip(there["row_"].to_pylist(), there[column].to_pylist(), strict=True):
        yield row, column, value, problems[value]


def _add_qualifiers(
    con: duckdb.DuckDBPyConnection, staged: Staged, tables: dict[str, Rows], notes: _Notes
) -> None:
    """Supplemental qualifiers that the contract lists become columns of their parent's records."""
    for name in [each for each in staged if each.startswith("supp")]:
        parent, supp = contract.tables()[name.removeprefix("supp")], staged[name]
        unnamed = supp["row_"].filter(pc.is_null(supp["qnam"])).to_pylist()
        problem = "The name of the qualifier is missing."
        found = [(row, "qnam", None, problem) for row in unnamed]
        columns = {column.name for column in parent.columns} - {"usubjid", *parent.key}
        qnams = sorted(columns & _lower(supp["qnam"]))
        if not qnams:
            notes.find(tables[name], found)
            continue
        said = _said(con, parent, staged, qnams)
        doubtful = said.filter(pc.is_valid(said["problem"]))
        listed = [doubtful[each].to_pylist() for each in ("row_", "place", "value", "problem")]
        notes.find(tables[name], sorted({*found, *zip(*listed, strict=True)}, key=_place))
        taken = said.filter(said["is_taken"])
        for qnam in taken["qnam"].unique().to_pylist():
            own = taken.filter(pc.equal(taken["qnam"], qnam))
            staged[parent.name] = _qualified(staged[parent.name], qnam, own)
            notes.origins[parent.name, qnam] = own
            if (parent.name, qnam) in notes.absent:
                notes.absent.remove((parent.name, qnam))


def _place(finding: tuple[Any, ...]) -> tuple[int, str]:
    row, *others = finding
    return row, repr(others)


def _qualified(staged: pa.Table, qnam: str, taken: pa.Table) -> pa.Table:
    """The records with what was taken for them from their qualifiers."""
    place = pc.index_in(staged["row_"], taken["parent_row"].combine_chunks())
    values = pc.coalesce(staged[qnam].cast(pa.string()), taken["value"].take(place))
    return _with(staged, qnam, files.encoded(values))


def _lower(names: pa.ChunkedArray) -> set[str | None]:
    """The names in a column, in lower case; None if one is missing."""
    return {each and each.lower() for each in names.unique().to_pylist()}


def _said(
    con: duckdb.DuckDBPyConnection, parent: Table, staged: Staged, qnams: list[str]
) -> pa.Table:
    """What the qualifiers say of the parent's records, a row for each record that one means.

    row_ is that of the qualifier; what the parent says stands, and of several values none is taken.
    """
    name, supp = parent.name, staged[f"supp{parent.name}"]
    kinds = {column.name: column.type for column in parent.columns}
    idvars = _lower(supp["idvar"])
    numbers = [each for each in qnams if kinds[each] != "varchar"]
    stands = "".join(f" when '{each}' then parent.{each}" for each in qnams)
    matches = " union all ".join(
        f"""
        select
            supp.row_, parent.row_ as parent_row, lower(supp.qnam) as qnam, supp.qval,
            concat_ws(' ', supp.idvar, supp.idvarval) as meant,
            case lower(supp.qnam){stands} end as stands
        from supp
        left join parent
            on parent.usubjid = supp.usubjid and {_same_record(parent, kinds, idvar)}
        where {f"lower(supp.idvar) = $idvar_{place}" if idvar else "supp.idvar is null"}
            and list_contains($qnams, lower(supp.qnam))
        """
        for place, idvar in enumerate(idvars)
    )
    idvars_ = {f"idvar_{place}": idvar for place, idvar in enumerate(idvars) if idvar}
    used = {"usubjid", "row_", *qnams, *(idvars & kinds.keys())}
    con.register("supp", supp)
    con.register("parent", staged[name].select(sorted(used)))
    run(
        con,
        f"""
        create or replace temp table said as
        with matches as ({matches}),
        compared as (
            select
                *,
                if(list_contains($numbers, qnam), as_compared(qval), qval) as is_said,
                if(list_contains($numbers, qnam), as_compared(stands), stands) as is_there
            from matches
        ),
        counted as (
            select *, count(distinct is_said) over (partition by parent_row, qnam) as n_values
            from compared
        )
        select
            row_, parent_row, qnam,
            if(parent_row is null, 'idvarval', 'qval') as place,
            if(parent_row is null, meant, qval) as value,
            case
                when parent_row is null then 'No record of {name} is meant by this.'
                when is_there <> is_said
                then 'Contradicts "' || stands || '" in {name}, which stands.'
                when stands is null and qval is not null and n_values > 1
                then 'Other rows say otherwise of the same record: none is taken.'
            end as problem,
            parent_row is not null and qval is not null and stands is null and n_values = 1
                as is_taken
        from counted
        """,
        {"qnams": qnams, "numbers": numbers, **idvars_},
    )
    con.unregister("supp")
    con.unregister("parent")
    return con.sql("from said order by row_").to_arrow_table()


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


def _find_numbers(
    con: duckdb.DuckDBPyConnection, staged: Staged, tables: dict[str, Rows], notes: _Notes
) -> None:
    """Numbers for the texts that are surely one; what is none, or not surely, is a finding."""
    columns = {
        (name, column.name): column
        for name in staged
        for column in contract.tables()[name].columns
        if column.type != "varchar"
    }
    values = {place: _coded(staged[place[0]], place[1]).dictionary for place in columns}
    form = dict(_about(con, values.values(), "number_form(value)"))
    forms = {place: {form[value] for value in said.to_pylist()} for place, said in values.items()}
    for (name, column), sure in _sure_forms(forms, tables).items():
        kind = columns[name, column].type
        said = values[name, column].to_pylist()
        problems = {
            value: problem for value in said if (problem := _doubt(value, kind, form, sure))
        }
        if problems:
            notes.find_cells(tables, name, _cells(staged[name], column, problems))
        number = int if kind == "integer" else float
        numbers = [
            None if value in problems else number(float(value.replace(",", "."))) for value in said
        ]
        typed = pa.array(numbers, _TYPES[kind])
        typed = typed.take(_coded(staged[name], column).indices)
        staged[name] = _with(staged[name], column, typed)


def _doubt(value: str, kind: str, form: dict[str, str | None], sure: set[str]) -> str | None:
    """Why a text is not taken as a number, None if it is."""
    if kind == "integer":
        is_whole = re.fullmatch(r"\d{1,9}([.,]0{1,2})?", value, re.ASCII)
        return None if is_whole else "This is no whole number."
    if form[value] in sure:
        return None
    if form[value] is None:
        return "This is no number."
    return "Whether its mark separates decimals or thousands is not sure."


def _about(
    con: duckdb.DuckDBPyConnection, values: Iterable[pa.Array], what: str
) -> list[tuple[str, Any]]:
    """Each of the values, once, with what a macro says of it."""
    chunks = [each for each in values if len(each)]
    if not chunks:
        return []
    con.register("arriving", pa.table({"value": pa.chunked_array(chunks).unique()}))
    found = run(con, f"select value, {what} from arriving")
    con.unregister("arriving")
    return found


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
    con: duckdb.DuckDBPyConnection,
    staged: Staged,
    tables: dict[str, Rows],
    cut_on: date,
    notes: _Notes,
) -> None:
    places = [
        (name, column.name)
        for name in sorted(staged)
        for column in contract.tables()[name].columns
        if column.is_date
    ]
    values = [_coded(staged[name], column).dictionary for name, column in places]
    problems = {}
    for value, first_day in _about(con, values, "dtc_from(value)"):
        if first_day is None:
            problems[value] = "This is no date of ISO 8601."
        elif first_day > cut_on:
            problems[value] = "This lies after the data cut."
    if problems:
        for table in staged:
            cells = [
                cell
                for name, column in places
                if name == table
                for cell in _cells(staged[name], column, problems)
            ]
            notes.find_cells(tables, table, sorted(cells))


def _find_repeats(staged: Staged, tables: dict[str, Rows], notes: _Notes) -> None:
    """A key names one record: the same record twice counts once, two records stop the cut.

    Without a key nobody can tell a record from its copy: both count, and it is said.
    """
    for name in [each for each in staged if not each.startswith("supp")]:
        table = contract.tables()[name]
        if table.key and not _repeats(staged[name], table.key):
            continue
        if table.key:
            staged[name] = _once_each(staged[name], table, tables[name], notes)
        columns = [column.name for column in table.columns]
        problem = "The row repeats another, and both count: no number tells them apart."
        copies = [row for row, _ in _repeats(staged[name], columns)]
        notes.find(tables[name], [(row, None, None, problem) for row in copies])


def _once_each(staged: pa.Table, table: Table, rows: Rows, notes: _Notes) -> pa.Table:
    """The rows without those that repeat another one of the same key."""
    is_keyed = reduce(pc.and_, (pc.is_valid(staged[name]) for name in table.key))
    keyed = staged.filter(is_keyed)
    copies = _repeats(keyed, [column.name for column in table.columns])
    repeated = _repeats(keyed, table.key)
    if different := sorted(set(repeated) - set(copies)):
        row, first = different[0]
        [said] = keyed.filter(pc.equal(keyed["row_"], row)).to_pylist()
        known = ", ".join(f"{name} {said[name]}" for name in table.key)
        raise Refused(
            f"{rows.file} has two different records for {known}: lines "
            f"{rows.lines[first]} and {rows.lines[row]}."
        )
    problem = "The row repeats another, and counts once."
    notes.find(rows, [(row, None, None, problem) for row, _ in repeated])
    again = pa.array([row for row, _ in repeated], pa.int64())
    return staged.filter(pc.invert(pc.is_in(staged["row_"], again)))


def _repeats(staged: pa.Table, columns: Iterable[str]) -> list[tuple[int, int]]:
    """The rows that say in those columns what an earlier one says: (row_, the first one's)."""
    if staged.num_rows < 2:
        return []
    code = _codes([staged[column].combine_chunks() for column in columns])
    if len(code.unique()) == len(code):
        return []
    rows = pa.table({"code": code, "row_": staged["row_"]})
    first = rows.group_by("code").aggregate([("row_", "min")])
    firsts = first["row__min"].take(pc.index_in(code, first["code"].combine_chunks()))
    pairs = zip(staged["row_"].to_pylist(), firsts.to_pylist(), strict=True)
    return [(row, first) for row, first in pairs if row != first]


def _codes(columns: list[pa.Array]) -> pa.Array:
    """A number for what each row says: equal for rows that say the same, nulls included."""
    codes, n_codes = pa.repeat(pa.scalar(0, pa.int64()), len(columns[0])), 1
    for values in columns:
        coded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
        n_own = len(coded.dictionary) + 1
        if n_codes * n_own > 2**63:
            codes = codes.dictionary_encode().indices.cast(pa.int64())
            n_codes = len(codes)  # at most: of 2**31 rows and values, none overflows
        own = coded.indices.cast(pa.int64()).fill_null(n_own - 1)
        codes, n_codes = pc.add(pc.multiply(codes, n_own), own), n_codes * n_own
    return codes


def _find_strangers(staged: Staged, tables: dict[str, Rows], notes: _Notes) -> None:
    """Records of somebody who is not in dm belong to no row of participants."""
    known = _coded(staged["dm"], "usubjid").dictionary
    for name in sorted(staged):
        ids = _coded(staged[name], "usubjid")
        is_known = pc.is_in(ids.dictionary, known)
        if pc.all(is_known).as_py():
            continue
        theirs = staged[name].filter(pc.invert(is_known).take(ids.indices))
        rows = zip(theirs["usubjid"].to_pylist(), theirs["row_"].to_pylist(), strict=True)
        found: dict[str, list[int]] = {}
        for usubjid, row in rows:
            found.setdefault(usubjid, []).append(row)
        for usubjid, places in found.items():
            n = len(places)
            counted = "1 row" if n == 1 else f"{n} rows, from here on,"
            said = f"{counted} of nobody who is in dm."
            notes.find(tables[name], [(places[0], "usubjid", usubjid, said)])
