"""What the pages ask of eyes, hands and machines: WCAG 2.2 AA, sizes, nothing cut off.

axe-core looks at every page, light and dark, and on a shared screen. Streamlit's own marks are
known and listed; whatever else it finds is ours to mend.
"""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser import PHONE, SIZES, clipped, opened, overlapping, pictures, small
from tests.conftest import PAGES

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Streamlit's own, on an empty page of menu, metric and text: what is in its widgets and not ours.
OF_STREAMLIT = {"list", "listitem", "svg-img-alt"}
OF_STREAMLIT_CONTRAST = "[data-testid=stMetricDelta]"


def faults(page: Page) -> list[str]:
    """What axe-core finds, without what is Streamlit's own."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    return [
        f"{rule['id']}: {node['target']} {node['html'][:160]}"
        for rule in found.response["violations"]
        if rule["id"] not in OF_STREAMLIT
        for node in rule["nodes"]
        if not (rule["id"] == "color-contrast" and _is_of_a_metric(page, node["target"][0]))
    ]


def _is_of_a_metric(page: Page, target: str) -> bool:
    return page.locator(target).first.evaluate(
        "(element, of) => element.closest(of) !== null", OF_STREAMLIT_CONTRAST
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_of_ours(server, browser: Browser, name, scheme):
    page = browser.new_page(viewport={"width": 1280, "height": 720}, color_scheme=scheme)
    opened(page, f"{server.url}/{name}")
    if scheme == "dark":
        pictures(page, f"{name}-dark")
    assert faults(page) == []
    page.close()


@pytest.mark.parametrize("name", PAGES)
def test_every_text_can_be_read_and_none_lies_on_another(server, page, name):
    opened(page, f"{server.url}/{name}")
    assert small(page, 12) == []
    assert overlapping(page) == []
    assert clipped(page) == []


@pytest.mark.parametrize("name", PAGES)
def test_every_page_can_be_read_on_a_phone(server, browser: Browser, name):
    page = browser.new_page(viewport=dict(zip(("width", "height"), PHONE, strict=True)))
    opened(page, f"{server.url}/{name}")
    pictures(page, f"{name}-phone")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert small(page, 12) == []
    assert clipped(page) == []
    page.close()


def test_the_switch_to_another_light_works_without_a_mouse(server, page):
    opened(page, f"{server.url}/dosing")
    dim = page.get_by_role("link", name="Dark")
    dim.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**embed_options=dark_theme**")
    opened(page, page.url)
    ground = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert ground == "rgb(20, 23, 28)"
    paper = page.locator(".js-plotly-plot .main-svg").first.evaluate("svg => svg.style.background")
    assert paper == "rgb(20, 23, 28)"


def test_nothing_moves_for_who_asks_for_stillness(server, browser: Browser):
    page = browser.new_page(reduced_motion="reduce")
    opened(page, f"{server.url}/dosing")
    moving = page.evaluate(
        """() => [...document.querySelectorAll('*')].filter(element => {
            const style = getComputedStyle(element);
            return parseFloat(style.animationDuration) > 0.02
                || parseFloat(style.transitionDuration) > 0.02;
        }).length"""
    )
    assert moving == 0
    page.close()


@pytest.mark.parametrize("size", SIZES)
def test_the_focus_can_be_seen(server, browser: Browser, size):
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height})
    opened(page, f"{server.url}/dosing")
    for _ in range(12):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => {
                const style = getComputedStyle(document.activeElement);
                return document.activeElement === document.body
                    || style.outlineStyle !== 'none' || style.boxShadow !== 'none';
            }"""
        )
        assert seen, page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
    page.close()
