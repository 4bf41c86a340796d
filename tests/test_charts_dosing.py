"""The figures and the words of the Dosing page, on rows drawn here."""

import json
from itertools import pairwise

import pandas as pd
import plotly.graph_objects as go
import pytest

import charts
from charts import dosing, dress, parts

HOSTILE = '<script>alert(1)</script> <a href="javascript:x">go</a> <b>bold</b> &lt; %{x} $x$'

INFUSION = {  # of course.sql
    "usubjid": "P01",
    "cohort": "A",
    "infusion": 1,
    "status": "in window",
    "reason": None,
    "is_given": True,
    "given_dtc": "2021-03-01T10:00",
    "given_first": 0,
    "given_last": 0,
    "opens_on": "2021-03-01",
    "closes_on": "2021-03-03",
    "opens_day": 0,
    "closes_day": 2,
    "is_projected": False,
    "days_left": None,
    "today": 30,
    "left_day": None,
    "left_why": None,
    "is_dead": False,
}
OPEN = {"is_given": False, "given_dtc": None, "given_first": None, "given_last": None}
DOSE = {  # of infusions.sql
    "usubjid": "P01",
    "infusion": 1,
    "is_given": True,
    "given_dtc": "2021-03-01T10:00",
    "dose_per_kg": 2.0,
    "dose_status": "in range",
    "dose_why": None,
    "weight_kg": 50.0,
    "donor": "D1",
    "donor_status": "same",
    "exlot": "L1",
}
PERIOD = {  # of treatment.sql
    "usubjid": "P01",
    "cohort": "A",
    "n_records": 1,
    "n_perhaps": 0,
    "treatments": "PATCH",
    "doses": "54 mg",
    "first_from": "2021-03-01",
    "last_to": "2021-03-10",
    "n_open": 0,
    "n_undated": 0,
    "days_at_least": 10,
    "days_at_most": 10,
    "days_treated": 10,
}
SUMMARY = {
    "n_given": 38,
    "n_due": 1,
    "n_adherent": 29,
    "n_missed": 1,
    "n_overdue": 1,
    "n_unknown": 3,
    "n_owed": 40,
    "pct_adherent": 72.5,
    "pct_adherent_least": 72.5,
    "pct_adherent_most": 80.0,
    "n_planned": 42,
    "n_extra": 0,
    "n_patients": 14,
    "n_patients_unknown": 0,
    "ci_low": 56.1,
    "ci_high": 85.4,
}


def course(*changes):
    rows = pd.DataFrame([INFUSION | each for each in changes], columns=list(INFUSION))
    days = ["given_first", "given_last", "opens_day", "closes_day", "days_left", "today"]
    for name in (*days, "left_day"):
        rows[name] = rows[name].astype("Int32")
    return rows.assign(
        **{
            name: pd.to_datetime(rows[name]).astype("datetime64[us]")
            for name in ("opens_on", "closes_on")
        }
    )


def doses(*changes):
    return pd.DataFrame([DOSE | each for each in changes], columns=list(DOSE))


def periods(*changes):
    rows = pd.DataFrame([PERIOD | each for each in changes], columns=list(PERIOD))
    for name in ("days_at_least", "days_at_most", "days_treated"):
        rows[name] = rows[name].astype("Int32")
    return rows


def summary(**changes):
    return pd.DataFrame([SUMMARY | changes])


def said(figure):
    return json.dumps(figure.to_plotly_json(), default=str)


def trace(figure, name):
    [found] = [each for each in figure.data if each.name == name]
    return found


def marks(figure, name):
    """Where the marks of a name stand: x, y, symbol."""
    found = trace(figure, name)
    symbols = found.marker.symbol
    symbols = [symbols] * len(found.x) if isinstance(symbols, str) else symbols
    return list(zip(found.x, found.y, symbols, strict=True))


def margin(figure):
    """The words to the right of each patient."""
    return list(figure.layout.yaxis2.ticktext)


# ------------------------------------------------------------------ what every figure keeps to

