"""One delivered file -> its rows, every value as text, a missing value as null.

Nothing is guessed from the data: the encoding follows from the bytes, the delimiter from the
header, and the contract decides types later. Whatever cannot be read whole is refused.
"""

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

# How exports spell a value that is not there, besides leaving it blank; the last five are what
# pandas and spreadsheets write by themselves.
MISSING = ("", "NA", ".", "NULL", "N/A", "#N/A", "<NA>", "NAN", "NAT")
_CASES = (product(*zip(word, word.lower(), strict=True)) for word in MISSING)
_MISSING_IN_ANY_CASE = pa.array({"".join(each) for cases in _CASES for each in cases})
BLANKS = " \t\r\n\u00a0"
SUFFIXES = (".csv", ".parquet")
DELIMITERS = ",;\t|"

csv.field_size_limit(2**31 - 1)

# Text as it is held: each value once, in a dictionary, so that a check looks at each once.
TEXT = pa.dictionary(pa.int32(), pa.string())

# What no text contains: the C0 controls but for tab, line feed, vertical tab, form feed, return.
_TEXT_BYTES = bytes(set(range(256)) - (set(range(32)) - {9, 10, 11, 12, 13}))
_BOM, _DOS_END = codecs.BOM_UTF8, b"\x1a"
_NAMED = re.compile(rb'"?sep=([,;\t|])"?(\r\n|\r|\n)', re.IGNORECASE)
# A Latin letter, a Greek one, or a typographic sign in UTF-8. Next to bytes that are none of
# UTF-8 they prove a mixture: in Windows-1252 they would read "Ã©", "Î¼" or "â€™".
_UTF8_SIGN = re.compile(rb"[\xc2\xc3\xce\xcf][\x80-\xbf]|\xe2[\x80-\x84][\x80-\xbf]")
_NO_MORE_LINES = re.compile(rb"[\r\n]*")
_OTHER_KINDS = {
    b"PAR1": "a Parquet file",
    b"PK\x03\x04": "a zip file or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an Excel workbook",
    b"\x1f\x8b": "a gzip file",
}


class Refused(Exception):
    """A delivery cannot be used. The message says which file, where, and what is wrong."""


class Unreadable(Refused):
    """A file cannot be opened now: it may be in a moment, as it is."""


@dataclass(frozen=True)
class Rows:
    """The rows of one file: columns of TEXT under lower-case names.

    The dictionary of a column holds what stands in it, each value once.
    """

    file: str
    table: pa.Table
    utf_8: bytes | None = None  # the CSV; None for Parquet
    delimiter: str | None = None

    @cached_property
    def lines(self) -> list[int]:
        """The line of the file on which each row starts; for Parquet, the row's number.

        Quoted line breaks make this slow, so it is worked out only when a row has a finding.
        """
        if self.utf_8 is None:
            return list(range(1, self.table.num_rows + 1))
        return [line for line, _ in _records(self.utf_8.decode(), self.delimiter or ",")][1:]

    @property
    def ends_with_line(self) -> bool | None:
        """Whether the last line is closed by a line break; None for Parquet."""
        return None if self.utf_8 is None else self.utf_8.endswith((b"\n", b"\r"))


def table_of(file: str) -> str | None:
    """The name of the table that a file holds, None if it holds none."""
    if not file.lower().endswith(SUFFIXES):
        return None
    return re.sub(r"\W+", "_", Path(file).stem.strip().lower()) or "_"


def read(file: str, content: bytes, wanted: Collection[str] | None = None) -> Rows:
    """Read the wanted columns of one file, those that it has; all, if none are named.

    Raises Refused if it is empty, cannot be decoded, is cut off, or if a row has more or fewer
    fields than the header.
    """
    if not content:
        raise Refused(f"{file} is empty (0 bytes).")
    form = _parquet if file.lower().endswith(".parquet") else _csv
    return form(file, content, wanted)


def from_arrow(
    file: str, table: pa.Table, wanted: Collection[str] | None = None, delimiter: str | None = None
) -> Rows:
    """The rows of a table of any types, as text."""
    names = _names(file, table.column_names)
    columns = {
        name: _as_text(file, name, column)
        for name, column in zip(names, table.columns, strict=True)
        if _is_wanted(name, wanted)
    }
    return Rows(file, _without_missing(pa.table(columns)), delimiter=delimiter)


# CSV


