"""One delivered file -> its rows as text: data/files.py."""

import csv
import gzip
import io
import random
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from data import files
from data.files import Refused

ROWS = 'usubjid,siteid,aeterm\nP01,01,"Fièvre, puis ""frissons""\nla nuit"\nP02,NA,été\n'
AS_READ = [
    {"usubjid": "P01", "siteid": "01", "aeterm": 'Fièvre, puis "frissons"\nla nuit'},
    {"usubjid": "P02", "siteid": None, "aeterm": "été"},
]


def read(content: str | bytes, file: str = "ae.csv", wanted: list[str] | None = None) -> list[dict]:
    content = content.encode() if isinstance(content, str) else content
    return files.read(file, content, wanted).table.to_pylist()


def refusal(content: str | bytes, file: str = "ae.csv") -> str:
    with pytest.raises(Refused) as reason:
        read(content, file)
    return str(reason.value)


def parquet(**columns: object) -> bytes:
    out = io.BytesIO()
    pa.parquet.write_table(pa.table(columns), out)
    return out.getvalue()


# Encodings, delimiters, missing values


@pytest.mark.parametrize("delimiter", list(files.DELIMITERS))
@pytest.mark.parametrize(
    "codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_the_same_rows_in_every_dress(codec, delimiter, line_break):
    head, body = ROWS.split("\n", 1)
    text = "\n".join([head.replace(",", delimiter), body])
    text = text.replace("P01,01,", f"P01{delimiter}01{delimiter}")
    text = text.replace("P02,NA,", f"P02{delimiter}NA{delimiter}").replace("\n", line_break)
    expected = AS_READ[0]["aeterm"].replace("\n", line_break)
    assert read(text.encode(codec)) == [AS_READ[0] | {"aeterm": expected}, AS_READ[1]]


@pytest.mark.parametrize(
    "spelling",
    [
        *("", "NA", "na", ".", "NULL", "null", "  ", " NA ", "\u00a0"),
        *("N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NaT"),  # of pandas and spreadsheets
    ],
)
def test_a_missing_value_is_null_however_it_is_spelled(spelling):
    assert read(f"usubjid,siteid\nP01,{spelling}\n") == [{"usubjid": "P01", "siteid": None}]


@pytest.mark.parametrize("value", ["-", "0", "None", "..", "UNK", "NONE", "NAP"])
def test_what_only_looks_missing_stays(value):
    assert read(f"usubjid,siteid\nP01,{value}\n") == [{"usubjid": "P01", "siteid": value}]


def test_columns_have_their_names_in_lower_case_and_nameless_ones_are_left_out():
    assert read('"USUBJID", SiteId ,\nP01,01,7\n') == [{"usubjid": "P01", "siteid": "01"}]


def test_only_the_wanted_columns_are_read():
    assert read("usubjid,name\nP01,Ann\n", wanted=["usubjid", "siteid"]) == [{"usubjid": "P01"}]
    content = parquet(USUBJID=["P01"], name=["Ann"], tree=[[1, 2]])
    assert read(content, "dm.parquet", ["usubjid"]) == [{"usubjid": "P01"}]


def test_a_delimiter_inside_a_quoted_name_does_not_count():
    assert read('"a,b,c,d";usubjid\n1;P01\n') == [{"a,b,c,d": "1", "usubjid": "P01"}]


@pytest.mark.parametrize("named", ["sep=;\n", "sep=;\r\n", "sep=;\r", "SEP=;\n", '"sep=;"\n'])
def test_a_line_that_names_the_delimiter_is_no_header(named):
    rows = files.read("dm.csv", f"\ufeff{named}usubjid;a,b\nP01;x\n".encode())
    assert (rows.table.to_pylist(), rows.lines) == ([{"usubjid": "P01", "a,b": "x"}], [3])


def test_the_end_mark_of_dos_is_no_value():
    assert read("usubjid\nP01\n\x1a") == [{"usubjid": "P01"}]


# Lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("usubjid,a\nP01,x\nP02,y\n", [2, 3]),
        ("usubjid,a\r\nP01,x\r\nP02,y\r\n", [2, 3]),
        ("usubjid,a\rP01,x\rP02,y\r", [2, 3]),
        ("\ufeffusubjid,a\nP01,x\nP02,y", [2, 3]),
        ("\n\nusubjid,a\n\nP01,x\n\n\nP02,y\n\n", [5, 8]),
        ('usubjid,a\nP01,"x\n\nz"\nP02,y\n', [2, 5]),
        ('usubjid,a\r\nP01,"x\nz"\r\nP02,y\r\n', [2, 4]),
        ('usubjid,"a\nb"\nP01,x\nP02,y\n', [3, 4]),
        ("sep=,\r\nusubjid,a\r\nP01,x\r\n\r\nP02,y\r\n", [3, 5]),
        ("usubjid,a\nP01,x\u2028\x0b\x0c\x85\nP02,y\n", [2, 3]),  # no line breaks in a CSV
    ],
)
def test_a_row_has_the_line_on_which_it_starts(text, lines):
    assert files.read("dm.csv", text.encode()).lines == lines


