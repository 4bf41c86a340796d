"""What the pages ask of eyes, hands and machines: WCAG 2.2 AA, sizes, nothing cut off.

axe-core looks at every page, light and dark, and on a shared screen. Streamlit's own marks are
known and listed; whatever else it finds is ours to mend.
"""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser import (
    PHONE,
    SIZES,
    clipped,
    cut_off,
    opened,
    overlapping,
    picture,
    resized,
    sideways,
    small,
    turned,
)
from tests.conftest import PAGES

# Of a page in another light only the colours are others.
OF_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
OF_WCAG = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# Streamlit's own, on an empty page of menu, metric and text: what is in its widgets and not ours.
OF_STREAMLIT = {"list", "listitem", "svg-img-alt"}
OF_STREAMLIT_CONTRAST = "[data-testid=stMetricDelta]"


def faults(page: Page, of: dict[str, object] = OF_WCAG) -> list[str]:
    """What axe-core finds, without what is Streamlit's own."""
    found = Axe().run(page, options={"runOnly": of, "resultTypes": ["violations"]})
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


def off_screen(page: Page) -> list[str]:
    """What a reader chooses by, where it does not stand on the first screen."""
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
    labels = ("Data cut", "Compare with", "Group")
    choices = [page.get_by_label(each, exact=True) for each in labels]
    last = page.get_by_test_id("stSidebarNav").get_by_role("link").last
    found = []
    for each in [*choices, last]:
        box = each.bounding_box()
        if box["y"] < 0 or box["y"] + box["height"] > page.viewport_size["height"]:
            found.append(f"off the screen: {each}")
    return found


@pytest.fixture(scope="module")
def light(server, browser: Browser) -> Iterator[Page]:
    """A browser's window that stays open from page to page, as a reader's does."""
    page = browser.new_page(viewport={"width": 1280, "height": 720}, color_scheme="light")
    opened(page, server.url)
    yield page
    page.close()


@pytest.fixture
def dark(light: Page) -> Iterator[Page]:
    """The same window on a machine that has gone dark."""
    resized(light, SIZES["1280x720"])
    light.emulate_media(color_scheme="dark")
    yield light
    light.emulate_media(color_scheme="light")


@pytest.mark.parametrize("name", PAGES)
def test_every_page_fits_every_screen_and_can_be_read(server, light: Page, name):
    """A page is turned to once, and then looked at on each screen."""
    asked, found = [], {}
    light.on("request", note := lambda request: asked.append(request.url))
    light.set_viewport_size({"width": 1280, "height": 720})
    turned(light, name)
    for size, (width, height) in {**SIZES, "phone": PHONE}.items():
        resized(light, (width, height))
        found[size] = [] if size == "phone" else off_screen(light)
        picture(light, f"{name}-{size}")
        found[size] += [*sideways(light), *small(light, 12), *clipped(light)]
        if size != "phone":
            found[size] += [*cut_off(light), *overlapping(light)]
        if size == "1280x720":
            found["axe"] = faults(light)
    light.remove_listener("request", note)
    found["asked of others"] = [
        url for url in asked if not url.startswith((server.url, "data:", "blob:"))
    ]
    assert {where: what for where, what in found.items() if what} == {}


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_of_ours_in_the_dark(dark: Page, name):
    turned(dark, name)
    picture(dark, f"{name}-dark")
    assert faults(dark, OF_COLOURS) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_of_ours_on_a_slide_with_its_agenda(server, page, scheme):
    page.emulate_media(color_scheme=scheme)
    opened(page, f"{server.url}/safety_counts?cut=2021-05-03&share=1&panel=boundary")
    assert faults(page) == []
    page.get_by_role("button", name="Agenda").click()
    expect(page.get_by_role("menuitem").first).to_be_visible()
    assert faults(page) == []


@pytest.mark.parametrize("address", ["dosing", "dosing?share=1&panel=course"])
def test_figures_follow_the_light_of_the_machine(server, page, address):
    opened(page, f"{server.url}/{address}")
    paper = page.locator(".js-plotly-plot .main-svg").first
    expect(paper).to_have_css("background-color", "rgb(255, 255, 255)")
    page.emulate_media(color_scheme="dark")
    expect(paper).to_have_css("background-color", "rgb(20, 23, 28)")


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


def test_nothing_moves_for_who_asks_for_stillness(light: Page):
    resized(light, SIZES["1280x720"])
    light.emulate_media(reduced_motion="reduce")
    turned(light, "dosing")
    moving = light.evaluate(
        """() => [...document.querySelectorAll('*')].filter(element => {
            const style = getComputedStyle(element);
            return parseFloat(style.animationDuration) > 0.02
                || parseFloat(style.transitionDuration) > 0.02;
        }).length"""
    )
    light.emulate_media(reduced_motion="no-preference")
    assert moving == 0


def test_the_focus_can_be_seen(light: Page):
    for size in SIZES.values():
        resized(light, size)
        turned(light, "dosing")
        for _ in range(12):
            light.keyboard.press("Tab")
            seen = light.evaluate(
                """() => {
                    const style = getComputedStyle(document.activeElement);
                    return document.activeElement === document.body
                        || style.outlineStyle !== 'none' || style.boxShadow !== 'none';
                }"""
            )
            assert seen, light.evaluate("document.activeElement.outerHTML.slice(0, 200)")
