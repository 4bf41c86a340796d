"""Every parameter of a protocol file with the words that stand beside it: its source."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AoT, Comment, Table

NOT_SET = "not set"


def read(file: Path) -> list[dict[str, str]]:
    """One row per parameter, in the order of the file: parameter, value, source.

    The source is the comment beside the value, and the lines of comment that go on beneath it. What
    a comment says is not set is a row too. Tables of a list are numbered: `groups.1.code`.
    """
    return list(_rows(tomlkit.parse(file.read_text(encoding="utf-8")), "", ""))


def legend(file: Path) -> str:
    """The comment at the head of the file: what its marks mean, a line each."""
    lines = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            break
        lines.append(line.lstrip("#").strip())
    return "\n".join(lines).strip()


def _rows(table: Any, prefix: str, source: str) -> Iterator[dict[str, str]]:
    """The rows of a table; `source` is said of the whole table, where a value has none."""
    last = None
    for key, item in table.body if isinstance(table, tomlkit.TOMLDocument) else table.value.body:
        if key is None:
            words = _words(item) if isinstance(item, Comment) else ""
            # A comment set in from the margin goes on with the one above it.
            if words and last and item.trivia.indent.strip("\n"):
                last["source"] = f"{last['source']} {words}".strip()
            elif found := re.fullmatch(rf"([\w, ]+?) +# ({NOT_SET}.*)", words):
                if last:
                    yield last
                    last = None
                for name in found[1].split(", "):
                    yield {"parameter": prefix + name, "value": NOT_SET, "source": found[2]}
            continue
        if last:
            yield last
            last = None
        name = f"{prefix}{key.key}"
        if isinstance(item, AoT):
            for place, each in enumerate(item, 1):
                yield from _rows(each, f"{name}.{place}.", _words(each))
        elif isinstance(item, Table):
            yield from _rows(item, f"{name}.", _words(item))
        else:
            last = {"parameter": name, "value": _value(item), "source": _words(item) or source}
    if last:
        yield last


def _words(item: Any) -> str:
    return item.trivia.comment.lstrip("# ").strip()


def _value(item: Any) -> str:
    plain = item.unwrap()
    if isinstance(plain, dict):
        return ", ".join(f"{name} = {value}" for name, value in plain.items())
    if isinstance(plain, list):
        return ", ".join(map(str, plain)) or "none"
    if isinstance(plain, bool):
        return "yes" if plain else "no"
    return f"{plain:g}" if isinstance(plain, float) else str(plain)