# What is refused


GOOD = "usubjid,siteid,aeterm\nP01,01,fever\nP02,02,cough\n"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "ae.csv is empty (0 bytes)."),
        (" \r\n\t\n", "ae.csv holds nothing but blanks."),
        (GOOD + "P03,03\n", "ae.csv, line 4: 2 fields, where the header has 3."),
        (GOOD + "P03,03,a,b\nP04,04,c\n", "ae.csv, line 4: 4 fields, where the header has 3."),
        (GOOD + "P03\nP04\nP05,05,x\n", "line 4: 1 field, where the header has 3, and so has"),
        (GOOD + "P03,0", "ae.csv is cut off in line 4: 2 fields, where the header has 3."),
        (GOOD + 'P03,03,"feve', "ae.csv is cut off: it ends inside a quoted field."),
        (GOOD + 'P03,03,"', "ae.csv is cut off: it ends inside a quoted field."),
        (GOOD + 'P03,03,"he said ""', "ae.csv is cut off: it ends inside a quoted field."),
        (GOOD + 'P03,03,"5" tube"\n', "line 4: a quotation mark inside a quoted value is not"),
        (GOOD + 'P03,03,"a \\"b\\", c"\n', "line 4: a quotation mark inside a quoted value is not"),
        (
            GOOD + 'P03,03,"a\n\nb\nc"\nP04,04,"5" tube"\n',
            "line 8: a quotation mark inside a quoted",
        ),
        (GOOD + 'P03,03,"a\n\nb\nc\nP04,04,tube\n', "cut off: it ends inside a quoted field."),
        (GOOD.encode() + "P03,03,fé".encode()[:-1], "is cut off: it ends inside a character."),
        (("\ufeff" + GOOD + "é").encode()[:-1], "is cut off: it ends inside a character."),
        (GOOD.encode("utf-16")[:-1], "is cut off: it ends inside a character."),
        ("usubjid,a,A\nP01,1,2\n", "ae.csv has two columns named a."),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "ae.csv is not text"),
        (gzip.compress(GOOD.encode(), mtime=0), "ae.csv is no CSV: it is a gzip file."),
        (b"PK\x03\x04" + b"\x14\x00", "ae.csv is no CSV: it is a zip file or an Excel workbook."),
        (parquet(usubjid=["P01"]), "ae.csv is no CSV: it is a Parquet file."),
        (random.Random(1).randbytes(5000), "ae.csv is not text"),
        (GOOD.replace("fever", "fe\x00ver"), "ae.csv is not text"),
        (GOOD.replace("fever", "fe\x1aver"), "ae.csv is not text"),
        (GOOD.replace("fever", "fe\x00ver").encode("utf-16"), "ae.csv is not text"),
        (GOOD.encode() + b"P03,03,fi\x81vre\n", "byte 58 is not WINDOWS-1252."),
        ("\ufeff".encode() + b"usubjid\nfi\xe8vre\n", "byte 14 is not UTF-8."),
        (GOOD.encode() + "é,".encode() + "é,x\n".encode("cp1252"), "mixes UTF-8 with another"),
        ("usubjid,a\nP01,5 µg\n".encode() + b"P02,\xe9t\xe9\n", "mixes UTF-8 with another"),
    ],
)
def test_a_broken_csv_is_refused_in_words(content, sentence):
    assert sentence in refusal(content)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "ae.parquet is empty (0 bytes)."),
        (parquet(usubjid=["P01"])[:-1], "ae.parquet has no Parquet footer: it is cut off"),
        (GOOD.encode(), "ae.parquet is no Parquet file."),
        (b"PAR1" + b"\x00" * 50 + b"PAR1", "ae.parquet cannot be read as Parquet."),
        (parquet(usubjid=[["P01"]]), "ae.parquet, column usubjid: values of type list<"),
        (parquet(usubjid=[{"id": 1}]), "ae.parquet, column usubjid: values of type struct<"),
        (parquet(usubjid=[b"\xff"]), "ae.parquet, column usubjid: values of type binary"),
        (
            parquet(a=pa.Array.from_buffers(pa.string(), 1, pa.array([b"f\xe8"]).buffers())),
            "ae.parquet cannot be read as Parquet.",
        ),
        (parquet(A=["P01"], a=["P01"]), "ae.parquet has two columns named a."),
    ],
)
def test_a_broken_parquet_is_refused_in_words(content, sentence):
    assert sentence in refusal(content, "ae.parquet")


