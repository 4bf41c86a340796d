"""Stopping boundary for a safety event: "stop if events >= b after n evaluable patients".

Looks after every patient from ``first_n`` on. A look stops the trial when its score exceeds a
cut-off, the same at every look:

- ``beta-binomial``: score = posterior P(rate > p0 | data), prior Beta(prior_alpha, prior_beta);
- ``pocock``: score = P(fewer events | rate = p0), that is, 1 - the one-sided p-value.

The cut-off is the smallest with which the probability of ever stopping, when the true rate is
p0, is at most alpha. That probability is a step function of the cut-off and changes only at the
scores that can occur; so the search is among those, and exact. The R package stoppingrule bisects
from 0 to 1 towards the same value, but finds each boundary as a root to within 1e-4 events: its
README prints .9630823 where the score itself, after 4 events in 7 patients, is .9630827. The
boundary is the same.

Looks start at n = 1 in the README; the last look, at n_max, can stop the trial too.

Source: Geller, Follmann, Leifer, Carter, Advances in Clinical Trial Biostatistics 2003
(beta-binomial); Ivanova, Qaqish, Schell, Biometrics 2005;61:540 (pocock); R package stoppingrule
(Martens, Logan, Clinical Trials 2024;21:152).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

KINDS = ("beta-binomial", "pocock")


def boundary(
    n_max: int,
    p0: float,
    alpha: float,
    kind: str,
    prior_alpha: float | None = None,
    prior_beta: float | None = None,
    first_n: int = 1,
) -> pd.DataFrame:
    """The number of events that stops the trial, after each number of evaluable patients.

    ``p0`` is the acceptable rate, ``alpha`` the overall probability of stopping at that rate, both
    above 0 and below 1. The prior is for ``beta-binomial`` only. Returns one row per n = 1 to
    ``n_max``: ``n``, ``stop_at`` (Int64); missing where not even n events in n patients stop, and
    before ``first_n``.

    Raises ValueError for an unknown kind, a missing prior, or a number out of its range.

    Source: see the module.
    """
    scores, looks = _scores(n_max, p0, alpha, kind, prior_alpha, prior_beta, first_n)
    return _bounds(scores, looks, _cutoff(scores, looks, p0, alpha))


def cutoff(
    n_max: int,
    p0: float,
    alpha: float,
    kind: str,
    prior_alpha: float | None = None,
    prior_beta: float | None = None,
    first_n: int = 1,
) -> float:
    """The score (0 to 1) that a look must exceed to stop. Arguments and errors as ``boundary``."""
    scores, looks = _scores(n_max, p0, alpha, kind, prior_alpha, prior_beta, first_n)
    return _cutoff(scores, looks, p0, alpha)


def operating_characteristics(bounds: pd.DataFrame, rates: Sequence[float]) -> pd.DataFrame:
    """What the boundary does at each true rate (0 to 1), exactly.

    ``bounds`` as from ``boundary``. One row per rate: ``rate``; ``p_stop``, the probability of ever
    stopping, the last look included; ``expected_events`` and ``expected_n``, the events and the
    evaluable patients at the moment of stopping, or at the largest n if the trial never stops.

    Computed forward over patients, by the probability of each number of events without a stop.

    Raises ValueError for a rate that is not between 0 and 1.

    Source: see the module.
    """
    rate = np.asarray(rates, dtype=float)
    if not np.all((rate >= 0) & (rate <= 1)):
        raise ValueError(f"a rate lies between 0 and 1: {list(rates)}")
    stop_at = {
        int(n): int(b) for n, b in zip(bounds["n"], bounds["stop_at"], strict=True) if pd.notna(b)
    }
    n_max = int(bounds["n"].max()) if len(bounds) else 0

    events = np.arange(n_max + 1)
    going_on = np.zeros((len(rate), n_max + 1))  # by rate and by number of events so far
    going_on[:, 0] = 1
    p_stop, expected_events, expected_n = np.zeros((3, len(rate)))
    for n in range(1, n_max + 1):
        with_event = going_on * rate[:, np.newaxis]
        going_on = going_on - with_event
        going_on[:, 1:] += with_event[:, :-1]
        if n in stop_at:
            stopped = going_on[:, stop_at[n] :]
            p_stop += stopped.sum(axis=1)
            expected_events += stopped @ events[stop_at[n] :]
            expected_n += n * stopped.sum(axis=1)
            stopped[:] = 0
    expected_events += going_on @ events
    expected_n += n_max * going_on.sum(axis=1)

    return pd.DataFrame(
        {
            "rate": rate,
            "p_stop": p_stop,
            "expected_events": expected_events,
            "expected_n": expected_n,
        }
    )


def boundaries(rows: pd.DataFrame) -> pd.DataFrame:
    """The boundary of each rule, look by look, and the events so far.

    ``rows`` holds a rule each: its name, design (``type`` to ``first_n``), ``n_max``,
    ``n_evaluable`` and ``course``, the events to date after each evaluable patient, as text.
    Returns one row per rule and n: ``rule``, ``n``, ``stop_at``, ``n_events``, ``n_evaluable``,
    ``is_crossed``.

    Source: see the module.
    """
    columns = ["rule", "n", "stop_at", "n_events", "n_evaluable", "is_crossed"]
    found = []
    for rule in rows.to_dict("records"):
        bounds = boundary(**_design(rule))
        events = pd.Series(_course(rule), dtype="Int64").reindex(range(len(bounds)))
        bounds = bounds.assign(rule=rule["rule"], n_events=events, n_evaluable=rule["n_evaluable"])
        bounds["is_crossed"] = (bounds["n_events"] >= bounds["stop_at"]).fillna(False).astype(bool)
        found.append(bounds[columns])
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns)


def standing(rows: pd.DataFrame) -> pd.DataFrame:
    """Where the trial stands against each rule; ``rows`` as for ``boundaries``.

    Adds to each rule ``cutoff``, ``stop_at``, ``distance``, ``stop_at_next``, ``would_stop``,
    ``n_more_to_stop`` and ``crossed_at``, and leaves out the prior and the course.

    Source: see the module.
    """
    columns = ["rule", "event", "within_days", "type", "p0", "alpha", "cutoff", "n_max"]
    columns += ["n_evaluable", "n_events", "n_pending", "n_unknown", "stop_at", "distance"]
    columns += ["stop_at_next", "would_stop", "n_more_to_stop", "crossed_at"]
    found = []
    for rule in rows.to_dict("records"):
        bounds = boundary(**_design(rule))
        stop_at = dict(zip(bounds["n"], bounds["stop_at"], strict=True))
        n, events, n_max = rule["n_evaluable"], rule["n_events"], rule["n_max"]
        now, after = stop_at.get(n, pd.NA), stop_at.get(n + 1, pd.NA)
        stops = [
            more for more in range(n_max - n + 1) if _reaches(events + more, stop_at, n + more)
        ]
        crossed = [
            at for at, so_far in enumerate(_course(rule), 1) if _reaches(so_far, stop_at, at)
        ]
        found.append(
            rule
            | {
                "cutoff": cutoff(**_design(rule)),
                "stop_at": now,
                "distance": now - events,
                "stop_at_next": after,
                "would_stop": _reaches(events + 1, stop_at, n + 1) if n < n_max else pd.NA,
                "n_more_to_stop": stops[0] if stops else pd.NA,
                "crossed_at": crossed[0] if crossed else pd.NA,
            }
        )
    counts = ["within_days", *columns[7:15], "n_more_to_stop", "crossed_at"]
    return pd.DataFrame(found, columns=columns).astype(
        dict.fromkeys(counts, "Int64") | {"would_stop": "boolean"}
    )


def characteristics(rows: pd.DataFrame) -> pd.DataFrame:
    """What each rule does at true rates of 5 % to 95 %, and at its own p0; ``rows`` as above.

    Source: see the module.
    """
    columns = ["rule", "rate", "is_p0", "p_stop", "expected_events", "expected_n"]
    found = []
    for rule in rows.to_dict("records"):
        rates = sorted({place / 100 for place in range(5, 100, 5)} | {rule["p0"]})
        table = operating_characteristics(boundary(**_design(rule)), rates)
        table = table.assign(rule=rule["rule"], is_p0=table["rate"] == rule["p0"])
        found.append(table[columns])
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns)


def _design(rule: dict[str, Any]) -> dict[str, Any]:
    names = ("n_max", "p0", "alpha", "prior_alpha", "prior_beta", "first_n")
    known = {name: None if pd.isna(rule[name]) else rule[name] for name in names}
    return known | {"kind": rule["type"]}


def _course(rule: dict[str, Any]) -> list[int]:
    """The events to date after each evaluable patient."""
    return [] if pd.isna(rule["course"]) else [int(each) for each in rule["course"].split()]


def _reaches(events: int, stop_at: dict[int, int], n: int) -> bool:
    return bool(pd.notna(stop_at.get(n, pd.NA)) and events >= stop_at[n])


def _scores(
    n_max: int,
    p0: float,
    alpha: float,
    kind: str,
    prior_alpha: float | None,
    prior_beta: float | None,
    first_n: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Score by n - 1 and number of events (NaN beyond n events), and which n are looks."""
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of boundary; there are {', '.join(KINDS)}")
    if not (0 < p0 < 1 and 0 < alpha < 1):
        raise ValueError(f"p0 and alpha lie between 0 and 1, and {p0} and {alpha} do not")
    if not 1 <= first_n <= n_max:
        raise ValueError(f"the first look, at n = {first_n}, lies outside 1 to {n_max}")

    from scipy.special import bdtr, betaincc

    n = np.arange(1, n_max + 1)[:, np.newaxis]
    events = np.arange(n_max + 1)[np.newaxis, :]
    free = np.maximum(n - events, 0)
    if kind == "pocock":
        scores = np.where(events == 0, 0.0, bdtr(np.maximum(events - 1.0, 0), n, p0))
    else:
        if prior_alpha is None or prior_beta is None or min(prior_alpha, prior_beta) <= 0:
            raise ValueError(f"no prior of Beta({prior_alpha}, {prior_beta})")
        scores = betaincc(prior_alpha + events, prior_beta + free, p0)
    # Equal scores may differ in the last digits, and a cut-off must not fall between them.
    return np.where(events <= n, np.round(scores, 12), np.nan), n[:, 0] >= first_n


def _cutoff(scores: np.ndarray, looks: np.ndarray, p0: float, alpha: float) -> float:
    candidates = np.unique(scores[looks])
    candidates = candidates[~np.isnan(candidates)]
    # The largest score is never exceeded, so with it as cut-off the trial never stops: feasible.
    low, high = -1, len(candidates) - 1
    while high - low > 1:
        middle = (low + high) // 2
        bounds = _bounds(scores, looks, float(candidates[middle]))
        if operating_characteristics(bounds, [p0])["p_stop"].iloc[0] <= alpha:
            high = middle
        else:
            low = middle
    return float(candidates[high])


def _bounds(scores: np.ndarray, looks: np.ndarray, above: float) -> pd.DataFrame:
    stops = (scores > above) & looks[:, np.newaxis]
    stop_at = pd.Series(stops.argmax(axis=1), dtype="Int64").where(stops.any(axis=1))
    return pd.DataFrame({"n": np.arange(1, len(stops) + 1), "stop_at": stop_at}).astype("Int64")
