"""Figures: one function per figure, from the answer to a question to a Plotly figure.

A chart neither queries nor displays, and leaves its data frame as it found it; so it can be
tested without a trial, and is the same on a page and in a report. Its title says what was found.

Colours are those of Okabe and Ito (2008), told apart without seeing red or green. Each means one
thing in every figure, and never alone: a shape, a dash, a letter or a label says the same.
"""

import html
import math
import re
import textwrap
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar

import pandas as pd
import plotly.graph_objects as go

BLACK, GREY, ORANGE, SKY = "#000000", "#767676", "#E69F00", "#56B4E9"
GREEN, BLUE, VERMILLION, PURPLE = "#009E73", "#0072B2", "#D55E00", "#CC79A7"

INK, QUIET, GRID, PAPER = "#1A1A1A", "#595959", "#E4E4E4", "#FFFFFF"

OBSERVED = BLUE  # what happened
PLANNED = GREY  # what the protocol asks for
FORECAST = SKY  # what is likely to happen
ALERT = VERMILLION  # what needs somebody's attention
UNCERTAIN = ORANGE  # what is on record, and not known to the day


class Mark(NamedTuple):
    """How one value of a vocabulary is drawn, and the letter it gets where a mark holds one."""

    color: str
    symbol: str
    letter: str = ""


UNKNOWN = Mark(GREY, "hexagon2-open", "?")  # a value that the vocabulary does not hold
DEATH = Mark(BLACK, "cross", "†")
SERIOUS = Mark(BLACK, "star", "S")

GROUPS = {"A": Mark(GREEN, "circle", "A"), "B": Mark(PURPLE, "square", "B")}
OTHER_GROUPS = [  # in this order, for the groups of another trial
    Mark(GREEN, "circle"),
    Mark(PURPLE, "square"),
    Mark(ORANGE, "diamond"),
    Mark(SKY, "triangle-up"),
    Mark(BLUE, "hexagram"),
    Mark(VERMILLION, "triangle-down"),
]

STATUSES = {
    "in screening": Mark(GREY, "circle-open"),
    "screen failed": Mark(GREY, "x-thin-open"),
    "on treatment": Mark(BLUE, "pentagon"),  # a triangle is early or late
    "in follow-up": Mark(BLUE, "pentagon-open"),
    "completed": Mark(GREEN, "square"),
    "withdrawn": Mark(GREY, "diamond"),
    "lost": Mark(GREY, "diamond-open"),
    "died": DEATH,
}

INFUSIONS = {
    "in window": Mark(BLUE, "circle"),
    "given": Mark(BLUE, "circle"),  # where the protocol sets no window
    "extra": Mark(VERMILLION, "diamond"),
    "early": Mark(SKY, "triangle-left"),
    "late": Mark(ORANGE, "triangle-right"),
    "due": Mark(BLUE, "circle-open"),
    "overdue": Mark(VERMILLION, "square-open"),
    "missed": Mark(VERMILLION, "x"),
    "upcoming": Mark(GREY, "circle-open"),
    "not due": Mark(GREY, "line-ew-open"),
    "unknown": UNKNOWN,
}

VISITS = {
    "done in window": Mark(BLUE, "circle"),
    "done early": Mark(SKY, "triangle-left"),
    "done late": Mark(ORANGE, "triangle-right"),
    "done": Mark(BLUE, "square"),  # and not known whether in time
    "missed": Mark(VERMILLION, "x"),
    "overdue": Mark(VERMILLION, "square-open"),
    "due": Mark(BLUE, "circle-open-dot"),
    "upcoming": Mark(GREY, "circle-open"),
    "not due: died": DEATH,
    "not due: withdrawn": Mark(GREY, "diamond"),
    "not due: lost": Mark(GREY, "diamond-open"),
    "unknown": UNKNOWN,
}

GRADES = {  # an ordered scale: the darker, the worse; the digit stands in the mark
    1: Mark("#FCE8CF", "circle", "1"),
    2: Mark("#F6C27A", "circle", "2"),
    3: Mark("#E69F00", "circle", "3"),
    4: Mark("#D55E00", "circle", "4"),
    5: Mark("#6B2A00", "circle", "5"),
}

# By their shape: the shade in it is that of the grade, and so is the digit that stands before the
# letter. Small ones: 1I looks like 11.
SPECIAL_INTEREST = {
    "infection": Mark(PAPER, "square", "i"),
    "thrombo-embolic": Mark(PAPER, "diamond", "t"),
    "infusional": Mark(PAPER, "hexagon", "r"),
}

FONT = '"Source Sans", "Source Sans 3", "Helvetica Neue", Arial, "Liberation Sans", sans-serif'

