"""The counts that the registry and the board ask for: dots with intervals, clocks, a boundary."""

import html
from datetime import date, timedelta
from typing import Any

import pandas as pd
import plotly.graph_objects as go

import charts
from charts import counted, day, drawing, interval, parts, percent, text

NEEDS_ACTION = ("late", "pending", "awareness not recorded")
SUSARS = {
    "susar_fatal": "SUSAR, fatal or life-threatening",
    "susar": "SUSAR, neither fatal nor life-threatening",
}
# The days of a clock, each by the first and the last day that it can be.
CLOCK_DAYS = {
    "day 0": ("day_zero_from", "day_zero_to"),
    "due": ("due_on", "due_to"),
    "reported": ("reported_from", "reported_to"),
}
ALL_GROUPS = " (all groups)"


@charts.kept
def sentence(
    registry: pd.DataFrame, clocks: pd.DataFrame, rules: pd.DataFrame, is_of_a_group: bool = False
) -> str:
    """The answer of the page: SUSARs, what is due, and where the boundary stands.

    A rule is of all groups, which is said if the rest is of one.
    """
    by_code = registry.set_index("code")
    if registry["to_day"].isna().all():
        said = "protocol.toml sets no outcome day, so nothing is counted."
    else:
        susar, sae = by_code.loc["SUSAR"], by_code.loc["SAE"]
        said = f"By day {int(susar['to_day'])}: {counted(int(sae['n_events']), 'SAE', 'SAEs')} in "
        said += counted(int(sae["n_patients"]), "patient", "patients")
        if sae["n_unknown"]:
            said += f" and {int(sae['n_unknown'])} that may be"
        said += f", {counted(int(susar['n_events']), 'SUSAR', 'SUSARs')}"
        if susar["n_unknown"]:
            said += f" and {int(susar['n_unknown'])} that may be"
        said += "."
    whose = ALL_GROUPS if is_of_a_group else ""
    stand = [_stands(rule, whose) for rule in rules.to_dict("records")]
    return " ".join([said, _due(clocks), *stand])


@charts.kept
def registry(rows: pd.DataFrame) -> go.Figure:
    """The registry's counts: patients with each, as dots with intervals, and the events beside."""
    if rows["to_day"].isna().all():
        return charts.blank("protocol.toml sets no outcome day: nothing is counted.")
    found = rows.set_index("code")
    sae, susar = found.loc["SAE"], found.loc["SUSAR"]
    lanes = [
        (f"<b>{parts.words(row['code'])}</b>: {text(row['label'], 60)}", _events(row), row)
        for row in rows.to_dict("records")
    ]
    n = int(rows["n_included"].max())
    said = (
        f"{int(sae['n_patients'])} of {counted(n, 'patient', 'patients')} had a serious event by "
    )
    said += f"day {int(sae['to_day'])}, {int(susar['n_patients'])} a SUSAR"
    maybe = [
        counted(int(row["n_unknown"]), f"event may be {one}", f"events may be {many}")
        for row, one, many in ((sae, "serious", "serious"), (susar, "a SUSAR", "SUSARs"))
        if row["n_unknown"]
    ]
    said += f"; {', '.join(maybe)}" if maybe else ""
    return _dots(said, lanes, "n_patients", f"Of {counted(n, 'patient', 'patients')} included")


@charts.kept
def aesi(rows: pd.DataFrame) -> go.Figure:
    """Patients with events of special interest, by category, whatever the relatedness."""
    if rows["to_day"].isna().all():
        return charts.blank("protocol.toml sets no outcome day: nothing is counted.")
    whole = rows[rows["category"] == "any"].iloc[0]
    n = int(whole["n_included"])
    lanes = []
    for row in rows.to_dict("records"):
        later = f", {int(row['n_later'])} later" if row["n_later"] else ""
        beside = f"{_events(row)}{later}; {_sure(row, 'related', 'related')}"
        name = "any of them" if row["category"] == "any" else parts.words(row["category"], 40)
        lanes.append((f"<b>{name.capitalize()}</b>", beside, row))
    said = f"{int(whole['n_patients'])} of {counted(n, 'patient', 'patients')} had an event of "
    said += f"special interest by day {int(whole['to_day'])}, related or not"
    return _dots(said, lanes, "n_patients", f"Of {counted(n, 'patient', 'patients')} included")


