"""One patient: what was measured, against the infusions. The course is that of adverse_events."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

import charts
from charts import counted, day, drawing, parts, text

NAMES = {
    "DDIMER": "D-dimer",
    "CRP": "CRP",
    "FERRITIN": "Ferritin",
    "LDH": "LDH",
    "LYM": "Lymphocytes",
}
FLAGS = {  # a result in its reference range: shape and fill say it, not colour alone
    "HIGH": charts.Mark(charts.ALERT, "triangle-up"),
    "LOW": charts.Mark(charts.BLUE, "triangle-down"),
    "NORMAL": charts.Mark(charts.GREEN, "circle"),
}
NO_FLAG = charts.Mark(charts.GREY, "circle-open")


@charts.kept
def labels(rows: pd.DataFrame) -> dict[str, str]:
    """What slides call each person, by the site's number."""
    return dict(zip(rows["usubjid"], rows["label"], strict=True))


def called(name: str, labels: dict[str, str]) -> str:
    """The site's number of whom somebody names by it, or as slides do, in letters of any case."""
    numbers = {label: usubjid for usubjid, label in labels.items()}
    return name if name in labels else numbers.get(name.upper(), name)


@charts.kept
def sentence(row: pd.Series, name: str) -> str:
    """Who the patient is, by that name, and where the patient stands."""
    facts = []
    if pd.notna(row["age"]):
        facts.append(f"{row['age']:.0f} years")
    facts.append({"M": "man", "F": "woman"}.get(row["sex"], "sex not recorded"))
    group = f"group {row['cohort']}"
    facts.append(group if pd.isna(row["label"]) else f"{group} ({row['label']})")
    status = str(row["status"])
    if pd.notna(row["left_on"]):
        status += f" on {day(row['left_on'])}"
    events = counted(int(row["n_events"]), "adverse event", "adverse events")
    infusions = counted(int(row["n_infusions"]), "infusion", "infusions")
    return (
        f"{name}: {', '.join(facts)}. {status.capitalize()}. {infusions}, {events}, "
        f"{int(row['n_serious'])} serious."
    )


@charts.kept
def n_placed(rows: pd.DataFrame) -> int:
    """How many of the results have a place on the axis of days."""
    return int(rows["taken_day"].notna().sum())


@charts.kept
def measurements(
    rows: pd.DataFrame, infusions: pd.DataFrame, usubjid: str, most_rows: int | None = None
) -> go.Figure:
    """Small multiples on study days: each test of the patient, with the infusions as lines.

    No more than `most_rows` of them stand above each other, where little height is to be had.
    """
    mine = rows[(rows["usubjid"] == usubjid) & rows["taken_day"].notna()]
    if mine.empty:
        return charts.blank("No laboratory value and no score of this patient is on record.")
    known = list(NAMES)
    tests = sorted(
        mine[["kind", "test"]].drop_duplicates().itertuples(index=False, name=None),
        key=lambda one: (one[0] != "scale", known.index(one[1]) if one[1] in known else 99, one[1]),
    )
    given = infusions[
        (infusions["usubjid"] == usubjid) & infusions["is_given"] & infusions["given_day"].notna()
    ]
    days = [*mine["taken_day"], *given["given_day"]]
    low, high = float(min(days)), float(max(days))
    room = max(1.0, 0.03 * (high - low))
    n_columns = 2 if len(tests) > 1 else 1
    if most_rows is not None:
        n_columns = max(n_columns, -(-len(tests) // most_rows))
    n_rows = -(-len(tests) // n_columns)
    height = 168 * n_rows
    traces: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"annotations": [], "shapes": []}
    for place, (kind, test) in enumerate(tests):
        end = "" if place == 0 else str(place + 1)
        row, column = divmod(place, n_columns)
        left = column / n_columns + 0.06 * bool(column)
        right = (column + 1) / n_columns - (0.02 if column + 1 < n_columns else 0)
        top = 1 - row / n_rows - 26 / height
        bottom = 1 - (row + 1) / n_rows + 34 / height
        results = mine[(mine["kind"] == kind) & (mine["test"] == test)].sort_values("taken_day")
        units = sorted({str(unit) for unit in results["unit"].dropna()})
        for unit, part in results.groupby(results["unit"].fillna("")):
            traces.append(_results(part, end, kind == "scale", str(unit)))
        name = NAMES.get(test, parts.words(test, 36))
        unit = f", {parts.words(', '.join(units), 24)}" if units else ""
        layout["annotations"].append(
            parts.note(
                f"<b>{name}</b>{unit}", x=left, xref="paper", xanchor="left", y=top, yref="paper"
            )
        )
        layout[f"xaxis{end}"] = {
            "domain": [left, right],
            "anchor": f"y{end}",
            "range": [low - room, high + room],
            "nticks": 6,
        }
        layout[f"yaxis{end}"] = {"domain": [bottom, top], "anchor": f"x{end}", "nticks": 4}
        layout[f"yaxis{end}"] |= {"rangemode": "tozero"} if kind != "scale" else {"dtick": 1}
        for at in given["given_day"]:
            layout["shapes"].append(
                {"type": "line", "x0": float(at), "x1": float(at), "y0": 0, "y1": 1}
                | {"xref": f"x{end}", "yref": f"y{end} domain", "layer": "below"}
                | {"line": {"color": charts.BLUE, "width": 1.5}}
            )
    flags = mine["range_flag"].value_counts()
    outside = f"{flags.get('HIGH', 0)} above, {flags.get('LOW', 0)} below the reference range"
    return drawing(
        f"{counted(len(mine), 'result', 'results')} of {counted(len(tests), 'test', 'tests')}, "
        f"day {int(low)} to day {int(high)}: {outside if len(flags) else 'no range is on record'}",
        traces,
        layout,
        subtitle="Blue lines: infusions. ▲ above, ▼ below, ● within the reference range, "
        "○ range not recorded. Study day below.",
        height=height,
        margin={"l": 54, "b": 20, "t": 8},
    )


def _results(rows: pd.DataFrame, axis: str, is_scale: bool, unit: str) -> dict[str, Any]:
    marks = [FLAGS.get(flag, NO_FLAG) for flag in rows["range_flag"]]
    line = {"color": charts.GREY, "width": 1.5} | ({"shape": "hv"} if is_scale else {})
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [float(each) for each in rows["taken_day"]],
        "y": [parts.number(each) for each in rows["value"]],
        "xaxis": f"x{axis}",
        "yaxis": f"y{axis}",
        "line": line,
        "marker": {
            "symbol": [mark.symbol for mark in marks],
            "color": [mark.color for mark in marks],
            "size": 9,
        },
        "hovertext": [
            f"{text(row.taken_dtc)}: {row.value:g} {text(unit) if unit else ''}"
            for row in rows.itertuples()
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
