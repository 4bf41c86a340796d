"""The glossary says what is computed with, and nothing else."""

import re

import pandas as pd
import pytest

import charts
import data
import queries
from charts import glossary as drawn
from data import sources
from queries import glossary

TOML = """\
# A trial.
#
# [R1] its registry

stale_after_days = 10  # ours

[recruitment]
target = 20  # [R1] anticipated,
             # as of 2022
# ends_on    # not set: no source says
label = "a # in a text"
same_donor = true

[[groups]]  # illustrative
code = "A"
days = [
    28,  # the first
    90,
]
code_of = "first"  # its own
"""


def test_a_parameter_stands_beside_its_source(tmp_path):
    file = tmp_path / "protocol.toml"
    file.write_text(TOML, encoding="utf-8")
    assert [tuple(row.values()) for row in sources.read(file)] == [
        ("stale_after_days", "10", "ours"),
        ("recruitment.target", "20", "[R1] anticipated, as of 2022"),
        ("recruitment.ends_on", "not set", "not set: no source says"),
        ("recruitment.label", "a # in a text", ""),
        ("recruitment.same_donor", "yes", ""),
        ("groups.1.code", "A", "illustrative"),
        ("groups.1.days", "28, 90", "illustrative"),
        ("groups.1.code_of", "first", "its own"),
    ]
    assert sources.legend(file) == "A trial.\n\n[R1] its registry"


def test_every_value_of_the_protocol_file_is_listed():
    file = data.ROOT / data.DEFAULT / "protocol.toml"
    listed = {row["parameter"] for row in sources.read(file)}
    keys = re.findall(r"^(\w+) *= ", file.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(keys) == {name.rpartition(".")[2] for name in listed} - {
        "first_within_days",
        "days_before",
        "days_after",
    }


def test_a_definition_is_the_header_of_the_question():
    visits = glossary.definition(queries.read("tables/visits")).replace("\\", "")
    assert visits.startswith("Was every scheduled visit made, and in its window?")
    assert "overdue: the window has closed and nothing is recorded." in visits
    assert "with records as" not in visits
    assert "days_left" not in visits
    # One that passes on a table says what that says; of no words at all, what the columns mean.
    infusions = glossary.definition(queries.read("dosing/infusions")).replace("\\", "")
    assert "Records of one day are the parts of one infusion" in infusions
    files = glossary.definition(queries.read("exports/files")).replace("\\", "")
    assert "- **sha256**: " in files


def test_every_column_of_every_question_is_a_term():
    listed = {
        (row.term, row.meaning, name)
        for row in glossary.terms().itertuples()
        for name in row.found_in.split(", ")
    }
    assert listed == {
        (*column, name)
        for name in set(queries.names()) - set(queries.checks())
        for column in queries.read(name).columns.items()
    }


def test_every_statistic_is_explained_with_its_source():
    statistics = glossary.statistics().set_index("name")
    stated = [queries.read(name).estimate for name in queries.names()]
    assert set(statistics.index) == {each.partition("(")[0] for each in stated if each}
    assert "Clopper" in statistics.loc["proportions.exact", "method"]
    assert "Gajewski" in statistics.loc["recruitment.forecast", "method"]
    assert "dosing/summary" in statistics.loc["proportions.exact", "used_in"]


def test_every_rule_says_why():
    rules = glossary.rules()
    assert len(rules) == len(queries.checks())
    assert rules["why"].str.len().min() > 0


def test_no_two_values_of_a_vocabulary_are_drawn_alike():
    marks = drawn.marks()
    same = marks[marks.duplicated(["of", "drawn"], keep=False)]
    # An infusion is "given" only where the protocol sets no window to be in.
    assert set(same["value"]) <= {"in window", "given"}


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        (charts.INFUSIONS["overdue"], "open vermillion square"),
        (charts.GROUPS["A"], "green circle, with A"),
        (charts.STATUSES["screen failed"], "thin open grey x"),
    ],
)
def test_a_mark_in_words(mark, words):
    assert drawn.in_words(mark, "") == words


def test_the_marks_are_a_table():
    assert isinstance(drawn.marks(), pd.DataFrame)
    assert set(drawn.marks()["of"]) == set(drawn.VOCABULARIES)
