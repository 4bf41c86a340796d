"""What changed between two cuts: numbers, records, and what is derived from them."""

import json
import re
from datetime import date
from itertools import pairwise

import pandas as pd
import plotly.graph_objects as go
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
import pytest
from streamlit.testing.v1 import AppTest

import charts
import data
import queries
from charts import changes as charts_of
from data import contract
from queries import answers, ask, at_once
from queries.__main__ import main
from tests.conftest import PROTOCOL, app, included, settle

AE = """
    usubjid  aeseq  aedecod   aestdtc     aetoxgr  aeser
    P01      1      Pyrexia   2021-01-06  1        N
    P01      2      Headache  2021-01-07  2        N
    P02      1      Nausea    2021-01-08  1        N
"""


def changes(cut: str, since: str, **params: object) -> list[tuple]:
    """Every line but its last column, which says if all of a column or table is concerned."""
    found = answers.records(ask("changes/rows", cut, since=since, **params))
    return [tuple(record.values())[:-1] for record in found]


def test_added_changed_and_removed_records_with_what_is_gone_first(export):
    export("2021-02-01", dm="usubjid\nP01\nP02", ae=AE)
    export(
        "2021-02-08",
        dm="usubjid\nP01\nP02",
        ae="""
            usubjid  aeseq  aedecod   aestdtc     aetoxgr  aeser
            P01      1      Pyrexia   2021-01-06  3        Y
            P02      1      Nausea    2021-01-08  1        N
            P02      2      Rash      2021-02-02  1        .
        """,
    )
    assert changes("2021-02-08", "2021-02-01") == [
        (
            "ae", "P01", "ae 2", "removed", "-",
            "aedecod Headache; aeseq 2; aeser N; aestdtc 2021-01-07; aetoxgr 2", None,
        ),
        ("ae", "P01", "ae 1", "changed", "aeser", "N", "Y"),
        ("ae", "P01", "ae 1", "changed", "aetoxgr", "1", "3"),
        (
            "ae", "P02", "ae 2", "added", "-",
            None, "aedecod Rash; aeseq 2; aestdtc 2021-02-02; aetoxgr 1",
        ),
    ]  # fmt: skip


def test_a_reordered_file_changes_nothing(export):
    lines = AE.strip().splitlines()
    export("2021-02-01", dm="usubjid\nP01\nP02", ae=AE)
    export("2021-02-08", dm="usubjid\nP02\nP01", ae="\n".join([lines[0], *reversed(lines[1:])]))
    assert changes("2021-02-08", "2021-02-01") == []


def test_records_without_a_number_of_their_own_are_told_apart_by_their_order(export):
    twice = "usubjid  visitnum  svstdtc\nP01  7  2021-01-10\nP01  7  2021-01-12"
    export("2021-02-01", sv=twice)
    export("2021-02-08", sv=f"{twice}\nP01  7  2021-01-13")
    assert [each[2:4] for each in changes("2021-02-08", "2021-02-01")] == [("sv 7 (3)", "added")]


def test_a_csv_one_week_and_parquet_the_next_are_the_same(trial, export):
    export("2021-02-01", dm="usubjid\nP01\nP02", ae=AE)
    export("2021-02-08", dm="usubjid\nP01\nP02", ae=AE)
    csv = trial / "exports" / "2021-02-08" / "ae.csv"
    table = pa.csv.read_csv(csv)  # typed by the sniffer, as a statistics package would
    pa.parquet.write_table(table, csv.with_suffix(".parquet"))
    csv.unlink()
    settle(csv.parent)
    assert changes("2021-02-08", "2021-02-01") == []


def test_a_changed_key_is_a_record_gone_and_a_record_come(export):
    export("2021-02-01", ae="usubjid  aeseq  aedecod\nP01  1  Rash")
    export("2021-02-08", ae="usubjid  aeseq  aedecod\nP01  2  Rash")
    assert [each[2:4] for each in changes("2021-02-08", "2021-02-01")] == [
        ("ae 1", "removed"),
        ("ae 2", "added"),
    ]


