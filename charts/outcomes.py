"""The outcomes: primary, vital status, survival, the clinical scale and support."""

import re
from typing import Any

import pandas as pd
import plotly.graph_objects as go

import charts
from charts import counted, day, drawing, interval, parts, percent, text

MANY = 40  # patients; with more, a patient no longer has a mark in a count

EVENTS = {
    "invasive ventilation": "needed invasive ventilation",
    "vital status": "died",
}
VITAL = {
    "dead": charts.DEATH,
    "alive": charts.Mark(charts.OBSERVED, "circle"),
    "unknown": charts.UNKNOWN,
    "not reached": charts.Mark(charts.GREY, "circle-open"),
}
PRIMARY = VITAL | {
    "yes": charts.Mark(charts.ALERT, "square"),
    "died without it": charts.DEATH,
    "no": charts.Mark(charts.OBSERVED, "circle"),
}
SUPPORT = {  # colour, hatching, words
    "ventilation": (charts.ORANGE, "/", "invasive ventilation"),
    "oxygen": (charts.SKY, "", "oxygen"),
    "ecmo": (charts.PURPLE, "x", "ECMO"),
}
# An ordered scale: the darker, the higher the score.
RAMP = ["#E3EEF7", "#BCD7EC", "#8ABBDD", "#F6C27A", "#E69F00", "#D55E00", "#1A1A1A"]


@charts.kept
def sentence(by_group: pd.DataFrame, vital: pd.DataFrame) -> str:
    """The answer of the page: the primary outcome of each group, else who is dead."""
    groups = by_group.to_dict("records")
    said = [_group_said(row) for row in groups if _is_set(row)]
    if said:
        # Of a protocol that sets primary outcomes, they are of whoever is in none of its groups.
        nowhere = sum(row["n_unknown"] + row["n_not_reached"] for row in groups if not _is_set(row))
        if nowhere:
            who = counted(int(nowhere), "patient is", "patients are")
            said.append(f"{who} in no group of the protocol, and without a primary outcome.")
        return " ".join(said)
    rows = vital[vital["code"].eq("all patients") | (vital["code"].nunique() == 1)]
    if rows.empty:
        return "No primary outcome is set in protocol.toml, or nobody is included."
    last = rows.iloc[-1]
    return (
        f"No primary outcome is set in protocol.toml. By day {last['outcome_day']}, "
        f"{last['n_dead']} of {last['n_included']} patients are known to have died."
    )


# From one group of `primary` to the next, and from its interval down to its patients.
GROUP_UNITS, BELOW = 3.5, 0.8


@charts.kept
def primary(by_group: pd.DataFrame, patients: pd.DataFrame) -> go.Figure:
    """The primary outcome of each group: every patient a mark, the share and its interval."""
    groups = [row for row in by_group.to_dict("records") if _is_set(row)]
    if not groups:
        return charts.blank(
            "No group has a primary outcome: protocol.toml sets none. The vital status of all "
            "patients is shown below."
        )
    traces, notes = [], []
    unit = 50  # px, of which each group has some: words above its interval, patients below
    for lane, row in enumerate(groups):
        head, share = _group_lines(row)
        unit = max(unit, (18 * len(share) + 50) / 2)
        at = GROUP_UNITS * lane
        notes.append(parts.over(at, [head, *share]))
        pct, low, high = (parts.number(row[each]) for each in ("pct", "ci_low", "ci_high"))
        best, worst = parts.number(row["pct_best"]), parts.number(row["pct_worst"])
        if best is not None and row["n_unknown"]:
            band = parts.line([best, worst], [at] * 2, charts.UNCERTAIN, 12, "solid")
            traces.append(band | {"opacity": 0.5})
        if pct is not None:
            mark = charts.Mark(charts.OBSERVED, "diamond")
            traces.append(parts.line([low, high], [at] * 2, charts.OBSERVED, 3, "solid"))
            traces.append(parts.spots("share", [pct], [at], mark, ["<br>".join(share)]))
        traces += _strip(row, patients, at + BELOW)
    leaning = (
        " While patients are pending, the share leans upwards: an event counts at once."
        * any(row["n_not_reached"] for row in groups)
    )
    return drawing(
        " · ".join(_group_found(row) for row in groups),  # who is not known is named beneath
        traces,
        {
            "xaxis": {
                "range": [-2, 102],
                "dtick": 25,
                "ticksuffix": " %",
                "title": {"text": "Of the patients whose outcome is known", "standoff": 6},
            },
            "yaxis": {"visible": False, "range": [at + 1.4, -2.3]},
            "annotations": notes,
        },
        subtitle="Line: exact (Clopper-Pearson) 95\xa0% interval. Band: best to worst case. "
        "A mark per patient, beside the scale: ■ needed ventilation, ✚ died, ● no such event, "
        "○ day not reached, ⬡ unknown." + leaning,
        height=int(unit * (at + 3.7)),
        margin={"b": 62, "r": 32},
    )


