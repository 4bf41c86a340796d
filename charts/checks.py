"""What is wrong in the data: by rule, by patient, and how it went from cut to cut."""

from datetime import date
from itertools import pairwise
from typing import Any

import pandas as pd
import plotly.graph_objects as go

import charts
from charts import counted, day, drawing, parts, text

# The worse, the darker; and each has a shape.
SEVERITIES = {
    "critical": charts.Mark(charts.VERMILLION, "diamond", "◆"),
    "major": charts.Mark(charts.ORANGE, "square", "■"),
    "minor": charts.Mark(charts.GREY, "circle", "●"),
}
PATTERNS = {"critical": "x", "major": "/", "minor": ""}  # and a pattern, where it is a bar
ROW = 44  # px of a rule among the broken ones: its words need two lines
WIDTH = 46  # characters of a rule in a line


@charts.kept
def in_words(compared: pd.DataFrame) -> pd.DataFrame:
    """The findings, with what `Open since` may leave out in the column `again`."""
    again = compared["is_again"].map({True: "again"})
    return compared.assign(again=again.mask(compared["is_first"], "or earlier"))


@charts.kept
def no_longer_found(found: pd.DataFrame) -> pd.DataFrame:
    return found[found["state"].isin(["resolved", "gone"])]


@charts.kept
def chosen(found: pd.DataFrame, severities: list[str], rule: str | None) -> pd.DataFrame:
    """The findings of these severities, and of the rule; all if none is named."""
    return found[
        (found["severity"].isin(severities) | (not severities))
        & ((found["rule"] == rule) | (rule is None))
    ]


@charts.kept
def rules(found: pd.DataFrame) -> list[str]:
    """The rules that are broken, in the order of the findings."""
    return list(found["rule"].unique())


@charts.kept
def for_others(found: pd.DataFrame) -> pd.DataFrame:
    """The findings without what is meant for the page alone."""
    return found.drop(columns=["course", "again"])


@charts.kept
def trends(course: pd.DataFrame) -> dict[str, list[float]]:
    """How many findings were open with each cut, in all and by severity; none of one cut alone."""
    open_ = course.pivot_table(index="cut", columns="severity", values="n_open", aggfunc="sum")
    went = {"n_open": open_.sum(axis=1)} | {f"n_{name}": open_[name] for name in open_}
    return {name: [float(each) for each in cuts] for name, cuts in went.items() if len(cuts) > 1}


@charts.kept
def sentence(summary: pd.Series, since: str | None) -> str:
    """What the page answers: can the data be trusted, and is it getting better?"""
    n_open = int(summary["n_open"])
    if n_open == 0:
        open_ = "Nothing on record breaks a rule"
    else:
        open_ = counted(n_open, "finding is open", "findings are open") + f": {_parts(summary)}"
    if since is None:
        return f"{open_}. There is no older cut to compare with."
    moves = [
        (summary["n_new"], "new"),
        (summary["n_resolved"], "resolved"),
        (summary["n_gone"], "gone without being resolved"),
    ]
    said = [f"{int(n)} {word}" for n, word in moves if n]
    return f"{open_}. Since {since}: {', '.join(said) or 'none came and none went'}."


@charts.kept
def trust(summary: pd.Series) -> str:
    """How much of what could be wrong has been looked for."""
    n_rules, n_unchecked = int(summary["n_rules"]), int(summary["n_unchecked"])
    if n_unchecked == 0:
        return f"All {n_rules} rules were checked."
    return (
        f"{n_rules - n_unchecked} of {n_rules} rules were checked: the others need what this "
        "export or protocol.toml does not hold. What they would find is not known."
    )


@charts.kept
def course(rows: pd.DataFrame) -> go.Figure:
    """Open findings from cut to cut, a bar a cut, stacked by severity."""
    if rows.empty:
        return charts.blank("No cut could be read.")
    cuts = sorted(rows["cut"].unique())
    total = rows.groupby("cut")["n_open"].sum()
    newest, traces = cuts[-1], []
    places = [date.fromisoformat(cut) for cut in cuts]
    apart = min(((b - a).days for a, b in pairwise(places)), default=7)
    for severity, mark in SEVERITIES.items():
        mine = rows[rows["severity"] == severity].set_index("cut").reindex(cuts)
        traces.append(
            {
                "type": "bar",
                "name": f"{severity}: {int(mine.loc[newest, 'n_open'])} now",
                "x": cuts,
                "y": mine["n_open"].astype(int).to_list(),
                "width": 0.8 * apart * 86_400_000,
                "marker": {
                    "color": mark.color,
                    "line": {"color": charts.PAPER, "width": 1},
                    "pattern": {
                        "shape": PATTERNS[severity],
                        "size": 6,
                        "solidity": 0.2,
                        "bgcolor": mark.color,
                        "fgcolor": charts.PAPER,
                    },
                },
                "hovertext": [
                    f"{cut}: {n_open} {severity}{_moves(n_new, n_closed)}"
                    for cut, n_open, n_new, n_closed in zip(
                        cuts, mine["n_open"], mine["n_new"], mine["n_closed"], strict=True
                    )
                ],
                "hovertemplate": "%{hovertext}<extra></extra>",
            }
        )
    most = total.idxmax()
    n_now, n_most = int(total[newest]), int(total[most])
    title = f"{counted(n_now, 'finding is', 'findings are')} open by {newest}"
    if len(cuts) == 1:
        title += ", the first cut"
    else:
        n_first = int(total[cuts[0]])
        title += f", where it was {n_first} by {cuts[0]}"
        title += f" and at most {n_most}, by {most}" if n_most > max(n_first, n_now) else ""
    end = places[-1] + pd.Timedelta(days=apart)
    return drawing(
        title,
        traces,
        {
            "barmode": "stack",
            "xaxis": parts.cut_axis(places, places[0] - pd.Timedelta(days=apart), end),
            "yaxis": {
                "range": [0, 1.08 * max(n_most, 1)],
                "dtick": parts.step(n_most),
                "title": {"text": "Open findings"},
            },
            "showlegend": True,
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
            | {"traceorder": "normal", "itemclick": False, "itemdoubleclick": False},
        },
        subtitle="What breaks a rule in each cut, by severity.",
        height=240,
        margin={"l": 70, "r": 44, "t": 52},
    )


