"""protocol.toml: what it may say, and what a reader is told when it may not."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

import data
from data import protocol
from data.protocol import Protocol, ProtocolError, sql_columns
from tests.conftest import PILOT, PROTOCOL, ROOT

TRIAL = ROOT / "data" / "nct04445454"


@pytest.fixture
def read(tmp_path):
    def written(added: str = "", without: str = "", instead: str = "") -> Protocol:
        file = tmp_path / "protocol.toml"
        assert without in PROTOCOL
        file.write_text(PROTOCOL.replace(without, instead, 1) + added, encoding="utf-8")
        return protocol.read(file)

    return written


def errors(read, *change: str) -> list[str]:
    with pytest.raises(ProtocolError) as reason:
        read(*change)
    headline, *lines = str(reason.value).splitlines()
    assert headline.endswith("protocol.toml cannot be used.")
    return lines


def test_both_protocols_of_this_repository_can_be_used():
    registered = protocol.read(TRIAL / "protocol.toml")
    assert registered.identity.registry_number == "NCT04445454"
    assert (registered.recruitment.target, registered.dosing.n_infusions) == (20, 3)
    assert protocol.read(PILOT / "protocol.toml").days.first_day == 1


@pytest.mark.parametrize(
    ("added", "line"),
    [
        ("\nfoo = 1", "outcomes.foo: is not a name that the protocol file knows"),
        ("\n[dose]", "dose: is not a name that the protocol file knows"),
        ("\n[dosing]\nn_infusion = 3", "dosing.n_infusion: is not a name that the protocol file"),
        (
            "\n[dosing]\nn_infusions = '3'",
            "dosing.n_infusions: input should be a valid integer, not '3'",
        ),
        ("\n[dosing]\nn_infusions = 3.0", "dosing.n_infusions: input should be a valid integer"),
        ("\n[dosing]\nn_infusions = true", "dosing.n_infusions: input should be a valid integer"),
        (
            "\n[dosing]\nn_infusions = 0",
            "dosing.n_infusions: input should be greater than 0, not 0",
        ),
        ("\n[dosing]\nfirst_within_days = -1", "dosing.first_within_days: input should be greater"),
        ("\n[dosing]\nsame_donor = 'yes'", "dosing.same_donor: input should be a valid boolean"),
        (
            "\n[dosing]\ndose_min_per_kg = '1.5e6'",
            "dosing.dose_min_per_kg: input should be a valid",
        ),
        ("\n[dosing]\ndose_min_per_kg = true", "dosing.dose_min_per_kg: input should be a valid"),
        ("\n[dosing]\ndose_max_per_kg = inf", "dosing.dose_max_per_kg: input should be a finite"),
        (
            "\n[dosing]\ndose_min_per_kg = 3e6\ndose_max_per_kg = 1.5e6",
            "dosing.dose_max_per_kg: must not be smaller than dose_min_per_kg",
        ),
        (
            "\n[dosing]\ninterval_min_days = 4\ninterval_max_days = 3",
            "dosing.interval_max_days: must not be smaller than interval_min_days",
        ),
        (
            "\n[days]\nfirst_day = 2",
            "days.first_day: input should be less than or equal to 1, not 2",
        ),
        ("\n[days]\nfirst_day = true", "days.first_day: input should be a valid integer, not True"),
        (
            "\n[days]\nday_zero = 'consent'",
            "days.day_zero: input should be 'inclusion' or 'first infusion', not 'consent'",
        ),
        ("\n[disposition]\ndied = 'DEATH'", "disposition.died: input should be a valid list, not"),
        (
            "\n[disposition]\ndied = [1]",
            "disposition.died[1]: input should be a valid string, not 1",
        ),
        ("\n[[groups]]\ncode = 'A'\nlabel = 'x'", "groups: code A stands there twice"),
        ("\n[[groups]]\ncode = 'a'\nlabel = 'x'", "groups: code A, a stands there twice"),
        ("\n[[groups]]\ncode = 'C'", "groups[3].label: is missing"),
        ("\n[[groups]]\ncode = ' '\nlabel = 'x'", "groups[3].code: string should have at least 1"),
        (
            "\n[[schedule]]\nvisitnum = nan\nvisit = 'x'\ntarget_day = 1",
            "schedule[1].visitnum: input should be a finite number, not nan",
        ),
        (
            2 * "\n[[schedule]]\nvisitnum = 7\nvisit = 'x'\ntarget_day = 1",
            "schedule: visitnum 7.0 stands there twice",
        ),
        (
            "".join(f"\n[[schedule]]\nvisitnum = {n}\nvisit = 'x'\ntarget_day = 1" for n in (7, 8)),
            "schedule: visit x stands there twice",
        ),
        (
            "\n[[special_interest]]\ncategory = 'infection, bleeding'",
            "special_interest[1].category: a comma separates categories, one cannot hold any",
        ),
        (2 * "\n[[clocks]]\nevent = 'SAE'\ndue_days = 1", "clocks: event SAE stands there twice"),
        (2 * "\n[[special_interest]]\ncategory = 'x'", "special_interest: category x stands there"),
        (
            "\n[adverse_events]\nrelated = ['yes', 'likely']\nnot_related = ['Yes']",
            "adverse_events.not_related: YES stands in related too",
        ),
        (
            "\n[adverse_events]\nserious = ['N']",
            "adverse_events.not_serious: N stands in serious too",
        ),
        (
            "\n[[stopping_rules]]\nname = 'x'\nevent = 'y'\ntype = 'pocock'\np0 = 1.0\nalpha = 0.1",
            "stopping_rules[1].p0: input should be less than 1, not 1.0",
        ),
    ],
)
def test_an_error_is_told_with_its_path(read, added, line):
    [told] = errors(read, added)
    assert told.startswith(line)


@pytest.mark.parametrize(
    ("without", "instead", "line"),
    [
        ("target = 20\n", "", "recruitment.target: is missing"),
        ("2021-12-31", "2021-01-01", "recruitment.ends_on: must be later than starts_on"),
        ("2021-01-01", "'2021-01-01'", "recruitment.starts_on: input should be a valid date, not"),
        ("2021-01-01", "20210101", "recruitment.starts_on: input should be a valid date, not 2021"),
        (
            "2021-01-01",
            "2021-01-01T00:00:00",
            "recruitment.starts_on: input should be a valid date",
        ),
        ("[28, 90]", "[28, 28]", "outcomes.days: the value 28 stands there twice"),
        ("[28, 90]", "28", "outcomes.days: input should be a valid list, not 28"),
        ('"included"', '"all"', "recruitment.counts: input should be 'included' or 'treated', not"),
        ("\n[identity]", "exports = 's3://x'\n[identity]", "exports: addresses are not read yet"),
        (
            "\n[identity]",
            "group_column = 'sex'\n[identity]",
            "group_column: input should be 'cohort'",
        ),
    ],
)
def test_an_error_in_what_is_needed_is_told(read, without, instead, line):
    [told] = errors(read, "", without, instead)
    assert told.startswith(line)


def test_every_error_is_told_at_once(read):
    assert errors(
        read,
        """
        [[groups]]
        code = "B"
        label = "again"

        [dosing]
        n_infusions = 0
        dose_min_per_kg = 3e6
        dose_max_per_kg = 1e6

        [dosage]
        """,
        'target = 20\ncounts = "included"\nstarts_on = 2021-01-01\nends_on = 2021-12-31',
        "target = 20.5\nstarts_on = 2021-01-01\nends_on = 2020-12-31",
    ) == [
        "recruitment.target: input should be a valid integer, not 20.5",
        "recruitment.counts: is missing",
        "recruitment.ends_on: must be later than starts_on",
        "groups: code B stands there twice",
        "dosing.n_infusions: input should be greater than 0, not 0",
        "dosing.dose_max_per_kg: must not be smaller than dose_min_per_kg",
        "dosage: is not a name that the protocol file knows",
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"target = ", "is not valid TOML. Invalid value"),
        (b"a = 1\na = 2", "is not valid TOML. Cannot overwrite a value"),
        (b"title = '\xe9'", "is not valid TOML. 'utf-8' codec can't decode byte 0xe9"),
    ],
)
def test_what_is_no_toml_is_told(tmp_path, content, sentence):
    (tmp_path / "protocol.toml").write_bytes(content)
    with pytest.raises(ProtocolError, match=r"protocol\.toml") as reason:
        protocol.read(tmp_path / "protocol.toml")
    assert sentence in str(reason.value)


def test_a_file_that_is_missing_or_cannot_be_opened_is_told(tmp_path):
    with pytest.raises(ProtocolError, match=r"a trial is a folder with a protocol\.toml"):
        protocol.read(tmp_path / "protocol.toml")
    (tmp_path / "protocol.toml").mkdir()
    with pytest.raises(ProtocolError, match=r"cannot be opened\. Is a directory"):
        protocol.read(tmp_path / "protocol.toml")


def test_a_byte_order_mark_is_no_error(tmp_path):
    (tmp_path / "protocol.toml").write_text(PROTOCOL, encoding="utf-8-sig")
    assert protocol.read(tmp_path / "protocol.toml").recruitment.target == 20


# What SQL sees


def test_what_is_not_set_is_none(read):
    parameters = read().parameters()
    assert parameters["recruitment_target"] == 20
    assert parameters["recruitment_starts_on"] == date(2021, 1, 1)
    assert parameters["outcomes_days"] == [28, 90]
    for name in (
        "stale_after_days",
        "identity_sponsor",
        "identity_registry_status_on",
        "forecast_prior_weight",
        "dosing_n_infusions",
        "dosing_dose_min_per_kg",
        "dosing_first_within_days",
        "dosing_same_donor",
        "adverse_events_infusional_hours",
    ):
        assert parameters[name] is None


def test_every_section_is_a_parameter_or_a_table(read):
    read_ = read()
    sections = {name.split(".")[0] for name in Protocol.model_fields}
    tables = {name for name, *_ in read_.tables()}
    scalars = {name for name in sections if name in ("exports", "group_column", "stale_after_days")}
    parts = {
        name
        for name in sections - tables - scalars
        if any(each.startswith(f"{name}_") for each in read_.parameters())
    }
    assert sections == tables | scalars | parts


def test_terms_are_in_capitals_as_the_questions_compare_them(read):
    terms = read("\n[disposition]\ndied = [' Death ', 'Décès']").disposition.died
    assert terms == ["DEATH", "DÉCÈS"]


def test_an_empty_array_is_a_table_with_its_columns(read):
    con = duckdb.connect()
    for name, model, rows in read().tables():
        listed = ", ".join(f"{column} {kind}" for column, kind in sql_columns(model).items())
        con.execute(f"create table {name} ({listed})").fetchall()
        assert list(sql_columns(model)) == list(model.model_fields)
        assert (rows == []) == (name != "groups")
    assert con.execute("select column_type from (describe special_interest)").fetchall() == [
        ("VARCHAR",),
        ("VARCHAR[]",),
        ("VARCHAR[]",),
    ]
    assert [
        kind for (kind,) in con.execute("select column_type from (describe schedule)").fetchall()
    ] == [
        "DOUBLE",
        "VARCHAR",
        "INTEGER",
        "INTEGER",
        "INTEGER",
    ]


# The illustrative values


OVERLAY = """
[dosing]
n_infusions = 9

