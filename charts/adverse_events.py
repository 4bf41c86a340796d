"""The adverse events of every patient, on their course, and how many patients had which."""

import html
from collections import Counter
from datetime import date
from typing import Any

import pandas as pd
import plotly.graph_objects as go

import charts
from charts import counted, day, drawing, interval, parts, percent, text

# What a reader may ask to see alone: the words, and which events they keep. Words of one kind are
# either, those of several kinds all; a category of special interest is of a kind of its own.
ONLY = {
    "serious": lambda events: events["is_serious"].eq(True),
    "of special interest": lambda events: events["is_aesi"].eq(True),
    "related": lambda events: events["is_related"].eq(True),
    "infusional": lambda events: events["is_infusional"].eq(True),
    "grade 3 or more": lambda events: events["grade"].ge(3),
    "grade 4 or 5": lambda events: events["grade"].ge(4),
    "not ended": lambda events: events["course"].eq("ongoing"),
}
KINDS = {"grade 3 or more": "grade", "grade 4 or 5": "grade"}  # of the others, each is its own
ORDERS = ("inclusion", "first event", "severity")

HATCH = {"shape": "/", "bgcolor": charts.PAPER, "fgcolor": charts.INK, "size": 5, "solidity": 0.3}
MANY = 40  # patients; beyond that, those without an event that the filter keeps are left out
PAGE = 25  # patients in one figure; a browser takes seconds to draw hundreds of lanes
SLIDE = 9  # rows in a figure of a shared screen: in each, a name in letters that carry
TERM = 12  # px of the letters in which an event is named
ENTRY = 112  # px of the words of an entry of the legend
MS = 86_400_000  # Plotly counts the days of an axis of dates in milliseconds

SUPPORT = {  # background of a lane
    "HIGH-FLOW OXYGEN": ("#E3F1FA", "", "high-flow O₂"),
    "INVASIVE VENTILATION": ("#BBD9EE", "/", "ventilation"),
    "ECMO": ("#E8C6D9", "x", "ECMO"),
}
OTHER_SUPPORT = ("#E0E0E0", ".", "other support")


@charts.kept
def sentence(summary: pd.Series) -> str:
    """The answer of the page: how many events, how bad, in how many patients."""
    n, patients = int(summary["n_events"]), int(summary["n_included"])
    if not patients:
        return "Nobody has been included yet."
    if not n:
        return f"None of {counted(patients, 'patient', 'patients')} has an adverse event on record."
    with_event = int(summary["n_with_event"])
    said = f"{with_event} of {counted(patients, 'patient', 'patients')} had "
    serious = f"{int(summary['n_serious'])} serious"
    if summary["n_serious_unknown"]:
        serious += f" and {int(summary['n_serious_unknown'])} that may be"
    return (
        f"{said}{counted(n, 'adverse event', 'adverse events')}: {serious}, "
        f"{int(summary['n_severe'])} of grade 3 or more, "
        f"{_ongoing(int(summary['n_ongoing']), int(summary['n_ongoing_at_end']))}."
    )


def _ongoing(n: int, n_at_end: int) -> str:
    """How many go on, told apart from those that did when the patient died or left."""
    if not n_at_end:
        return f"{n} ongoing"
    went_on = "went on when the patient died, left or completed"
    return f"{n - n_at_end} ongoing, {n_at_end} {went_on}"


@charts.kept
def doubts(summary: pd.Series) -> str:
    """What the events on record leave open; empty if nothing."""
    reasons = {
        "n_partial": "start not known to the day",
        "n_end_not_recorded": "end not recorded",
        "n_grade_unknown": "no grade",
        "n_grade_by_severity": "grade read from the severity, as there is no other",
        "n_serious_criterion": "serious by a criterion of seriousness, as that is all there is",
        "n_serious_unknown": "not known whether serious",
        "n_serious_doubtful": "of which recorded as not serious although a criterion of it is Y",
        "n_related_unknown": "not known whether related",
        "n_special_unknown": "not known whether of special interest",
    }
    return ", ".join(
        f"{why} ({int(summary[each])})" for each, why in reasons.items() if summary[each]
    )


@charts.kept
def as_related(events: pd.DataFrame) -> str:
    """What the site's words are that count as related, in plain words; empty if there are none."""
    said = events.loc[events["is_related"].eq(True).fillna(False), "aerel"].dropna()
    return ", ".join(f"“{each}”" for each in sorted({each.lower() for each in said}))


@charts.kept
def notes(summary: pd.Series, events: pd.DataFrame) -> str:
    """What has to be known of the numbers of events, in plain sentences; empty if nothing."""
    said = [f"Not certain of all events: {found}." if (found := doubts(summary)) else ""]
    said += [f"Related: what the site calls {words}." if (words := as_related(events)) else ""]
    return " ".join(filter(None, said))


@charts.kept
def only(events: pd.DataFrame, wanted: list[str]) -> pd.DataFrame:
    """The events that are what is wanted: words of ONLY, or categories of special interest."""
    kept = pd.Series(True, index=events.index)
    for kind in _kinds(wanted):
        is_either = pd.Series(False, index=events.index)
        for each in kind:
            is_either |= _is(events, each)
        kept &= is_either
    return events[kept]


def _is(events: pd.DataFrame, wanted: str) -> pd.Series:
    if wanted in ONLY:
        return ONLY[wanted](events).fillna(False).astype(bool)
    return events["aesi"].map(lambda found: wanted in _categories(found)).astype(bool)


def _kinds(wanted: list[str]) -> list[list[str]]:
    """What is wanted, kind by kind, in the order in which it was chosen."""
    found: dict[str, list[str]] = {}
    for each in wanted:
        kind = KINDS.get(each, each) if each in ONLY else "category"
        found.setdefault(kind, []).append(each)
    return list(found.values())


def _joined(kinds: list[list[str]]) -> str:
    """Serious and related; serious, and infection or thrombo-embolic."""
    link = ", and " if any(len(each) > 1 for each in kinds) else " and "
    return link.join(" or ".join(each) for each in kinds)


@charts.kept
def categories(events: pd.DataFrame) -> list[str]:
    """The categories of special interest that the events have."""
    return sorted({each for found in events["aesi"] for each in _categories(found)})


