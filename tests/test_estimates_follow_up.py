"""Completeness of follow-up, by hand."""

import pandas as pd
import pytest

from estimates import follow_up

NOTHING = [pd.NA, pd.NA, pd.NA]


def completeness(observed, potential, dtype="Int32"):
    rows = pd.DataFrame(
        {"days_observed": observed, "days_potential": potential},
        dtype=dtype,
        index=[7] * len(observed),
    )
    before = rows.copy(deep=True)
    found = follow_up.completeness(rows, "days_observed", "days_potential")
    pd.testing.assert_frame_equal(rows, before)
    assert list(found) == ["observed_days", "potential_days", "pct_complete"]
    assert len(found) == 1
    return found.iloc[0].tolist()


def test_person_time_not_persons():
    # Followed to day 90; died on day 12, which is complete; lost on day 30 of 90; seen 45 of
    # 60 days up to the cut. 177 days of 252.
    assert completeness([90, 12, 30, 45], [90, 12, 90, 60]) == [
        177,
        252,
        pytest.approx(100 * 177 / 252),
    ]


def test_everybody_followed():
    assert completeness([90, 12], [90, 12]) == [102, 102, 100]


def test_no_patients():
    for dtype in ["Int32", "float64", "object"]:
        assert completeness([], [], dtype) == NOTHING


def test_no_time_yet():
    assert completeness([0], [0]) == [0, 0, pd.NA]


@pytest.mark.parametrize(
    ("nothing", "dtype"), [(None, "Int32"), (float("nan"), "float64"), (None, "object")]
)
def test_a_missing_part_makes_a_missing_whole(nothing, dtype):
    assert completeness([90, nothing], [90, 90], dtype) == [pd.NA, 180, pd.NA]
    assert completeness([90, 90], [90, nothing], dtype) == [180, pd.NA, pd.NA]


def test_impossible_days():
    with pytest.raises(ValueError, match="less than 0 days"):
        completeness([-1], [90])
    with pytest.raises(ValueError, match="more days of follow-up observed than there were"):
        completeness([91], [90])
