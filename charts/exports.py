"""What was delivered: the cuts, their size and what they hold."""

from datetime import date, timedelta
from typing import Any

import pandas as pd
import plotly.graph_objects as go

import charts
from charts import counted, drawing, parts, text

LANE = 36  # px of a table
FEW = 40  # cuts; with more, their points are smaller
FAR = timedelta(days=366)  # from the cuts that can be read: a refused one is named, not drawn


@charts.kept
def sentence(cuts: pd.DataFrame, today: date, limit: int | None) -> str:
    """What the page answers: how many cuts came, can they be used, and how old is the newest?"""
    refused = cuts[cuts["status"] == "refused"]
    usable = cuts[cuts["status"] == "complete"]
    said = f"{counted(len(cuts), 'cut was', 'cuts were')} delivered, {len(refused)} of them refused"
    if usable.empty:
        return f"{said}. None can be used."
    newest = usable["cut"].max()
    days = (today - date.fromisoformat(newest)).days
    said += f". The newest that can be used is of {newest}, {counted(days, 'day', 'days')} ago"
    if limit is not None:
        said += f": {'more' if days > limit else 'not more'} than the {limit} that are expected"
    return f"{said}."


@charts.kept
def refused(cuts: pd.DataFrame) -> list[tuple[str, str]]:
    """Each cut that was refused, and why."""
    found = charts.of(cuts, status="refused")
    return list(zip(found["cut"], found["refused"], strict=True))


@charts.kept
def size(rows: pd.DataFrame, cuts: pd.DataFrame) -> go.Figure:
    """Rows of each table from cut to cut, a lane a table, and where they became fewer.

    Each lane has a scale of its own, from 0 to the most: the laboratory would else press all the
    others flat.
    """
    if rows.empty:
        return charts.blank("No cut could be read.")
    read = [date.fromisoformat(cut) for cut in rows["cut"].unique()]
    found = sorted(cuts.loc[cuts["status"] == "refused", "cut"])
    # A year that was mistyped would press all the others into a corner.
    refused = [
        cut for cut in found if min(read) - FAR <= date.fromisoformat(cut) <= max(read) + FAR
    ]
    far = [cut for cut in found if cut not in refused]
    wide = rows.pivot(index="cut", columns="table_name", values="n_rows").sort_index()
    wide = wide[wide.iloc[-1].sort_values(ascending=False, kind="stable").index]
    before = wide.shift()
    fewer = (before - wide.fillna(0)).where(lambda fewer: fewer > 0)
    tables, places = list(wide), range(len(wide.columns))
    height = _heights(wide)
    traces = [_course(wide, before, height, table) for table in tables]
    traces += [_fewer(wide, before, fewer, height)] if fewer.notna().any(axis=None) else []
    traces.append(
        {
            "type": "scatter",
            "mode": "markers",
            "x": refused,
            "y": [-0.62] * len(refused),
            "marker": {"symbol": "x", "size": 10, "color": charts.ALERT},
            "hovertemplate": "%{x}: refused<extra></extra>",
            "cliponaxis": False,
        }
    )
    at_end = [_at_end(wide, before, table) for table in tables]
    notes = [
        parts.note(words, x=1, xref="paper", xanchor="left", y=place, yanchor="middle", xshift=8)
        for place, words in zip(places, at_end, strict=True)
    ]
    zeros = [
        {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": place + 0.35, "y1": place + 0.35}
        | {"line": {"color": charts.GRID, "width": 1}, "layer": "below"}
        for place in places
    ]
    days = [date.fromisoformat(cut) for cut in [*wide.index, *refused]]
    around = max((max(days) - min(days)) * 0.02, timedelta(days=2))
    marks = [
        "▼ fewer rows than in the cut before" if fewer.notna().any(axis=None) else "",
        "✕ a cut that was refused" if refused else "",
        f"Refused, too, and beyond the axis: {', '.join(far[:3])}" if far else "",
        f"And {len(far) - 3} more beyond it" if len(far) > 3 else "",
    ]
    subtitle = (
        f"Each table on a scale of its own, from 0. At the right its rows in {wide.index[-1]}"
    )
    subtitle += ", and how many more that is than in the cut before." if len(wide) > 1 else "."
    title = f"{counted(len(wide), 'cut', 'cuts')} can be read, {len(found)} refused"
    return drawing(
        title + _said_fewer(fewer),
        traces,
        {
            "xaxis": parts.cut_axis(days, min(days) - around, max(days) + around),
            "yaxis": parts.lanes([text(each) for each in tables], LANE)
            | {"range": [len(tables) - 0.5, -0.8]},
            "annotations": notes,
            "shapes": [
                *zeros,
                *(parts.upright(date.fromisoformat(cut), "dot", charts.ALERT) for cut in refused),
            ],
        },
        subtitle=" ".join([subtitle, ". ".join(filter(None, marks))]),
        height=LANE * len(tables) + 12,
        margin={"l": parts.beside(tables), "r": 150, "t": 12},
    )


def _heights(wide: pd.DataFrame) -> pd.DataFrame:
    """Where each number stands in the lane of its table."""
    share = wide / wide.max().clip(lower=1)
    return pd.Series(range(len(wide.columns)), index=wide.columns) + 0.35 - 0.7 * share


def _course(
    wide: pd.DataFrame, before: pd.DataFrame, height: pd.DataFrame, table: str
) -> dict[str, Any]:
    said = [_said(table, cut, wide, before) for cut in wide.index]
    y = [None if pd.isna(each) else float(each) for each in height[table]]
    return parts.line(list(wide.index), y, charts.OBSERVED, 2, "solid") | {
        "name": text(table),
        # A cut whose neighbours lack the table has no line to stand on.
        "mode": "lines+markers",
        "marker": {"size": 5 if len(wide) <= FEW else 3, "color": charts.OBSERVED},
        "hoverinfo": "all",
        "hovertext": said,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
    }


def _fewer(
    wide: pd.DataFrame, before: pd.DataFrame, fewer: pd.DataFrame, height: pd.DataFrame
) -> dict[str, Any]:
    """A mark on each table and cut that holds fewer rows than the cut before."""
    found = [(cut, table) for table in wide for cut in wide.index if fewer.notna().at[cut, table]]
    at_zero = _heights(wide * 0)
    height = height.fillna(at_zero.fillna(at_zero.max()))
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "fewer rows",
        "x": [cut for cut, _ in found],
        "y": [float(height.at[cut, table]) for cut, table in found],
        "marker": {"symbol": "triangle-down", "size": 13, "color": charts.ALERT},
        "hovertext": [_said(table, cut, wide, before) for cut, table in found],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
    }


