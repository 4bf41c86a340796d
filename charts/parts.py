"""What several figures are made of: axes of time, lines, words on the plot."""

import html
import math
from datetime import date
from typing import Any

import pandas as pd

import charts
from charts import day, text


def time_axis(start: date, end: date, nticks: int = 6) -> dict[str, Any]:
    """An axis of months, or of days where there are few; there is room for few of them in words."""
    span_days = (end - start).days
    axis = {"range": [day(start), day(end)], "tickformat": "%Y-%m", "nticks": nticks}
    if span_days < 180:
        return axis | {"tickformat": "%Y-%m-%d", "nticks": 3}
    if span_days > 5 * 365:
        return axis
    months = {"dtick": "M1", "ticks": "outside", "ticklen": 3, "tickcolor": charts.GREY}
    return axis | {"minor": months}


def cut_axis(cuts: list[date], start: date, end: date) -> dict[str, Any]:
    """An axis that names cuts: the newest, and back from it those that have room for their date."""
    newest_first = sorted(set(cuts), reverse=True)
    apart = (newest_first[0] - newest_first[-1]) / 5
    named = newest_first[:1]
    for each in newest_first[1:]:
        if named[-1] - each >= apart:
            named.append(each)
    return {
        "type": "date",
        "range": [day(start), day(end)],
        "tickvals": [day(each) for each in named],
        "tickformat": "%Y-%m-%d",
    }


def note(said: str, **place: Any) -> dict[str, Any]:
    return {
        "text": said,
        "showarrow": False,
        "yanchor": "bottom",
        "bgcolor": "rgba(255,255,255,0.75)",
        "font": {"size": charts.BODY_SIZE, "color": charts.INK},
    } | place


def over(lane: float, lines: list[str], lift: int = 11) -> dict[str, Any]:
    """Words over a lane, from the left edge of the plot on."""
    return note("<br>".join(lines), x=0, xref="paper", xanchor="left", y=lane) | {
        "align": "left",
        "yshift": lift,
        "bgcolor": "rgba(0,0,0,0)",
    }


def at(when: date) -> dict[str, Any]:
    return {"x": day(when), "xref": "x"}


def upright(when: date, dash: str, color: str) -> dict[str, Any]:
    line = {"color": color, "width": 1.5, "dash": dash}
    return {"type": "line", "x0": day(when), "x1": day(when), "y0": 0, "y1": 1} | {
        "yref": "paper",
        "line": line,
        "layer": "below",
    }


def line(x: list[Any], y: list[Any], color: str, width: float, dash: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "line": {"color": color, "width": width, "dash": dash},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def date_of(value: Any) -> date | None:
    return None if pd.isna(value) else pd.Timestamp(value).date()


def words(value: Any, at_most: int = 40) -> str:
    return text(value, at_most, at_most).replace("<br>", " ")


def step(top: float) -> int:
    """Between grid lines, so that there are about five and all are whole people."""
    rough = max(top / 5, 1)
    size = 10 ** math.floor(math.log10(rough))
    return int(min(each for each in (size, 2 * size, 5 * size, 10 * size) if each >= rough))


def ranges(n: int, most: int) -> list[range]:
    """Which of n rows stand in which part: as few as hold no more than `most`, alike in size."""
    n_parts = max(1, math.ceil(n / most))
    at_once = max(1, math.ceil(n / n_parts))
    return [range(first, min(first + at_once, n)) for first in range(0, n, at_once)] or [range(0)]


def lanes(labels: list[str], pitch: int) -> dict[str, Any]:
    """An axis with a lane per patient, the first on top, `pitch` px apart."""
    return {
        "range": [len(labels) - 0.4, -0.6],
        "tickvals": list(range(len(labels))),
        "ticktext": labels,
        "tickfont": {"size": min(charts.BODY_SIZE, pitch - 2)},
        "showgrid": False,
        "ticklabelstandoff": 6,
    }


def unnamed_lanes(n: int, bounds: list[float]) -> dict[str, Any]:
    """An axis of n lanes, the first on top, with words on the plot above each; none is drawn."""
    return {"visible": False, "range": bounds, "tickvals": list(range(n))}


def beside(labels: list[str]) -> int:
    """The margin, in px, that the longest of the labels needs."""
    return 24 + round(8 * max((wide(html.unescape(each)) for each in labels), default=0))


def who(usubjid: Any, at_most: int = 18) -> str:
    """A patient's number; of a long one the ends, as all of a trial begin alike."""
    plain = "" if pd.isna(usubjid) else str(usubjid)
    if len(plain) <= at_most:
        return words(usubjid, at_most)
    kept = at_most - 6
    return words(f"{plain[:5]}…{plain[-kept:]}", at_most)


def wide(words_: str) -> float:
    """How wide a text is, in letters of the usual width: capitals take more."""
    return sum(1.9 if each in "MW" else 1.25 if each.isupper() else 1 for each in words_)


def patient(row: dict[str, Any]) -> str:
    """A patient in the margin: the label, and the group, or ? if none is recorded."""
    group = "?" if pd.isna(row["cohort"]) else words(row["cohort"], 8)
    return f"{who(row['usubjid'])} {group}"


def spots(
    name: str, x: list[Any], y: list[Any], mark: charts.Mark, hover: list[str], size: int = 13
) -> dict[str, Any]:
    """Marks of one kind, which the legend names."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": x,
        "y": y,
        "marker": {"symbol": mark.symbol, "size": size, "color": mark.color}
        | {"line": {"color": mark.color, "width": 2}},
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
    }


@charts.kept
def matched(deviations: pd.DataFrame) -> pd.DataFrame:
    """The deviations, with whether the site recorded them and its words in one column."""
    said = [
        match if pd.isna(words) else f"{match}: {words}"
        for match, words in zip(deviations["match"], deviations["recorded"], strict=True)
    ]
    return deviations.assign(recorded=pd.Series(said, deviations.index, dtype="str"))


@charts.kept
def set_aside(accounting: pd.DataFrame, panel: str) -> str:
    """How many of what a panel read it does not show, by the reason; empty if it shows all."""
    rows = accounting[(accounting["panel"] == panel) & (accounting["n_set_aside"] > 0)]
    return ", ".join(f"{row.n_set_aside} {row.reason}" for row in rows.itertuples())


@charts.kept
def recorded(accounting: pd.DataFrame, lacking: list[str]) -> str:
    """What became of the deviations that the site recorded."""
    if "dv" in lacking:
        return "The export holds no deviations recorded by the site."
    rows = accounting.query("panel == 'recorded deviations'")
    n_read, n_shown = (int(rows[name].iloc[0]) for name in ("n_read", "n_shown"))
    aside = set_aside(accounting, "recorded deviations")
    said = f"Recorded by the site: {n_shown} of {charts.counted(n_read, 'deviation', 'deviations')}"
    return f"{said} shown" + (f"; not shown: {aside}." if aside else ".")
