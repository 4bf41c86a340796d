"""The figures of the Follow-up and Outcomes pages, drawn from answers to exports drawn here."""

import pandas as pd
import plotly.graph_objects as go
import pytest

import charts
from charts import follow_up, outcomes
from queries import ask
from tests.conftest import PROTOCOL, included, left
from tests.test_charts import HOSTILE, marks, said, trace, words
from tests.test_follow_up import NO_WINDOWS, SCHEDULE, SIX, sv
from tests.test_outcomes import NINE, NINE_CUT, OUTCOMES, WITH_OUTCOMES, died_or_seen

CUT = "2021-03-25"


@pytest.fixture
def six(trial, export):
    (trial / "protocol.toml").write_text(PROTOCOL + SCHEDULE)
    return export(CUT, **SIX)


@pytest.fixture
def nine(trial, export):
    (trial / "protocol.toml").write_text(WITH_OUTCOMES + OUTCOMES + SCHEDULE)
    return export(NINE_CUT, **NINE)


def on_follow_up(cut):
    """Each figure of the page, with what it is drawn from."""
    asked = {name: ask(f"follow_up/{name}", cut) for name in ("visits", "completion", "last_visit")}
    return {
        "matrix": (follow_up.matrix, (asked["visits"],)),
        "completion": (follow_up.completion, (asked["completion"],)),
        "last_visit": (follow_up.last_visit, (asked["last_visit"],)),
        "person_time": (
            follow_up.person_time,
            (ask("follow_up/person_time", cut), ask("follow_up/completeness", cut)),
        ),
    }


def on_outcomes(cut):
    names = ("primary", "patients", "vital_status", "survival", "deaths", "scale", "support")
    asked = {name: ask(f"outcomes/{name}", cut) for name in names}
    return {
        "primary": (outcomes.primary, (asked["primary"], asked["patients"])),
        "vital_status": (outcomes.vital_status, (asked["vital_status"],)),
        "survival": (outcomes.survival, (asked["survival"], asked["deaths"], [28, 90])),
        "scale": (outcomes.scale, (asked["scale"], 28)),
        "support": (outcomes.support, (asked["support"], 28)),
    }


def drawn(cut):
    return on_follow_up(cut) | on_outcomes(cut)


N_FIGURES = 9


# ------------------------------------------------------------------ what every figure keeps to


def test_plotly_accepts_every_property_and_frames_are_left_as_found(nine):
    figures = drawn(nine)
    assert len(figures) == N_FIGURES
    for name, (chart, given) in figures.items():
        before = [each.copy() for each in given if isinstance(each, pd.DataFrame)]
        figure = chart(*given)
        assert figure.data, name
        go.Figure(figure.to_dict())  # this one checks
        go.Figure(charts.finished(figure, "Data cut 2021-02-10", True).to_dict())
        after = [each for each in given if isinstance(each, pd.DataFrame)]
        for old, new in zip(before, after, strict=True):
            pd.testing.assert_frame_equal(old, new)


def test_before_the_first_patient_a_figure_says_what_is_missing(trial, export):
    (trial / "protocol.toml").write_text(WITH_OUTCOMES + OUTCOMES + SCHEDULE)
    for name, (chart, given) in drawn(export(dm="usubjid\nP01")).items():
        figure = chart(*given)
        assert not marks(figure), name
        finding = charts.alt(figure).lower()
        assert any(word in finding for word in ("nobody", "no score", "no visit")), name
        assert "nan" not in said(figure).lower().replace("nanosecond", ""), name


def test_one_patient_and_nothing_else_on_record(trial, export):
    (trial / "protocol.toml").write_text(WITH_OUTCOMES + OUTCOMES + SCHEDULE)
    cut = export(
        dm="usubjid  cohort\nP01      B",
        ds="usubjid  dsdecod             dsstdtc\nP01      ENTERED INTO TRIAL  2021-03-01",
    )
    for name, (chart, given) in drawn(cut).items():
        for missing in ("NaN", "NaT", "<NA>", "nan"):
            assert missing not in said(chart(*given)), name


