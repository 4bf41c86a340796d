"""Who came in: against the plan, step by step through screening, and everybody on a lane."""

import itertools
import math
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd
import plotly.graph_objects as go

import charts
from charts import counted, day, drawing, interval, ordinal, parts, percent, text

IN_TRIAL = {"in screening", "on treatment", "in follow-up"}  # those who have not left

# Further than this after the window and the cut the figure shows no time to come, and further
# than this before the window no time that has passed.
MONTHS_AHEAD = 18

# People in one figure, on a page and on a shared screen: more are on the next, as nobody can read a
# hundred lanes at once.
PAGE, SLIDE = 60, 12

OF_ALL = "All groups: a person is in none before inclusion."

PLAN_HEIGHT = 360  # px, of the plot of against_plan


@charts.kept
def sentence(
    cumulative: pd.DataFrame,
    forecast: pd.DataFrame,
    *,
    counts: str = "included",
    cohort: str | None = None,
) -> str:
    """The answer of the page: people against the plan, and when the last one is expected."""
    if cumulative.empty:
        return "Nothing is known of recruitment."
    course = _Course(cumulative, counts)
    of_group = f" in group {parts.words(cohort)}" if cohort else ""
    return " ".join([_finding(course, forecast, of_group) + ".", *_expected(course, forecast)[:1]])


@charts.kept
def moved(
    cumulative: pd.DataFrame,
    forecast: pd.DataFrame,
    earlier: pd.DataFrame,
    forecast_then: pd.DataFrame,
    *,
    counts: str = "included",
    cohort: str | None = None,
) -> str:
    """Whether the answer of the page is another than that of an earlier cut, and which that was."""
    if cumulative.empty or earlier.empty:
        return ""
    now, then = _Course(cumulative, counts), _Course(earlier, counts)
    of_group = f" in group {parts.words(cohort)}" if cohort else ""
    both = ((now, forecast), (then, forecast_then))
    day_now, day_then = (_expected_on(*each) for each in both)
    pace_now, pace_then = (_finding(*each, "").partition(": ")[2] for each in both)
    if (now.n_counted, pace_now, day_now) == (then.n_counted, pace_then, day_then):
        return f"That has not moved since {day(then.cut)}."
    # Where nobody comes in, the days that pass move the forecast alone.
    alone = now.n_counted == then.n_counted and now.cut > then.cut
    why = ", as time has passed and nobody has come in" if alone else ""
    said = f"That has moved{why}. Before: {_finding(then, forecast_then, of_group)}"
    if day_then is not None:
        said += f", and the {ordinal(then.target)} was expected by {day(day_then)}"
    if day_then is not None and day_now is not None:
        later = (day_now - day_then).days
        days = f"{counted(abs(later), 'day', 'days')} {'later' if later > 0 else 'earlier'}"
        said += f"; now it is {days}" if later else ", as now"
    return said + "."


def _expected_on(course: "_Course", forecast: pd.DataFrame) -> date | None:
    """The day by which the last one is expected; None without one to expect."""
    if course.target is None or not course.is_open:
        return None
    return _completion(forecast).get("p50")


def known_days(summary: Mapping[str, Any]) -> int | None:
    """The days since the last one came in, where no other can have come in later."""
    days = summary.get("days_since_last")
    return None if pd.isna(days) or days != summary["days_since_last_at_least"] else days


def nobody(cohort: str | None = None) -> str:
    """What stands in the place of people where there are none."""
    of_group = f"been assigned to group {parts.words(cohort)}" if cohort else "been screened"
    return f"Nobody has {of_group} yet."


def since(days: int | None, at_least: int | None) -> str | None:
    """The time without a patient, in months once days are no longer easy to read.

    With `at_least` below `days` it is not known: somebody came in on a day that is not.
    """
    if pd.isna(days):
        return None
    said = counted(int(days), "day", "days") if days < 61 else f"{days / 30.4375:.1f} months"
    return said if at_least == days else f"≤ {said}"


@charts.kept
def against_plan(
    cumulative: pd.DataFrame,
    fan: pd.DataFrame,
    forecast: pd.DataFrame,
    *,
    counts: str = "included",
) -> go.Figure:
    """Everybody who came in, beside the even pace of the plan and the days to come.

    `counts` is the word for what the target counts. Rows without a plan, those of one group, get
    neither target nor forecast.
    """
    if cumulative.empty:
        return charts.blank("Nobody has been included yet.")
    course = _Course(cumulative, counts)
    completion = _completion(forecast) if course.is_open else {}
    start, end, beyond = _axis(course, completion)
    top = max(course.target or 0, course.n_counted, 1)

    traces = _fan(course, fan, completion, end) + _plan(course) + _people(course, start)
    notes = [*_cut_and_window(course, start, end)]
    shapes = [parts.upright(course.cut, "solid", charts.INK)]
    if course.ends_on is not None:
        shapes.append(parts.upright(course.ends_on, "dash", charts.PLANNED))
    if course.target:
        shapes.append(_target_line(course.target))
        notes.append(
            parts.note(
                f"target: {course.target}",
                x=0,
                xref="paper",
                xanchor="left",
                y=course.target,
                yshift=9,
            )
        )
    if completion:
        traces += _completion_bar(course, completion, end)
        notes.append(_completion_note(course, completion, beyond))
    return drawing(
        _finding(course, forecast, ""),
        traces,
        {
            "xaxis": parts.time_axis(start, end),
            "yaxis": {
                "range": [0, top * 1.2],
                "dtick": parts.step(top),
                "title": {"text": f"People {course.counts}, to date", "standoff": 8},
            },
            "annotations": notes,
            "shapes": shapes,
            "showlegend": True,
            "legend": {"orientation": "h", "traceorder": "reversed", "yanchor": "top"}
            | {"x": 0, "y": -32 / PLAN_HEIGHT},
        },
        subtitle="<br>".join(
            [*_expected(course, forecast), *_last_one(course), *_misdated(course)]
        ),
        height=PLAN_HEIGHT,
        # The legend needs three lines in the narrowest figure.
        margin={"t": 58, "l": 62, "b": 40 + 3 * 23},
    )