[[groups]]
code = "Z"
label = "made up"
"""


def test_the_overlay_holds_for_the_simulated_trial_alone(trial: Path):
    (trial / "illustrative.toml").write_text(OVERLAY, encoding="utf-8")
    assert data.trial().protocol.dosing.n_infusions is None
    (trial / "simulated" / "2021-03-01").mkdir(parents=True)
    simulated = data.trial()
    assert simulated.is_simulated
    assert simulated.protocol.dosing.n_infusions == 9
    assert [group.code for group in simulated.protocol.groups] == ["Z"]  # replaced, not added to
    assert simulated.protocol.recruitment.target == 20
    (trial / "exports" / "2021-03-01").mkdir()
    assert not data.trial().is_simulated
    assert data.trial().protocol.dosing.n_infusions is None


def test_what_the_overlay_sets_is_named_in_words(tmp_path):
    overlay = tmp_path / "illustrative.toml"
    assert protocol.in_words(overlay) == ()
    overlay.write_text(OVERLAY, encoding="utf-8")
    assert protocol.in_words(overlay) == ("the n infusions of dosing", "the groups")
    assert protocol.in_words(TRIAL / "illustrative.toml") == (
        "the time to the first infusion",
        "the schedule of visits",
        "the stopping rules",
    )


def test_an_error_in_the_overlay_names_it(tmp_path):
    (tmp_path / "protocol.toml").write_text(PROTOCOL, encoding="utf-8")
    (tmp_path / "illustrative.toml").write_text("[dosing]\nn_infusions = 0", encoding="utf-8")
    with pytest.raises(ProtocolError, match=r"with illustrative\.toml over it, cannot be used"):
        protocol.read(tmp_path / "protocol.toml", tmp_path / "illustrative.toml")


def test_an_edited_protocol_is_noticed(trial: Path):
    assert data.trial().protocol.recruitment.target == 20
    file = trial / "protocol.toml"
    file.write_text(PROTOCOL.replace("target = 20", "target = 21"), encoding="utf-8")
    assert data.trial().protocol.recruitment.target == 21