@charts.kept
def infusional(rows: pd.DataFrame) -> go.Figure:
    """After how many infusions an event began within the hours of protocol.toml."""
    if rows["hours"].isna().all():
        return charts.blank(
            "protocol.toml sets no hours after an infusion: no event is called infusional."
        )
    units = rows.set_index("unit")
    patients, whole = units.loc["patients"], units.loc["all infusions"]
    if not whole["n_given"]:
        return charts.blank("No infusion has been given yet.")
    lanes = []
    for row in rows.to_dict("records"):
        n_by_day = int(row["n_with"] - row["n_with_by_time"])
        beside = f"{int(row['n_with'])} with those by the day; " if n_by_day else ""
        beside += _events(row)
        if row["n_day_only"]:
            beside += f", {int(row['n_day_only'])} by the day only"
        beside += f"; {_sure(row, 'severe', 'of grade 3 or more')}"
        beside += f", {_sure(row, 'serious', 'serious')}"
        name = parts.words(row["unit"]).capitalize()
        lanes.append((f"<b>{name}</b>", beside, row | {"n_patients_unknown": n_by_day}))
    said = f"Within {whole['hours']:g}\xa0h, an infusional event began after {_by_time(whole)} of "
    said += f"{counted(int(whole['n_given']), 'infusion', 'infusions')}, in {_by_time(patients)} "
    said += f"of {counted(int(patients['n_given']), 'patient', 'patients')}"
    return _dots(
        said,
        lanes,
        "n_with_by_time",
        "Of the infusions given, or the patients treated",
        "n_given",
        "By the day only: no time of day, so it may have begun before the infusion. "
        if whole["n_day_only"]
        else "",
        "those by the day only count, too",
    )


# Days on the axis of the clocks at least: the line of the cut, up to 15 days before
# the last day to report, then stands right of the words.
LEAST_DAYS = timedelta(days=90)


@charts.kept
def clocks(rows: pd.DataFrame, cut_on: date | str) -> go.Figure:
    """SUSARs, and what may be one: from day 0 to the day they are due, and the report."""
    drawn = rows[rows["clock"] != "sae"]
    of_sponsor = _to_sponsor(rows)
    if drawn.empty:
        none = "No SUSAR is on record, and no event that may be one."
        return charts.blank(" ".join(filter(None, [none, of_sponsor])))
    cut = pd.Timestamp(cut_on).date()
    lanes = drawn.to_dict("records")
    marks: dict[str, tuple[list[str], list[float], list[str]]] = {}
    lines: dict[bool, tuple[list[Any], list[Any]]] = {True: ([], []), False: ([], [])}
    notes, days, is_in_part = [], [cut], False
    for lane, row in enumerate(lanes):
        known = {
            name: [when for each in between if (when := parts.date_of(row[each]))]
            for name, between in CLOCK_DAYS.items()
        }
        for name, between in known.items():
            for when in dict.fromkeys(between):
                days.append(when)
                x, y, words = marks.setdefault(name, ([], [], []))
                x.append(day(when))
                y.append(lane)
                words.append(f"{parts.words(row['usubjid'])}<br>{name}: {_between(*between)}")
        is_in_part |= any(len(set(between)) > 1 for between in known.values())
        if known["day 0"] and known["due"]:
            x, y = lines[bool(row["is_certain"])]
            x += [day(known["day 0"][0]), day(known["due"][-1]), None]
            y += [lane, lane, None]
        head = f"<b>{parts.who(row['usubjid'], 24)}, {parts.words(row['term'], 40)}</b>"
        why = "" if pd.isna(row["why"]) else f" ({text(row['why'], 90, 90)})"
        said = f"{head}: {_clock(row)}<br>{_standing(row)}{why}"
        notes.append(parts.over(lane, [said], lift=9))
    end = max(days)
    start = min(*days, end - LEAST_DAYS)
    room = max(timedelta(days=3), (end - start) * 0.04)
    shapes = {
        "day 0": {"symbol": "circle", "color": charts.OBSERVED},
        "due": {"symbol": "line-ns-open", "color": charts.ALERT},
        "reported": {"symbol": "square", "color": charts.GREEN},
    }
    traces = [
        parts.line(*lines[True], charts.OBSERVED, 4, "solid"),
        parts.line(*lines[False], charts.UNCERTAIN, 4, "dot"),
    ]
    traces += [
        {
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "x": marks[name][0],
            "y": marks[name][1],
            "marker": shape | {"size": 13, "line": {"width": 3, "color": shape["color"]}},
            "hovertext": marks[name][2],
            "hovertemplate": "%{hovertext}<extra></extra>",
            "showlegend": True,
        }
        for name, shape in shapes.items()
        if name in marks
    ]
    pitch = 66
    height = pitch * len(lanes) + 10
    cut_note = parts.note(f"cut {day(cut)}", **parts.at(cut), xanchor="right", y=1, yref="paper")
    return drawing(
        _due(drawn).rstrip("."),
        traces,
        {
            "xaxis": parts.time_axis(start - room, end + room, nticks=4) | {"type": "date"},
            "yaxis": parts.unnamed_lanes(len(lanes), [len(lanes) - 0.7, -0.85]),
            "shapes": [parts.upright(cut, "solid", charts.INK)],
            "annotations": [*notes, cut_note],
            "showlegend": True,
            "legend": {"orientation": "h", "x": 0, "y": -44 / height, "yanchor": "top"},
        },
        subtitle=f"{of_sponsor}<br>From day 0, when the sponsor became aware, to the last day to "
        "report. Dotted: it is not known whether the event is a SUSAR."
        + (
            " Two marks of a kind: the first and the last day that it can be." if is_in_part else ""
        ),
        height=height,
        margin={"t": 44, "b": 76},
    )