@charts.kept
def screening(funnel: pd.DataFrame) -> go.Figure:
    """How many of the people screened came how far, and how many were lost on the way."""
    if funnel.empty or not funnel["n_screened"].max() > 0:
        return charts.blank("Nobody has been screened yet.")
    n_screened = int(funnel["n_screened"].max())
    steps = funnel.sort_values("place").to_dict("records")
    traces, notes = [], []
    for lane, row in enumerate(steps):
        n, waiting = int(row["n"]), int(row["n_waiting"])
        gone = int(row["n_lost"]) - waiting
        step = text(row["step"])
        of_all = f"{n} of {n_screened}, {percent(row['pct'])} ({_limits(row)})"
        lines = [f"<b>{step.capitalize()}</b>: {of_all if lane else n}"]
        if gone or waiting:
            lines.append(
                f"{gone} did not come this far" + (f", {waiting} not decided yet" * bool(waiting))
            )
        notes.append(parts.over(lane, lines, lift=17))
        pieces = [
            (step, n, charts.OBSERVED, ""),
            (f"not decided yet: {step}", waiting, charts.FORECAST, "."),
            (f"lost before: {step}", gone, charts.GREY, "/"),
        ]
        for name, width, color, pattern in pieces:
            if width:
                traces.append(_bar(lane, width, name, color, pattern))
    by_step = {row["step"]: int(row["n"]) for row in steps}
    included, treated = by_step.get("included"), by_step.get("treated")
    found = f"{included or 'None'} of {counted(n_screened, 'person', 'people')} screened "
    found += "were included" if included and included > 1 else "was included"
    found += f" and {treated} treated" if included else ""
    waiting = int(funnel["n_waiting"].sum())
    if waiting:
        found += f"; {waiting} {'is' if waiting == 1 else 'are'} not decided yet"
    return drawing(
        found,
        traces,
        _lanes(len(steps), 92, 62) | {"barmode": "stack", "bargap": 0.62, "annotations": notes},
        subtitle=f"{OF_ALL} Hatched: did not come this far. Dotted: not decided yet. "
        "In brackets: exact (Clopper-Pearson) 95\xa0% interval.",
        height=92 * len(steps),
    )


@charts.kept
def screen_failures(rows: pd.DataFrame) -> go.Figure:
    """Why people failed screening, the most frequent reason on top."""
    if rows.empty:
        return charts.blank("Nobody has failed screening.")
    ordered = rows.sort_values("n_people", ascending=False, kind="stable").to_dict("records")
    n_failed = int(ordered[0]["n_screen_failed"])
    n_lines = max(text(row["reason"], width=56).count("<br>") + 1 for row in ordered)
    pitch = 54 + charts.BODY_LINE * n_lines
    traces, notes = [], []
    marks = {"INCLUSION": "square", "EXCLUSION": "circle"}
    kinds = {"INCLUSION": "inclusion criterion not met", "EXCLUSION": "exclusion criterion met"}
    for lane, row in enumerate(ordered):
        n = int(row["n_people"])
        category = None if pd.isna(row["category"]) else str(row["category"])
        label = text(row["reason"], width=56).split("<br>")
        kind = kinds.get(category, "criterion not recorded")
        of_all = f"{n} of {n_failed}, {percent(row['pct'])} ({_limits(row)})"
        notes.append(parts.over(lane, [*(f"<b>{line}</b>" for line in label), f"{of_all}; {kind}"]))
        low, high = parts.number(row["ci_low"]), parts.number(row["ci_high"])
        if low is not None and high is not None:
            traces.append(parts.line([low, high], [lane, lane], charts.OBSERVED, 3, "solid"))
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [parts.number(row["pct"])],
                "y": [lane],
                "marker": {
                    "size": 14,
                    "color": charts.OBSERVED,
                    "symbol": marks.get(category, "diamond-open"),
                    "line": {"color": charts.OBSERVED, "width": 2},
                },
                "hovertext": [f"{text(row['reason'], 60, None)}<br>{of_all}"],
                "hovertemplate": "%{hovertext}<extra></extra>",
            }
        )
    axis = {
        "range": [-2, 102],
        "tickvals": [0, 25, 50, 75, 100],
        "ticksuffix": " %",
        "title": {"text": f"Of {n_failed} who failed screening", "standoff": 6},
    }
    return drawing(
        _failures_found(ordered, n_failed),
        traces,
        _lanes(len(ordered), pitch, pitch - 16) | {"xaxis": axis, "annotations": notes},
        subtitle=f"{OF_ALL} Lines: exact (Clopper-Pearson) 95\xa0% interval. One person can have "
        "several reasons.",
        height=pitch * len(ordered),
        margin={"b": 62, "r": 32},
    )


