"""The rows of an export, from text to the types of the contract.

Whatever cannot be taken as it stands becomes a finding, with its file, line, column and value. Most
of it is found by looking at each value of a column once: the dictionary of the column holds them.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache, reduce
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data import contract, database, files
from data.contract import Table
from data.database import run
from data.files import TEXT, Refused, Rows


def arrow(rows: list[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [[] for _ in schema]
    return pa.table([list(column) for column in columns], schema=schema)


NO_BREAK = "\u00a0"
MANY = 10_000  # records: of fewer, to look at all is sooner than to find out which to look at
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
    # {(table, column): {row_ of a record: row_ of the qualifier that became its value}}
    origins: dict[tuple[str, str], dict[int, int]] = field(default_factory=dict)

    def find(self, rows: Rows, found: list[tuple[Any, ...]]) -> None:
        """Write findings down: (row_, column, value, problem) each."""
        if found:
            self.findings += [(rows.file, rows.lines[row], *finding) for row, *finding in found]

    def find_cells(
        self, tables: dict[str, Rows], table: str, found: Iterable[tuple[Any, ...]]
    ) -> None:
        """Likewise, in the file that each value came from: the table's, or its qualifiers'."""
        for row, column, *finding in found:
            at = self.origins.get((table, column), {}).get(row)
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
    notes = _Notes()
    _find_unread(tables, names, notes)
    staged = {name: _stage(contract.tables()[name], rows, notes) for name, rows in tables.items()}
    _add_qualifiers(staged, tables, notes)
    _leave_out_what_was_not_done(staged, tables, notes)
    _find_numbers(staged, tables, notes)
    _find_dates(staged, tables, cut_on, notes)
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
    there, n_rows = _with_plain_blanks(rows), rows.table.num_rows
    gaps = [column.name for column in table.columns if column.name not in there.column_names]
    told = {column.name for column in table.columns if column.is_told}
    notes.absent += [(table.name, name) for name in gaps if name in told]
    nothing = pa.nulls(n_rows, TEXT) if gaps else None
    columns = {
        column.name: nothing if column.name in gaps else there[column.name]
        for column in table.columns
    }
    staged = pa.table(columns | {"row_": pa.arange(0, n_rows)})
    staged = _without_silent(staged, there.columns, "A blank row, left out.", rows, notes)
    if staged["usubjid"].null_count:
        nobody = staged["row_"].filter(pc.is_null(staged["usubjid"])).to_pylist()
        raise Refused(f"{rows.file}, line {rows.lines[nobody[0]]}: usubjid is missing.")
    if table.name == "dm" and not staged.num_rows:
        raise Refused(f"{rows.file} holds nobody: it has a header, and no row.")
    return _without_forms(staged, rows, notes) if table.name == "ex" else staged


def _without_silent(
    staged: pa.Table, columns: list[pa.ChunkedArray], problem: str, rows: Rows, notes: _Notes
) -> pa.Table:
    """The rows that say something in one of their columns; of the others it is told."""
    if not all(each.null_count for each in columns):  # one of them says something in every row
        return staged
    is_silent = reduce(pc.and_, map(pc.is_null, columns))
    silent = staged["row_"].filter(is_silent).to_pylist()
    notes.find(rows, [(row, None, None, problem) for row in silent])
    return staged.filter(pc.invert(is_silent)) if silent else staged


def _with_plain_blanks(rows: Rows) -> pa.Table:
    """The rows with a blank for each no-break space, which looks the same and matches no term."""
    if rows.table.num_rows <= MANY and rows.utf_8 and NO_BREAK.encode() not in rows.utf_8:
        return rows.table
    columns = [files.encoded(each) for each in rows.table.columns]
    if not any(pc.any(pc.match_substring(each.dictionary, NO_BREAK)).as_py() for each in columns):
        return rows.table
    plain = [
        files.renamed(each, pc.replace_substring(each.dictionary, NO_BREAK, " "))
        for each in columns
    ]
    return pa.table(plain, names=rows.table.column_names)


# What a form of an infusion holds before anybody has filled it in.
_PREFILLED = {"usubjid", "exseq", "visitnum", "extrt", "exdosu", "row_"}


def _without_forms(staged: pa.Table, rows: Rows, notes: _Notes) -> pa.Table:
    """The infusions that say more than whose they are, if the file has more than dates to say."""
    names = set(staged.column_names) - _PREFILLED
    if not (names - {"exstdtc", "exendtc"}) & set(rows.table.column_names):
        return staged
    problem = "It says nothing but whose it is, and is left out."
    return _without_silent(staged, [staged[name] for name in names], problem, rows, notes)


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
    for row, value in _rows(there, "row_", column):
        yield row, column, value, problems[value]


class _Said(NamedTuple):
    """What a qualifier says of one of the parent's records."""

    row: int  # row_ of the qualifier
    about: int | None  # row_ of the record; None if it means none
    idvar: str | None
    idvarval: str | None
    qnam: str  # the column of the record
    value: str | None


