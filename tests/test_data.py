"""The door: what of an export is taken, found or refused, and in which words."""

import csv
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

import data
import queries
from data import contract, database, seen, simulate
from data import export as door
from data.typed import number_form
from tests.conftest import (
    PILOT_FILES,
    PROTOCOL,
    ROOT,
    drawn,
    included,
    rows,
    settle,
    write_csv,
    write_export,
)

CUT = "2021-03-01"


def taken(cut: str, sql: str) -> list[tuple]:
    return data.trial().export(cut).database.cursor().execute(sql).fetchall()


def findings(cut: str = CUT) -> list[tuple]:
    return taken(
        cut,
        "select file, line, column_name, value, problem from findings order by all",
    )


def refusal(cut: str = CUT) -> str:
    with pytest.raises(data.Refused) as reason:
        data.trial().export(cut)
    return str(reason.value)


def rewrite(folder: Path, **contents: str | bytes) -> None:
    """Replace files of a cut: dm="usubjid\\nP01\\n" is dm.csv."""
    for name, content in contents.items():
        content = content.encode() if isinstance(content, str) else content
        (folder / f"{name}.csv").write_bytes(content)
    settle(folder)


# The contract


def test_the_contract_is_read_as_duckdb_reads_it():
    con = duckdb.connect()
    con.execute(contract.FILE.read_text(encoding="utf-8")).fetchall()
    for name, table in contract.tables().items():
        described = con.execute(f"describe {name}").fetchall()
        assert [
            (column.name, column.type.upper(), column.is_needed) for column in table.columns
        ] == [(column, kind, null == "NO") for column, kind, null, *_ in described]
    names = [name for (name,) in con.execute("show tables").fetchall()]
    assert sorted(contract.tables()) == sorted(names)
    keys = "select table_name, constraint_column_names from duckdb_constraints() where "
    assert {name: table.key for name, table in contract.tables().items() if table.key} == {
        name: tuple(columns)
        for name, columns in con.execute(keys + "constraint_type = 'UNIQUE'").fetchall()
    }


# One export in many dresses

EXPORT = {
    "dm": """
        usubjid  siteid  age   sex  rficdtc           dthfl  cohort
        P01      Liège   61    F    2021-01-04        .      A
        P02      Liège   70.5  M    2021-01           .      B
        P03      Liège   58    U    2021-01-06T08:30  .      A
        P04      Liège   .     M    .                 Y      .
    """,
    "ds": """
        usubjid  dsdecod             dscat                dsstdtc     dsterm
        P01      INFORMED CONSENT    PROTOCOL MILESTONE   2021-01-04  consenti, signé
        P01      ENTERED INTO TRIAL  PROTOCOL MILESTONE   2021-01-05  .
        P02      ENTERED INTO TRIAL  PROTOCOL MILESTONE   2021-01     .
        P03      ENTERED INTO TRIAL  PROTOCOL MILESTONE   2021-01-07  il a dit "oui"; puis\\n"non"
        P04      SCREEN FAILURE      DISPOSITION EVENT    2021-01-08  hypoxémie, sévère
    """,
    "ex": """
        usubjid  exseq  exdose       exstdtc           exendtc           exoccur  viability  exdosu
        P01      1      152500000.5  2021-01-06T10:00  2021-01-06T10:45  Y        92.5       cells
        P01      2      150000000    2021-01-09T10:30  2021-01-09T11:00  Y        .          cells
        P02      1      .            2021-02           .                 N        .          cells
    """,
    "ae": """
        usubjid  aeseq  aeterm                       aestdtc     aeendtc  aeser  aetoxgr
        P01      1      Fièvre "élevée"; la nuit     2021-01-10  2021-01  N      2
        P03      1      choc, septique               2021-02     .        Y      4
    """,
    "sv": """
        usubjid  visitnum  visit     svstdtc     svoccur
        P01      1         Jour 1    2021-01-06  Y
        P01      2.1       Imprévue  2021-01-09  Y
        P02      1         Jour 1    .           N
    """,
    "vs": """
        usubjid  vstestcd  vsstresn  vsdtc
        P01      WEIGHT    71.25     2021-01-04
        P02      WEIGHT    80        2021-01-05
        P03      WEIGHT    .         .
    """,
}
NUMBERS = {
    column.name
    for table in contract.tables().values()
    for column in table.columns
    if column.type != "varchar"
}


def tables() -> dict[str, tuple[list[str], list[list[str]]]]:
    drawings = {name: drawn(drawing) for name, drawing in EXPORT.items()}
    return {
        name: (header, [[value.replace("\\n", "\n") for value in row] for row in rows])
        for name, (header, rows) in drawings.items()
    }


def as_csv(
    delimiter: str = ",", codec: str = "utf-8", mark: str = ".", missing: str = "", **dialect
) -> Callable[[str, list[str], list[list[str]]], tuple[str, bytes]]:
    def write(name: str, header: list[str], rows: list[list[str]]) -> tuple[str, bytes]:
        out = io.StringIO()
        writer = csv.writer(out, delimiter=delimiter, **dialect)
        writer.writerow(header)
        for row in rows:
            cells = zip(header, row, strict=True)
            writer.writerow(
                (value.replace(".", mark) if column in NUMBERS else value) or missing
                for column, value in cells
            )
        return f"{name}.csv", out.getvalue().encode(codec)

    return write


def shouted(name: str, header: list[str], rows: list[list[str]]) -> tuple[str, bytes]:
    names = [column.title() if place % 2 else column.upper() for place, column in enumerate(header)]
    file, content = as_csv("|", missing="NULL", quoting=csv.QUOTE_ALL)(name, names, rows)
    return file.upper(), content


def as_parquet(name: str, header: list[str], rows: list[list[str]]) -> tuple[str, bytes]:
    columns = dict(zip(header, zip(*rows, strict=True), strict=True))
    out = io.BytesIO()
    table = pa.table([typed(column, values) for column, values in columns.items()], names=header)
    pa.parquet.write_table(table, out)
    return f"{name}.parquet", out.getvalue()


def typed(column: str, values: tuple[str, ...]) -> pa.Array:
    """A column as R or pandas would have written it."""
    there = [value for value in values if value]
    if column in NUMBERS:
        kind = float if any("." in value for value in there) or column == "exseq" else int
        return pa.array([kind(value) if value else None for value in values])
    if set(there) <= {"Y", "N"}:
        return pa.array([value == "Y" if value else None for value in values])
    for form, parse in (
        ("%Y-%m-%d", date.fromisoformat),
        ("%Y-%m-%dT%H:%M", datetime.fromisoformat),
    ):
        if there and all(is_date(value, form) for value in there):
            return pa.array([parse(value) if value else None for value in values])
    return pa.array([value or None for value in values])


def is_date(value: str, form: str) -> bool:
    try:
        return bool(datetime.strptime(value, form))
    except ValueError:
        return False


DRESSES = {
    "UTF-8, comma": as_csv(),
    "UTF-8 with BOM, semicolon, decimal comma": as_csv(";", "utf-8-sig", ",", "NA"),
    "Windows-1252": as_csv(";", "cp1252", missing="."),
    "UTF-16 with BOM, tab, decimal comma": as_csv("\t", "utf-16", ","),
    "UTF-16 without BOM, tab": as_csv("\t", "utf-16-le", missing=" "),
    "lines of Unix": as_csv(lineterminator="\n"),
    "capitals, pipe, quotes": shouted,
    "Parquet": as_parquet,
}


PLAIN = "2021-02-28"
HELD = (*contract.tables(), "absent")


