"""The habits of this repository, kept by the tests so that nobody has to remember them."""

import ast
import re
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pytest

import data
import queries
from data import contract
from tests.conftest import PROTOCOL, write_export

ROOT = Path(__file__).parent.parent
PAGES = sorted(file for file in (ROOT / "pages").rglob("*.py") if file.name != "__init__.py")
QUESTIONS = queries.names()

PARSER = duckdb.connect()  # it reads statements, and runs none

# What each room may import, beyond the standard library.
ROOMS = {
    "data": {"data", "duckdb", "numpy", "pyarrow", "pydantic", "tomlkit"},
    "estimates": {"estimates", "numpy", "pandas", "scipy"},
    "queries": {"data", "duckdb", "pandas", "pyarrow", "queries", "xlsxwriter"},
    "charts": {"charts", "pandas", "plotly"},
    "pages": {"charts", "data", "pages", "pandas", "plotly", "queries", "streamlit"},
}

# Of what these pass on, the page says less than the table.
IN_OTHER_WORDS = {("dosing/course", "is_dead"), ("dosing/worklist", "is_projected")}


@pytest.fixture
def newest(simulated, monkeypatch):
    """The newest cut of the simulated trial."""
    monkeypatch.setenv("TRIAL", str(simulated))
    return data.trial().standing()[0]


@pytest.fixture(scope="module")
def folder_of_one(tmp_path_factory):
    folder = tmp_path_factory.mktemp("one")
    (folder / "exports").mkdir()
    (folder / "protocol.toml").write_text(PROTOCOL, encoding="utf-8")
    write_export(folder / "exports" / "2021-03-01")
    return folder


@pytest.fixture
def almost_empty(folder_of_one, monkeypatch):
    """A cut with one person in it, and a protocol that sets next to nothing."""
    monkeypatch.setenv("TRIAL", str(folder_of_one))
    return "2021-03-01"


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def _check_header(question: str, cut: str) -> None:
    older = [each for each in data.trial().cuts() if each < cut]
    since = data.trial().standing(older[0])[0] if older else cut
    stated, rows = queries.read(question), queries.ask(question, cut, since=since)
    assert rows.columns.to_list() == list(stated.columns)
    assert stated.headline.strip()
    if stated.key:
        assert not rows.duplicated(list(stated.key)).any()
        assert not rows[list(stated.key)].isna().any(axis=None)
    else:
        assert stated.grain == "one row"
        assert len(rows) == 1


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_returns_the_columns_and_the_grain_of_its_header(question, newest):
    _check_header(question, newest)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_pilot_answers_under_the_same_header(question, pilot):
    _check_header(question, pilot)


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_almost_empty_export_answers_under_the_same_header(question, almost_empty):
    _check_header(question, almost_empty)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_one_select_with_the_parameters_of_its_header(question):
    stated = queries.read(question)
    [statement] = PARSER.extract_statements(stated.sql)
    assert statement.type == duckdb.StatementType.SELECT
    assert statement.named_parameters == set(stated.params)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_of_a_page_heeds_the_group_or_says_why_not(question):
    folder, stated = question.split("/")[0], queries.read(question)
    if folder != "tables" and question not in queries.checks():
        assert ("cohort" in stated.params) != ("all groups" in stated.notes)


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_a_page_passes_on_from_a_table_is_said_in_the_words_of_the_table(question):
    # Whether something holds, and when that is not known, is said once: in the glossary, too.
    asked = queries.read(question)
    select = re.sub(r"^--.*\n", "", asked.sql, flags=re.MULTILINE).strip()
    for table in re.findall(r"\b(?:from|join) (\w+)", select) if select[:6] == "select" else ():
        known = queries.read(f"tables/{table}").columns if table in queries.TABLES else {}
        passed_on = re.findall(rf"^    (?:{table}\.)?((?:is|has)_\w+),?$", select, re.MULTILINE)
        for column in set(passed_on) & set(known) & set(asked.columns):
            if (question, column) not in IN_OTHER_WORDS:
                assert asked.columns[column] == known[column]


@pytest.mark.parametrize("question", QUESTIONS)
def test_sql_is_lower_case_and_within_the_line(question):
    for line in (queries.HERE / f"{question}.sql").read_text(encoding="utf-8").splitlines():
        assert len(line) <= 100
        code = re.sub(r"'[^']*'|--.*", "", line)
        assert code == code.lower()