@charts.kept
def broken(status: pd.DataFrame) -> go.Figure:
    """The rules that are broken, the worst first: findings that persist, and new ones."""
    rows = status[status["state"] == "broken"]
    n_unchecked = int((status["state"] == "not checked").sum())
    aside = f", {n_unchecked} cannot be checked" if n_unchecked else ""
    if rows.empty:
        return charts.blank(f"None of {len(status)} rules is broken{aside}.")
    ranked = [
        rows[rows["severity"] == each].sort_values("n_findings", ascending=False, kind="stable")
        for each in SEVERITIES
    ]
    rows = pd.concat(ranked).reset_index(drop=True)
    compared = rows["n_new"].notna().all()
    new = rows["n_new"].fillna(0).astype(int)
    stays = rows["n_findings"].astype(int) - new
    most = int(rows["n_findings"].max())
    places = list(range(len(rows)))
    hover = [
        f"{text(row['rule'])}<br>{counted(row['n_findings'], 'finding', 'findings')} about "
        f"{counted(row['n_people'], 'person', 'people')}, the oldest open since "
        f"{day(row['open_since'])}<br>{text(row['why'], 60)}"
        for row in rows.to_dict("records")
    ]
    colors = [SEVERITIES[each].color for each in rows["severity"]]
    bar = {"type": "bar", "orientation": "h", "y": places, "hovertext": hover, "width": 0.5}
    bar |= {"hovertemplate": "%{hovertext}<extra></extra>"}
    customdata = rows["check"].to_list()
    traces = [
        bar | {"x": stays.to_list(), "marker": {"color": colors}, "customdata": customdata},
        bar
        | {
            "x": new.to_list(),
            "customdata": customdata,
            "marker": {
                "color": charts.PAPER,
                "line": {"color": colors, "width": 2},
                "pattern": {"shape": "x", "fgcolor": colors, "bgcolor": charts.PAPER, "size": 7},
            },
        },
    ]
    notes = [
        parts.note(
            _count(row, compared),
            x=int(row["n_findings"]),
            xref="x",
            y=place,
            yref="y",
            xanchor="left",
            yanchor="middle",
            xshift=6,
        )
        for place, row in zip(places, rows.to_dict("records"), strict=True)
    ]
    labels = [
        f"{text(row['rule'], WIDTH, 2 * WIDTH)} {SEVERITIES[row['severity']].letter}"
        for row in rows.to_dict("records")
    ]
    worst = rows.iloc[0]
    title = (
        f"{counted(len(rows), 'rule', 'rules')} of {len(status)} "
        f"{'is' if len(rows) == 1 else 'are'} broken{aside}. "
        f"The worst breaks “{text(worst['rule'], 200)}”"
    )
    key = ", ".join(f"{mark.letter} {severity}" for severity, mark in SEVERITIES.items())
    return drawing(
        title,
        traces,
        {
            "barmode": "stack",
            "xaxis": {
                "range": [0, 1.25 * most],
                "dtick": parts.step(most),
                "title": {"text": "Open findings"},
            },
            "yaxis": parts.lanes(labels, ROW),
            "annotations": notes,
        },
        subtitle=f"{key}. Crossed: new since the other cut." if compared else f"{key}.",
        height=ROW * len(rows) + 10,
        margin={"l": 24 + 8 * (WIDTH + 2), "b": 60},
    )


def _parts(summary: pd.Series) -> str:
    return ", ".join(f"{int(summary[f'n_{each}'])} {each}" for each in SEVERITIES)


def _moves(n_new: Any, n_closed: Any) -> str:
    return "" if pd.isna(n_new) else f"; {int(n_new)} new, {int(n_closed)} closed"


def _count(row: dict[str, Any], compared: bool) -> str:
    new = f" ({int(row['n_new'])} new)" if compared and row["n_new"] else ""
    return f"{int(row['n_findings'])}{new}"