@charts.kept
def vital_status(rows: pd.DataFrame) -> go.Figure:
    """Dead, alive, unknown and not reached, on each outcome day and in each group."""
    if rows.empty:
        return charts.blank("Nobody is included, or protocol.toml sets no outcome day.")
    kinds = [
        ("dead", "n_dead", charts.BLACK, ""),
        ("alive", "n_alive", charts.OBSERVED, ""),
        ("unknown", "n_unknown", charts.UNCERTAIN, "/"),
        ("not reached", "n_not_reached", charts.GREY, "."),
    ]
    records = rows.to_dict("records")
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "name": name,
            "x": [100 * int(row[column]) / int(row["n_included"]) for row in records],
            "y": list(range(len(records))),
            "marker": {"color": color if not hatch else charts.PAPER, "line": {"color": color}}
            | ({"pattern": _hatched(hatch, color)} if hatch else {}),
            "hovertext": [_vital_hover(row) for row in records],
            "hovertemplate": "%{hovertext}<extra></extra>",
            "showlegend": True,
        }
        for name, column, color, hatch in kinds
    ]
    notes = []
    for lane, row in enumerate(records):
        who = text(row["code"], 24, 24).replace("<br>", " ")
        notes.append(
            parts.over(lane, [f"<b>Day {row['outcome_day']}, {who}</b>: {_died(row)}"], lift=12)
        )
    # The first of a day: that of all patients, or of the group chosen.
    whole = rows.drop_duplicates("outcome_day").to_dict("records")
    found = "; ".join(
        f"day {row['outcome_day']}: {row['n_dead']} dead, {row['n_alive']} alive, "
        f"{row['n_unknown']} unknown"
        + f", {row['n_not_reached']} not reached"
        * bool(row["n_not_reached"])
        for row in whole
    )
    height = 56 * len(records)
    return drawing(
        f"Of {counted(int(whole[0]['n_included']), 'patient', 'patients')}, {found}",
        traces,
        {
            "barmode": "stack",
            "bargap": 0.66,
            "xaxis": {
                "range": [0, 100],
                "ticksuffix": " %",
                "title": {"text": "Of the patients included", "standoff": 6},
            },
            "yaxis": parts.unnamed_lanes(len(records), [len(records) - 0.6, -0.75]),
            "annotations": notes,
            "showlegend": True,
            "legend": {"orientation": "h", "traceorder": "normal", "x": 0, "yanchor": "top"}
            | {"y": -58 / height},
        },
        subtitle="Alive: seen on or after that day, or died later. Unknown: the day has passed and "
        "nobody has seen the patient since: from best to worst case. In brackets: exact "
        "(Clopper-Pearson) 95\xa0% interval."
        # The dead are known whenever anybody says so, the living only if somebody saw them.
        + " Of those known alone, the share leans upwards: the dead are always among them."
        * any(row["n_unknown"] for row in records),
        height=height,
        margin={"b": 92, "r": 32},
    )


def _died(row: dict[str, Any]) -> str:
    """How many died by the day, of those whose day has passed: with unknown ones, a range."""
    n_dead, n_known, n_unknown = row["n_dead"], row["n_known"], row["n_unknown"]
    said = f"{n_dead} of {n_known} died"
    if n_known:
        share = f"{percent(row['pct'])} ({interval(row['ci_low'], row['ci_high'])})"
        said += f", {share}"
    if n_unknown:
        said = f"{n_dead} to {n_dead + n_unknown} of {n_known + n_unknown} died, "
        said += f"{percent(row['pct_best'])} to {percent(row['pct_worst'])}"
        said += f"; of the {n_known} known {share}" if n_known else ""
    return said + (f"; {row['n_not_reached']} not reached" if row["n_not_reached"] else "")


