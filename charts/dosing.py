"""The infusions: each patient on a lane, the dose, the batches and what departs from the plan."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

import charts
from charts import counted, drawing, interval, parts, percent, text

LANE = 24  # px between two patients
LAST_DAY = 12  # the axis of study days goes at least this far
DOSE_HEIGHT = 340  # px, of the plot of dose
APART = 13  # px between two marks of dose
NARROWEST = 610  # px, of the plot of dose

# What the answers rest on, beside what every export must have.
NEEDED = {"ex.exseq", "ex.exdose", "ex.exdosu", "ex.exlot", "ex.donor", "ex.viability", "vs", "dv"}

GIVEN = ("in window", "early", "late", "unknown", "extra", "given")
NOT_GIVEN = ("missed", "overdue", "due", "unknown", "not due")
NUMBERED = ("in window", "early", "late", "extra", "given", "due", "overdue", "upcoming")
SIZES = {"triangle-left": 25, "triangle-right": 25, "diamond": 22, "x": 15}  # px, of marks
GLYPHS = {
    "in window": "●\xa0given in window",
    "early": "◀\xa0early",
    "late": "▶\xa0late",
    "extra": "◆\xa0extra",
    "due": "○\xa0due, at the day of the cut",
    "overdue": "□\xa0overdue, at the day of the cut",
    "upcoming": "◌\xa0upcoming",
    "missed": "✕\xa0missed",
    "not due": "━\xa0not due any more",
    "unknown": "⬡\xa0not known",
}


@charts.kept
def sentence(summary: pd.DataFrame) -> str:
    """The answer of the page: how many infusions were given as the protocol says."""
    row = summary.astype(object).iloc[0]
    n_given, n_owed = row["n_given"], row["n_owed"]
    if not row["n_patients"]:
        return "Nobody has been included yet."
    if not row["n_planned"]:
        doses = counted(n_given, "record", "records") + " of treatment in "
        return (
            f"{doses}{counted(row['n_patients'], 'patient', 'patients')}; protocol.toml sets "
            "no number of infusions, so none is due, and none late or missed."
        )
    if n_owed:
        were = "was" if n_owed == 1 else "were"
        if row["n_unknown"]:
            were = "is known to have been" if n_owed == 1 else "are known to have been"
        said = f"{row['n_adherent']} of {counted(n_owed, 'infusion', 'infusions')} due so far "
        said += f"{were} given as the protocol says ({adherence(summary)})."
    else:
        said = "No infusion has been given yet, and none was missed."
    now = [
        f"{n} {'is' if n == 1 else 'are'} {name}"
        for n, name in ((row["n_overdue"], "overdue"), (row["n_due"], "due"))
        if n
    ]
    return f"{said} {', '.join(now) or 'None is overdue or due'}."


def adherence(summary: pd.DataFrame) -> str:
    """The rate with its interval, and its range when something is unknown."""
    row = summary.astype(object).iloc[0]
    said = f"{percent(row['pct_adherent'])}, exact 95\xa0% interval "
    said += interval(row["ci_low"], row["ci_high"])
    return f"{said}; {unknown}" if (unknown := spread(summary)) else said


@charts.kept
def rate(summary: pd.DataFrame) -> str:
    """The rate in few characters; a range when something is unknown."""
    row = summary.iloc[0]
    least, most = row["pct_adherent_least"], row["pct_adherent_most"]
    is_known = not row["n_unknown"] or pd.isna(row["pct_adherent"])
    return percent(row["pct_adherent"]) if is_known else interval(least, most)


def spread(summary: pd.DataFrame) -> str:
    """The range of the rate when something is unknown."""
    row = summary.astype(object).iloc[0]
    n = row["n_unknown"]
    if not n or pd.isna(row["pct_adherent"]):
        return ""
    least, most = row["pct_adherent_least"], row["pct_adherent_most"]
    return f"{interval(least, most)} as {n} {'is' if n == 1 else 'are'} unknown"


@charts.kept
def limits(summary: pd.DataFrame) -> str:
    """The interval of the rate, on its tile."""
    row = summary.iloc[0]
    return f"exact 95\xa0%: {interval(row['ci_low'], row['ci_high'])}"


@charts.kept
def extra(summary: pd.DataFrame) -> str | None:
    """The infusions beyond those planned, on the tile of those given; None without one."""
    n = int(summary["n_extra"].iloc[0])
    return f"and {n} not planned" if n else None


@charts.kept
def open_(summary: pd.DataFrame) -> str | None:
    """The patients of whom it is not known whether all is in protocol; None without one."""
    n = int(summary["n_patients_unknown"].iloc[0])
    return f"and {n} unknown" if n else None


@charts.kept
def with_adherence(infusions: pd.DataFrame) -> pd.DataFrame:
    """The infusions with whether each was as the protocol says, in words; if not owed yet, none."""
    said = charts.in_words(infusions)["is_adherent"]
    return infusions.assign(adherent=said.where(infusions["is_owed"].eq(True), None))


def not_set(values: dict[str, Any]) -> list[str]:
    """What protocol.toml does not say of dosing, and what is therefore not judged; in words."""
    found = {
        "no number of infusions, so none is planned, due, overdue, missed or extra, and there is "
        "no adherence": ["dosing_n_infusions"],
        "no interval between infusions, so none is early or late": [
            "dosing_interval_min_days",
            "dosing_interval_max_days",
        ],
        "no dose per kg, so no dose is below or above it": [
            "dosing_dose_min_per_kg",
            "dosing_dose_max_per_kg",
        ],
        "no rule that all infusions come from one donor": ["dosing_same_donor"],
    }
    return [words for words, names in found.items() if any(values[name] is None for name in names)]


@charts.kept
def week(worklist: pd.DataFrame) -> str:
    """What the work list holds, in a line."""
    kinds = {
        "overdue": "overdue",
        "due": "due",
        "unknown": "perhaps due, as dates are partial",
        "upcoming": "to open within 7 days",
    }
    found = worklist["status"].value_counts()
    said = [f"{found[name]} {words}" for name, words in kinds.items() if found.get(name)]
    return "To give this week: " + (", ".join(said) or "nothing")


@charts.kept
def course(rows: pd.DataFrame) -> go.Figure:
    """Every patient a lane, from the first included: when each infusion was due, and given."""
    if rows.empty:
        return charts.blank("Nobody has been included yet.")
    lanes = [_Patient(rows) for _, rows in rows.groupby("usubjid", sort=False)]
    low, high = _days(rows)
    labels = [parts.patient(each.infusions[0].row) for each in lanes]
    outcomes = [each.outcome() for each in lanes]
    axis = parts.lanes(labels, LANE)
    beside = axis | {"ticktext": outcomes, "overlaying": "y", "side": "right"}
    present = [name for name in GLYPHS if (rows["status"] == name).any()]
    traces = _course_traces(lanes, low, high)
    key = [
        words
        for words, is_drawn in {
            "│ the cut": any(each.get("name") == "the cut" and each["x"] for each in traces),
            "† death": any("<b>†</b>" in each.get("text", ()) for each in traces),
        }.items()
        if is_drawn
    ]
    has_arrow = any("arrow" in str(each.get("marker", {}).get("symbol")) for each in traces)
    return drawing(
        _course_found(rows),
        traces,
        {
            "xaxis": {
                "range": [low - 0.7, high + 0.7],
                "dtick": 1 if high - low <= 16 else parts.step(high - low),
                "showgrid": False,
                "title": {"text": "Study day", "standoff": 6},
            },
            "yaxis": axis,
            "yaxis2": beside | {"tickfont": {"size": 13}},
            "barmode": "overlay",
            "bargap": 0.34,
        },
        subtitle=f"Band: window of an infusion, outlined as long as it is a projection. "
        f"{', '.join([*(GLYPHS[name] for name in present), *key])}. Dotted: overdue, or "
        "given some day in between."
        + " Arrow: beyond the figure; of what was given, with its day."
        * has_arrow,
        height=LANE * len(lanes) + 8,
        margin={
            "l": parts.beside(labels),
            "r": round(0.82 * parts.beside(outcomes)),
            "b": 58,
        },
    )


@charts.kept
def dose(rows: pd.DataFrame, least: float | None, most: float | None) -> go.Figure:
    """The dose per kg of every infusion, in the order given, beside what the protocol asks for.

    `least` and `most` are cells per kg; None if protocol.toml does not set them.
    """
    given = rows[rows["is_given"]]
    if given.empty:
        return charts.blank("No infusion has been given yet.")
    known = given[given["dose_per_kg"].notna()]
    if known.empty:
        return charts.blank(f"No dose per kg is known: {_reasons(given)}.")
    band = None if least is None or most is None else (least / 1e6, most / 1e6)
    highest = float(known["dose_per_kg"].max())
    top = min(max(highest, band[1]) * 1.15, band[1] * 2) if band else max(highest, 1) * 1.15
    n = int(given["infusion"].max())
    traces, notes = _dose_marks(known, top, n, band)
    shapes = []
    if band:
        shapes.append(
            {"type": "rect", "x0": 0, "x1": 1, "xref": "paper", "y0": band[0], "y1": band[1]}
            | {"fillcolor": charts.PLANNED, "opacity": 0.13, "line": {"width": 0}}
            | {"layer": "below"}
        )
        # On the left: to the right of a mark stands its patient.
        notes.append(
            parts.note("asked for", x=0, xref="paper", xanchor="left", y=band[1])
            | {"font": {"size": charts.BODY_SIZE, "color": charts.QUIET}, "yshift": 1}
        )
    ticks = [_dose_tick(given, number) for number in range(1, n + 1)]
    return drawing(
        _dose_found(given, band),
        traces,
        {
            "xaxis": {
                "range": [0.5, n + 0.7],
                "tickvals": list(range(1, n + 1)),
                "ticktext": ticks,
                "showgrid": False,
            },
            "yaxis": {
                "range": [0, top],
                "title": {"text": "Million cells per kg", "standoff": 8},
            },
            "annotations": notes,
            "shapes": shapes,
        },
        subtitle=_dose_legend(given),
        height=DOSE_HEIGHT,
        margin={"l": 62, "r": 84, "b": 54},
    )


@charts.kept
def treatment(rows: pd.DataFrame) -> go.Figure:
    """How long every patient was treated: a bar each, the longest of each group on top."""
    if rows.empty:
        return charts.blank("Nobody has been included yet.")
    is_few = len(rows) <= 40
    pitch = 22 if is_few else max(2.2, 560 / len(rows))
    gap = (30 if is_few else 58) / pitch  # between groups, in lanes: a slide halves the lower ones
    lanes, notes, lane = [], [], 0.0
    for group, patients in rows.groupby("cohort", sort=False):
        lane += gap
        notes.append(
            parts.note(_treated(group, patients), x=0, xref="paper", xanchor="left", y=lane)
            | {"yshift": 4 + pitch / 2, "bgcolor": "rgba(0,0,0,0)"}
        )
        lanes += [lane + place for place in range(len(patients))]
        lane += len(patients)
    ordered = pd.concat([patients for _, patients in rows.groupby("cohort", sort=False)])
    least = ordered["days_at_least"].astype(int).tolist()
    more = [
        0 if pd.isna(most) else int(most) - few
        for most, few in zip(ordered["days_at_most"], least, strict=True)
    ]
    hover = [_treatment_hover(row) for row in ordered.to_dict("records")]
    shared = {
        "type": "bar",
        "orientation": "h",
        "y": lanes,
        "width": 0.7 if is_few else 1,
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    pattern = {"shape": "/", "fgcolor": charts.UNCERTAIN, "bgcolor": charts.PAPER, "size": 5}
    traces = [
        shared | {"name": "treated", "x": least, "marker": {"color": charts.OBSERVED}},
        shared
        | {"name": "perhaps treated", "x": more, "base": least}
        | {"marker": {"color": charts.PAPER, "pattern": pattern}},
    ]
    ids = [parts.words(each, 18) for each in ordered["usubjid"]] if is_few else []
    longest = max(a + b for a, b in zip(least, more, strict=True))
    return drawing(
        _treatment_found(rows),
        traces,
        {
            "barmode": "overlay",
            "xaxis": {
                "range": [0, max(longest, 1) * 1.04],
                "dtick": parts.step(max(longest, 1)),
                "title": {"text": "Days from the first to the last day of treatment"}
                | {"standoff": 6},
            },
            "yaxis": {
                "range": [lane, 0],
                "tickvals": lanes if is_few else [],
                "ticktext": ids,
                "showgrid": False,
            },
            "annotations": notes,
        },
        subtitle="A bar is a patient, the longest on top. Hatched: perhaps, as the end is not "
        "recorded or a date is partial; then until the patient left or the cut at the most.",
        height=round(pitch * lane) + 8,
        margin={"l": parts.beside(ids), "b": 58},
    )


# ------------------------------------------------------------------ course


class _Patient:
    """The rows of one patient."""

    def __init__(self, rows: pd.DataFrame) -> None:
        self.infusions = [_Infusion(row) for row in rows.to_dict("records")]
        first = self.infusions[0]
        self.usubjid = first.row["usubjid"]
        self.today, self.left = first.day("today"), first.day("left_day")
        self.is_dead = bool(first.row["is_dead"])

    def outcome(self) -> str:
        """What is to be said of the patient's infusions, in the margin: the exceptions."""
        said: dict[str, list[str]] = {}
        for each in self.infusions:
            if each.status != "in window" or each.place() is None:
                said.setdefault(each.words(), []).append(f"{each.number}")
        if not said:
            return f"all {len(self.infusions)} in window"
        # What is not as it should be comes first: a line has an end.
        ranked = sorted(said.items(), key=lambda each: each[0] == "in window")
        words = [f"no. {', '.join(which)} {what}" for what, which in ranked]
        words += [] if self.today is not None else ["day 0 not known"]
        return parts.words("; ".join(words), 44)