@charts.kept
def boundary(
    bounds: pd.DataFrame, rule: pd.Series, patients: pd.DataFrame, is_of_a_group: bool = False
) -> go.Figure:
    """The events that stop the trial, after each patient, and the course of this trial.

    That it is of all groups is said if the rest of the page is of one.
    """
    n_max, n = int(rule["n_max"]), int(rule["n_evaluable"])
    looks = bounds[bounds["stop_at"].notna()]
    n_open = int(rule["n_pending"] + rule["n_unknown"])
    seen = bounds[bounds["n"] <= n]
    top = int(max([rule["n_events"] + n_open, *looks["stop_at"], 3])) + 2
    bars = {
        "type": "bar",
        "name": "stop",
        "x": looks["n"].tolist(),
        "y": [top - float(each) + 0.5 for each in looks["stop_at"]],
        "base": [float(each) - 0.5 for each in looks["stop_at"]],
        "width": 1,
        "marker": {
            "color": charts.PAPER,
            "line": {"width": 0},
            "pattern": {"shape": "/", "fgcolor": charts.ALERT, "bgcolor": "#FBEDE4", "size": 9}
            | {"solidity": 0.12},
        },
        "hovertext": [
            f"stop at {b} events in {k}" for k, b in zip(looks["n"], looks["stop_at"], strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "showlegend": True,
    }
    path = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "this trial",
        "x": [0, *seen["n"]],
        "y": [0, *(int(each) for each in seen["n_events"])],
        "line": {"color": charts.OBSERVED, "width": 3, "shape": "hv"},
        "marker": {"size": [1, *[9] * len(seen)], "opacity": 1, "color": charts.OBSERVED},
        "hovertemplate": "%{y} events in %{x} evaluable patients<extra></extra>",
        "showlegend": True,
    }
    traces = [bars, path]
    if n_open:
        ahead = list(range(1, n_open + 1))
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": f"if all {n_open} pending or unknown had it"
                if n_open > 1
                else "if it had it",
                "x": [n, *(n + each for each in ahead)],
                "y": [int(rule["n_events"]) + each for each in (0, *ahead)],
                "line": {"color": charts.UNCERTAIN, "width": 2, "dash": "dot"},
                "marker": {"symbol": "circle-open", "size": 9, "color": charts.UNCERTAIN},
                "hovertemplate": "at most %{y} events in %{x} patients<extra></extra>",
                "showlegend": True,
            }
        )
    said = _stands(rule.to_dict(), ALL_GROUPS if is_of_a_group else "").rstrip(".")
    return drawing(
        said,
        traces,
        {
            "barmode": "overlay",
            "xaxis": {"range": [-0.4, max(n_max, n + n_open) + 0.6], "dtick": parts.step(n_max)}
            | {"title": {"text": "Evaluable patients", "standoff": 6}},
            "yaxis": {"range": [-0.4, top], "dtick": parts.step(top)}
            | {
                "title": {"text": f"Patients with: {parts.words(rule['event'], 40)}", "standoff": 8}
            },
            "showlegend": True,
            "legend": {"orientation": "h", "x": 0, "y": -56 / 340, "yanchor": "top"},
        },
        subtitle=f"{_design(rule)}<br>{_pending(rule, patients)} {_next(rule)}",
        height=340,
        margin={"l": 62, "b": 100},
    )


