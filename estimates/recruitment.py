"""Recruitment forecast: when the last patient comes, and how many come by then.

Patients arrive at a constant, unknown rate. Before the first one, the rate is what the plan says,
with the weight of ``prior_weight`` x target patients seen in ``prior_weight`` x planned days; each
patient and each day since then adds to it. In short, with n the target, T the plan, P the weight,
m patients by time t:

    rate ~ Gamma(shape n P + m, rate T P + t)

The clock t is the data cut, never the date of the last patient: a week without a patient is
evidence too, and must push the forecast back.

Source: Gajewski, Simon, Carlson, Statistics in Medicine 2008;27:2328. The paper simulates;
integrated over the gamma, its model has the closed form used here.

Any one unit of time will do for the plain functions, as long as it is the same throughout.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby

import numpy as np
import pandas as pd

Numbers = float | Sequence[float] | np.ndarray
Answer = np.float64 | np.ndarray  # in the shape of the question: a number for a number

# Suffix of the column and its probability. The inner pair is the 80 % interval, the outer the 95 %.
QUANTILES = {"p10": 0.10, "p50": 0.50, "p90": 0.90, "p2_5": 0.025, "p97_5": 0.975}


def completion_quantile(
    q: Numbers,
    target: int,
    enrolled: int,
    plan_days: float,
    elapsed_days: float,
    prior_weight: float,
) -> Answer:
    """Time from the start to the target-th patient, at probability ``q`` (0 to 1).

    (T P + t) x/(1 - x) + t, with x the quantile of Beta(n - m, n P + m). Same shape as ``q``;
    infinite where it exceeds what a float holds; NaN where nothing is known of the rate (neither
    prior nor patient, or neither prior nor time).

    Raises ValueError when the target is already reached, or an argument is out of its range.
    """
    from scipy.special import betaincinv

    _check(target, enrolled, plan_days, elapsed_days, prior_weight)
    if enrolled >= target:
        raise ValueError(f"{enrolled} of {target} patients: the target is already reached")
    patients, days = _known(target, enrolled, plan_days, elapsed_days, prior_weight)
    q = np.asarray(q, dtype=float)
    if patients == 0 or days == 0:
        return np.full(q.shape, np.nan)[()]

    # 1 - x directly: near x = 1, where the late quantiles lie, the subtraction would lose them.
    rest = betaincinv(patients, target - enrolled, 1 - q)
    with np.errstate(divide="ignore", over="ignore"):
        return days * (1 - rest) / rest + elapsed_days


def enrolled_quantile(
    q: Numbers,
    at_days: Numbers,
    target: int,
    enrolled: int,
    plan_days: float,
    elapsed_days: float,
    prior_weight: float,
) -> Answer:
    """Patients enrolled by time ``at_days`` from the start, at probability ``q`` (0 to 1).

    m + negative binomial of size n P + m and probability (T P + t) / (T P + at_days); not capped
    at the target. Whole numbers, in the shape of ``q`` and ``at_days`` broadcast together. At the
    cut it is ``enrolled``; NaN after it, where nothing is known of the rate.

    Raises ValueError when ``at_days`` is before the cut, or an argument is out of its range.
    """
    from scipy.stats import nbinom

    _check(target, enrolled, plan_days, elapsed_days, prior_weight)
    q, at_days = np.broadcast_arrays(np.asarray(q, float), np.asarray(at_days, float))
    if (at_days < elapsed_days).any():
        raise ValueError(f"{at_days.min():g} days is before the cut ({elapsed_days}): it is past")
    patients, days = _known(target, enrolled, plan_days, elapsed_days, prior_weight)
    ahead = at_days - elapsed_days
    if patients == 0 or days == 0:
        return np.where(ahead == 0, float(enrolled), np.nan)[()]
    return enrolled + nbinom.ppf(q, patients, days / (days + ahead))


def probability_by(
    at_days: Numbers,
    target: int,
    enrolled: int,
    plan_days: float,
    elapsed_days: float,
    prior_weight: float,
) -> Answer:
    """Probability (0 to 1) that the target-th patient is enrolled by time ``at_days``.

    The inverse of ``completion_quantile``, and the upper tail of the negative binomial of
    ``enrolled_quantile``. Same shape as ``at_days``. Up to the cut it is 0, for the target has not
    been reached; NaN after it, where nothing is known of the rate.

    Raises ValueError when the target is already reached, or an argument is out of its range.
    """
    from scipy.special import betainc

    _check(target, enrolled, plan_days, elapsed_days, prior_weight)
    if enrolled >= target:
        raise ValueError(f"{enrolled} of {target} patients: the target is already reached")
    patients, days = _known(target, enrolled, plan_days, elapsed_days, prior_weight)
    ahead = np.maximum(np.asarray(at_days, dtype=float) - elapsed_days, 0)
    if patients == 0 or days == 0:
        return np.where(ahead == 0, 0.0, np.nan)[()]
    return betainc(target - enrolled, patients, ahead / (days + ahead))


def forecast(rows: pd.DataFrame) -> pd.DataFrame:
    """Date of the target-th patient with its intervals, and the chance of it within the window.

    Needs the columns ``n_target``, ``n_counted`` (patients counted by the cut), ``starts_on``,
    ``ends_on`` (window of recruitment, both days included), ``cut_on`` and ``prior_weight``
    (0 to 1); and, to date a target that is already reached, ``target_reached_on``. One row in, one
    row out (none in, none out), with

    - ``completion_p10``, ``_p50``, ``_p90``, ``_p2_5``, ``_p97_5``: dates (datetime64);
    - ``p_target_in_window``: 0 to 1.

    Time runs from the beginning of the day ``starts_on``, and the day of the cut is complete:
    T = ends_on - starts_on + 1 days, t = cut_on - starts_on + 1 days. Time x from the start falls
    on the date starts_on + ceil(x) - 1.

    - Target reached: every date is ``target_reached_on``, and the probability 1 if that is on or
      before ``ends_on``, else 0. This is a fact, and stands without a prior weight. Without
      ``target_reached_on`` the dates are missing, and the probability is 1 if the cut itself is
      in the window, else missing.
    - Prior weight missing (not set in protocol.toml), or any other constant: all missing.
    - Prior weight 0 and no patient yet: no rate can be estimated, so the dates are missing; so is
      the probability, unless the window is closed.
    - Window closed before its target was reached: probability 0; the dates are still forecast.
    - Cut before ``starts_on``: the clock stands at 0, and the forecast is the plan's (a patient
      counted before the start would add to the rate without adding time).
    - A date after the year 9999 is missing: the honest answer is "not in sight".

    Raises ValueError for impossible constants (``ends_on`` before ``starts_on``, a prior weight
    above 1).

    Source: see the module.
    """
    answers = [_forecast_one(row) for row in rows.to_dict("records")]
    dates = [f"completion_{name}" for name in QUANTILES]
    types = dict.fromkeys(dates, "datetime64[us]") | {"p_target_in_window": "Float64"}
    return pd.DataFrame(answers, columns=list(types), dtype=object).astype(types)


def fan(rows: pd.DataFrame) -> pd.DataFrame:
    """Patients counted by the end of each date ``as_of``: quantiles, not capped at the target.

    Needs ``as_of`` and, in every row, the constants of ``forecast``. One row in, one row out:
    ``as_of``, ``n_p2_5``, ``n_p10``, ``n_p50``, ``n_p90``, ``n_p97_5`` (Int64). On the day of the
    cut all are ``n_counted``. They are missing before the cut, where a constant is missing, where
    no rate can be estimated, and where the number is beyond an integer.

    Raises ValueError for impossible constants, as ``forecast`` does.

    Source: see the module.
    """
    names = sorted(QUANTILES, key=QUANTILES.__getitem__)
    q = [QUANTILES[name] for name in names]
    counts = []
    # Rows of the same constants at once, which as a rule is all of them.
    for given, block in groupby(rows.to_dict("records"), key=_constants):
        counts += _fan_block(list(block), given, q)
    columns = [f"n_{name}" for name in names]
    found = pd.DataFrame(counts, columns=columns, dtype=object).astype("Int64")
    return rows[["as_of"]].assign(**{name: found[name].array for name in columns})


def _check(
    target: int, enrolled: int, plan_days: float, elapsed_days: float, prior_weight: float
) -> None:
    if target < 1 or enrolled < 0:
        raise ValueError(f"{enrolled} of {target} patients: impossible")
    if plan_days <= 0:
        raise ValueError(f"a plan of {plan_days} days: the window ends before it starts")
    if elapsed_days < 0:
        raise ValueError(f"{elapsed_days} days elapsed: before the start the clock stands at 0")
    if not 0 <= prior_weight <= 1:
        raise ValueError(f"a prior weight lies between 0 and 1, and {prior_weight} does not")


def _known(
    target: int, enrolled: int, plan_days: float, elapsed_days: float, prior_weight: float
) -> tuple[float, float]:
    """What is known of the rate, as patients seen in days: shape and rate of its gamma."""
    return target * prior_weight + enrolled, plan_days * prior_weight + elapsed_days


def _forecast_one(row: dict) -> list:
    n_dates = len(QUANTILES)
    starts_on, ends_on, cut_on = (_date(row[name]) for name in ("starts_on", "ends_on", "cut_on"))
    target, counted = row["n_target"], row["n_counted"]
    if not (pd.isna(target) or pd.isna(counted)) and counted >= target:
        reached_on = _date(row.get("target_reached_on"))
        return [reached_on] * n_dates + [_reached_in_window(reached_on, ends_on, cut_on)]

    given = _constants(row)
    if given is None or ends_on is None or starts_on is None:
        return [None] * (n_dates + 1)

    times = completion_quantile(list(QUANTILES.values()), **given)
    probability = float(probability_by(given["plan_days"], **given))
    return [_falls_on(starts_on, x) for x in times] + [
        None if np.isnan(probability) else probability
    ]


def _reached_in_window(
    reached_on: date | None, ends_on: date | None, cut_on: date | None
) -> float | None:
    if ends_on is None:
        return None
    if reached_on is not None:
        return float(reached_on <= ends_on)
    # Reached on an unknown date, but by the cut: inside the window if the cut is.
    return 1.0 if cut_on is not None and cut_on <= ends_on else None


def _fan_block(block: list[dict], given: dict | None, q: list[float]) -> list[list]:
    missing = [None] * len(q)
    if given is None:
        return [missing] * len(block)
    as_of = [_date(row["as_of"]) for row in block]
    is_ahead = [
        on is not None and on >= _date(row["cut_on"]) for on, row in zip(as_of, block, strict=True)
    ]
    at_days = [
        _days(_date(row["starts_on"]), on) if ahead else given["elapsed_days"]
        for on, row, ahead in zip(as_of, block, is_ahead, strict=True)
    ]
    counts = enrolled_quantile(q, np.array(at_days)[:, np.newaxis], **given)
    # Up to 2 ** 53 a float is a whole number exactly; recruitment is not forecast beyond.
    return [
        [int(n) if n < 2**53 else None for n in row] if ahead else missing
        for row, ahead in zip(counts, is_ahead, strict=True)
    ]


def _constants(row: dict) -> dict | None:
    """The arguments that the plain functions share, or None if one of them is missing."""
    starts_on, ends_on, cut_on = (_date(row[name]) for name in ("starts_on", "ends_on", "cut_on"))
    numbers = [row["n_target"], row["n_counted"], row["prior_weight"]]
    if None in (starts_on, ends_on, cut_on) or any(pd.isna(number) for number in numbers):
        return None
    if ends_on < starts_on:
        raise ValueError(f"the window ends on {ends_on}, before it starts on {starts_on}")
    return {
        "target": int(row["n_target"]),
        "enrolled": int(row["n_counted"]),
        "plan_days": _days(starts_on, ends_on),
        "elapsed_days": _days(starts_on, cut_on),
        "prior_weight": float(row["prior_weight"]),
    }


def _days(starts_on: date, on: date) -> int:
    """Days from the beginning of the one day to the end of the other; 0 before the start."""
    return max((on - starts_on).days + 1, 0)


def _falls_on(starts_on: date, time: float) -> date | None:
    # The bound comes first: NaN and infinity fail it, and int() accepts neither.
    if not time <= (date.max - starts_on).days:
        return None
    return starts_on + timedelta(days=int(np.ceil(time)) - 1)


def _date(value: object) -> date | None:
    """A day, whatever it came as: date, datetime, Timestamp; None for NaT, NA and None."""
    return None if pd.isna(value) else pd.Timestamp(value).date()
