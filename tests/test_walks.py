"""The ways of the readers from a question to its answer, with a picture of every step.

The board's way is its agenda: test_meeting.py.
"""

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import ARTEFACTS, SIZES, opened, painted


@pytest.fixture(params=SIZES)
def walk(page, request):
    page.set_viewport_size(dict(zip(("width", "height"), SIZES[request.param], strict=True)))
    steps = iter(range(1, 100))

    def seen(name: str) -> None:
        painted(page)
        ARTEFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTEFACTS / f"walk-{name}-{next(steps)}-{request.param}.png")

    return page, seen


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
    expect(page.get_by_role("combobox", name="Patient")).to_have_value(
        re.compile(rf"{who} \(P\d\d\)")
    )
    needs = page.get_by_text("Needs attention: infusion 3 should have been given")
    expect(needs).to_be_in_viewport()
    seen("morning")


def test_the_sponsor_gets_from_a_changed_number_to_its_rows_and_to_a_workbook(server, walk):
    page, seen = walk
    opened(page, server.url)
    seen("sponsor")
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Changes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Changes")
    expect(page.get_by_label("Data cut")).to_have_value("2021-11-29")
    expect(page.get_by_label("Compare with")).to_have_value("2021-11-22")  # a week earlier
    seen("sponsor")
    topic = page.get_by_role("listitem").filter(has_text="Safety: ")
    before, after = map(
        int, re.search(r"adverse events (\d+) → (\d+)", topic.inner_text()).groups()
    )
    assert after > before

    of_which = page.get_by_role("radiogroup", name="Of which number?")
    of_which.get_by_role("radio", name="adverse events", exact=True).click()
    behind = page.get_by_test_id("stDataFrame").first
    expect(page.get_by_text(f"adverse events: {after - before} of the")).to_be_visible()
    behind.scroll_into_view_if_needed()
    seen("sponsor")
    rows = cells(behind)
    assert {row["Number"] for row in rows} == {"adverse events"}
    ways = [row["Came or went"] for row in rows]
    assert ways.count("come") - ways.count("gone") == after - before

    with page.expect_download() as download:
        page.get_by_role("button", name="Download everything (Excel)").click()
    assert download.value.suggested_filename == (
        "NCT04445454-changes-2021-11-29-since-2021-11-22-all-groups-SIMULATED.xlsx"
    )
    seen("sponsor")
    sheets = workbook(Path(download.value.path()))
    assert {"what": "compared with", "which": "2021-11-22"} in sheets["about"]
    [number] = [each for each in sheets["numbers"] if each["name"] == "adverse events"]
    assert (number["before"], number["after"]) == (str(before), str(after))
    shown = {"Number": "name", "Came or went": "moved", "Patient": "usubjid"}
    shown |= {"Record": "record", "What it says": "detail"}
    for row in rows:
        sought = {name: row[heading] for heading, name in shown.items()}
        assert sought in [
            {name: each.get(name) for name in sought} for each in sheets["records behind"]
        ]


def cells(table: Locator) -> list[dict[str, str]]:
    """What a table shows. It is painted; what it says to a screen reader is read."""
    return table.locator("canvas table").evaluate(
        """table => {
            const names = [...table.querySelectorAll('th')].map(each => each.textContent);
            return [...table.querySelectorAll('tbody tr')].map(row => Object.fromEntries(
                [...row.querySelectorAll('td')].map((cell, n) => [names[n], cell.textContent])));
        }"""
    )


def workbook(file: Path) -> dict[str, list[dict[str, str]]]:
    """The sheets of an Excel workbook, as Excel finds them in its XML: its numbers are text here."""
    of = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(file) as parts:
        read = {name: ElementTree.fromstring(parts.read(name)) for name in parts.namelist()}
    texts = ["".join(each.itertext()) for each in read["xl/sharedStrings.xml"].findall("x:si", of)]
    sheets = {}
    for place, sheet in enumerate(read["xl/workbook.xml"].findall("x:sheets/x:sheet", of), 1):
        lines = []
        for row in read[f"xl/worksheets/sheet{place}.xml"].findall("x:sheetData/x:row", of):
            values = {}
            for cell in row.findall("x:c", of):
                value = cell.findtext("x:v", namespaces=of)
                column = re.match("[A-Z]+", cell.get("r"))[0]
                values[column] = texts[int(value)] if cell.get("t") == "s" else value
            lines.append(values)
        header, *lines = lines
        sheets[sheet.get("name")] = [
            {header[column]: value for column, value in line.items()} for line in lines
        ]
    return sheets
