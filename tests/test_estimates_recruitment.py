"""Recruitment forecast: published numbers, numbers by hand, a simulation, and the odd cases."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimates import recruitment

# Gajewski, Simon, Carlson 2008; help page of the R package accrual (oracles.md). In months.
PUBLISHED = {
    "target": 300,
    "enrolled": 100,
    "plan_days": 36,
    "elapsed_days": 10,
    "prior_weight": 0.5,
}

DATES = [
    "completion_p2_5",
    "completion_p10",
    "completion_p50",
    "completion_p90",
    "completion_p97_5",
]
COUNTS = ["n_p2_5", "n_p10", "n_p50", "n_p90", "n_p97_5"]

# Two of three patients in 10 days, no prior, a window of 30 days. One patient is left, so by hand
# P(not yet by day x) = (10 / x) ** 2: x = 10 / sqrt(1 - q).
BY_HAND = {
    "n_target": 3,
    "n_counted": 2,
    "starts_on": date(2021, 1, 1),
    "ends_on": date(2021, 1, 30),
    "cut_on": date(2021, 1, 10),
    "prior_weight": 0.0,
}


def trial(**changes):
    return pd.DataFrame([BY_HAND | changes])


def dates(found):
    return [None if pd.isna(on) else f"{on:%Y-%m-%d}" for on in found.loc[0, DATES]]


def chance(found):
    value = found["p_target_in_window"].iloc[0]
    return None if value is pd.NA else value


# The plain functions


def test_published_completion_times():
    found = recruitment.completion_quantile([0.025, 0.5, 0.975], **PUBLISHED)
    assert found.round(3).tolist() == [28.577, 32.393, 36.958]


def test_published_numbers_enrolled():
    found = recruitment.enrolled_quantile([0.025, 0.5, 0.975], 36, **PUBLISHED)
    assert found.tolist() == [292, 332, 375]


def test_closed_form_agrees_with_simulation():
    # As the paper does it: draw a rate, then the waiting times of the 200 patients to come.
    random = np.random.default_rng(20080715)
    rate = random.gamma(300 * 0.5 + 100, 1 / (36 * 0.5 + 10), size=100_000)
    completed = 10 + random.gamma(200, 1, size=rate.size) / rate
    enrolled = 100 + random.poisson(rate * (36 - 10))

    q = [0.025, 0.1, 0.5, 0.9, 0.975]
    closed = recruitment.completion_quantile(q, **PUBLISHED)
    assert closed == pytest.approx(np.quantile(completed, q), abs=0.1)
    closed = recruitment.enrolled_quantile(q, 36, **PUBLISHED)
    assert closed == pytest.approx(np.quantile(enrolled, q), abs=1)
    closed = recruitment.probability_by(36, **PUBLISHED)
    assert closed == pytest.approx(np.mean(completed <= 36), abs=0.005)
    assert closed == pytest.approx(np.mean(enrolled >= 300), abs=0.005)


def test_closed_form_agrees_with_simulation_before_the_first_patient():
    plan = {"target": 20, "enrolled": 0, "plan_days": 700, "elapsed_days": 90, "prior_weight": 0.25}
    random = np.random.default_rng(20)
    rate = random.gamma(20 * 0.25, 1 / (700 * 0.25 + 90), size=200_000)
    completed = 90 + random.gamma(20, 1, size=rate.size) / rate

    q = [0.1, 0.5, 0.9]
    closed = recruitment.completion_quantile(q, **plan)
    assert closed == pytest.approx(np.quantile(completed, q), rel=0.02)
    closed = recruitment.probability_by([300, 700, 1400], **plan)
    assert closed == pytest.approx(
        [np.mean(completed <= day) for day in (300, 700, 1400)], abs=0.01
    )


@pytest.mark.parametrize("change", [{}, {"enrolled": 0, "prior_weight": 0}, {"elapsed_days": 36}])
def test_a_number_for_a_number(change):
    plan = PUBLISHED | change
    assert isinstance(recruitment.completion_quantile(0.5, **plan), float)
    assert isinstance(recruitment.enrolled_quantile(0.5, 36, **plan), float)
    assert isinstance(recruitment.probability_by(36, **plan), float)


plans = st.fixed_dictionaries(
    {
        "target": st.integers(1, 300),
        "enrolled": st.integers(0, 299),
        "plan_days": st.integers(30, 3000),
        "elapsed_days": st.integers(1, 3000),
        "prior_weight": st.floats(0.05, 1),
    }
).filter(lambda plan: plan["enrolled"] < plan["target"])


@settings(deadline=None)  # the first example waits for scipy
@given(plans)
def test_a_drought_pushes_every_quantile_back(plan):
    a_week_on = plan | {"elapsed_days": plan["elapsed_days"] + 7}
    q = [0.025, 0.1, 0.5, 0.9, 0.975]
    now = recruitment.completion_quantile(q, **plan)
    later = recruitment.completion_quantile(q, **a_week_on)
    assert (later > now).all()
    at_days = plan["elapsed_days"] + 100
    assert recruitment.probability_by(at_days, **a_week_on) <= recruitment.probability_by(
        at_days, **plan
    )


@settings(deadline=None)  # the first example waits for scipy
@given(plans, st.floats(0.01, 0.99))
def test_probability_is_the_inverse_of_the_quantile(plan, q):
    at_days = recruitment.completion_quantile(q, **plan)
    assert recruitment.probability_by(at_days, **plan) == pytest.approx(q, abs=1e-6)


@settings(deadline=None)  # the first example waits for scipy
@given(plans, st.integers(1, 1000))
def test_completed_by_a_day_is_the_target_enrolled_by_that_day(plan, more_days):
    at_days = plan["elapsed_days"] + more_days
    chance = recruitment.probability_by(at_days, **plan)
    if 0.001 < chance < 0.999:
        enough, too_many = 1 - chance + 0.0005, 1 - chance - 0.0005
        assert recruitment.enrolled_quantile(enough, at_days, **plan) >= plan["target"]
        assert recruitment.enrolled_quantile(too_many, at_days, **plan) < plan["target"]


@settings(deadline=None)  # the first example waits for scipy
@given(plans)
def test_on_the_day_of_the_cut_the_number_is_known(plan):
    found = recruitment.enrolled_quantile([0.025, 0.975], plan["elapsed_days"], **plan)
    assert found.tolist() == [plan["enrolled"]] * 2


@pytest.mark.parametrize("nothing_known", [{"enrolled": 0}, {"elapsed_days": 0}])
def test_no_prior_and_no_patient_or_no_time(nothing_known):
    plan = PUBLISHED | {"prior_weight": 0} | nothing_known
    assert np.isnan(recruitment.completion_quantile([0.5], **plan)).all()
    assert np.isnan(recruitment.enrolled_quantile([0.5], 36, **plan)).all()
    assert np.isnan(recruitment.probability_by([36], **plan)).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"enrolled": 300}, "already reached"),
        ({"enrolled": -1}, "impossible"),
        ({"target": 0}, "impossible"),
        ({"plan_days": 0}, "ends before it starts"),
        ({"elapsed_days": -1}, "clock stands at 0"),
        ({"prior_weight": 1.5}, "prior weight"),
        ({"prior_weight": -0.1}, "prior weight"),
    ],
)
def test_arguments_out_of_range(change, words):
    with pytest.raises(ValueError, match=words):
        recruitment.completion_quantile(0.5, **PUBLISHED | change)
    with pytest.raises(ValueError, match=words):
        recruitment.probability_by(36, **PUBLISHED | change)


def test_the_past_is_not_forecast():
    with pytest.raises(ValueError, match="before the cut"):
        recruitment.enrolled_quantile(0.5, 9, **PUBLISHED)


# forecast


def test_forecast_by_hand():
    # 10 / sqrt(1 - q) = 10.13, 10.54, 14.14, 31.62, 63.25: on days 11, 11, 15, 32 and 64,
    # the first being 1 January.
    found = recruitment.forecast(trial())
    assert dates(found) == ["2021-01-11", "2021-01-11", "2021-01-15", "2021-02-01", "2021-03-05"]
    # Not yet by day 30: (10 / 30) ** 2.
    assert chance(found) == pytest.approx(8 / 9)


def test_forecast_has_the_columns_it_promises():
    found = recruitment.forecast(trial())
    assert list(found) == [
        "completion_p10",
        "completion_p50",
        "completion_p90",
        "completion_p2_5",
        "completion_p97_5",
        "p_target_in_window",
    ]
    assert len(found) == 1
    assert all(pd.api.types.is_datetime64_dtype(found[name]) for name in DATES)


@pytest.mark.parametrize("kind", ["datetime64[ns]", "datetime64[us]", "datetime64[s]"])
def test_forecast_takes_dates_of_any_kind_and_nullable_counts(kind):
    rows = trial().astype(dict.fromkeys(["starts_on", "ends_on", "cut_on"], kind))
    rows = rows.astype({"n_target": "Int32", "n_counted": "Int32", "prior_weight": "Float64"})
    before = rows.copy(deep=True)
    pd.testing.assert_frame_equal(recruitment.forecast(rows), recruitment.forecast(trial()))
    pd.testing.assert_frame_equal(rows, before)


def test_target_reached():
    reached = {"n_counted": 3, "target_reached_on": date(2021, 1, 30)}
    found = recruitment.forecast(trial(**reached))
    assert dates(found) == ["2021-01-30"] * 5
    assert chance(found) == 1

    found = recruitment.forecast(trial(**reached | {"target_reached_on": date(2021, 1, 31)}))
    assert dates(found) == ["2021-01-31"] * 5
    assert chance(found) == 0


def test_target_reached_is_a_fact_without_a_prior():
    found = recruitment.forecast(
        trial(n_counted=4, target_reached_on=pd.Timestamp("2021-01-05"), prior_weight=None)
    )
    assert dates(found) == ["2021-01-05"] * 5
    assert chance(found) == 1


@pytest.mark.parametrize("unknown", [{}, {"target_reached_on": pd.NaT}])
def test_target_reached_on_an_unknown_date(unknown):
    found = recruitment.forecast(trial(n_counted=3, cut_on=date(2021, 1, 30), **unknown))
    assert dates(found) == [None] * 5
    assert chance(found) == 1  # the cut is in the window, so the date is

    found = recruitment.forecast(trial(n_counted=3, cut_on=date(2021, 1, 31), **unknown))
    assert dates(found) == [None] * 5
    assert chance(found) is None


def test_target_reached_in_a_window_without_an_end():
    found = recruitment.forecast(
        trial(n_counted=3, target_reached_on=date(2021, 1, 5), ends_on=None)
    )
    assert dates(found) == ["2021-01-05"] * 5
    assert chance(found) is None


@pytest.mark.parametrize(
    "missing", ["n_target", "n_counted", "starts_on", "ends_on", "cut_on", "prior_weight"]
)
@pytest.mark.parametrize("nothing", [None, pd.NA, float("nan"), pd.NaT])
def test_a_missing_constant_leaves_everything_missing(missing, nothing):
    found = recruitment.forecast(trial(**{missing: nothing}))
    assert dates(found) == [None] * 5
    assert chance(found) is None


def test_no_patient_yet():
    # Prior of 3 x 1/3 = 1 patient in 30 x 1/3 = 10 days, and 10 days more: the three patients to
    # come take 20 x/(1 - x) days, x ~ Beta(3, 1), whose quantile is the cube root of q: 8.3, 17.3,
    # 76.9, 559.5 and 2359.8 after the first 10, hence days 19, 28, 87, 570 and 2370.
    found = recruitment.forecast(trial(n_counted=0, prior_weight=1 / 3))
    assert dates(found) == ["2021-01-19", "2021-01-28", "2021-03-28", "2022-07-24", "2027-06-28"]
    # 20 days left: x/(1 - x) <= 1, x <= 1/2.
    assert chance(found) == pytest.approx(1 / 8)


def test_no_patient_and_no_prior():
    found = recruitment.forecast(trial(n_counted=0))
    assert dates(found) == [None] * 5
    assert chance(found) is None

    found = recruitment.forecast(trial(n_counted=0, cut_on=date(2021, 2, 10)))
    assert dates(found) == [None] * 5
    assert chance(found) == 0


@pytest.mark.parametrize("cut_on", [date(2021, 1, 30), date(2021, 4, 10)])
def test_window_closed_before_the_target(cut_on):
    found = recruitment.forecast(trial(cut_on=cut_on))
    assert chance(found) == 0
    assert (found.loc[0, DATES] > pd.Timestamp(cut_on)).all()


def test_cut_before_the_start():
    # The plan alone: 3 patients in 30 days at weight 1, and the clock at 0, however early the cut.
    early = trial(n_counted=0, prior_weight=1.0, cut_on=date(2020, 11, 1))
    eve = trial(n_counted=0, prior_weight=1.0, cut_on=date(2020, 12, 31))
    found = recruitment.forecast(early)
    pd.testing.assert_frame_equal(found, recruitment.forecast(eve))
    # The ratio of two equal gammas has median 1: 30 days, the last of the window, and 1 in 2.
    # (30 itself is a hair's breadth from day 31 in floating point.)
    assert dates(found)[2] in ("2021-01-30", "2021-01-31")
    assert chance(found) == pytest.approx(1 / 2)


def test_dates_out_of_sight_are_missing():
    # One patient in 1000 days, 5000 wanted, no prior: 5 million days or so, over a standard
    # exponential. At 10 % that is 5e6 / 2.3, some 5900 years; at 50 % 5e6 / 0.69, some 19 700.
    rows = trial(n_target=5000, n_counted=1, cut_on=date(2023, 9, 27))
    found = dates(recruitment.forecast(rows))
    assert int(found[1][:4]) == pytest.approx(2021 + 5_000_000 / 2.3026 / 365.25, abs=10)
    assert found[2:] == [None, None, None]


@pytest.mark.parametrize("prior_weight", [1e-6, 1e-12, 1e-300])
def test_next_to_nothing_known(prior_weight):
    rows = trial(n_counted=0, n_target=10_000, prior_weight=prior_weight)
    found = recruitment.forecast(rows)
    assert dates(found)[2:] == [None] * 3
    assert chance(found) == pytest.approx(0, abs=0.001)
    found = recruitment.fan(rows.assign(as_of=date(2021, 3, 1)))
    assert found["n_p50"].tolist() == [0]


def test_window_that_ends_before_it_starts():
    with pytest.raises(ValueError, match="ends on 2020-12-31, before it starts on 2021-01-01"):
        recruitment.forecast(trial(ends_on=date(2020, 12, 31)))


def test_forecast_without_rows():
    found = recruitment.forecast(trial().iloc[:0])
    assert found.empty
    assert list(found) == list(recruitment.forecast(trial()))


# fan


def fan(*as_of, **changes):
    rows = pd.concat([trial(as_of=on, **changes) for on in as_of], ignore_index=True)
    return recruitment.fan(rows)


def test_fan_by_hand():
    # By day 40, beyond the 2 counted: negative binomial of size 2 and probability 10/40, so that
    # P(more than k) = .75 ** (k + 1) (.75 + .25 (k + 2)): .938 (0), .844 (1), .534 (4), .445 (5),
    # .101 (12), .080 (13), .031 (17), .024 (18).
    found = fan(date(2021, 1, 10), date(2021, 2, 9))
    assert list(found) == ["as_of", *COUNTS]
    assert found[COUNTS].to_numpy().tolist() == [[2, 2, 2, 2, 2], [2, 3, 7, 15, 20]]
    assert found.dtypes["n_p50"] == "Int64"


def test_fan_goes_on_beyond_the_target():
    found = fan(date(2021, 1, 10), date(2021, 2, 9), n_counted=4)
    assert found["n_p2_5"].tolist()[0] == 4
    assert found["n_p97_5"].tolist()[1] > 4


def test_fan_before_the_cut_is_missing():
    assert fan(date(2021, 1, 9))[COUNTS].isna().all(axis=None)


def test_fan_of_a_trial_that_has_not_begun():
    # Nobody is expected before the start, whatever the cut.
    found = fan(
        date(2020, 12, 1),
        date(2020, 12, 31),
        date(2021, 1, 30),
        n_counted=0,
        cut_on=date(2020, 12, 1),
        prior_weight=1.0,
    )
    assert found["n_p97_5"].tolist()[:2] == [0, 0]
    # At the end of the plan: negative binomial of size 3, probability 1/2; 1/2 is P(2 or fewer).
    assert found["n_p50"].tolist()[2] in (2, 3)


@pytest.mark.parametrize(
    "missing", ["n_target", "n_counted", "starts_on", "ends_on", "cut_on", "prior_weight"]
)
def test_fan_with_a_missing_constant(missing):
    assert fan(date(2021, 2, 9), **{missing: None})[COUNTS].isna().all(axis=None)


def test_fan_without_a_rate():
    found = fan(date(2021, 1, 10), date(2021, 2, 9), n_counted=0)
    assert found["n_p50"].tolist() == [0, pd.NA]


def test_fan_of_rows_that_differ():
    # Different constants, different starts, a date that is missing: each row is its own question.
    rows = pd.concat(
        [
            trial(as_of=date(2021, 2, 9)),
            trial(as_of=date(2021, 2, 9), n_counted=4),
            trial(as_of=None),
            trial(
                as_of=date(2022, 2, 9),
                starts_on=date(2022, 1, 1),
                ends_on=date(2022, 1, 30),
                cut_on=date(2022, 1, 10),
            ),
        ]
    )
    found = recruitment.fan(rows)
    assert found["n_p50"].tolist()[0] == 7
    assert found["n_p50"].tolist()[1] > 7
    assert found["n_p50"].tolist()[2:] == [pd.NA, 7]


def test_fan_leaves_its_rows_alone():
    rows = trial(as_of=pd.Timestamp("2021-02-09"))
    before = rows.copy(deep=True)
    recruitment.fan(rows)
    pd.testing.assert_frame_equal(rows, before)


def test_fan_without_rows():
    found = recruitment.fan(trial(as_of=date(2021, 2, 9)).iloc[:0])
    assert found.empty
    assert list(found) == ["as_of", *COUNTS]