class _Infusion:
    """One row of course.sql."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.row, self.status, self.number = row, str(row["status"]), int(row["infusion"])
        self.is_given, self.has_left = bool(row["is_given"]), not pd.isna(row["left_why"])
        self.given = self.day("given_first"), self.day("given_last")
        self.is_dated = None not in self.given  # of one that may have been given, too
        self.window = self.day("opens_day"), self.day("closes_day")

    def day(self, column: str) -> int | None:
        value = self.row[column]
        return None if pd.isna(value) else int(value)

    def place(self) -> float | None:
        """The study day of its mark; None if it has none."""
        if self.is_given or self.is_dated:
            return _middle(self.given)
        if self.status in ("due", "overdue") or (self.status == "unknown" and not self.has_left):
            return self.day("today")
        return _middle(self.window)

    def words(self) -> str:
        """Its status, with what a reader asks next."""
        reason, left = self.row["reason"], self.row["days_left"]
        if self.status in ("missed", "not due", "unknown") and not pd.isna(reason):
            return f"{self.status}: {reason}"
        if self.status == "overdue" and not pd.isna(left):
            return f"overdue by {counted(-int(left), 'day', 'days')}"
        if self.status == "due" and not pd.isna(left):
            return f"due, {counted(int(left), 'day', 'days')} left" if left else "due, last day"
        if self.is_given and pd.isna(self.row["given_dtc"]):
            return f"{self.status}, day not recorded"
        return self.status

    def hover(self, usubjid: Any) -> str:
        row = self.row
        lines = [f"<b>{text(usubjid, 60, None)}</b>, infusion {self.number}"]
        lines.append(text(self.words(), 60, None))
        if self.is_given or not pd.isna(row["given_dtc"]):
            when = f"{text(row['given_dtc'])}{_on_days(self.given)}"
            lines.append(f"given: {when}" if self.is_given else f"if given: {when}")
        if not pd.isna(row["opens_on"]):
            kind = "window, projected" if row["is_projected"] else "window"
            until = "no end set" if pd.isna(row["closes_on"]) else charts.day(row["closes_on"])
            lines.append(f"{kind}: {charts.day(row['opens_on'])} to {until}{_on_days(self.window)}")
        return "<br>".join(lines)


def _on_days(days: tuple[int | None, int | None]) -> str:
    if None in days:
        return ""
    return f" (day {days[0]})" if days[0] == days[1] else f" (day {days[0]} to {days[1]})"


def _middle(days: tuple[int | None, int | None]) -> float | None:
    known = [each for each in days if each is not None]
    return sum(known) / len(known) if known else None


def _days(rows: pd.DataFrame) -> tuple[int, int]:
    """The study days of the figure; the few far from the others stand at its edge, as arrows."""
    columns = ["given_first", "given_last", "opens_day", "closes_day"]
    known = sorted(int(day) for column in columns for day in rows[column].dropna())
    usual = known[int(0.9 * (len(known) - 1))] if known else 0
    low = min([0, *(day for day in known if day >= -7)])
    return low, max([LAST_DAY, *(day for day in known if day <= max(LAST_DAY, 1.5 * usual))])


def _course_traces(lanes: list[_Patient], low: int, high: int) -> list[dict[str, Any]]:
    edges = low - 0.45, high + 0.45
    windows: dict[bool, list[tuple[int, float, float]]] = {False: [], True: []}
    lines: dict[str, list[tuple[int, float, float]]] = {"overdue": [], "between": []}
    marks: dict[str, list[tuple[float, int, _Infusion, str]]] = {}
    for lane, patient in enumerate(lanes):
        for each in patient.infusions:
            opens, closes = each.window
            if opens is not None and closes is not None:
                windows[bool(each.row["is_projected"])].append((lane, opens, closes))
            place = each.place()
            if place is None:
                continue
            if each.is_dated and each.given[0] < edges[1] and each.given[1] > edges[0]:
                # Of some day in between, the part that is seen.
                place = (max(each.given[0], edges[0]) + min(each.given[1], edges[1])) / 2
            marks.setdefault(each.status, []).append(
                (place, lane, each, each.hover(patient.usubjid))
            )
            if each.is_dated and each.given[0] != each.given[1]:
                lines["between"].append((lane, *each.given))
            if each.status == "overdue" and closes is not None:
                lines["overdue"].append((lane, closes + 0.5, place))

    # An open mark at the day of the cut says where that is.
    today = [
        (each.today, lane)
        for lane, each in enumerate(lanes)
        if each.today is not None
        and each.today not in [infusion.place() for infusion in each.infusions]
    ]
    left = [(each, lane) for lane, each in enumerate(lanes) if each.left is not None]
    return [
        *(_windows(spans, is_projected, edges) for is_projected, spans in windows.items() if spans),
        _strokes(lines["overdue"], edges, charts.ALERT),
        _strokes(lines["between"], edges, charts.UNCERTAIN),
        {
            "type": "scatter",
            "mode": "markers",
            "name": "the cut",
            "x": [day for day, _ in today if low <= day <= high],
            "y": [lane for day, lane in today if low <= day <= high],
            "marker": {"symbol": "line-ns-open", "size": 11, "color": charts.INK}
            | {"line": {"width": 1.5, "color": charts.INK}},
            "hovertemplate": "the cut: day %{x}<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "text",
            "name": "left",
            "x": [each.left for each, _ in left if low <= each.left <= high],
            "y": [lane for each, lane in left if low <= each.left <= high],
            "text": [
                "<b>†</b>" if each.is_dead else "left"
                for each, _ in left
                if low <= each.left <= high
            ],
            "textfont": {"color": charts.INK, "size": charts.BODY_SIZE},
            "hovertemplate": "left the trial: day %{x}<extra></extra>",
        },
        *(_infusion_marks(status, places, edges) for status, places in marks.items()),
        # The second axis, of the words on the right, is left out unless something stands on it.
        parts.line([None], [None], charts.INK, 0, "solid") | {"yaxis": "y2"},
    ]


def _windows(
    spans: list[tuple[int, float, float]], is_projected: bool, edges: tuple[float, float]
) -> dict[str, Any]:
    inside = [
        (lane, max(opens - 0.45, edges[0]), min(closes + 0.45, edges[1]))
        for lane, opens, closes in spans
        if opens <= edges[1] and closes >= edges[0]
    ]
    fill = {"color": charts.PAPER, "line": {"color": charts.PLANNED, "width": 1.5}}
    return {
        "type": "bar",
        "orientation": "h",
        "name": "projected window" if is_projected else "window",
        "base": [since for _, since, _ in inside],
        "x": [until - since for _, since, until in inside],
        "y": [lane for lane, _, _ in inside],
        "marker": fill if is_projected else {"color": "#D9D9D9"},
        "hoverinfo": "skip",
    }


def _strokes(
    spans: list[tuple[int, float, float]], edges: tuple[float, float], color: str
) -> dict[str, Any]:
    x: list[float | None] = []
    y: list[int | None] = []
    for lane, since, until in spans:
        x += [*(min(max(each, edges[0]), edges[1]) for each in (since, until)), None]
        y += [lane, lane, None]
    return parts.line(x, y, color, 3, "dot")


def _infusion_marks(
    status: str,
    places: list[tuple[float, int, _Infusion, str]],
    edges: tuple[float, float],
) -> dict[str, Any]:
    """The marks of one status; one beyond the figure is an arrow at its edge, with its day."""
    mark = charts.INFUSIONS.get(status, charts.UNKNOWN)
    is_open = mark.symbol.endswith("-open")
    symbols, labels, anchors, inks = [], [], [], []
    for day, _, each, _ in places:
        arrow = "arrow-left" if day < edges[0] else "arrow-right" if day > edges[1] else ""
        symbols.append(arrow + "-open" * is_open if arrow else mark.symbol)
        number = str(each.number) if status in NUMBERED else mark.letter
        # The margin says how long an infusion is overdue.
        beyond = f"{number}: day {day:g}" if each.is_given else ""
        labels.append(beyond if arrow else number)
        anchors.append({"arrow-left": "middle right", "arrow-right": "middle left"}.get(arrow))
        is_dark = mark.color in (charts.BLUE, charts.VERMILLION) and not is_open and not arrow
        inks.append(charts.PAPER if is_dark else charts.INK)
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": parts.words(status),
        "x": [min(max(day, edges[0]), edges[1]) for day, _, _, _ in places],
        "y": [lane for _, lane, _, _ in places],
        "marker": {
            "symbol": symbols,
            "size": SIZES.get(mark.symbol, 18),
            "color": mark.color,
            "line": {"color": mark.color, "width": 2}
            if is_open
            else {"color": charts.PAPER, "width": 1},
        },
        "text": labels,
        "textposition": [anchor or "middle center" for anchor in anchors],
        "textfont": {"size": 12, "color": inks, "weight": 700},
        "cliponaxis": False,
        "hovertext": [words for _, _, _, words in places],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _course_found(rows: pd.DataFrame) -> str:
    given, not_given = rows[rows["is_given"]], rows[~rows["is_given"]]
    found, rest = given["status"].value_counts(), not_given["status"].value_counts()
    n_in = int(found.get("in window", 0))
    if given.empty:
        said = "No infusion has been given yet"
    else:
        were = "was" if len(given) == 1 else "were"
        said = f"{n_in} of {counted(len(given), 'infusion', 'infusions')} given {were} in window"
    other = [f"{found[name]} {name}" for name in GIVEN[1:] if found.get(name)]
    missing = [f"{rest[name]} {name}" for name in NOT_GIVEN if rest.get(name)]
    said += f" ({', '.join(other)})" if other else ""
    return said + (f"; not given: {', '.join(missing)}" if missing else "")


# ------------------------------------------------------------------ dose


def _dose_marks(
    known: pd.DataFrame, top: float, n: int, limits: tuple[float, float] | None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A mark per infusion, a ring around those from another donor; both with their patients."""
    styles = {
        "in range": charts.Mark(charts.OBSERVED, "circle"),
        "not set": charts.Mark(charts.OBSERVED, "circle"),
        "below": charts.Mark(charts.ALERT, "triangle-down"),
        "above": charts.Mark(charts.ALERT, "triangle-up"),
    }
    places: dict[tuple[Any, int], tuple[float, float]] = {}
    notes: list[dict[str, Any]] = []
    for number, rows in known.groupby("infusion"):
        shown = [min(float(each), top * 0.97) for each in rows["dose_per_kg"]]
        columns = _swarm(shown, APART * top / DOSE_HEIGHT)
        wide = min(APART * (n + 0.2) / NARROWEST, 0.45 / max(1, *map(abs, columns)))
        for usubjid, column, y in zip(rows["usubjid"], columns, shown, strict=True):
            places[usubjid, number] = number + column * wide, y
        notes += _dose_labels(rows, places, top, limits)
    traces = [
        parts.line(
            *map(list, zip(*(places[usubjid, k] for k in rows["infusion"]), strict=True)),
            charts.GREY,
            1.5,
            "solid",
        )
        for usubjid, rows in known.groupby("usubjid", sort=False)
        if len(rows) > 1
    ]
    ringed = known[known["donor_status"] == "different"]
    kinds = known.groupby("dose_status")
    groups = [(styles.get(name, charts.UNKNOWN), rows) for name, rows in kinds]
    ring = charts.Mark(charts.PURPLE, "circle-open")
    for mark, rows in [*groups, (ring, ringed)]:
        if rows.empty:
            continue
        at = [places[each] for each in zip(rows["usubjid"], rows["infusion"], strict=True)]
        beyond = [float(each) > top for each in rows["dose_per_kg"]]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [x for x, _ in at],
                "y": [y for _, y in at],
                "name": "another donor"
                if mark is ring
                else parts.words(rows["dose_status"].iloc[0]),
                "marker": {
                    "symbol": mark.symbol
                    if mark is ring
                    else ["arrow-up" if each else mark.symbol for each in beyond],
                    "size": 21 if mark is ring else 12,
                    "color": mark.color,
                    "line": {"width": 2.5, "color": mark.color}
                    if mark is ring
                    else {"width": 1, "color": charts.PAPER},
                },
                "hovertext": [_dose_hover(row) for row in rows.to_dict("records")],
                "hovertemplate": "%{hovertext}<extra></extra>",
            }
        )
    return traces, notes


