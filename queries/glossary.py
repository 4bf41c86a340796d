"""What the words on the screens mean: read from the headers of the SQL, the docstrings of the
statistics and the protocol file, so that no explanation can differ from what is computed.
"""

import ast
import re
from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import TypeVar

import pandas as pd

import data
import queries
from data import sources
from queries import Question

ESTIMATES = Path(queries.__file__).parent.parent / "estimates"


MOST_COLUMNS = 12  # in a tooltip, which has some twenty lines

T = TypeVar("T")


def _kept(read: Callable[[], T]) -> Callable[[], T]:
    """Read once, until the file of a question changes."""
    known = lru_cache(maxsize=1)(lambda state: read())
    return wraps(read)(lambda: known(queries.files()))


@lru_cache(maxsize=512)
def definition(question: Question) -> str:
    """What a question asks and how it is answered, in Markdown.

    In its own words, and in those of the derived table that it passes on, which has most of its
    columns; without any, what each of them means.
    """
    tables = [queries.read(f"tables/{each}") for each in queries.tables_named(question.sql)]
    passed_on = [
        table
        for table in tables
        if 2 * len(table.columns.keys() & question.columns.keys()) > len(question.columns)
    ]
    said = [each for asked in (question, *passed_on) for each in prose(asked)]
    columns = [f"- **{name}**: {_plain(meaning)}" for name, meaning in question.columns.items()]
    how = list(map(_plain, said)) or ["\n".join(columns[:MOST_COLUMNS])]
    if not said and len(columns) > MOST_COLUMNS:
        how.append(f"And {len(columns) - MOST_COLUMNS} columns more: the glossary has them all.")
    return "\n\n".join([_plain(question.headline), *how])


def matching(rows: pd.DataFrame, wanted: str) -> pd.DataFrame:
    """The rows in which a text stands, in any case; where they are used is not looked at.

    What is called so comes first: the term before the sentences that name it.
    """
    if not wanted:
        return rows
    looked_at = rows.drop(columns=["found_in", "used_in"], errors="ignore").astype(str)
    has = looked_at.apply(lambda each: each.str.contains(wanted, case=False, regex=False))
    is_named, is_said = has.iloc[:, 0], has.any(axis=1)
    return pd.concat([rows[is_named], rows[is_said & ~is_named]])


def _plain(words: str) -> str:
    return re.sub(r"([\\`*_{}\[\]()#+.!|~<>$:&])", r"\\\1", words)


def prose(question: Question) -> list[str]:
    """The paragraphs of the header beneath its list of columns: the definitions in words."""
    lines = [line for line in question.sql.splitlines() if line.startswith("--")]
    header = "\n".join(line.removeprefix("--").removeprefix(" ") for line in lines)
    _, _, below = header.partition("columns:")
    return [" ".join(each.split()) for each in below.split("\n\n")[1:] if each.strip()]


@_kept
def terms() -> pd.DataFrame:
    """term, meaning, found_in: every column of every question; a meaning in several stands once."""
    rows = [
        {"term": term, "meaning": meaning, "found_in": name}
        for name in _of_pages()
        for term, meaning in queries.read(name).columns.items()
    ]
    merged = pd.DataFrame(rows).groupby(["term", "meaning"], sort=True)["found_in"]
    return merged.agg(", ".join).reset_index()


@_kept
def definitions() -> pd.DataFrame:
    """name, question, definition: what is said in words of each table and question."""
    rows = [
        {"name": name, "question": asked.headline, "definition": "\n\n".join(prose(asked))}
        for name in _of_pages()
        for asked in [queries.read(name)]
    ]
    return pd.DataFrame(rows)


@_kept
def rules() -> pd.DataFrame:
    """name, rule, why, severity: the checks."""
    rows = [
        {"name": name.partition("/")[2], "rule": asked.headline}
        | {"why": asked.notes["why"], "severity": asked.notes["severity"]}
        for name in queries.checks()
        for asked in [queries.read(name)]
    ]
    return pd.DataFrame(rows)


@_kept
def statistics() -> pd.DataFrame:
    """name, method, used_in: each statistic that SQL cannot say, with its source."""
    users: dict[str, list[str]] = {}
    for name in queries.names():
        if estimate := queries.read(name).estimate:
            users.setdefault(estimate.partition("(")[0], []).append(name)
    rows = []
    for file in sorted(ESTIMATES.glob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        about = ast.get_docstring(tree) or ""
        for node in tree.body:
            name = f"{file.stem}.{getattr(node, 'name', '')}"
            if name in users:
                words = re.sub(r"``?", "", f"{ast.get_docstring(node) or ''}\n\n{about}")
                rows.append({"name": name, "method": words, "used_in": ", ".join(users[name])})
    return pd.DataFrame(rows, columns=["name", "method", "used_in"])


def parameters() -> pd.DataFrame:
    """parameter, value, source: the protocol file; of a simulated trial, what is laid over it."""
    return _parameters(data.trial())


@lru_cache(maxsize=2)  # a trial is another one as soon as its protocol file changes
def _parameters(trial: data.Trial) -> pd.DataFrame:
    rows = sources.read(trial.folder / "protocol.toml")
    if trial.is_simulated and (overlay := trial.folder / "illustrative.toml").exists():
        rows += sources.read(overlay)
    return pd.DataFrame(rows, columns=["parameter", "value", "source"])


def marks() -> str:
    """What the marks in the sources stand for: the head of the protocol file."""
    return sources.legend(data.trial().folder / "protocol.toml")


def _of_pages() -> list[str]:
    return sorted(set(queries.names()) - set(queries.checks()))