@charts.kept
def serious(rows: pd.DataFrame) -> pd.DataFrame:
    """The serious events in words: how long after which infusion, and what the site recorded."""
    return rows.assign(
        after=[
            # A flag says nothing of when it began.
            "before any infusion"
            if row["is_emergent"] is False and row["emergent_from"] == "dates"
            else _after(row["infusion"], row["days_since_infusion"])
            for row in rows.astype(object).to_dict("records")
        ],
        aerel=rows["aerel"].str.lower().fillna("not known"),
        aeout=rows["aeout"].str.lower().fillna("not known"),
    )


def _after(infusion: Any, days: Any) -> str | None:
    """4 days after no. 2."""
    if pd.isna(infusion):
        return None
    which = f"no.\xa0{int(infusion)}"
    if pd.isna(days):
        return f"after {which}"
    return f"{counted(int(days), 'day', 'days')} after {which}" if days else f"the day of {which}"


@charts.kept
def are_all_serious(rows: pd.DataFrame) -> bool:
    """Whether that is known of every one of them; of the others, none is known not to be."""
    return bool(rows["is_serious"].notna().all())


@charts.kept
def n_serious(rows: pd.DataFrame) -> str:
    """How many events are serious, in how many patients, and how many of them are related."""
    sure = rows[rows["is_serious"].notna()]
    may_be = len(rows) - len(sure)
    if sure.empty:
        return f"No event is known to be serious; {may_be} may be" if may_be else ""
    more = f"; {may_be} more may be serious" if may_be else ""
    n_related, unknown = (
        int(sure["is_related"].eq(True).sum()),
        int(sure["is_related"].isna().sum()),
    )
    related = f"{n_related} related" + (f", {unknown} not known" if unknown else "")
    people = counted(sure["usubjid"].nunique(), "patient", "patients")
    events = counted(len(sure), "serious event", "serious events")
    return f"{events} in {people}; {related}{more}"


@charts.kept
def pages(lanes: pd.DataFrame, events: pd.DataFrame, wanted: list[str]) -> list[range]:
    """Which of the patients that `course` draws stand in which of its parts."""
    return parts.ranges(len(_drawn(lanes, only(events, wanted), "inclusion", wanted)), PAGE)


@charts.kept
def slides(
    lanes: pd.DataFrame,
    events: pd.DataFrame,
    infusions: pd.DataFrame,
    support: pd.DataFrame,
    *,
    by_date: bool,
    order: str,
    wanted: list[str],
    outcome_days: list[int],
    cut_on: date | str,
) -> list[range]:
    """The same for a shared screen, which has room for so many rows of events, not of patients."""
    kept = only(events, wanted)
    drawn = _drawn(lanes, kept, order, wanted)
    figure = _Course(drawn, kept, infusions, support, by_date, outcome_days, cut_on, None)
    found, first = [], 0
    for place, usubjid in enumerate(drawn["usubjid"]):
        rows = figure.bottoms[usubjid] - figure.tops[drawn["usubjid"].iloc[first]]
        if place > first and rows > SLIDE:
            found.append(range(first, place))
            first = place
    return [*found, range(first, len(drawn))]


@charts.kept
def part(
    lanes: pd.DataFrame,
    events: pd.DataFrame,
    *,
    order: str,
    wanted: list[str],
    here: range | None = None,
) -> str:
    """What the figure of `course` shows of all, in plain words; empty if that is all of it."""
    kept = only(events, wanted)
    drawn = _drawn(lanes, kept, order, wanted)
    said = []
    if wanted:
        of_all = f"{len(kept)} of {counted(len(events), 'event', 'events')}"
        said.append(f"only {_joined(_kinds(wanted))}: {of_all}")
        if n_hidden := len(lanes) - len(drawn):
            said.append(
                f"{counted(n_hidden, 'patient', 'patients')} without such an event not drawn"
            )
    if here is not None and len(here) < len(drawn):
        n_here = int(kept["usubjid"].isin(_of(drawn, here)["usubjid"]).sum())
        which = f"patients {here.start + 1} to {here.stop}"
        if len(here) == 1:
            which = f"patient {here.stop}"
        said.append(
            f"{which} of {len(drawn)} by {order}, with "
            f"{n_here} of {counted(len(kept), 'event', 'events')}; the others on the other parts"
        )
    return " · ".join(said)


@charts.kept
def n_counted(incidence: pd.DataFrame) -> int:
    """How many events stand behind rows of one level, each of them in one row of any grade."""
    return int(incidence.loc[incidence["worst_grade"] == "any", "n_events"].sum())


@charts.kept
def n_elsewhere(
    lanes: pd.DataFrame,
    events: pd.DataFrame,
    *,
    by_date: bool,
    order: str,
    wanted: list[str],
    here: range | None = None,
) -> int:
    """How many of the events that `course` draws are of patients on another of its parts."""
    kept = only(events, wanted)
    shown = _of(_drawn(lanes, kept, order, wanted), here)["usubjid"]
    return int((~_placed(kept, by_date)["usubjid"].isin(shown)).sum())


@charts.kept
def n_left_out(events: pd.DataFrame, *, by_date: bool, wanted: list[str]) -> int:
    """How many of the events that have a place on the axis are not among those wanted."""
    return n_placed(events, by_date=by_date) - n_placed(only(events, wanted), by_date=by_date)


@charts.kept
def n_placed(events: pd.DataFrame, *, by_date: bool = False) -> int:
    """How many of the events have a place on the axis."""
    return len(_placed(events, by_date))


def _placed(events: pd.DataFrame, by_date: bool) -> pd.DataFrame:
    """The events that have a place on the axis."""
    return events[events["started_from" if by_date else "start_day_from"].notna()]


