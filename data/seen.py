"""What each cut was when it was first read, so that one that was edited in place is found out.

A cut is immutable: a correction is a new cut. What a cut was is written down once, a file each, in
<trial>/.cache/: written aside and renamed. Whoever means a change deletes that file, and the cut
is from then on what it is now. Where the folder is not ours to write in, it is remembered for as
long as the program runs.
"""

import hashlib
import json
import os
import re
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from data import export
from data.export import Export
from data.files import Refused
from data.look import changed, once_a_look, once_a_second

DELIVERED = "delivered.seen"
# What could not be written down.
_unwritten: dict[Path, dict[str, Any]] = {}


@dataclass(frozen=True)
class Altered:
    """A cut that is no longer what it was when it was first read."""

    cut: str
    first_read: str  # 2026-11-26 08:30 UTC
    was: str  # fingerprint of its files
    now: str | None  # None if it is gone, or cannot be read
    files: tuple[str, ...]  # what was done to which of them
    memory: Path  # the file to delete if the change is meant

    @property
    def headline(self) -> str:
        if self.now is None:
            return f"The cut {self.cut} is gone."
        return f"The cut {self.cut} was changed after it had been read."

    @property
    def details(self) -> str:
        read = f"First read on {self.first_read} with the fingerprint {self.was[:12]}"
        if self.now is None:
            return f"{read}, it is not there any more, or cannot be opened."
        return (
            f"{read}, it has {self.now[:12]} now ({', '.join(self.files)}): its numbers may not be "
            "those that were shown before. A correction belongs into a cut of its own."
        )


@lru_cache(maxsize=4096)
def place(folder: Path, exports: Path, cut: str) -> Path:
    """The file that says what a cut of that folder was."""
    return folder / ".cache" / f"{exports.name}-{cut}.seen"


def remember(file: Path, read: Export, state: tuple[Any, ...]) -> None:
    """Write down what a cut is, unless it is known already."""
    if _entry(file):
        return
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    entry = {"first_read": now, "files": dict(read.files), "fingerprint": read.fingerprint}
    _write(file, entry | {"state": state})


def altered(file: Path, cut: Path) -> Altered | None:
    """What became of a cut; None if nothing did, or if nobody knows what it was."""
    entry = _entry(file)
    if entry is None:
        return None
    was = entry["files"]
    try:
        state = export.signature(cut)
        if state == entry["state"]:
            return None
        now = dict(_hashes(cut, state)) if state else None
    except (OSError, Refused):
        now = None
    if now == was:
        return None  # put back, or copied to another place
    files = [f"{name} is gone" for name in was if name not in (now or {})]
    files += [f"{name} is new" for name in now or {} if name not in was]
    files += [f"{name} differs" for name in was if now and now.get(name, was[name]) != was[name]]
    return Altered(
        cut.name,
        entry["first_read"],
        export.fingerprint(was),
        export.fingerprint(now) if now else None,
        tuple(sorted(files)),
        file,
    )


def mapped_otherwise(file: Path, read: Export) -> str | None:
    """When a cut was first read, if the site's mapping has made something else of it since."""
    entry = _entry(file)
    if entry is None or entry["files"] != dict(read.files):
        return None
    return None if entry["fingerprint"] == read.fingerprint else entry["first_read"]


def known(folder: Path, exports: Path) -> list[str]:
    """The cuts of that folder of which it is known what they were, oldest first."""
    cache = folder / ".cache"
    files = {*_unwritten, *(cache.iterdir() if cache.is_dir() else ())}
    form = re.compile(re.escape(exports.name) + r"-(\d{4}-\d\d-\d\d)\.seen")
    found = (form.fullmatch(file.name) for file in files if file.parent == cache)
    return sorted(each[1] for each in found if each)


def forget(exports: Path) -> None:
    """Of cuts that are about to be made anew, nothing is known."""
    for cut in known(exports.parent, exports):
        file = place(exports.parent, exports, cut)
        _unwritten.pop(file, None)
        file.unlink(missing_ok=True)


def note_delivery(folder: Path) -> None:
    """Remember that a real cut was there, readable or not."""
    if not was_delivered(folder):
        _write(folder / ".cache" / DELIVERED, {})


def was_delivered(folder: Path) -> bool:
    """Whether a real cut was ever there."""
    file = folder / ".cache" / DELIVERED
    return file in _unwritten or _noted_at(file) is not None


@once_a_second
def _noted_at(file: Path) -> int | None:
    return changed(file) or None


def _write(file: Path, entry: dict[str, Any]) -> None:
    if not written(file, json.dumps(entry).encode()):
        _unwritten[file] = entry


def written(file: Path, content: bytes) -> bool:
    """Write a file of the cache, aside and renamed; False if the folder is not ours to write in.

    Whoever writes the same at the same time, in a thread or a process, has a file aside of its own.
    """
    aside = file.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    try:
        file.parent.mkdir(exist_ok=True)
        aside.write_bytes(content)
        aside.replace(file)
    except OSError:
        return False
    return True


@once_a_look
@once_a_second
def _entry(file: Path) -> dict[str, Any] | None:
    try:
        return _parsed(file, os.stat(file).st_mtime_ns)
    except OSError:
        return _unwritten.get(file)


@lru_cache(maxsize=4096)
def _parsed(file: Path, modified: int) -> dict[str, Any] | None:
    try:
        entry = json.loads(file.read_text(encoding="utf-8"))
        texts = (entry["first_read"], entry["fingerprint"], *entry["files"].values())
        entry["state"] = tuple(map(tuple, entry["state"]))
        return entry if all(isinstance(each, str) for each in texts) and entry["state"] else None
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


@lru_cache(maxsize=4096)
def _hashes(cut: Path, state: tuple[Any, ...]) -> tuple[tuple[str, str], ...]:
    """The files of a cut in that state, with their sha256."""
    return tuple(
        (export.shown(name), hashlib.sha256((cut / name).read_bytes()).hexdigest())
        for name, *_ in state
    )
