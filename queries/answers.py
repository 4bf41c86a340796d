"""Answers as JSON, CSV, Excel and Markdown, with what is not known left empty, never NaN."""

import csv
import io
import json
import re
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd
import pyarrow as pa

# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV injection").
FORMULA = ("=", "+", "-", "@", "\t", "\r")
LONGEST = 32_767  # characters in a cell of Excel


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as plain values: dates as ISO text, what is missing as None."""
    return [
        {name: _plain(name, value) for name, value in zip(rows.columns, row, strict=True)}
        for row in rows.astype(object).itertuples(index=False, name=None)
    ]


def as_json(rows: pd.DataFrame) -> str:
    return json.dumps(records(rows), indent=2, ensure_ascii=False)


def as_csv(rows: pd.DataFrame) -> str:
    """RFC 4180. A text that a spreadsheet would run as a formula gets a quotation mark in front."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(rows.columns)
    for record in records(rows):
        writer.writerow(_harmless(value) for value in record.values())
    return out.getvalue()


def as_arrow(rows: pd.DataFrame, columns: list[str]) -> pa.Table:
    """What is sent to a browser, and no column more than it shows."""
    return pa.Table.from_pandas(rows[columns], preserve_index=False)


def as_xlsx(sheets: dict[str, pd.DataFrame], about: dict[str, str]) -> bytes:
    """A workbook with a sheet for each answer, and one that says what they are of.

    Text is written as text, so that none of it runs as a formula or becomes a link.
    """
    import xlsxwriter  # by whoever asks for a workbook: the first page need not wait for it

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"created": datetime(2000, 1, 1)})  # the same answer is the same file
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
    described = pd.DataFrame({"what": about.keys(), "which": about.values()})
    for name, rows in {"about": described, **sheets}.items():
        sheet = book.add_worksheet(name[:31])
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(rows.columns):
            sheet.write_string(0, place, column, bold)
            sheet.set_column(place, place, 24, wrapped)
        for line, record in enumerate(records(rows), 1):
            for place, value in enumerate(record.values()):
                if isinstance(value, int | float) and not isinstance(value, bool):
                    sheet.write_number(line, place, value)
                elif value is not None:
                    sheet.write_string(line, place, str(value)[:LONGEST])
    book.close()
    return out.getvalue()


def as_md(rows: pd.DataFrame) -> str:
    lines = ["| " + " | ".join(rows.columns) + " |", "|" + " --- |" * len(rows.columns)]
    for record in records(rows):
        cells = ("" if value is None else str(value) for value in record.values())
        lines.append("| " + " | ".join(_one_line(cell) for cell in cells) + " |")
    return "\n".join(lines)


def as_text(rows: pd.DataFrame, columns: dict[str, Any]) -> pd.DataFrame:
    """The rows as they are read, under their headings.

    `columns` says which: each with its heading, or with its configuration for st.dataframe, whose
    format a number gets here too. A column of links is left out.
    """
    settings = {
        name: {"label": each} if isinstance(each, str) else each for name, each in columns.items()
    }
    kinds = {name: each.get("type_config") or {} for name, each in settings.items()}
    shown = [name for name in columns if kinds[name].get("type") != "link"]
    return pd.DataFrame(
        [[_in_words(record[name], kinds[name]) for name in shown] for record in records(rows)],
        columns=[settings[name]["label"] for name in shown],
    )


def _in_words(value: Any, kind: dict[str, Any]) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        form = kind.get("format") or ("%d" if isinstance(value, int) else "%g")
        if places := re.search(r"%\.(\d)f", form):  # as a browser rounds: half up
            unit = Decimal(1).scaleb(-int(places[1]))
            value = float(Decimal(value).quantize(unit, ROUND_HALF_UP))
        said = f"{value:,} bytes" if form == "bytes" else form % value
        return said.replace(" ", "\xa0")  # a number and its unit stand in one line
    words = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return re.sub(r"\b(\d{4}-\d\d(?:-\d\d)?)(?:T(\d\d:\d\d))?(?![\w-])", _unbroken, words)


def _unbroken(date: re.Match[str]) -> str:
    """A date in one line: none ends at a non-breaking hyphen. A time may stand below."""
    on, at = date.groups("")
    return f"{on} {at}".strip().replace("-", "\u2011")


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(name, each) for each in value]
    if pd.isna(value):
        return None
    if isinstance(value, datetime):
        # A column of dates comes back as instants at midnight; an instant is named _at.
        return (
            value.isoformat(timespec="minutes")
            if name.endswith("_at")
            else value.strftime("%Y-%m-%d")
        )
    return value.item() if hasattr(value, "item") else value


def _harmless(value: Any) -> Any:
    return (
        f"'{value}"
        if isinstance(value, str) and value.startswith(FORMULA) and value != "-"
        else value
    )


def _one_line(cell: str) -> str:
    return " ".join(cell.split()).replace("|", "\\|")
