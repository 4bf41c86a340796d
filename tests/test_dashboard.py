"""The frame and every page in it, run as Streamlit runs them."""

import asyncio
import json
import re
import shutil
import socket
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.web import bootstrap

import data
import pages
import queries
from data import contract
from tests.conftest import FILES, PAGES, PROTOCOL, app, rows, write_export

DM = "usubjid  cohort  rficdtc\nP01      A       2021-01-05\nP02      B       2021-01-09"
EX = "usubjid  exstdtc\nP01      2021-01-06\nP02      2021-01-10"


@pytest.fixture
def dashboard(trial):
    """The frame, on a page that asks little of what is not in it."""
    return app("recruitment")


def words(at: AppTest) -> str:
    """Everything that a reader sees as text."""
    kinds = (at.title, at.subheader, at.markdown, at.caption, at.info, at.warning, at.error)
    return "\n".join(element.value for kind in kinds for element in kind)


def figures(at: AppTest) -> str:
    return "\n".join(figure.proto.spec for figure in at.get("plotly_chart"))


def metric(at: AppTest, label: str):
    [found] = [each for each in at.metric if each.label == label]
    return found


# Of one trial what was answered for one page is known on the next: every page of it is opened.


def trial_with(folder: Path, **drawings: str) -> Path:
    folder.mkdir()
    (folder / "protocol.toml").write_text(PROTOCOL, encoding="utf-8")
    write_export(folder / "exports" / "2021-03-01", **drawings)
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    return trial_with(tmp_path_factory.mktemp("small") / "trial", dm=DM, ex=EX)


@pytest.fixture(scope="module")
def almost_empty(tmp_path_factory) -> Path:
    return trial_with(tmp_path_factory.mktemp("almost") / "trial", dm="usubjid\nP01")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_in_its_frame(small, monkeypatch, page):
    monkeypatch.setenv("TRIAL", str(small))
    at = app(page).run()
    assert not at.exception
    title = at.title[0].value.lower()
    assert title.replace(" ", "_").replace("-", "_") == page
    assert at.selectbox(key="cut").label == "Data cut"
    if page != "glossary":  # which shows nothing of the cut
        assert "Data cut 2021-03-01" in figures(at).replace("\\u002d", "-")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_for_an_almost_empty_trial(almost_empty, monkeypatch, page):
    monkeypatch.setenv("TRIAL", str(almost_empty))
    at = app(page).run()
    for group in ("All groups", "A", "B"):
        if group != "All groups":
            at.selectbox(key="group").set_value(group).run()
        assert not at.exception
        assert at.title
        assert "nan" not in words(at).lower().split()
        assert "NaT" not in words(at) + figures(at)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_for_the_pilot(pilot, page):
    at = app(page).run()
    assert not at.exception
    assert "NaT" not in words(at) + figures(at)


def test_a_number_shows_its_change_since_the_cut_before(dashboard, export):
    export("2021-02-22", dm=DM, ex="usubjid  exstdtc\nP01      2021-01-06")
    export("2021-03-01", dm=DM, ex=EX)
    at = dashboard.run()
    assert metric(at, "Included").value == "2 / 20"
    assert metric(at, "Included").delta == "1"


AE = "usubjid  aeseq  aeser\nP01  1  Y\nP01  2  N\nP02  1  Y"


def test_a_cut_that_was_delivered_again_is_told_as_long_as_somebody_is_in_the_trial(
    dashboard, export
):
    export("2021-03-01", dm=DM, ex=EX, ae=AE)
    export("2021-03-08", dm=DM, ex=EX, ae=AE)
    said = "This cut holds the very tables of the cut before it."
    assert any(said in each.value for each in dashboard.run().warning)
    export("2021-03-15", dm=DM, ex=EX, ae=AE + "\nP02  2  N")
    assert not any(said in each.value for each in app("today").run().warning)


def test_records_that_are_gone_are_told_on_every_page(dashboard, export):
    """As of a file that lost its end, where nothing says how long it was."""
    export("2021-02-22", dm=DM, ex=EX, ae=AE)
    export("2021-03-01", dm=DM, ex=EX, ae=AE.partition("\nP02")[0])
    said = "There are fewer records than in the cut before: 2 in ae, where it held 3."
    assert said in words(dashboard.run())
    at = app("safety_counts", group="A").run()
    assert said in words(at)
    assert at.error[0].value.startswith(f"**{said}**")
    assert "fewer records" not in words(app("today", cut="2021-02-22").run())


