"""The command line, and answers as text."""

import csv
import io
import json
import shutil
import subprocess
import sys

import pandas as pd
import pytest

import data
import queries
from data import database
from queries import answers, ask
from queries.__main__ import main
from tests.conftest import ROOT, start_anew

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


def test_a_cut_that_was_edited_in_place_is_told(trial, export, capsys):
    export("2021-02-22")
    export("2021-03-01")
    main(["recruitment/summary", "--cut", "2021-02-22"])
    was = data.trial().export("2021-02-22").fingerprint
    assert capsys.readouterr().err == ""
    (trial / "exports" / "2021-02-22" / "dm.csv").write_text("usubjid\nP01\nP02\n")
    assert main(["recruitment/summary", "--format", "json"]) == 0
    told = capsys.readouterr().err
    assert "The cut 2021-02-22 was changed after it had been read." in told
    assert was[:12] in told
    assert data.trial().export("2021-02-22").fingerprint[:12] in told


def test_exports_that_are_gone_are_told(trial, export, capsys):
    export()
    main(["recruitment/summary"])
    (trial / "exports").rename(trial / "unmounted")
    for asked in (["recruitment/summary"], ["recruitment/summary", "--cut", "2021-03-01"]):
        assert main(asked) == 2
        assert "There were exports in" in capsys.readouterr().err


def test_a_cut_to_compare_with_that_is_of_no_use_is_told(export, capsys):
    export()
    assert main(["recruitment/summary", "--since", "2021-03-01"]) == 0
    assert "recruitment/summary compares nothing" in capsys.readouterr().err


def test_who_reads_only_the_beginning_is_not_told_of_a_broken_pipe():
    asked = [sys.executable, "-m", "queries"]
    pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(asked, cwd=ROOT, **pipe) as listing:
        listing.stdout.close()
        assert listing.stderr.read() == b""
        assert listing.wait() == 0


def test_what_a_question_lacks_is_said_of_the_question_that_was_asked(export, capsys):
    export()
    assert main(["changes/rows"]) == 2
    assert capsys.readouterr().err.startswith("changes/rows compares two cuts: name the other")


def test_an_answer_is_kept_for_as_long_as_its_cut_stays_as_it_is(trial, export, monkeypatch):
    cut = export(dm="usubjid\nP01")
    first = queries.ask("recruitment/summary", cut)
    first["n_screened"] = 99  # whoever writes on an answer spoils it for nobody
    first.loc[0, "n_included"] = 99
    answers_made = []
    answer = queries._answer
    monkeypatch.setattr(queries, "_answer", lambda *asked: answers_made.append(1) or answer(*asked))
    again = queries.ask("recruitment/summary", cut)
    assert (again["n_screened"][0], again["n_included"][0]) == (1, 0)
    assert not answers_made
    queries.ask("recruitment/summary", cut, cohort="A")
    assert len(answers_made) == 1
    shutil.rmtree(trial / "exports" / cut)
    export(dm="usubjid\nP01\nP02")
    assert queries.ask("recruitment/summary", cut)["n_screened"][0] == 2


def test_of_many_rows_an_answer_is_the_same(simulated, monkeypatch):
    monkeypatch.setenv("TRIAL", str(simulated))
    cut, before, *_ = data.trial().cuts()
    for name in queries.names():
        rows = queries.arrow(queries.read(name), data.trial(), cut, before, {})
        few = queries._as_pandas(rows)
        with monkeypatch.context() as many:
            many.setattr(queries, "MANY_ROWS", 0)
            found = queries._as_pandas(rows)
        assert found.dtypes.equals(few.dtypes), name
        assert found.equals(few), name


def test_of_a_large_cut_the_answers_are_those_of_a_small_one(simulated, tmp_path, monkeypatch):
    """A large one has a DuckDB of its own, with all that plans it, and hands its rows over at once."""
    found = []
    for place, small in (("small", database.SMALL), ("large", 0)):
        ignored = shutil.ignore_patterns(".cache")
        folder = shutil.copytree(simulated, tmp_path / place, ignore=ignored)
        monkeypatch.setenv("TRIAL", str(folder))
        monkeypatch.setattr(database, "SMALL", small)
        start_anew()
        cut, before, *_ = data.trial().cuts()
        assert data.trial().export(cut).database.is_small == bool(small)
        names = [each for each in queries.names() if not queries.read(each).is_over_cuts]
        found.append({name: ask(name, cut, since=before) for name in names})
    for name, rows in found[0].items():
        pd.testing.assert_frame_equal(found[1][name], rows, obj=name)
    assert sum(map(len, found[0].values())) > 1000


def test_an_edited_definition_is_in_force_in_a_cut_that_is_open(export, tmp_path, monkeypatch):
    def n_screened() -> int:
        queries._files.cache_clear()  # as two seconds later
        return queries.ask("recruitment/summary", cut)["n_screened"][0]

    cut = export(dm="usubjid\nP01\nP02")
    folder = shutil.copytree(queries.HERE, tmp_path / "queries")
    with monkeypatch.context() as edited:
        edited.setattr(queries, "HERE", folder)
        assert n_screened() == 2
        file = folder / "tables/participants.sql"
        sql = file.read_text(encoding="utf-8")
        file.write_text(sql.replace("order by usubjid", "where usubjid <> 'P02' order by usubjid"))
        assert n_screened() == 1
    assert n_screened() == 2


def test_of_the_kept_answers_the_ones_used_longest_ago_make_room(monkeypatch):
    kept = queries._Kept()
    monkeypatch.setattr(kept, "LIMIT", 6)
    frame = pd.DataFrame({"n": [1, 2]})  # three values: two rows and the heading
    for key in ("a", "b", "a", "c"):
        kept.get((key,), lambda: frame)
    assert [key for (key,) in kept.answers] == ["a", "c"]
    assert kept.n_values == 6


@pytest.mark.parametrize(
    ("form", "value", "said"), [("%.0f", 62.5, "63"), ("%.0f", 12.5, "13"), ("%.2f", 0.125, "0.13")]
)
def test_a_number_on_a_slide_is_rounded_as_in_the_browser(form, value, said):
    columns = {"pct": {"label": "%", "type_config": {"format": form}}}
    assert answers.as_text(pd.DataFrame({"pct": [value]}), columns).loc[0, "%"] == said
