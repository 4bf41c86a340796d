from datetime import date

import pandas as pd
import plotly.graph_objects as go

import charts
from charts import counted, day, drawing, parts


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
def size(rows: pd.DataFrame, cuts: pd.DataFrame) -> go.Figure:
    """Rows of each table from cut to cut, a line a table; a refused cut is a cross below."""
    if rows.empty:
        return charts.blank("No cut could be read.")
    refused = [date.fromisoformat(cut) for cut in cuts.loc[cuts["status"] == "refused", "cut"]]
    newest = rows["cut"].max()
    ends = rows[rows["cut"] == newest].sort_values("n_rows", ascending=False)
    traces = []
    for place, table in enumerate(ends["table_name"]):
        mine = rows[rows["table_name"] == table]
        color = charts.TEMPLATE["layout"]["colorway"][place % 7]
        traces.append(
            parts.line(list(mine["cut"]), list(mine["n_rows"]), color, 2, "solid")
            | {
                "hoverinfo": "all",
                "hovertemplate": f"{charts.text(table)}: %{{y}} rows, %{{x}}<extra></extra>",
            }
        )
    traces.append(
        {
            "type": "scatter",
            "mode": "markers",
            "x": [day(cut) for cut in refused],
            "y": [0] * len(refused),
            "marker": {"symbol": "x", "size": 12, "color": charts.ALERT},
            "hovertemplate": "%{x}: refused<extra></extra>",
        }
    )
    # Direct labels at the right, pushed apart where lines end side by side.
    top = max(int(rows["n_rows"].max()), 1)
    notes, last = [], None
    for table, n_rows in zip(ends["table_name"], ends["n_rows"], strict=True):
        at = n_rows / top if last is None else min(n_rows / top, last - 0.055)
        last = at
        words = f"{charts.text(table)} {n_rows}"
        notes.append(
            parts.note(words, x=1, xref="paper", xanchor="left", y=at * top, yanchor="middle")
            | {"xshift": 8}
        )
    n_cuts = rows["cut"].nunique()
    title = f"{counted(n_cuts, 'cut', 'cuts')} can be read, {len(refused)} refused"
    floor = min(0.0, (last or 0) * top) - 0.06 * top
    return drawing(
        title,
        traces,
        {
            "xaxis": {"type": "date"},
            "yaxis": {"range": [floor, 1.06 * top], "title": {"text": "Rows"}},
            "annotations": notes,
        },
        subtitle="Rows of each table from cut to cut. A cross is a cut that was refused.",
        height=420,
        margin={"l": 70, "r": 120},
    )