def _swarm(values: list[float], apart: float) -> list[int]:
    """For each value, how many marks aside its own stands so that it hides no other."""
    columns: dict[int, list[float]] = {}
    found = [0] * len(values)
    for place in sorted(range(len(values)), key=values.__getitem__):
        column = 0
        while any(abs(values[place] - other) < apart for other in columns.get(column, [])):
            column = -column if column > 0 else 1 - column  # 0, 1, -1, 2, -2 ...
        columns.setdefault(column, []).append(values[place])
        found[place] = column
    return found


def _dose_labels(
    rows: pd.DataFrame,
    places: dict[tuple[Any, int], tuple[float, float]],
    top: float,
    limits: tuple[float, float] | None,
) -> list[dict[str, Any]]:
    """The patients outside the range, named to the right of their marks, from the lowest up.

    Away from the range, as a line to the patient's next infusion leads back to it.
    """
    outside = rows[rows["dose_status"].isin(["below", "above"])].sort_values("dose_per_kg")
    if outside.empty:
        return []
    at = [places[each] for each in zip(outside["usubjid"], outside["infusion"], strict=True)]
    gap = 17 * top / DOSE_HEIGHT
    heights = [y for _, y in at]
    for place in range(1, len(at)):
        heights[place] = max(heights[place], heights[place - 1] + gap)
    for place in reversed(range(len(at))):  # and none above the plot
        heights[place] = min(heights[place], top - gap * (len(at) - 1 - place))
    return [
        parts.note(
            f"{parts.who(row['usubjid'])}: {_dosed(row['dose_per_kg'], limits)}",
            x=max(x for x, y in at if abs(y - own) < 3 * gap),
            y=height,
            xanchor="left",
        )
        | {"yanchor": "middle", "xshift": 13, "font": {"size": 13, "color": charts.INK}}
        | {"bgcolor": "rgba(0,0,0,0)", "yshift": 8 if row["dose_status"] == "above" else -8}
        for row, height, (_, own) in zip(outside.to_dict("records"), heights, at, strict=True)
    ]