def test_no_tag_from_the_data_works(trial, export):
    (trial / "protocol.toml").write_text(WITH_OUTCOMES + OUTCOMES + SCHEDULE)
    cut = export(
        "2021-06-01",
        dm=f"usubjid  cohort\n{HOSTILE}  B\nP02  A",
        ds=f"""
            usubjid  dscat  dsdecod  dsstdtc
            {HOSTILE}  PROTOCOL MILESTONE  ENTERED INTO TRIAL  2021-01-01
            P02  PROTOCOL MILESTONE  ENTERED INTO TRIAL  2021-01-01
            P02  DISPOSITION EVENT  {HOSTILE}  2021-01-10
        """,
        sv="usubjid  visitnum  svstdtc  svoccur  svreasoc\n"
        f"{HOSTILE}  28  2021-01-29  N  {HOSTILE}",
        pr=f"usubjid  prtrt  prstdtc  prendtc\n{HOSTILE}  {HOSTILE}  2021-01-02  .",
        rs=f"usubjid  rscat  rsstresn  rsdtc\n{HOSTILE}  {HOSTILE}  3  2021-01-02",
    )
    for name, (chart, given) in drawn(cut).items():
        figure = chart(*given)
        assert figure.data, name
        for tag in ("<script", "<a ", "<b>bold"):
            assert tag not in said(figure), name


# --------------------------------------------------------------------------------- Follow-up


def test_the_answer_of_the_page_says_what_was_made_and_what_is_to_do(six):
    found = follow_up.sentence(ask("follow_up/completion", six), ask("follow_up/worklist", six))
    assert found.replace("\xa0", " ") == (
        "8 of 10 visits owed were made, 80 % (44 to 97 %). 1 is overdue, 1 is due now, "
        "1 opens within two weeks."
    )


def test_a_visit_past_its_day_without_a_window_is_said_aloud_and_not_called_overdue(trial, export):
    (trial / "protocol.toml").write_text(PROTOCOL + NO_WINDOWS)
    cut = export(CUT, **SIX)  # P4's day 28 was 29 January; P4's day 90 and P6's day 28 are to come
    found = follow_up.sentence(ask("follow_up/completion", cut), ask("follow_up/worklist", cut))
    assert found.endswith(
        " Of those due, 1 is past the day planned, and no window is set after which it would be "
        "overdue."
    )
    figure = follow_up.matrix(ask("follow_up/visits", cut))
    assert "1 past the day planned, without a window" in charts.alt(figure)


def test_the_answer_of_the_page_when_nothing_is_to_do(trial, export):
    (trial / "protocol.toml").write_text(PROTOCOL + SCHEDULE)
    nobody = export("2021-01-01")
    found = follow_up.sentence(
        ask("follow_up/completion", nobody), ask("follow_up/worklist", nobody)
    )
    assert found.startswith("No patient has a visit to make")


def test_the_matrix_has_a_mark_for_every_patient_and_visit(six):
    visits = ask("follow_up/visits", six)
    figure = follow_up.matrix(visits)
    assert {(x, y) for x, y, _ in marks(figure)} == {(x, y) for x in range(3) for y in range(6)}
    assert len(marks(figure)) == len(visits) == 18
    assert charts.alt(figure) == (
        "6 patients: 8 of 10 visits owed were made; 1 overdue, 1 missed, 1 late, 1 early"
    )
    assert list(figure.layout.yaxis.ticktext) == ["P1 B", "P2 A", "P3 B", "P4 A", "P5 B", "P6 A"]
    assert list(figure.layout.xaxis.ticktext) == ["Day 7", "Day 28", "Day 90"]


@pytest.mark.parametrize(
    ("status", "where"),
    [
        ("done late", [(1, 0)]),
        ("not due: died", [(1, 1), (2, 1)]),
        ("missed", [(1, 2)]),
        ("overdue", [(1, 3)]),
        ("due", [(2, 3)]),
        ("not due: lost", [(1, 4), (2, 4)]),
        ("upcoming", [(1, 5), (2, 5)]),
    ],
)
def test_each_status_has_its_mark_in_the_matrix(six, status, where):
    shown = trace(follow_up.matrix(ask("follow_up/visits", six)), status)
    assert list(zip(shown.x, shown.y, strict=True)) == where
    assert shown.marker.symbol == charts.VISITS[status].symbol


def test_no_two_statuses_of_a_visit_are_told_apart_by_colour_alone():
    symbols = [mark.symbol for mark in charts.VISITS.values()]
    assert len(symbols) == len(set(symbols))


def test_a_mark_of_the_matrix_tells_the_date_and_the_days_from_the_plan(six):
    figure = follow_up.matrix(ask("follow_up/visits", six))
    [late] = trace(figure, "done late").hovertext
    assert late == (
        "<b>P1</b><br>Day 28, planned for 2021-01-29<br>window 2021-01-26 to 2021-02-01<br>"
        "done late, 5 days after the day planned<br>made on 2021-02-03"
    )
    [overdue] = trace(figure, "overdue").hovertext
    assert "overdue, 52 days past" in overdue
    [missed] = trace(figure, "missed").hovertext
    assert missed.endswith("recorded for 2021-01-30<br>At work")