# What a panel counts, and the tables of the export whose every row it reads.
READS = {
    "adverse events": ["ae"],
    "adverse events, over all patients": ["ae"],
    "deviations recorded by the site": ["dv"],
    "people": ["dm"],
    "records of exposure": ["ex"],
    "records of support": ["pr"],
    "records of visits": ["sv"],
    "results, over all patients": ["lb", "rs"],
    "scores": ["rs"],
}


@pytest.mark.parametrize("cohort", [None, "A", "B"])
def test_what_a_panel_reads_is_every_row_of_the_files(newest, cohort):
    files = {file.stem: file for file in (data.trial().exports / newest).glob("*.csv")}
    tables = {table for reads in READS.values() for table in reads}
    n_rows = {table: len(pd.read_csv(files[table], dtype=str)) for table in tables}
    counted = set()
    for question in (each for each in QUESTIONS if each.endswith("/accounting")):
        asked = queries.ask(question, newest, since=newest, cohort=cohort)
        for row in asked[asked["unit"].isin(READS)].itertuples():
            n_read = sum(n_rows[table] for table in READS[row.unit])
            assert row.n_read == n_read > 0, f"{question}: {row.panel}"
            counted.add(row.unit)
    assert counted == set(READS)


@pytest.mark.parametrize("cohort", [None, "A", "B"])
def test_what_a_panel_shows_is_what_its_question_returns(newest, cohort):
    def of(question: str) -> pd.DataFrame:
        return queries.ask(question, newest, cohort=cohort)

    events, clocks = of("adverse_events/events"), of("safety_counts/clocks")
    by_term = of("adverse_events/incidence").query("worst_grade == 'any'")
    n_events = by_term.groupby("level")["n_events"].sum()
    infusions, people = of("dosing/infusions"), of("recruitment/participants")
    to_date = of("recruitment/cumulative").set_index("as_of")["n_counted_at_most"]
    event = ["usubjid", "event"]
    expected = {
        "adverse_events": {
            "course": events["start_day_from"].notna().sum(),
            "course by date": events["started_from"].notna().sum(),
            "numbers": of("adverse_events/summary")["n_events"].sum(),
            "incidence": n_events["soc"],
            "incidence of terms": n_events["pt"],
            "by grade": n_events["pt"],
            "list of events": len(events),
            "serious events": len(of("adverse_events/serious")),
            "set aside": len(of("adverse_events/set_aside")),
        },
        "safety_counts": {
            "clocks": (clocks["clock"] != "sae").sum(),
            "list of clocks": len(clocks.drop_duplicates(event)),
            "infusional": events["is_infusional"].ne(False).sum(),
            "unknowns": len(of("safety_counts/unknowns").drop_duplicates(event)),
        },
        "dosing": {
            "course": len(infusions),
            "list of infusions": len(infusions),
            "batches": infusions["is_given"].sum(),
            "dose": (infusions["is_given"] & infusions["dose_per_kg"].notna()).sum(),
            "work list": len(of("dosing/worklist")),
        },
        "recruitment": {
            "against plan": to_date[newest],
            "screening": of("recruitment/funnel")["n"].iloc[0],
            "screen failures": of("recruitment/summary")["n_screen_failed"].sum(),
            "by group": of("recruitment/groups")["n_included"].sum(),
            "people": len(people),
            "list of people": len(people),
            "disposition": of("recruitment/disposition")["n_people"].sum(),
        },
        "follow_up": {
            "matrix": len(of("follow_up/visits")),
            "work list": len(of("follow_up/worklist")),
            "other records": len(of("follow_up/unscheduled")),
        },
        "patient": {"who": len(of("patient/patients"))},
    }
    for page, panels in expected.items():
        shown = of(f"{page}/accounting").groupby("panel")["n_shown"].first()
        assert shown[list(panels)].to_dict() == panels, page


OF_RECORDS = [each for each in QUESTIONS if each.endswith(("/accounting", "/set_aside"))]


@pytest.mark.parametrize("question", OF_RECORDS)
def test_why_a_record_is_out_of_sight_is_said_by_one_macro(question):
    # Page by page it would be said in other words: out_of_sight in data/macros.sql says it.
    code = re.sub("--.*", "", queries.read(question).sql)
    for words in ("of nobody who is in dm", "of somebody who is not included", "after the cut"):
        assert f"{words}'" not in code


@pytest.mark.parametrize("check", queries.checks())
def test_checks_all_return_the_same_columns(check):
    stated = queries.read(check)
    assert list(stated.columns) == ["usubjid", "record", "finding"]
    assert stated.key == ("usubjid", "record")
    assert stated.notes["severity"] in ("critical", "major", "minor")
    assert stated.notes["why"]