def _add_qualifiers(staged: Staged, tables: dict[str, Rows], notes: _Notes) -> None:
    """Supplemental qualifiers that the contract lists become columns of their parent's records."""
    for name in [each for each in staged if each.startswith("supp")]:
        parent, supp = contract.tables()[name.removeprefix("supp")], staged[name]
        unnamed = supp["row_"].filter(pc.is_null(supp["qnam"])).to_pylist()
        problem = "The name of the qualifier is missing."
        found: list[tuple[Any, ...]] = [(row, "qnam", None, problem) for row in unnamed]
        if staged[parent.name].num_rows > MANY:
            supp = _add_at_once(staged, parent, supp, notes)
        said: dict[str, list[_Said]] = {}
        for each in _said(parent, staged[parent.name], supp):
            said.setdefault(each.qnam, []).append(each)
        for qnam in sorted(said):
            taken, doubtful = _weighed(parent, staged[parent.name], qnam, said[qnam])
            found += doubtful
            if taken:
                about, rows, values = (
                    pa.chunked_array([[getattr(each, part) for each in taken]])
                    for part in ("about", "row", "value")
                )
                _qualify(staged, parent.name, qnam, about, rows, values, notes)
        notes.find(tables[name], sorted(set(found), key=_place))


def _add_at_once(staged: Staged, parent: Table, supp: pa.Table, notes: _Notes) -> pa.Table:
    """Add the columns of which nothing is in doubt, and return the qualifiers of the others.

    Each of their qualifiers has a value, and means one record, which has none and is meant once.
    """
    records, kinds = staged[parent.name], _kinds(parent)
    qnams, idvars = _lowered(supp["qnam"]), _lowered(supp["idvar"])
    is_left = np.full(supp.num_rows, True)
    for idvar in sorted(kinds.keys() & set(idvars.dictionary.to_pylist())):
        places = _meant(records, supp, idvar, kinds[idvar])
        places[~_is(idvars, idvar)] = -1
        for qnam in sorted(_qualities(parent) & set(qnams.dictionary.to_pylist())):
            is_own = _is(qnams, qnam)
            about, own = places[is_own], supp.filter(pa.array(is_own))
            if (
                len(about)
                and about.min() >= 0
                and len(np.unique(about)) == len(about)
                and not own["qval"].null_count
                and _coded(records, qnam).take(pa.array(about)).null_count == len(about)
            ):
                meant = records["row_"].take(pa.array(about))
                _qualify(staged, parent.name, qnam, meant, own["row_"], own["qval"], notes)
                is_left &= ~is_own
    return supp.filter(pa.array(is_left))


def _qualify(
    staged: Staged,
    parent: str,
    qnam: str,
    about: pa.ChunkedArray,
    rows: pa.ChunkedArray,
    values: pa.ChunkedArray,
    notes: _Notes,
) -> None:
    """Write values into a column of those records: row_ of each, and of its qualifier."""
    place = pc.index_in(staged[parent]["row_"], about)
    values = files.encoded(values).take(place).cast(pa.string())
    there = staged[parent][qnam].cast(pa.string())
    staged[parent] = _with(staged[parent], qnam, files.encoded(pc.coalesce(there, values)))
    notes.origins[parent, qnam] = dict(zip(about.to_pylist(), rows.to_pylist(), strict=True))
    if (parent, qnam) in notes.absent:
        notes.absent.remove((parent, qnam))


def _qualities(table: Table) -> set[str]:
    """The columns that a qualifier can hold."""
    return {column.name for column in table.columns} - {"usubjid", *table.key}


def _lowered(column: pa.ChunkedArray) -> pa.DictionaryArray:
    coded = files.encoded(column)
    lower = [each.lower() for each in coded.dictionary.to_pylist()]
    return files.renamed(coded, pa.array(lower, pa.string()))