def test_without_a_number_one_word_of_its_name_may_be_put_right(export):
    export(
        "2021-02-01",
        ex="usubjid  exstdtc  exlot\nP01  2021-01-05  .\nP01  2021-01-09  L1",
        ae="usubjid  aestdtc  aeterm\nP01  2021-01  Fever\nP01  2021-01-02  Rash",
        dv="usubjid  dvterm  dvstdtc\nP01  Late  2021-01-09",
    )
    export(
        "2021-02-08",
        ex="usubjid  exstdtc  exlot\nP01  2021-01-05  L1\nP01  2021-01-09  L1",
        # Two fevers, of which one was there.
        ae="usubjid  aestdtc  aeterm\nP01  2021-01-20  Fever\nP01  2021-02-01  Fever",
        dv="usubjid  dvterm  dvstdtc\nP01  Late  2021-01-10",
    )
    assert [each[:6] for each in changes("2021-02-08", "2021-02-01")] == [
        (
            "ae", "P01", "ae Rash 2021-01-02", "removed", "-",
            "aestdtc 2021-01-02; aeterm Rash",
        ),
        ("ae", "P01", "ae Fever 2021-01-20", "changed", "aestdtc", "2021-01"),
        ("dv", "P01", "dv Late 2021-01-10", "changed", "dvstdtc", "2021-01-09"),
        ("ex", "P01", "ex L1 2021-01-05", "changed", "exlot", None),
        ("ae", "P01", "ae Fever 2021-02-01", "added", "-", None),
    ]  # fmt: skip


def test_of_two_events_of_one_kind_the_one_that_is_gone_is_gone(export):
    header = "usubjid  aestdtc  aeterm  aetoxgr\n"
    export("2021-02-01", ae=f"{header}P01  2021-01-02  Rash  1\nP01  2021-01-09  Rash  1")
    export("2021-02-08", ae=f"{header}P01  2021-01-09  Rash  2")
    assert [each[2:5] for each in changes("2021-02-08", "2021-02-01")] == [
        ("ae Rash 2021-01-02", "removed", "-"),
        ("ae Rash 2021-01-09", "changed", "aetoxgr"),
    ]


def test_a_column_that_is_no_longer_delivered_is_a_change_of_every_value(export):
    export("2021-02-01", dm="usubjid  age\nP01  60\nP02  61")
    export("2021-02-08", dm="usubjid\nP01\nP02")
    assert [each[1:] for each in changes("2021-02-08", "2021-02-01")] == [
        ("P01", "dm", "changed", "age", "60", None),
        ("P02", "dm", "changed", "age", "61", None),
    ]


def test_a_renamed_column_is_said_once_beside_the_values_that_went_with_it(export):
    export("2021-02-01", dm="usubjid  age  sex\nP01  60  F\nP02  61  M")
    export("2021-02-08", dm="usubjid  years  sex\nP01  60  F\nP02  62  F")
    rows = answers.records(ask("changes/rows", "2021-02-08", since="2021-02-01"))
    assert [(row["usubjid"], row["column_name"], row["after"], row["because"]) for row in rows] == [
        ("P01", "age", None, "no longer delivered"),
        ("P02", "age", None, "no longer delivered"),
        ("P02", "sex", "F", None),
    ]
    [came_or_went] = answers.records(ask("changes/delivered", "2021-02-08", since="2021-02-01"))
    assert came_or_went == {"name": "dm.age", "change": "no longer delivered"}


def test_a_table_that_is_no_longer_delivered_takes_its_records_with_it(export):
    export("2021-02-01", ss="usubjid  ssdtc  ssstresc\nP01  2021-01-30  ALIVE")
    export("2021-02-08")
    [row] = answers.records(ask("changes/rows", "2021-02-08", since="2021-02-01"))
    assert (row["change"], row["because"]) == ("removed", "no longer delivered")


def test_how_much_changed_of_whom_and_where(export):
    export("2021-02-01", dm="usubjid\nP01\nP02", ae=AE, ss="usubjid  ssdtc\nP02  2021-01-30")
    export(
        "2021-02-08",
        dm="usubjid\nP01\nP02",
        ae="""
            usubjid  aeseq  aedecod   aestdtc     aetoxgr  aeser
            P01      1      Pyrexia   2021-01-06  3        Y
            P02      1      Nausea    2021-01-08  1        N
            P02      2      Rash      2021-02-02  1        .
        """,
    )
    asked = {"cut": "2021-02-08", "since": "2021-02-01"}
    [summary] = answers.records(ask("changes/summary", **asked))
    counts = ["n_added", "n_changed", "n_values", "n_removed", "n_people"]
    assert [summary[each] for each in counts] == [1, 1, 2, 2, 2]
    found = answers.records(ask("changes/patients", **asked))
    assert [tuple(each.values()) for each in found] == [
        # added, changed, removed
        ("P01", "ae", 0, 1, 1),
        ("P02", "ae", 1, 0, 0),
        ("P02", "ss", 0, 0, 1),
    ]


