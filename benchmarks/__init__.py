"""How fast the dashboard is, as ratios to something else measured in the same run.

    python -m benchmarks                 all of it, some twenty minutes; writes results.md
    python -m benchmarks pages history   some of it, printed only

Milliseconds differ from machine to machine, and from hour to hour on one: what counts is how often
longer than the reference a thing takes, both measured in turns. No test asserts a time.
"""

import statistics
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results.md"


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured, beside what, and what is wanted of it."""

    what: str
    ours: list[float]
    unit: str = "ms"
    reference: list[float] | None = None
    than: str = ""  # what the reference is
    at_most: float | None = None  # of our median
    ratio_at_most: float | None = None  # of our median over that of the reference
    ratio_at_least: float | None = None

    @property
    def ratio(self) -> float | None:
        if not self.reference:
            return None
        return statistics.median(self.ours) / statistics.median(self.reference)

    @property
    def is_met(self) -> bool | None:
        """Whether the budget is kept; None if there is none."""
        median, ratio = statistics.median(self.ours), self.ratio
        kept = [median <= self.at_most] if self.at_most is not None else []
        if ratio is not None and self.ratio_at_most is not None:
            kept.append(ratio <= self.ratio_at_most)
        if ratio is not None and self.ratio_at_least is not None:
            kept.append(ratio >= self.ratio_at_least)
        return all(kept) if kept else None


HEADER = "| what | median (range) | reference | ratio | budget | kept |\n" + "|---" * 6 + "|"


def line(row: Row) -> str:
    budget = [f"<= {row.at_most:g} {row.unit}"] if row.at_most is not None else []
    budget += [f"<= {row.ratio_at_most:g}x"] if row.ratio_at_most is not None else []
    budget += [f">= {row.ratio_at_least:g}x"] if row.ratio_at_least is not None else []
    cells = [
        row.what,
        _spread(row.ours, row.unit),
        f"{_spread(row.reference, row.unit)}, {row.than}" if row.reference else "",
        "" if row.ratio is None else f"{row.ratio:.2f}x",
        " and ".join(budget),
        {True: "yes", False: "**no**", None: ""}[row.is_met],
    ]
    return f"| {' | '.join(cells)} |"


def _spread(values: list[float], unit: str) -> str:
    median = statistics.median(values)
    if len(values) == 1:
        return f"{median:,.4g} {unit}"
    return f"{median:,.4g} {unit} ({min(values):,.3g} to {max(values):,.3g})"