@pytest.mark.parametrize(
    "text",
    [
        "aeterm,a\nFIÈVRE ÉLEVÉE\u00a0: GRAVITÉ\u00a0»,x\n",
        "aeterm,a\nGroßer Spaß“ …,x\n",
        "aeterm,a\n5 µg … 3 € Œdème,x\n",
    ],
)
def test_accents_before_typographic_signs_are_no_mixture(text):
    assert read(text.encode("cp1252"))[0]["aeterm"] == text.splitlines()[1][:-2]


def test_a_mark_within_an_unquoted_value_is_text():
    assert read('usubjid,a\nP01,5" tube\n') == [{"usubjid": "P01", "a": '5" tube'}]


# Parquet: a typed value becomes the text that a CSV would have held


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        (["P01", None, "  ", "NA", " x "], ["P01", None, None, None, "x"]),
        (pa.array([1, None, -3]), ["1", None, "-3"]),
        (pa.array([1, None], pa.uint64()), ["1", None]),
        (pa.array([3.0, None, float("nan"), 12345678901.0]), ["3", None, None, "12345678901"]),
        (pa.array([0.1, 71.5, 2.5e8, -0.0]), ["0.1", "71.5", "250000000", "0"]),
        (pa.array([0.1, 3], pa.float32()), ["0.1", "3"]),
        (pa.array([float("inf"), 1e20]), ["inf", "1e+20"]),
        (pa.array([True, False, None]), ["Y", "N", None]),
        (pa.array([date(2021, 3, 1), None]), ["2021-03-01", None]),
        (pa.array([date(2021, 3, 1)], pa.date64()), ["2021-03-01"]),
        (pa.array([datetime(2021, 3, 1), None]), ["2021-03-01", None]),
        (
            pa.array([datetime(2021, 3, 1), datetime(2021, 3, 1, 8, 30)], pa.timestamp("ns")),
            ["2021-03-01T00:00", "2021-03-01T08:30"],
        ),
        (pa.array([datetime(2021, 3, 1, 8, 30, 5)]), ["2021-03-01T08:30:05"]),
        (pa.array([datetime(2021, 3, 1, 8, 30, 5, 500000)]), ["2021-03-01T08:30:05.500000"]),
        (
            pa.array(
                [datetime(2021, 3, 1, 23, 30, tzinfo=UTC)], pa.timestamp("us", "Europe/Brussels")
            ),
            ["2021-03-02T00:30+0100"],
        ),
        (pa.array(["A", "B", None]).dictionary_encode(), ["A", "B", None]),
        (pa.array([datetime(2021, 3, 1)]).dictionary_encode(), ["2021-03-01"]),
        (pa.array([Decimal("1.50"), None]), ["1.50", None]),
        (pa.array(["été"], pa.large_string()), ["été"]),
        (pa.array(["été".encode()]), ["été"]),
        (pa.nulls(2), [None, None]),
        (pa.array([], pa.float64()), []),
        (pa.array([], pa.timestamp("us")), []),
    ],
)
def test_a_typed_value_as_text(column, texts):
    assert [row["a"] for row in read(parquet(a=column), "ae.parquet")] == texts