def _dosed(dose: float, limits: tuple[float, float] | None) -> str:
    """A dose outside the limits in two decimals, unless they would say that it is inside."""
    is_close = limits is not None and limits[0] <= round(dose, 2) <= limits[1]
    return f"{dose:g}" if is_close else f"{dose:.2f}"


def _dose_hover(row: dict[str, Any]) -> str:
    weight = "" if pd.isna(row["weight_kg"]) else f", weight {row['weight_kg']:g} kg"
    return "<br>".join(
        [
            f"<b>{text(row['usubjid'], 60, None)}</b>, infusion {row['infusion']}",
            f"{row['dose_per_kg']:.2f} million cells/kg, {text(row['dose_status'])}{weight}",
            f"given: {text(row['given_dtc'])}",
            f"donor: {text(row['donor'])}, {text(row['donor_status'])}",
            f"batch: {text(row['exlot'])}",
        ]
    )


def _dose_found(given: pd.DataFrame, band: tuple[float, float] | None) -> str:
    known = given[given["dose_per_kg"].notna()]
    doses = counted(len(known), "known dose", "known doses")
    if band is None:
        said = f"{doses} per kg; protocol.toml sets no range"
    else:
        found = known["dose_status"].value_counts()
        inside = int(found.get("in range", 0))
        are = "is" if inside == 1 else "are"
        said = f"{inside} of {doses} {are} within {_range(band)} million cells/kg"
        outside = [f"{found[name]} {name}" for name in ("below", "above") if found.get(name)]
        said += f", {' and '.join(outside)}" if outside else ""
    changed = int((given["donor_status"] == "different").sum())
    if changed:
        said += f"; {counted(changed, 'infusion', 'infusions')} from another donor"
    return said