@pytest.mark.parametrize(
    ("now", "gone"),
    [
        ("P01  1  Fever\nP02  1  Sepsis", []),
        ("P01  1  Fever\nP02  1  Sepsis\nP02  2  Rash", []),
        ("P01  1  Pyrexia\nP02  1  Sepsis", []),  # as it is coded now
        ("P01  1  Fever\nP01  2  Sepsis", [("ae", 2, 2, 1)]),  # of another patient
        ("P01  1  Fever\nP02  7  Sepsis", [("ae", 2, 2, 1)]),
        ("P01  1  Fever", [("ae", 1, 2, 1)]),
    ],
)
def test_a_record_that_is_gone_is_told_though_another_has_come(dashboard, export, now, gone):
    head = "usubjid  aeseq  aeterm\n"
    export("2021-02-22", dm=DM, ex=EX, ae=f"{head}P01  1  Fever\nP02  1  Sepsis")
    cut = export("2021-03-01", dm=DM, ex=EX, ae=head + now)
    assert rows("exports/fewer", cut, "table_name", "n_records", "n_before", "n_gone") == gone
    said = words(dashboard.run())
    is_fewer = bool(gone) and gone[0][1] < gone[0][2]
    swapped = "Records of the cut before are gone, and others have come: 1 in ae."
    assert (swapped in said) is (bool(gone) and not is_fewer)
    assert ("There are fewer records than in the cut before" in said) is is_fewer


def test_a_table_that_is_there_no_more_holds_none_of_its_records(dashboard, export):
    export("2021-02-22", dm=DM, ex=EX, ae=AE)
    cut = export("2021-03-01", dm=DM + "\nP03  A  .", ex=EX)
    columns = ("table_name", "n_records", "n_before", "is_absent")
    assert rows("exports/fewer", cut, *columns) == [("ae", 0, 3, False)]  # ae is needed, and empty
    pr = "usubjid  prtrt\nP01  Intubation"
    export("2021-03-08", dm=DM, ex=EX, pr=pr, ss="usubjid  ssdtc\nP01  2021-02-01")
    cut = export("2021-03-15", dm=DM, ex=EX)
    assert rows("exports/fewer", cut, *columns) == [("pr", 0, 1, True), ("ss", 0, 1, True)]
    said = r"fewer records than in the cut before: none of pr \(1\) and ss \(1\), which this export"
    assert said in words(dashboard.run())


@pytest.mark.parametrize(
    ("name", "is_told"),
    [
        ("ex_2.csv", True),
        ("EX (1).csv", True),
        ("ex-copy.parquet", True),
        ("ex.bak.csv", True),
        ("ex2.xlsx", True),
        ("exposure.csv", False),  # a table of another name
        ("ex_readme.md", False),
    ],
)
def test_a_second_file_of_a_table_is_told_on_every_page(dashboard, trial, export, name, is_told):
    cut = export(dm=DM, ex=EX)
    (trial / "exports" / cut / name).write_text("usubjid,exstdtc\nP01,2021-02-01\n")
    assert rows("exports/unread", cut, "file", "after") == [(name, "ex.csv")] * is_told
    said = "A file of this cut was not read, and is in no number: "
    for at in (dashboard.run(), app("exports").run()):
        assert (said in words(at)) is is_told


@pytest.mark.parametrize(
    ("name", "is_told"),
    [
        ("2021-4-12", True),
        ("20210412", True),
        ("2021-04-12 copy", True),
        ("export 2021_04_12", True),
        ("12.04.2021", True),
        ("archive", False),
        ("old 2020", False),
    ],
)
def test_a_folder_whose_name_is_nearly_a_day_is_told(dashboard, trial, export, name, is_told):
    export("2021-03-01", dm=DM, ex=EX)
    (trial / "exports" / name).mkdir()
    said = "Not read as a cut, as its name is no day like 2021-03-01"
    assert (said in words(dashboard.run())) is is_told


def test_the_cut_in_the_address_is_the_cut_on_the_page(dashboard, export):
    export("2021-02-22", dm=DM, ex="usubjid  exstdtc\nP01      2021-01-06")
    export("2021-03-01", dm=DM, ex=EX)
    dashboard.query_params["cut"] = "2021-02-22"
    at = dashboard.run()
    assert at.selectbox(key="cut").value == "2021-02-22"
    assert metric(at, "Included").value == "1 / 20"
    assert "This is an older cut. The newest is 2021-03-01." in words(at)


def test_the_address_always_names_the_cut(dashboard, export):
    export("2021-03-01")
    at = dashboard.run()
    assert at.query_params["cut"] == "2021-03-01"


@pytest.mark.parametrize("panel", ["course", "<b>nonsense</b>"])
def test_a_panel_that_the_address_of_a_whole_page_asks_for_is_told(dashboard, export, panel):
    export("2021-03-01", dm=DM, ex=EX)
    dashboard.query_params["panel"] = panel
    at = dashboard.run()
    shown = panel.replace("<", r"\<").replace(">", r"\>")
    assert f"asks for the panel {shown}, which a shared screen alone shows" in words(at)
    assert metric(at, "Included").value == "2 / 20"
    dashboard.query_params["share"] = "1"
    assert "a shared screen alone" not in words(dashboard.run())