def wear(dress: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, (header, lines) in tables().items():
        file, content = DRESSES[dress](name, header, lines)
        (folder / file).write_bytes(content)
    settle(folder)


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> dict[str, pd.DataFrame | list[tuple]]:
    """What the export says in its plain dress: every table, and every answer."""
    trial = tmp_path_factory.mktemp("plain")
    (trial / "protocol.toml").write_text(PROTOCOL, encoding="utf-8")
    wear("UTF-8, comma", trial / "exports" / PLAIN)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIAL", str(trial))
        said = {name: taken(PLAIN, f"select * from {name}") for name in HELD}
        return said | {name: answered(name) for name in questions()}


@pytest.mark.parametrize("dress", DRESSES)
def test_one_export_in_every_dress_gives_the_same_answers(trial, plain, dress):
    wear(dress, trial / "exports" / PLAIN)  # the day is that of the plain one: answers name it
    for name in HELD:
        assert taken(PLAIN, f"select * from {name}") == plain[name]
    assert taken(PLAIN, "select exdose, viability, exstdtc from ex") == [
        (152500000.5, 92.5, "2021-01-06T10:00"),
        (150000000.0, None, "2021-01-09T10:30"),
        (None, None, "2021-02"),
    ]
    assert findings(PLAIN) == []
    # The tables are equal, and so the answers must be: the least alike is asked all the same.
    for name in questions() if dress == "Parquet" else []:
        pd.testing.assert_frame_equal(answered(name), plain[name])


def answered(name: str) -> pd.DataFrame:
    """The answer; a check states no order, so its rows come sorted."""
    rows = queries.ask(name, PLAIN, since=PLAIN)
    if not name.startswith("checks/"):
        return rows
    return rows.sort_values(list(rows.columns), ignore_index=True)


def questions() -> list[str]:
    return [name for name in queries.names() if not name.startswith("exports/")]


# What stops a cut

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def parquet(**columns: object) -> bytes:
    out = io.BytesIO()
    pa.parquet.write_table(pa.table(columns), out)
    return out.getvalue()


def manifest(*entries: dict) -> dict[str, str]:
    return {"manifest.json": json.dumps(entries)}


LISTED = [{"file": f"{name}.csv"} for name in ("dm", "ds", "ex", "ae", "sv")]

# {what is broken: (files to write over a good export, None to remove one; what a reader is told)}
BROKEN: dict[str, tuple[dict[str, str | bytes | None], str]] = {
    "table missing": (
        {"ae.csv": None},
        "ae.csv or ae.parquet is missing: there is dm.csv, ds.csv, ex.csv, sv.csv.",
    ),
    "table in another format": (
        {"ae.csv": None, "ae.xlsx": "x"},
        "ae.csv or ae.parquet is missing: there is ae.xlsx, dm.csv",
    ),
    "column missing": ({"ae.csv": "usubjid,aeterm\n"}, "ae.csv lacks aestdtc."),
    "columns missing": ({"sv.csv": "visit\n"}, "sv.csv lacks svstdtc, usubjid, visitnum."),
    "column missing in an optional table": ({"vs.csv": "usubjid\n"}, "vs.csv lacks vsdtc, vs"),
    "one column, as the delimiter is unknown": ({"dm.csv": "usubjid^age\nP01^7\n"}, "dm.csv lacks"),
    "fewer fields": (
        {"ae.csv": "usubjid,aestdtc\nP01\nP01,2021-01-01\n"},
        "ae.csv, line 2: 1 field, where the header has 2. A value may hold an unquoted delimiter.",
    ),
    "more fields": (
        {"ae.csv": "usubjid,aestdtc\nP01,2021-01-01,fever, at night\n"},
        "ae.csv, line 2: 4 fields, where the header has 2. A value may hold an unquoted delimiter.",
    ),
    "cut off in a row": (
        {"ae.csv": "usubjid,aeterm,aestdtc\nP01,fever,2021-01-01\nP01,co"},
        "ae.csv is cut off in line 3: 2 fields, where the header has 3.",
    ),
    "cut off in quotes": (
        {"ae.csv": 'usubjid,aestdtc,aeterm\nP01,2021-01-01,"fever, at'},
        "ae.csv is cut off: it ends inside a quoted field.",
    ),
    "cut off in a character": (
        {"ae.csv": "usubjid,aestdtc,aeterm\nP01,2021-01-01,é".encode()[:-1]},
        "ae.csv is cut off: it ends inside a character.",
    ),
    "a mark that is not doubled": (
        {"ae.csv": 'usubjid,aestdtc,aeterm\nP01,2021-01-01,"5" tube"\n'},
        "ae.csv, line 2: a quotation mark inside a quoted value is not doubled.",
    ),
    "two files": (
        {"DM.parquet": parquet(usubjid=["P01"])},
        "Two files for one table: DM.parquet and dm.csv.",
    ),
    "header only": ({"dm.csv": "usubjid\n"}, "dm.csv holds nobody: it has a header, and no row."),
    "blank rows only": ({"dm.csv": "usubjid,age\n,\n"}, "dm.csv holds nobody"),
    "zero bytes": ({"ex.csv": ""}, "ex.csv is empty (0 bytes)."),
    "blanks only": ({"ex.csv": " \n\n"}, "ex.csv holds nothing but blanks."),
    "one person twice": (
        {"dm.csv": "usubjid,age\nP01,60\nP02,60\n\nP01,61\n"},
        "dm.csv has two different records for usubjid P01: lines 2 and 5.",
    ),
    "one event twice, as 1 and 1.0": (
        {"ae.csv": "usubjid,aeseq,aestdtc\nP01,1,2021-01-01\nP01,1.0,2021-01-02\n"},
        "ae.csv has two different records for usubjid P01, aeseq 1: lines 2 and 3.",
    ),
    "column twice": ({"dm.csv": "usubjid,age,AGE\nP01,1,2\n"}, "dm.csv has two columns named age."),
    "nobody's row": (
        {"ds.csv": 'usubjid,dsdecod\nP01,"a\nb"\nNA,DEATH\n'},
        "ds.csv, line 4: usubjid is missing.",
    ),
    "picture": ({"dm.csv": PNG}, "dm.csv is not text: it holds bytes that no text file has."),
    "gzip": ({"dm.csv": gzip.compress(b"usubjid\n")}, "dm.csv is no CSV: it is a gzip file."),
    "Parquet named CSV": (
        {"dm.csv": parquet(usubjid=["P01"])},
        "dm.csv is no CSV: it is a Parquet file.",
    ),
    "CSV named Parquet": (
        {"dm.csv": None, "dm.parquet": "usubjid\nP01\n"},
        "dm.parquet is no Parquet file.",
    ),
    "Parquet without footer": (
        {"dm.csv": None, "dm.parquet": parquet(usubjid=["P01"])[:-20]},
        "dm.parquet has no Parquet footer: it is cut off, or still being copied.",
    ),
    "nested Parquet column": (
        {"dm.csv": None, "dm.parquet": parquet(usubjid=["P01"], age=[[60]])},
        "dm.parquet, column age: values of type list<",
    ),
    "unknown encoding": (
        {"dm.csv": b"usubjid,siteid\nP01,Li\x8fge\n"},
        "dm.csv cannot be decoded: byte 22 is not WINDOWS-1252.",
    ),
    "two encodings": (
        {"dm.csv": "usubjid,siteid\nP01,Liège\n".encode() + b"P02,Li\xe8ge\n"},
        "dm.csv mixes UTF-8 with another encoding: compare bytes 22 and 33.",
    ),
    "manifest: another file": (
        manifest({"file": "dm.csv", "sha256": "0" * 64}, *LISTED[1:]),
        "dm.csv is not the file that manifest.json lists: its sha256 begins with",
    ),
    "manifest: other files": (
        manifest(*({"file": file["file"], "sha256": "0" * 64} for file in LISTED[:3])),
        "It was cut off, or changed, and so was ds.csv, and so was ex.csv.",
    ),
    "manifest: rows": (
        manifest({"file": "dm.csv", "rows": 2}, *LISTED[1:]),
        "dm.csv has 1 rows, where manifest.json lists 2.",
    ),
    "manifest: file not there": (
        manifest(*LISTED, {"file": "vs.csv"}),
        "manifest.json lists vs.csv, which was not delivered.",
    ),
    "manifest: file not listed": (
        manifest(*LISTED[1:]),
        "dm.csv was delivered, but manifest.json does not list it.",
    ),
    "manifest: no JSON": ({"manifest.json": "[{"}, "manifest.json is no list of {"),
    "manifest: something else": ({"manifest.json": '{"dm.csv": 3}'}, "manifest.json is no list of"),
    "manifest: rows in words": (manifest({"file": "dm.csv", "rows": "many"}), "is no list of {"),
    "manifest: too deep": ({"MANIFEST.json": "[" * 100_000}, "MANIFEST.json is no list of {"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_cut_is_refused_in_words_and_the_last_good_one_stands(export, trial, what):
    export("2021-02-22")
    folder = trial / "exports" / export()
    contents, sentence = BROKEN[what]
    for name, content in contents.items():
        if content is None:
            (folder / name).unlink()
        else:
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    settle(folder)
    assert sentence in refusal()
    assert data.trial().standing() == ("2021-02-22", {CUT: refusal()})


def test_an_empty_folder_is_refused(export, trial):
    export("2021-02-22")
    (trial / "exports" / CUT).mkdir()
    assert data.trial().standing() == ("2021-02-22", {CUT: "Its folder is empty."})


def test_a_cut_whose_files_lie_one_folder_too_deep_is_refused_in_words(export, trial):
    folder = trial / "exports" / export()
    (folder / "csv").mkdir()
    for file in folder.glob("*.csv"):
        if file.is_file():
            file.rename(folder / "csv" / file.name)
    assert refusal() == "It holds no file, but a folder: csv. The files belong beside it."


def test_a_share_that_does_not_answer_is_told(export, trial, monkeypatch):
    export()
    data.trial().export(CUT)

    def broken(place: Path) -> None:
        raise OSError(116, "Stale file handle")

    monkeypatch.setattr(os, "scandir", broken)
    assert data.trial().cuts() == []
    assert "and there is none now" in data.trial().gone()


def test_a_cut_of_the_future_is_refused(export):
    tomorrow = str(date.today() + timedelta(1))
    export()
    export(tomorrow)
    standing, refused = data.trial().standing()
    assert standing == CUT
    assert refused[tomorrow].startswith(f"{tomorrow} lies in the future")


def test_a_file_that_still_grows_is_refused_until_it_stops(export, trial):
    folder = trial / "exports" / export(dm="usubjid\nP01")
    stop = threading.Event()

    def grow() -> None:
        while not stop.wait(0.01):
            with (folder / "sv.csv").open("a") as file:
                file.write("P01,1,2021-01-01\n")

    (folder / "sv.csv").write_text("usubjid,visitnum,svstdtc\n")
    writer = threading.Thread(target=grow)
    writer.start()
    time.sleep(0.05)
    try:
        assert refusal() == "Its files are still being written."
    finally:
        stop.set()
        writer.join()
    n_rows = len((folder / "sv.csv").read_text().splitlines()) - 1
    assert taken(CUT, "select count(*) from sv") == [(n_rows,)]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused_until_it_may(export, trial):
    file = trial / "exports" / export() / "dm.csv"
    file.chmod(0)
    assert refusal() == "dm.csv cannot be opened. Permission denied."
    file.chmod(0o600)
    assert data.trial().standing() == (CUT, {})


def test_a_file_that_cannot_be_opened_is_refused(export, trial, monkeypatch):
    export()

    def denied(file: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", denied)
        assert refusal() == "ae.csv cannot be opened. Permission denied."
    file = trial / "exports" / CUT / "ae.csv"
    file.chmod(file.stat().st_mode)  # as whoever grants the permission does
    assert data.trial().standing() == (CUT, {})


# Conventions of SDTM and of entry systems that say how a row is to be read


def test_what_was_not_done_is_no_record_and_a_visit_not_made(export):
    export(
        pr="""
            usubjid  prtrt  prstdtc     proccur  prstat
            P01      ECMO   2021-01-05  Y        .
            P01      ECMO   2021-01-06  n        .
            P01      ECMO   2021-01-07  .        Not done
            P01      ECMO   2021-01-08  U        .
        """,
        vs="usubjid  vstestcd  vsdtc  vsstresn  vsstat\nP01  WEIGHT  2021-01-05  .  NOT DONE",
        ae="""
            usubjid  aeseq  aeterm  aestdtc     aeoccur
            P01      1      Fever   2021-01-05  N
            P01      2      Rash    2021-01-05  .
        """,
        sv="""
            usubjid  visitnum  svstdtc     svoccur  svstat
            P01      7         2021-01-08  .        NOT DONE
            P01      14        2021-01-15  Y        NOT DONE
            P01      28        2021-01-29  .        .
        """,
    )
    assert taken(CUT, "select prstdtc from pr") == [("2021-01-05",), ("2021-01-08",)]
    assert taken(CUT, "from vs") == []
    assert taken(CUT, "select aeseq from ae") == [(2,)]
    assert taken(CUT, "select visitnum, svoccur from sv") == [(7, "N"), (14, "N"), (28, None)]
    one = "1 row is of what was not done, and left out."
    assert findings() == [
        ("ae.csv", 2, None, None, one),
        (
            "pr.csv",
            3,
            None,
            None,
            "2 rows, from here on, are of what was not done, and left out.",
        ),
        ("vs.csv", 2, None, None, one),
    ]
    # That an export has none of these columns means nothing.
    assert ("ds", "dsscat") not in taken(CUT, "select table_name, column_name from absent")


def test_a_criterion_that_was_met_is_no_reason(export):
    export(
        ie="""
            usubjid  ietest   iecat      ieorres
            P01      Adult    INCLUSION  Y
            P01      Covid    INCLUSION  N
            P01      Cancer   EXCLUSION  No
            P01      Stroke   EXCLUSION  Y
            P01      Consent  .          .
        """
    )
    assert taken(CUT, "select ietest from ie") == [("Covid",), ("Stroke",), ("Consent",)]
    said = "2 rows, from here on, are of what was met, and left out."
    assert findings() == [("ie.csv", 2, None, None, said)]


def test_a_form_that_nobody_has_filled_in_is_no_infusion(export):
    export(
        ex="""
            usubjid  exseq  exstdtc     extrt  exdosu      exdose  exoccur
            P01      1      2021-01-05  MSC    10^6 cells  160     .
            P01      2      .           MSC    10^6 cells  .       .
            P01      3      .           .      .           .       N
            P01      4      .           MSC    10^6 cells  150     .
        """
    )
    assert taken(CUT, "select exseq from ex") == [(1,), (3,), (4,)]
    blank = "It says nothing but whose it is, and is left out."
    assert findings() == [("ex.csv", 3, None, None, blank)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        # Every time of the column is midnight: none was collected.
        (
            ["2021-01-02 00:00:00", "2021-01-03T00:00", "2021-01"],
            ["2021-01-02", "2021-01-03", "2021-01"],
        ),
        (["2021-01-02T00:00:00.000"], ["2021-01-02"]),
        # One is not, so that midnight may be one, too.
        (["2021-01-02 00:00:00", "2021-01-03T08:15"], ["2021-01-02 00:00:00", "2021-01-03T08:15"]),
        (["2021-01-02T00:00:00Z"], ["2021-01-02T00:00:00Z"]),
    ],
)
def test_midnight_all_along_a_column_is_no_time(export, written, expected):
    export(ae="usubjid  aeterm  aestdtc\n" + "\n".join(f"P01  Fever  {each}" for each in written))
    assert [day for (day,) in taken(CUT, "select aestdtc from ae")] == expected


@pytest.fixture(params=["few", "many"])
def few_or_many(request, monkeypatch):
    """The records of a small table, and of a large one, are looked through in different ways."""
    if request.param == "many":
        monkeypatch.setattr(data.typed, "MANY", 0)


@pytest.mark.usefixtures("few_or_many")
def test_a_no_break_space_is_a_blank(export):
    export(
        ds="usubjid  dsdecod  dsstdtc\nP01  ENTERED\u00a0INTO\u00a0TRIAL  2021-01-05",
        ae="usubjid  aeterm  aestdtc\nP01  Fi\u00e8vre\u00a0: 39  2021-01-05",
    )
    assert taken(CUT, "select dsdecod from ds") == [("ENTERED INTO TRIAL",)]
    assert taken(CUT, "select aeterm from ae") == [("Fi\u00e8vre : 39",)]


# What is found, and stops nothing


def test_what_cannot_be_typed_is_found_with_its_place(export, trial):
    folder = trial / "exports" / export(dm="usubjid\nP01\nP02")
    rewrite(
        folder,
        ex="\ufeffsep=;\r\nusubjid;exseq;exdose;exreasoc;exstdtc\r\n\r\n"
        'P01;1;1,5;"in\ntwo lines";2021-01-05\r\n'
        "P01;two;about 3;;25/01/2026\r\n"
        ";;;;\r\n"
        "P01;1,5;2 000;;2021-02-30\r\n"
        "P02;3;1e3;;2021-13\r\n"
        "P02;4;1,2,3;;2021-03-02\r\n",
    )
    assert findings() == [
        ("ex.csv", 6, "exdose", "about 3", "This is no number."),
        ("ex.csv", 6, "exseq", "two", "This is no whole number."),
        ("ex.csv", 6, "exstdtc", "25/01/2026", "This is no date as 2020-06-12."),
        ("ex.csv", 7, None, None, "A blank row, left out."),
        ("ex.csv", 8, "exdose", "2 000", "This is no number."),
        ("ex.csv", 8, "exseq", "1,5", "This is no whole number."),
        ("ex.csv", 8, "exstdtc", "2021-02-30", "This is no date as 2020-06-12."),
        ("ex.csv", 9, "exstdtc", "2021-13", "This is no date as 2020-06-12."),
        ("ex.csv", 10, "exdose", "1,2,3", "This is no number."),
        ("ex.csv", 10, "exstdtc", "2021-03-02", "This lies after the data cut."),
    ]
    assert taken(CUT, "select exseq, exdose, exstdtc from ex") == [
        (1, 1.5, "2021-01-05"),
        (None, None, "25/01/2026"),
        (None, None, "2021-02-30"),
        (3, 1000.0, "2021-13"),
        (4, None, "2021-03-02"),
    ]


NOT_SURE = "Whether its mark separates decimals or thousands is not sure."


@pytest.mark.parametrize(
    ("form", "values"),
    [
        ("whole", ["0", "007", "-3", "+3", "1e6", "1E+06", "1234567"]),
        ("point", ["71.5", ".5", "5.", "0.125", "1234.125", "1.5e6", "1.25E+08", "-0.001"]),
        ("comma", ["71,5", ",5", "0,125", "1234,125", "1,5E+06"]),
        ("point?", ["1.234", "12.345", "-123.456"]),
        ("comma?", ["1,234", "12,345", "-123,456"]),
        (None, ["", "x", "1 234", "1.234,5", "1,234.5", "1,234,567", "5,", "1e400", "inf", "nan"]),
        (None, ["0x1F", "1_000", "--1", "1e", "٣", "½", "1\n", "9" * 101]),
    ],
)
def test_the_form_of_a_number(form, values):
    assert {value: number_form(value) for value in values} == dict.fromkeys(values, form)


@pytest.mark.parametrize(
    ("delimiter", "values", "numbers"),
    [
        (",", ["71.5", "80", "-3", ".5", "5.", "1.5e6"], [71.5, 80, -3, 0.5, 5, 1.5e6]),
        (",", ["71,5", "80", "0,125", "1,5E+06"], [71.5, 80, 0.125, 1.5e6]),
        (";", ["1,234", "80"], [1.234, 80]),
        (",", ["1,234", "80"], [None, 80]),  # may be thousands
        ("\t", ["1,234", "80"], [None, 80]),
        (",", ["1,234", "71,5"], [1.234, 71.5]),  # another comma proves it
        (";", ["71,5", "71.5"], [None, 71.5]),  # a column that writes points
        (";", ["1,234", "71.5"], [None, 71.5]),
        (";", ["71,5", "1.234"], [None, None]),  # points of thousands?
        (",", ["1.234", "80"], [1.234, 80]),
        (",", ["12.125", "71.5"], [12.125, 71.5]),
        (";", ["1.234,5", "1,234,567", "1 234"], [None, None, None]),
        (",", ["9" * 400, "1e400", "inf", "0x10", "1_000", "٣"], [None] * 6),
        (",", ["12345678.5", "1e-05"], [12345678.5, 1e-05]),
    ],
)
def test_a_number_is_taken_only_if_its_mark_is_sure(export, trial, delimiter, values, numbers):
    folder = trial / "exports" / export()
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(["usubjid", "vstestcd", "vsdtc", "vsstresn"])
    writer.writerows(["P01", f"T{place}", "2021-01", value] for place, value in enumerate(values))
    rewrite(folder, vs=out.getvalue())
    assert [number for (number,) in taken(CUT, "select vsstresn from vs")] == numbers
    lost = [value for value, number in zip(values, numbers, strict=True) if number is None]
    assert sorted(value for *_, value, _ in findings()) == sorted(lost)


def test_the_marks_of_one_column_tell_of_the_others(export):
    export(ex="usubjid  exstdtc  exseq  exdose  viability\nP01  2021-01  1  1,234  92.5")
    assert taken(CUT, "select exdose, viability from ex") == [(None, 92.5)]
    assert findings() == [("ex.csv", 2, "exdose", "1,234", NOT_SURE)]


def test_the_same_record_twice_counts_once(export):
    export(
        ae="""
            usubjid  aeseq  aestdtc
            P01      1      2021-01-05
            P01      2      2021-01-06
            P01      1      2021-01-05
            P01      1      2021-01-05
        """
    )
    problem = "The row repeats another, and counts once."
    assert findings() == [("ae.csv", 4, None, None, problem), ("ae.csv", 5, None, None, problem)]
    assert taken(CUT, "select aeseq from ae") == [(1,), (2,)]


def test_without_a_number_the_same_row_twice_counts_twice_and_is_found(export):
    export(
        ae="usubjid  aeseq  aestdtc\nP01  .  2021-01-05\nP01  .  2021-01-05",
        ds="usubjid  dsdecod\nP01  DEATH\nP01  COMPLETED\nP01  DEATH",
    )
    problem = "The row repeats another, and both are kept: no number tells them apart."
    assert findings() == [("ae.csv", 3, None, None, problem), ("ds.csv", 4, None, None, problem)]
    assert taken(CUT, "select count(*) from ae") == [(2,)]


def test_rows_of_nobody_in_dm_are_found(export):
    export(
        dm="usubjid\nP01",
        sv="usubjid  visitnum  svstdtc\nP01  1  .\nP02  1  .\np01  1  .\nP02  2  .",
    )
    assert findings() == [
        ("sv.csv", 3, "usubjid", "P02", "2 rows, from here on, of nobody who is in dm."),
        ("sv.csv", 4, "usubjid", "p01", "1 row of nobody who is in dm."),
    ]


def test_a_last_line_that_is_open_is_found_if_others_are_closed(export, trial):
    folder = trial / "exports" / export()
    rewrite(folder, ae="usubjid,aestdtc\nP01,2021-01-0")
    problem = "The last line is not closed, as in other files: it may be cut off."
    assert ("ae.csv", None, None, None, problem) in findings()
    for name in ("dm", "ds", "ex", "ae", "sv"):
        rewrite(folder, **{name: (folder / f"{name}.csv").read_text().rstrip("\n")})
    assert problem not in [problem for *_, problem in findings()]


def test_a_table_in_a_format_that_is_not_read_is_found(export, trial):
    folder = trial / "exports" / export()
    (folder / "vs.xlsx").write_bytes(b"PK")
    (folder / "readme.txt").write_text("hello")
    settle(folder)
    problem = "This is neither CSV nor Parquet, and is not read."
    assert findings() == [("vs.xlsx", None, None, None, problem)]


def test_what_is_optional_and_not_there_is_listed(export):
    export(dm="usubjid  siteid\nP01  01")
    absent = taken(CUT, "select table_name, column_name from absent")
    assert ("vs", None) in absent
    assert ("dm", "age") in absent
    assert ("dm", "siteid") not in absent
    assert taken(CUT, "select count(*) from vs") == [(0,)]


# Supplemental qualifiers


@pytest.mark.usefixtures("few_or_many")
def test_qualifiers_become_columns_of_the_record_that_they_mean(export):
    export(
        dm="usubjid\nP01\nP02",
        ex="""
            usubjid  exseq  visitnum  exstdtc     exlot
            P01      1      1         2021-01-05  L1
            P01      2      2         2021-01-08  L2
            P02      1      1         2021-01-06  L3
        """,
        suppex="""
            usubjid  qnam       idvar     idvarval  qval
            P01      DONOR      EXSEQ     1.0       D1
            P01      Donor      exseq     2         D2
            P02      DONOR      VISITNUM  1         D3
            P02      VIABILITY  EXLOT     L3        92.5
            P02      WEATHER    EXSEQ     1         sunny
        """,
        suppdm="usubjid  qnam  idvar  idvarval  qval\nP02  COHORT  .  .  B",
    )
    assert taken(CUT, "select exlot, donor, viability from ex") == [
        ("L1", "D1", None),
        ("L2", "D2", None),
        ("L3", "D3", 92.5),
    ]
    assert taken(CUT, "select usubjid, cohort from dm") == [("P01", None), ("P02", "B")]
    assert findings() == []
    assert ("ex", "donor") not in taken(CUT, "select table_name, column_name from absent")


@pytest.mark.usefixtures("few_or_many")
def test_a_qualifier_that_means_no_record_contradicts_one_or_another_is_found(export):
    export(
        ae="""
            usubjid  aeseq  aestdtc     aeser
            P01      1      2021-01-05  Y
            P01      2      2021-01-06  .
            P01      3      2021-01-07  N
        """,
        suppae="""
            usubjid  qnam       idvar   idvarval     qval
            P01      AESER      AESEQ   1            N
            P01      AESI       AESEQ   2            infection
            P01      AESI       AESEQ   2            thrombosis
            P01      AESI       AESEQ   9            infection
            P01      AESI       .       .            infection
            P01      AESI       AESPID  E7           infection
            P01      EXPECTED   AESEQ   3            Y
            P01      EXPECTED   AESEQ   3.0          Y
            P01      AWARE_DTC  AESEQ   3            03/2021
            P01      .          AESEQ   3            Y
        """,
    )
    none, rivals = (
        "No record of ae is meant by this.",
        "Other rows say otherwise of the same record: none is taken.",
    )
    assert findings() == [
        ("suppae.csv", 2, "qval", "N", 'Contradicts "Y" in ae, which stands.'),
        ("suppae.csv", 3, "qval", "infection", rivals),
        ("suppae.csv", 4, "qval", "thrombosis", rivals),
        ("suppae.csv", 5, "idvarval", "AESEQ 9", none),
        ("suppae.csv", 6, "idvarval", "", none),
        ("suppae.csv", 7, "idvarval", "AESPID E7", none),
        ("suppae.csv", 10, "qval", "03/2021", "This is no date as 2020-06-12."),
        ("suppae.csv", 11, "qnam", None, "The name of the qualifier is missing."),
    ]
    assert taken(CUT, "select aeseq, aeser, aesi, expected from ae") == [
        (1, "Y", None, None),
        (2, None, None, None),
        (3, "N", None, "Y"),
    ]
    assert ("ae", "aesi") in taken(CUT, "select table_name, column_name from absent")


RIVALS = "Other rows say otherwise of the same record: none is taken."
MEANS_NONE = "No record of ae is meant by this."


@pytest.mark.usefixtures("few_or_many")
@pytest.mark.parametrize(
    ("qualifiers", "aesi", "found"),
    [
        # qnam  idvar  idvarval  qval: one column, in doubt for one reason alone
        (("AESI  AESEQ  1  Y", "AESI  AESEQ  2  N"), ["Y", "N"], []),
        (("aesi  AESEQ  1  Y", "AESI  aeseq  2.0  N"), ["Y", "N"], []),
        (("AESI  AESEQ  1  Y", "AESI  AESEQ  1  N"), [None, None], [RIVALS, RIVALS]),
        (("AESI  AESEQ  1  Y", "AESI  AESEQ  1  Y"), ["Y", None], []),
        (("AESI  AESEQ  1  Y", "AESI  AESEQ  7  Y"), ["Y", None], [MEANS_NONE]),
        (("AESI  AESEQ  1  Y", "AESI  AETERM  2  N"), ["Y", None], [MEANS_NONE]),
        (("AESI  AESEQ  1  Y", "AESI  AETERM  Rash  N"), ["Y", "N"], []),
        (("AESI  AETERM  Rash  Y",), [None, "Y"], []),
        (("AESI  AESEQ  1  .",), [None, None], []),
    ],
)
def test_a_column_is_taken_whether_or_not_it_is_in_doubt(export, qualifiers, aesi, found):
    export(
        ae="usubjid  aeseq  aeterm\nP01  1  Fever\nP01  2  Rash",
        suppae="\n".join(
            ["usubjid  qnam  idvar  idvarval  qval", *(f"P01  {q}" for q in qualifiers)]
        ),
    )
    assert [value for (value,) in taken(CUT, "select aesi from ae order by aeseq")] == aesi
    assert [problem for *_, problem in findings()] == found
    is_absent = ("ae", "aesi") in taken(CUT, "select table_name, column_name from absent")
    assert is_absent == (aesi == [None, None])


@pytest.mark.usefixtures("few_or_many")
def test_a_lot_007_is_not_lot_7(export):
    export(
        ex="usubjid  exstdtc  exlot\nP01  2021-01  007",
        suppex="usubjid  qnam  idvar  idvarval  qval\nP01  DONOR  EXLOT  7  D1",
    )
    assert taken(CUT, "select donor from ex") == [(None,)]
    assert [problem for *_, problem in findings()] == ["No record of ex is meant by this."]


@pytest.mark.usefixtures("few_or_many")
def test_a_number_of_a_qualifier_is_found_in_the_file_of_the_qualifier(export):
    export(
        ex="usubjid  exseq  exstdtc\nP01  1  2021-01",
        suppex="usubjid  qnam  idvar  idvarval  qval\nP01  VIABILITY  EXSEQ  1  good",
    )
    assert findings() == [("suppex.csv", 2, "qval", "good", "This is no number.")]


def test_the_qualifiers_of_the_pilot(pilot):
    # AETRTEM stands in suppae alone: 1,126 of the 1,191 events are treatment-emergent.
    assert taken(pilot, "select aetrtem, count(*) from ae group by all order by all") == [
        ("N", 65),
        ("Y", 1126),
    ]
    assert findings(pilot) == []


# Nothing beyond the contract


def test_nothing_beyond_the_contract_gets_in(export, trial):
    folder = trial / "exports" / export()
    rewrite(
        folder,
        dm="usubjid,name,brthdtc,row_,age\nP01,Ann Other,1960-02-03,x,61\n",
        co="usubjid,coval\nP01,a comment\n",
        patients='usubjid,name\nP01,"broken',
    )
    con = data.trial().export(CUT).database.cursor()
    there = con.execute(
        "select table_name, column_name from duckdb_columns() "
        "where database_name = current_database() and not internal"
    ).fetchall()
    ours = {(name, c.name) for name, table in contract.tables().items() for c in table.columns}
    assert {table for table, _ in set(there) - ours} == {"absent", "delivered", "findings"}
    read_as = con.execute("select file, read_as, n_rows from delivered").fetchall()
    assert ("co.csv", None, None) in read_as
    assert ("dm.csv", "dm", 1) in read_as


def test_each_cut_has_a_database_of_its_own_that_goes_with_it(export, trial):
    export("2021-02-22", dm="usubjid\nP01")
    export(CUT, dm="usubjid\nP02\nP03")
    before, now = (door.load(trial / "exports" / cut) for cut in ("2021-02-22", CUT))
    con = now.database.cursor()
    before.database.cursor().execute("create table made_of_it as select usubjid from dm")
    assert con.execute("select usubjid from dm").fetchall() == [("P02",), ("P03",)]
    with pytest.raises(duckdb.CatalogException):
        con.execute("select * from made_of_it")
    held = "select count(*) from duckdb_databases()"
    [(n_held,)] = con.execute(held).fetchall()
    del before
    assert con.execute(held).fetchall() == [(n_held - 1,)]


def test_sessions_that_ask_a_cut_at_once_get_one_whole_database(export, trial):
    export(CUT, dm="usubjid\nP01\nP02")
    for _ in range(5):
        read = door.load(trial / "exports" / CUT)
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _, read=read: read.database, range(16)))
        assert len(set(map(id, found))) == 1
        assert found[0].cursor().execute("select count(*) from dm").fetchall() == [(2,)]
        assert set(read.tables()) == set(door.TABLES)
        assert read.tables()["dm"]["usubjid"].to_pylist() == ["P01", "P02"]


def test_cuts_that_are_read_at_once_in_a_new_process_do_not_get_in_each_others_way(export, trial):
    cuts = [f"2021-02-{day:02}" for day in range(1, 9)]
    for n, cut in enumerate(cuts, 1):
        export(cut, dm="usubjid\n" + "\n".join(f"P{number}" for number in range(n)))
    together = threading.Barrier(len(cuts))

    def n_people(cut: str) -> int:
        together.wait()
        read = door.load(trial / "exports" / cut)
        [(n, n_none)] = (
            read.database.cursor()
            .execute("select (select count(*) from dm), (select count(*) from suppdm)")
            .fetchall()
        )
        return n + n_none

    for _ in range(3):
        database._opened.cache_clear()
        database._model.cache_clear()
        with ThreadPoolExecutor(len(cuts)) as pool:
            assert list(pool.map(n_people, cuts)) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_of_many_wide_rows_the_one_that_repeats_another_is_found(export, trial):
    # 3,000 values in each of six columns: to tell their combinations apart takes more than 63 bits.
    columns = ("usubjid", "dsdecod", "dscat", "dsterm", "dsstdtc", "dsdtc")
    rows = [
        [f"P{n}", f"A{n * 7 % 3000}", f"B{n * 11 % 3000}", f"C{n * 13 % 3000}", f"D{n}", f"E{n}"]
        for n in range(3000)
    ]
    rows += [[*rows[5][:5], "E6"], list(rows[17])]  # all but the last alike, and all alike
    export(dm="usubjid\nP0")
    write_csv(trial / "exports" / CUT / "ds.csv", list(columns), rows)
    settle(trial / "exports" / CUT)
    problem = "The row repeats another, and both are kept: no number tells them apart."
    assert [each[:2] for each in findings() if each[4] == problem] == [("ds.csv", 3003)]
    assert taken(CUT, "select count(*) from ds") == [(3002,)]


LOCKED_OUT = [
    "select * from read_csv('{file}')",
    "select * from read_text('{file}')",
    "select * from read_blob('{file}')",
    "select * from glob('/*')",
    "select * from '{file}'",
    "copy dm to '{file}'",
    "attach '{file}.duckdb'",
    "install httpfs",
    "load httpfs",
    "select * from read_parquet('https://example.org/x.parquet')",
    "set enable_external_access = true",
    "set lock_configuration = false",
    "set threads = 7",
    "export database '{file}.dir'",
]


@pytest.mark.parametrize("statement", LOCKED_OUT)
def test_a_query_sees_its_cut_and_nothing_else(export, trial, statement):
    file = trial / "exports" / export() / "dm.csv"
    before = file.read_bytes()
    con = data.trial().export(CUT).database.cursor()
    with pytest.raises(duckdb.Error, match=r"disabled|locked|Cannot|cannot|configuration"):
        con.execute(statement.format(file=file))
    assert file.read_bytes() == before


@pytest.mark.parametrize("statement", [each for each in LOCKED_OUT if each.startswith("select")])
def test_nor_does_a_mapping(export, trial, statement):
    file = trial / "exports" / export() / "dm.csv"
    mapped(trial, dm=statement.format(file=file))
    assert "mapping/dm.sql cannot be used." in refusal()


HOSTILE = [
    "<script>alert(1)</script>",
    '=HYPERLINK("http://example.org","x")',
    "'; drop table dm; --",
    '"; drop table dm; --',
    "\u202eP01\u200b",
    "x" * 200_000,
    "$cut_on {usubjid} %s ?",
    "\\",
]


def test_hostile_text_is_text(export, trial):
    folder = trial / "exports" / export()
    out = io.StringIO()
    csv.writer(out).writerows(
        [["usubjid", "aestdtc", "aeterm", *HOSTILE], *([v, v, v, *HOSTILE] for v in HOSTILE)]
    )
    people = io.StringIO()
    csv.writer(people).writerows([["usubjid"], *([value] for value in HOSTILE)])
    rewrite(folder, dm=people.getvalue(), ae=out.getvalue())
    for name in ('x"; drop table dm; --.csv', "'; drop table dm; --.csv", "<script>.csv"):
        (folder / name).write_text("usubjid\nP01\n")
    (folder / os.fsdecode(b"caf\xe9.txt")).write_text("a name that is no UTF-8")
    settle(folder)
    assert [value for (value,) in taken(CUT, "select aeterm from ae")] == HOSTILE
    assert [value for (value,) in taken(CUT, "select usubjid from dm")] == HOSTILE
    assert len(findings()) == len(HOSTILE)  # none of them is a date
    assert "caf\\xe9.txt" in [name for (name,) in taken(CUT, "select file from delivered")]


def test_a_null_byte_in_parquet_is_text(export, trial):
    folder = trial / "exports" / export()
    (folder / "dm.csv").unlink()
    (folder / "dm.parquet").write_bytes(parquet(usubjid=["P\x0001"]))
    settle(folder)
    assert taken(CUT, "select usubjid from dm") == [("P\x0001",)]


@pytest.mark.parametrize(
    "idvar", ['usubjid" or 1=1 --', "usubjid or 1=1", "row_", "'; drop table dm; --", "1=1) --"]
)
def test_the_name_of_a_column_in_a_qualifier_injects_nothing(export, trial, idvar):
    folder = trial / "exports" / export(ae="usubjid  aeseq  aestdtc\nP01  1  2021-01")
    out = io.StringIO()
    csv.writer(out).writerows(
        [
            ["usubjid", "qnam", "qval", "idvar", "idvarval"],
            ["P01", "AESI", "infection", idvar, "0"],
            ["P01", 'aesi" = null; drop table dm; --', "x", "aeseq", "1"],
        ]
    )
    rewrite(folder, suppae=out.getvalue())
    assert findings() == [
        ("suppae.csv", 2, "idvarval", f"{idvar} 0", "No record of ae is meant by this.")
    ]
    assert taken(CUT, "select aesi from ae") == [(None,)]


# Another EDC, by SQL


def mapped(trial: Path, **scripts: str) -> None:
    (trial / "mapping").mkdir(exist_ok=True)
    for name, sql in scripts.items():
        (trial / "mapping" / f"{name}.sql").write_text(sql, encoding="utf-8")


REDCAP = """\
record_id;date_consent;group;date_inclusion;date_failure;inf1_date;inf1_dose;inf2_date;inf2_dose;name
1;04/01/2021;A;05/01/2021;;06/01/2021;1,5;10/01/2021;1,25;Ann
2;05/01/2021;B;06/01/2021;;07/01/2021;2,125;;;Bob
3;06/01/2021;;;07/01/2021;;;;;Cat
"""
MAPPING = {
    "dm": """
        select 'L-' || record_id as usubjid, "group" as cohort,
            strptime(date_consent, '%d/%m/%Y')::date as rficdtc
        from patients
    """,
    "ds": """
        select 'L-' || record_id as usubjid, 'ENTERED INTO TRIAL' as dsdecod,
            strftime(strptime(date_inclusion, '%d/%m/%Y'), '%Y-%m-%d') as dsstdtc
        from patients where date_inclusion is not null
        union all
        select 'L-' || record_id, 'SCREEN FAILURE',
            strftime(strptime(date_failure, '%d/%m/%Y'), '%Y-%m-%d')
        from patients where date_failure is not null
    """,
    "ex": """
        with long as (
            select record_id, 1 as k, inf1_date as day, inf1_dose as dose from patients
            union all
            select record_id, 2, inf2_date, inf2_dose from Patients
        )
        select 'L-' || record_id as usubjid, k as exseq, dose as exdose,
            strptime(day, '%d/%m/%Y') as exstdtc, 'x' as not_in_the_contract
        from long where day is not null
    """,
    "ae": "select null as usubjid, null as aestdtc where false",
}


def redcap(trial: Path, raw: str = REDCAP, **scripts: str) -> Path:
    folder = trial / "exports" / CUT
    folder.mkdir(exist_ok=True)
    rewrite(
        folder, Patients=raw, sv="usubjid,visitnum,svstdtc\nL-1,1,2021-01-06\n", other='"broken'
    )
    mapped(trial, **MAPPING | scripts)
    return folder


def test_a_wide_export_is_mapped_to_the_contract(trial):
    redcap(trial)
    assert taken(CUT, "select usubjid, cohort, rficdtc from dm") == [
        ("L-1", "A", "2021-01-04"),
        ("L-2", "B", "2021-01-05"),
        ("L-3", None, "2021-01-06"),
    ]
    assert sorted(taken(CUT, "select usubjid, exseq, exdose, exstdtc from ex")) == [
        ("L-1", 1, 1.5, "2021-01-06"),
        ("L-1", 2, 1.25, "2021-01-10"),
        ("L-2", 1, 2.125, "2021-01-07"),
    ]
    assert queries.ask("recruitment/summary", CUT)["n_included"].to_list() == [2]
    assert findings() == []
    # sv has no select, and is read as it was delivered; nobody named other.csv.
    assert taken(CUT, "select file, read_as, n_rows from delivered order by all") == [
        ("Patients.csv", "mapping", 3),
        ("other.csv", None, None),
        ("sv.csv", "sv", 1),
    ]
    columns = {column for (column,) in taken(CUT, "select column_name from duckdb_columns()")}
    assert not columns & {"record_id", "inf1_date", "not_in_the_contract"}


def test_a_comma_stays_doubtful_through_a_mapping(trial):
    header = REDCAP.splitlines()[0].replace(";", ",")
    redcap(trial, header + '\n1,04/01/2021,A,05/01/2021,,06/01/2021,"1,250",,,\n')
    assert taken(CUT, "select exdose from ex") == [(None,)]
    assert findings() == [("mapping/ex.sql", 1, "exdose", "1,250", NOT_SURE)]


@pytest.mark.parametrize(
    ("scripts", "sentence"),
    [
        ({"dm": "select record_id from patients"}, "mapping/dm.sql lacks usubjid."),
        ({"ds": "select '1' as usubjid"}, "mapping/ds.sql lacks dsdecod."),
        ({"dm": "selec 1"}, "mapping/dm.sql cannot be used. Parser Error: syntax error"),
        ({"dm": "select nme from patients"}, "mapping/dm.sql cannot be used. Binder Error"),
        ({"dm": "select * from patient"}, "mapping/dm.sql cannot be used. Catalog Error"),
        ({"dm": "select 'x'::int as usubjid"}, "mapping/dm.sql cannot be used. Conversion Error"),
        ({"dm": "select 1 as usubjid; select 2"}, "mapping/dm.sql is not one select statement."),
        ({"dm": "create table x as select 1"}, "mapping/dm.sql is not one select statement."),
        ({"dm": ""}, "mapping/dm.sql is not one select statement."),
        ({"dm": "select 1 as usubjid, 2 as USUBJID"}, "mapping/dm.sql has two columns named"),
        ({"dm": "select [1] as usubjid"}, "mapping/dm.sql, column usubjid: values of type list"),
        ({"dm": "select $x as usubjid"}, "mapping/dm.sql cannot be used."),
        ({"patients": "select 1"}, "mapping/patients.sql: the contract has no table patients."),
        ({'"; drop table dm; --': "select 1"}, 'the contract has no table "; drop table dm; --.'),
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused_in_words(trial, scripts, sentence):
    redcap(trial, **scripts)
    assert sentence in refusal()


def test_a_mapping_is_noticed_when_mended(trial):
    redcap(trial, dm="selec")
    assert "mapping/dm.sql" in refusal()
    mapped(trial, dm=MAPPING["dm"])
    before = data.trial().export(CUT).fingerprint
    mapped(trial, dm=MAPPING["dm"].replace("L-", "M-"))
    assert taken(CUT, "select min(usubjid) from dm") == [("M-1",)]
    assert data.trial().export(CUT).fingerprint != before


RAW = {
    "patients": "record_id,date_consent,group,date_inclusion,date_failure\n"
    "1,04/01/2021,A,2021-01-05,\n2,05/01/2021,B,2021-01-06,\n3,early January,,,2021-01-07\n",
    "infusions": "record_id,n,given_on,cells,batch\n1,1,2021-01-06,152000000,L1\n"
    "1,2,2021-01-10,150000000,L2\n2,1,2021-01-07,.,L1\n",
    "events": "record_id,n,event,grade,serious,begun_on,ended_on\n"
    "1,1,Fever,2,0,2021-01-07,2021-01-08\n2,1,Sepsis,4,1,2021-01,\n2,2,Rash,1,?,2021-01-09,\n",
    "visits": "record_id,day,seen_on\n1,28,2021-02-02\n",
}


def test_the_mapping_in_the_readme_makes_a_cut_of_a_raw_export(trial):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    scripts = dict(re.findall(r"```sql\n-- mapping/(\w+)\.sql\n(.+?)```", readme, re.DOTALL))
    assert scripts.keys() == {"dm", "ds", "ex", "ae", "sv"}
    mapped(trial, **scripts)
    folder = trial / "exports" / CUT
    folder.mkdir()
    rewrite(folder, **RAW)
    assert data.trial().standing() == (CUT, {})
    assert taken(CUT, "select usubjid, cohort, rficdtc from dm") == [
        ("LIEGE-1", "A", "2021-01-04"),
        ("LIEGE-2", "B", "2021-01-05"),
        ("LIEGE-3", None, "early January"),
    ]
    no_date = ("mapping/dm.sql", 3, "rficdtc", "early January", "This is no date as 2020-06-12.")
    assert findings() == [no_date]
    assert taken(CUT, "select usubjid, aeterm, aetoxgr, aeser, aestdtc from ae order by all") == [
        ("LIEGE-1", "Fever", "2", "N", "2021-01-07"),
        ("LIEGE-2", "Rash", "1", "?", "2021-01-09"),
        ("LIEGE-2", "Sepsis", "4", "Y", "2021-01"),
    ]
    assert taken(CUT, "select exdose from ex order by exdose") == [(1.5e8,), (1.52e8,), (None,)]
    assert taken(CUT, "select visitnum, svstdtc from sv") == [(28.0, "2021-02-02")]
    counted = queries.ask("recruitment/summary", CUT).iloc[0]
    assert counted[["n_screened", "n_screen_failed", "n_included", "n_treated"]].to_list() == [
        3,
        1,
        2,
        2,
    ]


# Fingerprint


def test_the_fingerprint_is_that_of_names_and_contents(export, trial, tmp_path):
    folder = trial / "exports" / export(dm="usubjid\nP01\nP02")
    (folder / "notes.txt").write_text("one")
    fingerprint = door.load(folder).fingerprint
    again = tmp_path / "elsewhere" / CUT
    shutil.copytree(folder, again, copy_function=shutil.copyfile)
    (again / ".DS_Store").write_text("x")
    settle(again)
    assert door.load(again).fingerprint == fingerprint
    seen = {fingerprint}
    for change in (
        lambda: (again / "notes.txt").write_text("two"),
        lambda: (again / "notes.txt").rename(again / "remarks.txt"),
        lambda: (again / "more.txt").write_text(""),
        lambda: (again / "dm.csv").write_text("usubjid\r\nP01\r\nP03\r\n"),
    ):
        change()
        settle(again)
        seen.add(door.load(again).fingerprint)
    assert len(seen) == 5


# Cuts


def test_cuts_are_folders_named_after_a_day(export, trial):
    export("2021-02-22")
    export("2021-03-01")
    exports = trial / "exports"
    for name in (".incoming-2021-03-08", "2021-3-8", "2021-02-30", "latest", "2021-03-01 (2)"):
        (exports / name).mkdir()
    (exports / "2021-03-08").write_text("a file")
    assert data.trial().cuts() == ["2021-03-01", "2021-02-22"]
    assert data.trial().strangers() == [
        "2021-02-30",
        "2021-03-01 (2)",
        "2021-03-08",
        "2021-3-8",
        "latest",
    ]
    with pytest.raises(data.UnknownCut, match=r"There is no cut 2021-03-08 in .*2021-03-01"):
        data.trial().export("2021-03-08")


def test_standing_looks_no_further_than_asked(export):
    export("2021-02-22")
    export("2021-03-01")
    assert data.trial().standing("2021-02-28") == ("2021-02-22", {})
    assert data.trial().standing("2021-02-01") == (None, {})


def test_a_cut_is_read_once_until_a_file_changes(export, trial):
    folder = trial / "exports" / export(dm="usubjid\nP01")
    first = data.trial().export(CUT)
    assert data.trial().export(CUT) is first
    file = folder / "dm.csv"
    times = file.stat()
    rewrite(folder, dm="usubjid\r\nP02\r\n")  # as long as before
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert taken(CUT, "select usubjid from dm") == [("P02",)]
    (folder / "vs.csv").write_text("usubjid,vstestcd,vsstresn,vsdtc\n")
    settle(folder)
    assert ("vs.csv",) in taken(CUT, "select file from delivered")


def test_a_refusal_is_remembered_until_the_file_is_mended(export, trial, monkeypatch):
    folder = trial / "exports" / export()
    rewrite(folder, dm="")
    reads = []
    load = door.load
    monkeypatch.setattr(door, "load", lambda *question: reads.append(1) or load(*question))
    for _ in range(3):
        assert refusal() == "dm.csv is empty (0 bytes)."
    assert len(reads) == 1
    rewrite(folder, dm="usubjid\nP01\n")
    assert data.trial().standing() == (CUT, {})


def test_a_manifest_that_agrees(export, trial):
    folder = trial / "exports" / export(dm="usubjid\nP01\nP02")
    entries = [
        {"file": file.name, "sha256": hashlib.sha256(file.read_bytes()).hexdigest().upper()}
        for file in folder.iterdir()
    ]
    for entry in entries:
        entry["rows"] = 2 if entry["file"] == "dm.csv" else 0
    for content in (entries, {"files": entries}):
        (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8-sig")
        settle(folder)
        assert data.trial().standing() == (CUT, {})


def test_a_large_file_is_read_whole(export, trial):
    folder = trial / "exports" / export()
    lines = "".join(f'P01,{row % 20},2021-01-{row % 28 + 1:02},"a, b"\n' for row in range(200_000))
    rewrite(folder, sv="usubjid,visitnum,svstdtc,visit\n" + lines)
    assert taken(CUT, "select count(*), sum(visitnum)::int from sv") == [(200_000, 1_900_000)]


def test_the_pilot_is_read_whole(pilot):
    n_lines = {
        file.stem: len(list(csv.reader(io.StringIO(file.read_text(encoding="utf-8"))))) - 1
        for file in (PILOT_FILES / pilot).iterdir()
    }
    assert {name: taken(pilot, f"select count(*) from {name}")[0][0] for name in n_lines} == n_lines
    assert re.fullmatch(r"[0-9a-f]{64}", data.trial().export(pilot).fingerprint)


# A cut that is edited in place


def test_a_cut_that_is_edited_in_place_is_found_out_for_ever(export, trial):
    folder = trial / "exports" / export(dm="usubjid\nP01\nP02")
    was = data.trial().export(CUT).fingerprint
    assert data.trial().altered() == []
    rewrite(folder, dm="usubjid\r\nP01\r\nP03\r\n", notes="more\n")
    (folder / "sv.csv").rename(folder / "SV.csv")
    now = data.trial().export(CUT).fingerprint
    data.trial().export(CUT)  # reading it again teaches nothing
    [altered] = data.trial().altered()
    assert (altered.cut, altered.was, altered.now) == (CUT, was, now)
    assert altered.files == (
        "SV.csv is new",
        "dm.csv differs",
        "notes.csv is new",
        "sv.csv is gone",
    )
    assert altered.first_read.startswith(datetime.now(UTC).strftime("%Y-%m-%d"))
    for part in (CUT, was[:12], now[:12], altered.first_read):
        assert part in f"{altered.headline} {altered.details}"


def test_a_cut_is_found_out_though_it_is_refused_now_or_read_by_nobody(export, trial):
    folder = trial / "exports" / export()
    export("2021-03-08")
    data.trial().export(CUT)
    rewrite(folder, dm="")
    assert [each.cut for each in data.trial().altered()] == [CUT]
    assert data.trial().altered(["2021-03-08"]) == []  # was never read


def test_what_is_put_back_as_it_was_is_what_it_was(export, trial):
    folder = trial / "exports" / export(dm="usubjid\nP01")
    data.trial().export(CUT)
    before = (folder / "dm.csv").read_bytes()
    rewrite(folder, dm="usubjid\nP02\n")
    assert len(data.trial().altered()) == 1
    rewrite(folder, dm=before)
    os.utime(folder / "dm.csv")
    assert data.trial().altered() == []


def test_a_cut_that_is_gone_is_found_out(export, trial):
    export("2021-03-08")
    folder = trial / "exports" / export()
    data.trial().export(CUT)
    folder.rename(trial / "elsewhere")
    [altered] = data.trial().altered()
    assert (altered.headline, altered.now) == (f"The cut {CUT} is gone.", None)
    (trial / "elsewhere").rename(folder)
    assert data.trial().altered() == []


def test_who_means_a_change_deletes_the_memory_of_that_cut(export, trial):
    folder = trial / "exports" / export()
    data.trial().export(CUT)
    rewrite(folder, dm="usubjid\nP02\n")
    [altered] = data.trial().altered()
    assert altered.memory == trial / ".cache" / f"exports-{CUT}.seen"
    altered.memory.unlink()
    data.trial().export(CUT)
    assert data.trial().altered() == []
    assert altered.memory.exists()


def test_sessions_that_remember_a_cut_at_once_do_not_get_in_each_others_way(tmp_path):
    file, together = tmp_path / ".cache" / "exports-2021-03-01.seen", threading.Barrier(8)

    def write(number: int) -> bool:
        together.wait()
        return seen.written(file, b"%d" % number * 10_000)

    with ThreadPoolExecutor(8) as threads:
        for _ in range(20):
            assert all(threads.map(write, range(8)))
            assert file.read_bytes() in [b"%d" % number * 10_000 for number in range(8)]
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("rubbish", ["", "{", "[]", '{"files": 3}', '{"first_read": null}'])
def test_a_memory_that_cannot_be_read_is_made_anew(export, trial, rubbish):
    folder = trial / "exports" / export()
    data.trial().export(CUT)
    (trial / ".cache" / f"exports-{CUT}.seen").write_text(rubbish)
    data.trial().export(CUT)
    assert data.trial().altered() == []
    rewrite(folder, dm="usubjid\nP02\n")
    assert len(data.trial().altered()) == 1


def test_where_nothing_can_be_written_it_is_remembered_all_the_same(export, trial):
    folder = trial / "exports" / export()
    (trial / ".cache").write_text("a file where a folder is wanted")
    data.trial().export(CUT)
    rewrite(folder, dm="usubjid\nP02\n")
    assert [each.cut for each in data.trial().altered()] == [CUT]
    shutil.rmtree(trial / "exports")
    assert data.trial().gone()


def test_another_mapping_is_told_and_is_no_edited_cut(trial):
    redcap(trial)
    assert data.trial().mapped_otherwise(CUT) is None
    mapped(trial, dm=MAPPING["dm"].replace("L-", "M-"))
    assert data.trial().mapped_otherwise(CUT)
    assert data.trial().altered() == []


# Real and simulated cuts


def simulated(trial: Path, cut: str = "2021-02-01") -> None:
    write_export(trial / "simulated" / cut)
    (trial / "simulated" / cut / "SIMULATED.txt").write_text("made up")


def test_the_simulated_trial_stands_in_until_the_first_real_cut(export, trial):
    simulated(trial)
    assert data.trial().is_simulated
    assert data.delivered().cuts() == []
    export()
    assert not data.trial().is_simulated
    assert data.trial().cuts() == [CUT]


def test_who_stays_in_the_simulated_trial_stays(export, trial):
    simulated(trial)
    export()

    def asked(stays: bool, answers: list) -> None:
        data.stay_simulated(stays)
        answers.append(data.trial().is_simulated)

    answers: list[bool] = []
    for stays in (True, False):
        reader = threading.Thread(target=asked, args=(stays, answers))
        reader.start()
        reader.join()
    assert answers == [True, False]
    assert not data.trial().is_simulated  # of this thread nothing was said


@pytest.mark.parametrize("is_readable", [True, False])
def test_nothing_stands_in_for_real_cuts_that_are_gone(export, trial, is_readable):
    simulated(trial)
    if is_readable:
        export()
        data.trial().export(CUT)
    else:
        (trial / "exports" / CUT).mkdir()
    assert not data.trial().is_simulated
    assert data.trial().gone() is None
    (trial / "exports").rename(trial / "unmounted")
    assert not data.trial().is_simulated
    assert data.trial().cuts() == []
    assert (
        f"There were exports in {trial / 'exports'}, and there is none now." in data.trial().gone()
    )
    assert (f"The newest that was read is {CUT}." in data.trial().gone()) == is_readable
    (trial / "unmounted").rename(trial / "exports")
    assert data.trial().gone() is None


def test_simulated_cuts_that_are_made_anew_are_not_edited(trial):
    (trial / "protocol.toml").write_text((ROOT / data.DEFAULT / "protocol.toml").read_text())
    simulate.main(["--cuts", "2"])
    newest = data.trial().cuts()[0]
    data.trial().export(newest)
    simulate.main(["--cuts", "2", "--seed", "8"])
    data.trial().export(newest)
    assert data.trial().altered() == []
    with (trial / "simulated" / newest / "dm.csv").open("a") as file:
        file.write("\n")
    assert [each.cut for each in data.trial().altered()] == [newest]


PLANNED = "usubjid  exseq  exstdtc\nP01  1  2021-01-05\nP02  1  2021-01-05"


def protocol_of(trial: Path, n_infusions: int) -> None:
    text = PROTOCOL + f"[dosing]\nn_infusions = {n_infusions}\n"
    (trial / "protocol.toml").write_text(text, encoding="utf-8")


def test_a_protocol_that_is_put_back_finds_its_own_tables(export, trial):
    """Edited, looked at, and put back with its time kept: nothing of the other one is left."""
    cut, toml = export(**included("P01", "P02"), ex=PLANNED), trial / "protocol.toml"
    for keeps in (os.replace, shutil.copy2):
        protocol_of(trial, 2)
        first, planned = data.trial(), rows("dosing/summary", cut, "n_planned")
        assert planned == [(4,)]
        shutil.copy2(toml, trial / "kept.toml")
        protocol_of(trial, 3)
        assert rows("dosing/summary", cut, "n_planned") == [(6,)]
        # A page that is half done goes on with the protocol that it began with.
        con = queries._cursor(first, cut, "infusions")
        assert con.sql("select count(*) from infusions").fetchall() == [(4,)]
        keeps(trial / "kept.toml", toml)
        assert rows("dosing/summary", cut, "n_planned") == [(4,)]


def test_readers_who_come_at_once_do_not_get_in_each_others_way(export, trial):
    cuts = [export(f"2021-03-{day:02}", **included("P01"), ex=PLANNED) for day in range(1, 7)]
    together = threading.Barrier(4)

    def read(number: int) -> list[object]:
        found = []
        for cut in cuts:
            together.wait()
            time.sleep(0.003 * number)
            found.append((id(data.trial()), rows("dosing/summary", cut, "n_given")))
        return found

    with ThreadPoolExecutor(4) as threads:
        one, *others = threads.map(read, range(4))
    assert others == [one] * 3


def test_a_file_that_could_not_be_opened_for_a_moment_is_read_again(export, trial, monkeypatch):
    export("2021-02-22")
    cut = trial / "exports" / export()
    opened = Path.read_bytes

    def broken(file: Path) -> bytes:
        if file.parent == cut:
            raise OSError(5, "Input/output error")
        return opened(file)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", broken)
        [reason] = data.trial().standing()[1].values()
        assert reason.endswith("cannot be opened. Input/output error.")
    assert data.trial().standing() == (CUT, {})


def test_a_cut_that_is_a_link_is_there_when_its_target_is(export, trial):
    export("2021-02-22")
    place = trial / "exports" / export()
    target = place.rename(trial / "elsewhere")
    place.symlink_to(trial / "later")
    assert data.trial().cuts() == ["2021-02-22"]
    target.rename(trial / "later")
    assert data.trial().cuts() == [CUT, "2021-02-22"]


def test_exports_that_are_a_link_are_those_that_it_leads_to(export, trial):
    export("2021-02-22")
    (trial / "exports").rename(trial / "v1")
    write_export(trial / "v2" / CUT, dm="usubjid\nP01")
    (trial / "exports").symlink_to(trial / "v1")
    assert data.trial().cuts() == ["2021-02-22"]
    (trial / "exports").unlink()
    (trial / "exports").symlink_to(trial / "v2")
    assert data.trial().cuts() == [CUT]


def test_a_protocol_of_the_same_time_is_not_the_same(export, trial):
    cut, toml = export(**included("P01", "P02"), ex=PLANNED), trial / "protocol.toml"
    protocol_of(trial, 2)
    assert rows("dosing/summary", cut, "n_planned") == [(4,)]
    was = toml.stat()
    protocol_of(trial, 3)
    os.utime(toml, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert rows("dosing/summary", cut, "n_planned") == [(6,)]