def test_a_twin_that_goes_is_the_one_that_is_gone(export):
    consents = "usubjid  dsdecod  dsstdtc\nP01  CONSENT  2021-01-05\nP01  CONSENT  2021-01-20"
    export("2021-02-01", ds=consents)
    export("2021-02-08", ds="usubjid  dsdecod  dsstdtc\nP01  CONSENT  2021-01-20")
    # Told apart by their order alone, the first would have changed and the second be gone.
    [gone] = changes("2021-02-08", "2021-02-01")
    assert gone[3] == "removed"
    assert gone[5] == "dsdecod CONSENT; dsstdtc 2021-01-05"


def test_values_that_change_columns_are_a_change(export):
    export("2021-02-01", ae="usubjid  aeseq  aeterm  aedecod\nP01  1  Rash  .")
    export("2021-02-08", ae="usubjid  aeseq  aeterm  aedecod\nP01  1  .  Rash")
    assert [each[4:] for each in changes("2021-02-08", "2021-02-01")] == [
        ("aedecod", None, "Rash"),
        ("aeterm", "Rash", None),
    ]


def test_a_record_of_nothing_but_its_patient_is_added_too(export):
    export("2021-02-01")
    export("2021-02-08", ss="usubjid  ssdtc  ssstresc\nP01  .  .")
    assert changes("2021-02-08", "2021-02-01") == [("ss", "P01", "ss", "added", "-", None, None)]


KEYED = [table for table in contract.tables().values() if table.key]


@pytest.mark.parametrize("table", KEYED, ids=lambda table: table.name)
def test_a_record_is_known_again_by_the_key_of_the_contract(export, table):
    key = ["P01", "1"][: len(table.key)]
    texts = [each.name for each in table.columns if each.type == "varchar"]
    others = [name for name in texts if name not in table.key]
    for cut, value in (("2021-02-01", "2021-01-01"), ("2021-02-08", "2021-01-02")):
        header, row = [*table.key, *others], key + [value] * len(others)
        export(cut, **{table.name: "  ".join(header) + "\n" + "  ".join(row)})
    assert {each[3] for each in changes("2021-02-08", "2021-02-01")} == {"changed"}


PLAIN = [name for name in contract.tables() if not name.startswith("supp")]


@pytest.mark.parametrize("table", PLAIN)
def test_a_record_that_is_gone_from_any_table_is_found(export, table):
    columns = [each.name for each in contract.tables()[table].columns if each.is_needed]
    header, values = "  ".join(columns), ["1"] * (len(columns) - 1)
    stays, goes = "  ".join(["P01", *values]), "  ".join(["P02", *values])
    export("2021-02-01", **{table: f"{header}\n{stays}\n{goes}"})
    export("2021-02-08", **{table: f"{header}\n{stays}"})
    [gone] = changes("2021-02-08", "2021-02-01")
    assert (gone[0], gone[1], gone[3]) == (table, "P02", "removed")


def test_who_changes_group_is_in_both_and_nothing_is_gone(export):
    export("2021-02-01", dm="usubjid  cohort\nP01  A\nP02  B", ae=AE)
    export("2021-02-08", dm="usubjid  cohort\nP01  B\nP02  B", ae=AE)
    for group in ("A", "B", None):
        assert changes("2021-02-08", "2021-02-01", cohort=group) == [
            ("dm", "P01", "dm", "changed", "cohort", "A", "B")
        ]


def test_the_group_filter(export):
    export("2021-02-01", dm="usubjid  cohort\nP01  A\nP02  B")
    export("2021-02-08", dm="usubjid  cohort  age\nP01  A  60\nP02  B  61")
    assert [each[1] for each in changes("2021-02-08", "2021-02-01", cohort="B")] == ["P02"]


def test_on_the_command_line(export, capsys):
    export("2021-02-01", ae="usubjid  aeseq\nP01  1")
    export("2021-02-08", ae="usubjid  aeseq\nP01  1\nP01  2")
    asked = ["changes/rows", "--cut", "2021-02-08", "--since", "2021-02-01", "--format", "json"]
    assert main(asked) == 0
    assert [row["record"] for row in json.loads(capsys.readouterr().out)] == ["ae 2"]
    assert main(asked[:3]) == 2
    assert "name the other with --since" in capsys.readouterr().err