@pytest.mark.parametrize("cut", ["2020-01-01", "../..", "<script>", "newest"])
def test_an_unknown_cut_in_the_address_is_told(dashboard, export, cut):
    export("2021-03-01", dm=DM, ex=EX)
    dashboard.query_params["cut"] = cut
    at = dashboard.run()
    assert not at.exception
    assert "There is no cut" in words(at)
    assert metric(at, "Included").value == "2 / 20"


def test_a_newer_cut_never_slips_under_the_readers_eyes(dashboard, export):
    export("2021-02-22", dm=DM, ex="usubjid  exstdtc\nP01      2021-01-06")
    at = dashboard.run()
    assert metric(at, "Included").value == "1 / 20"
    export("2021-03-01", dm=DM, ex=EX)
    at.run()
    assert metric(at, "Included").value == "1 / 20"
    assert "A newer cut has come: 2021-03-01." in words(at)
    [show] = [button for button in at.button if button.label == "Show the cut 2021-03-01"]
    show.click().run()
    assert metric(at, "Included").value == "2 / 20"
    assert metric(at, "Included").delta == "1"


def test_a_refused_newest_cut_leaves_the_last_good_one_and_says_so(dashboard, trial, export):
    export("2021-03-01", dm=DM, ex=EX)
    (trial / "exports" / "2021-03-08").mkdir()
    at = dashboard.run()
    assert not at.exception
    [error] = at.error
    assert "The cut 2021-03-08 was refused, and 2021-03-01 is shown." in error.value
    assert metric(at, "Included").value == "2 / 20"


@pytest.mark.parametrize(
    ("refused", "others"),
    [
        (("08", "15"), "So was 2021-03-08: the Exports page says why."),
        (("08", "15", "22"), "So were 2021-03-15 and 2021-03-08: the Exports page says why."),
        (
            ("08", "15", "22", "29", "30", "31"),
            "So were 2021-03-30, 2021-03-29, 2021-03-22 and 2 more: the Exports page says why.",
        ),
    ],
)
def test_of_several_refused_cuts_one_has_its_reason_and_the_others_are_named(
    dashboard, trial, export, refused, others
):
    export("2021-03-01", dm=DM, ex=EX)
    for day in refused:
        (trial / "exports" / f"2021-03-{day}").mkdir()
    [error] = dashboard.run().error  # one, so that they do not hide the page
    first = (
        f"The cut 2021-03-{refused[-1]} was refused, and 2021-03-01 is shown. Its folder is empty."
    )
    assert error.value.replace("*", "").replace("\\", "") == f"{first} {others}"


def test_of_several_refused_cuts_that_which_was_asked_for_has_its_reason(dashboard, trial, export):
    export("2021-03-01", dm=DM, ex=EX)
    for day in ("08", "15"):
        (trial / "exports" / f"2021-03-{day}").mkdir()
    (trial / "exports" / "2021-03-08" / "dm.csv").write_text("")
    dashboard.query_params["cut"] = "2021-03-08"
    [error] = dashboard.run().error
    assert "The cut 2021-03-08 was refused, and 2021-03-01 is shown." in error.value
    assert "dm\\.csv is empty" in error.value
    assert "So was 2021-03-15" in error.value.replace("\\", "")


def test_who_chose_an_older_cut_reads_which_one_stands_in_for_the_refused(dashboard, trial, export):
    export("2021-02-22", dm=DM, ex=EX)
    export("2021-03-01", dm=DM, ex=EX)
    (trial / "exports" / "2021-03-08").mkdir()
    dashboard.query_params["cut"] = "2021-02-22"
    said = words(dashboard.run())
    assert "The cut 2021-03-08 was refused, and 2021-03-01 is the newest that can be used." in said
    assert "This is an older cut. The newest is 2021-03-01." in said
    assert "2021-02-22 is shown" not in said


def test_who_asks_for_a_refused_cut_reads_in_the_head_which_one_is_shown(dashboard, trial, export):
    export("2021-03-01", dm=DM, ex=EX)
    (trial / "exports" / "2021-03-08").mkdir()
    at = dashboard.run()
    said = "**Shown is the cut 2021-03-01.**"
    assert at.selectbox(key="cut").value == "2021-03-01"
    assert said not in words(at)
    at.selectbox(key="cut").set_value("2021-03-08").run()
    assert said in words(at)
    assert metric(at, "Included").value == "2 / 20"


def test_a_cut_that_is_refused_while_the_page_is_open_is_told(dashboard, trial, export):
    export("2021-03-01", dm=DM, ex=EX)
    at = dashboard.run()
    (trial / "exports" / "2021-03-08").mkdir()
    at.run()
    assert "The cut 2021-03-08 has come, and was refused." in words(at)
    assert metric(at, "Included").value == "2 / 20"


