"""Time to an event when not everybody has had it: Kaplan and Meier's estimate.

Computed here rather than by scipy.stats.ecdf, which gives neither the standard errors nor the
numbers at risk that a figure needs, and warns where there are no limits; the tests hold the two
against each other.
"""

from statistics import NormalDist

import numpy as np
import pandas as pd

COLUMNS = {
    "day": "Float64",
    "n_at_risk": "Int64",
    "n_events": "Int64",
    "n_censored": "Int64",
    "survival": "Float64",
    "se": "Float64",
    "ci_low": "Float64",
    "ci_high": "Float64",
}


def kaplan_meier(rows: pd.DataFrame, day: str, is_event: str) -> pd.DataFrame:
    """Probability of no event by the end of each day, with log-log 95 % limits.

    ``day`` names the column of days from day 0 to the event or to the end of observation;
    ``is_event`` that of booleans: true = the event, false = censored. A patient of whom either is
    missing cannot be placed and is left out; ``n_at_risk`` in the first row says how many were not.

    Returns one row per distinct day, in order, and always day 0 (no rows at all if no patient can
    be placed):

    - ``n_at_risk`` just before, ``n_events`` and ``n_censored`` on that day. A patient censored on
      the day of another's event was at risk of it;
    - ``survival``, 0 to 1: 1 on day 0, unless an event falls on day 0 itself;
    - ``se``: Greenwood's standard error of ``survival``: 0 while nobody has had the event, missing
      once everybody has, where his formula divides by 0;
    - ``ci_low``, ``ci_high``, 0 to 1: survival ** exp(+-1.96 se / (survival log survival)), which
      stays between 0 and 1. Missing where survival is 1 or 0, where the formula has no value.

    Raises ValueError for a day before day 0.

    Source: Kaplan, Meier, JASA 1958;53:457; Greenwood 1926; log-log limits: Kalbfleisch, Prentice,
    The Statistical Analysis of Failure Time Data, 1980, as R's survfit(conf.type = "log-log").
    """
    known = rows[[day, is_event]].dropna()
    days = known[day].to_numpy(dtype=float)
    events = known[is_event].to_numpy(dtype=bool)
    if len(days) == 0:
        return pd.DataFrame(columns=list(COLUMNS)).astype(COLUMNS)
    if days.min() < 0:
        raise ValueError(f"day {days.min():g} is before day 0")

    times = np.unique(np.append(days, 0.0))
    n_events = np.array([np.sum(events & (days == time)) for time in times])
    n_censored = np.array([np.sum(~events & (days == time)) for time in times])
    n_at_risk = np.array([np.sum(days >= time) for time in times])

    survival = np.cumprod(1 - n_events / n_at_risk)
    # The division by zero on the last patient's event, and the limits where log survival is 0 or
    # infinite, have no value: they come out as NaN, and become missing below.
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(n_events / (n_at_risk * (n_at_risk - n_events)))
        se = survival * np.sqrt(greenwood)
        width = NormalDist().inv_cdf(0.975) * np.sqrt(greenwood) / np.log(survival)
        limits = np.sort([survival ** np.exp(width), survival ** np.exp(-width)], axis=0)
    limits[:, (survival == 1) | (survival == 0)] = np.nan

    return pd.DataFrame(
        {
            "day": times,
            "n_at_risk": n_at_risk,
            "n_events": n_events,
            "n_censored": n_censored,
            "survival": survival,
            "se": se,
            "ci_low": limits[0],
            "ci_high": limits[1],
        }
    ).astype(COLUMNS)
