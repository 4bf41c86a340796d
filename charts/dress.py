"""The same figure for another room: larger for a shared screen, dark for a dim one.

What is drawn stays as it is; only its sizes in px, or its colours, become others.
"""

import colorsys
import copy
import html
import itertools
import re
import textwrap
from typing import Any, NamedTuple

import pandas as pd
import plotly.graph_objects as go

import charts
from charts import parts

# How much larger a shared figure is, and one that is high already; no text in either is smaller
# than SHARED_TEXT, in px.
SHARED_SCALE, LEAST_SCALE = 1.4, 1.29
# The smallest lane, in px, in which a label of 18 px stands without touching the next.
SHARED_LANE = 21
OF_A_MARK = 9  # px from the words above a lane to the lane
SHARED_TEXT = 18
SHARED_WIDTH, SHARED_FOOTER = 1232, 142  # px, of a screen of 1280; letters in a line of a footer

# A table on a shared screen of 1280 x 720 px: how many letters it is wide, how many of them lie
# between two columns and are kept for what has no column of its own; in px, a line of a row and
# what is around its lines.
TABLE_WIDTH, TABLE_GAP, REST = 138, 3.8, 44
TABLE_LINE, TABLE_PAD = 24.4, 15.3
UNBROKEN = 24  # letters of the longest word that stands in one line
NOTHING = ("-", "")  # in a cell

# Characters in a label of a lane that has room for one line: the longest class of MedDRA has 67.
LONGEST = 70

_PIXELS = {
    *("size", "height", "ticklen", "standoff", "ticklabelstandoff", "xshift", "yshift"),
    *("ax", "ay", "borderpad", "borderwidth", "arrowwidth", "tickwidth", "thickness"),
    *("xgap", "ygap", "entrywidth", "itemwidth", "xpad", "ypad", "tracegroupgap"),
}
_OF_A_LINE = {"line", "error_x", "error_y"}
_OF_A_FRAME = {"margin", "pad"}

# What stands on a dark ground for the light colours that would be lost there. The mildest
# grades are the dimmest there.
DARK_PAPER, DARK_INK = "#14171C", "#F0F0F0"
_IN_THE_DARK = {
    charts.PAPER: DARK_PAPER,
    charts.INK: DARK_INK,
    charts.QUIET: "#BDBDBD",
    charts.GRID: "#363B44",
    charts.BLACK: "#FFFFFF",
    charts.GREY: "#9C9C9C",
    charts.BLUE: "#3D9BDC",
    charts.GRADES[1].color: "#57452E",
    charts.GRADES[2].color: "#A27B43",
    charts.GRADES[5].color: "#F0433D",
}