def test_a_refused_cut_to_compare_with_is_told(dashboard, trial, export):
    (trial / "exports" / "2021-02-22").mkdir()
    export("2021-02-15", dm=DM)
    export("2021-03-01", dm=DM, ex=EX)
    dashboard.query_params["since"] = "2021-02-22"
    at = dashboard.run()
    assert "The cut 2021-02-22 was refused: changes are since 2021-02-15." in words(at)
    assert metric(at, "Included").delta == "2"


def test_when_every_cut_is_refused_nothing_is_shown_but_why(dashboard, trial):
    (trial / "exports" / "2021-03-08").mkdir()
    at = dashboard.run()
    assert not at.exception
    assert not at.metric
    assert "No cut of this trial can be used." in words(at)
    assert "Its folder is empty" in words(at).replace("\\", "")


def test_before_the_first_export_the_reader_is_told_what_to_do(dashboard):
    at = dashboard.run()
    assert "python -m data.simulate" in at.info[0].value


def test_a_broken_protocol_is_told_with_every_error(dashboard, trial):
    (trial / "protocol.toml").write_text("[recruitment]\ntarget = 0\ncounts = 'all'\n")
    at = dashboard.run()
    assert not at.exception
    said = at.error[0].value.replace("\\", "")
    assert "recruitment.target: input should be greater than 0" in said
    assert "identity: is missing" in said


def test_the_group_filter_reaches_every_number(dashboard, export):
    export(dm=DM, ex=EX)
    at = dashboard.run()
    at.selectbox(key="group").set_value("A").run()
    assert metric(at, "Included").value == "1"
    assert at.query_params["group"] == "A"
    assert "group A" in figures(at)


def test_how_a_number_is_computed_is_one_click_away(dashboard, export):
    export(dm=DM, ex=EX)
    at = dashboard.run()
    at.switch_page(FILES["recruitment"]).run()
    assert not at.code
    at.session_state["how numbers"] = True
    at.run()
    assert "How many people are in the trial" in at.code[0].value
    assert any("sha256" in frame.value.columns for frame in at.dataframe)


def test_what_could_not_be_read_is_one_click_away(dashboard, export):
    export(dm="usubjid  age\nP01      old", ex=EX.replace("P02", "P01"))
    at = dashboard.run()
    assert [each.label for each in at.expander if "1 value in doubt" in each.label]
    at.session_state["delivered"] = True
    at.run()
    [findings] = [frame.value for frame in at.dataframe if "problem" in frame.value.columns]
    assert findings.loc[0, ["file", "line", "column_name", "value"]].to_list() == [
        "dm.csv",
        2,
        "age",
        "old",
    ]


def test_simulated_data_carry_their_mark(dashboard, trial, export):
    export(dm=DM, ex=EX)
    cut = trial / "exports" / "2021-03-01"
    (cut / "SIMULATED.txt").write_text("made up")
    at = dashboard.run()
    assert "Simulated data." in words(at)
    assert "SIMULATED" in figures(at)


def test_what_of_the_protocol_is_made_up_with_the_data_is_told(dashboard, trial):
    write_export(trial / "simulated" / "2021-03-01", dm=DM, ex=EX)
    (trial / "illustrative.toml").write_text(
        "[dosing]\nfirst_within_days = 2\nn_infusions = 3\n[[dose_units]]\n"
        'unit = "cells"\ncells = 1.0\nis_per_kg = false\n'
    )
    told = (
        "**Simulated data.** Nobody on this page is a patient; made up, too: the time to the first "
        "infusion, the n infusions of dosing and the dose units."
    )
    assert told in words(dashboard.run())
    slide = app("recruitment", share="1", panel=pages.ANSWER).run()
    assert slide.markdown[0].value.endswith(
        "**SIMULATED DATA**; made up, too: time to the first infusion, n infusions of dosing and "
        "dose units"
    )


def test_the_trial_is_named_in_the_head_and_on_slides(dashboard, export):
    export(dm=DM, ex=EX)
    assert "NCT00000000" in [each.value for each in dashboard.run().caption]
    slide = app("recruitment", share="1", panel=pages.ANSWER).run()
    assert slide.markdown[0].value.startswith("NCT00000000 · **Recruitment**")


def test_a_real_cut_ends_the_simulation(dashboard, trial, export):
    export("2021-03-01", dm=DM, ex=EX)
    shutil.copytree(trial / "exports" / "2021-03-01", trial / "simulated" / "2021-03-08")
    at = dashboard.run()
    assert "Simulated data." not in words(at)
    assert data.trial().cuts() == ["2021-03-01"]