def test_the_matrix_says_that_a_window_is_not_set(trial, export):
    text = SCHEDULE.replace("days_before = 3\ndays_after = 3\n", "")
    (trial / "protocol.toml").write_text(PROTOCOL + text)
    figure = follow_up.matrix(ask("follow_up/visits", export(CUT, **SIX)))
    assert "Window not set in protocol.toml for Day 28" in words(figure)


def test_a_visit_after_death_is_ringed(trial, export):
    (trial / "protocol.toml").write_text(PROTOCOL + SCHEDULE)
    late = SIX | {"sv": SIX["sv"] + "\nP2  28  2021-01-29  Y  ."}
    figure = follow_up.matrix(ask("follow_up/visits", export(CUT, **late)))
    ring = trace(figure, "dated after the death")
    assert list(zip(ring.x, ring.y, strict=True)) == [(1, 1)]


def test_the_matrix_of_twenty_patients_fits_a_screen_of_720(trial, export):
    (trial / "protocol.toml").write_text(PROTOCOL + SCHEDULE)
    cut = export("2021-06-01", **died_or_seen(*[f"{day}" for day in range(5, 25)]))
    assert follow_up.matrix(ask("follow_up/visits", cut)).layout.height <= 680


def test_many_patients_whose_visits_stand_alike_share_a_lane(trial, export):
    (trial / "protocol.toml").write_text(PROTOCOL + SCHEDULE)
    people = [f"P{n:02}" for n in range(1, 46)]
    # 42 made every visit, P43 missed day 7, P44 was late for day 28, P45 made none and died.
    days = ["2021-01-08", "2021-01-29", "2021-04-01"]
    made = [
        f"{who}  {number}  {day}  Y  ."
        for who in people[:42]
        for number, day in zip((7, 28, 90), days, strict=True)
    ]
    made += ["P43  7  2021-01-08  N  ."]
    made += [f"P43  {number}  {day}  Y  ." for number, day in zip((28, 90), days[1:], strict=True)]
    made += ["P44  7  2021-01-08  Y  .", "P44  28  2021-02-03  Y  .", "P44  90  2021-04-01  Y  ."]
    cut = export(
        "2021-06-01", **included(*people, more=left("P45", "DEATH", "2021-01-05")), sv=sv(*made)
    )
    figure = follow_up.matrix(ask("follow_up/visits", cut))
    go.Figure(charts.finished(figure, "Data cut 2021-06-01", True).to_dict())  # this one checks
    assert list(figure.layout.yaxis.ticktext) == ["P43 A", "P44 A", "42 patients", "P45 A"]
    assert len(marks(figure)) == 4 * 3
    assert charts.alt(figure) == "45 patients: 131 of 132 visits owed were made; 1 missed, 1 late"
    assert "42 others share 1 lane with those whose visits stand alike" in words(figure)
    together = trace(figure, "done in window").hovertext[-1]
    assert together.startswith("<b>42 patients</b><br>Day 90: done in window<br>P01, P02,")


def test_the_matrix_of_the_254_of_the_pilot_is_usable_and_leaves_nobody_out(pilot):
    figure = follow_up.matrix(ask("follow_up/visits", pilot))
    labels = [str(each) for each in figure.layout.yaxis.ticktext]
    together = [int(each.split()[0]) for each in labels if each.endswith(" patients")]
    assert sum(together) + len(labels) - len(together) == 254
    assert figure.layout.height < 1000
    assert len(marks(figure)) < 400
    assert len(trace(figure, "overdue").x) == 21


def test_plotly_accepts_every_property_of_the_pilots_figures(pilot):
    for chart, given in drawn(pilot).values():
        go.Figure(charts.finished(chart(*given), "Data cut", True).to_dict())  # this one checks


def test_person_time_of_many_patients_is_one_screen_high_and_shows_each(trial, export):
    (trial / "protocol.toml").write_text(PROTOCOL + SCHEDULE)
    cut = export("2021-06-01", **died_or_seen(*[f"{1 + n % 80}" for n in range(200)]))
    figure = follow_up.person_time(
        ask("follow_up/person_time", cut), ask("follow_up/completeness", cut)
    )
    go.Figure(charts.finished(figure, "Data cut 2021-06-01", True).to_dict())  # this one checks
    assert figure.layout.height < 900
    assert len(marks(figure)) == 200
    assert "In the order of the days observed" in words(figure)


