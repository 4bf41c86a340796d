"""What data management has delivered: a trial is a folder.

    <trial>/protocol.toml        the trial's parameters
    <trial>/exports/2021-03-01/  one cut, see export.py
    <trial>/mapping/*.sql        how this site's export becomes the contract's tables

The environment variable TRIAL names the folder. As long as its exports/ holds no cut, the cuts
of the simulated trial, in <trial>/simulated/, stand in for it.
"""

import os
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from data import export, protocol
from data.export import Export
from data.files import Refused
from data.protocol import Protocol, ProtocolError

__all__ = ["Export", "Protocol", "ProtocolError", "Refused", "Trial", "UnknownCut", "trial"]

ROOT = Path(__file__).parent.parent
DEFAULT = "data/nct04445454"


class UnknownCut(LookupError):
    """There is no such cut. The message says which there are."""


@dataclass(frozen=True, eq=False)
class Trial:
    folder: Path
    protocol: Protocol
    exports: Path
    is_simulated: bool  # no cut was delivered yet, and the simulated trial stands in

    def cuts(self) -> list[str]:
        """The cuts on disk, newest first, whether they can be read or not."""
        return sorted(_cuts(self.exports), reverse=True)

    def strangers(self) -> list[str]:
        """What lies among the cuts and is none, as its name is no date."""
        if not self.exports.is_dir():
            return []
        names = {path.name for path in self.exports.iterdir() if not path.name.startswith(".")}
        return sorted(names - _cuts(self.exports))

    def export(self, cut: str) -> Export:
        """The cut of that date, read once and kept for as long as its files stay as they are.

        Raises UnknownCut, or Refused if the cut cannot be used.
        """
        if cut not in _cuts(self.exports):
            there = self.cuts()
            known = f"the newest is {there[0]}" if there else "there is none"
            raise UnknownCut(f"There is no cut {cut} in {self.exports}: {known}.")
        if date.fromisoformat(cut) > date.today():
            raise Refused(f"{cut} lies in the future: a cut is named after the day of its data.")
        mapping = None if self.is_simulated else self.folder / "mapping"
        state = (export.signature(self.exports / cut), export.signature(mapping) if mapping else ())
        return _once(self.exports / cut, mapping if state[1] else None, state)

    def standing(self, cut: str | None = None) -> tuple[str | None, dict[str, str]]:
        """The newest cut that can be used, not newer than `cut`, and why newer ones cannot be.

        Returns the cut (None if there is none) and {refused cut: reason}.
        """
        refused = {}
        for candidate in self.cuts():
            if cut and candidate > cut:
                continue
            try:
                self.export(candidate)
            except Refused as reason:
                refused[candidate] = str(reason)
            else:
                return candidate, refused
        return None, refused


def folder() -> Path:
    """The folder that TRIAL names."""
    named = Path(os.environ.get("TRIAL") or DEFAULT)
    return (named if named.is_dir() else ROOT / named).resolve()


def trial() -> Trial:
    """The trial in that folder. Raises ProtocolError if its protocol.toml cannot be used."""
    place = folder()
    files = (place / "protocol.toml", place / "illustrative.toml")
    state = tuple(file.stat().st_mtime_ns if file.exists() else 0 for file in files)
    delivered = _read(place, None, state)
    if _cuts(delivered.exports):
        return delivered
    simulated = _read(place, place / "simulated", state)
    return simulated if _cuts(simulated.exports) else delivered


@lru_cache(maxsize=8)
def _read(place: Path, simulated: Path | None, state: tuple[int, ...]) -> Trial:
    overlay = place / "illustrative.toml" if simulated else None
    parameters = protocol.read(place / "protocol.toml", overlay)
    exports = simulated or (place / parameters.exports).resolve()
    return Trial(place, parameters, exports, simulated is not None)


def _cuts(exports: Path) -> set[str]:
    if not exports.is_dir():
        return set()
    with os.scandir(exports) as entries:
        return {entry.name for entry in entries if entry.is_dir() and _is_date(entry.name)}


def _is_date(name: str) -> bool:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", name):
        return False
    try:
        date.fromisoformat(name)
    except ValueError:
        return False
    return True


def _remembering(load: Callable[..., Export]) -> Callable[..., Export]:
    """Keep the last answers, refusals too: a broken cut is read once, not at every look."""

    def attempt(*question: Any) -> Export | Refused:
        try:
            return load(*question)
        except Refused as reason:
            return reason

    kept = lru_cache(maxsize=16)(attempt)
    lock = threading.Lock()

    def remembered(*question: Any) -> Export:
        with lock:  # sessions run in threads, and a cut is worth reading once
            answer = kept(*question)
        if isinstance(answer, Refused):
            raise Refused(str(answer))
        return answer

    return remembered


@_remembering
def _once(folder: Path, mapping: Path | None, state: tuple[Any, ...]) -> Export:
    return export.load(folder, mapping)
