"""The marks of every vocabulary in words: what the figures draw, and how."""

import pandas as pd

import charts
from charts import Mark

NAMES = {
    charts.PAPER: "white",
    charts.BLACK: "black",
    charts.GREY: "grey",
    charts.ORANGE: "orange",
    charts.SKY: "sky blue",
    charts.GREEN: "green",
    charts.BLUE: "blue",
    charts.VERMILLION: "vermillion",
    charts.PURPLE: "purple",
}
VOCABULARIES = {
    "group": charts.GROUPS,
    "patient": charts.STATUSES,
    "infusion": charts.INFUSIONS,
    "visit": charts.VISITS,
    "grade": charts.GRADES,
    "special interest": charts.SPECIAL_INTEREST,
    "any": {"death": charts.DEATH, "serious": charts.SERIOUS, "unknown": charts.UNKNOWN},
}
SHADES = ("palest", "pale", "middle", "dark", "darkest")  # of the grades, 1 to 5


@charts.kept
def marks() -> pd.DataFrame:
    """of, value, drawn: one row per value of a vocabulary that the figures draw."""
    rows = [
        {"of": vocabulary, "value": str(value), "drawn": in_words(mark, value)}
        for vocabulary, values in VOCABULARIES.items()
        for value, mark in values.items()
    ]
    return pd.DataFrame(rows)


def in_words(mark: Mark, value: str | int) -> str:
    """A mark as a reader would describe it: open blue circle, with the letter A."""
    color = NAMES.get(mark.color) or f"{SHADES[int(value) - 1]} orange to brown"
    shape, *kinds = mark.symbol.split("-")
    words = " ".join([*(kind for kind in kinds if kind in ("open", "thin")), color, shape])
    return f"{words}, with {mark.letter}" if mark.letter else words