def _csv(file: str, content: bytes, wanted: Collection[str] | None) -> Rows:
    utf_8 = _in_utf_8(file, content)
    # Excel's way to name the delimiter; the line stays as a blank one, so that lines count right.
    if named := _NAMED.match(utf_8):
        utf_8 = b"\n" + utf_8[named.end() :]
    if not utf_8[:100].decode(errors="ignore").strip() and not utf_8.decode().strip():
        raise Refused(f"{file} holds nothing but blanks.")
    delimiter = named[1].decode() if named else _delimiter(utf_8)
    header, end = _header(utf_8, delimiter)
    if utf_8.startswith(_BOM, end):  # the rows were a file of their own, and pyarrow passes over it
        utf_8 = utf_8[:end] + _without_marks(utf_8[end:])
    has_breaks = _has_breaks(utf_8, delimiter) if len(utf_8) > BLOCK else None
    if has_breaks is None:  # not known
        _check_quotes(file, utf_8, delimiter)
        has_breaks = True
    names = _names(file, header)
    chosen = {str(place): name for place, name in enumerate(names) if _is_wanted(name, wanted)}
    rows = pa.py_buffer(utf_8).slice(end)
    try:
        table = _fields(rows, delimiter, len(names), list(chosen), has_breaks)
    except pa.ArrowInvalid as error:
        raise Refused(f"{file} cannot be read. {error}") from None
    if table is None:
        raise Refused(_ragged(file, utf_8.decode(), delimiter, len(names)))
    table = table.select(list(chosen)).rename_columns(list(chosen.values()))
    return Rows(file, _without_missing(table), utf_8, delimiter)


BLOCK = 2**22  # bytes of a file that are taken apart at a time, while others are


def _fields(
    rows: pa.Buffer, delimiter: str, n_columns: int, chosen: list[str], has_breaks: bool
) -> pa.Table | None:
    """The columns chosen, at least, by their places: the others are not taken apart in vain.

    None if a row has more or fewer fields than there are columns. Raises pyarrow.ArrowInvalid.
    """
    keys = list(map(str, range(n_columns)))
    if _NO_MORE_LINES.fullmatch(rows):
        return pa.table([pa.array([], TEXT)] * n_columns, keys)
    wrong: list[pa.csv.InvalidRow] = []

    def remember(row: pa.csv.InvalidRow) -> str:
        wrong.append(row)
        return "skip"

    def taken_apart(block: int, has_breaks: bool) -> pa.Table | None:
        table = pa.csv.read_csv(
            pa.BufferReader(rows),
            read_options=pa.csv.ReadOptions(column_names=keys, block_size=block),
            parse_options=pa.csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=has_breaks, invalid_row_handler=remember
            ),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(keys, TEXT),
                strings_can_be_null=False,
                include_columns=chosen,
            ),
        )
        return None if wrong else table

    if rows.size > BLOCK and not has_breaks:
        with suppress(pa.ArrowInvalid):  # a row may be as long as it likes
            return taken_apart(BLOCK, has_breaks)
    return taken_apart(rows.size + 1, has_breaks)


def _in_utf_8(file: str, content: bytes) -> bytes:
    """The text of a file in UTF-8, which it nearly always is: a large one is not copied in vain."""
    for start, kind in _OTHER_KINDS.items():
        if content.startswith(start):
            raise Refused(f"{file} is no CSV: it is {kind}.")
    codec = _wide_codec(content) or "utf-8"
    if codec == "utf-8":
        _check_text(file, content.rstrip(_DOS_END))
        if _is_utf_8(content):
            return _without_marks(content)
    try:
        text = content.decode(codec)
    except UnicodeDecodeError as error:
        if error.reason in ("unexpected end of data", "truncated data"):
            raise Refused(f"{file} is cut off: it ends inside a character.") from None
        if codec != "utf-8" or content.startswith(_BOM):
            raise Refused(_undecodable(file, codec, error)) from None
        text = _from_windows(file, content, error.start)
    if codec != "utf-8":
        _check_text(file, text.encode())
    return _without_marks(text.encode())


def _is_utf_8(content: bytes) -> bool:
    """Whether it can be decoded; by the block, as fresh memory takes longer than that."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(content), BLOCK):
            decoder.decode(content[start : start + BLOCK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _without_marks(utf_8: bytes) -> bytes:
    """Without what stands before a text, and behind one of DOS."""
    while utf_8.startswith(_BOM):
        utf_8 = utf_8.removeprefix(_BOM)
    return utf_8.rstrip(_DOS_END)


def _wide_codec(content: bytes) -> str | None:
    """The codec of a file of two bytes a character, None if it is none."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    start = content[:1000]
    for codec, nulls in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if nulls.count(0) > 0.4 * len(nulls):
            return codec
    return None