@charts.kept
def died(deaths: pd.DataFrame) -> str:
    """How many died, and how long after an infusion."""
    if deaths.empty:
        return "Nobody who was included is known to have died"
    said = f"{counted(len(deaths), 'patient', 'patients')} died"
    days = deaths["days_after"].dropna().astype(int)
    if days.empty:
        return f"{said}; how long after an infusion is not known of any"
    low, high = int(days.min()), int(days.max())
    after = counted(low, "day", "days") if low == high else f"{low} to {high} days"
    said += f", {after} after the last infusion"
    unknown = len(deaths) - len(days)
    return said + (f"; of {unknown} that is not known" if unknown else "")


@charts.kept
def survival(curve: pd.DataFrame, deaths: pd.DataFrame, marked: list[int]) -> go.Figure:
    """Kaplan and Meier's estimate, with its limits, censoring marks and numbers at risk.

    `marked` are the outcome days, in days from day 0: they stand on the axis.
    """
    if curve.empty:
        return charts.blank("Nobody has been followed yet.")
    rows = curve.astype(float).to_dict("records")
    n = int(rows[0]["n_at_risk"])
    end = max([*map(float, marked), rows[-1]["day"], 1.0])
    last = rows[-1]
    n_died = int(curve["n_events"].sum())
    steps = {"line": {"color": charts.INK, "width": 3, "shape": "hv"}}
    days = [row["day"] for row in rows]
    share = [100 * row["survival"] for row in rows]
    if days[0] > 0 or share[0] < 100:
        days, share = [0.0, *days], [100.0, *share]
    known = [row for row in rows if not pd.isna(row["ci_low"])]
    traces = []
    if known:
        x = [row["day"] for row in known] + [last["day"]]
        for name, column, fill in (("low", "ci_low", None), ("high", "ci_high", "tonexty")):
            y = [100 * row[column] for row in known]
            trace = parts.line(x, [*y, y[-1]], charts.SKY, 0, "solid") | {"name": name}
            trace["line"]["shape"] = "hv"
            traces.append(
                trace | ({"fill": fill, "fillcolor": "rgba(86,180,233,0.3)"} if fill else {})
            )
    traces.append(parts.line(days, share, charts.INK, 3, "solid") | steps | {"name": "survival"})
    for name, column, mark in (
        ("died", "n_events", charts.DEATH),
        ("last seen alive", "n_censored", charts.Mark(charts.INK, "line-ns-open")),
    ):
        found = [row for row in rows if row[column]]
        traces.append(
            parts.spots(
                name,
                [row["day"] for row in found],
                [100 * row["survival"] for row in found],
                mark,
                [_step_said(row) for row in found],
                size=11,
            )
        )
    ticks = _days_on_axis(end, marked)
    at_risk = [next((int(r["n_at_risk"]) for r in rows if r["day"] >= at), 0) for at in ticks]
    labels = [f"{at:g}<br>{n_at}" for at, n_at in zip(ticks, at_risk, strict=True)]
    limits = f"log-log 95\xa0% limits {interval(100 * last['ci_low'], 100 * last['ci_high'])}"
    if pd.isna(last["ci_low"]):
        limits = "no limits: nobody died" if last["survival"] == 1 else "no limits: everybody died"
    found = (
        f"{n_died} of {n} died: survival to day {last['day']:.0f} is "
        f"{percent(100 * last['survival'])} ({limits})"
    )
    subtitle = (
        "Kaplan-Meier estimate with log-log 95\xa0% limits. ✚ died, │ last seen alive (censored). "
        "Under the axis: number at risk."
    )
    is_doubtful = deaths["died_day"].isna() & deaths["is_in_follow_up"].fillna(True)
    if n_doubtful := int((is_doubtful & deaths["lived_days"].notna()).sum()):
        who = counted(n_doubtful, "patient", "patients")
        subtitle += f"<br>{who} died on a day that is not known: counted on the first possible."
    return drawing(
        found,
        traces,
        {
            "xaxis": {
                "range": [-end * 0.015, end * 1.02],
                "tickvals": ticks,
                "ticktext": labels,
                "title": {"text": "Days from day 0, and number at risk", "standoff": 6},
            },
            "yaxis": {
                "range": [0, 104],
                "ticksuffix": " %",
                "title": {"text": "Alive", "standoff": 8},
            },
        },
        subtitle=subtitle,
        height=340,
        margin={"b": 82, "l": 72, "t": 24},
    )


