"""What changed between two cuts: numbers, records, and whom they are of."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

import charts
from charts import counted, drawing, parts, text

ROW = 30  # px of a headline number
LANE = 26  # px of a patient
MARKS = {  # what became of a record
    "added": charts.Mark(charts.BLUE, "+", "+"),
    "changed": charts.Mark(charts.INK, "~", "≠"),
    "removed": charts.Mark(charts.VERMILLION, "-", "\N{MINUS SIGN}"),
}


MOVED = {"n_come": "come", "n_gone": "gone"}


# What a reader must not have to look for.
GRAVE = {
    "deaths": ("death", "deaths"),
    "SUSARs": ("SUSAR", "SUSARs"),
    "SUSAR unknown": ("event that may be a SUSAR", "events that may be SUSARs"),
    "serious events": ("serious event", "serious events"),
    "primary outcome reached": ("primary outcome reached", "primary outcomes reached"),
}


@charts.kept
def sentence(summary: pd.Series, numbers: pd.DataFrame, since: str) -> str:
    """What the page answers: what is grave, how much changed, and did anything vanish?"""
    n = summary.astype(int)
    if not (n["n_moved"] or n["n_added"] or n["n_changed"] or n["n_removed"]):
        return f"Nothing has changed since {since}: no number, and no record."
    come = numbers.set_index("name")["n_come"]
    grave = [counted(int(come[each]), *words) for each, words in GRAVE.items() if come.get(each)]
    new = f"New: {', '.join(grave)}. " if grave else ""
    values = f" (in {counted(n['n_values'], 'value', 'values')})" if n["n_changed"] else ""
    removed = f"{n['n_removed']} removed" if n["n_removed"] else "none removed"
    return (
        f"{new}Since {since}, {n['n_moved']} of {n['n_numbers']} headline numbers count other "
        f"records. {counted(n['n_added'], 'record was', 'records were')} added, "
        f"{n['n_changed'] or 'none'} changed{values}, {removed}."
    )


@charts.kept
def topics(numbers: pd.DataFrame) -> list[tuple[str, str]]:
    """Each topic with its numbers that moved, in words."""
    said = []
    for topic, rows in numbers.groupby("topic", sort=False):
        moved = [_move(row) for row in rows.to_dict("records") if row["n_come"] + row["n_gone"]]
        said.append((str(topic), ", ".join(moved) or "no change"))
    return said


@charts.kept
def moved(numbers: pd.DataFrame) -> list[str]:
    """The headline numbers that count other records."""
    return numbers.loc[numbers["n_come"] + numbers["n_gone"] > 0, "name"].to_list()


@charts.kept
def chosen(
    rows: pd.DataFrame, kinds: list[str], tables: list[str], person: str | None
) -> pd.DataFrame:
    """The lines of these kinds, of these tables and of the person; all where none is named."""
    return rows[
        (rows["change"].isin(kinds) | (not kinds))
        & (rows["table_name"].isin(tables) | (not tables))
        & ((rows["usubjid"] == person) | (person is None))
    ]


@charts.kept
def n_records(rows: pd.DataFrame) -> int:
    """How many records those lines are: one that changed has a line for each column."""
    return len(rows.drop_duplicates(["table_name", "usubjid", "record"]))


@charts.kept
def numbers(rows: pd.DataFrame, since: str) -> go.Figure:
    """The headline numbers that moved: records that came to the right, those gone to the left."""
    moved = rows[rows["n_come"] + rows["n_gone"] > 0].reset_index(drop=True)
    if moved.empty:
        return charts.blank(
            f"None of {len(rows)} headline numbers has changed since {charts.day(since)}."
        )
    places = list(range(len(moved)))
    come, gone = moved["n_come"].astype(int), moved["n_gone"].astype(int)
    right, left = max(int(come.max()), 1), int(gone.max())
    names, labels = moved["name"].to_list(), moved["label"].to_list()
    bar = {"type": "bar", "orientation": "h", "y": places, "width": 0.55, "customdata": names}
    bar |= {"hovertemplate": "%{hovertext}<extra></extra>"}
    traces = [
        bar
        | {
            "x": come.to_list(),
            "marker": {"color": charts.BLUE},
            "hovertext": [_records(row, "come") for row in moved.to_dict("records")],
        },
        bar
        | {
            "x": (-gone).to_list(),
            "marker": {
                "color": charts.VERMILLION,
                "pattern": {"shape": "/", "size": 6}
                | {"bgcolor": charts.VERMILLION, "fgcolor": charts.PAPER},
            },
            "hovertext": [_records(row, "gone") for row in moved.to_dict("records")],
        },
    ]
    notes = [
        parts.note(
            _difference(row),
            x=int(row["n_come"]),
            xref="x",
            y=place,
            yref="y",
            xanchor="left",
            yanchor="middle",
            xshift=8,
        )
        for place, row in zip(places, moved.to_dict("records"), strict=True)
    ]
    ranked = moved.reindex(moved["difference"].abs().sort_values(ascending=False).index)
    title = (
        f"{len(moved)} of {counted(len(rows), 'headline number', 'headline numbers')} count "
        f"other records than by {charts.day(since)}: "
        + ", ".join(_move(row) for row in ranked.head(2).to_dict("records"))
        + (" …" if len(ranked) > 2 else "")
    )
    whole = right + left
    return drawing(
        title,
        traces,
        {
            "barmode": "overlay",
            "xaxis": {
                "range": [-left - 0.02 * whole, right + 0.36 * whole],
                "visible": False,
            },
            "yaxis": parts.lanes([text(each) for each in labels], ROW),
            "shapes": [
                {"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1}
                | {"line": {"color": charts.GREY, "width": 1}}
            ],
            "annotations": notes,
        },
        subtitle="Records that count now and did not before, to the right; hatched to the left, "
        "those that count no more. Before → after.",
        height=ROW * len(moved) + 8,
        margin={"l": parts.beside(labels), "b": 12},
    )


@charts.kept
def patients(rows: pd.DataFrame, since: str) -> go.Figure:
    """Whose records are not the same, and in which tables: a lane a patient, a column a table."""
    if rows.empty:
        return charts.blank(f"No record has changed since {charts.day(since)}.")
    people, tables = sorted(rows["usubjid"].unique()), sorted(rows["table_name"].unique())
    counts = {kind: int(rows[f"n_{kind}"].sum()) for kind in MARKS}
    notes = []
    for row in rows.to_dict("records"):
        said = [
            f'<span style="color:{mark.color}">{mark.letter}{int(row[f"n_{kind}"])}</span>'
            for kind, mark in MARKS.items()
            if row[f"n_{kind}"]
        ]
        notes.append(
            parts.note(
                f"<b>{'  '.join(said)}</b>",
                x=tables.index(row["table_name"]),
                xref="x",
                y=people.index(row["usubjid"]),
                yref="y",
                yanchor="middle",
                xanchor="center",
            )
        )
    labels = [parts.words(each, 26) for each in people]
    n_people = counted(len(people), "person", "people")
    said = ", ".join(f"{counts[kind]} {kind}" for kind in MARKS if counts[kind])
    gone = rows.loc[rows["n_removed"] > 0, "usubjid"].unique()
    title = f"Records of {n_people} changed since {charts.day(since)}: {said}"
    if len(gone):
        title += f". Removed from {parts.words(', '.join(gone[:3]), 90)}"
        title += f" and {len(gone) - 3} more" if len(gone) > 3 else ""
    key = ", ".join(f"{mark.letter} {kind}" for kind, mark in MARKS.items())
    return drawing(
        title,
        [
            {"type": "scatter", "mode": "markers", "x": [None], "y": [None]}
            | {"xaxis": "x", "showlegend": False}
        ],
        {
            "xaxis": {
                "range": [-0.5, len(tables) - 0.5],
                "tickvals": list(range(len(tables))),
                "ticktext": [text(each) for each in tables],
                "side": "top",
                "ticks": "",
                "showgrid": False,
            },
            "yaxis": parts.lanes(labels, LANE)
            | {"showgrid": True, "range": [len(people) - 0.5, -0.5]},
            "annotations": notes,
        },
        subtitle=f"Records of each table: {key}.",
        height=LANE * len(people) + 4,
        margin={"l": parts.beside(labels), "t": 34, "b": 8},
    )


def _move(row: dict[str, Any]) -> str:
    before, after = int(row["before"]), int(row["after"])
    change = f"{before} → {after}" if before != after else f"{after}, of other records"
    return f"{row['label']} {change}"


def _difference(row: dict[str, Any]) -> str:
    """12 → 14; with what came and went where that is more than the difference says."""
    words = f"<b>{int(row['before'])} → {int(row['after'])}</b>"
    if row["n_gone"]:
        moved = [f"{int(row[n])} {what}" for n, what in MOVED.items() if row[n]]
        words += f"  ({', '.join(moved)})"
    return words


def _records(row: dict[str, Any], moved: str) -> str:
    head = f"{text(row['label'])}: {int(row[f'n_{moved}'])} {moved}"
    if pd.isna(row[moved]):
        return head
    listed = str(row[moved]).split("; ")
    more = f"<br>and {len(listed) - 8} more" if len(listed) > 8 else ""
    return "<br>".join([head, *(text(each, 70) for each in listed[:8])]) + more
