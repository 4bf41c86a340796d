"""Kaplan-Meier: the published curve of Freireich's trial, scipy's, and the ends of the curve."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf

from estimates import survival

# Weeks in remission on 6-MP; + = still in remission. Freireich et al, Blood 1963;21:699.
FREIREICH = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"

# The published curve, to the digits printed (oracles.md).
PUBLISHED = """
    day  survival  se     ci_low  ci_high
    6    .8571     .0764  .620    .952
    7    .8067     .0869  .563    .923
    10   .7529     .0963  .503    .889
    13   .6902     .1068  .432    .849
    16   .6275     .1141  .368    .805
    22   .5378     .1282  .268    .747
    23   .4482     .1346  .188    .680
"""


def patients(text):
    return pd.DataFrame(
        [{"days": int(time.rstrip("+")), "has_died": "+" not in time} for time in text.split()],
        columns=["days", "has_died"],
    )


def curve(text):
    return survival.kaplan_meier(patients(text), "days", "has_died")


def on(found, day):
    return found.set_index("day").loc[day]


def test_published_curve():
    names, *lines = (line.split() for line in PUBLISHED.strip().splitlines())
    digits = {"survival": 4, "se": 4, "ci_low": 3, "ci_high": 3}
    found = curve(FREIREICH)
    events = found[found["n_events"] > 0].reset_index(drop=True)
    assert [round(day) for day in events["day"]] == [int(line[0]) for line in lines]
    for column, name in enumerate(names[1:], start=1):
        published = [float(line[column]) for line in lines]
        assert events[name].round(digits[name]).tolist() == published, name


def test_numbers_at_risk():
    found = curve("2 3+ 3 5+")
    assert found[["day", "n_at_risk", "n_events", "n_censored"]].to_dict("records") == [
        {"day": 0, "n_at_risk": 4, "n_events": 0, "n_censored": 0},
        {"day": 2, "n_at_risk": 4, "n_events": 1, "n_censored": 0},
        # Censored on the day of the event: still at risk of it.
        {"day": 3, "n_at_risk": 3, "n_events": 1, "n_censored": 1},
        {"day": 5, "n_at_risk": 1, "n_events": 0, "n_censored": 1},
    ]
    assert found["survival"].tolist() == pytest.approx([1, 3 / 4, 1 / 2, 1 / 2])
    # Greenwood: S sqrt(sum of d / n (n - d)): 1/12, then 1/12 + 1/6.
    assert found["se"].tolist() == pytest.approx(
        [0, 3 / 4 * (1 / 12) ** 0.5, 1 / 2 * (1 / 4) ** 0.5, 1 / 4]
    )


def test_nobody_has_had_the_event():
    found = curve("10+ 20+")
    assert found["survival"].tolist() == [1, 1, 1]
    assert found["se"].tolist() == [0, 0, 0]
    assert found[["ci_low", "ci_high"]].isna().all(axis=None)


def test_everybody_has_had_the_event():
    found = on(curve("10 20"), 20)
    assert found["survival"] == 0
    assert found[["se", "ci_low", "ci_high"]].isna().all()


def test_event_on_day_0():
    found = curve("0 5+ 5+ 5+")
    assert found["day"].tolist() == [0, 5]
    assert found["survival"].tolist() == [0.75, 0.75]
    assert found["n_at_risk"].tolist() == [4, 3]


def test_no_patients():
    for rows in [patients(""), patients("").astype({"days": "Int32", "has_died": "boolean"})]:
        found = survival.kaplan_meier(rows, "days", "has_died")
        assert found.empty
        assert list(found) == list(curve("1"))
        assert found.dtypes.to_dict() == curve("1").dtypes.to_dict()


def test_patients_who_cannot_be_placed_are_left_out():
    rows = pd.DataFrame(
        {
            "days": pd.array([2, 3, None, 9], dtype="Int32"),
            "has_died": pd.array([True, False, True, None], dtype="boolean"),
        }
    )
    before = rows.copy(deep=True)
    found = survival.kaplan_meier(rows, "days", "has_died")
    pd.testing.assert_frame_equal(rows, before)
    pd.testing.assert_frame_equal(found, curve("2 3+"))


def test_a_day_before_day_0():
    rows = pd.DataFrame({"days": [-1, 5], "has_died": [False, True]})
    with pytest.raises(ValueError, match="day -1 is before day 0"):
        survival.kaplan_meier(rows, "days", "has_died")


@settings(deadline=None)  # the first example waits for scipy
@given(st.lists(st.tuples(st.integers(1, 90), st.booleans()), min_size=1, max_size=25))
def test_agrees_with_scipy(observed):
    rows = pd.DataFrame(observed, columns=["days", "has_died"])
    found = survival.kaplan_meier(rows, "days", "has_died").iloc[1:]

    days, has_died = rows["days"].to_numpy(), rows["has_died"].to_numpy()
    theirs = ecdf(CensoredData(uncensored=days[has_died], right=days[~has_died])).sf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scipy warns where S is 1 or 0, and there are no limits
        limits = theirs.confidence_interval(method="log-log")

    assert found["day"].tolist() == theirs.quantiles.tolist()
    assert found["survival"].to_numpy(dtype=float) == pytest.approx(theirs.probabilities)
    for ours, limit in [("ci_low", limits.low), ("ci_high", limits.high)]:
        np.testing.assert_allclose(
            found[ours].to_numpy(dtype=float, na_value=np.nan), limit.probabilities, atol=1e-9
        )


@settings(deadline=None)  # the first example waits for scipy
@given(st.lists(st.tuples(st.integers(0, 90), st.booleans()), min_size=1, max_size=25))
def test_the_curve_falls_and_lies_within_its_limits(observed):
    rows = pd.DataFrame(observed, columns=["days", "has_died"])
    found = survival.kaplan_meier(rows, "days", "has_died")
    assert found["survival"].is_monotonic_decreasing
    assert found["survival"].between(0, 1).all()
    known = found.dropna()
    assert (known["ci_low"] <= known["survival"]).all()
    assert (known["survival"] <= known["ci_high"]).all()
    assert (found["n_events"].sum(), found["n_censored"].sum()) == (
        sum(has_died for _, has_died in observed),
        sum(not has_died for _, has_died in observed),
    )