def _is(column: pa.DictionaryArray, value: str) -> np.ndarray:
    """In which rows it stands."""
    is_it = pc.equal(column.indices, pc.index(column.dictionary, value).cast(pa.int32()))
    return is_it.fill_null(False).to_numpy(zero_copy_only=False)


def _place(finding: tuple[Any, ...]) -> tuple[int, str]:
    row, *others = finding
    return row, repr(others)


def _said(parent: Table, records: pa.Table, supp: pa.Table) -> Iterator[_Said]:
    """What the qualifiers say, in their order, of each record that one means.

    One that names no column means a person, which is a record in dm alone.
    """
    kinds, idvars = _kinds(parent), _lower(supp["idvar"])
    known: dict[str | None, dict[Any, list[int]]] = {}
    for idvar in idvars:
        known[idvar] = {}
        if idvar in kinds:
            is_large = records.num_rows > MANY
            near = _near(records, supp, idvar, kinds[idvar]) if is_large else records
            for row, usubjid, value in _rows(near, "row_", "usubjid", idvar):
                if value is not None:
                    key = usubjid, _compared(value, kinds[idvar])
                    known[idvar].setdefault(key, []).append(row)
        elif idvar is None and parent.key == ("usubjid",):
            known[None] = {
                (usubjid, None): [row] for row, usubjid in _rows(records, "row_", "usubjid")
            }
    columns = _qualities(parent)
    names = ("row_", "usubjid", "qnam", "idvar", "idvarval", "qval")
    for row, usubjid, qnam, idvar, idvarval, value in _rows(supp, *names):
        if qnam is None or qnam.lower() not in columns:
            continue
        by = idvar and idvar.lower()
        key = usubjid, by and _compared(idvarval, kinds.get(by))
        for about in known[by].get(key, [None]):
            yield _Said(row, about, idvar, idvarval, qnam.lower(), value)


def _near(records: pa.Table, supp: pa.Table, idvar: str, kind: str) -> pa.Table:
    """The records that have a person and a value of that column in common with a qualifier."""
    return records.filter(pa.array(np.isin(*_keys(records, supp, idvar, kind))))


def _meant(records: pa.Table, supp: pa.Table, idvar: str, kind: str) -> np.ndarray:
    """The place of the one record that has person and value of each qualifier; -1 if none has."""
    ours, theirs = _keys(records, supp, idvar, kind)
    order = ours.argsort()
    first, last = (ours.searchsorted(theirs, side, order) for side in ("left", "right"))
    return np.where(last - first == 1, order[np.minimum(first, len(order) - 1)], -1)


def _keys(records: pa.Table, supp: pa.Table, idvar: str, kind: str) -> list[np.ndarray]:
    """A number for each record, and for each qualifier: the same for person and value in common.

    It is below 0 if the value is missing, and then one of no other.
    """
    persons = _numbered([_coded(records, "usubjid"), _coded(supp, "usubjid")], "varchar")
    values = _numbered([_coded(records, idvar), _coded(supp, "idvarval")], kind)
    n = 1 + max(each.max(initial=0) for each in values)
    missing = -1, -2  # of the records, and of the qualifiers
    return [
        np.where(what > 0, whom * n + what, missing_)
        for whom, what, missing_ in zip(persons, values, missing, strict=True)
    ]


def _numbered(columns: list[pa.DictionaryArray], kind: str) -> list[np.ndarray]:
    """A number for each row of the columns, the same for what compares as the same; 0 for null."""
    numbers: dict[str | None, int] = {None: 0}
    found = []
    for column in columns:
        values = column.dictionary.to_pylist()
        if kind != "varchar":
            values = [_compared(each, kind) for each in values]
        own = [numbers.setdefault(each, len(numbers)) for each in [*values, None]]
        found.append(np.array(own)[column.indices.fill_null(-1)])
    return found


