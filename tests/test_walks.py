"""The investigator's way in the morning, with a picture of every step.

The board's way is its agenda: test_meeting.py.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import ARTEFACTS, SIZES, opened, painted


@pytest.fixture(params=SIZES)
def walk(browser, request):
    width, height = SIZES[request.param]
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(120_000)
    steps = iter(range(1, 100))

    def seen(name: str) -> None:
        painted(page)
        ARTEFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTEFACTS / f"walk-{name}-{next(steps)}-{request.param}.png")

    yield page, seen
    page.close()


def test_the_investigator_finds_the_overdue_infusion_and_opens_its_patient(server, walk):
    page, seen = walk
    opened(page, server.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    line = page.locator("table.attention tr", has_text="infusion 3 should have been given").first
    expect(line).to_be_visible()
    seen("morning")
    who = line.locator("td.patient").inner_text()
    line.get_by_role("link", name=who).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Patient")
    expect(page).to_have_url(re.compile(rf"patient={who}"))
    expect(page).to_have_url(re.compile("cut=2021-11-29"))
    expect(page.get_by_role("combobox", name="Patient")).to_have_value(who)
    seen("morning")