@charts.kept
def course(
    lanes: pd.DataFrame,
    events: pd.DataFrame,
    infusions: pd.DataFrame,
    support: pd.DataFrame,
    *,
    by_date: bool = False,
    order: str = "inclusion",
    wanted: list[str] | None = None,
    outcome_days: list[int] | None = None,
    cut_on: date | str | None = None,
    here: range | None = None,
) -> go.Figure:
    """A lane per patient: events from start to end, infusions, support, death and last contact.

    `here` are the patients of this part by their place in the order, if not all; it says so.
    """
    if lanes.empty:
        return charts.blank("Nobody has been included yet.")
    wanted = wanted or []
    kept = only(events, wanted)
    drawn = _drawn(lanes, kept, order, wanted)
    if drawn.empty:  # of many patients, those without what is wanted are left out
        return charts.blank(f"{_found(lanes, kept, wanted)}.")
    days = outcome_days or []
    figure = _Course(drawn, kept, infusions, support, by_date, days, cut_on, here)
    words = [
        "Digit and shade: grade. Outlined: serious. Hatched: known in part. "
        "Named where it fits: serious or grade 3+."
    ]
    if said := part(lanes, events, order=order, wanted=wanted, here=here):
        words.append(f"Shown: {text(said, charts.BODY_WIDTH, None)}.")
    if figure.goes_on_unseen():
        words.append("Beyond the last contact: as recorded, as the end of an event is no contact.")
    if said := figure.not_drawn():
        words.append(said)
    traces = figure.traces()
    n_legend, right = sum(bool(each.get("showlegend")) for each in traces), 18
    legend = charts.legend_room(n_legend, ENTRY, figure.left, right)
    return drawing(
        _found(lanes, kept, wanted),
        traces,
        figure.layout(),
        subtitle="<br>".join(words),
        height=figure.height,
        margin={"t": 54 + legend, "b": 44, "l": figure.left, "r": right},
    )


@charts.kept
def incidence(rows: pd.DataFrame, *, what: str) -> go.Figure:
    """A dot per kind of event: patients with any, and with grade 3 or more, of all included."""
    if rows.empty:
        return charts.blank("No adverse event is on record.")
    level = "term" if rows["level"].iloc[0] == "pt" else "soc"
    any_grade = rows[rows["worst_grade"] == "any"].sort_values("n", ascending=False, kind="stable")
    severe = rows[rows["worst_grade"] == "3 or more"].set_index(["soc", "term"])
    n_all = int(any_grade["n_included"].iloc[0])
    lanes = list(range(len(any_grade)))
    labels, sides, traces = [], [], []
    kinds = {
        "any grade": (charts.OBSERVED, "circle", -0.16),
        "grade 3 or more": (charts.ALERT, "diamond", 0.2),
    }
    places: dict[str, list[tuple[float, dict[str, Any]]]] = {name: [] for name in kinds}
    for lane, row in enumerate(any_grade.to_dict("records")):
        worse = severe.loc[(row["soc"], row["term"])].to_dict()
        labels.append(text(row[level], 36, 70))
        sides.append(f"{row['n']}/{n_all}, {percent(row['pct'])}; {int(worse['n'])}")
        places["any grade"].append((lane, row))
        if worse["n"]:
            places["grade 3 or more"].append((lane, row | worse))
    for name, (color, symbol, offset) in kinds.items():
        x: list[float | None] = []
        y: list[float | None] = []
        for lane, row in places[name]:
            x += [parts.number(row["ci_low"]), parts.number(row["ci_high"]), None]
            y += [lane + offset, lane + offset, None]
        traces.append(parts.line(x, y, color, 3, "solid"))
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": name,
                "showlegend": True,
                "x": [parts.number(row["pct"]) for _, row in places[name]],
                "y": [lane + offset for lane, _ in places[name]],
                "marker": {"symbol": symbol, "size": 11, "color": color},
                "hovertext": [
                    f"{text(row[level], 60, None)}<br>{name}: {int(row['n'])} of {n_all}, "
                    f"{percent(row['pct'])} ({interval(row['ci_low'], row['ci_high'])})<br>"
                    f"{counted(int(row['n_events']), 'event', 'events')}"
                    for _, row in places[name]
                ],
                "hovertemplate": "%{hovertext}<extra></extra>",
            }
        )
    # The second axis is there once something stands on it.
    traces.append({"type": "scatter", "x": [None], "y": [0], "yaxis": "y2", "showlegend": False})
    top = any_grade.iloc[0]
    axis = {"range": [len(lanes) - 0.4, -0.6], "tickvals": lanes, "showgrid": True}
    height = (38 if any("<br>" in each for each in labels) else 30) * len(lanes) + 8
    most = max(
        (row["ci_high"] for _, row in places["any grade"] if pd.notna(row["ci_high"])), default=100
    )
    return drawing(
        f"{parts.words(top[level], 60)} is the most frequent {parts.words(what, 70)}: "
        f"{counted(int(top['n']), 'patient', 'patients')} of {n_all}",
        traces,
        {
            "xaxis": {
                "range": [-1, min(101, most + 3)],
                "ticksuffix": " %",
                "title": {
                    "text": f"Of {counted(n_all, 'patient', 'patients')} included",
                    "standoff": 6,
                },
            },
            "yaxis": axis | {"ticktext": labels, "ticklabelstandoff": 6},
            "yaxis2": axis
            | {"ticktext": sides, "overlaying": "y", "side": "right"}
            | {"showgrid": False},
            "showlegend": True,
            "legend": {"orientation": "h", "x": 0, "y": 1 + 4 / height, "yanchor": "bottom"},
        },
        subtitle="Each patient counts once. Lines: exact (Clopper-Pearson) 95\xa0% interval. "
        "Right: patients with any grade; with grade 3 or more.",
        height=height,
        margin={
            "t": 40,
            "b": 58,
            "l": parts.beside([line for each in labels for line in each.split("<br>")]),
            "r": parts.beside(sides),
        },
    )


@charts.kept
def by_grade(rows: pd.DataFrame) -> pd.DataFrame:
    """The incidence as a table: a row per class and term, patients by their worst grade."""
    keys = ["level", "soc", "term"]
    wide = rows.pivot(index=keys, columns="worst_grade", values="n")
    names = ["any", "1", "2", "3", "4", "5", "not known"]
    wide = wide.reindex(columns=names).fillna(0).astype(int)
    wide = wide.loc[
        list(dict.fromkeys(rows[keys].itertuples(index=False, name=None)))
    ].reset_index()
    wide["event"] = wide["soc"].where(wide["level"] == "soc", "· " + wide["term"])
    wide["n_included"] = int(rows["n_included"].max()) if len(rows) else 0
    wide["pct"] = 100 * wide["any"] / wide["n_included"]
    return wide


