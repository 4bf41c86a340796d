"""The opening page: four answers in words, what needs attention, and every patient on a lane."""

import html
import re
import textwrap
from datetime import date
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import plotly.graph_objects as go

import charts
from charts import adverse_events, counted, day, drawing, dress, parts, visits_made

# The numbers that stand as tiles, the first two that protocol.toml lets us count.
TILES = {
    "recruitment": {"included": "Included", "screened": "Screened"},
    "dosing": {
        "infusions adherent": "As the protocol says",
        "infusions overdue": "Infusions overdue",
        "infusions given": "Infusions given",
    },
    "safety": {"serious events": "Serious events", "deaths": "Deaths"},
    "follow-up": {
        "visits done": "Visits made",
        "visits overdue": "Visits overdue",
        "vital status unknown": "Vital status unknown",
        "withdrawn or lost": "Withdrawn or lost",
    },
}

URGENCIES = {  # a sign, its colour, and how many are "1 overdue"
    "stop": ("■", charts.ALERT, "at a stopping boundary"),
    "overdue": ("■", charts.ALERT, "overdue"),
    "new": ("★", charts.INK, "new"),
    "due": ("●", charts.BLUE, "due"),
    "near": ("▲", charts.ORANGE, "near a stopping boundary"),
    "soon": ("○", charts.QUIET, "soon"),
    "watch": ("?", charts.QUIET, "to be found out"),
}

MANY = 40  # patients; with more, a lane is lower, and the days stand above
HIGHEST = 22  # px of a lane
# px of the list: a line of its text, what a row has around it, and how many characters of what is
# to be done stand in a line where it is narrowest beside the lanes.
LINE, AROUND, NARROW = 18, 7, 42
AROUND_LANES = 165  # px of the figure that are not lanes, its footer among them
LEAST = 5  # rows that are shown however little room there is
NO_DAY = ", day 0 not known"
GLYPHS = {  # what is drawn, in the words that stand over the lanes
    "in window": "●\xa0infusion in window",
    "given": "●\xa0infusion",
    "early": "◀\xa0early",
    "late": "▶\xa0late",
    "extra": "◆\xa0extra infusion",
    "due": "○\xa0due",
    "overdue": "□\xa0overdue",
    "missed": "✕\xa0missed",
    "unknown": "⬡\xa0infusion, not known whether in window, or given",
    "serious event": "★\xa0serious event",
    "ventilation": "▨\xa0ventilation",
    "ECMO": "▩\xa0ECMO",
    "death": "✚\xa0died",
}


@charts.kept
def answers(headline: pd.DataFrame) -> dict[str, str]:
    """Where the trial stands, a sentence or two for each topic, out of the headline numbers."""
    rows = headline.astype(object).set_index("name")
    n = {name: None if pd.isna(value) else value for name, value in rows["value"].items()}
    of = rows["n_of"].to_dict()
    screened = (
        "screened" if not rows.at["screened", "is_of_all_groups"] else "screened in any group"
    )
    return {
        "recruitment": _recruitment(n, of, screened),
        "dosing": _dosing(n),
        "safety": _safety(n, of),
        "follow-up": _follow_up(n),
    }


@charts.kept
def tiles(headline: pd.DataFrame, topic: str) -> list[tuple[str, dict[str, Any]]]:
    """The labels and the rows of the two numbers of a topic that stand as tiles."""
    rows = {row["name"]: row for row in headline.astype(object).to_dict("records")}
    named = [(label, rows[name]) for name, label in TILES[topic].items()]
    return [
        (label + (" (all groups)" if row["is_of_all_groups"] else ""), row)
        for label, row in named
        if not pd.isna(row["value"])
    ][:2]


@charts.kept
def found(attention: pd.DataFrame) -> str:
    """What needs attention, by urgency."""
    if attention.empty:
        return "Nothing needs attention."
    whole = counted(len(attention), "thing needs", "things need")
    return f"{whole} attention: {_kinds(attention)}."