def test_a_stale_cut_is_told(dashboard, trial, export):
    (trial / "protocol.toml").write_text("stale_after_days = 10\n" + PROTOCOL)
    export("2021-03-01", dm=DM, ex=EX)
    assert "days old" in words(dashboard.run())


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "![x](http://example.org/x.png)",
        "=HYPERLINK(1)",
        "'; drop table dm;",
    ],
)
def test_hostile_text_is_shown_as_text(dashboard, export, hostile):
    export(
        dm=f"usubjid  cohort  sex\n{hostile}  {hostile}  {hostile}\nP02  A  F",
        ds=f"usubjid  dscat  dsdecod  dsterm\nP02  DISPOSITION EVENT  SCREEN FAILURE  {hostile}",
        ex=f"usubjid  exstdtc\n{hostile}  2021-01-06",
    )
    at = dashboard.run()
    assert not at.exception
    assert metric(at, "Screened").value == "2"
    assert "<script>" not in words(at) + figures(at)
    assert "![x](http" not in words(at)


@pytest.mark.parametrize("table", [name for name in contract.tables() if name != "dm"])
def test_whoever_is_in_any_table_and_not_in_dm_is_found(export, table):
    columns = [each.name for each in contract.tables()[table].columns if each.is_needed]
    values = ["P09"] + ["1"] * (len(columns) - 1)
    export(**{table: "  ".join(columns) + "\n" + "  ".join(values)})
    found = queries.ask("exports/strangers", "2021-03-01")
    assert found.values.tolist() == [["P09", table]]


def test_people_who_are_not_in_dm_are_told_on_top(dashboard, export):
    export(dm=DM, ex=EX + "\nP09      2021-01-10")
    at = dashboard.run()
    assert "1 on record without a row in dm, and so in no number:** P09" in words(at)


# A cut that is edited in place, real data that come or go, a protocol that breaks


@pytest.fixture(scope="module")
def edited(tmp_path_factory) -> tuple[Path, str, str]:
    """A trial whose cut was edited after it had been read: fingerprint then and now."""
    folder = trial_with(tmp_path_factory.mktemp("edited") / "trial", dm=DM, ex=EX)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIAL", str(folder))
        was = data.trial().export("2021-03-01").fingerprint
        with (folder / "exports" / "2021-03-01" / "ex.csv").open("a") as file:
            file.write("P01,2021-01-12\n")
        return folder, was, data.trial().export("2021-03-01").fingerprint


@pytest.mark.parametrize("page", PAGES)
def test_an_edited_cut_is_told_on_every_page(edited, monkeypatch, page):
    folder, was, now = edited
    monkeypatch.setenv("TRIAL", str(folder))
    at = app(page).run()
    assert not at.exception
    [said] = [each.value for each in at.error if "was changed after it had been read" in each.value]
    assert was[:12] in said
    assert now[:12] in said
    assert "ex\\.csv differs" in said


def test_a_cut_that_is_edited_under_the_readers_eyes_is_told_with_its_new_numbers(
    dashboard, trial, export
):
    export("2021-02-22", dm=DM)
    export(dm=DM, ex=EX)
    at = dashboard.run()
    assert metric(at, "Included").value == "2 / 20"
    assert not at.error
    (trial / "exports" / "2021-03-01" / "ex.csv").write_text("usubjid,exstdtc\nP01,2021-01-06\n")
    at.run()
    assert metric(at, "Included").value == "1 / 20"
    assert "The cut 2021-03-01 was changed after it had been read." in words(at)


def test_a_cut_that_was_refused_at_opening_is_offered_when_it_is_whole(dashboard, trial, export):
    export("2021-02-22", dm=DM, ex=EX)
    cut = trial / "exports" / export(dm=DM, ex=EX)
    (cut / "dm.csv").rename(trial / "dm.csv")  # still being copied
    at = dashboard.run()
    assert "The cut 2021-03-01 was refused, and 2021-02-22 is shown." in words(at)
    (trial / "dm.csv").rename(cut / "dm.csv")
    at.run()
    assert "A newer cut has come: 2021-03-01." in words(at)
    assert "This is an older cut" not in words(at)
    [show] = [button for button in at.button if button.label == "Show the cut 2021-03-01"]
    show.click().run()
    assert at.selectbox(key="cut").value == "2021-03-01"
    assert "A newer cut has come" not in words(at)


def test_a_cut_that_went_and_is_back_is_not_called_missing(dashboard, trial, export):
    export("2021-02-22", dm=DM, ex=EX)
    cut = trial / "exports" / export(dm=DM, ex=EX)
    at = dashboard.run()
    cut.rename(trial / "away")
    at.run()
    assert "There is no cut" in words(at)
    (trial / "away").rename(cut)
    at.run()
    assert "There is no cut" not in words(at)


def test_the_exports_page_says_what_was_done_to_which_cut(dashboard, trial, export):
    export("2021-02-22", dm=DM)
    export(dm=DM, ex=EX)
    data.trial().export("2021-02-22")
    (trial / "exports" / "2021-02-22" / "dm.csv").write_text("usubjid\nP01\n")
    at = dashboard.run()
    at.switch_page(FILES["exports"]).run()
    [altered] = [each.value for each in at.table if "First read" in each.value.columns]
    assert altered["Cut"].to_list() == ["2021\\-02\\-22"]
    assert altered["What was done"].to_list() == ["dm\\.csv differs"]
    assert len(altered.loc[0, "Fingerprint then"]) == len(altered.loc[0, "Fingerprint now"]) == 66