def _weighed(
    parent: Table, records: pa.Table, qnam: str, said: list[_Said]
) -> tuple[list[_Said], list[tuple[Any, ...]]]:
    """What is taken for a column of the records, one of each, and what is found.

    What the parent says stands, and of several values none is taken.
    """
    about = pa.array({each.about for each in said} - {None}, pa.int64())
    records = records.select(["row_", qnam]).filter(pc.is_in(records["row_"], about))
    kind, stands = _kinds(parent)[qnam], dict(_rows(records, "row_", qnam))
    values: dict[int | None, set[str | None]] = {}
    for each in said:
        values.setdefault(each.about, set()).add(_compared(each.value, kind))
    taken, found = {}, []
    for each in said:
        there = stands.get(each.about)
        if each.about is None:
            meant = " ".join(filter(None, (each.idvar, each.idvarval)))
            problem = f"No record of {parent.name} is meant by this."
            found.append((each.row, "idvarval", meant, problem))
        elif each.value is None:
            continue
        elif there is not None:
            if _compared(there, kind) != _compared(each.value, kind):
                problem = f'Contradicts "{there}" in {parent.name}, which stands.'
                found.append((each.row, "qval", each.value, problem))
        elif len(values[each.about] - {None}) > 1:
            problem = "Other rows say otherwise of the same record: none is taken."
            found.append((each.row, "qval", each.value, problem))
        else:
            taken.setdefault(each.about, each)
    return list(taken.values()), found


def _kinds(table: Table) -> dict[str, str]:
    return {column.name: column.type for column in table.columns}


def _rows(table: pa.Table, *columns: str) -> Iterator[tuple[Any, ...]]:
    return zip(*(_listed(table[column]) for column in columns), strict=True)


def _listed(column: pa.ChunkedArray) -> list[Any]:
    """The values of a column, each text made once."""
    if column.type != TEXT:
        return column.to_pylist()
    coded = files.encoded(column)
    values = [*coded.dictionary.to_pylist(), None]
    return [values[place] for place in coded.indices.fill_null(-1).to_pylist()]


def _lower(names: pa.ChunkedArray) -> set[str | None]:
    """The names in a column, in lower case; None if one is missing."""
    return {each and each.lower() for each in names.unique().to_pylist()}


@lru_cache(maxsize=65_536)
def _compared(value: str | None, kind: str | None) -> str | None:
    """By what a value of that kind is compared: as numbers, 1 and 1.0 are the same."""
    if value is None or kind in (None, "varchar"):
        return value
    try:
        return str(float(value))
    except ValueError:
        return value


YES, NO = {"Y", "YES"}, {"N", "NO"}


def _leave_out_what_was_not_done(staged: Staged, tables: dict[str, Rows], notes: _Notes) -> None:
    """What was asked for and did not occur is no record, nor is a criterion that was met.

    A visit that was not done is one that was not made.
    """
    for name, rows in staged.items():
        is_not_done = _is_said(rows, f"{name}stat", {"NOT DONE"})
        if name == "sv" and is_not_done is not None:
            occur = pc.if_else(is_not_done, pa.scalar("N"), rows["svoccur"].cast(pa.string()))
            staged[name] = _with(rows, "svoccur", files.encoded(occur))
        if name in ("ex", "sv"):  # of which the questions tell what was planned from what was done
            continue
        reasons = [is_not_done, _is_said(rows, f"{name}occur", NO)]
        if name == "ie":
            reasons = [
                _both(_is_said(rows, "iecat", {"INCLUSION"}), _is_said(rows, "ieorres", YES)),
                _both(_is_said(rows, "iecat", {"EXCLUSION"}), _is_said(rows, "ieorres", NO)),
            ]
        if not (reasons := [each for each in reasons if each is not None]):
            continue
        is_left_out = reduce(pc.or_, reasons)
        if n := pc.sum(is_left_out).as_py():
            what = "of what was met" if name == "ie" else "of what was not done"
            said = (
                f"{f'{n} rows, from here on, are' if n > 1 else '1 row is'} {what}, and left out."
            )
            row = rows["row_"][pc.index(is_left_out, True).as_py()].as_py()
            notes.find(tables[name], [(row, None, None, said)])
            staged[name] = rows.filter(pc.invert(is_left_out))


def _is_said(staged: pa.Table, column: str, words: set[str]) -> pa.Array | None:
    """Which rows say one of the words in that column; None if the column holds none of them."""
    if column not in staged.column_names:
        return None
    coded = _coded(staged, column)
    is_one = [each.upper() in words for each in coded.dictionary.to_pylist()]
    return pa.array(is_one).take(coded.indices).fill_null(False) if any(is_one) else None