@charts.kept
def groups(rows: pd.DataFrame) -> go.Figure:
    """Who came into which group: a mark per patient, or a dot where there are many."""
    n_all = int(rows["n_included"].sum())
    if not n_all:
        others = rows["n_included_all"].max()
        if others > 0:
            code = parts.words(rows["code"].iloc[0])
            return charts.blank(f"Nobody has been included in group {code}; {others} in others.")
        return charts.blank("Nobody has been included yet.")
    of_all = int(rows["n_included_all"].max())
    marks = _group_marks(rows["code"])
    traces, notes = [], []
    for lane, row in enumerate(rows.to_dict("records")):
        n, n_treated = int(row["n_included"]), int(row["n_treated"])
        mark, code = marks[row["code"]], text(row["code"], 20, 20)
        label = "not in protocol.toml" if pd.isna(row["label"]) else text(row["label"], 46, 46)
        share = f"{n} of {of_all}, {percent(row['pct'])} ({_limits(row)}); {n_treated} treated"
        label = label.replace("<br>", " ")
        notes.append(parts.over(lane, [f"<b>{code}</b>: {label}", share]))
        hover = f"{text(row['code'], 60, None)}: {text(row['label'], 60, None)}<br>{share}"
        if n_all <= 40:
            spots = [(place, place <= n_treated) for place in range(1, n + 1)]
        else:
            spots = [(n, False)] * (n != n_treated) + [(n_treated, True)]
            traces.append(parts.line([0, n], [lane, lane], mark.color, 3, "solid"))
        for is_treated in (True, False):
            x = [place for place, treated in spots if treated is is_treated]
            if x:
                traces.append(_spots(x, lane, mark, is_treated, hover))
    top = 41 if 20 < n_all <= 40 else 21 if n_all <= 20 else int(rows["n_included"].max() * 1.08)
    if n_all <= 40:
        drawn = "Each mark is a patient: filled if treated, open if not yet."
    else:
        drawn = "Filled: people treated. Open: people included, where that is more."
    return drawing(
        _groups_found(rows, of_all),
        traces,
        _lanes(len(rows), 92, 58)
        | {
            "xaxis": {
                "range": [0, top],
                "dtick": parts.step(top),
                "title": {"text": "People included", "standoff": 6},
            },
            "annotations": notes,
        },
        subtitle=f"{drawn} In brackets: exact (Clopper-Pearson) 95\xa0% interval.",
        height=92 * len(rows),
        margin={"b": 62},
    )


@charts.kept
def people(
    rows: pd.DataFrame,
    cut_on: date | str,
    here: range | None = None,
    *,
    cohort: str | None = None,
) -> go.Figure:
    """Everybody screened, a lane each: from consent to where the person stood at the cut.

    `here` are those of this figure by their place, if not all; all figures have one axis of time.
    """
    if rows.empty:
        return charts.blank(nobody(cohort))
    cut = pd.Timestamp(cut_on).date()
    everybody = [_Lane(row, cut) for row in rows.to_dict("records")]
    known = [when for each in everybody for when in each.days() if when <= cut]
    start, end = _lane_axis(known, cut)
    here = here or range(len(rows))
    courses = everybody[here.start : here.stop]
    which = f"Here: {here.start + 1} to {here.stop} of {len(rows)}, in the order of inclusion. "
    ids = [each.label() for each in courses]
    pitch = 22
    lanes = parts.lanes(ids, pitch)
    is_tall = len(courses) > 30
    return drawing(
        _people_found(rows),
        _lane_traces(courses, start, end),
        {
            "xaxis": parts.time_axis(start, end, nticks=4) | ({"side": "top"} if is_tall else {}),
            "yaxis": lanes,
            "yaxis2": lanes
            | {"ticktext": [each.outcome() for each in courses], "overlaying": "y"}
            | {"side": "right"},
            "shapes": [parts.upright(cut, "solid", charts.INK)],
            "annotations": [
                parts.note(
                    f"cut {day(cut)}",
                    **parts.at(cut),
                    xanchor="right",
                    y=1,
                    yref="paper",
                    yshift=26 if is_tall else 0,
                )
            ],
        },
        subtitle=(which if len(courses) < len(rows) else "")
        + "│ consent, ○ inclusion, ▲ first infusion; thick: in the trial. Dotted: some day "
        "in between, as recorded. Right: where they stand.",
        height=pitch * len(courses) + 8,
        margin={
            "t": 60 if is_tall else 32,
            "b": 28 if is_tall else 36,
            "l": parts.beside(ids),
            "r": 176,
        },
    )