def counted_from(cut: str, today: date | None) -> str:
    """From when the days of the list are counted; `today` is None if nobody waits for them."""
    said = f"Days are counted from the cut, {date.fromisoformat(cut):%A} {cut}"
    age = (today - date.fromisoformat(cut)).days if today else 0
    if age < 1:
        return f"{said}."
    ago = counted(age, "day", "days")
    return f"{said}, {ago} ago: what was due within {ago} may be overdue by now."


@charts.kept
def trend(trends: pd.DataFrame | None, name: str) -> list[float] | None:
    """How a number went over the cuts; None unless it is known of two."""
    if trends is None:
        return None
    course = trends.loc[trends["name"] == name, "n"].to_list()
    return [float(each) for each in course] if len(course) > 1 else None


@charts.kept
def worklist(attention: pd.DataFrame, kept: dict[str, str], room: int | None = None) -> str:
    """The list as HTML, whose links keep what the address says, such as the cut.

    Of more than `room` px, the last are folded away under a line that counts them. Links of
    Streamlit's own Markdown and tables open a new tab each.
    """
    if attention.empty:
        return "<p>Nothing is due, overdue, new, or to be found out.</p>"
    n = len(attention) if room is None else _n_first(attention, room)
    first, rest = attention.head(n), attention.iloc[n:]
    if rest.empty:
        return _table(first, kept)
    said = f"{len(rest)} more: {_kinds(rest)}"
    folded = f"<summary>{said}</summary>{_table(rest, kept)}"
    return f'{_table(first, kept)}<details class="more">{folded}</details>'


