"""Exact intervals of a proportion (Clopper, Pearson, Biometrika 1934;26:404): what 3 events in 20
patients can and cannot say.
"""

import math
from functools import cache

import pandas as pd


@cache  # of a hundred terms, most have the counts of another
def exact_interval(n_events: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """The exact (Clopper-Pearson) two-sided interval of n_events / n, as fractions 0 to 1.

    Each tail has probability (1 - level) / 2 at most. Without patients there is no proportion
    and nothing to say of it: both limits are NaN, rather than 0 to 1.

    Raises ValueError unless 0 <= n_events <= n and 0 < level < 1.

    Source: Clopper, Pearson, Biometrika 1934;26:404; computed by scipy.stats.binomtest.
    """
    if not 0 <= n_events <= n:
        raise ValueError(f"{n_events} events in {n} patients: impossible")
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, and {level} does not")
    if n == 0:
        return math.nan, math.nan

    from scipy.stats import binomtest

    interval = binomtest(n_events, n).proportion_ci(confidence_level=level, method="exact")
    return float(interval.low), float(interval.high)


def exact(rows: pd.DataFrame, n_events: str, n: str) -> pd.DataFrame:
    """Add the exact 95 % interval of each row's proportion, in percent.

    ``n_events`` and ``n`` name the columns of counts. Returns the rows with ``ci_low`` and
    ``ci_high`` (Float64, 0 to 100), which are missing where ``n`` is 0 or either count is missing.

    Raises ValueError for impossible counts, and TypeError for a count with a fraction.
    """
    limits = [
        (math.nan, math.nan)
        if pd.isna(events) or pd.isna(patients)
        else exact_interval(int(events), int(patients))
        for events, patients in zip(
            rows[n_events].astype("Int64"), rows[n].astype("Int64"), strict=True
        )
    ]
    percent = 100 * pd.DataFrame(limits, columns=["ci_low", "ci_high"], dtype="Float64")
    return rows.assign(ci_low=percent["ci_low"].array, ci_high=percent["ci_high"].array)
