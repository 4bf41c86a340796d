"""The opening page: the four answers in words, and the picture of the whole trial."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

import charts
from charts import counted, drawing, parts, text

PITCH = 21  # px between two lanes
LEGEND_LINES = 2

URGENCIES = {  # most urgent first; the symbol says it without its colour, and the word without both
    "overdue": "■ overdue",
    "due": "◆ due",
    "new": "★ new",
    "soon": "○ soon",
    "watch": "◇ watch",
}

SUPPORT = {  # as in the course of a patient: colour, pattern, name
    "ventilation": ("#BBD9EE", "/", "ventilation"),
    "ECMO": ("#E8C6D9", "x", "ECMO"),
}
ABOVE, BELOW = -0.2, 0.2  # of the middle of a lane: infusions, and serious events


def sentence(attention: pd.DataFrame) -> str:
    """What is to be done: how many things, how urgent, and the first of them."""
    if attention.empty:
        return "Nothing needs attention: nothing is overdue or due, and nothing is unknown."
    found = attention["urgency"].value_counts()
    words = {"new": "new", "soon": "soon", "watch": "to watch"}
    said = [f"{found[each]} {words.get(each, each)}" for each in URGENCIES if each in found]
    n = counted(len(attention), "thing needs", "things need")
    first = attention.sort_values("place").iloc[0]
    who = "" if pd.isna(first["usubjid"]) else f" ({first['usubjid']})"
    return f"{n} attention: {', '.join(said)}. First: {first['what']}{who}."


def answers(headline: pd.DataFrame) -> dict[str, str]:
    """{topic: its answer in words}, made of the headline numbers."""
    rows = headline.set_index("name")
    n = {name: int(value) for name, value in rows["n"].items()}
    target = rows.loc["included", "n_of"]
    of_target = "" if pd.isna(target) else f" of {int(target)}"
    if n["infusions owed"]:
        dosing = (
            f"{n['infusions adherent']} of {n['infusions owed']} infusions as the protocol says"
        )
        dosing += f", {n['adherence unknown']} not known" if n["adherence unknown"] else ""
        dosing += (
            f"; {n['infusions overdue'] or 'none'} overdue, {n['infusions due'] or 'none'} due"
        )
    elif n["infusions given"]:
        dosing = f"{n['infusions given']} infusions given, and none that the protocol can judge"
    else:
        dosing = f"No infusion was owed yet; {n['infusions due'] or 'none'} due"
    susars = counted(n["SUSARs"], "SUSAR", "SUSARs")
    susars += f" and {n['SUSAR unknown']} that may be" if n["SUSAR unknown"] else ""
    visits = f"{n['visits done']} of {n['visits owed']} visits made"
    visits += f"; {n['visits overdue'] or 'none'} overdue"
    visits += f", {n['visits unknown']} not known" if n["visits unknown"] else ""
    if n["vital status unknown"]:
        times = counted(n["vital status unknown"], "outcome day", "outcome days")
        visits += f"; vital status unknown on {times}"
    return {
        "recruitment": f"{n['included']}{of_target} included, {n['treated']} treated",
        "dosing": dosing,
        "safety": f"{counted(n['serious events'], 'serious event', 'serious events')}, {susars}, "
        f"{counted(n['deaths'], 'death', 'deaths')}",
        "follow-up": visits if n["visits owed"] or n["vital status unknown"] else "No visit yet",
    }


def lanes(rows: pd.DataFrame, *, outcome_days: list[int]) -> go.Figure:
    """Every patient a lane of study days: infusions, serious events, support, death, standing."""
    if rows.empty:
        return charts.blank("Nobody has been included yet.")
    drawn = rows.sort_values("place", kind="stable").to_dict("records")
    patients = [row for row in drawn if row["kind"] == "in trial"]
    placed = [row for row in drawn if pd.notna(row["day_from"])]
    lane = {row["usubjid"]: place for place, row in enumerate(patients)}
    days = [float(row[end]) for row in placed for end in ("day_from", "day_to")]
    low, high = min([0, *days]), max([7, *days, *outcome_days])
    labels = [parts.patient(row) for row in patients]
    outcomes = [_outcome(row) for row in patients]
    axis = parts.lanes(labels, PITCH)
    height = PITCH * len(patients) + 8
    traces = [
        *_courses(placed, lane),
        *_support(placed, lane),
        *_infusions(placed, lane),
        *_spots(placed, lane, "serious event", charts.SERIOUS, "serious event", BELOW),
        *_spots(placed, lane, "death", charts.DEATH, "death", 0),
        # The axis on the right is there once something stands on it.
        {"type": "scatter", "x": [None], "y": [0], "yaxis": "y2", "showlegend": False},
    ]
    room = (high - low) * 0.015
    return drawing(
        _found(patients),
        traces,
        {
            "xaxis": {
                "range": [low - room, high + room],
                "tickvals": sorted({0, *(range(0, int(high) + 1, 14 if high < 130 else 28))}),
                "showgrid": False,
                "title": {"text": "Study day", "standoff": 4},
            },
            "yaxis": axis,
            "yaxis2": axis | {"ticktext": outcomes, "overlaying": "y", "side": "right"},
            "barmode": "overlay",
            "shapes": [_outcome_day(each) for each in outcome_days],
            "annotations": [
                parts.note(f"day {each}", x=each, y=1, yref="paper", xanchor="right")
                for each in outcome_days
            ],
            "showlegend": True,
            "legend": {"orientation": "h", "x": 0, "xanchor": "left", "yanchor": "bottom"}
            | {"y": 1 + 22 / height, "itemclick": False, "itemdoubleclick": False}
            | {"font": {"size": charts.BODY_SIZE - 1}},
        },
        subtitle=_unplaced(drawn),
        height=height,
        margin={
            "t": 30 + 22 * LEGEND_LINES,
            "b": 40,
            "l": parts.beside(labels),
            "r": 8 + 7 * max(len(each) for each in outcomes),
        },
    )


def _found(patients: list[dict[str, Any]]) -> str:
    found = pd.Series([row["status"] for row in patients]).value_counts()
    said = [f"{found[each]} {each}" for each in charts.STATUSES if each in found]
    return f"{counted(len(patients), 'patient', 'patients')}: {', '.join(said)}"


def _unplaced(rows: list[dict[str, Any]]) -> str:
    absent = [row for row in rows if pd.isna(row["day_from"]) and row["kind"] != "in trial"]
    if not absent:
        return ""
    kinds = pd.Series([row["kind"] for row in absent]).value_counts()
    listed = ", ".join(f"{n} × {kind}" for kind, n in kinds.items())
    return f"Not drawn, as the day is not known: {listed}."


def _outcome(row: dict[str, Any]) -> str:
    day = "" if pd.isna(row["day_to"]) else f", day {int(row['day_to'])}"
    if pd.isna(row["day_from"]):
        day = ", day 0 not known"
    return f"{'† ' if row['status'] == 'died' else ''}{row['status']}{day}"


def _courses(rows: list[dict[str, Any]], lane: dict[str, int]) -> list[dict[str, Any]]:
    """A line as long as the patient is in the trial; an arrow, if that goes on."""
    courses = [row for row in rows if row["kind"] == "in trial"]
    x = [each for row in courses for each in (row["day_from"], row["day_to"], None)]
    y = [each for row in courses for each in (lane[row["usubjid"]],) * 2 + (None,)]
    going = [row for row in courses if row["is_open"]]
    arrows = parts.spots(
        "in the trial at the cut",
        [row["day_to"] for row in going],
        [lane[row["usubjid"]] for row in going],
        charts.Mark(charts.GREY, "triangle-right"),
        [_hover(row) for row in going],
        size=9,
    )
    return [parts.line(x, y, charts.GREY, 2, "solid"), *([arrows] if going else [])]


def _support(rows: list[dict[str, Any]], lane: dict[str, int]) -> list[dict[str, Any]]:
    found = []
    for kind, (color, pattern, name) in SUPPORT.items():
        spans = [row for row in rows if row["kind"] == kind]
        if not spans:
            continue
        found.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": name,
                "base": [row["day_from"] - 0.4 for row in spans],
                "x": [row["day_to"] - row["day_from"] + 0.8 for row in spans],
                "y": [lane[row["usubjid"]] for row in spans],
                "width": 0.86,
                "marker": {
                    "color": color,
                    "line": {"width": 0},
                    "pattern": {"shape": pattern, "fgcolor": charts.GREY, "bgcolor": color}
                    | {"size": 8, "solidity": 0.12},
                },
                "hovertext": [_hover(row) for row in spans],
                "hovertemplate": "%{hovertext}<extra></extra>",
            }
        )
    return found


def _infusions(rows: list[dict[str, Any]], lane: dict[str, int]) -> list[dict[str, Any]]:
    given = [row for row in rows if row["kind"] == "infusion"]
    traces = []
    for state in dict.fromkeys([*charts.INFUSIONS, *(row["state"] for row in given)]):
        mark = charts.INFUSIONS.get(state, charts.UNKNOWN)
        those = [row for row in given if row["state"] == state]
        traces += _spots(those, lane, "infusion", mark, f"infusion {parts.words(state)}", ABOVE)
    return traces


def _spots(
    rows: list[dict[str, Any]],
    lane: dict[str, int],
    kind: str,
    mark: charts.Mark,
    name: str,
    offset: float,
) -> list[dict[str, Any]]:
    """A mark in the middle of the days that are possible, and a dotted line along them."""
    those = [row for row in rows if row["kind"] == kind]
    if not those:
        return []
    y = [lane[row["usubjid"]] + offset for row in those]
    middles = [(row["day_from"] + row["day_to"]) / 2 for row in those]
    traces = [parts.spots(name, middles, y, mark, [_hover(row) for row in those], size=9)]
    partial = [(row, at) for row, at in zip(those, y, strict=True) if _is_partial(row)]
    if partial:
        x = [each for row, _ in partial for each in (row["day_from"], row["day_to"], None)]
        along = [each for _, at in partial for each in (at, at, None)]
        traces.append(parts.line(x, along, charts.UNCERTAIN, 2, "dot"))
    return traces


def _is_partial(row: dict[str, Any]) -> bool:
    return row["day_from"] != row["day_to"]


def _hover(row: dict[str, Any]) -> str:
    days = f"day {int(row['day_from'])}"
    if _is_partial(row):
        days += f" to {int(row['day_to'])}"
        days += "" if row["kind"] in ("in trial", *SUPPORT) else ", not known to the day"
    open_end = ", going on" if row["is_open"] else ""
    return f"{text(row['usubjid'])}<br>{text(row['label'], 60)}<br>{days}{open_end}"


def _outcome_day(day: int) -> dict[str, Any]:
    line = {"color": charts.PLANNED, "width": 1.5, "dash": "dash"}
    return {"type": "line", "x0": day, "x1": day, "y0": 0, "y1": 1, "yref": "paper"} | {
        "line": line,
        "layer": "below",
    }