@charts.kept
def lanes(rows: pd.DataFrame, outcome_days: list[int], room: int | None = None) -> go.Figure:
    """Every patient on a lane of study days: infusions, serious events, support, and the end.

    With few patients the lanes are as high as `room` px allow.
    """
    patients = rows[rows["kind"] == "in trial"].sort_values("place").to_dict("records")
    if not patients:
        return charts.blank("Nobody has been included yet.")
    lane = {row["usubjid"]: place for place, row in enumerate(patients)}
    are_many = len(patients) > MANY
    pitch = 14 if are_many else 15
    if room is not None:
        pitch = max(pitch, min(HIGHEST, (room - AROUND_LANES) // len(patients)))
    dated = rows[rows["day_from"].notna()].to_dict("records")
    traces = [*_support(dated, lane), _stays(dated, lane), *_marks(dated, lane)]
    days = [row[name] for row in dated for name in ("day_from", "day_to") if pd.notna(row[name])]
    low, high = int(min([0, *days])), int(max([*outcome_days, *days, 7]))
    ends = [row["status"] + ("" if pd.notna(row["day_from"]) else NO_DAY) for row in patients]
    air = 0.02 * (high - low)
    traces.append(_ends(ends, high + air))
    drawn = {_name(row) for row in dated}
    labels = [parts.patient(row) for row in patients]
    return drawing(
        _stands(patients),
        traces,
        {
            "barmode": "overlay",
            "xaxis": {
                "range": [low - air, high + air],
                "tickvals": _ticks(low, high, outcome_days),
                "title": {"text": "Study day", "standoff": 4},
                # Of a figure that scrolls, the reader sees the top.
                "side": "top" if are_many else "bottom",
            },
            "yaxis": parts.lanes(labels, pitch),
        },
        subtitle=" ".join(glyph for name, glyph in GLYPHS.items() if name in drawn),
        height=max(pitch * len(patients), 60),
        margin={
            "t": 54 if are_many else 12,
            "b": 12 if are_many else 46,
            "l": parts.beside(labels),
            "r": parts.beside(ends),
        },
    )


@charts.kept
def in_words(attention: pd.DataFrame) -> pd.DataFrame:
    """The rows as a slide lists them: whose they are, and 6 days past or left."""
    left = [_left(each) for each in attention["days_left"]]
    return charts.filled(attention, usubjid="the trial").assign(days_left=left)


@charts.kept
def of_patient(attention: pd.DataFrame) -> str:
    """What one patient needs, the most urgent first; nothing if that is nothing."""
    listed = [
        f"{row['what']} ({left})" if (left := _left(row["days_left"])) else str(row["what"])
        for row in attention.to_dict("records")
    ]
    return f"Needs attention: {'; '.join(listed)}." if listed else ""


def _kinds(attention: pd.DataFrame) -> str:
    """3 overdue (1 report), 3 due: beneath it stand the overdue infusions and visits."""
    n = attention["urgency"].value_counts()
    said = {name: f"{n[name]} {words}" for name, (*_, words) in URGENCIES.items() if name in n}
    if "overdue" in said:
        late = attention["urgency"].eq("overdue") & attention["kind"].eq("report")
        said["overdue"] += f" ({counted(int(late.sum()), 'report', 'reports')})" * bool(late.any())
    return ", ".join(said.values())


def _n_first(attention: pd.DataFrame, room: int) -> int:
    """How many rows of the list fit into so many px, with what stands around them."""
    lines = attention["what"].map(lambda what: len(textwrap.wrap(str(what), NARROW)) or 1)
    ends_at = (LINE * lines + AROUND).cumsum() + 2 * (LINE + AROUND)  # heading and column names
    if ends_at.iloc[-1] <= room:
        return len(attention)
    return max(int((ends_at + LINE + AROUND <= room).sum()), LEAST)


def _table(attention: pd.DataFrame, kept: dict[str, str]) -> str:
    lines = []
    for row in attention.to_dict("records"):
        sign, color, _ = URGENCIES[row["urgency"]]
        who = "" if pd.isna(row["usubjid"]) else str(row["usubjid"])
        patient = _link("patient", who, kept | {"patient": who}) if who else "the trial"
        page = row["page"].lower().replace(" ", "_").replace("-", "_")
        by = "" if pd.isna(row["by_on"]) else day(row["by_on"])
        cells = {
            "urgency": f'<span style="color:{dress.on_both(color)}">{sign}</span> {row["urgency"]}',
            "patient": patient,
            "what": _what(row["what"]),
            "by": by,
            "left": _left(row["days_left"]),
            "page": _link(page, row["page"], kept),
        }
        lines.append("".join(f'<td class="{name}">{cell}</td>' for name, cell in cells.items()))
    heads = ("Urgency", "Patient", "What", "By when", "Days left", "More on")
    head = "".join(f'<th scope="col">{each}</th>' for each in heads)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f'<table class="attention"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _what(words: str) -> str:
    """A time stands beside its day without the T of ISO 8601, as on a slide; a day in one line."""
    words = _escaped(re.sub(r"(\d{4}-\d\d-\d\d)T(?=\d\d:)", r"\1 ", words))
    return re.sub(r"\d{4}-\d\d-\d\d", r'<span class="day">\g<0></span>', words)


def _recruitment(n: dict[str, Any], of: dict[str, Any], screened: str) -> str:
    target = of["included"]
    said = f"{n['included']} included"
    if not pd.isna(target):
        is_ = "is" if n["included"] == 1 else "are"
        said = (
            f"{n['included']} of the {counted(target, 'patient', 'patients')} needed {is_} included"
        )
    failed = f"{n['failed screening']} of {n['screened']} {screened} failed"
    return f"{said}, {n['treated']} treated; {failed}."


def _dosing(n: dict[str, Any]) -> str:
    if n["infusions owed"] is None:
        given = counted(n["infusions given"], "infusion", "infusions")
        return f"{given} given. protocol.toml sets no number of infusions, so none is owed."
    if not n["infusions owed"]:
        said = "No infusion was owed yet"
    else:
        said = f"{n['infusions adherent']} of {n['infusions owed']} infusions as the protocol says"
    unknown = (
        (n["adherence unknown"], "of unknown adherence"),
        (n["infusions unknown"], "may be due"),
    )
    now = (n["infusions overdue"], "overdue"), (n["infusions due"], "due"), *unknown
    return f"{said}; {_listed(now) or 'none is due'}."


def _safety(n: dict[str, Any], of: dict[str, Any]) -> str:
    said = counted(n["SUSARs"], "SUSAR", "SUSARs")
    if n["SUSAR unknown"]:
        said += f" and {n['SUSAR unknown']} that may be"
    if n["seriousness unknown"]:
        said += f"; {counted(n['seriousness unknown'], 'event', 'events')} of unknown seriousness"
    serious = counted(n["serious events"], "serious event", "serious events")
    return (
        f"{serious}, {said}. {n['deaths']} of {counted(of['deaths'], 'patient', 'patients')} died."
    )


def _follow_up(n: dict[str, Any]) -> str:
    if n["visits owed"] is None:
        said = "protocol.toml schedules no visit."
    elif not n["visits owed"]:
        said = "No visit was owed yet."
    else:
        said = visits_made(n["visits done"], n["visits owed"])
        said += f"; {rest}." if (rest := _listed([(n["visits overdue"], "overdue")])) else "."
    if n["visits unknown"]:
        said += f" Of {n['visits unknown']} it is not known whether they are due."
    if n["vital status unknown"]:
        days = counted(n["vital status unknown"], "outcome day", "outcome days")
        said += f" Vital status unknown on {days}."
    return said


def _listed(numbers: Any) -> str:
    return ", ".join(f"{n} {what}" for n, what in numbers if n)


def _left(days: Any) -> str:
    if pd.isna(days):
        return ""
    if days < 0:
        return f"{counted(-int(days), 'day', 'days')} past"
    return f"{counted(int(days), 'day', 'days')} left" if days else "last day"


def _link(page: str, words: str, kept: dict[str, str]) -> str:
    address = html.escape(f"{page}?{urlencode(kept)}")
    return f'<a href="{address}">{_escaped(words)}</a>'


def _escaped(words: Any) -> str:
    return charts.text(words, 400, 400)


def _stands(patients: list[dict[str, Any]]) -> str:
    """Of 14 patients, 7 completed, 3 died."""
    n = pd.Series([row["status"] for row in patients]).value_counts()
    known = [status for status in charts.STATUSES if status in n]
    others = [status for status in n.index if status not in known]
    said = ", ".join(f"{n[each]}\xa0{parts.words(each)}" for each in [*known, *others])
    return f"{len(patients)} included: {said}"


def _stays(rows: list[dict[str, Any]], lane: dict[str, int]) -> dict[str, Any]:
    """A thin line for as long as the patient is in the trial."""
    x: list[Any] = []
    y: list[Any] = []
    for row in rows:
        if row["kind"] == "in trial" and pd.notna(row["day_to"]):
            x += [float(row["day_from"]), float(row["day_to"]), None]
            y += [lane[row["usubjid"]]] * 2 + [None]
    return parts.line(x, y, charts.GREY, 1.5, "solid") | {"name": "in the trial"}


def _support(rows: list[dict[str, Any]], lane: dict[str, int]) -> list[dict[str, Any]]:
    """The days on a machine, behind the line, as the Adverse events page draws them."""
    traces = []
    for kind, named in (("ventilation", "INVASIVE VENTILATION"), ("ECMO", "ECMO")):
        color, pattern, _ = adverse_events.SUPPORT[named]
        spans = [row for row in rows if row["kind"] == kind and pd.notna(row["day_to"])]
        if spans:
            traces.append(
                {
                    "type": "bar",
                    "orientation": "h",
                    "name": kind,
                    "y": [lane[row["usubjid"]] for row in spans],
                    "base": [float(row["day_from"]) for row in spans],
                    "x": [float(row["day_to"] - row["day_from"]) + 1 for row in spans],
                    "width": 0.7 if kind == "ventilation" else 0.45,
                    "marker": {
                        "color": color,
                        "line": {"width": 0},
                        "pattern": {"shape": pattern, "fgcolor": charts.GREY, "size": 5},
                    },
                    "hovertext": [_said(row) for row in spans],
                    "hovertemplate": "%{hovertext}<extra></extra>",
                    "customdata": [row["usubjid"] for row in spans],
                }
            )
    return traces


def _marks(rows: list[dict[str, Any]], lane: dict[str, int]) -> list[dict[str, Any]]:
    """Infusions on the line, serious events above it, and how the line ends."""
    groups: dict[str, list[dict[str, Any]]] = {}
    vague: tuple[list[Any], list[Any]] = ([], [])
    for row in rows:
        if row["kind"] in ("ventilation", "ECMO"):
            continue
        if row["kind"] == "in trial":
            if row["status"] == "died" or pd.isna(row["day_to"]):
                continue  # the death has a mark of its own
            row = row | {"day_from": row["day_to"]}
        groups.setdefault(_name(row), []).append(row)
        if pd.notna(row["day_to"]) and row["day_to"] > row["day_from"]:
            vague[0].extend([float(row["day_from"]), float(row["day_to"]), None])
            vague[1].extend([_height(row, lane)] * 2 + [None])
    traces = [parts.line(*vague, charts.UNCERTAIN, 3, "solid")] if vague[0] else []
    for name, found in groups.items():
        mark = _mark(found[0])
        x, y = [float(row["day_from"]) for row in found], [_height(row, lane) for row in found]
        trace = parts.spots(name, x, y, mark, [_said(row) for row in found], size=9)
        trace["marker"]["line"] = {"color": mark.color, "width": 1.5}
        traces.append(trace | {"customdata": [row["usubjid"] for row in found]})
    return traces


def _name(row: dict[str, Any]) -> str:
    """What a thing is drawn as."""
    if row["kind"] == "infusion":
        return str(row["state"])
    return str(row["status"]) if row["kind"] == "in trial" else str(row["kind"])


def _mark(row: dict[str, Any]) -> charts.Mark:
    marks = {"infusion": charts.INFUSIONS, "in trial": charts.STATUSES}.get(row["kind"])
    if marks is not None:
        return marks.get(_name(row), charts.UNKNOWN)
    return charts.DEATH if row["kind"] == "death" else charts.SERIOUS


def _height(row: dict[str, Any], lane: dict[str, int]) -> float:
    return lane[row["usubjid"]] - (0.3 if row["kind"] == "serious event" else 0)


def _said(row: dict[str, Any]) -> str:
    days = f"day {int(row['day_from'])}"
    if pd.notna(row["day_to"]) and row["day_to"] > row["day_from"]:
        days += f" to {int(row['day_to'])}"
    opens = ", going on" if row["is_open"] and row["kind"] != "in trial" else ""
    who = charts.text(row["usubjid"], 60, None)
    return f"<b>{who}</b><br>{charts.text(row['label'], 60)}<br>{days}{opens}"


def _ends(words: list[str], at: float) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "text",
        "x": [at] * len(words),
        "y": list(range(len(words))),
        "text": [parts.words(each) for each in words],
        "textposition": "middle right",
        "textfont": {"size": charts.FOOTER_SIZE, "color": charts.QUIET},
        "cliponaxis": False,
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _ticks(low: int, high: int, outcome_days: list[int]) -> list[int]:
    """Some days, the outcome days among them, and none beside those."""
    step = parts.step(high - low)
    others = [
        each
        for each in range(0, high + 1, step)
        if all(abs(each - outcome) > step / 2 for outcome in outcome_days)
    ]
    return sorted({*outcome_days, *others})
