"""The ways of the three readers through the product, with a picture of every step.

The board's way is its agenda: test_meeting.py.
"""

import re
from zipfile import ZipFile

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


def test_the_sponsor_goes_from_a_changed_number_to_its_rows_and_takes_them_along(
    server, walk, tmp_path
):
    page, seen = walk
    opened(page, f"{server.url}/changes?cut=2021-11-29&since=2021-11-22")
    expect(page.get_by_text("Since 2021-11-22").first).to_be_visible()
    seen("week")
    pills = page.get_by_test_id("stButtonGroup").filter(has_text="Of which number?")
    pills = pills.get_by_role("button")
    name = pills.first.inner_text()
    pills.first.click()
    expect(page.get_by_text(re.compile(rf"{name}: \d+ of the \d+ records"))).to_be_visible()
    seen("week")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download everything (Excel)").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name.endswith("SIMULATED.xlsx")
    assert "2021-11-29-since-2021-11-22" in file.name
    with ZipFile(file) as book:
        sheets = re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
    assert sheets[:3] == ["about", "numbers", "records behind"]
