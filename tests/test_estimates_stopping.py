"""Stopping boundaries: the published ones, a count of every path, and what is refused."""

from itertools import product

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from estimates import stopping

RATES = [0.20, 0.25, 0.30, 0.35, 0.40]

# README of the R package stoppingrule: looks at n = 1 to 30, p0 = .20, alpha = .10, prior
# Beta(0.6, 2.4) (oracles.md).
BETA_BINOMIAL = {
    "n_max": 30,
    "p0": 0.20,
    "alpha": 0.10,
    "kind": "beta-binomial",
    "prior_alpha": 0.6,
    "prior_beta": 2.4,
}
BETA_BINOMIAL_STOPS = """
    3-4 3, 5-6 4, 7-10 5, 11-13 6, 14-17 7, 18-20 8, 21-24 9, 25-28 10, 29-30 11
"""

# README of the package's release on CRAN: looks at n = 1 to 50, p0 = .20, alpha = .10.
POCOCK = {"n_max": 50, "p0": 0.20, "alpha": 0.10, "kind": "pocock"}
POCOCK_STOPS = """
    3-4 3, 5-6 4, 7-9 5, 10-12 6, 13-16 7, 17-19 8, 20-23 9, 24-26 10, 27-30 11, 31-34 12,
    35-38 13, 39-41 14, 42-45 15, 46-49 16, 50-50 17
"""


def steps(text):
    """'3-4 3' as {3: 3, 4: 3}: the events that stop, by number of evaluable patients."""
    found = {}
    for step in text.split(","):
        looks, stop_at = step.split()
        first, last = map(int, looks.split("-"))
        found |= dict.fromkeys(range(first, last + 1), int(stop_at))
    return found


def stops(bounds):
    return {int(row.n): int(row.stop_at) for row in bounds.dropna().itertuples()}


def test_published_beta_binomial_boundary():
    bounds = stopping.boundary(**BETA_BINOMIAL)
    assert bounds["n"].tolist() == list(range(1, 31))
    assert bounds["stop_at"].tolist()[:2] == [pd.NA, pd.NA]
    assert stops(bounds) == steps(BETA_BINOMIAL_STOPS)


def test_published_cutoff():
    # The README prints .9630823, found to within the tolerance of R's uniroot. The score that
    # must be exceeded is the posterior after 4 events in 7 patients.
    found = stopping.cutoff(**BETA_BINOMIAL)
    assert found == pytest.approx(0.9630823, abs=1e-6)
    assert found == pytest.approx(stats.beta.sf(0.20, 0.6 + 4, 2.4 + 3), abs=1e-11)


def test_published_operating_characteristics():
    found = stopping.operating_characteristics(stopping.boundary(**BETA_BINOMIAL), RATES)
    assert found["rate"].tolist() == RATES
    assert found["p_stop"].round(8).tolist() == [
        0.09957367,
        0.23832301,
        0.43615256,
        0.64555222,
        0.81491087,
    ]
    # Events at the moment of stopping, or at n = 30 without a stop.
    assert found["expected_events"].round(6).tolist() == [
        5.651197,
        6.536293,
        6.926712,
        6.819377,
        6.355803,
    ]


def test_published_pocock_boundary():
    bounds = stopping.boundary(**POCOCK)
    assert stops(bounds) == steps(POCOCK_STOPS)

    found = stopping.operating_characteristics(bounds, RATES)
    assert found["p_stop"].round(8).tolist() == [
        0.09977254,
        0.27689051,
        0.53974016,
        0.78266569,
        0.92684148,
    ]
    # That README's E(events) counts 2 p ** 2 too many (the impossible look at n = 2, b = 3), so its
    # patients are the published number to hold against, and the events follow by Wald below.
    assert found["expected_n"].round(5).tolist() == [
        46.72419,
        41.93172,
        34.66321,
        26.59365,
        19.62976,
    ]


def test_cutoff_of_pocock_is_one_minus_a_p_value():
    # The published boundary would stop one event earlier somewhere, were the cut-off any lower:
    # its p-value is the smallest of those that just do not stop.
    published = steps(POCOCK_STOPS)
    not_stopping = [
        stats.binom.sf(published.get(n, n + 1) - 2, n, 0.20) for n in range(1, POCOCK["n_max"] + 1)
    ]
    assert stopping.cutoff(**POCOCK) == pytest.approx(1 - min(not_stopping), abs=1e-11)