def made_up(trial: Path, cut: str, **drawings: str) -> None:
    write_export(trial / "simulated" / cut, **drawings)
    (trial / "simulated" / cut / "SIMULATED.txt").write_text("made up")


def test_the_first_real_export_is_told_and_shown_on_a_click(dashboard, trial, export):
    made_up(trial, "2021-02-15", dm=DM)
    made_up(trial, "2021-02-22", dm=DM, ex="usubjid  exstdtc\nP01      2021-01-06")
    at = dashboard.run()
    export("2021-03-01", dm=DM, ex=EX)
    at.run()
    assert metric(at, "Included").value == "1 / 20"
    assert at.selectbox(key="cut").options == ["2021-02-22", "2021-02-15"]
    assert "Simulated data." in words(at)
    assert "A real export has come: 2021-03-01." in words(at)
    [show] = [button for button in at.button if button.label == "Show the real data"]
    show.click().run()
    assert metric(at, "Included").value == "2 / 20"
    assert at.selectbox(key="cut").options == ["2021-03-01"]
    assert at.query_params["cut"] == "2021-03-01"
    assert "imulated" not in words(at)
    assert "There is no cut" not in words(at)


def test_what_was_told_of_the_simulated_trial_is_not_told_of_the_real_one(dashboard, trial, export):
    made_up(trial, "2021-02-15", dm=DM)
    made_up(trial, "2021-02-22", dm=DM)
    at = dashboard.run()
    (trial / "simulated" / "2021-02-22" / "dm.csv").write_text("usubjid\nP01\n")
    export("2021-03-01", dm=DM, ex=EX)
    at.run()
    assert "The cut 2021-02-22 was changed after it had been read." in words(at)
    [show] = [button for button in at.button if button.label == "Show the real data"]
    show.click().run()
    assert metric(at, "Included").value == "2 / 20"
    assert "was changed" not in words(at)


def test_a_first_real_export_that_is_refused_is_told_and_the_simulated_trial_stays(
    dashboard, trial
):
    made_up(trial, "2021-02-22", dm=DM, ex=EX)
    at = dashboard.run()
    (trial / "exports" / "2021-03-01").mkdir()
    at.run()
    assert "The real cut 2021-03-01 has come, and was refused." in words(at)
    assert metric(at, "Included").value == "2 / 20"


def test_real_data_that_are_gone_are_told_and_nothing_stands_in(dashboard, trial, export):
    made_up(trial, "2021-02-22", dm=DM, ex="usubjid  exstdtc\nP01      2021-01-06")
    export("2021-03-01", dm=DM, ex=EX)
    at = dashboard.run()
    (trial / "exports").rename(trial / "unmounted")
    at.run()
    assert not at.exception
    assert not at.metric
    assert "The real data are gone." in words(at)
    assert "2021\\-03\\-01" in words(at)
    (trial / "unmounted").rename(trial / "exports")
    at.run()
    assert metric(at, "Included").value == "2 / 20"


def test_a_protocol_that_breaks_while_a_page_is_open_is_told(dashboard, trial, export):
    export(dm=DM, ex=EX)
    at = dashboard.run()
    (trial / "protocol.toml").write_text("[recruitment]\ntarget = 0\n")
    at.run()
    assert not at.exception
    assert "The trial cannot be opened." in words(at)
    (trial / "protocol.toml").write_text(PROTOCOL)
    at.run()
    assert metric(at, "Included").value == "2 / 20"


def test_what_goes_while_a_page_is_made_is_told(dashboard, export, monkeypatch):
    export(dm=DM, ex=EX)
    answer = queries.shared

    def gone(question: str, *args: object, **params: object):
        if question == "recruitment/forecast":
            raise data.UnknownCut("There is no cut 2021-03-01.")
        return answer(question, *args, **params)

    monkeypatch.setattr(queries, "shared", gone)
    at = dashboard.run()
    assert not at.exception
    assert "The rest of this page cannot be shown." in words(at)


# Compare with, the address, and Back


@pytest.fixture
def three(export):
    for cut in ("2021-02-15", "2021-02-22", "2021-03-01"):
        export(cut, dm=DM, ex=EX)


def test_the_newer_cut_is_compared_with_the_one_before_it(dashboard, export, three):
    at = dashboard.run()
    assert at.selectbox(key="since").value == "2021-02-22"
    export("2021-03-08", dm=DM, ex=EX)
    at.run()
    [show] = [button for button in at.button if button.label == "Show the cut 2021-03-08"]
    show.click().run()
    assert at.selectbox(key="since").value == "2021-03-01"
    assert at.query_params["since"] == "2021-03-01"


