"""What a reader waits for: from the click on a page to its figures, and from nothing to the first.

The reference is replay.py, which sends the same elements ready-made.
"""

import shutil
import time
from collections.abc import Iterator

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks import Row
from benchmarks.recording import record
from benchmarks.server import serving
from benchmarks.trials import Sizes
from tests import browser as installed
from tests.conftest import PILOT, PILOT_FILES

FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
# The script has ended, the page is the one that was asked for, and all its figures are drawn.
PAINTED = """
([address, figures]) =>
    location.pathname === `/${address}`
    && document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'
    && document.querySelectorAll('.js-plotly-plot .main-svg:first-child').length === figures
"""
SWITCH = f"""
async ([address, figures]) => {{
    const painted = {PAINTED};
    const link = [...document.querySelectorAll('[data-testid=stSidebarNavLink]')]
        .find(each => new URL(each.href).pathname === `/${{address}}`);
    const start = performance.now();
    link.click();
    while (!painted([address, figures])) await new Promise(requestAnimationFrame);
    return performance.now() - start;
}}
"""
TIMEOUT = 300_000
ROUNDS = 2  # times as often as the rest: some switches to one page take thrice as long as others
ROUNDS_OF_WORDS = 3  # times as often again: what has no figure is soon painted, give or take half
STARTS = 5


def measure(sizes: Sizes) -> Iterator[Row]:
    pages, env = sizes.recorded, {"REPLAY": str(sizes.recording)}
    rounds = ROUNDS * sizes.rounds
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed.path(), args=FLAGS)
        with (
            serving("dashboard.py", sizes.whole) as ours,
            serving("benchmarks/replay.py", sizes.whole, env=env) as replay,
        ):
            home, *others = pages
            mine = _open(browser, f"{ours.url}/{home}", home, pages[home])
            again = _open(browser, f"{replay.url}/{home}", home, pages[home])
            for page in others:
                times: tuple[list[float], list[float]] = ([], [])
                both = list(zip(times, (mine, again), strict=True))
                for number in range(rounds if pages[page] else ROUNDS_OF_WORDS * rounds):
                    for each, tab in both if number % 2 else reversed(both):
                        each.append(tab.evaluate(SWITCH, [page, pages[page]]))
                        tab.evaluate(SWITCH, [home, pages[home]])
                yield Row(
                    f"switch to {page}, {pages[page]} figures",
                    times[0],
                    reference=times[1],
                    than="replayed",
                    ratio_at_most=1.15,
                )
        yield from _pilot(browser, sizes, rounds, home, pages)
        yield from _cold(browser, sizes, env, home, pages[home])
        browser.close()


def _open(browser: Browser, url: str, address: str, figures: int) -> Page:
    tab = browser.new_page(viewport={"width": 1280, "height": 720})
    tab.goto(url, timeout=TIMEOUT)
    tab.wait_for_function(PAINTED, arg=[address, figures], timeout=TIMEOUT, polling="raf")
    if (more := tab.get_by_test_id("stSidebarNavViewButton")).is_visible():
        more.click()  # the menu folds away its last pages
    return tab


def _pilot(
    browser: Browser, sizes: Sizes, rounds: int, home: str, pages: dict[str, int]
) -> Iterator[Row]:
    """254 patients with 1,191 events, beside the simulated trial."""
    page = "adverse_events"
    if not PILOT_FILES.is_dir() or page not in pages:
        return
    theirs = record(PILOT, sizes.place / "pilot")
    with serving("dashboard.py", PILOT) as pilot, serving("dashboard.py", sizes.whole) as ours:
        many = _open(browser, f"{pilot.url}/{home}", home, theirs[home])
        few = _open(browser, f"{ours.url}/{home}", home, pages[home])
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(rounds):
            for each, tab, figures in zip(times, (many, few), (theirs, pages), strict=True):
                each.append(tab.evaluate(SWITCH, [page, figures[page]]))
                tab.evaluate(SWITCH, [home, figures[home]])
    yield Row(
        "CDISC pilot, 254 patients: switch to adverse_events",
        times[0],
        reference=times[1],
        than="simulated trial",
        ratio_at_most=2,
    )


def _cold(
    browser: Browser, sizes: Sizes, env: dict[str, str], home: str, figures: int
) -> Iterator[Row]:
    """Of a cut that a server before has answered about, and of one that nobody has looked at."""

    def start(script: str) -> float:
        with serving(script, sizes.whole, env=env) as server:
            _open(browser, f"{server.url}/{home}", home, figures).close()
            return (time.perf_counter() - server.started) * 1000

    again, anew, replayed = [], [], []
    for _ in range(STARTS):
        again.append(start("dashboard.py"))
        replayed.append(start("benchmarks/replay.py"))
        shutil.rmtree(sizes.whole / ".cache" / "answers", ignore_errors=True)
        anew.append(start("dashboard.py"))
    what = "process start to the first page painted"
    yield Row(what, again, reference=replayed, than="replayed", ratio_at_most=1.35)
    yield Row(f"{what}, of a cut not looked at before", anew, reference=replayed, than="replayed")