def test_completion_shows_its_denominators(six):
    figure = follow_up.completion(ask("follow_up/completion", six))
    assert "Day 28: 1 of 3 made, 33 % (1 to 91 %); 1 missed, 1 overdue, 1 upcoming" in words(
        figure
    ).replace("<b>", "").replace("</b>", "")
    assert charts.alt(figure) == "8 of 10 visits owed were made: 80 %"


def test_the_last_visit_shows_every_patient_once(six):
    figure = follow_up.last_visit(ask("follow_up/last_visit", six))
    assert len(marks(figure)) == 6
    assert charts.alt(figure) == (
        "Day 90: 1 of 6 made the visit, 1 had died and 2 had left before, 1 due, 1 not yet due"
    )


@pytest.mark.parametrize(
    ("died", "withdrawn", "lost", "said"),
    [
        (3, 1, 1, "3 had died and 2 had left before"),
        (3, 0, 0, "3 had died before"),
        (0, 1, 1, "2 had left before"),
        (0, 0, 0, "0 had left before"),
    ],
)
def test_nobody_who_died_is_said_to_have_left(died, withdrawn, lost, said):
    n = {"done": 20 - died - withdrawn - lost, "died": died, "withdrawn": withdrawn, "lost": lost}
    stands = pd.DataFrame({"standing": list(n), "n": n.values()})
    stands = stands.assign(n_included=20, pct=stands["n"] * 5.0, visit="Day 90", patients=None)
    assert (
        charts.alt(follow_up.last_visit(stands))
        == f"Day 90: {n['done']} of 20 made the visit, {said}"
    )


def test_person_time_says_how_much_was_observed(six):
    figure = follow_up.person_time(
        ask("follow_up/person_time", six), ask("follow_up/completeness", six)
    )
    assert charts.alt(figure) == (
        "58 % of the possible follow-up was observed: 216 of 375 patient-days (Clark's C)"
    )
    assert list(figure.layout.yaxis2.ticktext)[1:3] == ["19 of 19 d, died", "60 of 83 d, withdrawn"]


# ---------------------------------------------------------------------------------- Outcomes


def test_the_answer_of_the_outcomes_page(nine):
    found = outcomes.sentence(ask("outcomes/primary", nine), ask("outcomes/vital_status", nine))
    assert found.replace("\xa0", " ") == (
        "Group A: 1 of 3 needed invasive ventilation by day 28, 33 % (1 to 91 %); "
        "1 died without it, 1 unknown, 1 pending. "
        "Group B: 1 of 2 died by day 28, 50 % (1 to 99 %); 1 unknown, 1 pending."
    )


def test_without_a_primary_outcome_the_page_says_so_in_words(pilot):
    by_group = ask("outcomes/primary", pilot)
    assert outcomes.sentence(by_group, ask("outcomes/vital_status", pilot)) == (
        "No primary outcome is set in protocol.toml. By day 182, 3 of 254 patients are known to "
        "have died."
    )
    figure = outcomes.primary(by_group, ask("outcomes/patients", pilot))
    assert charts.alt(figure).startswith("No group has a primary outcome")
    figure = outcomes.support(ask("outcomes/support", pilot), 28)
    assert charts.alt(figure) == "Days with support cannot be counted: the export has no pr."


def test_the_primary_outcome_shows_every_patient_and_names_those_not_known(nine):
    figure = outcomes.primary(ask("outcomes/primary", nine), ask("outcomes/patients", nine))
    strips = [(y, symbol) for x, y, symbol in marks(figure) if y in (0.8, 4.3)]
    assert sorted(strips) == sorted(
        [
            *[
                (0.8, "square"),
                (0.8, "cross"),
                (0.8, "hexagon2-open"),
                (0.8, "circle-open"),
                (0.8, "circle"),
            ],
            *[(4.3, "cross"), (4.3, "hexagon2-open"), (4.3, "circle-open"), (4.3, "circle")],
        ]
    )
    text = words(figure)
    assert "best case 25 %, worst case 50 %" in text
    for waiting in ("1 unknown: A4", "1 pending: A5", "1 unknown: B3", "1 pending: B4"):
        assert waiting in text


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ([], "Nobody who was included is known to have died"),
        ([4], "1 patient died, 4 days after the last infusion"),
        ([1], "1 patient died, 1 day after the last infusion"),
        ([37, 4, 10], "3 patients died, 4 to 37 days after the last infusion"),
        ([37, None], "2 patients died, 37 days after the last infusion; of 1 that is not known"),
        ([None, None], "2 patients died; how long after an infusion is not known of any"),
    ],
)
def test_the_deaths_are_summed_up_in_a_sentence(days, said):
    assert outcomes.died(pd.DataFrame({"days_after": pd.array(days, "Int32")})) == said