@charts.kept
def in_full(registry: pd.DataFrame) -> str:
    """What the short names of the counts stand for."""
    named = [f"{row['code']}: {row['label']}" for row in charts.records(registry)]
    return "; ".join(named) + ". Events; +n?: of n it is not known."


@charts.kept
def reached(bounds: pd.DataFrame) -> pd.DataFrame:
    """The looks with whether the boundary was reached at each, in words; of those to come, none."""
    said = charts.in_words(bounds)["is_crossed"]
    return bounds.assign(reached=said.where(bounds["n_events"].notna(), None))


@charts.kept
def in_percent(odds: pd.DataFrame) -> pd.DataFrame:
    """The operating characteristics with their probabilities, 0 to 1, as percentages."""
    return odds.assign(rate=100 * odds["rate"], p_stop=100 * odds["p_stop"])


@charts.kept
def characteristics(rows: pd.DataFrame, rule: pd.Series) -> go.Figure:
    """How likely the rule is to stop the trial, by the true rate."""
    at = rows[rows["is_p0"]].iloc[0]
    curve = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "probability of stopping",
        "x": (100 * rows["rate"]).tolist(),
        "y": (100 * rows["p_stop"]).tolist(),
        "line": {"color": charts.OBSERVED, "width": 3},
        "marker": {"size": 8, "color": charts.OBSERVED},
        "customdata": rows[["expected_events", "expected_n"]].round(1).values.tolist(),
        "hovertemplate": "true rate %{x:.0f} %: stops with %{y:.1f} %<br>"
        "%{customdata[0]} events and %{customdata[1]} patients expected<extra></extra>",
    }
    p0 = 100 * float(rule["p0"])
    guide = {"color": charts.PLANNED, "width": 1.5, "dash": "dash"}
    return drawing(
        f"At the acceptable rate of {p0:.0f}\xa0%, the rule stops the trial with a probability of "
        f"{100 * at['p_stop']:.1f}\xa0%",
        [curve],
        {
            "xaxis": {"range": [0, 100], "ticksuffix": " %"}
            | {"title": {"text": "True rate of the event", "standoff": 6}},
            "yaxis": {"range": [0, 104], "ticksuffix": " %"}
            | {"title": {"text": "Probability of ever stopping", "standoff": 8}},
            "shapes": [
                {
                    "type": "line",
                    "x0": p0,
                    "x1": p0,
                    "y0": 0,
                    "y1": 1,
                    "yref": "paper",
                    "line": guide,
                }
            ],
            "annotations": [
                parts.note(
                    f"acceptable: {p0:.0f} %", x=p0, xanchor="left", xshift=4, y=0.9, yref="paper"
                )
            ],
        },
        subtitle=f"Rule “{parts.words(rule['rule'], 60)}”, up to {int(rule['n_max'])} patients.",
        height=280,
        margin={"l": 74, "b": 62},
    )