class _Course:
    """What the rows of cumulative.sql say about the cut, the target and the window."""

    def __init__(self, cumulative: pd.DataFrame, counts: str) -> None:
        self.rows = cumulative.sort_values("as_of")
        self.counts = counts
        seen = self.rows[self.rows["n_counted_to_date"].notna()]
        self.seen = seen
        self.window = self.rows[self.rows["is_in_window"]]
        self.starts_on = self.window["as_of"].iloc[0].date()
        self.cut = seen["as_of"].iloc[-1].date()
        self.n = int(seen["n_counted_to_date"].iloc[-1])
        self.n_counted = int(seen["n_counted_at_most"].iloc[-1])
        self.n_undated = int(seen["n_counted_undated"].iloc[-1])
        planned = self.rows["n_planned_to_date"].dropna()
        self.target = round(planned.max()) if len(planned) else None
        self.ends_on = self.window["as_of"].iloc[-1].date() if self.target else None
        self.n_planned = float(seen["n_planned_to_date"].iloc[-1]) if self.target else None

    @property
    def is_open(self) -> bool:
        """Whether somebody is still to come."""
        return self.target is not None and self.n_counted < self.target

    def came_on(self) -> list[tuple[int, date, bool]]:
        """The place of everybody who has certainly come, by which day, and whether on that day."""
        found, before, before_at_most = [], 0, 0
        for row in self.seen.itertuples():
            n, at_most = int(row.n_counted_to_date), int(row.n_counted_at_most)
            n_exact = min(n - before, at_most - before_at_most)
            for place in range(before + 1, n + 1):
                found.append((place, row.as_of.date(), place <= before + n_exact))
            before, before_at_most = n, at_most
        return found


def _finding(course: _Course, forecast: pd.DataFrame, of_group: str) -> str:
    n, target, cut = course.n_counted, course.target, day(course.cut)
    if target is None:
        who = "Nobody was" if not n else counted(n, "person was", "people were")
        return f"{who} {course.counts}{of_group} by {cut}"
    if n >= target:
        reached = _completion(forecast).get("p50")
        found = f"{n} of {target} {course.counts}: the target was reached"
        found += f" on {day(reached)}" if reached else f" by {cut}"
        is_late = reached is not None and reached > course.ends_on
        return found + f", after the window ended on {day(course.ends_on)}" * is_late
    who = f"{n or 'None'} of {target} {course.counts} by {cut}"
    if course.cut < course.starts_on:
        return f"{who}: recruitment begins on {day(course.starts_on)}"
    if course.cut >= course.ends_on:
        return f"{who}: {target - n} short, and the window ended on {day(course.ends_on)}"
    ahead = n - course.n_planned
    if abs(ahead) < 0.5:
        return f"{who}: on plan"
    return f"{who}: {math.floor(abs(ahead) + 0.5)} {'ahead of' if ahead > 0 else 'behind'} the plan"


def _expected(course: _Course, forecast: pd.DataFrame) -> list[str]:
    if course.target is None:
        return [
            "The target is for all groups together: a single one has neither plan nor forecast."
        ]
    if not course.is_open:
        return []
    completion = _completion(forecast)
    last = ordinal(course.target)
    if "p50" not in completion:
        return [f"When the {last} will come cannot be forecast."]
    said = f"The {last} is expected by {day(completion['p50'])}"
    if "p10" in completion:
        until = f"to {day(completion['p90'])}" if "p90" in completion else "with no end in sight"
        said += f" (80\xa0% prediction interval: {day(completion['p10'])} {until})"
    chance = forecast["p_target_in_window"].iloc[0]
    if pd.isna(chance) or course.cut >= course.ends_on:
        return [said + "."]
    return [f"{said}; the chance within the window is {percent(100 * chance)}."]


def _last_one(course: _Course) -> list[str]:
    known = [when for _, when, is_exact in course.came_on() if is_exact]
    if not known or not course.is_open:
        return []
    ago = counted((course.cut - known[-1]).days, "day", "days")
    who = "The latest" if len(known) == course.n_counted else "The latest known to the day"
    return [f"{who} came on {day(known[-1])}, {ago} before the cut."]


def _misdated(course: _Course) -> list[str]:
    """Who stands in the figure without a day of their own, or on one that cannot be right."""
    before = [when for _, when, _ in course.came_on() if when < course.starts_on]
    pending = course.n_counted - course.n - course.n_undated
    kinds = [
        (len(before), f"before recruitment began on {day(course.starts_on)}, as recorded"),
        (pending, "on a day that is not known, perhaps after the cut; drawn at the cut"),
        (course.n_undated, "without a date that can be read; drawn at the cut"),
    ]
    return [f"{n} of the {course.n_counted} came {words}." for n, words in kinds if n]


def _completion(forecast: pd.DataFrame) -> dict[str, date]:
    """The days by which the target is reached, by probability; those that are known."""
    if forecast.empty:
        return {}
    row = forecast.iloc[0]
    names = ("p2_5", "p10", "p50", "p90", "p97_5")
    days = {name: row[f"completion_{name}"] for name in names}
    return {name: pd.Timestamp(when).date() for name, when in days.items() if pd.notna(when)}


def _axis(course: _Course, completion: dict[str, date]) -> tuple[date, date, bool]:
    """First and last day of the figure, and whether the forecast goes beyond."""
    last = max(course.cut, course.ends_on or course.cut)
    furthest = (pd.Timestamp(last) + pd.DateOffset(months=MONTHS_AHEAD)).date()
    needed = completion.get("p90", furthest) if completion else last
    end = max(last, min(needed, furthest))
    earliest = (pd.Timestamp(course.starts_on) - pd.DateOffset(months=MONTHS_AHEAD)).date()
    came = [max(when, earliest) for _, when, _ in course.came_on()]
    start = min([course.starts_on, course.cut, *came])
    room = max(timedelta(days=5), (end - start) * 0.03)
    return start - room / 2, end + room, bool(completion) and needed > furthest