FIGURES = {
    "course": (
        dosing.course,
        course(
            {},
            OPEN | {"infusion": 2, "status": "missed", "reason": HOSTILE},
            {"usubjid": HOSTILE, "cohort": HOSTILE, "status": HOSTILE, "given_dtc": HOSTILE},
        ),
        (),
    ),
    "dose": (
        dosing.dose,
        doses(
            {},
            {"usubjid": HOSTILE, "dose_per_kg": 9.0, "dose_status": "above"},
            {"usubjid": "P02", "dose_per_kg": None, "dose_why": HOSTILE},
            {"usubjid": HOSTILE, "infusion": 2, "donor_status": "different"},
        ),
        (1.5e6, 3e6),
    ),
    "treatment": (
        dosing.treatment,
        periods({}, {"usubjid": HOSTILE, "cohort": HOSTILE, "treatments": HOSTILE}),
        (),
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_plotly_accepts_every_property(name):
    chart, rows, others = FIGURES[name]
    figure = chart(rows, *others)
    go.Figure(figure.to_dict())  # this one checks
    go.Figure(charts.finished(figure, "Data cut 2021-03-31", True).to_dict())


@pytest.mark.parametrize("name", FIGURES)
def test_rows_are_left_as_found(name):
    chart, rows, others = FIGURES[name]
    before = rows.copy()
    chart(rows, *others)
    pd.testing.assert_frame_equal(rows, before)


@pytest.mark.parametrize("name", FIGURES)
def test_without_rows_a_figure_says_so(name):
    chart, rows, others = FIGURES[name]
    figure = chart(rows.iloc[:0], *others)
    assert not figure.data
    assert charts.alt(figure) in (
        "Nobody has been included yet.",
        "No infusion has been given yet.",
    )


@pytest.mark.parametrize("name", FIGURES)
def test_no_tag_from_the_data_works_and_nothing_missing_is_spelt_nan(name):
    chart, rows, others = FIGURES[name]
    everything = said(chart(rows, *others))
    for tag in ("<script", "<a ", "<b>bold"):
        assert tag not in everything
    for missing in ("NaN", "NaT", "<NA>", "nan,", "None"):
        assert missing not in everything


# ------------------------------------------------------------------ the answer of the page


def test_the_answer_gives_the_rate_its_interval_its_range_and_what_is_due():
    assert dosing.sentence(summary()).replace("\xa0", " ") == (
        "29 of 40 infusions due so far are known to have been given as the protocol says (73 %, "
        "exact 95 % interval 56 to 85 %; 73 to 80 % as 3 are unknown). 1 is overdue, 1 is due."
    )


def test_the_range_is_left_out_when_everything_is_known():
    words = dosing.sentence(summary(n_unknown=0, n_due=0, n_overdue=0)).replace("\xa0", " ")
    assert words == (
        "29 of 40 infusions due so far were given as the protocol says (73 %, exact 95 % interval "
        "56 to 85 %). None is overdue or due."
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"n_patients": 0, "n_planned": 0}, "Nobody has been included yet."),
        (
            {"n_owed": 0, "n_given": 0, "n_overdue": 0, "n_due": 2},
            "No infusion has been given yet, and none was missed. 2 are due.",
        ),
        (
            {"n_planned": 0, "n_owed": 0, "n_given": 591, "n_patients": 254},
            "591 records of treatment in 254 patients; protocol.toml sets no number of infusions, "
            "so none is due, and none late or missed.",
        ),
    ],
)
def test_the_answer_where_there_is_no_rate(changes, words):
    assert dosing.sentence(summary(**changes)) == words


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "73 to 80 %"),
        ({"n_unknown": 0}, "73 %"),
        ({"pct_adherent": None, "n_unknown": 0}, "not known"),
        ({"pct_adherent": 100.0, "n_unknown": 0}, "100 %"),
    ],
)
def test_the_rate_on_its_tile(changes, words):
    assert dosing.rate(summary(**changes)).replace("\xa0", " ") == words


def test_a_tile_says_what_its_number_leaves_out():
    assert dosing.limits(summary()).replace("\xa0", " ") == "exact 95 %: 56 to 85 %"
    assert dosing.extra(summary()) is None
    assert dosing.extra(summary(n_extra=2)) == "and 2 not planned"
    assert dosing.open_(summary()) is None
    assert dosing.open_(summary(n_patients_unknown=3)) == "and 3 unknown"


def test_a_deviation_says_whether_and_how_the_site_recorded_it():
    rows = pd.DataFrame(
        [("recorded", "Given early"), ("perhaps recorded", "In March"), ("not recorded", None)],
        columns=["match", "recorded"],
    )
    assert list(parts.matched(rows)["recorded"]) == [
        "recorded: Given early",
        "perhaps recorded: In March",
        "not recorded",
    ]