def _categories(found: Any) -> list[str]:
    return [] if pd.isna(found) else str(found).split(", ")


def _letters(row: dict[str, Any]) -> str:
    """The categories of special interest of an event, a letter each."""
    return "".join(
        charts.SPECIAL_INTEREST[each].letter
        if each in charts.SPECIAL_INTEREST
        else each[:1].lower().replace("l", "L")  # 1l looks like 11
        for each in _categories(row["aesi"])
    )


def _drawn(lanes: pd.DataFrame, kept: pd.DataFrame, order: str, wanted: list[str]) -> pd.DataFrame:
    """The patients who get a lane, in order: all of them, unless a filter leaves many without."""
    drawn = _ordered(lanes, order)
    if wanted and len(drawn) > MANY:
        drawn = drawn[drawn["usubjid"].isin(kept["usubjid"])]
    return drawn


def _of(drawn: pd.DataFrame, here: range | None) -> pd.DataFrame:
    return drawn if here is None else drawn.iloc[here.start : here.stop]


def _ordered(lanes: pd.DataFrame, order: str) -> pd.DataFrame:
    if order == "first event":
        return lanes.sort_values(["first_event_on", "place"], na_position="last", kind="stable")
    if order == "severity":
        return lanes.sort_values(
            ["worst_grade", "n_serious", "n_events", "place"],
            ascending=[False, False, False, True],
            na_position="last",
        )
    return lanes.sort_values("place")


def _found(lanes: pd.DataFrame, kept: pd.DataFrame, wanted: list[str]) -> str:
    n, n_with = len(kept), kept["usubjid"].nunique()
    named = [[parts.words(each) for each in kind] for kind in _kinds(wanted)]
    kind = f" ({_joined(named)})" if wanted else ""
    if not n:
        return f"No adverse event{kind} in {counted(len(lanes), 'patient', 'patients')}"
    said = counted(n, "event", "events") + kind
    if len(lanes) > 1:
        said += f" in {n_with} of {len(lanes)} patients"
    may_be = int(kept["is_serious"].isna().sum())
    serious = f"{int(kept['is_serious'].eq(True).sum())} serious"
    serious += f" and {may_be} that may be" if may_be else ""
    gone = lanes["usubjid"][lanes["has_left"].astype(bool)]
    goes_on = kept["course"].eq("ongoing")
    n_at_end = int((goes_on & kept["usubjid"].isin(gone)).sum())
    ongoing = _ongoing(int(goes_on.sum()), n_at_end)
    return f"{said}: {serious}, {int(kept['grade'].ge(4).sum())} of grade 4 or 5, {ongoing}"


