"""One patient at a time: who, what was measured, and when the patient was seen."""

import json

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import charts
import pages
from charts import patient
from queries import ask
from tests.conftest import app, included, rows


@pytest.fixture
def cut(export):
    return export(
        dm="""
            usubjid  cohort  age  sex  dthdtc
            P1       A       61   F    2021-02-01
            P2       B       45   M    .
            P3       .       50   M    .
        """,
        ds="""
            usubjid  dsdecod             dsstdtc
            P1       ENTERED INTO TRIAL  2021-01-10
            P2       ENTERED INTO TRIAL  2021-01-01
        """,
        ex="usubjid  exstdtc\nP1       2021-01-11",
        ae="usubjid  aestdtc     aeser  aetoxgr\nP1  2021-01-12  Y  4\nP1  2021-01-13  N  1",
        lb="""
            usubjid  lbtestcd  lbstresn  lbdtc             lbstresu  lbnrind
            P1       crp       120       2021-01-12T08:00  mg/L      HIGH
            P1       CRP       80        2021-01           mg/L      .
            P1       CRP       90        2021-03-02        mg/L      HIGH
            P3       CRP       9         2021-01-12        mg/L      NORMAL
        """,
        rs="usubjid  rscat  rsstresn  rsdtc\nP2       WHO    4         2021-01-03",
    )


def test_who_each_patient_is(cut):
    columns = ("usubjid", "place", "label", "status", "n_infusions", "n_events", "n_serious")
    assert rows("patient/patients", cut, *columns, "worst_grade", "last_contact_on") == [
        ("P2", 1, "ventilated", "in follow-up", 0, 0, 0, None, "2021-01-01"),
        ("P1", 2, "oxygen", "died", 1, 2, 1, 4, "2021-01-13"),
    ]


def test_results_of_included_patients_by_the_cut(cut):
    columns = ("usubjid", "kind", "test", "taken_dtc", "taken_day", "value", "range_flag")
    assert rows("patient/measurements", cut, *columns) == [
        ("P1", "laboratory", "CRP", "2021-01", None, 80.0, None),
        ("P1", "laboratory", "CRP", "2021-01-12T08:00", 2, 120.0, "HIGH"),
        ("P2", "scale", "WHO", "2021-01-03", 2, 4.0, None),
    ]


def test_results_that_are_not_drawn_are_counted_by_reason(cut):
    found = rows("patient/accounting", cut, "panel", "n_read", "n_shown", "reason", "n_set_aside")
    assert [each[1:] for each in found if each[0] == "measurements"] == [
        (5, 2, "-", 0),
        (5, 2, "dated after the cut", 1),
        (5, 2, "not dated to the day", 1),
        (5, 2, "of somebody who is not included", 1),
    ]
    # Of people, what is of somebody elsewhere is they themselves.
    assert [each[2:] for each in found if each[0] == "who"] == [(2, "-", 0), (2, "not included", 1)]


def test_a_patient_was_seen_on_these_days(cut):
    found = rows("patient/contacts", cut, "usubjid", "kind", "contact_day")
    assert [each[1:] for each in found if each[0] == "P1"] == [
        ("laboratory", None),  # some day in January
        ("inclusion", 0),
        ("infusion", 1),
        ("adverse event", 2),
        ("laboratory", 2),
        ("adverse event", 3),
    ]


def test_measurements_are_small_multiples_with_the_infusions_as_lines(cut):
    figure = patient.measurements(
        ask("patient/measurements", cut), ask("dosing/infusions", cut), "P1"
    )
    assert "1 result of 1 test" in figure.layout.title.text.replace("\xa0", " ")
    [crp] = figure.data
    assert (crp.x, crp.y, crp.marker.symbol) == ((2.0,), (120.0,), ("triangle-up",))
    assert [shape.x0 for shape in figure.layout.shapes] == [1.0]
    assert "<b>CRP</b>, mg/L" in [note.text for note in figure.layout.annotations]


def test_small_multiples_stand_side_by_side_where_there_is_little_height():
    tests = [f"T{n}" for n in range(7)]
    results = pd.DataFrame({"usubjid": "P1", "kind": "laboratory", "test": tests, "unit": "g"})
    results = results.assign(taken_dtc="2021-01-02", taken_day=1, value=2.0, range_flag=None)
    none = pd.DataFrame({"usubjid": [], "is_given": pd.array([], "boolean"), "given_day": []})

    def tops(figure) -> set[float]:
        return {round(note.y, 6) for note in figure.layout.annotations}

    assert len(tops(patient.measurements(results, none, "P1"))) == 4
    slide = patient.measurements(results, none, "P1", most_rows=2)
    assert len(tops(slide)) == 2
    assert len(slide.data) == 7


def test_a_patient_without_results_gets_a_sentence(cut):
    figure = patient.measurements(
        ask("patient/measurements", cut), ask("dosing/infusions", cut), "P9"
    )
    assert "No laboratory value and no score" in figure.layout.title.text


def test_hostile_names_of_tests_stay_text():
    hostile = '<a href="javascript:x">go</a>'
    results = pd.DataFrame(
        {
            "usubjid": ["P1"],
            "kind": ["laboratory"],
            "test": [hostile],
            "taken_dtc": [hostile],
            "taken_day": [1],
            "value": [2.0],
            "unit": [hostile],
            "range_flag": [None],
        }
    )
    none = pd.DataFrame({"usubjid": [], "is_given": pd.array([], "boolean"), "given_day": []})
    figure = patient.measurements(results, none, "P1")
    assert "<a" not in charts.finished(figure, "", is_simulated=False).to_json()