def _people(course: _Course, start: date) -> list[dict[str, Any]]:
    came = course.came_on()
    # Many marks are a line of their own; their rims would hide it.
    size, rim = (11, 1) if len(came) <= 40 else (6, 1) if len(came) <= 400 else (4, 0)
    first = min([course.starts_on, course.cut, *(when for _, when, _ in came[:1])])
    x = [day(max(when, start)) for when in (first, *(when for _, when, _ in came), course.cut)]
    y = [0, *(place for place, _, _ in came), course.n]
    line = parts.line(x, y, charts.OBSERVED, 3, "solid")
    line["line"]["shape"] = "hv"
    kinds = [(True, "circle", "", ""), (False, "circle-open", "by ", ", day not known")]
    marks = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": f"{course.counts}, a mark each",
            "x": [day(max(when, start)) for _, when, is_exact in came if is_exact is kind],
            "y": [place for place, _, is_exact in came if is_exact is kind],
            "marker": {
                "color": charts.OBSERVED,
                "size": size,
                "symbol": [
                    symbol if when >= start else "triangle-left"  # beyond the edge of the figure
                    for _, when, is_exact in came
                    if is_exact is kind
                ],
                "line": {
                    "color": charts.PAPER if kind else charts.OBSERVED,
                    "width": rim if kind else 1,
                },
            },
            "hovertext": [
                f"{ordinal(place)} {course.counts}: {before}{day(when)}{after}"
                for place, when, is_exact in came
                if is_exact is kind
            ],
            "hovertemplate": "%{hovertext}<extra></extra>",
            "showlegend": kind and bool(came),
        }
        for kind, symbol, before, after in kinds
    ]
    return [*_uncertain(course, start, size), line, *marks]


def _uncertain(course: _Course, start: date, size: int) -> list[dict[str, Any]]:
    """Between those who had certainly come and those who may have, each day."""
    seen = course.seen
    if not (seen["n_counted_at_most"] > seen["n_counted_to_date"]).any():
        return []
    low, high = ([(day(max(seen["as_of"].iloc[0].date(), start)), 0)] for _ in range(2))
    for row in seen.itertuples():
        when = day(max(row.as_of.date(), start))
        for edge, n in ((low, row.n_counted_to_date), (high, row.n_counted_at_most)):
            edge += [(when, edge[-1][1]), (when, int(n))]
    around = high + low[::-1]
    pending = list(range(course.n + 1, course.n_counted + 1))
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": "date not known to the day",
            "x": [x for x, _ in around],
            "y": [n for _, n in around],
            "fill": "toself",
            "fillpattern": {"shape": "/", "fgcolor": charts.UNCERTAIN, "size": 7},
            "line": {"width": 0},
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "mode": "markers",
            "x": [day(course.cut)] * len(pending),
            "y": pending,
            "marker": {"color": charts.UNCERTAIN, "size": size, "symbol": "circle-open"}
            | {"line": {"width": 2}},
            "hovertext": [f"{course.counts}, on a day not known"] * len(pending),
            "hovertemplate": "%{hovertext}<extra></extra>",
            "showlegend": False,
        },
    ]


def _plan(course: _Course) -> list[dict[str, Any]]:
    if not course.target:
        return []
    x = [course.starts_on, course.ends_on]
    y = [float(course.window["n_planned_to_date"].iloc[0]), course.target]
    line = parts.line([day(each) for each in x], y, charts.PLANNED, 2.5, "dash")
    return [line | {"name": "plan: an even pace", "showlegend": True}]


def _fan(
    course: _Course, fan: pd.DataFrame, completion: dict[str, date], end: date
) -> list[dict[str, Any]]:
    """The prediction intervals, up to the target: recruitment stops there."""
    if not course.is_open or fan.empty or fan["n_p50"].isna().all():
        return []
    # The likelier many people are, the sooner the target: the upper edge ends on the early day.
    ends = {"n_p97_5": "p2_5", "n_p90": "p10", "n_p50": "p50", "n_p10": "p90", "n_p2_5": "p97_5"}
    edges = {}
    for column, name in ends.items():
        values = [
            (as_of.date(), min(int(n), course.target))
            for as_of, n in zip(fan["as_of"], fan[column], strict=True)
            if not pd.isna(n)
        ]
        reached = completion.get(name)
        if reached is not None:
            values = [(when, n) for when, n in values if when < reached and n < course.target]
            values.append((reached, course.target))
        edges[column] = values
    bands = [("n_p2_5", "n_p97_5", 0.22, "95 %"), ("n_p10", "n_p90", 0.45, "80 %")]
    traces = []
    for lower, upper, opacity, label in bands:
        around = edges[upper] + _until(edges[lower], edges[upper], end)[::-1]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": f"forecast, {label} interval",
                "x": [day(when) for when, _ in around],
                "y": [n for _, n in around],
                "fill": "toself",
                "fillcolor": f"rgba(86,180,233,{opacity})",
                "line": {"width": 0},
                "hoverinfo": "skip",
            }
        )
    middle = edges["n_p50"]
    traces.append(
        parts.line(
            [day(when) for when, _ in middle], [n for _, n in middle], charts.OBSERVED, 2, "dot"
        )
        | {
            "name": "forecast, median",
            "hovertemplate": "median forecast: %{y} by %{x|%Y-%m-%d}<extra></extra>",
            "hoverinfo": "all",
            "showlegend": True,
        }
    )
    return traces