def test_without_a_cut_to_compare_with_the_question_says_so(export):
    with pytest.raises(queries.NothingToCompare):
        ask("changes/rows", export())


@pytest.fixture
def simulated(simulated_whole, monkeypatch):
    """The whole simulated trial."""
    monkeypatch.setenv("TRIAL", str(simulated_whole))
    return data.trial()


def test_the_deletion_in_the_simulated_trial_is_found(simulated):
    gone = [each[:4] for each in changes("2021-01-04", "2020-12-28") if each[3] == "removed"]
    assert gone == [("ae", "TJT2012-01-009", "ae 6", "removed")]


DM = """
    usubjid  cohort  rficdtc
    P01      A       2021-01-01
    P02      A       2021-01-10
"""
DS = """
    usubjid  dscat               dsdecod             dsstdtc
    P01      PROTOCOL MILESTONE  ENTERED INTO TRIAL  2021-01-02
    P02      PROTOCOL MILESTONE  ENTERED INTO TRIAL  2021-01-11
"""


def facts(cut: str, since: str, **params: object) -> list[tuple]:
    found = answers.records(ask("changes/facts", cut, since=since, **params))
    return [tuple(record.values()) for record in found]


def test_a_status_a_grade_and_a_date_that_moved(export):
    export(
        "2021-02-01",
        dm=DM,
        ds=DS,
        ex="usubjid  exseq  exstdtc\nP01  1  2021-01-03",
        ae="""
            usubjid  aeseq  aedecod   aestdtc     aetoxgr  aeser
            P01      1      Rash      2021-01-06  1        N
            P01      2      Headache  2021-01-07  2        N
        """,
    )
    export(
        "2021-02-02",
        dm=DM,
        ds=DS + "P02  DISPOSITION EVENT  WITHDRAWAL BY SUBJECT  2021-01-30",
        ex="usubjid  exseq  exstdtc\nP01  1  2021-01-05",
        ae="""
            usubjid  aeseq  aedecod   aestdtc     aetoxgr  aeser
            P01      1      Rash      2021-01-06  3        N
            P01      3      Nausea    2021-01-09  1        N
        """,
    )
    assert facts("2021-02-02", "2021-02-01") == [
        (
            "P01", "event 2", "Headache, grade 2, from 2021-01-07", "the event",
            "no longer known", "Headache, grade 2, from 2021-01-07", None, None, False,
        ),
        ("P01", "event 1", "Rash, grade 1, from 2021-01-06", "grade", "changed", "1", "3", None, False),
        ("P01", "infusion 1", None, "given", "changed", "2021-01-03", "2021-01-05", 2, False),
        ("P02", "person", None, "status", "changed", "on treatment", "withdrawn", None, False),
        ("P02", "person", None, "left because of", "first known", None, "WITHDRAWAL BY SUBJECT", None, False),
        ("P02", "person", None, "left on", "first known", None, "2021-01-30", None, False),
    ]  # fmt: skip


def test_what_was_corrected_after_it_had_been_reported_as_a_serious_event(export):
    before = """
        usubjid  aeseq  aedecod  aestdtc     aeser  aerel
        P01      1      Sepsis   2021-01-06  Y      RELATED
        P01      2      Rash     2021-01-07  N      RELATED
        P01      3      Stroke   2021-01-08  Y      .
    """
    after = """
        usubjid  aeseq  aedecod  aestdtc     aeser  aerel
        P01      1      Sepsis   2021-01-06  N      NOT RELATED
        P01      2      Rash     2021-01-07  Y      NOT RELATED
    """
    export("2021-02-01", dm=DM, ds=DS, ae=before)
    export("2021-02-02", dm=DM, ds=DS, ae=after)
    assert [each[1:2] + each[3:7] for each in facts("2021-02-02", "2021-02-01") if each[-1]] == [
        ("event 3", "the event", "no longer known", "Stroke, from 2021-01-08", None),
        ("event 1", "relatedness", "changed", "RELATED", "NOT RELATED"),
        ("event 1", "serious", "changed", "yes", "no"),
    ]