def test_what_became_of_the_deviations_that_the_site_recorded():
    rows = pd.DataFrame(
        [
            ("deviations", 24, 7, "no rule is broken", 17),
            ("recorded deviations", 3, 1, "-", 0),
            ("recorded deviations", 3, 1, "of another category", 2),
        ],
        columns=["panel", "n_read", "n_shown", "reason", "n_set_aside"],
    )
    assert parts.recorded(rows, []) == (
        "Recorded by the site: 1 of 3 deviations shown; not shown: 2 of another category."
    )
    none = rows.iloc[1:2].assign(n_read=1, n_shown=1)
    assert parts.recorded(none, []) == "Recorded by the site: 1 of 1 deviation shown."
    assert "holds no deviations" in parts.recorded(none, ["dv"])


def test_what_the_protocol_does_not_set_is_said():
    everything = {
        "dosing_n_infusions": 3,
        "dosing_interval_min_days": 3,
        "dosing_interval_max_days": 4,
        "dosing_dose_min_per_kg": 1.5e6,
        "dosing_dose_max_per_kg": 3e6,
        "dosing_same_donor": True,
    }
    assert dosing.not_set(everything) == []
    [words] = dosing.not_set(everything | {"dosing_interval_max_days": None})
    assert words.startswith("no interval between infusions")
    assert len(dosing.not_set(dict.fromkeys(everything))) == 4


def test_the_week_in_a_line():
    found = pd.DataFrame({"status": ["upcoming", "due", "overdue", "due", "unknown"]})
    assert dosing.week(found) == (
        "To give this week: 1 overdue, 2 due, 1 perhaps due, as dates are partial, "
        "1 to open within 7 days"
    )
    assert dosing.week(found.iloc[:0]) == "To give this week: nothing"


# ------------------------------------------------------------------ course


def test_the_title_counts_what_was_given_and_what_was_not():
    rows = course(
        {},
        {"infusion": 2, "status": "early"},
        {"infusion": 3, "status": "late"},
        {"usubjid": "P02"},
        OPEN | {"usubjid": "P02", "infusion": 2, "status": "missed"},
        OPEN | {"usubjid": "P02", "infusion": 3, "status": "overdue", "days_left": -2},
    )
    assert charts.alt(dosing.course(rows)) == (
        "2 of 4 infusions given were in window (1 early, 1 late); not given: 1 missed, 1 overdue"
    )


def test_patients_stand_in_the_order_of_the_rows_the_first_on_top():
    figure = dosing.course(course({"usubjid": "P09"}, {"usubjid": "P02", "cohort": "B"}))
    assert list(figure.layout.yaxis.ticktext) == ["P09 A", "P02 B"]
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]


@pytest.mark.parametrize("status", ["in window", "early", "late", "extra"])
def test_the_shape_of_an_infusion_given_tells_its_status(status):
    figure = dosing.course(course({"given_first": 4, "given_last": 4, "status": status}))
    assert marks(figure, status) == [(4, 0, charts.INFUSIONS[status].symbol)]
    assert list(trace(figure, status).text) == ["1"]  # the number of the infusion
    shapes = [charts.INFUSIONS[each].symbol for each in ("in window", "early", "late", "extra")]
    assert len(set(shapes)) == 4


def test_what_is_due_is_an_open_mark_at_the_day_of_the_cut():
    figure = dosing.course(
        course({}, OPEN | {"infusion": 2, "status": "due", "today": 4, "days_left": 0})
    )
    assert marks(figure, "due") == [(4, 0, "circle-open")]
    assert margin(figure) == ["no. 2 due, last day"]


def test_what_is_overdue_beyond_the_figure_is_an_open_arrow_at_its_edge():
    rows = course(OPEN | {"status": "overdue", "today": 40, "days_left": -38})
    figure = dosing.course(rows)
    [(x, _, symbol)] = marks(figure, "overdue")
    assert figure.layout.xaxis.range[1] - 1 < x < figure.layout.xaxis.range[1]
    assert symbol == "arrow-right-open"
    assert margin(figure) == ["no. 1 overdue by 38 days"]