def test_the_survival_curve_marks_deaths_and_the_censored_and_counts_those_at_risk(nine):
    # Deaths on days 9 and 10. Last contacts: A1 and B2 day 35, A2 28, A4 12, B3 20, A5 1, B4 0.
    figure = outcomes.survival(
        ask("outcomes/survival", nine), ask("outcomes/deaths", nine), [28, 90]
    )
    assert list(trace(figure, "died").x) == [9, 10]
    assert list(trace(figure, "last seen alive").x) == [0, 1, 12, 20, 28, 35]
    # S = 6/7 x 5/6 = 5/7
    assert charts.alt(figure).startswith("2 of 9 died: survival to day 35 is 71 %")
    at_risk = dict(text.split("<br>") for text in figure.layout.xaxis.ticktext)
    assert (at_risk["0"], at_risk["28"], at_risk["90"]) == ("9", "3", "0")


def test_a_death_on_a_day_that_is_not_known_is_said_aloud(trial, export):
    (trial / "protocol.toml").write_text(WITH_OUTCOMES + OUTCOMES)
    people = died_or_seen("10", "20+")
    people["ds"] = people["ds"].replace("2021-01-11", "2021-01")
    cut = export("2021-06-01", **people)
    figure = outcomes.survival(ask("outcomes/survival", cut), ask("outcomes/deaths", cut), [28])
    assert charts.alt(figure).startswith("1 of 2 died: survival to day 20 is 50 %")
    assert "1 patient died on a day that is not known: counted on the first possible" in words(
        figure
    )


@pytest.mark.parametrize(
    ("patients", "title"),
    [
        (["20+", "30+"], "survival to day 30 is 100 % (no limits: nobody died)"),
        (["20", "30"], "survival to day 30 is 0 % (no limits: everybody died)"),
    ],
)
def test_survival_of_one_and_of_none_says_why_it_has_no_limits(trial, export, patients, title):
    (trial / "protocol.toml").write_text(WITH_OUTCOMES + OUTCOMES)
    cut = export("2021-06-01", **died_or_seen(*patients))
    figure = outcomes.survival(ask("outcomes/survival", cut), ask("outcomes/deaths", cut), [28])
    assert charts.alt(figure).endswith(title)


def test_the_vital_status_says_dead_alive_unknown_and_not_reached(nine):
    figure = outcomes.vital_status(ask("outcomes/vital_status", nine))
    assert charts.alt(figure) == (
        "Of 9 patients, day 28: 2 dead, 3 alive, 2 unknown, 2 not reached; "
        "day 90: 2 dead, 0 alive, 0 unknown, 7 not reached"
    )
    of_b = outcomes.vital_status(ask("outcomes/vital_status", nine, cohort="B"))
    assert charts.alt(of_b) == (
        "Of 4 patients, day 28: 1 dead, 1 alive, 1 unknown, 1 not reached; "
        "day 90: 1 dead, 0 alive, 0 unknown, 3 not reached"
    )
    shares = {bar.name: round(bar.x[0], 1) for bar in figure.data}
    assert shares == {"dead": 22.2, "alive": 33.3, "unknown": 22.2, "not reached": 22.2}


def test_the_scale_has_a_square_for_every_day_with_a_score(nine):
    figure = outcomes.scale(ask("outcomes/scale", nine), 28)
    found = {
        (x, y, digit)
        for each in figure.data
        if each.mode == "markers+text"
        for x, y, digit in zip(each.x, each.y, each.text, strict=True)
    }
    assert found == {(0, 0, "5"), (3, 0, "6"), (1, 1, "5")}
    assert [each.name for each in figure.data] == ["5 high flow", "6"]


def test_the_support_of_a_patient_is_certain_and_possible(nine):
    figure = outcomes.support(ask("outcomes/support", nine), 28)
    # In the order of inclusion: A1 to A4, B1 to B3, A5, B4.
    assert list(trace(figure, "invasive ventilation").x) == [6, 0, 0, 0, 0, 1, 0, 0, 0]
    assert list(trace(figure, "invasive ventilation: possible").x) == [0] * 5 + [28, 0, 0, 0]
    assert figure.layout.yaxis2.ticktext[0] == "V 6, O 4 of 29 d"