def test_a_column_that_came_or_went(export):
    export("2021-02-01", dm="usubjid  age\nP01  60", ss="usubjid  ssdtc  ssstresc")
    export("2021-02-08", dm="usubjid  sex\nP01  F")
    found = answers.records(ask("changes/delivered", "2021-02-08", since="2021-02-01"))
    assert [tuple(each.values()) for each in found] == [
        ("dm.age", "no longer delivered"),
        ("ss", "no longer delivered"),
        ("dm.sex", "delivered for the first time"),
    ]


def test_a_number_and_the_records_that_made_its_difference(export):
    export("2021-02-01", dm=DM, ds=DS, ae=AE)
    export("2021-02-08", dm=DM, ds=DS, ae=AE.replace("1        N\n    P02", "1        Y\n    P02"))
    export("2021-02-15", dm=DM, ds=DS, ae="usubjid  aeseq  aedecod  aeser\nP02  9  Rash  Y")
    rows = ask("changes/numbers", "2021-02-15", since="2021-02-08").set_index("name")
    # Of three events before and one after, none is the same.
    columns = ["before", "after", "difference", "n_come", "n_gone"]
    assert rows.loc["adverse events", columns].to_list() == [3, 1, -2, 1, 3]
    assert rows.loc["adverse events", "come"] == "P02 event 9: Rash"
    assert rows.loc["screened", columns].to_list() == [2, 2, 0, 0, 0]
    behind = ask("changes/behind", "2021-02-15", since="2021-02-08")
    found = behind.query("name == 'serious events'")[["usubjid", "record", "moved"]]
    assert found.values.tolist() == [["P02", "event 9", "come"]]


def test_a_cut_compared_with_itself_has_no_change(export):
    cut = export(dm=DM, ds=DS, ae=AE)
    for name in ("rows", "facts", "behind", "delivered"):
        assert ask(f"changes/{name}", cut, since=cut).empty
    assert (ask("changes/numbers", cut, since=cut)["difference"] == 0).all()


def test_the_rows_that_are_listed_explain_every_difference(simulated, monkeypatch):
    """For every headline number, and every pair of neighbouring cuts of the simulated trial."""
    cuts = [cut for cut in sorted(simulated.cuts()) if simulated.standing(cut)[0] == cut]
    assert len(cuts) == 76  # one of the 77 is broken
    # What is compared is asked of all cuts at once, as test_at_once.py says that it may be: to ask
    # one after the other takes a minute.
    together = at_once.Cuts(simulated, {cut: simulated.export(cut) for cut in cuts})
    headline, members = (together.ask(name) for name in ("today/headline", "today/members"))
    known = {
        (name, cut): rows.filter(pc.equal(rows["cut_on"], date.fromisoformat(cut)))
        for name, rows in (("today/headline", headline), ("today/members", members))
        for cut in cuts
    }
    alone = queries.arrow

    def arrow(question: queries.Question, trial: data.Trial, cut: str, *rest) -> pa.Table:
        if (question.name, cut) in known:
            return known[question.name, cut].drop_columns("cut_on")
        return alone(question, trial, cut, *rest)

    monkeypatch.setattr(queries, "arrow", arrow)
    numbers: dict[str, dict[str, int]] = {cut: {} for cut in cuts}
    for row in headline.to_pylist():
        numbers[row["cut_on"].isoformat()][row["name"]] = row["n"]
    behind: dict[str, dict[str, set]] = {cut: {} for cut in cuts}
    for row in members.to_pylist():
        counted = behind[row["cut_on"].isoformat()].setdefault(row["name"], set())
        counted.add((row["usubjid"], row["record"]))
    for since, cut in pairwise(cuts):
        found = ask("changes/numbers", cut, since=since).set_index("name")
        assert list(found.index) == list(numbers[cut])
        listed = {(name, way): set() for name in numbers[cut] for way in ("come", "gone")}
        moved = ask("changes/behind", cut, since=since)
        for name, usubjid, record, way in moved[["name", "usubjid", "record", "moved"]].values:
            assert (usubjid, record) not in listed[name, way]
            listed[name, way].add((usubjid, record))
        for name, row in found.iterrows():
            come, gone = listed[name, "come"], listed[name, "gone"]
            now, before = (behind[each].get(name, set()) for each in (cut, since))
            assert (row["before"], row["after"]) == (numbers[since][name], numbers[cut][name])
            assert row["after"] - row["before"] == row["difference"] == len(come) - len(gone)
            assert (row["n_come"], row["n_gone"]) == (len(come), len(gone))
            assert (come, gone) == (now - before, before - now)


