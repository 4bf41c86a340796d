"""The dashboard, with a note of every call to Streamlit and of what was handed to it.

    REPLAY=<folder> python -m benchmarks.recorded run dashboard.py

replay.py makes the same calls with the same frames and figures, and works nothing out. One file a
page, of its last run.
"""

import os
import pickle
import sys
import threading
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.navigation.page import StreamlitPage


class Call(NamedTuple):
    """One call of Streamlit."""

    on: int  # what it was called on: a container by its number, or MAIN or SIDEBAR
    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    made: list[int]  # the containers that came back


MAIN, SIDEBAR = -1, -2


@cache
def recorded(folder: str) -> dict[str, list[Call]]:
    """The calls of each page, by its address."""
    found = {}
    for file in sorted(Path(folder).iterdir(), key=lambda each: each.stat().st_mtime):
        with file.open("rb") as stream:
            found[file.name] = []
            while stream.peek(1):
                found[file.name].append(Call(*pickle.load(stream)))
    return found


class _Notes(threading.local):
    """The calls of the run that goes on in this thread."""

    file: Any = None
    is_within = False  # Streamlit calls itself

    def begin(self, page: str) -> None:
        if self.file:
            self.file.close()
        self.file = (Path(os.environ["REPLAY"]) / (page or "start")).open("wb")
        # Containers are held, so that none gets the identity of another.
        self.containers: list[DeltaGenerator] = []

    def number(self, container: Any) -> int:
        for place, each in enumerate(self.containers):
            if each is container:
                return place
        return SIDEBAR if container is st.sidebar else MAIN

    def write(self, on: Any, name: str, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        if self.file is None:
            return
        made = [each for each in _listed(result) if isinstance(each, DeltaGenerator)]
        on = self.number(on)
        first = len(self.containers)
        self.containers += made
        plain = {key: _plain(value) for key, value in kwargs.items()}
        numbers = list(range(first, len(self.containers)))
        call = Call(on, name, tuple(map(_plain, args)), plain, numbers)
        pickle.dump(tuple(call), self.file)
        self.file.flush()


_notes = _Notes()


def _listed(result: Any) -> list[Any]:
    return list(result) if isinstance(result, (list, tuple)) else [result]


def _plain(value: Any) -> Any:
    """What can be written down: a page by its address, and `str` for what is called later."""
    if isinstance(value, StreamlitPage):
        return value.url_path
    return str if callable(value) else value


def _noted(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(self: DeltaGenerator, *args: Any, **kwargs: Any) -> Any:
        if _notes.is_within:
            return method(self, *args, **kwargs)
        _notes.is_within = True
        try:
            result = method(self, *args, **kwargs)
        finally:
            _notes.is_within = False
        past = () if name == "__exit__" else args
        # Entering gives back the container itself, which has its number already.
        _notes.write(self, name, past, kwargs, None if name == "__enter__" else result)
        return result

    return call


def _note_everything() -> None:
    names = [name for name in dir(DeltaGenerator) if not name.startswith("_") and name != "dg"]
    for name in [*names, "__enter__", "__exit__"]:
        method = getattr(DeltaGenerator, name)
        if callable(method):
            setattr(DeltaGenerator, name, _noted(name, method))
        if (owner := getattr(getattr(st, name, None), "__self__", None)) is not None:
            setattr(st, name, getattr(owner, name))  # st.markdown holds the method as it was
    navigation = st.navigation

    def navigate(*args: Any, **kwargs: Any) -> Any:
        page = navigation(*args, **kwargs)
        _notes.begin(page.url_path)
        return page

    st.navigation = navigate


if __name__ == "__main__":
    from streamlit.web import cli

    _note_everything()
    sys.exit(cli.main())
