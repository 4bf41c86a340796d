"""What data management has delivered: a trial is a folder.

    <trial>/protocol.toml        the trial's parameters
    <trial>/exports/2021-03-01/  one cut, see export.py
    <trial>/mapping/*.sql        how this site's export becomes the contract's tables

The environment variable TRIAL names the folder. As long as its exports/ never held a cut, the cuts
of the simulated trial, in <trial>/simulated/, stand in for it.
"""

import os
import re
import threading
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from data import export, protocol, seen
from data.export import Export
from data.files import Refused, Unreadable
from data.look import once_a_look, once_a_second, stamp
from data.protocol import Protocol, ProtocolError
from data.seen import Altered

__all__ = [
    "Altered",
    "Export",
    "Protocol",
    "ProtocolError",
    "Refused",
    "Trial",
    "UnknownCut",
    "delivered",
    "stay_simulated",
    "trial",
]

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
    made_up: tuple[str, ...]  # what of its protocol is made up with it, in words

    @once_a_look
    def cuts(self) -> list[str]:
        """The cuts on disk, newest first, whether they can be read or not."""
        return list(_cuts(self.exports))

    def strangers(self) -> list[str]:
        """What lies among the cuts and is none, as its name is no date."""
        return list(_strangers(self.exports))

    @once_a_look
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
        read = _once(self.exports / cut, mapping if state[1] else None, state)
        seen.remember(self._memory(cut), read, state[0])
        return read

    def altered(self, cuts: Iterable[str] | None = None) -> list[Altered]:
        """Of those cuts, or all, the ones that are no longer what they were when first read."""
        looked_at = seen.known(self.folder, self.exports) if cuts is None else cuts
        found = (seen.altered(self._memory(cut), self.exports / cut) for cut in looked_at)
        return [each for each in found if each]

    def mapped_otherwise(self, cut: str) -> str | None:
        """When the cut was first read, if the mapping has made something else of it since."""
        return seen.mapped_otherwise(self._memory(cut), self.export(cut))

    def gone(self) -> str | None:
        """That the real cuts are gone, in words; None if there are some, or never were."""
        if self.is_simulated or self.cuts() or not seen.was_delivered(self.folder):
            return None
        known = seen.known(self.folder, self.exports)
        newest = f" The newest that was read is {known[-1]}." if known else ""
        return (
            f"There were exports in {self.exports}, and there is none now.{newest} The folder may "
            "not be connected. No simulated trial stands in for real data."
        )

    def _memory(self, cut: str) -> Path:
        return seen.place(self.folder, self.exports, cut)

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
    return _folder(os.environ.get("TRIAL") or DEFAULT)


@once_a_second
def _folder(named: str) -> Path:
    return Path(os.path.abspath(named if os.path.isdir(named) else ROOT / named))


_stays: ContextVar[bool] = ContextVar("stays", default=False)


def stay_simulated(stays: bool) -> None:
    """Whether who asks from here on keeps to the simulated trial, though real cuts have come.

    It holds for the thread, which is one reader's: nothing is swapped under a reader's eyes.
    """
    _stays.set(stays)


def trial() -> Trial:
    """The trial in that folder. Raises ProtocolError if its protocol.toml cannot be used."""
    return _trial(_stays.get())


@once_a_look
def _trial(stays: bool) -> Trial:
    real = delivered()
    if real.cuts():
        seen.note_delivery(real.folder)
    if seen.was_delivered(real.folder) and not stays:
        return real
    simulated = _read(real.folder, real.folder / "simulated", _state(real.folder))
    return simulated if _cuts(simulated.exports) else real


@once_a_look
def delivered() -> Trial:
    """The trial with its real cuts, even if there is none. Raises ProtocolError as `trial` does."""
    place = folder()
    return _read(place, None, _state(place))


@once_a_look
@once_a_second
def _state(place: Path) -> tuple[tuple[int, ...], ...]:
    return stamp(f"{place}/protocol.toml"), stamp(f"{place}/illustrative.toml")


_reading = threading.Lock()


def _read(place: Path, simulated: Path | None, state: tuple[tuple[int, ...], ...]) -> Trial:
    with _reading:  # readers who come at once open one trial, which their cuts' tables are of
        return _opened(place, simulated, state)


@lru_cache(maxsize=8)
def _opened(place: Path, simulated: Path | None, state: tuple[tuple[int, ...], ...]) -> Trial:
    overlay = place / "illustrative.toml" if simulated else None
    parameters = protocol.read(place / "protocol.toml", overlay)
    # As it is named: a link may be pointed elsewhere at any time.
    exports = simulated or Path(os.path.abspath(place / parameters.exports))
    made_up = protocol.in_words(overlay) if overlay else ()
    return Trial(place, parameters, exports, simulated is not None, made_up)


@once_a_look
@once_a_second
def _cuts(exports: Path) -> tuple[str, ...]:
    """The folders in it that are named after a day, the newest first."""
    try:
        with os.scandir(exports) as entries:
            found = [each.name for each in entries if _is_date(each.name) and each.is_dir()]
    except OSError:  # there is no such folder, or it is on a share that does not answer
        return ()
    return tuple(sorted(found, reverse=True))


@once_a_look
@once_a_second
def _strangers(exports: Path) -> tuple[str, ...]:
    try:
        names = {name for name in os.listdir(exports) if not name.startswith(".")}
    except OSError:
        return ()
    return tuple(sorted(map(export.shown, names.difference(_cuts(exports)))))


@lru_cache(maxsize=10_000)
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
        except Unreadable:
            raise  # it may pass, and nothing else would tell that it has
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