def test_what_is_compared_does_move(simulated):
    cuts = simulated.cuts()
    numbers = ask("changes/numbers", cuts[0], since=cuts[-1])
    moved = set(numbers.loc[numbers["n_come"] > 0, "name"])
    assert {"screened", "included", "treated", "infusions given", "adverse events"} <= moved
    assert {"serious events", "deaths", "visits done"} <= moved


def test_every_changed_record_is_listed(simulated):
    cuts = simulated.cuts()
    for cohort in (None, "A", "B"):
        asked = {"since": cuts[8], "cohort": cohort}
        rows = ask("changes/rows", cuts[0], **asked)
        accounts = ask("changes/accounting", cuts[0], **asked)
        n_listed = len(rows[["table_name", "usubjid", "record"]].drop_duplicates())
        assert (accounts.query("panel == 'rows'")["n_shown"] == n_listed).all()
        assert "not listed" not in set(accounts["reason"])


# The page


def opened(**address: str) -> AppTest:
    return app("changes", **address).run()


def frames(at: AppTest, column: str) -> list[pd.DataFrame]:
    return [each.value for each in at.dataframe if column in each.value.columns]


def test_a_record_that_vanished_is_loud_and_stands_with_what_it_said(export):
    export("2021-02-01", dm=DM, ds=DS, ae=AE)
    export("2021-02-08", dm=DM, ds=DS, ae="usubjid  aeseq  aedecod\nP02  1  Nausea")
    at = opened()
    assert not at.exception
    said = at.subheader[0].value.replace("\\", "")
    assert said.endswith("1 changed (in 3 values), 2 removed.")
    loud = [each.value for each in at.error]
    assert any("2 records are gone that the cut of 2021-02-01 held" in each for each in loud)
    assert any("No longer delivered" in each and "aeser" in each for each in loud)
    listed = at.table[0].value.astype(str)
    assert "Headache" in listed.to_string().replace("\\", "")


def test_a_number_its_difference_and_the_records_behind_it_are_on_the_page(export):
    export("2021-02-01", dm=DM, ds=DS, ae=AE)
    export("2021-02-08", dm=DM, ds=DS, ae=AE + "P02  2  Rash  2021-01-30  1  Y")
    at = opened()
    assert not at.exception
    assert "adverse events 3 → 4, serious events 0 → 1" in words(at)
    [behind] = frames(at, "moved")
    assert set(behind["record"]) == {"event 2"}
    at.pills(key="number").set_value("serious events").run()
    [behind] = frames(at, "moved")
    assert behind["name"].to_list() == ["serious events"]
    assert behind["course"].to_list() == ["patient?cut=2021-02-08&since=2021-02-01&patient=P02"]
    # It counts among all events, too; and nobody knows whether it is related, or a SUSAR.
    assert "1 of the 4 records" in words(at)
    assert "3 left out by the choice above" in words(at)


def test_a_fact_of_a_serious_event_that_was_corrected_is_told(export):
    rows = "usubjid  aeseq  aedecod  aeser\nP01  1  Sepsis  "
    export("2021-02-01", dm=DM, ds=DS, ae=rows + "Y")
    export("2021-02-08", dm=DM, ds=DS, ae=rows + "N")
    told = [each.value for each in opened().warning]
    assert any("1 fact has changed of events that had been reported as serious" in t for t in told)


def test_the_group_on_screen_is_the_group_compared(export):
    ex = "usubjid  exstdtc\nP01  2021-01-20"
    dm = "usubjid  cohort\nP01  A\nP02  B\nP03  B"
    export("2021-02-01", dm=dm, ex=ex)
    export("2021-02-08", dm=dm, ex=ex + "\nP02  2021-02-02\nP03  2021-02-03")
    asked = {"cut": "2021-02-08", "since": "2021-02-01"}
    assert "treated 1 → 3" in words(opened(**asked))
    at = opened(**asked, group="B")
    assert "treated 0 → 2" in words(at)
    drawn = "".join(figure.proto.spec for figure in at.get("plotly_chart"))
    assert "group B" in drawn
    assert "all groups" not in drawn
    at = opened(**asked, group="A")
    assert "Nothing has changed since 2021-02-01" in at.subheader[0].value.replace("\\", "")