def _dots(
    title: str,
    lanes: list[tuple[str, str, dict[str, Any]]],
    column: str,
    axis_title: str,
    of: str = "n_included",
    note: str = "",
    if_more: str = "those count of whom it is not known",
) -> go.Figure:
    """A dot with its interval per lane; open: what it is if more count than are known to."""
    pitch = 54
    traces, notes, x_open, y_open, said_open = [], [], [], [], []
    x: list[Any] = []
    y: list[Any] = []
    for lane, (label, beside, row) in enumerate(lanes):
        n_all, n = int(row[of]), int(row[column])
        low, high = parts.number(row["ci_low"]), parts.number(row["ci_high"])
        x += [low, high, None]
        y += [lane, lane, None]
        share = f"{n} of {n_all}, {percent(row['pct'])} ({interval(low, high)})"
        notes.append(parts.over(lane, [f"{label}: {share}; {beside}"], lift=8))
        maybe = int(row.get("n_patients_unknown") or 0)
        if maybe and n_all:
            x_open.append(100 * (n + maybe) / n_all)
            y_open.append(lane)
            said_open.append(f"{n + maybe} of {n_all}, if {if_more}")
    traces.append(parts.line(x, y, charts.OBSERVED, 3, "solid"))
    kinds = (
        ("certain", [parts.number(row["pct"]) for *_, row in lanes], list(range(len(lanes))), None),
        (f"if {if_more}", x_open, y_open, said_open),
    )
    for name, places, rows, words in kinds:
        if not places:
            continue
        is_open = words is not None
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": name,
                "x": places,
                "y": rows,
                "marker": {
                    "size": 13,
                    "symbol": "circle-open" if is_open else "circle",
                    "color": charts.UNCERTAIN if is_open else charts.OBSERVED,
                    "line": {"width": 3, "color": charts.UNCERTAIN if is_open else charts.OBSERVED},
                },
                "hovertext": words or [html.unescape(label) for label, *_ in lanes],
                "hovertemplate": "%{hovertext}<extra></extra>",
            }
        )
    return drawing(
        title,
        traces,
        {
            "xaxis": {"range": [-2, 102], "ticksuffix": " %"}
            | {"title": {"text": axis_title, "standoff": 6}},
            "yaxis": parts.unnamed_lanes(len(lanes), [len(lanes) - 0.6, -0.75]),
            "annotations": notes,
        },
        subtitle=note
        + "Lines: exact (Clopper-Pearson) 95\xa0% interval."
        + (f" Open: if {if_more}." if x_open else ""),
        height=pitch * len(lanes),
        margin={"b": 62},
    )


def _by_time(row: pd.Series) -> str:
    """4, or 4 to 15 if some were placed by the day alone."""
    sure, all_ = int(row["n_with_by_time"]), int(row["n_with"])
    return str(all_) if sure == all_ else f"{sure} to {all_}"


def _events(row: dict[str, Any]) -> str:
    said = counted(int(row["n_events"]), "event", "events")
    if row.get("n_before"):
        said += f", {int(row['n_before'])} begun before any infusion"
    return said + (f", {int(row['n_unknown'])} unknown" if row["n_unknown"] else "")


def _sure(row: dict[str, Any], what: str, words: str) -> str:
    """How many of the events are that, and of how many it is not known: 0 related (1 not known)."""
    unknown = row[f"n_{what}_unknown"]
    return f"{int(row[f'n_{what}'])} {words}" + (f" ({int(unknown)} not known)" if unknown else "")


def _due(rows: pd.DataFrame) -> str:
    """What is late, what is pending, and what may be, of the SUSARs."""
    susars = rows[rows["clock"] != "sae"]
    sure, maybe = susars[susars["is_certain"]], susars[~susars["is_certain"].astype(bool)]
    late, pending = sure[sure["status"] == "late"], sure[sure["status"] == "pending"]
    said = []
    if len(late):
        said.append(f"{counted(len(late), 'SUSAR is', 'SUSARs are')} late" + _by_days(late))
    if len(pending):
        left = int(pending["days_left"].min())
        said.append(
            counted(
                len(pending), "SUSAR is to be reported ", "SUSARs are to be reported, the first "
            )
            + ("today" if left == 0 else f"within {counted(left, 'day', 'days')}")
        )
    unaware = sure[sure["status"] == "awareness not recorded"]
    if len(unaware):
        said.append(f"of {len(unaware)} the day of awareness is not recorded")
    open_ones = maybe[maybe["status"].isin(NEEDS_ACTION)]
    if len(open_ones):
        one, more = "event may be an unreported SUSAR", "events may be unreported SUSARs"
        said.append(counted(len(open_ones), one, more) + _overdue(open_ones))
    if not said:
        return "No SUSAR is waiting for its report."
    words = "; ".join(said)
    return words[0].upper() + words[1:] + "."


def _to_sponsor(rows: pd.DataFrame) -> str:
    """How the clocks from the investigator to the sponsor stand, which are not drawn."""
    saes = rows[rows["clock"] == "sae"]
    if saes.empty:
        return ""
    stand = [f"{n} {text(status)}" for status, n in saes["status"].value_counts().items()]
    told = "whether the sponsor was told in time: " + ", ".join(stand)
    n_sure = int(saes["is_certain"].sum())
    maybe = f" and {len(saes) - n_sure} that may be" if n_sure < len(saes) else ""
    return f"Of {counted(n_sure, 'serious event', 'serious events')}{maybe}, {told}."