def _from_windows(file: str, content: bytes, no_utf8_at: int) -> str:
    """The text of a file that is not UTF-8, for the byte that stands there."""
    if sign := _UTF8_SIGN.search(content):
        first, second = sorted((sign.start(), no_utf8_at))
        raise Refused(
            f"{file} mixes UTF-8 with another encoding: compare bytes {first + 1} and {second + 1}."
        )
    try:
        return content.decode("windows-1252")
    except UnicodeDecodeError as error:
        raise Refused(_undecodable(file, "windows-1252", error)) from None


def _undecodable(file: str, codec: str, error: UnicodeDecodeError) -> str:
    return f"{file} cannot be decoded: byte {error.start + 1} is not {codec.upper()}."


def _check_text(file: str, content: bytes) -> None:
    if content.translate(None, _TEXT_BYTES):
        raise Refused(f"{file} is not text: it holds bytes that no text file has.")


def _delimiter(utf_8: bytes) -> str:
    """The delimiter that splits the header into the most fields."""
    first, *others = DELIMITERS
    there = [first, *(each for each in others if each.encode() in utf_8)]
    return max(there, key=lambda each: len(_header(utf_8, each)[0]))


def _header(utf_8: bytes, delimiter: str) -> tuple[list[str], int]:
    """The header, and where it ends."""
    length = 10_000
    while True:  # of a large file, its beginning will do
        text = utf_8[:length].decode(errors="ignore")  # which may end inside a character
        start = io.StringIO(text, newline="")
        header = next((each for each in csv.reader(start, delimiter=delimiter) if each), [])
        end = start.tell()
        if end < len(text) or length >= len(utf_8):
            return header, len(text[:end].encode())
        length *= 10


def _reader(text: str, delimiter: str, strict: bool = False):
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)


def _names(file: str, header: list[str]) -> list[str]:
    names = [name.strip().lower() for name in header]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise Refused(f"{file} has two columns named {', '.join(twice)}.")
    return names


def _is_wanted(name: str, wanted: Collection[str] | None) -> bool:
    return bool(name) if wanted is None else name in wanted


def _records(text: str, delimiter: str) -> Iterator[tuple[int, int]]:
    """The line on which each record starts, and its number of fields."""
    reader = _reader(text, delimiter)
    line = 1
    for record in reader:
        if record:
            yield line, len(record)
        line = reader.line_num + 1


def _has_breaks(utf_8: bytes, delimiter: str) -> bool | None:
    """Whether a quoted value holds a line break; None if the marks do not open and close in turn.

    Each first mark stands at the start of a value, each second one at its end; a mark that is
    doubled ends a value, and begins it again.
    """
    if b'"' not in utf_8:
        return False
    signs = np.frombuffer(utf_8, np.uint8)
    marks = _places(signs, b'"')
    if len(marks) % 2:
        return None
    opening, closing = marks[::2], marks[1::2]
    ends = np.frombuffer(f'\r\n{delimiter}"'.encode(), np.uint8)
    before, behind = signs[opening[opening > 0] - 1], signs[closing[closing + 1 < len(signs)] + 1]
    if not (np.isin(before, ends).all() and np.isin(behind, ends).all()):
        return None
    breaks = _places(signs, b"\r\n")
    return bool((np.searchsorted(breaks, opening) < np.searchsorted(breaks, closing)).any())


def _places(signs: np.ndarray, of: bytes) -> np.ndarray:
    """Where those signs stand; looked for by the block, as fresh memory takes longer than that."""
    found = []
    for start in range(0, len(signs), BLOCK):
        block = signs[start : start + BLOCK]
        is_one = reduce(np.logical_or, (block == sign for sign in of))
        found.append(np.flatnonzero(is_one) + start)
    return np.concatenate(found)


def _check_quotes(file: str, utf_8: bytes, delimiter: str) -> None:
    """Every quoted value is closed, and closed where the value ends.

    Otherwise a mark that should have been doubled shifts the values behind it, in silence.
    """
    if b'"' not in utf_8:
        return
    text = utf_8.decode()
    # A line without any mark neither opens nor closes a value, and most lines are without.
    marked = (line for line in io.StringIO(text, newline="") if '"' in line)
    try:
        deque(csv.reader(marked, delimiter=delimiter, strict=True), maxlen=0)
    except csv.Error as error:
        if "unexpected end" in str(error):
            raise Refused(f"{file} is cut off: it ends inside a quoted field.") from None
        raise Refused(
            f"{file}, line {_undoubled(text, delimiter)}: "
            "a quotation mark inside a quoted value is not doubled."
        ) from None


def _undoubled(text: str, delimiter: str) -> int:
    """The line of the first quotation mark that should have been doubled."""
    reader = _reader(text, delimiter, strict=True)
    with suppress(csv.Error):
        deque(reader, maxlen=0)
    return reader.line_num


