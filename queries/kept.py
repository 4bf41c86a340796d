"""Answers that a server which starts anew need not work out again.

Its first page asks a dozen questions about the newest cut and the one before, which takes a second.
The answers are kept in <trial>/.cache/answers/, a file each: named after all that the answer
depends on, written aside and renamed, checked when it is read, and safe to delete at any time.
"""

import hashlib
import importlib.metadata
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

import queries
from data import Trial, export, seen

ROOT = Path(__file__).parent.parent
NEWEST = 3  # cuts: those that a first page compares, and one more, as the newest may be refused
LARGEST = 1_000_000  # bytes of an answer
MANY = 600  # files: what all pages ask of one pair of cuts, twice over
DIGEST = hashlib.sha256().digest_size


def _hash(*contents: bytes) -> bytes:
    digest = hashlib.sha256()
    for each in contents:
        digest.update(each)
    return digest.digest()


def basis(trial: Trial) -> str:
    """What every answer depends on besides the files of its cut: protocol, mapping, and code."""
    return _basis(trial, export.signature(trial.folder / "mapping"), _code())


@lru_cache(maxsize=4)
def _basis(trial: Trial, mapping: tuple[tuple[Any, ...], ...], code: str) -> str:
    return _hash(f"{code}{trial.protocol.model_dump_json()}{mapping}".encode()).hex()


def _code() -> str:
    """Our code, and that which reads the files, answers and estimates."""
    used = duckdb.__version__, pa.__version__, pd.__version__, *_versions()
    return f"{_asked(queries.files())}{AS_STARTED}{sys.version}{used}"


@lru_cache(maxsize=1)
def _asked(files: "queries.Files") -> str:
    """The SQL, as it is in use."""
    return _hash(*(f"{name}\0{queries.read(name).sql}\0".encode() for name in files.written)).hex()


@cache
def _versions() -> list[str]:
    return [importlib.metadata.version(each) for each in ("numpy", "scipy")]  # scipy loads slowly


def _as_started() -> str:
    """The code that a process imports once: whoever exchanges it starts the server anew."""
    rooms = [ROOT / room for room in ("data", "queries", "estimates")]
    found = [file for room in rooms for file in room.rglob("*.py")]
    found += (ROOT / "data").glob("*.sql")
    named = [(str(file.relative_to(ROOT)), file.read_bytes()) for file in sorted(found)]
    return _hash(*(part for name, content in named for part in (name.encode(), content))).hex()


AS_STARTED = _as_started()


def answer(
    trial: Trial,
    cuts: Iterable[str],
    depends_on: tuple[Any, ...],
    work_out: Callable[[], pa.Table],
) -> pa.Table:
    """The answer that is kept; else it is worked out, and kept if it is about the newest cuts.

    `depends_on` says in plain values what it depends on besides the trial and the code.
    """
    if not set(cuts) <= set(trial.cuts()[:NEWEST]):
        return work_out()
    of = repr((basis(trial), str(trial.exports), trial.is_simulated, depends_on)).encode()
    file = trial.folder / ".cache" / "answers" / f"{_hash(of).hex()}.arrow"
    found = _read(file, of)
    if found is None:
        found = work_out()
        if found.nbytes <= LARGEST:
            _write(file, of, found)
    return found


def _read(file: Path, of: bytes) -> pa.Table | None:
    """What stands in the file; None if it is not there, or not as it was written."""
    try:
        content = file.read_bytes()
    except OSError:
        return None
    digest, rows = content[:DIGEST], content[DIGEST:]
    return pa.ipc.open_stream(rows).read_all() if digest == _hash(of, rows) else None


def _write(file: Path, of: bytes, rows: pa.Table) -> None:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        stream.write_table(rows)
    content = sink.getvalue().to_pybytes()
    with suppress(OSError):  # the trial's folder itself is not made, if it is gone
        file.parent.parent.mkdir(exist_ok=True)
    if seen.written(file, _hash(of, content) + content):
        _tidy(file.parent)


def _tidy(folder: Path) -> None:
    """Of too many answers, the older half goes."""
    with suppress(OSError), os.scandir(folder) as entries:  # another server may tidy, too
        found = list(entries)
        if len(found) > MANY:
            oldest = sorted(found, key=lambda each: each.stat().st_mtime_ns)
            for each in oldest[: MANY // 2]:
                os.unlink(each)
