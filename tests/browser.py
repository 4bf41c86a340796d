"""The browser that the tests drive, the servers it looks at, and what it measures in a page.

The browser is an installed one, since nothing is downloaded: ``python -m tests.browser`` prints
where it is, and fails if there is none.
"""

import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

ROOT = Path(__file__).parent.parent
ARTEFACTS = ROOT / "tests" / "artefacts"
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
SIZES = {"1280x720": (1280, 720), "1920x1080": (1920, 1080)}
PHONE = (390, 844)
expect.set_options(timeout=60_000)  # a machine may be slow; no test waits longer than it must

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)


def path() -> str | None:
    """The browser named by BROWSER_PATH, else the first that is installed."""
    if named := os.environ.get("BROWSER_PATH"):
        return named
    found = [place for name in NAMES if (place := shutil.which(name))]
    return next(iter(found + [place for place in PLACES if Path(place).exists()]), None)


def needed() -> str:
    """The browser's place; without one, the tests cannot run."""
    found = path()
    assert found, "make test installs a browser; by hand, set BROWSER_PATH"
    return found


_left: list[int] = []  # ports of servers that were stopped


def _port() -> int:
    """A free port; if it can be, that of a server that was stopped.

    A browser keeps by its address what it has read, and to read all of Streamlit anew takes seconds.
    """
    for port in (*_left, 0):
        with socket.socket() as free:
            if os.name == "posix":  # connections of before may still be closing
                free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                free.bind(("127.0.0.1", port))
            except OSError:
                continue
            if port:
                _left.remove(port)
            return free.getsockname()[1]
    raise AssertionError("There is no free port.")