def _said(table: str, cut: str, wide: pd.DataFrame, before: pd.DataFrame) -> str:
    now, then = wide.at[cut, table], before.at[cut, table]
    said = f"{text(table)}, {cut}: {'not delivered' if pd.isna(now) else f'{int(now)} rows'}"
    return said if pd.isna(then) else f"{said}, after {int(then)} in the cut before"


def _at_end(wide: pd.DataFrame, before: pd.DataFrame, table: str) -> str:
    """1250 +12; a table that has fewer rows, or is gone, in the colour of an alert."""
    now, then = wide[table].iloc[-1], before[table].iloc[-1]
    if pd.isna(now):
        return f'<b><span style="color:{charts.ALERT}">▼ not delivered</span></b>'
    change = 0 if pd.isna(then) else int(now - then)
    if change < 0:
        said = f"{int(now)}  ▼ {-change} fewer"
        return f'<b><span style="color:{charts.ALERT}">{said}</span></b>'
    return f"<b>{int(now)}</b>" + (f"  +{change}" if change else "")


def _said_fewer(fewer: pd.DataFrame) -> str:
    """Which tables have fewer rows than in the cut before, the latest first."""
    if len(fewer) == 1:
        return ""
    found = [
        (cut, table, int(fewer.at[cut, table]))
        for cut in reversed(fewer.index)
        for table in fewer
        if fewer.notna().at[cut, table]
    ]
    if not found:
        return ". No table has fewer rows than in the cut before"
    said = ", ".join(f"{text(table)} {n} fewer in {cut}" for cut, table, n in found[:3])
    more = f" and {counted(len(found) - 3, 'other time', 'other times')}" if len(found) > 3 else ""
    return f". Fewer rows than in the cut before: {said}{more}"
