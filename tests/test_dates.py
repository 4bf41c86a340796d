"""The macros about dates: a --dtc text is an interval of days."""

from datetime import date, timedelta

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.database import MACROS
from data.typed import first_days


@pytest.fixture(scope="module")
def con():
    con = duckdb.connect()
    con.execute(MACROS.read_text(encoding="utf-8")).fetchall()
    return con


def ask(con, expression: str, *values: object) -> object:
    [(answer,)] = con.execute(f"select {expression}", list(values)).fetchall()
    return answer


# text                       first day     last day
INTERVALS = """
2021-03-05                   2021-03-05    2021-03-05
2021-03-05T08                2021-03-05    2021-03-05
2021-03-05T08:30             2021-03-05    2021-03-05
2021-03-05 08:30             2021-03-05    2021-03-05
2021-03-05T08:30:15          2021-03-05    2021-03-05
2021-03-05T08:30:15.250      2021-03-05    2021-03-05
2021-03-05T08:30:15,250      2021-03-05    2021-03-05
2021-03-05T08:30Z            2021-03-05    2021-03-05
2021-03-05T23:59+01:00       2021-03-05    2021-03-05
2021-03-05T23:59-0500        2021-03-05    2021-03-05
2021-03-05T00:00             2021-03-05    2021-03-05
2021-03-05T24:00             2021-03-05    2021-03-05
2021-03-05T-:30              2021-03-05    2021-03-05
2021-03-05T08:-:15           2021-03-05    2021-03-05
2021-03                      2021-03-01    2021-03-31
2021-03--                    2021-03-01    2021-03-31
2021-02                      2021-02-01    2021-02-28
2020-02                      2020-02-01    2020-02-29
2021                         2021-01-01    2021-12-31
2021----                     2021-01-01    2021-12-31
2021---05                    2021-01-01    2021-12-31
2020-02-29                   2020-02-29    2020-02-29
2000-02-29                   2000-02-29    2000-02-29
2021-02-29                   .             .
1900-02-29                   .             .
2021-02-30                   .             .
2021-13                      .             .
2021-00                      .             .
2021-03-00                   .             .
2021-03-32                   .             .
2021---32                    .             .
2021-3-5                     .             .
2021-03-05T                  .             .
2021-03-05T25:00             .             .
2021-03-05T08:60             .             .
2021-03-05T8:30              .             .
2021-03-05T08:30 CET         .             .
2021-03-05x                  .             .
2021-03-05Z                  .             .
2021-03-01/2021-03-05        .             .
20210305                     .             .
21-03-05                     .             .
0021-03-05                   .             .
0000-01-01                   .             .
9999-12-31                   .             .
12021-03-05                  .             .
25/01/2026                   .             .
01-03-2021                   .             .
5 MAR 2021                   .             .
--03-05                      .             .
---05                        .             .
-----T08:30                  .             .
unknown                      .             .
UN-UNK-2021                  .             .
"""


@pytest.mark.parametrize("line", INTERVALS.strip().splitlines())
def test_a_text_is_the_days_that_it_can_mean(con, line):
    text, first, last = (line[:29].strip(), *line[29:].split())
    expected = tuple(None if each == "." else date.fromisoformat(each) for each in (first, last))
    found = con.execute("select dtc_from($1), dtc_to($1), dtc_day($1)", [text]).fetchall()
    assert found == [(*expected, expected[0] if expected[0] == expected[1] else None)]
    for _ in range(2):  # the second time from what is kept
        assert first_days([text]) == {text: expected[0]}


@pytest.mark.parametrize("text", [None, "", " ", "2021-03-05\n", " 2021-03-05", "\u0662021-03-05"])
def test_what_is_missing_or_is_not_written_in_plain_digits_means_no_day(con, text):
    assert con.execute("select dtc_from($1), dtc_to($1)", [text]).fetchall() == [(None, None)]
    assert text is None or first_days([text]) == {text: None}


@settings(max_examples=200, deadline=None)
@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_a_day_lies_in_its_month_and_its_year(con, day):
    for length in (10, 7, 4):
        text = str(day)[:length]
        first, last = ask(con, "[dtc_from($1), dtc_to($1)]", text)
        assert first <= day <= last
        assert str(first)[:length] == str(last)[:length] == text
        assert str(first - timedelta(1))[:length] != text != str(last + timedelta(1))[:length]


@settings(max_examples=300, deadline=None)
@given(
    st.text(st.sampled_from("0123456789-:T+Z. /"), max_size=20)
    | st.from_regex(
        r"[0-3][089][0-9]{2}-[01][0-9]-[0-3][0-9](T[0-2][0-9]:[0-6][0-9])?", fullmatch=True
    )
)
def test_no_text_makes_an_error_or_half_an_interval(con, text):
    first, last = ask(con, "[dtc_from($1), dtc_to($1)]", text)
    assert (first is None) == (last is None)
    assert first is None or first <= last
    assert first_days([text]) == {text: first}


# interval                   limit         ends by it
LIMITS = """
2021-03-05                   2021-03-05    true
2021-03-05                   2021-03-04    false
2021-03-05                   2021-03-06    true
2021-03                      2021-03-31    true
2021-03                      2021-03-30    unknown
2021-03                      2021-03-01    unknown
2021-03                      2021-02-28    false
2021                         2021-12-31    true
2021                         2021-07-01    unknown
2021---05                    2021-01-05    unknown
2021---05                    2020-12-31    false
--03-05                      2021-03-05    unknown
.                            2021-03-05    unknown
2021-03-05                   .             unknown
"""


@pytest.mark.parametrize("line", LIMITS.strip().splitlines())
def test_a_comparison_that_holds_for_a_part_is_unknown(con, line):
    text, limit, answer = (None if each == "." else each for each in line.split())
    found = ask(con, "is_by(dtc_from($1), dtc_to($1), $2::date)", text, limit)
    assert found == {"true": True, "false": False, "unknown": None}[answer]


# day          day zero      counted from 0    as in SDTM
STUDY_DAYS = """
2021-03-05     2021-03-05    0                 1
2021-03-06     2021-03-05    1                 2
2021-03-04     2021-03-05    -1                -1
2021-03-03     2021-03-05    -2                -2
2021-02-28     2020-02-28    366               367
.              2021-03-05    .                 .
2021-03-05     .             .                 .
"""


@pytest.mark.parametrize("line", STUDY_DAYS.strip().splitlines())
def test_a_study_day_in_both_numberings(con, line):
    day, zero, *expected = (None if each == "." else each for each in line.split())
    for first_day, number in enumerate(expected):
        found = ask(con, "study_day($1::date, $2::date, $3)", day, zero, first_day)
        assert found == (None if number is None else int(number))