@pytest.mark.parametrize("length", [9_980, 9_990, 10_000, 120_000])
def test_a_header_may_be_as_long_as_it_likes(length):
    long = "x" * (length // 2) + "\n" + "y" * (length // 2)
    for line_break in ("\n", "\r\n"):
        text = f'usubjid;"{long}";aeterm{line_break}P01;1;fever{line_break}'
        assert read(text, wanted=["usubjid", "aeterm"]) == [{"usubjid": "P01", "aeterm": "fever"}]


def test_each_value_of_a_column_is_held_once():
    column = files.read("ae.csv", b"aeterm,a\nfever,1\n fever ,2\nNA,3\n.,4\ncough,5\n").table[
        "aeterm"
    ]
    assert files.encoded(column).dictionary.to_pylist() == ["fever", "cough"]
    assert column.to_pylist() == ["fever", "fever", None, None, "cough"]


# Whatever a writer writes comes back

VALUES = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t,;|\"' "), max_size=8
)
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(VALUES, min_size=width, max_size=width), min_size=1, max_size=6)
)


def test_rows_that_were_a_file_of_their_own_lose_its_mark():
    found = files.read("ae.csv", b'a,b\n\xef\xbb\xbf"x,y",z\n')
    assert found.table.to_pylist() == [{"a": "x,y", "b": "z"}]
    with pytest.raises(Refused, match="line 2: 3 fields, where the header has 2"):
        files.read("ae.csv", b"a,b\n\xef\xbb\xbfx,y,z\n")


def written(rows: list[list[str]], quoting: int, delimiter: str, line_break: str) -> str:
    out = io.StringIO()
    header = [f"column{place}" for place in range(len(rows[0]))]
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_break, quoting=quoting)
    writer.writerows([header, *rows])
    return out.getvalue()


def cleaned(value: str) -> str | None:
    value = value.strip(files.BLANKS)
    return None if value.upper() in files.MISSING else value


def may_be_utf8(content: bytes) -> bool:
    """Whether it is, as a whole or in a sign of it."""
    with suppress(UnicodeDecodeError):
        return bool(content.decode("utf-8"))
    return bool(files._UTF8_SIGN.search(content))


def read_in_blocks(content: bytes, block: int) -> files.Rows:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "BLOCK", block)
        return files.read("ae.csv", content)