def test_what_the_reader_compares_with_stays(dashboard, export, three):
    at = dashboard.run()
    at.selectbox(key="since").set_value("2021-02-15").run()
    export("2021-03-08", dm=DM, ex=EX)
    at.run()
    [show] = [button for button in at.button if button.label == "Show the cut 2021-03-08"]
    show.click().run()
    assert at.selectbox(key="since").value == "2021-02-15"


def test_an_older_cut_is_compared_with_the_one_before_it(dashboard, three):
    at = dashboard.run()
    at.selectbox(key="cut").set_value("2021-02-22").run()
    assert at.selectbox(key="since").value == "2021-02-15"
    at.selectbox(key="cut").set_value("2021-03-01").run()
    assert at.selectbox(key="since").value == "2021-02-22"


def test_back_in_the_browser_goes_back(dashboard, three):
    at = dashboard.run()
    former = {key: at.query_params[key] for key in ("cut", "since")}
    at.selectbox(key="cut").set_value("2021-02-22").run()
    at.selectbox(key="group").set_value("A").run()
    at.query_params.clear()  # as the browser does: the address of the first look, without a group
    at.query_params.update(former)
    at.run()
    assert at.selectbox(key="cut").value == "2021-03-01"
    assert at.selectbox(key="since").value == "2021-02-22"
    assert at.selectbox(key="group").value == "All groups"


def test_the_menu_keeps_what_was_chosen(dashboard, three):
    at = dashboard.run()
    at.selectbox(key="cut").set_value("2021-02-22").run()
    at.selectbox(key="group").set_value("A").run()
    at.query_params.clear()  # as the menu does
    at.switch_page(FILES["dosing"]).run()
    assert at.selectbox(key="cut").value == "2021-02-22"
    assert at.query_params["group"] == "A"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"group": "Z"}, "There is no group Z. These are all groups."),
        (
            {"since": "2020-01-01"},
            "There is no cut 2020\\-01\\-01 before 2021-03-01: changes are since 2021-02-22.",
        ),
        ({"cut": "2021-02-22", "since": "2021-03-01"}, "before 2021-02-22: changes are since"),
        ({"cut": "2021-02-15", "since": "2021-02-15"}, "there is no cut to compare with."),
    ],
)
def test_a_link_to_what_there_is_not_is_told_until_the_reader_chooses(
    dashboard, three, asked, said
):
    for key, value in asked.items():
        dashboard.query_params[key] = value
    at = dashboard.run()
    assert not at.exception
    assert said in words(at)
    assert said in words(at.run())
    [key] = asked.keys() - {"cut"}
    at.selectbox(key="cut").set_value("2021-03-01").run()
    at.selectbox(key=key).set_value("2021-02-15" if key == "since" else "B").run()
    assert said not in words(at)


def test_with_no_older_cut_that_can_be_used_it_is_said(dashboard, trial, export):
    export(dm=DM, ex=EX)
    (trial / "exports" / "2021-02-22").mkdir()
    dashboard.query_params["since"] = "2021-02-22"
    at = dashboard.run()
    assert "The cut 2021-02-22 was refused: there is no cut to compare with." in words(at)


# Where a number comes from


def test_the_definitions_that_a_number_rests_on_are_one_click_away(dashboard, export):
    export(dm=DM, ex=EX)
    at = dashboard.run()
    at.session_state["how numbers"] = True
    at.run()
    shown = "\n".join(each.value for each in at.code)
    for question in ("recruitment/summary", "recruitment/forecast", "tables/participants"):
        assert queries.read(question).sql.strip() in shown
    [values] = [
        each.value.set_index("parameter")["value"]
        for each in at.dataframe
        if "parameter" in each.value.columns and "$recruitment_target" in set(each.value.parameter)
    ][:1]
    assert values["$cohort"] == "all groups"
    assert "$days_day_zero" in values or "$disposition_included" in values


def test_what_a_question_rests_on_is_found_through_what_it_reads():
    for name in queries.names():
        rests_on = queries.sources(name)
        assert len(set(rests_on)) == len(rests_on)
        assert name not in rests_on
        for each in rests_on:  # nothing that is missing, and nothing out of order
            assert set(queries.sources(each)) <= set(rests_on)
    assert queries.sources("tables/contacts") == ["tables/participants"]
    assert {
        "dosing/worklist",
        "dosing/infusions",
        "tables/infusions",
        "tables/participants",
    } <= set(queries.sources("today/attention"))


@pytest.mark.parametrize(
    ("question", "group", "name"),
    [
        ("recruitment/summary", None, "recruitment-summary-2021-03-01-all-groups.csv"),
        ("recruitment/summary", "A/B", "recruitment-summary-2021-03-01-group-A-B.csv"),
        ("changes/rows", "A", "changes-rows-2021-03-01-since-2021-02-22-group-A.csv"),
    ],
)
@pytest.mark.parametrize("is_simulated", [False, True])
def test_a_file_says_in_its_name_what_it_is_of(
    trial, monkeypatch, question, group, name, is_simulated
):
    frame = pages.Frame("2021-03-01", "2021-02-22", group, is_simulated)
    monkeypatch.setattr(pages, "frame", lambda: frame)
    since = frame.since if queries.compares(question) else None
    expected = name.replace(".csv", "-SIMULATED.csv") if is_simulated else name
    assert pages._file_name(question, "csv", since) == f"NCT00000000-{expected}"