def test_operating_characteristics_by_hand():
    # Stop at 2 events in 2 or 3 patients, at 1/2: HH stops at 2; HTH and THH stop at 3.
    bounds = pd.DataFrame({"n": [1, 2, 3], "stop_at": pd.array([None, 2, 2], dtype="Int64")})
    [found] = stopping.operating_characteristics(bounds, [0.5]).to_dict("records")
    assert found == {
        "rate": 0.5,
        "p_stop": 1 / 4 + 2 / 8,
        # 2 with a stop; without one: HTT, THT, TTH have 1 event, TTT none.
        "expected_events": 2 * 1 / 2 + 1 * 3 / 8,
        "expected_n": 2 * 1 / 4 + 3 * 3 / 4,
    }


@settings(deadline=None)  # the first example waits for scipy
@given(
    st.lists(st.none() | st.integers(0, 8), min_size=1, max_size=7),
    st.sampled_from([0.1, 0.5, 0.8]),
)
def test_operating_characteristics_count_every_path(stop_at, rate):
    bounds = pd.DataFrame(
        {"n": range(1, len(stop_at) + 1), "stop_at": pd.array(stop_at, dtype="Int64")}
    )
    p_stop = expected_events = expected_n = 0.0
    for path in product([0, 1], repeat=len(stop_at)):
        probability = rate ** sum(path) * (1 - rate) ** (len(path) - sum(path))
        stopped_at = next(
            (n for n, b in enumerate(stop_at, start=1) if b is not None and sum(path[:n]) >= b),
            None,
        )
        p_stop += probability * (stopped_at is not None)
        expected_events += probability * sum(path[:stopped_at])
        expected_n += probability * (stopped_at or len(path))

    [found] = stopping.operating_characteristics(bounds, [rate]).to_dict("records")
    assert found == pytest.approx(
        {
            "rate": rate,
            "p_stop": p_stop,
            "expected_events": expected_events,
            "expected_n": expected_n,
        }
    )


designs = st.fixed_dictionaries(
    {
        "n_max": st.integers(3, 25),
        "p0": st.floats(0.05, 0.5),
        "alpha": st.floats(0.02, 0.3),
        "kind": st.sampled_from(stopping.KINDS),
        "prior_alpha": st.floats(0.1, 3),
        "prior_beta": st.floats(0.1, 3),
        "first_n": st.integers(1, 3),
    }
)


@settings(deadline=None)  # the first example waits for scipy
@given(designs)
def test_a_boundary_keeps_to_alpha_and_uses_it(design):
    bounds = stopping.boundary(**design)
    alpha = design["alpha"]
    found = stopping.operating_characteristics(bounds, [design["p0"], 0.9])
    assert found["p_stop"].iloc[0] <= alpha
    assert found["p_stop"].is_monotonic_increasing
    # Wald: events = rate x patients, whatever the boundary.
    assert (found["rate"] * found["expected_n"]).tolist() == pytest.approx(
        found["expected_events"].tolist()
    )
    # One event earlier at every look is too early: the cut-off is the smallest.
    earlier = bounds.assign(
        stop_at=(bounds["stop_at"].fillna(bounds["n"] + 1) - 1).where(
            bounds["n"] >= design["first_n"]
        )
    )
    assert stopping.operating_characteristics(earlier, [design["p0"]])["p_stop"].iloc[0] > alpha

    at = bounds["stop_at"].dropna()
    assert at.is_monotonic_increasing
    assert (at >= 1).all()
    assert (at <= bounds["n"][at.index]).all()


def test_no_look_before_the_first():
    bounds = stopping.boundary(**BETA_BINOMIAL | {"first_n": 10})
    assert bounds["n"].tolist() == list(range(1, 31))
    assert bounds["stop_at"].isna().tolist() == [True] * 9 + [False] * 21


def test_a_trial_too_small_to_stop():
    # Two events in two patients come with probability 1/4 at p0 = 1/2: more than alpha.
    bounds = stopping.boundary(2, 0.5, 0.1, "pocock")
    assert bounds["stop_at"].tolist() == [pd.NA, pd.NA]
    found = stopping.operating_characteristics(bounds, [0.5])
    assert found["p_stop"].tolist() == [0]
    assert found["expected_n"].tolist() == [2]


