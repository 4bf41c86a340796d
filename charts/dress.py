"""The same figure for another room: larger for a shared screen, dark for a dim one.

What is drawn stays as it is; only its sizes in px, or its colours, become others.
"""

import colorsys
import copy
import html
import re
from typing import Any

import plotly.graph_objects as go

import charts

# How much larger a shared figure is, and one that is high already; no text in either is smaller
# than SHARED_TEXT, in px.
SHARED_SCALE, LEAST_SCALE = 1.4, 1.29
# The smallest lane, in px, in which a label of 18 px stands without touching the next.
SHARED_LANE = 19
SHARED_TEXT = 18

LONGEST = 44  # characters in a label of a lane that has room for one line

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
def shared(figure: go.Figure, height: int) -> go.Figure:
    """The figure in letters that carry across a room, as high as the screen if it can be.

    `height` is what the screen has, in px. A figure with more lanes than fit is higher than that.
    """
    whole = copy.deepcopy(figure.to_dict())
    before = _plot_height(whole["layout"])
    scale = min(SHARED_SCALE, max(LEAST_SCALE, height / whole["layout"]["height"]))
    larger = _scaled(whole, scale)
    layout = larger["layout"]
    margin = layout["margin"]
    margin["b"] *= SHARED_SCALE / scale  # its letters, the smallest, grow the most
    lanes = max(
        len(axis.get("tickvals") or ())
        for axis in (layout.get("yaxis", {}), layout.get("yaxis2", {}))
    )
    around = margin["t"] + margin["b"]
    layout["height"] = max(height, around + max(150, SHARED_LANE * lanes))
    stretch = before * scale / _plot_height(layout)
    legend = layout.get("legend") or {}
    legend.setdefault("yref", "paper")
    for place in [legend, *layout.get("annotations", [])]:
        _keep_distance(place, stretch)
    for each in layout.get("annotations", []):
        if each.get("name") == charts.WATERMARK:
            each["font"]["size"] = charts.watermark_size(_plot_height(layout))
    _shorten_labels(layout, _plot_height(layout), lanes)
    return _figure(larger)


@charts.kept
def dark(figure: go.Figure) -> go.Figure:
    """The figure on a dark ground, every text readable on what it stands on."""
    whole = _recoloured(figure.to_dict())
    for trace in whole["data"]:
        if "text" in trace.get("mode", "").split("+") and "markers" in trace["mode"]:
            trace["textfont"] = trace["textfont"] | {"color": _inks(trace)}
    return _figure(whole)


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
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _rgb(color)
    ]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


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
            joined = [charts.text(each.replace("<br>", " "), LONGEST, LONGEST) for each in labels]
            axis["ticktext"] = joined
            wide = max(len(html.unescape(each)) for each in joined) * fitting * 0.5
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