def test_who_is_screened_is_of_all_groups_and_says_so_where_one_is_chosen(export):
    """Who is screened has no group yet."""
    export("2021-02-01", dm="usubjid  cohort\nP01  A")
    export("2021-02-08", dm="usubjid  cohort\nP01  A\nP02  B\nP03  .")
    asked = {"cut": "2021-02-08", "since": "2021-02-01"}
    assert "screened (all groups) 1 → 3" in words(opened(**asked, group="A"))
    assert "screened 1 → 3" in words(opened(**asked))


def test_with_one_cut_the_page_says_that_there_is_nothing_to_compare(trial, export):
    export("2021-02-08")
    at = opened()
    assert not at.exception
    assert "2021-02-08 is the first cut of this trial" in at.subheader[0].value
    assert not at.metric
    (trial / "exports" / "2021-02-01").mkdir()
    assert "no older cut can be used" in opened().subheader[0].value


def test_the_newest_cut_refused_is_said_on_top_and_the_last_good_one_is_compared(trial, export):
    export("2021-02-01", dm=DM, ds=DS, ae=AE)
    export("2021-02-08", dm=DM, ds=DS, ae=AE + "P02  2  Rash  2021-01-30  1  Y")
    (trial / "exports" / "2021-02-15").mkdir()
    at = opened()
    assert not at.exception
    told = at.error[0].value.replace("\\", "")
    assert told.startswith("**The cut 2021-02-15 was refused, and 2021-02-08 is shown.**")
    assert at.selectbox(key="cut").value == "2021-02-08"
    answer = at.subheader[0].value.replace("\\", "")
    assert answer.startswith(
        "New: 1 event that may be a SUSAR, 1 serious event. Since 2021-02-01, "
    )
    shown = {each.label: each.value for each in at.metric}
    good = ask("changes/summary", "2021-02-08", since="2021-02-01").iloc[0]
    assert shown["Added"] == str(good["n_added"]) == "1"
    assert shown["Numbers"] == f"{good['n_moved']} / {good['n_numbers']}"
    assert "adverse events 3 → 4, serious events 0 → 1" in words(at)
    assert "2021-02-15" not in "".join(figure.proto.spec for figure in at.get("plotly_chart"))


def test_a_refused_cut_between_is_passed_over(trial, export):
    export("2021-02-01", dm=DM, ds=DS, ae=AE)
    (trial / "exports" / "2021-02-08").mkdir()
    export("2021-02-15", dm=DM, ds=DS, ae=AE)
    at = opened(cut="2021-02-15", since="2021-02-08")
    assert not at.exception
    assert at.subheader[0].value.replace("\\", "").startswith("Since 2021-02-01, ")
    assert "The cut 2021-02-08 was refused: changes are since 2021-02-01." in words(at)


def test_whether_the_trial_is_on_track_is_what_recruitment_says(trial, export):
    (trial / "protocol.toml").write_text(PROTOCOL + "[forecast]\nprior_weight = 0.5\n")
    export("2021-02-01", **included("P01", on="2021-01-20"))
    export("2021-02-08", **included("P01", "P02", "P03", on="2021-01-20"))
    at = opened()
    [said] = [each.value for each in at.markdown if "Are we on track?" in each.value]
    page = at.switch_page("pages/conduct/recruitment.py").run()
    answer = page.subheader[0].value
    assert answer.startswith("3 of 20 included by 2021-02-08: 1 ahead of the plan. ")
    assert said.startswith(f"**Are we on track?** {answer} That has moved. Before: 1 of 20 ")
    assert "1 of 20 included by 2021-02-01: 1 behind the plan, and the 20th was expected by" in said
    assert re.search(r"; now it is \d+ days earlier\.$", said)


def test_whether_the_trial_is_on_track_without_a_cut_to_compare_with(export):
    export("2021-02-08", **included("P01", on="2021-01-20"))
    [said] = [each.value for each in opened().markdown if "Are we on track?" in each.value]
    assert "1 of 20 included by 2021-02-08" in said
    assert "moved" not in said


def test_a_group_has_no_plan_and_says_so(export):
    export("2021-02-01", **included("B01"))
    export("2021-02-08", **included("B01"))
    at = opened(group="A")
    [said] = [each.value for each in at.markdown if "Are we on track?" in each.value]
    assert "Nobody was included in group A by 2021-02-08." in said
    assert "a single one has neither plan nor forecast" in said
    assert said.endswith("That has not moved since 2021-02-01.")


