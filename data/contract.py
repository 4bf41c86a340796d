"""contract.sql as objects: the tables and columns that an export may hold."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "contract.sql"


@dataclass(frozen=True)
class Column:
    name: str
    type: str  # varchar, integer or double
    is_needed: bool
    meaning: str

    @property
    def is_date(self) -> bool:
        return self.name.endswith("dtc")

    @property
    def is_told(self) -> bool:
        """Whether it is told that an export lacks it."""
        return not self.meaning.startswith("if used: ")


@dataclass(frozen=True)
class Table:
    name: str
    is_needed: bool
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]  # what a record is known by in every cut; () if nothing is


@cache
def tables() -> dict[str, Table]:
    """The tables of the contract, by name, in its order."""
    found = {}
    for name, need, meaning, body in re.findall(
        r"^create table (\w+) \( +-- (needed|optional): (.+)\n((?:.+\n)+?)\);",
        FILE.read_text(encoding="utf-8"),
        re.MULTILINE,
    ):
        columns = tuple(
            Column(column, kind, bool(needed), words)
            for column, kind, needed, words in re.findall(
                r"^ +(\w+) +(varchar|integer|double)( not null)?,? +-- (.+)$", body, re.MULTILINE
            )
        )
        key = re.search(r"^ +unique \((.+)\)", body, re.MULTILINE)
        keys = tuple(key[1].split(", ")) if key else ()
        found[name] = Table(name, need == "needed", meaning, columns, keys)
    return found