class Server:
    """A dashboard of its own process, on a free port of the loopback."""

    def __init__(self, trial: Path, log: Path) -> None:
        self.port = _port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log.open("w", encoding="utf-8")
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "streamlit",
                "run",
                "dashboard.py",
                "--server.port",
                str(self.port),
            ],
            cwd=ROOT,
            env=os.environ | {"TRIAL": str(trial)},
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1):
                    return
            except OSError:
                time.sleep(0.1)
        self.stop()
        raise AssertionError(f"The server does not start: {log.read_text(encoding='utf-8')}")

    @contextmanager
    def held_up(self) -> Iterator[None]:
        """It does not answer, as on a machine that is busy with other things."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)
        self.log.close()
        _left.append(self.port)


def opened(page: Page, url: str) -> None:
    page.set_default_timeout(120_000)  # the first page of a server reads the history of all cuts
    page.goto(url)
    painted(page)


def turned(page: Page, name: str) -> None:
    """Another page, by a click in the menu: what the browser has loaded stays loaded."""
    page.locator(f"[data-testid=stSidebarNav] a[href*='/{name}']").click()
    page.wait_for_url(f"**/{name}?**")  # it is the script that writes the cut there
    page.wait_for_timeout(100)  # until it has begun, where the page is the same
    painted(page)


def resized(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    painted(page)


_calls = itertools.count()


def painted(page: Page) -> None:
    """Wait until the script has run, every figure is drawn, and the page has come to rest.

    It rests when nothing of it has changed or moved for ten frames in a row and 150 ms: a figure is
    drawn anew a frame or two after its place has changed, and a machine that is too busy to draw
    has no frames to count. What a table tells a screen reader comes later, and is not waited for.
    """
    page.wait_for_function(
        """call => {
            const now = performance.now();
            if (!window.resting) {
                const it = window.resting = {};
                const isSeen = ({target}) => !target.parentElement?.closest('canvas')
                    && target.tagName !== 'CANVAS';
                new MutationObserver(changes => {
                    if (changes.some(isSeen)) it.frames = 0;
                }).observe(document, {
                    subtree: true, childList: true, attributes: true, characterData: true});
            }
            const it = window.resting;
            if (it.call !== call) Object.assign(it, {call, frames: 0});
            const isDrawn = document.querySelector('h1, .st-key-bar')
                && document.querySelector('.stApp').dataset.testScriptState === 'notRunning'
                && !document.querySelector('[data-testid=stSkeleton], [data-testid=stStatusWidget]')
                && [...document.querySelectorAll('.stPlotlyChart')].every(
                    figure => figure.querySelector('.main-svg'));
            const isMoving = () => document.getAnimations().some(each =>
                each.playState === 'running' && each.effect.getComputedTiming().endTime < 60000);
            if (!isDrawn || isMoving()) it.frames = 0;
            it.since = it.frames ? it.since : now;
            it.frames += 1;
            return it.frames > 10 && now - it.since >= 150;
        }""",
        arg=next(_calls),
    )


def picture(page: Page, name: str) -> None:
    """Keep the first screen of the page, as an artefact."""
    ARTEFACTS.mkdir(exist_ok=True)
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
    page.screenshot(path=ARTEFACTS / f"{name}.png")


def scrolling(page: Page) -> list[str]:
    """What scrolls up and down on the page, by the names of its classes."""
    return page.get_by_test_id("stMain").evaluate(
        """main => [main, ...main.querySelectorAll('*')].filter(each =>
            ['auto', 'scroll'].includes(getComputedStyle(each).overflowY)
            && each.scrollHeight > each.clientHeight + 1).map(each => each.className)"""
    )


def sideways(page: Page) -> list[str]:
    """Whether the page is wider than the screen."""
    is_wider = page.evaluate(
        """() => [document.documentElement, document.querySelector('[data-testid=stMain]')]
            .some(each => each.scrollWidth > each.clientWidth)"""
    )
    return ["wider than the screen"] if is_wider else []


def cut_off(page: Page) -> list[str]:
    """The texts of figures that reach out of their figure, or over an edge at which it is cut."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.js-plotly-plot')].flatMap(plot => {
            const frame = plot.getBoundingClientRect();
            const cut = getComputedStyle(plot).clipPath.match(/[0-9.]+px/g) || ['0', '0', '0'];
            const [head, , foot] = cut.map(parseFloat);
            const edges = [frame.top + head, frame.bottom - foot];
            return [...plot.querySelectorAll('text')].filter(text => {
                const box = text.getBoundingClientRect();
                return text.textContent.trim() && box.width > 0 && (
                    box.left < frame.left - 1 || box.right > frame.right + 1 ||
                    box.top < frame.top - 1 || box.bottom > frame.bottom + 1 ||
                    text.checkVisibility({visibilityProperty: true}) &&
                    edges.some(edge => box.top < edge - 1 && edge + 1 < box.bottom));
            }).map(text => text.textContent);
        })"""
    )


def small(page: Page, least: float) -> list[str]:
    """The texts that are drawn smaller than `least` px, with their size."""
    return page.evaluate(
        """least => {
            const turned = matrix => Math.hypot(matrix.a, matrix.b);
            const scale = element => element.getScreenCTM ? turned(element.getScreenCTM())
                : element.getBoundingClientRect().width / (element.offsetWidth || 1) || 1;
            return [...document.querySelectorAll('body *')].filter(element => {
                const own = [...element.childNodes].some(
                    node => node.nodeType === 3 && node.textContent.trim());
                return own && element.checkVisibility({visibilityProperty: true})
                    && element.getBoundingClientRect().width > 1
                    && !element.closest('script, style, noscript, canvas, .stException')
                    && !element.closest('[data-testid=stIconMaterial], [role=img]');
            }).map(element => {
                const px = parseFloat(getComputedStyle(element).fontSize) * scale(element);
                return [px, element.textContent.trim().slice(0, 40)];
            }).filter(([px]) => px < least - 0.05)
              .map(([px, text]) => `${text}: ${px.toFixed(1)} px`);
        }""",
        least,
    )


def overlapping(page: Page) -> list[str]:
    """The pairs of texts of one figure that lie on each other.

    The letters in two marks may: they stand where the data are.
    """
    return page.evaluate(
        """() => [...document.querySelectorAll('.js-plotly-plot')].flatMap(plot => {
            const texts = [...plot.querySelectorAll('text')].filter(text =>
                text.textContent.trim() && !text.closest('.hoverlayer')
                && text.checkVisibility({visibilityProperty: true})
                && !/^SIMULATED|^DATA/.test(text.textContent)).map(text => {
                    const box = text.getBoundingClientRect(), lower = box.height * 0.1;
                    return {words: text.textContent, left: box.left + 1, right: box.right - 1,
                            top: box.top + lower, bottom: box.bottom - lower};
                }).filter(box => box.right > box.left).sort((a, b) => a.top - b.top);
            const found = [];
            texts.forEach((one, place) => {
                for (const other of texts.slice(place + 1)) {
                    if (other.top >= one.bottom) break;
                    const areMarks = one.words.length < 4 && other.words.length < 4;
                    if (!areMarks && other.left < one.right && one.left < other.right)
                        found.push(`${one.words} | ${other.words}`);
                }
            });
            return found;
        })"""
    )


def clipped(page: Page) -> list[str]:
    """The headings, numbers and labels that are cut short by an ellipsis or an edge."""
    return page.evaluate(
        """() => [...document.querySelectorAll(
                'h1, h2, h3, h4, h5, button p, [data-testid=stMetric] *, [data-testid=stAlert] *'
            )].filter(element => {
                const style = getComputedStyle(element);
                return style.overflowX !== 'visible' && element.clientWidth > 0
                    && element.scrollWidth > element.clientWidth + 1;
            }).map(element => element.textContent.trim())"""
    )


if __name__ == "__main__":
    if path() is None:
        sys.exit("No Chromium, Chrome or Edge is installed.")
    print(path())