def opened(**query: str) -> AppTest:
    at = app("patient", **query).run()
    assert not at.exception
    return at


def test_the_page_steps_from_patient_to_patient(cut):
    at = opened()
    assert at.subheader[0].value.startswith("P2")
    [following] = [button for button in at.button if button.label == "Next"]
    following.click().run()
    assert at.subheader[0].value.replace("\\", "").startswith("P1 (P02): 61 years, woman")
    assert at.query_params["patient"] == "P1"
    [following] = [button for button in at.button if button.label == "Next"]
    following.click().run()
    assert at.subheader[0].value.startswith("P2")  # round and round


def test_a_link_names_the_patient(cut):
    at = opened(patient="P1")
    assert at.subheader[0].value.startswith("P1")


@pytest.mark.parametrize("who", ["P3", "S01", "nobody"])  # S01 is P3, who is in screening
def test_in_place_of_a_patient_who_is_not_there_nobody_is_shown(cut, who):
    at = opened(patient=who)
    said = f"{who} is not among the patients included, on this cut and in this group."
    assert [each.value for each in at.warning] == [said]
    assert not at.subheader
    assert not at.get("plotly_chart")
    assert not at.dataframe
    assert at.query_params["patient"] == who
    at.selectbox(key="patient").select("P1").run()
    assert not at.warning
    assert at.subheader[0].value.startswith("P1")
    assert at.query_params["patient"] == "P1"


@pytest.mark.parametrize(("button", "who"), [("Next", "P2"), ("Previous", "P1")])
def test_from_nobody_the_steps_lead_to_the_first_and_the_last(cut, button, who):
    at = opened(patient="P3")
    [found] = [each for each in at.button if each.label == button]
    found.click().run()
    assert at.subheader[0].value.startswith(who)


def test_a_slide_of_a_patient_who_is_not_there_says_so(cut):
    at = opened(patient="P3", share="1", panel="course")
    assert at.query_params["patient"] == "S01"  # the site's number is not in the address either
    assert {each.value for each in at.warning} == {
        "S01 is not among the patients included, on this cut and in this group."
    }
    assert not at.get("plotly_chart")


@pytest.mark.parametrize("name", ["P02", "p02"])
def test_a_patient_is_found_by_what_slides_say_which_stands_beside_the_number(export, name):
    export(**included("LG-07", "LG-03"))
    [label] = [
        each["label"]
        for each in ask("patient/labels", "2021-03-01").to_dict("records")
        if each["usubjid"] == "LG-07"
    ]
    assert label == "P02"
    at = opened(patient=name)
    assert at.subheader[0].value.replace("\\", "").startswith("LG-07 (P02): ")
    assert at.selectbox(key="patient").options == ["LG-03 (P01)", "LG-07 (P02)"]
    assert at.query_params["patient"] == "LG-07"
    slide = opened(patient=name, share="1", panel="course")
    assert slide.query_params["patient"] == "P02"
    assert len(slide.get("plotly_chart")) == 1


def test_no_link_leads_to_who_has_no_page(cut):
    at = app("recruitment")
    for place, usubjid in enumerate(["P2", "P1", "P3"]):
        at.session_state["table list of people"] = {
            "selection": {"rows": [place], "columns": [], "cells": []}
        }
        at.run()
        assert not at.exception
        links = [each.proto.label for each in at.get("page_link")]
        assert links == ([] if usubjid == "P3" else [f"The course of {usubjid}"])
    assert any(each.value.startswith("P3 is not among") for each in at.caption)


def test_the_page_says_what_became_of_the_patient_and_that_no_visit_is_scheduled(cut):
    at = opened(patient="P1")
    [status] = [each.value for each in at.dataframe if "outcome_day" in each.value.columns]
    # Died on 1 February, day 22.
    assert status[["outcome_day", "status"]].values.tolist() == [[28, "dead"], [90, "dead"]]
    assert "protocol.toml schedules no visit." in [each.value for each in at.info]


def test_what_is_of_other_patients_is_counted_under_the_figures(export):
    export(
        **included("P01", "P02"),
        ae="""
            usubjid  aestdtc     aeterm
            P01      2021-01-06  Fever
            P02      2021-01-07  Rash
            P02      2021-01-08  Fever
        """,
        lb="""
            usubjid  lbtestcd  lbdtc       lbstresn  lbnrind
            P01      CRP       2021-01-06  40        HIGH
            P01      CRP       2021-01-07  2         NORMAL
            P02      CRP       2021-01-06  40        HIGH
        """,
    )
    at = app("patient", patient="P01").run()
    figures = [json.loads(each.proto.spec)["layout"] for each in at.get("plotly_chart")]
    said = [str(each) for each in figures]
    assert "1 of 3 adverse events, over all patients · not shown: 2 left out by" in said[0]
    assert "2 of 3 results, over all patients · not shown: 1 left out by" in said[1]
    assert "2 results of 1 test, day 5 to day 6: 1 above, 0 below the reference" in said[1]


def test_rows_lead_to_the_patients_among_them_on_the_same_cut():
    rows = pd.DataFrame({"usubjid": ["P1", "P3", None]})
    patients = pd.DataFrame({"usubjid": ["P1", "P2"]})
    frame = pages.Frame("2021-03-01", "2021-02-22", "A", is_simulated=False)
    linked = pages._with_course(rows, patients, frame)
    course = "patient?cut=2021-03-01&since=2021-02-22&group=A&patient=P1"
    assert linked["course"].dropna().to_list() == [course]