def test_equal_p_values_stop_together():
    # At p0 = 1/2 the p-value of 1 of 1, 2 of 3, 3 of 5, 4 of 7 and 5 of 9 is 1/2, though not in
    # floating point. With alpha = .6 there is room for some of them (5 of 9 alone), not for all
    # (1 of 1 or 2 of 3: .625), and a cut-off cannot tell them apart: none stops.
    bounds = stopping.boundary(9, 0.5, 0.6, "pocock")
    assert stops(bounds) == {2: 2, 3: 3, 4: 3, 5: 4, 6: 4, 7: 5, 8: 5, 9: 6}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "obrien-fleming"}, "no kind of boundary; there are beta-binomial, pocock"),
        ({"prior_beta": None}, "no prior"),
        ({"prior_alpha": 0}, "no prior"),
        ({"p0": 0}, "p0 and alpha"),
        ({"p0": 20}, "p0 and alpha"),
        ({"alpha": 1}, "p0 and alpha"),
        ({"first_n": 0}, "first look"),
        ({"first_n": 31}, "first look"),
        ({"n_max": 0}, "first look"),
    ],
)
def test_designs_that_are_refused(change, words):
    with pytest.raises(ValueError, match=words):
        stopping.boundary(**BETA_BINOMIAL | change)


def test_rates_that_are_refused():
    bounds = stopping.boundary(**POCOCK)
    with pytest.raises(ValueError, match="between 0 and 1"):
        stopping.operating_characteristics(bounds, [20])


def test_nothing_to_do():
    bounds = stopping.boundary(**POCOCK)
    before = bounds.copy(deep=True)
    assert stopping.operating_characteristics(bounds, []).empty
    pd.testing.assert_frame_equal(bounds, before)

    [found] = stopping.operating_characteristics(bounds.iloc[:0], [0.2]).to_dict("records")
    assert found == {"rate": 0.2, "p_stop": 0, "expected_events": 0, "expected_n": 0}


def a_rule(**change):
    design = {"rule": "toxicity", "event": "death", "within_days": 28, "type": "beta-binomial"}
    design |= {"p0": 0.20, "alpha": 0.10, "prior_alpha": 0.6, "prior_beta": 2.4, "first_n": 1}
    counts = {"n_max": 30, "n_evaluable": 0, "n_events": 0, "n_pending": 0, "n_unknown": 0}
    return pd.DataFrame([design | counts | {"course": None} | change])


def test_boundaries_of_a_frame_are_those_of_its_rules():
    # Events of the 1st and the 3rd of 4 patients.
    rules = a_rule(n_evaluable=4, n_events=2, course="1 1 2 2")
    found = stopping.boundaries(rules)
    assert found.columns.to_list() == [
        *("rule", "n", "stop_at", "n_events", "n_evaluable", "is_crossed"),
    ]
    assert stops(found[["n", "stop_at"]]) == steps(BETA_BINOMIAL_STOPS)
    assert found["n_events"].dropna().to_list() == [1, 1, 2, 2]
    assert not found["is_crossed"].any()
    assert stopping.boundaries(a_rule().iloc[:0]).empty


@pytest.mark.parametrize(
    ("n", "events", "expected"),
    [
        # stop_at, distance, stop_at_next, would_stop, n_more_to_stop; b = 3 at n 3-4, 4 at 5-6,
        # 5 at 7-10, 11 at 29-30
        (0, 0, (None, None, None, False, 3)),  # 3 of 3
        (2, 2, (None, None, 3, True, 1)),
        (4, 2, (3, 1, 4, False, 2)),  # 3 of 5 do not stop, 4 of 6 do
        (6, 3, (4, 1, 5, False, 2)),  # 4 of 7 do not, 5 of 8 do
        (6, 4, (4, 0, 5, True, 0)),
        (29, 10, (11, 1, 11, True, 1)),
        (30, 10, (11, 1, None, None, None)),
        (29, 2, (11, 9, 11, False, None)),  # one patient to come is not enough
    ],
)
def test_where_a_trial_stands(n, events, expected):
    [found] = stopping.standing(a_rule(n_evaluable=n, n_events=events)).to_dict("records")
    names = ("stop_at", "distance", "stop_at_next", "would_stop", "n_more_to_stop")
    assert tuple(None if pd.isna(found[name]) else found[name] for name in names) == expected
    assert found["cutoff"] == pytest.approx(0.9630823, abs=1e-6)


def test_a_boundary_that_was_reached_earlier_is_told():
    course = "1 2 3 3 3 3 3 3"
    [found] = stopping.standing(a_rule(n_evaluable=8, n_events=3, course=course)).to_dict("records")
    assert (found["crossed_at"], found["stop_at"], found["distance"]) == (3, 5, 2)
    assert stopping.standing(a_rule().iloc[:0]).empty


def test_characteristics_of_a_frame_include_the_acceptable_rate():
    found = stopping.characteristics(a_rule(p0=0.33, prior_alpha=1, prior_beta=2))
    assert found.loc[found["is_p0"], "rate"].to_list() == [0.33]
    assert found.loc[found["is_p0"], "p_stop"].iloc[0] <= 0.10
    assert len(found) == 20
    assert stopping.characteristics(a_rule().iloc[:0]).empty
