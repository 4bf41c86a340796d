"""What the pages ask of eyes, hands and machines: WCAG 2.2 AA, sizes, nothing cut off.

axe-core looks at every page, light and dark, and on a shared screen. Streamlit's own marks are
known and listed; whatever else it finds is ours to mend.
"""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

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


# What a reader needs of a table that is wider than a page: who, what, when and why.
IN_SIGHT = {
    "dosing": {
        "work list": ["Patient", "Infusion", "Opens", "Closes", "First donor", "Held up by"],
        "list of infusions": ["Patient", "Infusion", "Given", "Dose", "In protocol", "Reason"],
    },
    "follow_up": {"work list": ["Patient", "Visit", "Closes", "Days left", "To know"]},
    "recruitment": {"list of people": ["Person", "Status", "Inclusion", "Left", "Left as"]},
    "adverse_events": {
        "serious events": ["Patient", "Preferred term", "Grade", "Relatedness", "Outcome"],
        "by grade": ["Class, and its events", "Patients", "Of", "Grade 5", "Not known"],
        "list of events": ["Patient", "Preferred term", "Grade", "Serious", "Related", "Outcome"],
    },
    "safety_counts": {"list of clocks": ["Patient", "Preferred term", "Clock", "Due", "Status"]},
    "outcomes": {
        "patients": ["Patient", "By that day", "The day", "Evidence, or why not", "Alive then"],
        "deaths": ["Patient", "Died, from", "Days after it", "Fatal events"],
    },
    "checks": {"open": ["Severity", "Patient", "Record", "Finding", "Open since"]},
    "exports": {"cuts": ["Cut", "Status", "Rows", "In doubt", "Why it was refused"]},
}


def told(page: Page) -> None:
    """Wait until every table has told a screen reader what it shows."""
    page.wait_for_function(
        """() => [...document.querySelectorAll('canvas[data-testid=data-grid-canvas]')].every(
            table => table.querySelector('th'))"""
    )


def out_of_sight(page: Page, name: str) -> list[str]:
    """The headings that a reader has to push a table aside for."""
    found = []
    for panel, needed in IN_SIGHT.get(name, {}).items():
        table = page.get_by_test_id("stDataFrame").filter(
            has=page.get_by_role("region", name=re.compile(rf"^{panel}: "))
        )
        headings = table.locator("canvas th")  # a screen reader is told what is in sight
        expect(headings.first).to_be_attached()
        seen = headings.all_text_contents()
        found += [f"{panel}: {each}" for each in needed if each not in seen]
    return found


def hidden_choices(page: Page) -> list[str]:
    """The groups of buttons of which some are pushed out of sight."""
    return page.get_by_test_id("stButtonGroup").evaluate_all(
        """groups => groups.flatMap(group => [...group.querySelectorAll('*')])
            .filter(each => getComputedStyle(each).overflowX === 'auto'
                && each.scrollWidth > each.clientWidth).map(each => each.textContent)"""
    )


def under_the_header(page: Page) -> list[str]:
    """The first warning, where it begins beneath Streamlit's header."""
    header = page.get_by_test_id("stHeader").bounding_box()
    first = page.get_by_test_id("stAlert").first.bounding_box()
    return [] if first["y"] >= header["y"] + header["height"] else ["the first warning"]


def broken_tiles(page: Page) -> list[str]:
    """The words of tiles that lie under a sign or outside; that all tiles stand in one row."""
    tiles = page.get_by_test_id("stMetric")
    expect(tiles.last).to_be_visible()
    found = tiles.evaluate_all(
        """tiles => tiles.flatMap(tile => {
            const frame = tile.getBoundingClientRect();
            const help = tile.querySelector('.stTooltipIcon')?.getBoundingClientRect();
            return [...tile.querySelectorAll('p')].filter(words => {
                const range = document.createRange();
                range.selectNodeContents(words);
                const box = range.getBoundingClientRect();
                const isUnder = help && words.closest('label') && box.right > help.left + 1;
                const {scrollWidth, clientWidth} = words.parentElement;
                return isUnder || box.right > frame.right || scrollWidth > clientWidth + 1;
            }).map(words => words.textContent);
        })"""
    )
    is_one_row = len({round(each.bounding_box()["y"]) for each in tiles.all()}) == 1
    return found + ["the tiles stand in one row"] * is_one_row


@pytest.fixture
def light(server, window: Page) -> Page:
    """A browser's window that stays open from page to page, as a reader's does."""
    window.emulate_media(color_scheme="light", reduced_motion="no-preference")
    window.set_viewport_size({"width": 1280, "height": 720})
    if not window.url.startswith(server.url):
        opened(window, server.url)
    return window


@pytest.fixture
def dark(light: Page) -> Iterator[Page]:
    """The same window on a machine that has gone dark."""
    light.emulate_media(color_scheme="dark")
    yield light
    light.emulate_media(color_scheme="light")


WHOLE = (1280, 7000)  # as wide as a page is, and so high that every table of it is drawn
BESIDE = (1024, 768)  # beside the open menu, no figure has the width that it needs
ENLARGED = (960, 540)  # 1920 x 1080 at 200 %
WITH_TILES = ("dosing", "changes", "checks", "recruitment")


def test_what_is_looked_for_on_a_page_is_of_a_page_that_there_is():
    assert {*IN_SIGHT, *WITH_TILES} <= set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_fits_every_screen_and_can_be_read(server, light: Page, name):
    """A page is turned to once, and then looked at on each screen."""
    asked, found = [], {}
    light.on("request", note := lambda request: asked.append(request.url))
    turned(light, name)
    for size, (width, height) in {**SIZES, "phone": PHONE, "beside the menu": BESIDE}.items():
        resized(light, (width, height))
        found[size] = off_screen(light) if size in SIZES else []
        picture(light, f"{name}-{size}")
        found[size] += [*sideways(light), *small(light, 12), *clipped(light)]
        found[size] += hidden_choices(light)
        if size == "phone":
            found[size] += [*under_the_header(light), *faults(light)]
        found[size] += [*cut_off(light), *overlapping(light)]
        if size == "1280x720":
            told(light)
            found["axe"] = faults(light)
            resized(light, WHOLE)
            found["tables"] = out_of_sight(light, name)
    if name in WITH_TILES:
        resized(light, ENLARGED)
        found["enlarged"] = [*broken_tiles(light), *sideways(light)]
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