@settings(max_examples=300, deadline=None)
@given(
    TABLES,
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(files.DELIMITERS),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    st.sampled_from([files.BLOCK, 30]),
)
@example([["a", '"']], csv.QUOTE_MINIMAL, ",", "\n", "utf-8", 30)
@example([["", ""], ["a\nb", '""']], csv.QUOTE_MINIMAL, ";", "\r\n", "utf-16", 30)
def test_whatever_is_written_comes_back(rows, quoting, delimiter, line_break, codec, block):
    # A header of one column shows no delimiter, and the comma is taken for it.
    delimiter = delimiter if len(rows[0]) > 1 else ","
    text = written(rows, quoting, delimiter, line_break)
    try:
        content = text.encode(codec)
        # Windows-1252 whose accents happen to be characters of UTF-8 is UTF-8, or refused.
        assume(codec != "cp1252" or content.isascii() or not may_be_utf8(content))
        found = read_in_blocks(content, block).table
    except (UnicodeEncodeError, Refused):
        assume(codec != "cp1252")
        raise
    expected = [[cleaned(value) for value in row] for row in rows]
    assert [list(row.values()) for row in found.to_pylist()] == expected


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from('ab,"\n\r'), min_size=1, max_size=30), st.integers(2, 40))
@example('"a""\nb",c\n', 5)
@example("a,b\r\n" * 8, 7)
def test_in_blocks_a_file_is_read_as_it_is_at_once_or_refused_as_it_is(body, block):
    def outcome(size: int) -> list[dict] | str:
        try:
            return read_in_blocks(content, size).table.to_pylist()
        except Refused as reason:
            return str(reason)

    content = ("a,b\n" + body).encode()
    assert outcome(block) == outcome(files.BLOCK)


@settings(max_examples=500, deadline=None)
@given(st.text(st.sampled_from('ab,"\n\r'), max_size=20))
@example('"a\nb"')
@example('"a""b"\n"\r"')
@example('"""a"')
def test_where_marks_open_and_close_in_turn_python_finds_the_same_line_breaks(text):
    has_breaks = files._has_breaks(text.encode(), ",")
    if has_breaks is not None:
        records = csv.reader(io.StringIO(text, newline=""), strict=True)  # which raises no error
        values = [value for record in records for value in record]
        assert has_breaks == any("\n" in value or "\r" in value for value in values)


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from('ab,"\n\r \t;'), min_size=1, max_size=30))
def test_any_text_is_read_as_python_reads_it_or_refused(body):
    text = "a,b\n" + body
    try:
        found = files.read("ae.csv", text.encode())
    except Refused:
        return
    records = [each for each in csv.reader(io.StringIO(text, newline=""), strict=True) if each][1:]
    assert [list(row.values()) for row in found.table.to_pylist()] == [
        [cleaned(value) for value in record] for record in records
    ]
    assert len(found.lines) == len(records)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(content):
    for file in ("ae.csv", "ae.parquet"):
        with suppress(Refused):
            files.read(file, content)


def test_a_damaged_parquet_never_crashes():
    whole = parquet(usubjid=["P01", "P02"], age=[71.5, None], rficdtc=[date(2021, 3, 1), None])
    dice = random.Random(7)
    for _ in range(400):
        damaged = bytearray(whole)
        for _ in range(dice.randint(1, 4)):
            damaged[dice.randrange(4, len(whole) - 4)] = dice.randrange(256)
        with suppress(Refused):
            files.read("dm.parquet", bytes(damaged))


# A file that was cut off

CUT_OFF = (
    'usubjid;aeterm;aestdtc\nP01;"Fièvre; ""haute""\nla nuit";2021-03-01\nP02;été;2021-03-02\n'
)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_cut_off_at_any_byte(codec):
    """Refused, unless the cut fell on the end of a row, or into the last value of one.

    Nothing in the file tells the first from a whole one: that takes a manifest. The second has no
    line break at its end, which is a finding if other files of the cut have one.
    """
    content = CUT_OFF.encode(codec)
    whole = read(content)
    for size in range(1, len(content)):
        try:
            rows = files.read("ae.csv", content[:size])
        except Refused:
            continue
        found = rows.table.to_pylist()
        if rows.ends_with_line:
            assert found == whole[: len(found)]
        elif found:
            assert found[:-1] == whole[: len(found) - 1]
            last, true = found[-1], whole[len(found) - 1]
            assert {**last, "aestdtc": true["aestdtc"]} == true
            assert true["aestdtc"].startswith(last["aestdtc"] or "")