def _range(band: tuple[float, float]) -> str:
    return " to ".join(f"{each:g}" if each % 1 else f"{each:.1f}" for each in band)


def _dose_tick(given: pd.DataFrame, number: int) -> str:
    rows = given[given["infusion"] == number]
    n_known = int(rows["dose_per_kg"].notna().sum())
    return f"Infusion {number}<br>{n_known} of {len(rows)} known"


def _dose_legend(given: pd.DataFrame) -> str:
    said = ["A mark per infusion, a line per patient. ● in range, ▼ below, ▲ above."]
    changed = given[given["donor_status"] == "different"].to_dict("records")
    if changed:
        which = [f"{parts.who(row['usubjid'])} infusion {row['infusion']}" for row in changed[:4]]
        more = f" and {len(changed) - 4} more" if len(changed) > 4 else ""
        said.append(f"With a ring, not the donor of the first infusion: {', '.join(which)}{more}.")
    if given["dose_per_kg"].isna().any():
        said.append(f"Not known, so not drawn: {_reasons(given)}.")
    unknown = int((given["donor_status"] == "unknown").sum())
    if unknown:
        said.append(f"Whether it is the same donor is not known of {unknown}.")
    return "<br>".join(said)


def _reasons(given: pd.DataFrame) -> str:
    """Why doses per kg are not known, each with its number."""
    reasons = given.loc[given["dose_per_kg"].isna(), "dose_why"].fillna("not set")
    return ", ".join(f"{n}\xa0{text(why, 60, 60)}" for why, n in reasons.value_counts().items())


