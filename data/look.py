"""One look at the disk for as long as a page takes.

All panels of a page are then of the same state of the files, and no file is asked twice. What many
readers ask of the disk is asked once a second for all of them.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

P, R = ParamSpec("P"), TypeVar("R")

_seen: ContextVar[dict[Any, Any] | None] = ContextVar("seen", default=None)


def changed(place: str | Path) -> int:
    """When a file was last written, or a folder got or lost one, in ns; 0 if it is not there."""
    try:
        return os.stat(place).st_mtime_ns
    except OSError:
        return 0


def stamp(place: str | Path) -> tuple[int, ...]:
    """Time of writing, time of the last change of state, and size of a file; () without one.

    The second tells apart what was put in its place with its time kept.
    """
    try:
        found = os.stat(place)
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size


def is_within() -> bool:
    """Whether a look goes on."""
    return _seen.get() is not None


@contextmanager
def one_look() -> Iterator[None]:
    """Within it, whatever is marked `once_a_look` is found out once; outside, at every call."""
    before = _seen.set({})
    try:
        yield
    finally:
        _seen.reset(before)


@contextmanager
def looking_away() -> Iterator[None]:
    """Within it there is no look, so that nothing of what is read is held on to."""
    before = _seen.set(None)
    try:
        yield
    finally:
        _seen.reset(before)


def once_a_look(find_out: Callable[P, R]) -> Callable[P, R]:
    """Mark a function that looks at files. What it raises is not kept, nor what it finds for an
    argument that cannot be hashed.
    """

    @wraps(find_out)
    def seen(*args: P.args, **kwargs: P.kwargs) -> R:
        known = _seen.get()
        if known is None:
            return find_out(*args, **kwargs)
        key = (find_out, args, *kwargs.items()) if kwargs else (find_out, args)
        try:
            return known[key]
        except (KeyError, TypeError):
            found = find_out(*args, **kwargs)
        with suppress(TypeError):
            known[key] = found
        return found

    return seen


HOLDS = 1  # seconds
MANY = 10_000  # answers, a few for each cut
_held: dict[Any, tuple[float, Any]] = {}


def once_a_second(find_out: Callable[P, R]) -> Callable[P, R]:
    """Mark a function that asks the disk alone: within looks, what it finds holds for a second.

    It stands under `once_a_look`, so that a page that takes longer is still of one state. None,
    which is for what is not there yet, does not hold.
    """

    @wraps(find_out)
    def found(*args: P.args, **kwargs: P.kwargs) -> R:
        if not is_within():
            return find_out(*args, **kwargs)
        key, now = (find_out, args, *kwargs.items()), time.monotonic()
        asked_at, known = _held.get(key, (-HOLDS, None))
        if now - asked_at < HOLDS:
            return known
        known = find_out(*args, **kwargs)
        if len(_held) > MANY:
            _held.clear()
        if known is not None:
            _held[key] = now, known
        return known

    return found
