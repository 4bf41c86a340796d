import csv
import functools
import io
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserType, Page, sync_playwright
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest, local_script_runner

import data
import queries
from data import contract, look, simulate
from queries import answers, history
from tests import browser as installed

ROOT = Path(__file__).parent.parent
PILOT = Path(__file__).parent / "trials" / "cdiscpilot01"
PILOT_FILES = ROOT.parent / "shared" / "data" / "cdiscpilot01" / "exports"
PILOT_CUT = "2015-03-05"
FILES = {
    file.stem: str(file.relative_to(ROOT))
    for file in sorted((ROOT / "pages").rglob("*.py"))
    if file.name != "__init__.py"
}
PAGES = list(FILES)

# A protocol file with nothing but what is needed; a test adds the values that it is about.
PROTOCOL = """
[identity]
registry_number = "NCT00000000"
title = "A trial drawn in a test"

[recruitment]
target = 20
counts = "included"
starts_on = 2021-01-01
ends_on = 2021-12-31

[[groups]]
code = "A"
label = "oxygen"

[[groups]]
code = "B"
label = "ventilated"

[outcomes]
days = [28, 90]
"""

Export = Callable[..., str]

# Streamlit's test runner looks through all that is installed at every run of a page, which takes as
# long as the page. Nothing is installed between two tests: once is enough.
manifest_scanner.scan_component_manifests = functools.cache(
    manifest_scanner.scan_component_manifests
)
# And it compiles the scripts anew at every run, which the server does once for all its readers.
local_script_runner.ScriptCache = functools.cache(local_script_runner.ScriptCache)


@pytest.fixture(autouse=True)
def _no_look_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests change files faster than anybody delivers them, and look again at once."""
    monkeypatch.setattr(look, "HOLDS", 0)


@pytest.fixture
def trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty trial folder, which TRIAL names."""
    folder = tmp_path / "trial"
    (folder / "exports").mkdir(parents=True)
    (folder / "protocol.toml").write_text(PROTOCOL, encoding="utf-8")
    monkeypatch.setenv("TRIAL", str(folder))
    return folder


@pytest.fixture
def export(trial: Path) -> Export:
    """Write an export out of tables drawn as text, and return its data cut.

        export(dm=\"\"\"
            usubjid  siteid  rficdtc
            P01      01      2021-01-05
            P02      01      .
        \"\"\")

    Two or more spaces separate the columns, a point is a missing value. A needed table that is
    not drawn is there and empty, dm with one person; a needed column that is not drawn is there
    and blank. The rows pass through the same door as a real export.
    """

    def write(cut: str = "2021-03-01", **drawings: str) -> str:
        write_export(trial / "exports" / cut, **drawings)
        return cut

    return write


def write_export(folder: Path, **drawings: str) -> None:
    folder.mkdir(parents=True)
    drawings.setdefault("dm", "usubjid\nP01")
    for name, table in contract.tables().items():
        if name not in drawings and not table.is_needed:
            continue
        header, rows = drawn(drawings.pop(name, ""))
        needed = [column.name for column in table.columns if column.is_needed]
        columns = header + [column for column in needed if column not in header]
        write_csv(folder / f"{name}.csv", columns, rows)
    assert not drawings, f"not in the contract: {', '.join(drawings)}"
    settle(folder)


def drawn(drawing: str) -> tuple[list[str], list[list[str]]]:
    """A table drawn as text: its header and its rows, a point being a missing value."""
    lines = [re.split(r"\s{2,}", line.strip()) for line in drawing.strip().splitlines()]
    if not lines:
        return [], []
    header, *rows = lines
    for row in rows:
        assert len(row) == len(header), f"{row} does not fit {header}"
    return header, [["" if value == "." else value for value in row] for row in rows]