@charts.kept
def scale(rows: pd.DataFrame, last_day: int | None) -> go.Figure:
    """The clinical scale, patient by patient and day by day: every score on its day."""
    if rows.empty:
        return charts.blank(
            "The export has no score of a clinical scale that can be placed on a day."
        )
    patients = rows.drop_duplicates("usubjid").reset_index(drop=True)
    lane = {who: place for place, who in enumerate(patients["usubjid"])}
    scores = sorted(rows["score"].unique())
    lowest, highest = min(scores), max(scores)
    labels = rows.drop_duplicates("score").set_index("score")["label"]
    near = float(last_day or 28)
    drawn = _with_room(rows, near)
    traces = []
    for score in scores:
        found = [row for row in drawn if row["score"] == score]
        color = _shade(score, lowest, highest)
        name = f"{score:g}" if pd.isna(labels[score]) else f"{score:g} {text(labels[score], 40)}"
        traces.append(
            {
                "type": "scatter",
                "mode": "markers+text",
                "name": name,
                "x": [_squeezed(row["study_day"], near) for row in found],
                "y": [lane[row["usubjid"]] for row in found],
                "text": [f"{score:g}" if row["has_room"] else "" for row in found],
                "textfont": {"size": 12, "color": _on(color)},
                "marker": {
                    "symbol": "square",
                    "size": [17 if row["has_room"] else 11 for row in found],
                    "opacity": 1,
                    "color": color,
                }
                | {"line": {"color": charts.GREY, "width": 0.5}},
                "hovertext": [_score_said(row) for row in found],
                "hovertemplate": "%{hovertext}<extra></extra>",
                "cliponaxis": False,
                "showlegend": True,
            }
        )
    dead = patients[patients["died_day"].notna()].to_dict("records")
    if dead:
        traces.append(
            parts.spots(
                "died",
                [_squeezed(row["died_day"], near) for row in dead],
                [lane[row["usubjid"]] for row in dead],
                charts.DEATH,
                [f"{text(row['usubjid'])}<br>died on day {row['died_day']}" for row in dead],
                size=20,
            )
            | {"showlegend": True}
        )
    furthest = float(max(rows["study_day"].max(), near))
    ticks = [each for each in (0, 7, 14, 21, 28) if each <= near] + [
        each for each in (60, 90, 180) if near < each <= furthest
    ]
    names = [parts.patient(row) for row in patients.to_dict("records")]
    first = min(0.0, float(rows["study_day"].min()))
    left, entry = parts.beside(names), 170
    legend = charts.legend_room(len(traces), entry, left)
    pitch = 22
    return drawing(
        _scale_found(rows, near),
        traces,
        {
            "xaxis": {
                "range": [first - 1, _squeezed(furthest, near) + 1],
                "tickvals": [_squeezed(each, near) for each in ticks],
                "ticktext": [f"{each}" for each in ticks],
                "title": {"text": "Study day", "standoff": 6},
            },
            "yaxis": parts.lanes(names, pitch),
            "showlegend": True,
            "legend": {"orientation": "h", "traceorder": "normal", "entrywidth": entry, "x": 0}
            | {"y": 1 + 10 / (pitch * len(patients)), "yanchor": "bottom"},
        },
        subtitle=f"{text(rows['scale'].iloc[0], 60)}: the darker, the higher. Every score on its "
        f"day, none carried forward. After day {near:g} the axis is squeezed, and a score without "
        "room is a small square.",
        height=pitch * len(patients) + 6,
        margin={"l": left, "b": 58, "t": 20 + legend},
    )