def test_hostile_text_is_text_on_the_page(export):
    hostile = "<script>alert(1)</script>![x](http://example.org/x.png)"
    export("2021-02-01", ae=f"usubjid  aeseq  aedecod\nP01  1  {hostile}\nP01  2  {hostile}")
    export("2021-02-08", ae=f"usubjid  aeseq  aedecod\nP01  1  x{hostile}\n{hostile}  9  {hostile}")
    at = opened()
    assert not at.exception
    drawn = "\n".join(figure.proto.spec for figure in at.get("plotly_chart"))
    listed = at.table[0].value.astype(str).to_string()
    assert "<script>" not in marked(at) + drawn + listed
    assert "![x](http" not in marked(at) + listed


def marked(at: AppTest) -> str:
    """Everything that is said, as Markdown, in which a text from the data is escaped."""
    kinds = (at.subheader, at.markdown, at.caption, at.info, at.warning, at.error)
    return "\n".join(element.value for kind in kinds for element in kind)


def words(at: AppTest) -> str:
    return marked(at).replace("\\", "")


# The figures


def numbers_of(*rows: tuple) -> pd.DataFrame:
    columns = ["topic", "name", "before", "after", "n_come", "n_gone", "come", "gone"]
    return pd.DataFrame(rows, columns=columns).assign(
        difference=lambda each: each["after"] - each["before"], label=lambda each: each["name"]
    )


HOSTILE = '<script>alert(1)</script> <a href="javascript:x">go</a> %{x} $x$'
NUMBERS = numbers_of(
    ("recruitment", "screened", 4, 4, 0, 0, None, None),
    ("safety", "adverse events", 3, 4, 2, 1, f"P01 event 2: {HOSTILE}; P02 event 1: Rash", "P03"),
    ("safety", "deaths", 1, 0, 0, 1, None, HOSTILE),
)
PATIENTS = pd.DataFrame(
    [("P01", "ae", 2, 0, 1), ("P02", "dm", 0, 1, 0), (HOSTILE, "ae", 1, 0, 0)],
    columns=["usubjid", "table_name", "n_added", "n_changed", "n_removed"],
)


def test_the_figure_of_numbers_draws_those_that_moved_and_what_came_and_went():
    figure = charts_of.numbers(NUMBERS, "2021-02-01")
    assert charts.alt(figure) == (
        "2 of 3 headline numbers count other records than by 2021-02-01: adverse events 3 → 4, "
        "deaths 1 → 0"
    )
    come, gone = figure.data
    assert (list(come.x), list(gone.x)) == ([2, 0], [-1, -1])
    assert list(come.customdata) == ["adverse events", "deaths"]
    assert charts.alt(charts_of.numbers(NUMBERS[:1], "2021-02-01")) == (
        "None of 1 headline numbers has changed since 2021-02-01."
    )


def test_the_figure_of_patients_names_who_lost_records():
    figure = charts_of.patients(PATIENTS, "2021-02-01")
    assert charts.alt(figure) == (
        "Records of 3 people changed since 2021-02-01: 3 added, 1 changed, 1 removed. "
        "Removed from P01"
    )
    assert charts.alt(charts_of.patients(PATIENTS[:0], "2021-02-01")) == (
        "No record has changed since 2021-02-01."
    )


@pytest.mark.parametrize(
    "figure",
    [charts_of.numbers(NUMBERS, "2021-02-01"), charts_of.patients(PATIENTS, "2021-02-01")],
)
def test_plotly_accepts_every_property_and_no_tag_works(figure):
    go.Figure(charts.finished(figure, "Data cut 2021-02-15", True).to_dict())
    everything = str(figure.to_dict())
    for tag in ("<script", "<a ", "NaN", "None"):
        assert tag not in everything.replace("None}", "}").replace("[None]", "[]")


def test_a_forecast_that_moves_with_time_alone_says_so(trial, export):
    (trial / "protocol.toml").write_text(PROTOCOL + "[forecast]\nprior_weight = 0.5\n")
    for cut in ("2021-02-01", "2021-02-08"):
        export(cut, **included("P01", on="2021-01-20"))
    [said] = [each.value for each in opened().markdown if "Are we on track?" in each.value]
    assert " That has moved, as time has passed and nobody has come in. Before: 1 of 20 " in said
    assert re.search(r"; now it is \d+ days later\.$", said)