# ------------------------------------------------------------------ treatment


def _treatment_found(rows: pd.DataFrame) -> str:
    treated = rows[rows["n_records"] > 0]
    known = treated["days_treated"].dropna()
    said = f"{len(treated)} of {counted(len(rows), 'patient', 'patients')} included were treated"
    if n := int(((rows["n_records"] == 0) & (rows["n_perhaps"] > 0)).sum()):
        said += f" (perhaps {n} more)"
    if known.empty:
        return f"{said}; for how long is not known"
    of_them = "half of them" if len(known) == len(treated) else f"half of the {len(known)} known"
    return f"{said}, {of_them} for {known.median():g} days or more"


def _treated(group: Any, rows: pd.DataFrame) -> str:
    known = rows["days_treated"].dropna()
    middle = f", median {known.median():g} days" if len(known) else ""
    open_ = len(rows) - len(known)
    open_words = f", {open_} not known for certain" if open_ else ""
    label = f"<b>{parts.words(group, 30)}</b>: {counted(len(rows), 'patient', 'patients')}"
    return label + middle + open_words


def _treatment_hover(row: dict[str, Any]) -> str:
    least, most = row["days_at_least"], row["days_at_most"]
    days = f"{least} days" if least == most else f"{least} days or more"
    if least != most and not pd.isna(most):
        days = f"{least} to {most} days"
    return "<br>".join(
        [
            f"<b>{text(row['usubjid'], 60, None)}</b>, group {text(row['cohort'])}",
            days,
            f"from {charts.day(row['first_from'])} to {charts.day(row['last_to'])}",
            f"{text(row['treatments'], 60)}: {text(row['doses'], 60)}",
        ]
    )