def _until(
    lower: list[tuple[date, int]], upper: list[tuple[date, int]], end: date
) -> list[tuple[date, int]]:
    """The lower edge, and the corner at the target where the two edges part for long."""
    last = max(lower[-1][0], upper[-1][0], end)
    return [*lower, (last, lower[-1][1]), (last, upper[-1][1])]


def _completion_bar(
    course: _Course, completion: dict[str, date], end: date
) -> list[dict[str, Any]]:
    """The 80\xa0% interval of the day on which the target is reached, at the target."""
    ahead = {"p10", "p90"} & set(completion)
    if "p10" not in ahead:
        return []
    until = min(completion.get("p90", end), end)
    bar = parts.line(
        [day(completion["p10"]), day(until)], [course.target] * 2, charts.OBSERVED, 5, "solid"
    )
    last = ordinal(course.target)
    marks = [
        (completion.get("p10"), "line-ns-open", f"{last}: 10 % by"),
        (completion.get("p50"), "diamond", f"{last}: 50 % by"),
        (completion.get("p90"), "line-ns-open", f"{last}: 90 % by"),
    ]
    marks = [(when, symbol, words) for when, symbol, words in marks if when and when <= end]
    dots = {
        "type": "scatter",
        "mode": "markers",
        "name": f"{last}, 80\xa0% interval",
        "x": [day(when) for when, _, _ in marks],
        "y": [course.target] * len(marks),
        "marker": {
            "color": charts.OBSERVED,
            "size": 14,
            "symbol": [symbol for _, symbol, _ in marks],
            "line": {"color": charts.OBSERVED, "width": 3},
        },
        "hovertext": [f"{words} {day(when)}" for when, _, words in marks],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "showlegend": False,
    }
    return [bar, dots]


def _completion_note(course: _Course, completion: dict[str, date], beyond: bool) -> dict[str, Any]:
    early, late = completion.get("p10"), completion.get("p90")
    last = ordinal(course.target)
    if early is None:
        words = f"{last}: not in sight"
    elif late is None or beyond:
        until = f"{day(late)}, beyond" if late else "no end in sight"
        words = f"{last}: 80\xa0% from {day(early)}<br>to {until} →"
    else:
        words = f"{last}: {day(early)} to {day(late)} (80\xa0%)"
    return parts.note(words, x=1, xref="paper", xanchor="right", y=course.target, yshift=9) | {
        "align": "right"
    }


LETTER = 0.011  # of the axis, at the most: on a phone 7 px of 640, on a slide 11 of 1,100
# How much of a label lies to the left of its line.
LEFT_OF_LINE = {"left": 0.0, "center": 0.5, "right": 1.0}


def _cut_and_window(course: _Course, start: date, end: date) -> list[dict[str, Any]]:
    """The labels over the plot; where they would meet, one above the other."""
    labels = [(course.cut, f"cut {day(course.cut)}")]
    if course.ends_on is not None:
        labels.append((course.ends_on, f"window ends {day(course.ends_on)}"))
    notes, taken = [], []
    for when, words in labels:
        place, width = (when - start) / (end - start), len(words) * LETTER
        anchor = "left" if place < 0.2 else "right" if place > 0.8 else "center"
        left = place - LEFT_OF_LINE[anchor] * width
        meets = any(left < right and other < left + width for other, right in taken)
        taken.append((left, left + width))
        notes.append(
            parts.note(words, **parts.at(when), xanchor=anchor, y=1, yref="paper")
            | {"yshift": 22 if meets else 2}
        )
    return notes


def _failures_found(ordered: list[dict[str, Any]], n_failed: int) -> str:
    failed = counted(n_failed, "person", "people") + " failed screening"
    top, n = ordered[0], int(ordered[0]["n_people"])
    if len(ordered) == 1 and top["reason"] == "not recorded":
        return f"{failed}, and no reason is recorded"
    reason = text(top["reason"], 60, 60).replace("<br>", " ")
    if len(ordered) == 1:
        return f"{failed}: {reason}"
    if int(ordered[1]["n_people"]) == n:
        return f"{failed}: no reason stands out, the most frequent has {n} of {n_failed}"
    return f"{failed}, most often ({n} of {n_failed}): {reason}"


def _groups_found(rows: pd.DataFrame, of_all: int) -> str:
    by_size = rows.sort_values("n_included", ascending=False, kind="stable")
    each = [
        f"{int(row.n_included)} in group {text(row.code, 20, 20)}" for row in by_size.itertuples()
    ]
    if len(each) > 3:
        return f"Of {of_all} included, {each[0]} and {each[-1]}: the largest and the smallest"
    listed = " and ".join([", ".join(each[:-1]), each[-1]]) if len(each) > 1 else each[0]
    return f"Of {of_all} included, {listed}"


def _people_found(rows: pd.DataFrame) -> str:
    included = rows.loc[rows["is_included"], "status"].fillna("not recorded")
    screened = counted(len(rows), "person", "people") + " screened"
    if included.empty:
        return f"{screened}, nobody included"
    counts = included.value_counts()
    stand = [f"{n} {text(status, 20, 20)}".replace(" ", "\xa0") for status, n in counts.items()]
    return f"{screened}, {len(included)} included: {', '.join(stand)}"