def test_an_infusion_far_from_the_others_is_an_arrow_with_its_day():
    far = {"given_first": 35, "given_last": 35, "status": "late"}
    figure = dosing.course(course(*[{"usubjid": f"P{n}"} for n in range(12)], far))
    [(x, _, symbol)] = marks(figure, "late")
    assert x < 13
    assert symbol == "arrow-right"
    assert list(trace(figure, "late").text) == ["1: day 35"]


def test_the_key_names_only_what_is_drawn():
    said = dosing.course(course({"today": 5})).layout.title.subtitle.text
    assert "│ the cut" in said
    assert "† death" not in said
    # A death, or a cut, beyond the figure has no mark in it.
    dead = {"today": None, "left_day": 3, "left_why": "died", "is_dead": True}
    said = dosing.course(course(dead)).layout.title.subtitle.text
    assert "│ the cut" not in said
    assert "† death" in said
    far = dosing.course(course({"today": 80} | dead | {"left_day": 70})).layout.title.subtitle.text
    assert "│ the cut" not in far
    assert "† death" not in far


def test_an_arrow_is_explained_where_there_is_one():
    said = "Arrow: beyond the figure; of what was given, with its day."
    near = [{"usubjid": f"P{n}"} for n in range(12)]
    far = {"usubjid": "P99", "given_first": 35, "given_last": 35, "status": "late"}
    for rows, is_said in ((near, False), ([*near, far], True)):
        figure = dosing.course(course(*rows))
        assert (said in figure.layout.title.subtitle.text.replace("<br>", " ")) is is_said


def test_the_band_of_a_window_covers_its_days_and_a_projection_is_outlined():
    figure = dosing.course(
        course(
            {},
            OPEN
            | {"infusion": 2, "status": "upcoming", "opens_day": 3, "closes_day": 4}
            | {"is_projected": True},
        )
    )
    window, projected = trace(figure, "window"), trace(figure, "projected window")
    assert (window.base[0], window.base[0] + window.x[0]) == (-0.45, 2.45)
    assert (projected.base[0], projected.base[0] + projected.x[0]) == (2.55, 4.45)
    assert window.marker.color != projected.marker.color == charts.PAPER


def test_a_partial_date_is_a_dotted_interval_with_its_mark_in_what_is_seen():
    rows = course({}, {"infusion": 2, "status": "unknown", "given_first": 2, "given_last": 32})
    figure = dosing.course(rows)
    lines = [each for each in figure.data if each.type == "scatter" and each.mode == "lines"]
    [dotted] = [each for each in lines if each.line.dash == "dot" and len(each.x)]
    assert list(dotted.x)[:2] == [2, 12.45]
    assert marks(figure, "unknown") == [((2 + 12.45) / 2, 0, charts.UNKNOWN.symbol)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": "missed", "reason": "fever"}, "no. 1 missed: fever"),
        ({"status": "not due", "reason": "death", "left_why": "death"}, "no. 1 not due: death"),
        (
            {"status": "unknown", "reason": "dates are known only in part"},
            "no. 1 unknown: dates are known only in part",
        ),
        ({"status": "due"}, "no. 1 due"),
        ({"status": "due", "days_left": 2}, "no. 1 due, 2 days left"),
        ({"status": "upcoming", "opens_day": None, "closes_day": None}, "no. 1 upcoming"),
        ({"status": "due", "today": None}, "no. 1 due; day 0 not known"),
    ],
)
def test_what_was_not_given_is_said_with_its_reason(changes, words):
    assert margin(dosing.course(course(OPEN | changes))) == [words]


def test_a_patient_without_exceptions_is_said_to_have_none():
    assert margin(dosing.course(course({}, {"infusion": 2}))) == ["all 2 in window"]


def test_infusions_of_one_fate_share_their_words():
    not_due = OPEN | {"status": "not due", "reason": "death", "left_day": 2, "is_dead": True}
    figure = dosing.course(course({}, not_due | {"infusion": 2}, not_due | {"infusion": 3}))
    assert margin(figure) == ["no. 2, 3 not due: death"]


def test_death_is_marked_on_its_day():
    figure = dosing.course(course({"left_day": 5, "is_dead": True, "left_why": "death"}))
    assert (list(trace(figure, "left").x), list(trace(figure, "left").text)) == ([5], ["<b>†</b>"])