def test_what_lies_among_the_checks_and_looks_like_a_rule_is_one():
    for question in (each for each in QUESTIONS if each.startswith("checks/")):
        looks = list(queries.read(question).columns) == ["usubjid", "record", "finding"]
        assert queries.read(question).is_rule == looks


def test_every_check_is_tested():
    tests = (ROOT / "tests" / "test_checks.py").read_text(encoding="utf-8")
    tested = set(re.findall(r"^def test_(\w+)", tests, re.MULTILINE))
    assert {check.removeprefix("checks/") for check in queries.checks()} <= tested


def test_the_tables_are_all_built():
    found = {each.removeprefix("tables/") for each in QUESTIONS if each.startswith("tables/")}
    assert found == set(queries.TABLES)


def test_every_question_is_asked_by_somebody():
    # Each page asks its accounting by its own name, and a check is asked with all the others.
    files = [
        *(ROOT / "pages").rglob("*.py"),
        ROOT / "dashboard.py",
        *(ROOT / "queries").rglob("*.py"),
    ]
    code = "\n".join(file.read_text(encoding="utf-8") for file in files)
    asked = set(re.findall(r'"(\w+/\w+)"', code)) | set(queries.checks())
    for question in QUESTIONS:
        stated = queries.read(question)
        asked |= {*stated.reads, *stated.compares}
    for question in QUESTIONS:
        if not question.startswith("tables/") and not question.endswith("/accounting"):
            assert question in asked, f"nobody asks {question}"


def test_the_contract_is_valid_sql_and_all_of_it_is_read():
    con = duckdb.connect()
    con.execute(contract.FILE.read_text(encoding="utf-8")).fetchall()
    made = con.execute("select table_name from duckdb_tables()").fetchall()
    assert set(contract.tables()) == {table for (table,) in made}
    for table in contract.tables().values():
        columns = con.execute(f"describe {table.name}").fetchall()
        assert [column.name for column in table.columns] == [each[0] for each in columns]
        assert [column.is_needed for column in table.columns] == [
            each[2] == "NO" for each in columns
        ]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_it_may(room):
    for file in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules = {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                modules = {(node.module or "").split(".")[0]}
            else:
                continue
            strangers = modules - ROOMS[room] - sys.stdlib_module_names
            assert not strangers, f"{name(file)} imports {', '.join(strangers)}"


def test_nothing_about_the_trial_is_written_in_code():
    own = re.compile(r"NCT04445454|TJT2012|Li[eè]ge|mesenchymal", re.IGNORECASE)
    for room in (*ROOMS, "dashboard.py"):
        files = [ROOT / room] if room.endswith(".py") else sorted((ROOT / room).rglob("*.py"))
        for file in files:
            found = own.findall(file.read_text(encoding="utf-8").replace(data.DEFAULT, ""))
            assert not found, f"{name(file)} knows {found}"


def test_the_readme_says_what_every_room_is_for():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    described = set(re.findall(r"^([\w.]+)/?  ", readme, re.MULTILINE))
    rooms = {
        path.name
        for path in ROOT.iterdir()
        if path.name[0] not in "._" and path.name not in ("README.md", "LICENSE", "CHANGELOG.md")
    }
    assert rooms - {"__pycache__"} <= described


def test_every_page_is_in_the_menu():
    menu = (ROOT / "dashboard.py").read_text(encoding="utf-8")
    assert set(re.findall(r'"(pages/.+?\.py)"', menu)) == {name(page) for page in PAGES}


def test_no_page_lies_directly_in_pages():
    # Streamlit takes pages/*.py for pages of its own accord and, until somebody has opened
    # the dashboard's front page, runs them without dashboard.py. It leaves pages/*/*.py alone.
    assert [file.name for file in (ROOT / "pages").glob("*.py")] == ["__init__.py"]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_has_one_name_in_every_room(page):
    if page.stem != "glossary":  # which shows no rows of the trial
        assert f"{page.stem}/accounting" in QUESTIONS
    assert (ROOT / "charts" / f"{page.stem}.py").exists()
    assert (ROOT / "tests" / f"test_{page.stem}.py").exists()


def test_every_requirement_is_pinned_and_explained():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    for line in wanted:
        assert re.fullmatch(r'[\w-]+==[\w.]+( ; sys_platform != "win32")?(  +# .+)?', line), line