@charts.kept
def support(rows: pd.DataFrame, last_day: int | None) -> go.Figure:
    """Days with oxygen and with invasive ventilation, patient by patient."""
    known = rows[rows["reason"].isna()]
    if known.empty:
        why = rows["reason"].dropna()
        words = f": {text(why.iloc[0], 80)}" if len(why) else ", as nobody is included"
        return charts.blank(f"Days with support cannot be counted{words}.")
    records = rows.to_dict("records")
    traces, right = [], []
    for place, (kind, (color, hatch, words)) in enumerate(SUPPORT.items()):
        least = [parts.number(row[f"{kind}_least"]) or 0 for row in records]
        most = [parts.number(row[f"{kind}_most"]) or 0 for row in records]
        more = [high - low for low, high in zip(least, most, strict=True)]
        y = [lane + (place - 1) * 0.27 for lane in range(len(records))]
        hover = [_support_said(row, kind, words) for row in records]
        for name, base, x, shade, ink in (
            (words, None, least, color, charts.INK),
            (f"{words}: possible", least, more, _pale(color), charts.GREY),
        ):
            if not any(x):
                continue
            fill = {"color": shade, "line": {"width": 0}}
            if hatch:
                fill |= {"pattern": _hatched(hatch, ink) | {"bgcolor": shade}}
            traces.append(
                {
                    "type": "bar",
                    "orientation": "h",
                    "name": name,
                    "x": x,
                    "y": y,
                    "base": base or 0,
                    "width": 0.25,
                    "marker": fill,
                    "hovertext": hover,
                    "hovertemplate": "%{hovertext}<extra></extra>",
                    "showlegend": True,
                }
            )
    for row in records:
        if not pd.isna(row["reason"]):
            right.append(parts.words(row["reason"], 22))
            continue
        days = [_range(row, kind) for kind in ("ventilation", "oxygen")]
        unseen = f", {int(row['n_unseen'])} unseen" * bool(row["n_unseen"])
        right.append(f"V {days[0]}, O {days[1]} of {int(row['n_days'])} d{unseen}")
    names = [parts.patient(row) for row in records]
    pitch = 34 if len(records) <= MANY else 20
    shared = parts.lanes(names, pitch)
    anchor = parts.line([0], [0], charts.PAPER, 0, "solid") | {"yaxis": "y2"}
    left, beyond, entry = parts.beside(names), parts.beside(right), 140
    legend = charts.legend_room(max(len(traces), 1), entry, left, beyond)
    return drawing(
        f"To day {last_day}, {_supported(known, 'ventilation')} of {len(known)} patients had "
        f"invasive ventilation and {_supported(known, 'oxygen')} had oxygen recorded",
        # On the second axis, which Plotly leaves out unless something stands on it.
        [*traces, anchor],
        {
            "barmode": "overlay",
            "xaxis": {
                "range": [0, (last_day or 28) + 2],
                "title": {"text": "Days with support", "standoff": 6},
            },
            "yaxis": shared,
            "yaxis2": shared | {"ticktext": right, "overlaying": "y", "side": "right"},
            "showlegend": True,
            "legend": {"orientation": "h", "traceorder": "normal", "entrywidth": entry, "x": 0}
            | {"y": 1 + 8 / (pitch * len(records)), "yanchor": "bottom"},
        },
        subtitle="Calendar days from day 0 to the outcome day, the cut or the death. Pale: "
        "possible days, as an episode has no end, a date is known only in part, or it is not said "
        "that it took place. Right: V "
        "ventilation, O oxygen, of the days counted; unseen: days after the last contact.",
        height=pitch * len(records) + 8,
        margin={"l": left, "r": beyond, "b": 58, "t": 16 + legend},
    )


def _supported(known: pd.DataFrame, kind: str) -> str:
    """How many patients had that support on a day that is certain, and how many more perhaps."""
    n = int((known[f"{kind}_least"] > 0).sum())
    more = int((known[f"{kind}_most"] > 0).sum()) - n
    return f"{n} (perhaps {more} more)" if more else f"{n}"


def _is_set(row: dict[str, Any]) -> bool:
    return not pd.isna(row["primary_outcome"]) and not pd.isna(row["outcome_day"])


def _group_found(row: dict[str, Any]) -> str:
    event = EVENTS[row["primary_outcome"]]
    who = f"Group {text(row['code'], 20, 20)}"
    if not row["n_known"]:
        return f"{who}: nobody's outcome of day {row['outcome_day']} is known yet"
    return (
        f"{who}: {row['n_event']} of {row['n_known']} {event} by day {row['outcome_day']}, "
        f"{percent(row['pct'])} ({interval(row['ci_low'], row['ci_high'])})"
    )