@charts.kept
def lane_slides(figure: go.Figure, height: int) -> list[range]:
    """Which lanes of a figure stand on which slide of so many px: none is too low to be read.

    A figure without lanes stands on one slide.
    """
    layout = figure.to_dict()["layout"]
    n, least = _n_lanes(layout), SHARED_LANE
    if n and not layout["yaxis"].get("visible", True):  # words stand on the plot, above each lane
        bottom, top = layout["yaxis"]["range"]
        least = OF_A_MARK - LEAST_SCALE * _plot_height(layout) * top / (bottom - top)
    larger = _scaled(figure.to_dict(), LEAST_SCALE)
    _spread(larger["layout"], LEAST_SCALE)
    margin = larger["layout"]["margin"]
    footer = 2 * charts.FOOTER_LINE + 14
    around = margin["t"] - _unused(larger, LEAST_SCALE)
    around += (layout["margin"]["b"] + footer) * SHARED_SCALE
    return parts.ranges(n, max(1, (height - around) // least))


@charts.kept
def shared(figure: go.Figure, height: int, lanes: range | None = None) -> go.Figure:
    """The figure in letters that carry across a room, as high as the screen if it can be.

    `height` is what the screen has, in px, and `lanes` those that are shown on it, if not all.
    """
    whole = copy.deepcopy(figure.to_dict())
    before = _plot_height(whole["layout"])
    if lanes is not None and len(lanes) < _n_lanes(whole["layout"]):
        whole = _of_lanes(whole, lanes)
    scale = min(SHARED_SCALE, max(LEAST_SCALE, height / whole["layout"]["height"]))
    larger = _scaled(whole, scale)
    layout = larger["layout"]
    _spread(layout, scale)
    margin = layout["margin"]
    margin["b"] *= SHARED_SCALE / scale  # its letters, the smallest, grow the most
    margin["t"] -= _unused(larger, scale)
    n_lanes = max(
        len(axis.get("tickvals") or ())
        for axis in (layout.get("yaxis", {}), layout.get("yaxis2", {}))
    )
    around = margin["t"] + margin["b"]
    layout["height"] = max(height, around + max(150, SHARED_LANE * n_lanes))
    stretch = before * scale / _plot_height(layout)
    legend = layout.get("legend") or {}
    legend.setdefault("yref", "paper")
    for place in [legend, *layout.get("annotations", [])]:
        _keep_distance(place, stretch)
    for each in layout.get("annotations", []):
        if each.get("name") == charts.WATERMARK:
            each["font"]["size"] = charts.watermark_size(_plot_height(layout))
        if each.get("name") == charts.FOOTER:
            whole_line = each["text"].replace("<br>", " ")
            each["text"] = "<br>".join(charts.wrapped(whole_line, SHARED_FOOTER))
    left = margin["l"]
    _shorten_labels(layout, _plot_height(layout), n_lanes)
    for each in layout.get("annotations", []):
        if each.get("name") == charts.FOOTER:  # it stays at the left edge
            each["xshift"] -= margin["l"] - left
    return _figure(larger)


@charts.kept
def fitting(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """A table of texts as wide as a shared screen, and the names of the columns that say nothing.

    What there is no room for stands in one last column, each value with its name.
    """
    silent = [name for name in rows.columns[1:] if rows[name].isin(NOTHING).all()]
    rows = rows.drop(columns=silent)
    n = len(rows.columns)
    while n > 1 and sum(_least(rows.iloc[:, :n])) + (n < len(rows.columns)) * REST > _room(n):
        n -= 1
    rest = rows.iloc[:, n:]
    found = rows.iloc[:, :n]
    if len(rest.columns):
        found = found.assign(
            Further=[
                "; ".join(f"{name}: {each}" for name, each in row.items() if each not in NOTHING)
                for row in rest.to_dict("records")
            ]
        )
    return found, silent


@charts.kept
def widths(rows: pd.DataFrame) -> list[float]:
    """How many letters each column of a table of texts holds in a line, on a shared screen.

    No less than its longest word; what room is left goes to those with long lines.
    """
    least, most = _least(rows), [max(map(len, each)) for each in _columns(rows)]
    spare = _room(len(least)) - sum(least)
    wanted = [high - low for low, high in zip(least, most, strict=True)]
    if spare > sum(wanted):
        return [each * _room(len(most)) / sum(most) for each in most]
    share = max(0, spare) / max(1, sum(wanted))
    return [low + more * share for low, more in zip(least, wanted, strict=True)]


@charts.kept
def shortened(rows: pd.DataFrame, height: int) -> pd.DataFrame:
    """The rows without what would make one of them higher than a slide of so many px.

    What is left out is the middle, and … says so: a sentence often ends with what it is about.
    """
    # Half of the lines for the longest of them: a row is not all of its slide.
    n_lines = int((height - 3 * TABLE_LINE) / TABLE_LINE / 2)
    shorter = {}
    for name, width in zip(rows, widths(rows), strict=True):
        most = [max(12, n_lines * int(0.9 * width * _share(each))) for each in rows[name]]
        shorter[name] = [
            each
            if len(each) <= n
            else f"{each[: n // 2].rstrip()} … {each[-(n // 2 - 3) :].lstrip()}"
            for each, n in zip(rows[name], most, strict=True)
        ]
    return pd.DataFrame(shorter)


@charts.kept
def slides(rows: pd.DataFrame, height: int) -> list[range]:
    """Which rows of a table of texts stand on which slide of so many px: none is cut off."""
    lines = [
        # In a long line, letters are not as wide as in the widest word.
        [len(textwrap.wrap(cell, max(1, int(1.1 * width * _share(cell))))) for cell in column]
        for column, width in zip(_columns(rows), widths(rows), strict=True)
    ]
    head, *heights = (max(1, *row) * TABLE_LINE + TABLE_PAD for row in zip(*lines, strict=True))
    found, first, taken = [], 0, head
    for place, each in enumerate(heights):
        if place > first and taken + each > height:
            found.append(range(first, place))
            first, taken = place, head
        taken += each
    return [*found, range(first, len(rows))]


def _columns(rows: pd.DataFrame) -> list[list[str]]:
    """Each column with its name on top."""
    return [[name, *rows[name]] for name in rows]


def _least(rows: pd.DataFrame) -> list[float]:
    """Of each column, the letters of its longest word, if that need not be broken anyway."""
    # At a space that does not break, no line ends.
    longest = (max(len(word) for each in one for word in each.split(" ")) for one in _columns(rows))
    return [min(each, UNBROKEN) + 0.6 for each in longest]  # some letters are wider than others


def _share(cell: str) -> float:
    """How many of its letters have room where one of the usual width has."""
    return len(cell) / parts.wide(cell) if cell else 1


def _room(n_columns: int) -> float:
    return TABLE_WIDTH - TABLE_GAP * n_columns


@charts.kept
def dark(figure: go.Figure) -> go.Figure:
    """The figure on a dark ground, every text readable on what it stands on."""
    whole = _recoloured(figure.to_dict())
    for trace in whole["data"]:
        if "text" in trace.get("mode", "").split("+") and "markers" in trace["mode"]:
            trace["textfont"] = trace["textfont"] | {"color": _inks(trace)}
    return _figure(whole)


class Words(NamedTuple):
    """What stands around the plot of a figure, for a screen that is narrower than a line of it."""

    markup: str  # HTML: the finding, what is said beneath it, and the footer; a paragraph each
    high: float  # px of the figure
    head: float  # px that finding and subtitle take at the top of the figure
    foot: float  # px that the footer takes at its foot


@charts.kept
def words(figure: go.Figure) -> Words:
    """The words around the plot of a finished figure, which wrap where they stand outside of it."""
    layout = figure.to_dict()["layout"]
    title, foot, said = layout["title"], 0.0, []
    texts = [title["text"], title["subtitle"]["text"]]
    n_titles, n_subtitles = (each.count("<br>") + 1 if each else 0 for each in texts)
    scale = title["font"]["size"] / charts.TITLE_SIZE
    head = scale * (charts.heading_room(n_titles, n_subtitles) + 4)
    for each in layout.get("annotations", []):
        if each.get("name") == charts.FOOTER:
            texts.append(each["text"])
            foot = layout["margin"]["b"] + each["yshift"]
    for tag, each in zip(("b", "span", "small"), texts, strict=False):
        if each:
            said.append(f"<p><{tag}>{each.replace('<br>', ' ')}</{tag}></p>")
    return Words("".join(said), layout["height"], head, foot)


def on_both(color: str) -> str:
    """A colour in CSS: that of the light ground and that of the dark one."""
    return f"light-dark({color}, {_IN_THE_DARK.get(color, color)})"


def _inks(trace: dict[str, Any]) -> list[str]:
    """For each text of a trace: dark in a light mark, light in a dark one and beside a mark."""
    n, marker = len(trace["x"]), trace["marker"]
    fills, symbols, places = (
        list(each) if isinstance(each, (list, tuple)) else [each] * n
        for each in (
            marker["color"],
            marker.get("symbol", "circle"),
            trace.get("textposition", "middle center"),
        )
    )
    return [
        readable_on(fill) if place == "middle center" and "open" not in symbol else DARK_INK
        for fill, symbol, place in zip(fills, symbols, places, strict=True)
    ]


def readable_on(ground: str) -> str:
    """The ink, dark or light, that stands out more from a ground."""
    return max((DARK_PAPER, DARK_INK), key=lambda ink: contrast(ink, ground))


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    light, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dim + 0.05)


def _luminance(color: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    linear = [
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in _rgb(color)
    ]
    weights = (0.2126, 0.7152, 0.0722)
    return sum(weight * each for weight, each in zip(weights, linear, strict=True))


def _rgb(color: str) -> tuple[float, float, float]:
    red, green, blue = (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _scaled(value: Any, scale: float, within: str = "") -> Any:
    if not isinstance(value, dict):
        return value
    found = {}
    for key, each in value.items():
        is_size = (
            key in _PIXELS
            or within in _OF_A_FRAME
            or (key in ("width", "thickness") and within in _OF_A_LINE)
        )
        is_font = key == "size" and within.endswith("font")
        if is_size and _is_number(each):
            found[key] = _times(each, scale, is_font)
        elif is_size and isinstance(each, (list, tuple)):
            found[key] = [_times(size, scale, is_font) for size in each]
        elif isinstance(each, (list, tuple)) and each and isinstance(each[0], dict):
            found[key] = [_scaled(part, scale, key) for part in each]
        else:
            found[key] = _scaled(each, scale, key)
    return found


def _times(size: float, scale: float, is_font: bool) -> float:
    """Plotly takes some sizes only as whole numbers, so what was whole stays so."""
    larger = round(size * scale) if isinstance(size, int) else size * scale
    return max(SHARED_TEXT, larger) if is_font else larger


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _n_lanes(layout: dict[str, Any]) -> int:
    """How many lanes a figure has, from the top down."""
    axis = layout.get("yaxis") or {}
    places, ends = list(axis.get("tickvals") or ()), axis.get("range") or (0, 0)
    return len(places) if places == list(range(len(places))) and ends[0] > ends[1] else 0


def _of_lanes(whole: dict[str, Any], lanes: range) -> dict[str, Any]:
    """The figure with some of its lanes, each as high as before."""
    layout = whole["layout"]
    pitch = _plot_height(layout) / _n_lanes(layout)
    layout["height"] -= pitch * (_n_lanes(layout) - len(lanes))
    for name in ("yaxis", "yaxis2"):
        if axis := layout.get(name):
            bottom, top = axis["range"]
            axis["range"] = [bottom - len(axis["tickvals"]) + lanes.stop, top + lanes.start]
            axis["tickvals"] = list(lanes)
            axis["ticktext"] = list(axis.get("ticktext") or ())[lanes.start : lanes.stop]
    notes = layout.get("annotations", [])
    marks = [each for each in notes if each.get("name") == charts.WATERMARK]
    layout["annotations"] = [each | {"y": 0.5} for each in marks[:1]] + [
        each
        for each in notes
        if each not in marks and (each.get("yref", "y") == "paper" or _is_in(each["y"], lanes))
    ]
    whole["data"] = [_in_lanes(trace, lanes) for trace in whole["data"]]
    return whole


def _is_in(y: float, lanes: range) -> bool:
    return lanes.start - 0.5 <= y < lanes.stop - 0.5


def _in_lanes(trace: dict[str, Any], lanes: range) -> dict[str, Any]:
    """What a trace draws in some lanes; of the rest, lines and bars are cut off by the plot."""
    if trace.get("cliponaxis", True) and "markers" not in trace.get("mode", ""):
        return trace
    is_in = [each is None or _is_in(each, lanes) for each in trace.get("y", ())]
    return trace if all(is_in) else _only(trace, is_in)


def _only(value: Any, wanted: list[bool]) -> Any:
    """Of whatever stands for each point, that of the points wanted."""
    if isinstance(value, dict):
        return {key: _only(each, wanted) for key, each in value.items()}
    if isinstance(value, (list, tuple)) and len(value) == len(wanted):
        return list(itertools.compress(value, wanted))
    return value


def _unused(larger: dict[str, Any], scale: float) -> float:
    """The px kept for lines of a legend that a figure as wide as the screen does not need."""
    legend, margin = larger["layout"].get("legend") or {}, larger["layout"]["margin"]
    if "entrywidth" not in legend or legend.get("yanchor") != "bottom":
        return 0
    n = sum(bool(each.get("showlegend")) for each in larger["data"])
    of = legend["entrywidth"], margin["l"], margin["r"]
    kept = charts.legend_room(n, *(each / scale for each in of))
    return scale * (kept - min(kept, charts.legend_room(n, *of, SHARED_WIDTH)))


def _spread(layout: dict[str, Any], scale: float) -> None:
    """The title in as few lines as a shared screen has room for, and no room for the others."""
    title, width = layout["title"], charts.TITLE_WIDTH * SHARED_WIDTH / charts.NARROWEST
    lines = charts.wrapped(title["text"].replace("<br>", " "), int(width / scale))
    spared = title["text"].count("<br>") + 1 - len(lines)
    if spared > 0:
        title["text"] = "<br>".join(lines)
        title["pad"]["t"] = charts.title_pad(len(lines)) * scale
        layout["margin"]["t"] -= charts.TITLE_LINE * spared * scale


def _plot_height(layout: dict[str, Any]) -> float:
    return layout["height"] - layout["margin"]["t"] - layout["margin"]["b"]


def _keep_distance(place: dict[str, Any], stretch: float) -> None:
    """What stands so far above or below the plot goes on standing so far from it, in px."""
    y = place.get("y")
    if place.get("yref") != "paper" or not _is_number(y):
        return
    if y < 0:
        place["y"] = y * stretch
    elif y > 1:
        place["y"] = 1 + (y - 1) * stretch


def _shorten_labels(layout: dict[str, Any], height: float, n_lanes: int) -> None:
    """Labels of lanes no larger than their lane: of one line where two have no room."""
    if not n_lanes:
        return
    pitch = height / n_lanes
    fitting = max(SHARED_TEXT, min(charts.BODY_SIZE * SHARED_SCALE, pitch - 2))
    for name in ("yaxis", "yaxis2"):
        axis = layout.get(name) or {}
        if not axis.get("tickvals"):
            continue
        axis["tickfont"] = (axis.get("tickfont") or {}) | {"size": fitting}
        labels = [str(each) for each in axis.get("ticktext") or ()]
        if pitch < 2.4 * fitting and any("<br>" in each for each in labels):
            whole = [html.unescape(each.replace("<br>", " ")) for each in labels]
            joined = [charts.text(each, LONGEST, LONGEST) for each in whole]
            axis["ticktext"] = joined
            wide = max(parts.wide(html.unescape(each)) for each in joined) * fitting * 0.5
            if axis.get("side") != "right":
                layout["margin"]["l"] = max(layout["margin"]["l"], wide + 24)


def _recoloured(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _recoloured(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_recoloured(each) for each in value]
    if not isinstance(value, str):
        return value
    if value in _IN_THE_DARK:
        return _IN_THE_DARK[value]
    if re.fullmatch("#[0-9A-Fa-f]{6}", value):
        return _darkened(value)
    if '"color:#' in value:  # of words within a text
        return re.sub(
            r'(?<=style="color:)#[0-9A-Fa-f]{6}', lambda found: _recoloured(found[0]), value
        )
    return re.sub(r"^rgba\(255, ?255, ?255, ?([\d.]+)\)$", r"rgba(20,23,28,\1)", value)


def _darkened(color: str) -> str:
    """A pale tint as a dim one of its hue, a grey as its opposite; other colours as they are."""
    hue, light, saturation = colorsys.rgb_to_hls(*_rgb(color))
    if light < 0.75 and saturation > 0.1:
        return color
    turned = colorsys.hls_to_rgb(hue, 1.1 - max(light, 0.1), saturation * 0.6)
    return "#" + "".join(f"{round(part * 255):02X}" for part in turned)


def _figure(whole: dict[str, Any]) -> go.Figure:
    return charts.Ready(whole, _validate=False)