def test_twenty_patients_fit_on_a_screen_of_720():
    patients = [
        {"usubjid": f"TJT2012-01-{n:03}", "infusion": k} for n in range(20) for k in (1, 2, 3)
    ]
    figure = charts.finished(dosing.course(course(*patients)), "Data cut · 60 of 60", True)
    assert figure.layout.height <= 720
    assert len(figure.layout.yaxis.ticktext) == 20


# ------------------------------------------------------------------ dose


def test_the_title_counts_the_doses_against_the_range_and_the_other_donors():
    rows = doses(
        {},
        {"usubjid": "P02", "dose_per_kg": 1.2, "dose_status": "below"},
        {"usubjid": "P03", "dose_per_kg": 3.4, "dose_status": "above"},
        {"usubjid": "P03", "infusion": 2, "donor": "D2", "donor_status": "different"},
    )
    assert charts.alt(dosing.dose(rows, 1.5e6, 3e6)) == (
        "2 of 4 known doses are within 1.5 to 3.0 million cells/kg, 1 below and 1 above; "
        "1 infusion from another donor"
    )


def test_a_dose_outside_has_another_shape_and_its_patients_name():
    rows = doses({}, {"usubjid": "P02", "dose_per_kg": 1.2, "dose_status": "below"})
    figure = dosing.dose(rows, 1.5e6, 3e6)
    assert marks(figure, "below") == [(1, 1.2, "triangle-down")]
    assert marks(figure, "in range") == [(1, 2.0, "circle")]
    labels = [note.text for note in figure.layout.annotations]
    assert "P02: 1.20" in labels
    assert not any("P01" in label for label in labels)


def test_the_name_of_a_dose_outside_stands_away_from_the_line_to_the_next():
    outside = [
        {"dose_per_kg": 3.2, "dose_status": "above"},
        {"infusion": 2, "dose_per_kg": 1.0, "dose_status": "below"},
    ]
    figure = dosing.dose(doses(*outside), 1.5e6, 3.0e6)
    lifts = {note.text: note.yshift for note in figure.layout.annotations if "P01" in note.text}
    assert lifts == {"P01: 3.20": 8, "P01: 1.00": -8}


def test_the_label_of_a_dose_outside_never_says_that_it_is_inside():
    rows = doses({"dose_per_kg": 1.4996, "dose_status": "below"})
    labels = [note.text for note in dosing.dose(rows, 1.5e6, 3e6).layout.annotations]
    assert "P01: 1.4996" in labels


def test_the_band_is_the_range_of_the_protocol():
    figure = dosing.dose(doses({}), 1.5e6, 3e6)
    [band] = figure.layout.shapes
    assert (band.y0, band.y1) == (1.5, 3.0)
    [words] = [note for note in figure.layout.annotations if note.text == "asked for"]
    assert (words.x, words.xanchor, words.y) == (0, "left", 3.0)  # no patient is named there


def test_no_mark_hides_another():
    rows = doses(*[{"usubjid": f"P{n:02}", "dose_per_kg": 2.0 + n % 3 / 100} for n in range(20)])
    figure = dosing.dose(rows, 1.5e6, 3e6)
    places = {(round(x, 6), y) for x, y, _ in marks(figure, "in range")}
    assert len(places) == 20
    assert all(0.5 < x < 1.5 for x, _ in places)
    close = [
        (a, b)
        for a in places
        for b in places
        if a < b and abs(a[0] - b[0]) < 0.02 and abs(a[1] - b[1]) < 0.1
    ]
    assert close == []


def test_another_donor_is_a_ring_around_the_dose():
    rows = doses({}, {"infusion": 2, "donor": "D2", "donor_status": "different"})
    figure = dosing.dose(rows, 1.5e6, 3e6)
    assert marks(figure, "another donor") == [(2, 2.0, "circle-open")]
    assert "With a ring, not the donor of the first infusion: P01 infusion 2." in (
        figure.layout.title.subtitle.text
    )


def test_doses_that_are_not_known_are_counted_by_reason():
    unknown = {"dose_per_kg": None, "dose_status": "unknown"}
    rows = doses(
        {},
        unknown | {"usubjid": "P02", "dose_why": "no usable weight on or before the day"},
        unknown | {"usubjid": "P03", "dose_why": "no usable weight on or before the day"},
        unknown | {"usubjid": "P04", "dose_why": "no usable dose recorded"},
    )
    figure = dosing.dose(rows, 1.5e6, 3e6)
    words = figure.layout.title.subtitle.text.replace("\xa0", " ")
    assert (
        "Not known, so not drawn: 2 no usable weight on or before the day, 1 no usable dose recorded."
        in words
    )
    assert list(figure.layout.xaxis.ticktext) == ["Infusion 1<br>1 of 4 known"]
    alone = dosing.dose(rows[rows["dose_per_kg"].isna()], 1.5e6, 3e6)
    assert charts.alt(alone) == (
        "No dose per kg is known: 2 no usable weight on or before the day, 1 no usable dose recorded."
    )


