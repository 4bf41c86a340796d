"""Exact intervals, against published ones."""

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimates import proportions

# Published Clopper-Pearson 95 % intervals, to the digits printed (oracles.md).
PUBLISHED = [
    # n_events, n, low, high, digits
    (0, 20, 0.0, 0.1684, 4),
    (1, 20, 0.0013, 0.2487, 4),
    (2, 20, 0.0123, 0.3170, 4),
    (3, 20, 0.0321, 0.3789, 4),
    (5, 20, 0.0866, 0.4910, 4),
    (0, 8, 0.0, 0.369, 3),
    (1, 8, 0.003, 0.527, 3),
    (3, 8, 0.085, 0.755, 3),
]

counts = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(("n_events", "n", "low", "high", "digits"), PUBLISHED)
def test_published_intervals(n_events, n, low, high, digits):
    found = proportions.exact_interval(n_events, n)
    assert [round(limit, digits) for limit in found] == [low, high]


def test_level():
    # With no event in n, the upper limit is 1 - (tail) ** (1/n): here 1 - .05 ** (1/8).
    assert proportions.exact_interval(0, 8, level=0.90)[1] == pytest.approx(1 - 0.05 ** (1 / 8))


def test_without_patients_there_is_no_interval():
    assert all(math.isnan(limit) for limit in proportions.exact_interval(0, 0))


@pytest.mark.parametrize(("n_events", "n"), [(9, 8), (-1, 8), (0, -1), (1, 0)])
def test_impossible_counts(n_events, n):
    with pytest.raises(ValueError, match=f"{n_events} events in {n} patients"):
        proportions.exact_interval(n_events, n)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_impossible_level(level):
    with pytest.raises(ValueError, match="level"):
        proportions.exact_interval(1, 8, level)


@settings(deadline=None)  # the first example waits for scipy
@given(counts)
def test_interval_contains_the_estimate_and_is_mirrored(count):
    n_events, n = count
    low, high = proportions.exact_interval(n_events, n)
    assert 0 <= low <= n_events / n <= high <= 1
    mirrored = proportions.exact_interval(n - n_events, n)
    assert (low, high) == pytest.approx((1 - mirrored[1], 1 - mirrored[0]), abs=1e-9)


@settings(deadline=None)  # the first example waits for scipy
@given(counts.filter(lambda count: count[0] < count[1]))
def test_interval_rises_with_the_events(count):
    n_events, n = count
    fewer = proportions.exact_interval(n_events, n)
    more = proportions.exact_interval(n_events + 1, n)
    assert fewer[0] < more[0]
    assert fewer[1] < more[1]


def test_exact_adds_percentages_to_the_rows():
    rows = pd.DataFrame(
        {
            "cohort": ["A", "B", "none yet", "unknown", "no n"],
            "n_dead": pd.array([3, 0, 0, None, 1], dtype="Int32"),
            "n_known": pd.array([20, 8, 0, 8, None], dtype="Int32"),
        }
    )
    before = rows.copy(deep=True)
    found = proportions.exact(rows, "n_dead", "n_known")

    pd.testing.assert_frame_equal(rows, before)
    pd.testing.assert_frame_equal(found[["cohort", "n_dead", "n_known"]], before)
    assert found["ci_low"].round(1).tolist() == [3.2, 0.0, pd.NA, pd.NA, pd.NA]
    assert found["ci_high"].round(1).tolist() == [37.9, 36.9, pd.NA, pd.NA, pd.NA]


def test_exact_keeps_the_index():
    rows = pd.DataFrame({"n_events": [0.0, math.nan], "n": [8, 8]}, index=[7, 7])
    found = proportions.exact(rows, "n_events", "n")
    assert found.index.tolist() == [7, 7]
    assert found["ci_high"].round(1).tolist() == [36.9, pd.NA]


def test_exact_without_rows():
    rows = pd.DataFrame({"n_events": pd.array([], "Int32"), "n": pd.array([], "Int32")})
    found = proportions.exact(rows, "n_events", "n")
    assert list(found) == ["n_events", "n", "ci_low", "ci_high"]
    assert found.empty
    assert found.dtypes["ci_low"] == "Float64"


def test_exact_refuses_the_impossible():
    with pytest.raises(ValueError, match="9 events in 8 patients"):
        proportions.exact(pd.DataFrame({"n_events": [9], "n": [8]}), "n_events", "n")
    with pytest.raises(TypeError):
        proportions.exact(pd.DataFrame({"n_events": [1.5], "n": [8]}), "n_events", "n")