class _Lane:
    """One person's row of participants.sql, as days."""

    def __init__(self, row: dict[str, Any], cut: date) -> None:
        self.usubjid, self.row, self.cut = row["usubjid"], row, cut
        self.status = "not recorded" if pd.isna(row["status"]) else str(row["status"])
        self.consent = _days(row["consent_from"], row["consent_to"])
        self.inclusion = _days(row["included_from"], row["included_to"])
        self.infusion = parts.date_of(row["first_infusion_on"])
        self.left = parts.date_of(row["left_on"])
        self.has_left = self.status not in IN_TRIAL

    def days(self) -> list[date]:
        found = [*(self.consent or ()), *(self.inclusion or ()), self.infusion, self.left]
        return [each for each in found if each is not None]

    def end(self) -> date | None:
        """The last day of the lane: when the person left, or the cut."""
        return (self.left or self.cut) if self.days() else None

    def label(self) -> str:
        group = f" {parts.words(self.row['cohort'], 8)}" if self.row["is_included"] else ""
        return parts.words(self.usubjid, 18) + group

    def outcome(self) -> str:
        """Where the person stands, in words for the margin."""
        words = text(self.status, 24, 24)
        if not self.days():
            return f"{words}, no date"
        if not pd.isna(self.row["set_aside"]):
            return f"{words}, set aside"
        if self.has_left and self.left is None:
            return f"{words}, day unknown"
        if self.row["n_infusions"] and self.infusion is None:
            return f"{words}, infusion ?"
        return words

    def on(self, what: str, when: tuple[date, date]) -> str:
        """What one mark of the lane says; the mark at its end says all."""
        between = f"{day(when[0])} to {day(when[1])}, as recorded"
        words = day(when[0]) if when[0] == when[1] else between
        return f"{parts.words(self.usubjid)}<br>{what}: {words}"

    def hover(self) -> str:
        row = self.row
        facts = {
            "group": row["cohort"],
            "status": self.status,
            "consent": row["consent_dtc"],
            "inclusion": row["inclusion_dtc"],
            "first infusion": day(self.infusion) if self.infusion else None,
            "infusions": row["n_infusions"],
            "left": day(self.left) if self.left else None,
            "why": row["left_why"],
            "set aside": row["set_aside"],
        }
        if not row["n_infusions"]:
            facts.pop("first infusion")
        elif self.infusion is None:
            facts["first infusion"] = "not known to the day"
        if not self.has_left:
            facts.pop("left")
        for optional in ("why", "set aside"):
            if pd.isna(facts[optional]):
                facts.pop(optional)
        lines = [f"{name}: {text(value, 60, None)}" for name, value in facts.items()]
        return "<br>".join([f"<b>{text(self.usubjid, 60, None)}</b>", *lines])


def _days(first: Any, last: Any) -> tuple[date, date] | None:
    """The first and the last day that something can have been on; None if it is not known."""
    return None if pd.isna(first) else (pd.Timestamp(first).date(), pd.Timestamp(last).date())


