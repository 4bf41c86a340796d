"""The browser that the tests drive, the servers it looks at, and what it measures in a page.

The browser is an installed one, since nothing is downloaded: ``python -m tests.browser`` prints
where it is, and fails if there is none.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
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


class Server:
    """A dashboard of its own process, on a free port of the loopback."""

    def __init__(self, trial: Path, log: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        port = self.url.rpartition(":")[2]
        self.log = log.open("w", encoding="utf-8")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "dashboard.py", "--server.port", port],
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

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)
        self.log.close()


def opened(page: Page, url: str) -> None:
    page.set_default_timeout(120_000)  # the first page of a server reads the history of all cuts
    page.goto(url)
    painted(page)


def turned(page: Page, name: str) -> None:
    """Another page, by a click in the menu: what the browser has loaded stays loaded."""
    page.locator(f"[data-testid=stSidebarNav] a[href*='/{name}']").click()
    page.wait_for_url(f"**/{name}?**")
    page.wait_for_timeout(100)  # until the script has begun
    painted(page)


def resized(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    page.wait_for_timeout(200)  # a figure is drawn anew a moment after its place has changed
    painted(page)


def painted(page: Page) -> None:
    """Wait until the script has run and every figure is drawn."""
    page.wait_for_function(
        """() => document.querySelector('h1, .st-key-bar')
            && document.querySelector('.stApp').dataset.testScriptState === 'notRunning'
            && !document.querySelector('[data-testid=stSkeleton], [data-testid=stStatusWidget]')
            && [...document.querySelectorAll('.stPlotlyChart')].every(
                figure => figure.querySelector('.main-svg'))"""
    )
    page.wait_for_timeout(300)


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
    """The texts of figures that reach out of their figure."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.js-plotly-plot')].flatMap(plot => {
            const frame = plot.getBoundingClientRect();
            return [...plot.querySelectorAll('text')].filter(text => {
                const box = text.getBoundingClientRect();
                return text.textContent.trim() && box.width > 0 && (
                    box.left < frame.left - 1 || box.right > frame.right + 1 ||
                    box.top < frame.top - 1 || box.bottom > frame.bottom + 1);
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