def _overdue(rows: pd.DataFrame) -> str:
    """How many of them are past their day, as the end of a sentence about all of them."""
    late = rows[rows["status"] == "late"]
    if late.empty:
        return ""
    whose = "its" if len(late) == 1 else "their"
    which = {1: "", 2: "both "}.get(len(late), "all ")
    if len(late) < len(rows):
        which = f"{len(late)} of them "
    return f", {which}past {whose} day{_by_days(late)}"


def _by_days(late: pd.DataFrame) -> str:
    most = int(late["days_late"].max())
    return f" by {'up to ' if len(late) > 1 else ''}{counted(most, 'day', 'days')}"


def _between(first: Any, last: Any) -> str:
    return day(first) if first == last else f"{day(first)} to {day(last)}"


def _clock(row: dict[str, Any]) -> str:
    """What the event is, or may be, and how long there is to report that."""
    said = ("" if row["is_certain"] else "may be a ") + SUSARS[row["clock"]]
    if pd.isna(row["due_days"]):
        return said
    return f"{said}: {counted(int(row['due_days']), 'day', 'days')}"


def _standing(row: dict[str, Any]) -> str:
    if row["status"] not in ("late", "pending", "reported late", "in time"):
        return text(row["status"])
    due = f"due {_between(row['due_on'], row['due_to'])}"
    if row["status"] == "pending":
        return f"{due}, {counted(int(row['days_left']), 'day', 'days')} left"
    if row["status"] == "in time":
        return f"reported in time, on {text(row['reported_dtc'])}, {due}"
    least = "at least " if row["due_on"] != row["due_to"] else ""
    late = least + counted(int(row["days_late"]), "day", "days")
    if row["status"] == "late":
        return f"<b>late by {late}</b>, {due}"
    return f"reported {late} late, on {text(row['reported_dtc'])}, {due}"


def _stands(rule: dict[str, Any], whose: str = "") -> str:
    name = f"Rule “{parts.words(rule['rule'], 50)}”{whose}"
    so_far = f"{int(rule['n_events'])} in {int(rule['n_evaluable'])} evaluable patients"
    if pd.notna(rule["stop_at"]) and rule["n_events"] >= rule["stop_at"]:
        return f"{name}: the boundary is reached, {so_far}, and {int(rule['stop_at'])} stop."
    if pd.notna(rule["crossed_at"]):
        return f"{name}: {so_far}; the boundary was reached at {int(rule['crossed_at'])} patients."
    if pd.isna(rule["stop_at"]):
        return f"{name}: {so_far}; no number can stop the trial yet."
    return f"{name}: {so_far}; {int(rule['stop_at'])} would stop the trial."


def _design(rule: pd.Series) -> str:
    by = "" if pd.isna(rule["within_days"]) else f" by day {int(rule['within_days'])}"
    return (
        f"{text(rule['type']).capitalize()}, {parts.words(rule['event'], 40)}{by}: acceptable rate "
        f"{100 * rule['p0']:.0f}\xa0%, at most {100 * rule['alpha']:.0f}\xa0% to stop at it."
    )


def _pending(rule: pd.Series, patients: pd.DataFrame) -> str:
    n_pending, n_unknown = int(rule["n_pending"]), int(rule["n_unknown"])
    words = (
        f"{counted(n_pending, 'patient is', 'patients are') if n_pending else 'Nobody is'} pending"
    )
    waiting = patients[patients["standing"] == "pending"]["limit_on"].dropna()
    if len(waiting):
        words += f"{', the next' if n_pending > 1 else ''} until {day(waiting.min())}"
    unknown = counted(n_unknown, "patient", "patients")
    return words + (f"; of {unknown} it is not known." if n_unknown else ".")


def _next(rule: pd.Series) -> str:
    if pd.isna(rule["would_stop"]):
        return "There is no further look."
    if rule["would_stop"]:
        return "One more event in the next patient stops the trial."
    if pd.isna(rule["n_more_to_stop"]):
        return "One more event does not stop the trial, nor would one in every patient left."
    n = int(rule["n_more_to_stop"])
    if n == 0:
        return "The boundary is reached."
    return f"One more event does not stop the trial: it takes one in each of the next {n} patients."