def _both(one: pa.Array | None, other: pa.Array | None) -> pa.Array | None:
    return None if one is None or other is None else pc.and_(one, other)


def _find_numbers(staged: Staged, tables: dict[str, Rows], notes: _Notes) -> None:
    """Numbers for the texts that are surely one; what is none, or not surely, is a finding."""
    columns = {
        (name, column.name): column
        for name in staged
        for column in contract.tables()[name].columns
        if column.type != "varchar"
    }
    forms = {}
    for name, column in columns:
        said = _coded(staged[name], column).dictionary.to_pylist()
        forms[name, column] = {value: number_form(value) for value in said}
    found = {place: set(form.values()) for place, form in forms.items()}
    for (name, column), sure in _sure_forms(found, tables).items():
        kind, form = columns[name, column].type, forms[name, column]
        problems = {}
        if kind == "integer" or not found[name, column] <= sure:
            doubts = {value: _doubt(value, kind, each, sure) for value, each in form.items()}
            problems = {value: problem for value, problem in doubts.items() if problem}
        if problems:
            notes.find_cells(tables, name, _cells(staged[name], column, problems))
        number = int if kind == "integer" else float
        numbers = [
            None if value in problems else number(float(value.replace(",", "."))) for value in form
        ]
        typed = pa.array(numbers, _TYPES[kind])
        typed = typed.take(_coded(staged[name], column).indices)
        staged[name] = _with(staged[name], column, typed)


# In this order: what may be a mark of thousands is not surely one of decimals.
_NUMBER_FORMS = {
    "whole": r"[+-]?\d+(?:[eE][+-]?\d{1,2})?",
    "point?": r"[+-]?[1-9]\d{0,2}\.\d{3}",
    "comma?": r"[+-]?[1-9]\d{0,2},\d{3}",
    "point": r"[+-]?(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d{1,2})?",
    "comma": r"[+-]?\d*,\d+(?:[eE][+-]?\d{1,2})?",
}
_FORM_NAMES = [None, *_NUMBER_FORMS]
_NUMBER = re.compile("|".join(f"({each})" for each in _NUMBER_FORMS.values()), re.ASCII)


@lru_cache(maxsize=65_536)  # from cut to cut most values are the same
def number_form(value: str) -> str | None:
    """How a text writes a number: whole, or with the mark of its decimals, point or comma.

    point? or comma? where that may be a mark of thousands, as in 1.234 or 1,234. None if the text
    is no number.
    """
    found = _NUMBER.fullmatch(value) if len(value) <= 100 else None
    return _FORM_NAMES[found.lastindex] if found else None


def _doubt(value: str, kind: str, form: str | None, sure: set[str]) -> str | None:
    """Why a text is not taken as a number, None if it is."""
    if kind == "integer":
        is_whole = re.fullmatch(r"\d{1,9}([.,]0{1,2})?", value, re.ASCII)
        return None if is_whole else "This is no whole number."
    if form in sure:
        return None
    if form is None:
        return "This is no number."
    return "Whether its mark separates decimals or thousands is not sure."


