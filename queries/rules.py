"""A question about the rules of checks/ gets two tables, made of the files of the rules:

    rules    one row per rule: check, rule, why, severity; and, if the question names one of them,
             what keeps it from being checked: lacks (tables and columns of the export), unset
             (values of protocol.toml), and empty (columns of the export, if no value stands in any
             that it needs)
    broken   one row per record that breaks a rule: check, usubjid, record, finding

Its header says so in a line `rules:`, and names those that it wants, and whether it wants them of
the critical rules alone. There is nothing to register: a file in checks/ with a severity is a rule.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from data import contract
from queries import TABLES, Question, read


def over(asked: Question, rules: Iterable[Question]) -> Question:
    """The question with its tables written before its select, and the rules' parameters."""
    rules = [each for each in rules if _is_wanted(each, asked)]
    header, _, select = asked.sql.partition("\n\n")
    # What is not asked for is not worked out: it takes a while.
    is_held_back = bool(re.search(r"\b(lacks|unset|empty)\b", select))
    tables = {"rules": "\nunion all\n".join(_listed(each, is_held_back) for each in rules)}
    params = {name for each in rules for name in _protocol(each) if is_held_back}
    if "broken" in asked.notes["rules"]:
        tables["broken"] = "\nunion all\n".join(
            f"""select {_text(_name(each))} as "check", * from (\n{each.sql}\n)""" for each in rules
        )
        params |= {name for each in rules for name in each.params}
    made = ",\n\n".join(f"{name} as (\n{sql}\n)" for name, sql in tables.items())
    # A select that begins with tables of its own goes on with them.
    select = f",\n\n{select[5:]}" if select.startswith("with ") else f"\n\n{select}"
    return replace(
        asked,
        sql=f"{header}\nwith {made}{select}",
        params=asked.params + tuple(sorted(params - set(asked.params))),
    )


def _is_wanted(rule: Question, asked: Question) -> bool:
    is_for_critical = asked.notes["rules"].startswith("the critical ones")
    return not is_for_critical or rule.notes["severity"] == "critical"


def needs(rule: Question) -> list[str]:
    """What a rule cannot be checked without: a table or table.column of the export, one of several
    (a.x or a.y), or the one that protocol.toml names (a.$x); a column of a derived table; or a
    value or an array of protocol.toml."""
    return [each.strip() for each in rule.notes.get("needs", "").split(",") if each.strip()]


def _name(rule: Question) -> str:
    return rule.name.partition("/")[2]


def _text(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"


def _is_delivered(need: str) -> bool:
    return need.partition(".")[0] in contract.tables()


def _is_derived(need: str) -> bool:
    table, _, column = need.partition(".")  # protocol.toml has its adverse_events.related, too
    return table in TABLES and column in read(f"tables/{table}").columns


def _is_set(need: str) -> bool:
    """Whether it is of protocol.toml."""
    return not _is_delivered(need) and not _is_derived(need)


def _protocol(rule: Question) -> list[str]:
    """The parameters among its needs."""
    named = [need.partition("$")[2] for need in needs(rule) if "$" in need]
    return named + [need.replace(".", "_") for need in needs(rule) if "." in need and _is_set(need)]


def _listed(rule: Question, is_held_back: bool) -> str:
    known = f"""select
{_text(_name(rule))} as "check",
{_text(rule.headline)} as rule,
{_text(rule.notes["why"])} as why,
'{rule.notes["severity"]}' as severity"""
    if not is_held_back:
        return known
    delivered = [need for need in needs(rule) if _is_delivered(need)]
    set_ = [need for need in needs(rule) if _is_set(need)]
    return f"""{known},
{_missing(delivered, _is_absent)} as lacks,
{_missing(set_, _is_unset)} as unset,
{_empty([need for need in needs(rule) if not _is_set(need)])} as empty"""


def _missing(needed: list[str], condition: Callable[[str], str]) -> str:
    """SQL for those of the needs that are missing, null if none is."""
    each = "".join(f",\nif({condition(need)}, {_named(need)}, null)" for need in needed)
    return f"nullif(concat_ws(', ', null{each}), '')"


def _named(need: str) -> str:
    """SQL for its name."""
    table, dollar, parameter = need.partition("$")
    return f"'{table}' || ${parameter}" if dollar else f"'{need}'"


def _empty(needed: list[str]) -> str:
    """SQL for the columns that the rule needs, null if a value stands in any of them."""
    columns = [need.split(".") for need in needed if re.fullmatch(r"\w+\.\w+", need)]
    if not columns:
        return "null::varchar"
    values = " or ".join(
        f"\nexists (select 1 from {table} where {column} is not null)" for table, column in columns
    )
    listed = ", ".join(f"{table}.{column}" for table, column in columns)
    return f"if({values}, null, '{listed}')"


def _is_absent(need: str) -> str:
    return " and ".join(_lacks(*each.split(".")) for each in need.split(" or "))


def _lacks(table: str, column: str | None = None) -> str:
    name = column if column and column.startswith("$") else f"'{column}'"
    is_it = f"coalesce(column_name = {name}, true)" if column else "column_name is null"
    return f"exists (\nselect 1 from absent where table_name = '{table}' and {is_it}\n)"


def _is_unset(need: str) -> str:
    if "." not in need:
        return f"not exists (select 1 from {need})"
    name = need.replace(".", "_")
    return f"${name} is null or ${name}::varchar = '[]'"