class _Course:
    """The figure of `course`: where everything stands on the two axes, in days and in rows."""

    def __init__(
        self,
        lanes: pd.DataFrame,
        events: pd.DataFrame,
        infusions: pd.DataFrame,
        support: pd.DataFrame,
        by_date: bool,
        outcome_days: list[int],
        cut_on: date | str | None,
        here: range | None,
    ) -> None:
        self.by_date, self.outcome_days = by_date, outcome_days
        self.cut = None if cut_on is None else _days(cut_on)
        self.lanes = lanes.to_dict("records")
        shown = {lane["usubjid"] for lane in self.lanes}
        self.events = [
            _Event(row, by_date)
            for row in events.astype(object).where(events.notna(), None).to_dict("records")
            if row["usubjid"] in shown
        ]
        self.has_event = {each.row["usubjid"] for each in self.events}
        self.events = [each for each in self.events if each.start is not None]
        self.undated: list[tuple[str, str]] = []  # (patient, what has no place on the axis)
        self.given = self._moments(infusions, "given_on", "given_day", shown)
        self.support = self._spans(support, shown)
        self._stretch()
        if here is not None:
            self._keep(here)
        self._stack()
        rows = self.bottom
        self.pitch = max(15, min(26, 600 / max(rows, 1)))  # room for a letter of 12 px
        self.height = int(self.pitch * rows)
        self.left = 8 + parts.beside([self._label(lane) for lane in self.lanes])

    def _keep(self, here: range) -> None:
        """Draw the patients of one part alone, on the axis that all parts have."""
        self.lanes = self.lanes[here.start : here.stop]
        shown = {lane["usubjid"] for lane in self.lanes}
        self.events = [each for each in self.events if each.row["usubjid"] in shown]
        self.given = [each for each in self.given if each[0]["usubjid"] in shown]
        self.support = [each for each in self.support if each[0]["usubjid"] in shown]
        self.undated = [each for each in self.undated if each[0] in shown]

    def _at(self, row: dict[str, Any], on: str, on_day: str) -> float | None:
        return _days(row[on]) if self.by_date else parts.number(row[on_day])

    def _moments(
        self, rows: pd.DataFrame, on: str, on_day: str, shown: set[str]
    ) -> list[tuple[dict[str, Any], float]]:
        found = []
        for row in rows[rows["is_given"] & rows["usubjid"].isin(shown)].to_dict("records"):
            at = self._at(row, on, on_day)
            if at is None:
                self.undated.append((row["usubjid"], "infusion"))
            else:
                found.append((row, at))
        return found

    def _spans(
        self, rows: pd.DataFrame, shown: set[str]
    ) -> list[tuple[dict[str, Any], float, float]]:
        found = []
        for row in rows[rows["usubjid"].isin(shown)].to_dict("records"):
            start = self._at(row, "started_from", "start_day")
            end = self._at(row, "ended_to", "end_day")
            if start is None or end is None:
                self.undated.append((row["usubjid"], "episode of support"))
            else:
                found.append((row, start, max(end, start) + 1))
        return found

    def not_drawn(self) -> str:
        """What has no place on the axis beside the events, of which the footer tells."""
        n_undated = Counter(name for _, name in self.undated)
        said = [
            counted(n, name, name.replace("infusion", "infusions").replace("episode", "episodes"))
            for name, n in n_undated.items()
        ]
        return f"Not drawn, as the day is not known: {', '.join(said)}." if said else ""

    def goes_on_unseen(self) -> bool:
        """Whether an event that is drawn went on after the last contact with its patient."""
        seen = {
            lane["usubjid"]: self._at(lane, "last_contact_on", "last_contact_day")
            for lane in self.lanes
        }
        contacts = ((each.last, seen.get(each.usubjid)) for each in self.events)
        return any(contact is not None and last > contact for last, contact in contacts)

    def _stretch(self) -> None:
        """The ends of the axis; what lies beyond stands at the edge."""
        starts = sorted(each.start for each in self.events)
        ends = [each.last for each in self.events] + [at for _, at in self.given]
        ends += [end for *_, end in self.support]
        for lane in self.lanes:
            for on, on_day in (("left_on", "left_day"), ("last_contact_on", "last_contact_day")):
                at = self._at(lane, on, on_day)
                ends += [] if at is None else [at]
        limit = max(self.outcome_days, default=0)
        if self.by_date:
            known = [_days(lane["included_on"]) for lane in self.lanes if _has(lane["included_on"])]
            low = min(known or starts or [self.cut or 0])
            self.high = self.cut or max([*ends, low])
            reach = 30.0
        else:
            low = 0.0
            usual = starts[int(len(starts) * 0.98)] if starts else 0
            self.high = max(min(max([*ends, 7]), max(1.15 * limit, usual, 7)), 7)
            reach = max(10.0, 0.1 * self.high)
        earliest = min([low, *starts, *(start for _, start, _ in self.support)])
        self.low = max(earliest, low - reach)
        room = 0.012 * (self.high - self.low)
        self.low, self.high = self.low - room, self.high + room
        self.unit = (self.high - self.low) / 100  # a hundredth of the width

    def _stack(self) -> None:
        """A row for each event, so that none hides another; lanes below each other."""
        by_patient: dict[str, list[_Event]] = {lane["usubjid"]: [] for lane in self.lanes}
        for each in self.events:
            by_patient[each.row["usubjid"]].append(each)
        self.tops, self.bottoms = {}, {}
        top = 0.0
        for usubjid, mine in by_patient.items():
            free: list[float] = []
            for each in sorted(mine, key=lambda one: (one.start, -one.last)):
                wide = _half(each)
                start = self._within(each.start) - wide * self.unit
                end = max(self._within(each.last) + 1.1, self._within(each.start) + 1.0)
                if each.row["course"] == "ongoing":
                    end = max(end, self._goes_on_at(each) + 1.1 * self.unit)
                if each.row["course"] == "end not recorded":
                    end = max(end, self._within(each.start) + 5.2 * self.unit)
                end = max(end, start + 2 * wide * self.unit)
                place = next((n for n, until in enumerate(free) if until <= start), len(free))
                free[place : place + 1] = [end]
                each.y = top + 0.75 + 0.5 + place
            self.tops[usubjid] = top
            top += 0.75 + max(len(free), 0.6) + 0.15
            self.bottoms[usubjid] = top
        self.bottom = top

    def _within(self, at: float) -> float:
        # What began before the left edge stands beside the sign that says so.
        least = self.low + (2.4 if at < self.low else 0.8) * self.unit
        return min(max(at, least), self.high - 0.8 * self.unit)

    def _out(self, at: float) -> float:
        """A place on the axis as Plotly counts it."""
        return at * MS if self.by_date else at

    def _label(self, lane: dict[str, Any]) -> str:
        group = "" if pd.isna(lane["cohort"]) else f" {parts.words(lane['cohort'], 8)}"
        return parts.who(lane["usubjid"]) + group

    def traces(self) -> list[dict[str, Any]]:
        return [
            *self._support_traces(),
            *self._bars(),
            *self._infusions(),
            *self._open_ends(),
            self._arrows(),
            *self._marks(),
            self._terms(),
            *self._leavings(),
            *self._legend(),
            self._names(),
            self._without(),
        ]

    def layout(self) -> dict[str, Any]:
        lanes = [lane["usubjid"] for lane in self.lanes]
        shapes = [
            {"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "layer": "below"}
            | {"y0": self.tops[each], "y1": self.bottoms[each]}
            | {"fillcolor": "#F6F6F6", "line": {"width": 0}}
            for each in lanes[1::2]
        ]
        notes, axis = [], {"range": [self._out(self.low), self._out(self.high)], "side": "top"}
        if self.by_date:
            axis |= {"type": "date", "tickformat": "%Y-%m", "nticks": 8}
        else:
            axis |= {"title": {"text": "Study day", "standoff": 4}, "nticks": 12}
            for number in [0, *self.outcome_days]:
                if self.low < number < self.high:
                    dash = {"color": charts.QUIET, "width": 1.2, "dash": "dot"}
                    shapes.append(
                        {"type": "line", "x0": number, "x1": number, "y0": 0, "y1": self.bottom}
                        | {"line": dash, "layer": "below"}
                    )
                    notes.append(
                        parts.note(f"day {number}", x=number, xanchor="center", y=0, yref="paper")
                        | {"yanchor": "top", "yshift": -2}
                    )
        return {
            "barmode": "overlay",
            "xaxis": axis | {"showgrid": True},
            "yaxis": {"range": [self.bottom, 0], "visible": False},
            "shapes": shapes,
            "annotations": notes,
            "showlegend": True,
            "legend": {"orientation": "h", "x": 0, "xanchor": "left", "yanchor": "bottom"}
            | {"y": 1 + 44 / self.height, "itemclick": False, "itemdoubleclick": False}
            | {"font": {"size": charts.BODY_SIZE - 1}, "entrywidth": ENTRY},
        }

    def _names(self) -> dict[str, Any]:
        """The names of the patients: as ticks of an axis, hundreds of them would take seconds."""
        return _words(
            "patients",
            [
                (self._out(self.low), self._middle(lane), f"{self._label(lane)}\xa0\xa0")
                for lane in self.lanes
            ],
            {"size": charts.BODY_SIZE, "color": charts.INK},
        )

    def _without(self) -> dict[str, Any]:
        """What to say at the end of a lane on which nothing else says it."""
        drawn = {each.row["usubjid"] for each in self.events}
        said = []
        for lane in self.lanes:
            words = []
            if lane["is_dead"] and self._at(lane, "left_on", "left_day") is None:
                words.append("† died, day not known")
            if lane["usubjid"] not in drawn:
                if lane["usubjid"] in self.has_event:
                    words.append("no event on a known day")
                else:
                    words.append("none of these events" if lane["n_events"] else "no event")
            if words:
                said.append((self._out(self.high), self._middle(lane), "; ".join(words)))
        return _words("said", said, {"size": charts.BODY_SIZE - 1, "color": charts.QUIET})

    def _middle(self, lane: dict[str, Any]) -> float:
        return (self.tops[lane["usubjid"]] + self.bottoms[lane["usubjid"]]) / 2

    def _support_traces(self) -> list[dict[str, Any]]:
        by_kind: dict[str, list[tuple[dict[str, Any], float, float]]] = {}
        for each in self.support:
            by_kind.setdefault(str(each[0]["support"]).upper(), []).append(each)
        found: list[dict[str, Any]] = []
        self.open_spans: list[tuple[float, float]] = []  # where support of unknown end breaks off
        # ECMO comes with ventilation, so it is drawn last, above it.
        kinds = [each for each in by_kind if each not in SUPPORT] + list(SUPPORT)
        for kind in kinds:
            spans = by_kind.get(kind, [])
            if not spans:
                continue
            color, pattern, name = SUPPORT.get(kind, OTHER_SUPPORT)
            ends = [(max(start, self.low), min(end, self.high)) for _, start, end in spans]
            self.open_spans += [
                (end, self.tops[row["usubjid"]] + 0.42)
                for (row, *_), (_, end) in zip(spans, ends, strict=True)
                if row["course"] == "no end recorded"
            ]
            tops = [self.tops[row["usubjid"]] for row, *_ in spans]
            bottoms = [self.bottoms[row["usubjid"]] for row, *_ in spans]
            found.append(
                {
                    "type": "bar",
                    "orientation": "h",
                    "name": name if kind in SUPPORT else parts.words(kind.lower(), 24),
                    "base": [self._out(start) for start, _ in ends],
                    "x": [self._out(max(end - start, 0)) for start, end in ends],
                    "y": [(a + b) / 2 for a, b in zip(tops, bottoms, strict=True)],
                    "width": [b - a - 0.12 for a, b in zip(tops, bottoms, strict=True)],
                    "marker": {
                        "color": color,
                        "line": {"width": 0},
                        "pattern": {"shape": pattern, "fgcolor": charts.GREY, "bgcolor": color}
                        | {"size": 9, "solidity": 0.1},
                    },
                    # Else they would take the pointer from the events that lie on them.
                    "hoverinfo": "skip",
                    "showlegend": True,
                }
            )
        return found

    def _bars(self) -> list[dict[str, Any]]:
        """What is certain of each event, and hatched what may be."""
        solid, hatched = [], []
        for each in self.events:
            for start, end, is_certain in each.spans():
                start, end = max(start, self.low), min(end, self.high)
                if end > start:
                    (solid if is_certain else hatched).append((each, start, end))
        found = []
        for name, places, pattern in (("events", solid, ""), ("known in part", hatched, "/")):
            serious = [each.is_serious for each, *_ in places]
            found.append(
                {
                    "type": "bar",
                    "orientation": "h",
                    "name": name,
                    "base": [self._out(start) for _, start, _ in places],
                    "x": [self._out(end - start) for _, start, end in places],
                    "y": [each.y for each, *_ in places],
                    "width": 0.52,
                    "marker": {
                        "color": [each.mark.color for each, *_ in places],
                        "line": {
                            "color": [charts.BLACK if yes else charts.GREY for yes in serious],
                            "width": [2 if yes else 0.7 for yes in serious],
                        },
                    }
                    | ({"pattern": HATCH} if pattern else {}),
                    "customdata": [each.key for each, *_ in places],
                    "hovertext": [each.words for each, *_ in places],
                    "hovertemplate": "%{hovertext}<extra></extra>",
                    "showlegend": False,
                }
            )
        return found

    def _infusions(self) -> list[dict[str, Any]]:
        inside = [(row, at) for row, at in self.given if self.low <= at <= self.high]
        x: list[float | None] = []
        y: list[float | None] = []
        for row, at in inside:
            x += [self._out(at), self._out(at), None]
            y += [self.tops[row["usubjid"]] + 0.2, self.bottoms[row["usubjid"]] - 0.1, None]
        said = []
        for row, _ in inside:
            dose = row["dose_per_kg"]
            words = f"{parts.words(row['usubjid'])}<br>infusion {row['infusion']}: "
            words += text(row["given_dtc"])
            said.append(words + (f"<br>{dose:.2f} million cells per kg" if _has(dose) else ""))
        heads = {
            "type": "scatter",
            "mode": "markers",
            "name": "infusion",
            "x": [self._out(at) for _, at in inside],
            "y": [self.tops[row["usubjid"]] + 0.42 for row, _ in inside],
            "marker": {"symbol": "triangle-down", "size": 11, "color": charts.BLUE},
            "hovertext": said,
            "hovertemplate": "%{hovertext}<extra></extra>",
            "showlegend": True,
        }
        return [parts.line(x, y, charts.BLUE, 1.5, "solid"), heads]

    def _open_ends(self) -> list[dict[str, Any]]:
        """Into the open: dotted and ? where no end is recorded, » where it lies beyond the edge."""
        places = [each for each in self.events if each.row["course"] == "end not recorded"]
        x: list[float | None] = []
        y: list[float | None] = []
        said = []
        for each in places:
            start = self._within(each.last)
            end = min(start + 4 * self.unit, self.high)
            said.append((self._out(end), each.y, "<b>?</b>"))
            x += [self._out(start), self._out(end), None]
            y += [each.y, each.y, None]
        said += [(self._out(end), y, "<b>?</b>") for end, y in self.open_spans]
        said += [
            (self._out(self.high), each.y, "<b>»</b>") for each in self.events if self._is_cut(each)
        ]
        ink = {"size": 13, "color": charts.INK}
        marks = _words("beyond", said, ink) | {"textposition": "middle right"}
        is_open = bool(places or self.open_spans)
        dotted = parts.line(x or [None], y or [None], charts.INK, 2, "dot")
        return [dotted | {"name": "end unknown (?)", "showlegend": is_open}, marks]

    def _is_cut(self, each: "_Event") -> bool:
        """Whether an event lies beyond the right edge, and does not end in an arrow there."""
        return each.last > self.high and each.row["course"] != "ongoing"

    def _goes_on_at(self, each: "_Event") -> float:
        """Where the arrow of an event that has not ended stands: beside its mark, not beneath."""
        return self._within(max(each.last, each.start + (_half(each) + 1.2) * self.unit))

    def _arrows(self) -> dict[str, Any]:
        """What goes on, and what began before the left edge of the figure."""
        right = [
            (each, self._goes_on_at(each))
            for each in self.events
            if each.row["course"] == "ongoing"
        ]
        left = [(each, self.low + 0.3 * self.unit) for each in self.events if each.start < self.low]
        places = [(*each, "triangle-right") for each in right]
        places += [(*each, "triangle-left") for each in left]
        return {
            "type": "scatter",
            "mode": "markers",
            "name": "ongoing at the cut, or when the patient left",
            "x": [self._out(at) for _, at, _ in places],
            "y": [each.y for each, *_ in places],
            "marker": {
                "symbol": [symbol for *_, symbol in places],
                "size": 13,
                "color": [each.mark.color for each, *_ in places],
                "line": {"color": charts.INK, "width": 1.2},
            },
            "customdata": [each.key for each, *_ in places],
            "hovertext": [each.words for each, *_ in places],
            "hovertemplate": "%{hovertext}<extra></extra>",
            "cliponaxis": False,
            "showlegend": False,
        }

    def _marks(self) -> list[dict[str, Any]]:
        """The grade of each event, at its start, and the letters of special interest."""
        # Where marks lie on each other, the worst lies on top.
        events = sorted(self.events, key=lambda each: (each.is_serious, each.grade or 0))
        x = [self._out(self._within(each.start)) for each in events]
        y = [each.y for each in events]
        size = min(16, self.pitch)
        grades = {
            "type": "scatter",
            "mode": "markers+text",
            "name": "grade",
            "x": x,
            "y": y,
            "text": [each.mark.letter + _letters(each.row) for each in events],
            "textfont": {
                "size": min(12, size - 3),
                "color": [charts.PAPER if each.grade == 5 else charts.BLACK for each in events],
            },
            "marker": {
                "symbol": [each.symbol for each in events],
                "opacity": 1,
                "size": [size + 3 * len(_letters(each.row)) for each in events],
                "color": [each.mark.color for each in events],
                "line": {
                    "color": [charts.BLACK if each.is_serious else charts.GREY for each in events],
                    "width": [2.4 if each.is_serious else 0.8 for each in events],
                },
            },
            "customdata": [each.key for each in events],
            "hovertext": [each.words for each in events],
            "hovertemplate": "%{hovertext}<extra></extra>",
            "cliponaxis": False,
            "showlegend": False,
        }
        return [grades]

    def _terms(self) -> dict[str, Any]:
        """The names of the worst events, each in its row where nothing else stands, if it fits.

        On a shared screen, nobody can point at a mark to see what it is. So a serious event that
        has no other room is named across the lines of infusions.
        """
        px = 100 * self.unit / (charts.NARROWEST - self.left - 18)  # in days
        taken: dict[float, list[tuple[float, float]]] = {}
        for each in self.events:
            crossing = [(at, at) for row, at in self.given if row["usubjid"] == each.usubjid]
            taken.setdefault(each.y, crossing).append(self._reach(each, px))
        places, sides, is_alone = [], [], len(self.lanes) == 1
        ranked = sorted(self.events, key=lambda one: (not one.is_serious, -(one.grade or 0)))
        named: set[str] = set()
        for each, is_across in [
            *((each, False) for each in ranked if each.is_serious),
            *((each, True) for each in ranked if each.is_serious),
            *((each, False) for each in ranked if not each.is_serious and (each.grade or 0) >= 3),
        ]:
            if each.key in named:
                continue
            words = text(each.row["term"], 1000, None)
            wide = (0.58 * TERM * parts.wide(html.unescape(words)) + 8) * px
            first, last = self._reach(each, px)
            others = [span for span in taken[each.y] if span != (first, last)]
            if is_across:
                others = [(since, to) for since, to in others if since < to]
            # Of more rows than a slide has room for, two names would touch.
            close = (each.y - 1, each.y + 1) if is_alone and self.bottom > SLIDE else ()
            # Close to another mark, it would seem to be the name of that.
            for side, at, low, high in (
                ("right", last + 3 * px, last, last + wide + 14 * px),
                ("left", first - 3 * px, first - wide - 14 * px, first),
            ):
                is_free = all(to <= low or high <= since for since, to in others)
                if self.low <= low and high <= self.high and is_free:
                    for y in (each.y, *close):
                        taken.setdefault(y, []).append((low, high))
                    places.append((self._out(at), each.y, words))
                    sides.append(f"middle {side}")
                    named.add(each.key)
                    break
        ink = {"size": TERM, "color": charts.INK}
        return _words("terms", places, ink) | {"textposition": sides}

    def _reach(self, each: "_Event", px: float) -> tuple[float, float]:
        """From where to where an event stands in its row, with its mark and what is at its end."""
        start, last = self._within(each.start), self._within(each.last)
        half = (9.5 + 1.5 * len(_letters(each.row))) * px
        end = last + 1
        if each.row["course"] == "end not recorded":
            end = last + 4 * self.unit + 14 * px
        elif each.row["course"] == "ongoing":
            end = max(last, self._goes_on_at(each)) + 10 * px
        return start - half, max(start + half, end)

    def _leavings(self) -> list[dict[str, Any]]:
        dead, seen = [], []
        for lane in self.lanes:
            left = self._at(lane, "left_on", "left_day")
            contact = self._at(lane, "last_contact_on", "last_contact_day")
            y = self.tops[lane["usubjid"]] + 0.42
            name = parts.words(lane["usubjid"])
            if lane["is_dead"] and left is not None:
                dead.append((left, y, f"{name}<br>died: {day(lane['left_on'])}"))
            if contact is not None:
                seen.append((contact, y, f"{name}<br>last contact: {day(lane['last_contact_on'])}"))
        kinds = (
            ("last contact", seen, {"symbol": "line-ns-open", "size": 11}),
            ("death", dead, {"symbol": charts.DEATH.symbol, "size": 10}),
        )
        return [
            {
                "type": "scatter",
                "mode": "markers",
                "name": name,
                "x": [self._out(self._within(at)) for at, *_ in places],
                "y": [y for _, y, _ in places],
                "marker": shape
                | {"color": charts.BLACK, "line": {"width": 2.2, "color": charts.BLACK}},
                "hovertext": [words for *_, words in places],
                "hovertemplate": "%{hovertext}<extra></extra>",
                "cliponaxis": False,
                "showlegend": bool(places),
            }
            for name, places, shape in kinds
        ]

    def _legend(self) -> list[dict[str, Any]]:
        """Entries for what the marks of one trace tell apart."""
        present = {each.grade for each in self.events}
        categories = sorted({one for each in self.events for one in _categories(each.row["aesi"])})
        entries = [
            (f"grade {grade}", mark.color, "circle", charts.GREY, 0.8)
            for grade, mark in charts.GRADES.items()
            if grade in present
        ]
        if None in present:
            entries.append(("? grade", charts.PAPER, "circle", charts.GREY, 1))
        if any(each.is_serious for each in self.events):
            entries.append(("serious", charts.PAPER, "circle", charts.BLACK, 2.4))
        for each in categories:
            letter = _letters({"aesi": each})
            entries.append(
                (f"{letter} {parts.words(each, 15)}", charts.PAPER, _symbol(each), charts.GREY, 1.5)
            )
        if any(each.row["course"] == "ongoing" for each in self.events):
            entries.append(("not ended", charts.PAPER, "triangle-right", charts.INK, 1.5))
        if any(each.start < self.low for each in self.events):
            entries.append(("begun before", charts.PAPER, "triangle-left", charts.INK, 1.5))
        if any(self._is_cut(each) for each in self.events):
            entries.append(("» ends later", charts.PAPER, "line-ew", charts.PAPER, 0))
        return [
            {
                "type": "scatter",
                "mode": "markers",
                "name": name,
                "x": [None],
                "y": [None],
                "marker": {"symbol": symbol, "color": color, "size": 12}
                | {"line": {"color": rim, "width": width}},
                "hoverinfo": "skip",
                "showlegend": True,
            }
            for name, color, symbol, rim, width in entries
        ]


class _Event:
    """A row of events.sql on the axis: in study days, or in days since 1970."""

    def __init__(self, row: dict[str, Any], by_date: bool) -> None:
        self.row, self.usubjid = row, row["usubjid"]
        names = ["start_day_from", "start_day_to", "end_day_from", "end_day_to", "seen_day"]
        if by_date:
            names = ["started_from", "started_to", "ended_from", "ended_to", "seen_on"]
        read = _days if by_date else parts.number
        self.start, self.start_to, self.end_from, self.end_to, self.seen = (
            read(row[name]) for name in names
        )
        self.key = f"{row['usubjid']}|{row['event']}"
        self.grade = None if row["grade"] is None else int(row["grade"])
        self.mark = charts.GRADES.get(self.grade, charts.Mark(charts.PAPER, "circle", "?"))
        self.is_serious = row["is_serious"] is True
        found = _categories(row["aesi"])
        self.symbol = _symbol(found[0]) if found else "circle"
        self.y = 0.0
        self.words = self._words()

    @property
    def last(self) -> float:
        """The last day that is drawn of it."""
        known = [self.start_to, self.end_to, self.seen]
        return max([self.start, *(each for each in known if each is not None)])

    def spans(self) -> list[tuple[float, float, bool]]:
        """What is certain of the event, and what may be: from, to, certain. Days are whole."""
        begun = self.start if self.start_to is None else self.start_to
        found = []
        if begun > self.start:
            found.append((self.start, begun, False))
        if self.end_from is not None:
            sure = max(self.end_from, begun)
            found.append((begun, sure + 1, True))
            if self.end_to > sure:
                found.append((sure + 1, self.end_to + 1, False))
        elif self.seen is not None:
            found.append((begun, max(self.seen, begun), True))
        return found

    def _words(self) -> str:
        row = self.row
        grade = "grade not known" if self.grade is None else f"grade {self.grade}"
        if row["grade_from"] == "severity":
            grade += " (from severity)"
        yes = {True: "yes", False: "no", None: "not known"}
        after = "before any infusion, or not known"
        if row["infusion"] is not None:
            since = row["days_since_infusion"]
            after = f"infusion {int(row['infusion'])}"
            after += "" if since is None else f" + {counted(int(since), 'day', 'days')}"
        end = text(row["end_dtc"]) if row["end_dtc"] is not None else row["course"]
        lines = [
            f"<b>{text(row['term'], 60)}</b>, {grade}",
            f"{parts.words(row['usubjid'])}, {text(row['start_dtc'])} to {end}",
            f"after: {after}",
            f"serious: {yes[row['is_serious']]}, related: {yes[row['is_related']]}, "
            f"expected: {yes[row['is_expected']]}",
        ]
        if row["aesi"] is not None:
            lines.append(f"special interest: {text(row['aesi'])}")
        if row["is_infusional"]:
            lines.append(f"infusional, by {text(row['infusional_from'])}")
        return "<br>".join(lines)


def _words(
    name: str, places: list[tuple[float, float, str]], font: dict[str, Any]
) -> dict[str, Any]:
    """Words at places of the plot, each to the left of its place."""
    return {
        "type": "scatter",
        "mode": "text",
        "name": name,
        "x": [x for x, *_ in places],
        "y": [y for _, y, _ in places],
        "text": [words for *_, words in places],
        "textposition": "middle left",
        "textfont": font,
        "cliponaxis": False,
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _half(each: _Event) -> float:
    """Half the width of a mark, in hundredths of the axis."""
    return 1.1 + 0.35 * len(_letters(each.row))


def _symbol(category: str) -> str:
    known = charts.SPECIAL_INTEREST.get(category)
    return known.symbol if known else "hexagon"


def _has(value: Any) -> bool:
    return value is not None and not pd.isna(value)


def _days(value: Any) -> float | None:
    """A date as days since 1970."""
    return None if not _has(value) else float((pd.Timestamp(value) - pd.Timestamp(0)).days)