def _sure_forms(
    found: dict[tuple[str, str], set[str | None]], tables: dict[str, Rows]
) -> dict[tuple[str, str], set[str]]:
    """The forms of numbers that are sure, by table and column.

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


def _find_dates(staged: Staged, tables: dict[str, Rows], cut_on: date, notes: _Notes) -> None:
    places = [
        (name, column.name)
        for name in sorted(staged)
        for column in contract.tables()[name].columns
        if column.is_date
    ]
    for name, column in places:
        staged[name] = _without_midnights(staged[name], column)
    values = (_coded(staged[name], column).dictionary.to_pylist() for name, column in places)
    problems = {
        value: "This is no date as 2020-06-12."
        if first_day is None
        else "This lies after the data cut."
        for value, first_day in first_days(set().union(*values)).items()
        if first_day is None or first_day > cut_on
    }
    if problems:
        for table in staged:
            cells = [
                cell
                for name, column in places
                if name == table
                for cell in _cells(staged[name], column, problems)
            ]
            notes.find_cells(tables, table, sorted(cells))


# As nearly all are written. What DuckDB says of the others is kept: the next cut has most of them
# again, and to ask takes as long as all else that is done with dates.
_PLAIN = re.compile(r"((?:19|20)\d\d-\d\d-\d\d)(?:T(?:[01]\d|2[0-3]):[0-5]\d)?", re.ASCII)
_others: dict[str, date | None] = {}
MOST_KEPT = 100_000


def first_days(values: Iterable[str]) -> dict[str, date | None]:
    """The first day that each text can mean, None if it is no date: the macro dtc_from."""
    found, unknown = {}, []
    for value in values:
        try:
            plain = _PLAIN.fullmatch(value)
            found[value] = date.fromisoformat(plain[1]) if plain else _others[value]
        except (KeyError, ValueError):
            unknown.append(value)
    if unknown:
        con = database.scratch()
        con.register("arriving", pa.table({"value": pa.array(unknown, pa.string())}))
        answers = dict(run(con, "select value, dtc_from(value) from arriving"))
        if len(_others) < MOST_KEPT:
            _others.update(answers)
        found |= answers
    return found


_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)[T ]00:00(?::00(?:[.,]0+)?)?")


def _without_midnights(staged: pa.Table, column: str) -> pa.Table:
    """The days of a column whose every time is midnight: none was collected."""
    coded = _coded(staged, column)
    timed = [each for each in coded.dictionary.to_pylist() if len(each) > len("2021-03-05")]
    if not timed or not all(map(_MIDNIGHT.fullmatch, timed)):  # which the first real time tells
        return staged
    days = pc.replace_substring_regex(coded.dictionary, r"[T ]00:00(:00([.,]0+)?)?$", "")
    return _with(staged, column, files.renamed(coded, days))


def _find_repeats(staged: Staged, tables: dict[str, Rows], notes: _Notes) -> None:
    """A key names one record: the same record twice counts once, two records stop the cut.

    Without a key nobody can tell a record from its copy: both are kept, and it is said.
    """
    for name in [each for each in staged if not each.startswith("supp")]:
        table = contract.tables()[name]
        if table.key and not _repeats(staged[name], table.key):
            continue
        if table.key:
            staged[name] = _once_each(staged[name], table, tables[name], notes)
        columns = [column.name for column in table.columns]
        problem = "The row repeats another, and both are kept: no number tells them apart."
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
    columns = list(columns)
    if _are_told_apart(staged, columns):  # which is nearly always so, and sooner known
        return []
    said = staged.group_by(columns, use_threads=False).aggregate([("row_", "list")])
    rows = said["row__list"]
    alike = rows.filter(pc.greater(pc.list_value_length(rows), 1)).to_pylist()
    return sorted((row, first) for first, *others in map(sorted, alike) for row in others)


def _are_told_apart(staged: pa.Table, columns: list[str]) -> bool:
    """Whether it is sure that no two rows say the same in those columns."""
    rows, n = np.zeros(staged.num_rows, np.int64), 1  # a number below n for what each row says
    for name in columns:
        coded = _coded(staged, name)
        n_values = len(coded.dictionary) + 1  # and null
        if (n := n * n_values) > np.iinfo(np.int64).max:
            return False
        places = coded.indices.fill_null(-1) if coded.null_count else coded.indices
        rows *= n_values  # in place, as fresh memory takes longer than that
        rows += places.to_numpy()
        rows += 1
    rows.sort()
    return not (rows[1:] == rows[:-1]).any()


def _find_strangers(staged: Staged, tables: dict[str, Rows], notes: _Notes) -> None:
    """Records of somebody who is not in dm belong to no row of participants."""
    persons = {name: _coded(staged[name], "usubjid") for name in sorted(staged)}
    # Of all tables at once: to make the set of those known takes as long as to look one table up.
    named = pa.chunked_array([each.dictionary for each in persons.values()])
    are_known, start = pc.is_in(named, persons["dm"].dictionary).combine_chunks(), 0
    for name, ids in persons.items():
        is_known = are_known.slice(start, len(ids.dictionary))
        start += len(is_known)
        if pc.all(is_known).as_py():
            continue
        theirs = staged[name].filter(pc.invert(is_known).take(ids.indices))
        found: dict[str, list[int]] = {}
        for usubjid, row in _rows(theirs, "usubjid", "row_"):
            found.setdefault(usubjid, []).append(row)
        for usubjid, places in found.items():
            n = len(places)
            counted = "1 row" if n == 1 else f"{n} rows, from here on,"
            said = f"{counted} of nobody who is in dm."
            notes.find(tables[name], [(places[0], "usubjid", usubjid, said)])