def _group_said(row: dict[str, Any]) -> str:
    kinds = [("n_died_without", "died without it"), ("n_unknown", "unknown")]
    kinds.append(("n_not_reached", "pending"))
    others = [f"{row[n]} {said}" for n, said in kinds if row[n]]
    return _group_found(row) + (f"; {', '.join(others)}." if others else ".")


def _group_lines(row: dict[str, Any]) -> tuple[str, list[str]]:
    label = "" if pd.isna(row["label"]) else f", {text(row['label'], 40, 40)}"
    head = f"<b>Group {text(row['code'], 20, 20)}{label}</b>: {row['primary_outcome']} by day "
    head += f"{row['outcome_day']}, {row['n_included']} included"
    share = f"{row['n_event']} of {row['n_known']} {EVENTS[row['primary_outcome']]}"
    if row["n_known"]:
        share += f", {percent(row['pct'])} ({interval(row['ci_low'], row['ci_high'])})"
    if row["n_died_without"]:
        share += f"; {row['n_died_without']} died without it"
    lines = [share]
    if row["n_unknown"]:
        lines[0] += (
            f"; best case {percent(row['pct_best'])}, worst case {percent(row['pct_worst'])}"
        )
    for n, said, names in (
        ("n_unknown", "unknown", "unknown"),
        ("n_not_reached", "pending", "pending"),
    ):
        if row[n]:
            lines += text(f"{row[n]} {said}: {row[names]}", 95, 500).split("<br>")
    return head, lines


def _strip(row: dict[str, Any], patients: pd.DataFrame, y: float) -> list[dict[str, Any]]:
    """Every patient of the group as a mark, events first."""
    order = ["yes", "dead", "died without it", "unknown", "not reached", "no", "alive"]
    members = patients[patients["cohort"] == row["code"]]
    placed = sorted(
        members.to_dict("records"),
        key=lambda each: order.index(each["outcome"]) if each["outcome"] in order else 9,
    )
    step = min(4.0, 98 / max(len(placed), 1))
    found: dict[str, list[tuple[float, str]]] = {}
    for place, each in enumerate(placed):
        found.setdefault(str(each["outcome"]), []).append((1 + step * place, _outcome_said(each)))
    return [
        parts.spots(
            name,
            [x for x, _ in marks],
            [y] * len(marks),
            PRIMARY.get(name, charts.UNKNOWN),
            [said for _, said in marks],
            size=14 if len(placed) <= MANY else 7,
        )
        for name, marks in found.items()
    ]


def _outcome_said(row: dict[str, Any]) -> str:
    lines = [f"<b>{text(row['usubjid'], 60, None)}</b>", f"{text(row['outcome'])}"]
    if not pd.isna(row["reason"]):
        lines.append(text(row["reason"], 60, None))
    if not pd.isna(row["begun_day"]):
        lines.append(f"invasive ventilation since day {row['begun_day']}")
    if not pd.isna(row["died_day"]):
        lines.append(f"died on day {row['died_day']}")
    lines.append(f"last contact {day(row['last_contact_on'])} ({text(row['last_contact'])})")
    lines.append(f"day of the outcome: {day(row['outcome_on'])}")
    if not pd.isna(row["contradiction"]):
        lines.append(f"<b>{text(row['contradiction'], 60, None)}</b>")
    return "<br>".join(lines)


def _vital_hover(row: dict[str, Any]) -> str:
    lines = [
        f"<b>Day {row['outcome_day']}, {text(row['code'], 40)}</b>",
        f"dead {row['n_dead']}, alive {row['n_alive']}, unknown {row['n_unknown']}, not reached "
        f"{row['n_not_reached']}, of {row['n_included']}",
    ]
    for name in ("unknown", "pending"):
        if not pd.isna(row[name]):
            lines.append(f"{name}: {text(row[name], 60, 400)}")
    return "<br>".join(lines)


def _step_said(row: dict[str, Any]) -> str:
    return (
        f"<b>day {row['day']:.0f}</b><br>{row['n_at_risk']:.0f} at risk, {row['n_events']:.0f} "
        f"died, {row['n_censored']:.0f} last seen alive<br>survival "
        f"{percent(100 * row['survival'])} "
        f"({interval(100 * row['ci_low'], 100 * row['ci_high'])})"
    )