def _ragged(file: str, text: str, delimiter: str, n_columns: int) -> str:
    records = list(_records(text, delimiter))
    wrong = [(line, n) for line, n in records if n != n_columns]
    line, n_fields = wrong[0]
    counted = f"{n_fields} field{'s' * (n_fields > 1)}, where the header has {n_columns}"
    is_open = not text.endswith(("\n", "\r"))
    if is_open and wrong == records[-1:] and n_fields < n_columns:
        return f"{file} is cut off in line {line}: {counted}."
    others = f", and so has another {len(wrong) - 1}" if len(wrong) > 1 else ""
    return f"{file}, line {line}: {counted}{others}. A value may hold an unquoted delimiter."


# Parquet, and values that have a type


def _parquet(file: str, content: bytes, wanted: Collection[str] | None) -> Rows:
    if not content.startswith(b"PAR1"):
        raise Refused(f"{file} is no Parquet file.")
    if not content.endswith(b"PAR1"):
        raise Refused(f"{file} has no Parquet footer: it is cut off, or still being copied.")
    try:
        parquet = pa.parquet.ParquetFile(pa.BufferReader(content), page_checksum_verification=True)
        columns = parquet.schema_arrow.names
        names = _names(file, columns)
        chosen = [
            column for column, name in zip(columns, names, strict=True) if _is_wanted(name, wanted)
        ]
        table = parquet.read(columns=chosen)
        table.validate(full=True)  # Parquet calls text whatever it was given
    except (pa.ArrowException, OSError, ValueError) as error:
        raise Refused(f"{file} cannot be read as Parquet. {error}") from None
    return from_arrow(file, table, wanted)


def _without_missing(table: pa.Table) -> pa.Table:
    """The values without blanks around them, null where none stands."""
    columns = [encoded(each) for each in table.columns]
    # All of them at once, since a file has few rows and many columns.
    values = pa.concat_arrays([pa.array([], pa.string()), *(each.dictionary for each in columns)])
    trimmed = pc.utf8_trim(values, BLANKS)
    is_missing = pc.is_in(trimmed, _MISSING_IN_ANY_CASE)
    stands = pc.if_else(is_missing, pa.scalar(None, pa.string()), trimmed)
    cleaned, start = [], 0
    for column in columns:
        names = stands.slice(start, len(column.dictionary))
        cleaned.append(column if names.equals(column.dictionary) else renamed(column, names))
        start += len(names)
    return pa.table(cleaned, names=table.column_names)


def renamed(column: pa.DictionaryArray, names: pa.Array) -> pa.DictionaryArray:
    """The column with those values in place of those of its dictionary, each once, or null."""
    own = names.dictionary_encode()
    return pa.DictionaryArray.from_arrays(own.indices.take(column.indices), own.dictionary)


def encoded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """A column of text as one array with a dictionary."""
    whole = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    return whole if whole.type == TEXT else whole.dictionary_encode()


def _as_text(file: str, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A typed column as the text that a CSV would have held."""
    kind = column.type
    try:
        if pa.types.is_dictionary(kind):
            return _as_text(file, name, column.cast(kind.value_type))
        if pa.types.is_timestamp(kind):
            return _instants(column)
        if pa.types.is_boolean(kind):
            return pc.if_else(column, "Y", "N")
        if pa.types.is_floating(kind):
            return _floats(column)
        return column.cast(pa.string())
    except (pa.ArrowException, NotImplementedError):
        raise Refused(f"{file}, column {name}: values of type {kind} cannot be read.") from None


def _instants(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """ISO 8601: days if all of them are midnights, with seconds only if one has any."""

    def is_whole(unit: str) -> bool:
        return pc.all(pc.equal(pc.floor_temporal(column, unit=unit), column)).as_py() is not False

    if is_whole("day"):
        return pc.strftime(column, format="%Y-%m-%d")
    zone = "%z" if column.type.tz else ""
    if is_whole("minute"):
        return pc.strftime(column, format=f"%Y-%m-%dT%H:%M{zone}")
    if is_whole("second"):
        column = column.cast(pa.timestamp("s", column.type.tz))
    return pc.strftime(column, format=f"%Y-%m-%dT%H:%M:%S{zone}")


def _floats(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whole numbers without a point: a missing value has made floats of 3 and 12345678901."""
    column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
    is_whole = pc.and_(pc.equal(pc.floor(column), column), pc.less(pc.abs(column), 2.0**53))
    whole = pc.if_else(is_whole, column, pa.scalar(None, column.type)).cast(pa.int64())
    return pc.coalesce(whole.cast(pa.string()), column.cast(pa.string()))