def write_csv(file: Path, columns: list[str], rows: list[list[str]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(row + [""] * (len(columns) - len(row)) for row in rows)
    file.write_text(out.getvalue(), encoding="utf-8", newline="")


def settle(folder: Path) -> None:
    """Make the files a day old, so that the door does not wait for them to grow."""
    for file in folder.iterdir():
        os.utime(file, (file.stat().st_mtime - 86400,) * 2)


@pytest.fixture
def pilot(monkeypatch: pytest.MonkeyPatch) -> str:
    """The CDISC pilot as the trial; its one cut. Its files are not part of the repository."""
    if not PILOT_FILES.is_dir():
        pytest.skip("the files of the CDISC pilot are not here (../shared)")
    monkeypatch.setenv("TRIAL", str(PILOT))
    return PILOT_CUT


def included(*people: str, on: str = "2021-01-01", more: str = "") -> dict[str, str]:
    """dm and ds of people included on one day, of group B if their names begin with B, else of A.

    Day 28 of 1 January is 29 January, day 90 is 1 April. `more` are further rows of ds.
    """
    groups = "\n".join(f"{each}  {'B' if each.startswith('B') else 'A'}" for each in people)
    entered = "\n".join(f"{each}  PROTOCOL MILESTONE  ENTERED INTO TRIAL  {on}" for each in people)
    return {
        "dm": f"usubjid  cohort\n{groups}",
        "ds": f"usubjid  dscat  dsdecod  dsstdtc\n{entered}{more}",
    }


def left(who: str, decod: str, on: str) -> str:
    """A row more: how somebody left."""
    return f"\n{who}  DISPOSITION EVENT  {decod}  {on}"


def rows(question: str, cut: str, *columns: str, **params: object) -> list[tuple]:
    """Those columns of the answer."""
    found = answers.records(queries.ask(question, cut, **params))
    return [tuple(record[column] for column in columns) for record in found]


def start_anew() -> None:
    """Forget what this process holds, as a new one would."""
    history._held.clear()
    history._learnt.clear()
    history._filled.cache_clear()
    queries._kept.clear()


def app(page: str, **address: str) -> AppTest:
    """A page of the dashboard in its frame, to be run: as a link opens it."""
    at = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=300)
    at.query_params.update(address)
    return at.switch_page(FILES[page])


# The simulated trial. The workers of a run share it, so it is made once; nobody writes in it.


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that the first worker makes, while the others wait."""
    place = factory.getbasetemp()
    place = place.parent if "PYTEST_XDIST_WORKER" in os.environ else place
    folder, done = place / name, place / f"{name}.done"
    try:
        folder.mkdir()
    except FileExistsError:
        until = time.monotonic() + 600
        while not done.exists():
            assert time.monotonic() < until, f"{folder} is not made"
            time.sleep(0.1)
    else:
        make(folder)
        done.touch()
    return folder


def simulate_trial(folder: Path, *options: str) -> None:
    for name in ("protocol.toml", "illustrative.toml"):
        shutil.copy(ROOT / data.DEFAULT / name, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIAL", str(folder))
        simulate.main(list(options))
        if "--cuts" in options:  # of all cuts, reading them would take too long
            history.learn(data.trial())


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its last twelve cuts, of which everything is known."""
    return made_once(tmp_path_factory, "trial", lambda to: simulate_trial(to, "--cuts", "12"))


@pytest.fixture(scope="session")
def simulated_whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All its cuts up to the middle of the trial."""
    return made_once(tmp_path_factory, "whole", simulate_trial)


# What the browser tests share. A browser is closed at the end of its file, since while it is open no
# other test of the process can have a loop of its own.


@pytest.fixture(scope="module")
def chromium() -> Iterator[BrowserType]:
    with sync_playwright() as playwright:
        yield playwright.chromium


@pytest.fixture(scope="module")
def browser(chromium: BrowserType) -> Iterator[Browser]:
    """One that has read nothing yet, and whose windows know nothing of each other."""
    browser = chromium.launch(executable_path=installed.needed(), args=installed.FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the reader's browser has read, from file to file: to read all of Streamlit anew takes
    many seconds.
    """
    return tmp_path_factory.mktemp("profile")


@pytest.fixture(scope="module")
def window(chromium: BrowserType, profile: Path) -> Iterator[Page]:
    """The window of a reader, one for all tests."""
    reader = chromium.launch_persistent_context(
        profile, executable_path=installed.needed(), args=installed.FLAGS
    )
    [window] = reader.pages
    window.set_default_timeout(120_000)
    yield window
    reader.close()


@pytest.fixture
def page(window: Page) -> Iterator[Page]:
    """A window in which nothing is open, as each test finds it."""
    window.set_viewport_size({"width": 1280, "height": 720})
    window.emulate_media(color_scheme="light", reduced_motion="no-preference")
    yield window
    window.goto("about:blank")


@pytest.fixture(scope="session")
def server(simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[installed.Server]:
    server = installed.Server(simulated, tmp_path_factory.mktemp("log") / "server.log")
    yield server
    server.stop()