# Sizes in px, and how many characters of that size fit in a figure of 760 px, the width of a page.
TITLE_SIZE, TITLE_WIDTH, TITLE_LINE = 18, 80, 24
BODY_SIZE, BODY_WIDTH, BODY_LINE = 14, 108, 19
FOOTER_SIZE, FOOTER_WIDTH, FOOTER_LINE = 13, 115, 17

# In px: the narrowest figure, which a page that has less room pushes aside; a line of a legend, and
# what Plotly gives the symbol of an entry and what is around it.
NARROWEST, LEGEND_LINE, OF_AN_ENTRY = 760, 22, 46

AXIS = {
    "color": INK,
    "gridcolor": GRID,
    "linecolor": GREY,
    "zeroline": False,
    "tickangle": 0,
    "automargin": False,
    "fixedrange": True,
    "title": {"font": {"size": BODY_SIZE}},
}
# A full template of Plotly is larger than the figures here.
TEMPLATE = {
    "layout": {
        "font": {"family": FONT, "size": BODY_SIZE, "color": INK},
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "colorway": [BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILLION, BLACK],
        "hoverlabel": {
            "align": "left",
            "bgcolor": PAPER,
            "bordercolor": GREY,
            "font": {"family": FONT, "size": BODY_SIZE, "color": INK},
            "namelength": -1,
        },
        "xaxis": AXIS | {"ticks": "outside", "ticklen": 5, "tickcolor": GREY},
        "yaxis": AXIS,
        "hovermode": "closest",
        "dragmode": False,
        "showlegend": False,
        "margin": {"t": 16, "r": 24, "b": 44, "l": 24, "pad": 0},
    }
}


P, R = ParamSpec("P"), TypeVar("R")


class _Kept:
    """What was drawn last, up to a number of values in it and in what it was drawn from."""

    LIMIT = 5_000_000  # some 200 MB

    def __init__(self) -> None:
        self.drawn: OrderedDict[Any, tuple[Any, Any]] = OrderedDict()
        self.held: Counter[int] = Counter()  # by how many; what several hold weighs once
        self.n_values = 0
        self.lock = threading.Lock()

    def get(self, key: Any) -> tuple[Any, Any] | None:
        with self.lock:
            if key in self.drawn:
                self.drawn.move_to_end(key)
            return self.drawn.get(key)

    def put(self, key: Any, given: tuple[Any, ...], drawn: Any) -> None:
        with self.lock:
            if key in self.drawn:
                return
            self.drawn[key] = given, drawn
            for each in (*given, drawn):
                self.n_values += 0 if self.held[id(each)] else _size(each)
                self.held[id(each)] += 1
            while len(self.drawn) * LEAST + self.n_values > self.LIMIT:
                _, (given, drawn) = self.drawn.popitem(last=False)
                for each in (*given, drawn):
                    self.held[id(each)] -= 1
                    if not self.held[id(each)]:
                        del self.held[id(each)]
                        self.n_values -= _size(each)


LEAST = 1000  # values that whatever is kept counts for
BY_IDENTITY = (pd.DataFrame, pd.Series, go.Figure)
_kept = _Kept()


def _size(each: Any) -> int:
    """How many values it holds, as far as they weigh."""
    if isinstance(each, (pd.DataFrame, pd.Series)):
        return each.size
    if isinstance(each, go.Figure):
        parts = [value for trace in each._data for value in trace.values()]
        return sum(len(part) for part in parts if isinstance(part, (list, tuple)))
    return 0


def _told_apart(given: Any) -> Any:
    """What stands for an argument in the key of what was made of it."""
    if isinstance(given, BY_IDENTITY):
        return type(given), id(given)  # which no number that is given can equal
    if isinstance(given, dict):
        return tuple(given.items())
    return tuple(given) if isinstance(given, list) else given


def kept(draw: Callable[P, R]) -> Callable[P, R]:
    """Mark a pure function: whoever gives it the very same rows again gets what it made of them.

    Rows and figures are told apart by identity, as comparing them would take as long as drawing;
    so nobody may write on them, nor on what comes back. Whatever else is given counts by its value,
    and what cannot be hashed is worked out each time.
    """

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> R:
        given = (*args, *kwargs.values())
        # What is kept holds on to what it was made of, so that no other object gets its identity.
        key = (draw, tuple(map(_told_apart, given)), tuple(kwargs))
        try:
            known = _kept.get(key)
        except TypeError:
            return draw(*args, **kwargs)
        if known is None:
            known = (given, draw(*args, **kwargs))
            _kept.put(key, *known)
        return known[1]

    return drawn


@kept
def first(rows: pd.DataFrame) -> pd.Series:
    """The first row, whole numbers as whole numbers: of most answers, the only one."""
    return rows.astype(object).iloc[0]