def _days_on_axis(end: float, marked: list[int]) -> list[float]:
    """A day every so often; an outcome day takes the place of what is too near."""
    step = next(each for each in (7, 15, 30, 60, 90, 180, 365, 1e9) if end / each <= 8)
    ticks = [step * n for n in range(int(end // step) + 1)]
    kept = [float(each) for each in marked if 0 < each <= end]
    return sorted({*kept, *(t for t in ticks if all(abs(t - m) > step * 0.4 for m in kept))})


def _with_room(rows: pd.DataFrame, near: float) -> list[dict[str, Any]]:
    """The scores, and whether each has room for its digit: a day's room, from the one before."""
    found, before = [], {}
    for row in rows.sort_values("study_day").to_dict("records"):
        x = _squeezed(row["study_day"], near)
        has_room = x - before.get(row["usubjid"], x - 2) >= 1
        if has_room:
            before[row["usubjid"]] = x
        found.append(row | {"has_room": has_room})
    return found


def _squeezed(study_day: float, near: float) -> float:
    """Where a day stands: after the outcome day, five days take the room of one."""
    return float(study_day) if study_day <= near else near + 1 + (float(study_day) - near) / 5


def _shade(score: float, lowest: float, highest: float) -> str:
    share = (score - lowest) / (highest - lowest) if highest > lowest else 0
    return RAMP[round(share * (len(RAMP) - 1))]


def _rgb(color: str) -> list[int]:
    return [int(part, 16) for part in re.findall("..", color[1:])]


def _pale(color: str) -> str:
    return "#" + "".join(f"{255 - (255 - part) * 35 // 100:02X}" for part in _rgb(color))


def _on(color: str) -> str:
    """Ink that can be read on a colour."""
    red, green, blue = _rgb(color)
    return charts.INK if 0.299 * red + 0.587 * green + 0.114 * blue > 110 else charts.PAPER


def _score_said(row: dict[str, Any]) -> str:
    lines = [
        f"<b>{text(row['usubjid'], 60, None)}</b>",
        f"day {row['study_day']}: score {row['score']:g}",
    ]
    if not pd.isna(row["label"]):
        lines.append(text(row["label"], 60, None))
    if row["n_scores"] > 1:
        lines.append(f"the highest of {row['n_scores']} scores of that day")
    return "<br>".join(lines)


def _scale_found(rows: pd.DataFrame, near: float) -> str:
    """How many stand lower at their last score by the outcome day than at their first."""
    until = rows[rows["study_day"] <= near].sort_values("study_day")
    ends = until.groupby("usubjid")["score"].agg(["first", "last", "size"]).query("size > 1")
    n = rows["usubjid"].nunique()
    of = counted(n, "patient", "patients")
    if ends.empty:
        return f"{of} with a score, nobody with two by day {near:g}"
    lower, higher = (ends["last"] < ends["first"]).sum(), (ends["last"] > ends["first"]).sum()
    found = (
        f"Last score by day {near:g} against the first: {lower} lower, "
        f"{len(ends) - lower - higher} the same, {higher} higher"
    )
    without = n - len(ends)
    return found + (f", {without} without two scores" if without else "") + f", of {of}"


def _range(row: dict[str, Any], kind: str) -> str:
    low, high = int(row[f"{kind}_least"]), int(row[f"{kind}_most"])
    return f"{low}" if low == high else f"{low} to {high}"


def _support_said(row: dict[str, Any], kind: str, words: str) -> str:
    if not pd.isna(row["reason"]):
        return f"<b>{text(row['usubjid'], 60, None)}</b><br>{text(row['reason'], 60, None)}"
    return (
        f"<b>{text(row['usubjid'], 60, None)}</b><br>{words}: {_range(row, kind)} of "
        f"{counted(int(row['n_days']), 'day', 'days')}, to {day(row['last_on'])} "
        f"({text(row['ends_by'])})<br>after the last contact: {int(row['n_unseen'])} days<br>"
        f"episodes without an end: {int(row['n_open'])}"
    )


def _hatched(shape: str, color: str) -> dict[str, Any]:
    return {"shape": shape, "fgcolor": color, "bgcolor": charts.PAPER, "size": 7}
