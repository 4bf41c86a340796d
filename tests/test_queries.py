"""The command line, and answers as text."""

import csv
import io
import json

import pytest

import queries
from queries.__main__ import main

DS = "usubjid  dsdecod             dsstdtc\nP01      ENTERED INTO TRIAL  2021-02"


def test_without_a_question_all_are_listed_with_their_headline(capsys):
    assert main([]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert len(listed) == len(queries.names())
    assert "How many people are in the trial" in next(
        line for line in listed if line.startswith("recruitment/summary ")
    )


def test_json_has_null_for_what_is_not_known_and_partial_dates_as_they_are(export, capsys):
    export(ds=DS)
    assert main(["recruitment/participants", "--format", "json"]) == 0
    [person] = json.loads(capsys.readouterr().out)
    assert person["inclusion_dtc"] == "2021-02"
    assert (person["included_from"], person["included_to"]) == ("2021-02-01", "2021-02-28")
    assert person["age"] is None
    assert person["first_infusion_on"] is None


def test_csv_leaves_blank_what_is_not_known(export, capsys):
    export(ds=DS)
    main(["recruitment/participants", "--format", "csv"])
    out = capsys.readouterr().out
    assert "nan" not in out.lower().replace("inclusion", "")
    assert "NaT" not in out
    [person] = csv.DictReader(io.StringIO(out))
    assert person["age"] == ""
    assert person["n_infusions"] == "0"


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+32", "'+32"),
        ("-2+3", "'-2+3"),
        ("a=b", "a=b"),
        ("<script>", "<script>"),
    ],
)
def test_csv_neutralises_formulas_and_json_does_not(export, capsys, typed, written):
    export(dm=f"usubjid  sex\nP01      {typed}")
    main(["recruitment/participants", "--format", "csv"])
    [person] = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert person["sex"] == written
    main(["recruitment/participants", "--format", "json"])
    assert json.loads(capsys.readouterr().out)[0]["sex"] == typed


def test_md_is_one_line_a_row_whatever_stands_in_it(export, capsys):
    export(dm="usubjid  sex\nP01      a|b")
    main(["recruitment/participants"])
    header, rule, *rows = capsys.readouterr().out.splitlines()
    assert header.startswith("| usubjid | cohort |")
    assert rule.startswith("| --- |")
    assert len(rows) == 1
    assert "a\\|b" in rows[0]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["recruitment/nothing"], "There is no question recruitment/nothing"),
        (["../protocol"], "There is no question ../protocol"),
        (["recruitment/summary", "--cut", "2020-01-01"], "There is no cut 2020-01-01"),
        (["recruitment/summary", "--cut", "../.."], "There is no cut ../.."),
        (
            ["recruitment/summary", "--group", "Z"],
            "There is no group Z in protocol.toml: it has A, B",
        ),
        (
            ["recruitment/summary", "--cut", "2021-04-01"],
            "A cut that was asked for was refused. Its folder",
        ),
    ],
)
def test_what_cannot_be_answered_is_said_with_exit_code_2(
    trial, export, capsys, arguments, sentence
):
    export("2021-03-01")
    (trial / "exports" / "2021-04-01").mkdir()
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert sentence in printed.err


def test_a_refused_newest_cut_is_told_and_the_last_good_one_answers(trial, export, capsys):
    export("2021-03-01")
    (trial / "exports" / "2021-04-01").mkdir()
    assert main(["recruitment/summary", "--format", "json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)[0]["n_screened"] == 1
    assert "The cut 2021-04-01 was refused, and 2021-03-01 answers." in printed.err


def test_without_a_cut_it_says_so(trial, capsys):
    assert main(["recruitment/summary"]) == 2
    assert "There is no cut" in capsys.readouterr().err


def test_a_group_answers_for_itself(export, capsys):
    ex = "usubjid  exstdtc\nP01      2021-01-06\nP02      2021-01-06"
    export(dm="usubjid  cohort\nP01      A\nP02      B", ex=ex)
    main(["recruitment/summary", "--group", "A", "--format", "json"])
    assert json.loads(capsys.readouterr().out)[0]["n_included"] == 1


def test_a_broken_protocol_is_told(trial, capsys):
    (trial / "protocol.toml").write_text("[recruitment]\ntarget = 0\n")
    assert main(["recruitment/summary"]) == 2
    assert "recruitment.target: input should be greater than 0" in capsys.readouterr().err