def test_an_impossible_dose_is_an_arrow_at_the_top_and_leaves_the_others_readable():
    rows = doses({}, {"usubjid": "P02", "dose_per_kg": 2400.0, "dose_status": "above"})
    figure = dosing.dose(rows, 1.5e6, 3e6)
    [(_, y, symbol)] = marks(figure, "above")
    assert symbol == "arrow-up"
    assert 3.0 < y < figure.layout.yaxis.range[1] == 6.0
    assert "P02: 2400.00" in [note.text for note in figure.layout.annotations]


def test_without_a_range_doses_are_drawn_and_not_judged():
    figure = dosing.dose(doses({"dose_status": "not set"}), None, None)
    assert not figure.layout.shapes
    assert charts.alt(figure) == "1 known dose per kg; protocol.toml sets no range"


# ------------------------------------------------------------------ treatment


def test_treatment_is_a_bar_per_patient_with_what_is_not_certain_behind():
    rows = periods(
        {},
        {"usubjid": "P02", "days_at_least": 4, "days_at_most": 9, "days_treated": None},
        {"usubjid": "P03", "cohort": "B", "days_at_least": 1, "days_at_most": None}
        | {"days_treated": None},
    )
    figure = dosing.treatment(rows)
    assert list(trace(figure, "treated").x) == [10, 4, 1]
    assert list(trace(figure, "perhaps treated").x) == [0, 5, 0]
    assert list(figure.layout.yaxis.ticktext) == ["P01", "P02", "P03"]
    assert charts.alt(figure) == (
        "3 of 3 patients included were treated, half of the 1 known for 10 days or more"
    )
    assert [note.text for note in figure.layout.annotations] == [
        "<b>A</b>: 2 patients, median 10 days, 1 not known for certain",
        "<b>B</b>: 1 patient, 1 not known for certain",
    ]


def test_on_a_slide_the_words_above_a_group_do_not_stand_on_the_bars_of_the_one_before():
    rows = [{"usubjid": f"P{n:03}", "cohort": "ABC"[n // 85]} for n in range(254)]
    slide = dress.shared(dosing.treatment(periods(*rows)), 590)
    lanes = trace(slide, "treated").y
    layout = slide.layout
    pitch = (590 - layout.margin.t - layout.margin.b) / layout.yaxis.range[0]  # px of a patient
    rooms = [pitch * (below - above - 1) for above, below in pairwise(lanes) if below - above > 1.5]
    assert len(rooms) == 2
    # A line of 18 px is 24 px high; it stands 4 px above its group.
    assert min(rooms) >= 24 + 4


def test_whoever_was_not_treated_has_a_row_and_is_not_counted_as_treated():
    none = {"n_records": 0, "days_at_least": 0, "days_at_most": 0, "days_treated": 0}
    figure = dosing.treatment(periods({}, none | {"usubjid": "P02"}))
    assert charts.alt(figure).startswith("1 of 2 patients included were treated, ")
    assert len(trace(figure, "treated").x) == 2


def test_whoever_was_perhaps_treated_is_counted_apart():
    perhaps = {"n_records": 0, "n_perhaps": 1, "days_at_least": 0, "days_at_most": 5}
    figure = dosing.treatment(periods({}, perhaps | {"usubjid": "P02", "days_treated": None}))
    assert charts.alt(figure).startswith("1 of 2 patients included were treated (perhaps 1 more)")
    assert list(trace(figure, "perhaps treated").x) == [0, 5]


def test_of_an_infusion_that_is_not_owed_yet_it_is_not_said_whether_it_is_as_the_protocol_says():
    infusions = pd.DataFrame(
        {"is_owed": [True, True, True, False], "is_adherent": [True, False, None, None]}
    )
    said = dosing.with_adherence(infusions)["adherent"].tolist()
    assert said[:3] == ["yes", "no", "not known"]
    assert pd.isna(said[3])