def test_a_change_in_days_has_its_unit_and_a_day_that_is_not_known_has_no_change(dashboard, export):
    first = "usubjid  exstdtc\nP01      2021-01-06"
    export("2021-06-01", dm=DM, ex=first)
    export("2021-06-08", dm=DM, ex=first)
    export("2021-06-15", dm=DM, ex=first + "\nP02      2021-05")
    at = dashboard.run()
    assert metric(at, "Since last patient").value == "≤ 5.3 months"
    assert metric(at, "Since last patient").delta == ""
    at.selectbox(key="cut").set_value("2021-06-08").run()
    assert metric(at, "Since last patient").value == "5.0 months"
    assert metric(at, "Since last patient").delta == "+7 days"


def test_screening_is_that_of_all_groups_and_says_so(dashboard, export):
    export(dm=DM + "\nP03      .       2021-01-09", ex=EX)
    at = dashboard.run()
    at.selectbox(key="group").set_value("A").run()
    assert metric(at, "Screened").value == "3"
    assert metric(at, "Screened").proto.delta_description == "all groups"
    assert metric(at, "Included").proto.delta_description == ""
    shown = [figure for figure in figures(at).splitlines() if "screened were included" in figure]
    assert len(shown) == 1
    assert "all groups" in shown[0]
    assert "group A" not in shown[0]


def test_the_target_stands_beside_the_number_that_counts_towards_it(dashboard, trial, export):
    (trial / "protocol.toml").write_text(PROTOCOL.replace('"included"', '"treated"'))
    milestone = "usubjid  dsdecod             dsstdtc\nP01      ENTERED INTO TRIAL  2021-01-05"
    export(dm=DM, ds=milestone, ex="usubjid  exstdtc\nP02      2021-01-10")
    at = dashboard.run()
    assert metric(at, "Included").value == "2"
    assert metric(at, "Treated").value == "1 / 20"


def test_nothing_waits_in_the_server_for_the_browser_to_acknowledge():
    """Nagle's algorithm is off, which asyncio leaves on for a socket that Streamlit has opened."""

    async def delays() -> bool:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            came = asyncio.get_running_loop().create_future()
            server = await asyncio.start_server(lambda *both: came.set_result(both), sock=listening)
            _, asks = await asyncio.open_connection(*listening.getsockname())
            _, answers = await came
            connection = answers.get_extra_info("socket")
            is_on = not connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            asks.close()
            answers.close()
            server.close()
            return is_on

    loop = bootstrap._get_uvloop_loop_factory()  # what Streamlit serves with
    with asyncio.Runner(loop_factory=loop) as runner:
        assert not runner.run(delays())


def test_a_column_of_dates_is_as_wide_as_the_longest_of_them():
    rows = pd.DataFrame(
        {
            "event_on": pd.to_datetime([None, "2020-11-21"]),
            "start_dtc": [None, "2020-11-21T06:05"],
            "end_dtc": ["2020-11", None],
            "expected": ["2020-11-21 to 2020-11-25", "2020-11-21"],
            "reason": ["seen on 2020-11-21", "2020-11-21"],
            "limit_on": pd.to_datetime([None, "2020-11-21"]),
        }
    )
    shown = {"event_on": "Event", "start_dtc": "Start", "end_dtc": "End of the event"}
    shown |= {"expected": "Expected", "reason": "Because"}  # limit_on is not shown
    found = pages.wide_enough(rows, shown)
    assert found == {
        "event_on": {"label": "Event", "width": 7 * 10 + 24},
        "start_dtc": {"label": "Start", "width": 7 * 16 + 24},
        "end_dtc": {"label": "End of the event", "width": 7 * 16 + 24},  # nor is its heading
        "expected": {"label": "Expected", "width": 7 * 24 + 24},
    }


@pytest.mark.parametrize("page", PAGES)
def test_no_table_of_a_page_cuts_a_date_or_has_a_box_that_cannot_be_checked(
    simulated, monkeypatch, page
):
    monkeypatch.setenv("TRIAL", str(simulated))
    at = app(page).run()
    for table in at.dataframe:
        widths = json.loads(table.proto.columns)
        for name in table.value:
            assert not any(isinstance(each, bool) for each in table.value[name].astype(object))
            texts = [str(each) for each in table.value[name].dropna()]
            if texts and all(re.fullmatch(r"\d{4}-\d\d-\d\d.*", each) for each in texts):
                assert widths[name]["width"] >= 7 * 10 + 24, name
