"""What changed between two cuts: numbers, records, and what is derived from them."""

import json
from itertools import pairwise

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

import data
import queries
from data import DEFAULT, ROOT, contract, simulate
from queries import answers, ask
from queries.__main__ import main
from tests.conftest import settle

AE = """
    usubjid  aeseq  aedecod   aestdtc     aetoxgr  aeser
    P01      1      Pyrexia   2021-01-06  1        N
    P01      2      Headache  2021-01-07  2        N
    P02      1      Nausea    2021-01-08  1        N
"""


def changes(cut: str, since: str, **params: object) -> list[tuple]:
    found = answers.records(ask("changes/rows", cut, since=since, **params))
    return [tuple(record.values()) for record in found]


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


def test_a_column_that_is_no_longer_delivered_is_a_change_of_every_value(export):
    export("2021-02-01", dm="usubjid  age\nP01  60\nP02  61")
    export("2021-02-08", dm="usubjid\nP01\nP02")
    assert [each[1:] for each in changes("2021-02-08", "2021-02-01")] == [
        ("P01", "dm", "changed", "age", "60", None),
        ("P02", "dm", "changed", "age", "61", None),
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


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """The whole simulated trial."""
    folder = tmp_path_factory.mktemp("simulated")
    for name in ("protocol.toml", "illustrative.toml"):
        (folder / name).write_bytes((ROOT / DEFAULT / name).read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIAL", str(folder))
        simulate.main([])
        yield data.trial()


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


def test_the_rows_that_are_listed_explain_every_difference(simulated):
    """For every headline number, and every pair of neighbouring cuts of the simulated trial."""
    cuts = [cut for cut in sorted(simulated.cuts()) if simulated.standing(cut)[0] == cut]
    assert len(cuts) == 76  # one of the 77 is broken
    n_moved = 0
    for since, cut in pairwise(cuts):
        numbers = ask("changes/numbers", cut, since=since).set_index("name")
        behind = ask("changes/behind", cut, since=since)
        listed = behind.groupby(["name", "moved"]).size().unstack(fill_value=0)
        listed = listed.reindex(index=numbers.index, columns=["come", "gone"], fill_value=0)
        assert numbers["difference"].equals((listed["come"] - listed["gone"]).astype("int32"))
        assert (numbers["after"] - numbers["before"]).equals(numbers["difference"])
        for moved, asked_of in (("come", cut), ("gone", since)):
            counted = ask("today/members", asked_of)[["name", "usubjid", "record"]]
            found = behind.loc[behind["moved"] == moved, ["name", "usubjid", "record"]]
            assert len(found.merge(counted)) == len(found)
        n_moved += len(behind)
    assert n_moved > 500


def test_every_changed_record_is_listed(simulated):
    cuts = simulated.cuts()
    for cohort in (None, "A", "B"):
        asked = {"since": cuts[8], "cohort": cohort}
        rows = ask("changes/rows", cuts[0], **asked)
        accounts = ask("changes/accounting", cuts[0], **asked)
        n_listed = len(rows[["table_name", "usubjid", "record"]].drop_duplicates())
        assert (accounts.query("panel == 'rows'")["n_shown"] == n_listed).all()
        assert "not listed" not in set(accounts["reason"])