@kept
def filled(rows: pd.DataFrame, **values: str) -> pd.DataFrame:
    """The rows with words where a column holds nothing: ``filled(worklist, reason="")``."""
    return rows.fillna(values)


@kept
def in_words(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with yes, no and not known for what is true, false and missing."""
    words = {True: "yes", False: "no"}
    found = {}
    for name in rows.columns[rows.dtypes.map(str).isin(["bool", "boolean", "object"])]:
        values = rows[name].astype(object)
        known = values[values.notna()]
        # Of a column in which nothing is known, its name says what it would hold.
        is_flag = len(known) or name.startswith(("is_", "has_"))
        if is_flag and known.map(lambda each: isinstance(each, bool)).all():
            found[name] = [words.get(each, "not known") for each in values]
    return rows.assign(**found)


@kept
def of(rows: pd.DataFrame, **wanted: Any) -> pd.DataFrame:
    """The rows that hold these values: ``of(events, usubjid="LG-01")``."""
    is_wanted = pd.Series(True, index=rows.index)
    for column, value in wanted.items():
        is_wanted &= rows[column] == value
    return rows[is_wanted]


@kept
def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows one by one."""
    return rows.to_dict("records")


@kept
def values(rows: pd.DataFrame, column: str) -> list[Any]:
    """What stands in a column, each value once and in order."""
    return sorted(rows[column].unique())


@kept
def listed(rows: pd.DataFrame, column: str) -> list[Any]:
    """What stands in a column, row by row."""
    return rows[column].to_list()


class Ready(go.Figure):
    """A figure that nobody changes any more: it hands out its parts, not copies of them."""

    def to_dict(self) -> dict[str, Any]:
        return {"data": self._data, "layout": self._layout}


def drawing(
    title: str,
    traces: list[dict[str, Any]],
    layout: dict[str, Any],
    *,
    subtitle: str = "",
    height: int = 440,
    margin: dict[str, int] | None = None,
) -> go.Figure:
    """A figure in the house layout. `height` is that of the plot between its margins.

    Title and subtitle are the chart's own words, with data in them only through `text()`.
    """
    titles = wrapped(title, TITLE_WIDTH)
    subtitles = wrapped(subtitle, BODY_WIDTH)
    around = TEMPLATE["layout"]["margin"] | (margin or {})
    around["t"] += heading_room(len(titles), len(subtitles))
    height += around["t"] + around["b"]
    heading = {
        "text": "<br>".join(titles),
        "font": {"size": TITLE_SIZE, "weight": 600, "color": INK},
        "subtitle": {
            "text": "<br>".join(subtitles),
            "font": {"size": BODY_SIZE, "color": QUIET},
        },
        "x": 0,
        "xref": "container",
        "xanchor": "left",
        "y": 1,
        "yref": "container",
        "yanchor": "top",
        "pad": {"t": title_pad(len(titles)), "l": 8},
    }
    whole = {"template": TEMPLATE, "title": heading, "height": height, "margin": around}
    return _figure({"data": traces, "layout": whole | layout})


def heading_room(n_titles: int, n_subtitles: int) -> int:
    """The px that the lines of a title and a subtitle need above a figure."""
    return 12 + TITLE_LINE * n_titles + BODY_LINE * n_subtitles


def title_pad(n_titles: int) -> int:
    """The px above a title: Plotly hangs it by its first line, and lifts it by half of the rest."""
    return 10 if n_titles == 1 else 23


def legend_room(
    n_entries: int,
    entry_width: float,
    left: float,
    right: float = TEMPLATE["layout"]["margin"]["r"],
    width: float = NARROWEST,
) -> int:
    """The px that a legend above the plot needs in a figure so wide, between its margins."""
    n_columns = max(1, int((width - left - right) // (entry_width + OF_AN_ENTRY)))
    return LEGEND_LINE * math.ceil(n_entries / n_columns)


def blank(words: str) -> go.Figure:
    """A figure with nothing to draw, which says so in words."""
    nothing = {"visible": False}
    return drawing(words, [], {"xaxis": nothing, "yaxis": nothing}, height=40, margin={"b": 16})


@kept
def finished(figure: go.Figure, footer: str, is_simulated: bool) -> go.Figure:
    """The figure as it may be passed on: what it shows stands in it, and so does a warning.

    The footer is plain text: data cut, filter, n/N, what was set aside.
    """
    # Not to_dict(): it copies every point, and the new figure copies them once more.
    layout = dict(figure._layout)
    margin, height = layout["margin"], layout["height"]
    notes = list(layout.get("annotations", []))
    if is_simulated:
        notes += _watermarks(height - margin["t"] - margin["b"])
    if footer:
        lines = [_escaped(line) for line in textwrap.wrap(_plain(footer), FOOTER_WIDTH)]
        notes.append(
            {
                "name": FOOTER,
                "text": "<br>".join(lines),
                "font": {"size": FOOTER_SIZE, "color": QUIET},
                "align": "left",
                "showarrow": False,
                "x": 0,
                "xref": "paper",
                "xanchor": "left",
                "xshift": 8 - margin["l"],
                "y": 0,
                "yref": "paper",
                "yanchor": "top",
                "yshift": -margin["b"],
            }
        )
        room = FOOTER_LINE * len(lines) + 14
        layout["margin"] = margin | {"b": margin["b"] + room}
        layout["height"] = height + room
    layout["annotations"] = notes
    return Ready({"data": figure._data, "layout": layout}, _validate=False)


@kept
def alt(figure: go.Figure) -> str:
    """What the figure's title says, as plain text."""
    title = figure.layout.title.text or ""
    return html.unescape(re.sub("<[^>]*>", "", title.replace("<br>", " "))).replace("\xa0", " ")


def text(value: Any, width: int = 40, at_most: int | None = 120) -> str:
    """A value from the data as Plotly may show it: no tag in it works, and no line is too long.

    Longer than `at_most` characters, it ends in an ellipsis; None shows all of it.
    """
    words = _plain(value)
    if at_most is not None and len(words) > at_most:
        words = words[: at_most - 1].rstrip() + "…"
    return "<br>".join(_escaped(line) for line in textwrap.wrap(words, width))


def wrapped(words: str, width: int) -> list[str]:
    """Lines of at most `width` characters; a <br> stands where one was, an entity counts as one."""
    parts = [html.unescape(part) for part in words.split("<br>")] if words else []
    return [_escaped(line) for part in parts for line in textwrap.wrap(part, width)]


def day(value: Any) -> str:
    """A date as 2021-11-29."""
    return "not known" if pd.isna(value) else str(pd.Timestamp(value).date())


def percent(value: float) -> str:
    """A percentage in whole numbers, which says 0 and 100 only when it is."""
    if pd.isna(value):
        return "not known"
    if 0 < value < 1:
        return "&lt;1\xa0%"
    if 99 < value < 100:
        return "&gt;99\xa0%"
    return f"{whole(value)}\xa0%"


def whole(value: float) -> int:
    """Rounded half up, as the browser rounds in its tables: 12.5 is 13, and so is 62.5 63."""
    return math.floor(value + 0.5)


def interval(low: float, high: float) -> str:
    """The limits of a percentage."""
    if pd.isna(low) or pd.isna(high):
        return "no interval"
    return f"{whole(low)} to {whole(high)}\xa0%"


def ordinal(n: int) -> str:
    """1st, 2nd, 3rd, 11th."""
    last = 0 if n % 100 in (11, 12, 13) else n % 10
    return f"{n}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(last, 'th') }"


def counted(n: int, one: str, many: str) -> str:
    """1 person, 2 people."""
    return f"{n} {one if n == 1 else many}"


def visits_made(n_done: int, n_owed: int) -> str:
    """1 of 2 visits owed was made."""
    was = "was" if n_done == 1 else "were"
    return f"{n_done} of {counted(n_owed, 'visit', 'visits')} owed {was} made"


def _figure(whole: dict[str, Any]) -> go.Figure:
    """The figure, unchecked: to check every property would take most of the time of a page.

    tests/test_charts.py checks each figure instead.
    """
    return go.Figure(whole, _validate=False)


def _plain(value: Any) -> str:
    """One line of printable characters: no control, and nothing that turns the text around."""
    words = "not recorded" if pd.isna(value) else str(value)
    printable = "".join(each if each.isprintable() else " " for each in words)
    return " ".join(printable.split()) or "not recorded"


def _escaped(words: str) -> str:
    # A text between dollars would be set as mathematics, where MathJax is loaded.
    return html.escape(words, quote=False).replace("$", "&#36;")


WATERMARK, FOOTER = "watermark", "footer"  # names of annotations


def watermark_size(height: float) -> int:
    """The size in px of the letters across a plot, so that they stay within it."""
    return int(max(22, min(72, height / 4.5)))


def _watermarks(height: int) -> list[dict[str, Any]]:
    """SIMULATED DATA across the plot, once a screen."""
    times = max(1, round(height / 700))
    return [
        {
            "name": WATERMARK,
            "text": "SIMULATED<br>DATA",
            "font": {"size": watermark_size(height), "color": BLACK, "weight": 700},
            "opacity": 0.07,
            "textangle": -18,
            "showarrow": False,
            "x": 0.5,
            "xref": "paper",
            "y": (place + 0.5) / times,
            "yref": "paper",
        }
        for place in range(times)
    ]