def _lane_axis(known: list[date], cut: date) -> tuple[date, date]:
    """From the first day to the cut; days far before the others stand at the edge, as arrows."""
    ordered = sorted(known) or [cut]
    start = ordered[0]
    middle = ordered[len(ordered) // 2]
    furthest = middle - max(timedelta(days=365), 3 * (cut - middle))
    start = min(each for each in ordered if each >= furthest)
    room = max(timedelta(days=5), (cut - start) * 0.03)
    return start - room, cut + room


def _lane_traces(courses: list[_Lane], start: date, end: date) -> list[dict[str, Any]]:
    # colour, width, dash of each kind of line
    kinds = {
        "screening": (charts.GREY, 3, "solid"),
        "in the trial": (charts.OBSERVED, 7, "solid"),
        "some day in between": (charts.UNCERTAIN, 4, "dot"),
    }
    lines: dict[str, list[tuple[int, date, date]]] = {name: [] for name in kinds}
    marks: dict[str, list[tuple[int, date, str]]] = {}
    for lane, each in enumerate(courses):
        last, consent, inclusion = each.end(), each.consent, each.inclusion
        if last is None:
            continue
        uncertain = lines["some day in between"]
        begin = consent or inclusion or (each.infusion or last,) * 2
        joined = inclusion[1] if inclusion else (each.infusion if each.row["is_included"] else None)
        stay = each.has_left and each.left is None
        known_to = max(when for when in each.days() if when <= each.cut or not stay)
        certain = known_to if stay else last
        lines["screening"].append((lane, begin[1], min(joined or certain, certain)))
        if joined is not None and each.row["is_included"]:
            lines["in the trial"].append((lane, joined, certain))
        if stay:
            uncertain.append((lane, certain, each.cut))
        for when, symbol in ((consent, "consent"), (inclusion, "inclusion")):
            if when is not None and when[0] == when[1]:
                marks.setdefault(symbol, []).append((lane, when[0], each.on(symbol, when)))
            elif when is not None:
                uncertain.append((lane, *when))
                said = each.on(symbol, when)
                marks.setdefault("either end", []).extend((lane, edge, said) for edge in when)
        if each.infusion is not None:
            said = each.on("first infusion", (each.infusion, each.infusion))
            marks.setdefault("first infusion", []).append((lane, each.infusion, said))

    drawn = []
    for name, (color, width, dash) in kinds.items():
        x: list[str | None] = []
        y: list[int | None] = []
        for lane, since, until in lines[name]:
            if until > since:
                x += [day(_within(since, start, end)), day(_within(until, start, end)), None]
                y += [lane, lane, None]
        drawn.append(parts.line(x, y, color, width, dash) | {"name": name})
    shapes = {
        "either end": {"symbol": "line-ns-open", "size": 13, "color": charts.UNCERTAIN},
        "consent": {"symbol": "line-ns-open", "size": 14, "color": charts.INK},
        "inclusion": {"symbol": "circle", "size": 13, "color": charts.PAPER},
        "first infusion": {"symbol": "triangle-up", "size": 9, "color": charts.OBSERVED},
    }
    for name, shape in shapes.items():
        places = marks.get(name, [])
        rim = {"width": 2, "color": charts.OBSERVED if name == "inclusion" else shape["color"]}
        drawn.append(_marks(name, places, shape | {"line": rim}, start, end))
    return [*drawn, _ends(courses, start, end), *_dateless(courses, start, end)]


def _ends(courses: list[_Lane], start: date, end: date) -> dict[str, Any]:
    """Where everybody stands, a mark each: at the end of the lane."""
    styles = [charts.STATUSES.get(each.status, charts.UNKNOWN) for each in courses]
    places = [(lane, each.end() or each.cut, each.hover()) for lane, each in enumerate(courses)]
    shape = {
        "symbol": [style.symbol for style in styles],
        "color": [style.color for style in styles],
        "size": 12,
        "line": {"width": 2, "color": [style.color for style in styles]},
    }
    # On the second axis, which Plotly leaves out unless something stands on it.
    return _marks("status", places, shape, start, end) | {"yaxis": "y2"}


def _dateless(courses: list[_Lane], start: date, end: date) -> list[dict[str, Any]]:
    lanes = [lane for lane, each in enumerate(courses) if each.end() is None]
    if not lanes:
        return []
    middle = start + (end - start) / 2
    return [
        {
            "type": "scatter",
            "mode": "text",
            "name": "no date recorded",
            "x": [day(middle)] * len(lanes),
            "y": lanes,
            "text": ["no date recorded"] * len(lanes),
            "textfont": {"color": charts.QUIET},
            "hoverinfo": "skip",
        }
    ]


def _marks(
    name: str,
    places: list[tuple[int, date, str]],
    shape: dict[str, Any],
    start: date,
    end: date,
) -> dict[str, Any]:
    """Marks on lanes; one outside the figure stands at its edge, as an arrow."""
    outside = ["triangle-left" if on < start else "triangle-right" for _, on, _ in places]
    symbols = shape["symbol"]
    symbols = symbols if isinstance(symbols, list) else [symbols] * len(places)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [day(_within(on, start, end)) for _, on, _ in places],
        "y": [lane for lane, _, _ in places],
        "marker": shape
        | {
            "symbol": [
                symbol if start <= on <= end else arrow
                for (_, on, _), symbol, arrow in zip(places, symbols, outside, strict=True)
            ]
        },
        "cliponaxis": False,
        "hovertext": [words for _, _, words in places],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _within(when: date, start: date, end: date) -> date:
    """The day, or the nearest at which a mark does not leave the figure."""
    edge = (end - start) * 0.012
    return min(max(when, start + edge), end - edge)


def _lanes(n: int, pitch: int, above: int) -> dict[str, Any]:
    """Axes of a figure whose rows, `pitch` px apart, have words of `above` px over them."""
    hidden = {"visible": False}
    lanes = {"range": [n - 0.68, -above / pitch], "tickvals": list(range(n))}
    return {"xaxis": hidden, "yaxis": hidden | lanes}


def _target_line(target: int) -> dict[str, Any]:
    line = {"color": charts.PLANNED, "width": 1.5, "dash": "solid"}
    return {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": target, "y1": target} | {
        "line": line,
        "layer": "below",
    }


def _bar(lane: int, n: int, name: str, color: str, pattern: str) -> dict[str, Any]:
    fill = {"color": color} if not pattern else {"color": charts.PAPER, "line": {"color": color}}
    if pattern:
        fill |= {"pattern": {"shape": pattern, "fgcolor": color, "bgcolor": charts.PAPER}}
    return {
        "type": "bar",
        "orientation": "h",
        "x": [n],
        "y": [lane],
        "name": name,
        "marker": fill,
        "hovertemplate": "%{fullData.name}: %{x}<extra></extra>",
    }


def _spots(x: list[int], lane: int, mark: charts.Mark, is_full: bool, hover: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": x,
        "y": [lane] * len(x),
        "marker": {
            "symbol": mark.symbol,
            "size": 13,
            "color": mark.color if is_full else charts.PAPER,
            "line": {"color": mark.color, "width": 2},
        },
        "hovertext": [hover] * len(x),
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _group_marks(codes: pd.Series) -> dict[Any, charts.Mark]:
    taken = {
        (mark.color, mark.symbol) for code, mark in charts.GROUPS.items() if code in set(codes)
    }
    free = itertools.cycle(mark for mark in charts.OTHER_GROUPS if mark[:2] not in taken)
    return {code: charts.GROUPS.get(code) or next(free) for code in codes}


def _limits(row: dict[str, Any]) -> str:
    return interval(row["ci_low"], row["ci_high"])
