"""The ways through the product, in a real browser against a real server."""

import itertools
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

import charts
import pages
from tests import color_vision
from tests.browser import (
    ARTEFACTS,
    PHONE,
    SIZES,
    Server,
    clipped,
    cut_off,
    opened,
    overlapping,
    painted,
    picture,
    scrolling,
    small,
)
from tests.conftest import PILOT, PILOT_FILES, PROTOCOL, ROOT, write_export

HOSTILE = '<script>document.title = "hacked"</script>'


def test_a_link_to_a_page_and_a_cut_opens_them_on_a_fresh_server(simulated, tmp_path, page):
    fresh = Server(simulated, tmp_path / "log")
    try:
        opened(page, f"{fresh.url}/recruitment?cut=2021-11-15")
        expect(page.get_by_role("heading", level=1)).to_have_text("Recruitment")
        expect(page.get_by_text("Page not found")).to_have_count(0)
        expect(page.get_by_text("by 2021-11-15").first).to_be_visible()
        expect(page.get_by_label("Data cut")).to_have_value("2021-11-15")
    finally:
        fresh.stop()


def test_no_request_leaves_the_machine(server, browser):
    """Of the first page of a browser that has nothing yet; of every page: test_accessibility.py."""
    page, asked = browser.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    opened(page, server.url)
    opened(page, f"{server.url}/recruitment")
    page.get_by_text("How is this computed?").first.click()
    expect(page.get_by_text("queries/recruitment/summary.sql").first).to_be_visible()
    elsewhere = [url for url in asked if not url.startswith((server.url, "data:", "blob:"))]
    assert elsewhere == []
    assert len(asked) > 20
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_today_stands_on_one_screen(server, page, scheme):
    width, height = SIZES["1920x1080"]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme)
    opened(page, f"{server.url}/today")
    picture(page, f"today-{scheme}-1920x1080")
    assert scrolling(page) == []  # what has no room is folded away, and counted
    for last in ("How is this computed?", "What was delivered in this cut?"):
        place = page.get_by_text(last).last.bounding_box()
        assert place["y"] + place["height"] <= height
    assert [small(page, 12), overlapping(page), clipped(page), cut_off(page)] == [[]] * 4
    if scheme == "light":  # nor with a line above them that says why there are no trends
        opened(page, f"{server.url}/today?group=A")
        assert scrolling(page) == []


def test_what_the_list_of_today_folds_away_is_counted_and_one_click_away(server, page):
    opened(page, f"{server.url}/today")
    rows = page.locator("table.attention tbody tr")
    n_all = rows.count()
    folded = page.locator("details.more")
    n_folded = folded.locator("tbody tr").count()
    assert 0 < n_folded < n_all
    expect(page.get_by_role("heading", name=f"{n_all} things need attention")).to_be_visible()
    expect(folded.locator("summary")).to_have_text(re.compile(f"^{n_folded} more: "))
    expect(rows.last).to_be_hidden()
    folded.locator("summary").click()
    expect(rows.last).to_be_visible()


def test_on_a_phone_a_figure_is_pushed_aside_under_its_words(server, page):
    page.set_viewport_size(dict(zip(("width", "height"), PHONE, strict=True)))
    opened(page, f"{server.url}/safety_counts")
    drawn = page.locator(".st-key-boundary-0 .main-svg").first
    assert drawn.evaluate("svg => svg.clientWidth") >= 760
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth <= main.clientWidth")
    # What is said in the figure wraps above it, and stays where it is; in it, it is cut away.
    found = drawn.evaluate(
        """svg => {
            const chart = svg.closest('.stPlotlyChart');
            const pushed = chart.closest('.stElementContainer');
            pushed.scrollLeft = 200;
            const said = [...pushed.previousElementSibling.querySelectorAll('.narrow p')];
            const words = said.map(each => each.textContent.replaceAll('\u00a0', ' '));
            const boxes = said.map(each => each.getBoundingClientRect());
            const plot = chart.querySelector('.js-plotly-plot'), box = plot.getBoundingClientRect();
            const [head, , foot] = getComputedStyle(plot).clipPath.match(/[0-9.]+px/g)
                .map(parseFloat);
            const texts = [...chart.querySelectorAll('.main-svg text')].map(each => ({
                words: each.textContent.replaceAll('\u00a0', ' '),
                top: each.getBoundingClientRect().top - box.top - head,
                bottom: box.bottom - foot - each.getBoundingClientRect().bottom,
            })).filter(each => each.words);
            const hint = getComputedStyle(pushed, '::before');
            return {
                hint: [hint.content, hint.position, hint.left],
                left: pushed.scrollLeft,
                isOfIt: words[0] === chart.ariaLabel,
                footer: words.at(-1),
                isWithin: boxes.every(each => each.left >= 0 && each.right <= innerWidth),
                isAbove: boxes.every(each => each.bottom <= pushed.getBoundingClientRect().top),
                cut: texts.filter(each => each.bottom < 0 || each.top < 0)
                    .map(each => words.findIndex(said => each.words.startsWith(said.slice(0, 40)))),
                isFrameOfPlot: Math.abs(pushed.getBoundingClientRect().bottom - box.bottom + foot) < 2,
            };
        }"""
    )
    assert found == {
        "hint": ['"⟷ goes on at the right"', "sticky", "0px"],  # no bar may show that it does
        "left": 200,
        "isOfIt": True,
        "footer": "Data cut 2021-11-29 · all groups · 14 of 20 people · not shown: 6 not included",
        "isWithin": True,
        "isAbove": True,
        "cut": [0, 1, 2],  # the finding, what is beneath it and the footer, and nothing else
        "isFrameOfPlot": True,
    }


def test_on_a_touch_screen_nothing_lies_on_a_title_and_today_fits_beside_the_menu(server, browser):
    width, height = PHONE
    on_its_side = {"width": height, "height": width}
    context = browser.new_context(viewport=on_its_side, has_touch=True, is_mobile=True)
    try:
        page = context.new_page()
        opened(page, f"{server.url}/today")
        main = page.get_by_test_id("stMain")
        assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
        assert page.locator("table.attention").first.evaluate(
            "table => table.getBoundingClientRect().right <= innerWidth"
        )
        page.set_viewport_size({"width": width, "height": height})
        opened(page, f"{server.url}/follow_up")
        # Where nothing can point, the tools of a table are always there.
        tools = page.get_by_test_id("stElementToolbar")
        expect(tools.first).to_be_visible()
        assert tools.count() >= 3
        covered = page.evaluate(
            """() => {
                const tools = [...document.querySelectorAll('[data-testid=stElementToolbar]')]
                    .map(each => each.getBoundingClientRect());
                return [...document.querySelectorAll('.stMarkdown p, h3')].filter(words => {
                    const range = document.createRange();
                    range.selectNodeContents(words);
                    const box = range.getBoundingClientRect();
                    return tools.some(each => each.left < box.right && box.left < each.right
                        && each.top < box.bottom - 1 && box.top < each.bottom - 1);
                }).map(words => words.textContent);
            }"""
        )
        assert covered == []
    finally:
        context.close()


def test_the_address_keeps_the_cut_from_page_to_page(server, page):
    opened(page, f"{server.url}/?cut=2021-11-15&group=B")
    expect(page).to_have_url(re.compile(r"cut=2021-11-15"))
    expect(page).to_have_url(re.compile(r"group=B"))
    page.reload()
    painted(page)
    expect(page.get_by_label("Data cut")).to_have_value("2021-11-15")


def test_back_goes_back_to_the_cut_before(server, page):
    opened(page, f"{server.url}/recruitment?cut=2021-11-15")
    expect(page).to_have_url(re.compile(r"cut=2021-11-15&since=2021-11-08"))
    page.get_by_label("Data cut").click()
    page.get_by_role("option", name="2021-11-22").click()
    expect(page).to_have_url(re.compile(r"cut=2021-11-22&since=2021-11-15"))
    page.go_back()
    expect(page.get_by_label("Data cut")).to_have_value("2021-11-15")
    expect(page.get_by_label("Compare with")).to_have_value("2021-11-08")
    expect(page.get_by_text("by 2021-11-15").first).to_be_visible()
    page.go_forward()
    expect(page.get_by_label("Data cut")).to_have_value("2021-11-22")


def last_cuts(simulated: Path, trial: Path) -> Path:
    """A trial with the last two cuts of the simulated one, to write in."""
    trial.mkdir()
    for file in simulated.glob("*.toml"):
        shutil.copy(file, trial)
    for cut in ("2021-11-22", "2021-11-29"):
        shutil.copytree(simulated / "simulated" / cut, trial / "simulated" / cut)
    return trial


def test_the_first_real_export_is_offered_and_a_broken_protocol_is_told(simulated, tmp_path, page):
    trial = last_cuts(simulated, tmp_path / "trial")
    server = Server(trial, tmp_path / "log")
    try:
        opened(page, server.url)
        write_export(trial / "exports" / "2021-03-01", dm="usubjid  cohort\nR01      A")
        real = page.get_by_text("A real export has come: 2021-03-01.")
        expect(real).to_be_visible(timeout=60_000)
        expect(page.get_by_label("Data cut")).to_have_value("2021-11-29")
        page.get_by_role("button", name="Show the real data").click()
        expect(page.get_by_label("Data cut")).to_have_value("2021-03-01")
        expect(page.get_by_text("Simulated data.")).to_have_count(0)
        (trial / "protocol.toml").write_text("[recruitment]\n")
        broken = page.get_by_text("protocol.toml cannot be used any more.")
        expect(broken).to_be_visible(timeout=60_000)
        expect(page.get_by_text("identity: is missing").first).to_be_visible()
    finally:
        server.stop()


def test_the_rows_behind_a_number_can_be_downloaded(server, page):
    opened(page, f"{server.url}/recruitment")
    page.get_by_text("How is this computed?").first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the rows (CSV)").first.click()
    rows = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert rows[0].startswith("n_screened,n_screen_failed,n_included")
    assert rows[1].startswith("20,5,14,14,20,")
    assert download.value.suggested_filename == (
        "NCT04445454-recruitment-summary-2021-11-29-all-groups-SIMULATED.csv"
    )


def test_hostile_text_is_text_in_the_browser(tmp_path, page):
    trial = tmp_path / "trial"
    cut = trial / "exports" / "2021-03-01"
    cut.mkdir(parents=True)
    shutil.copy(ROOT / "data" / "nct04445454" / "protocol.toml", trial)
    picture = "![x](http://example.org/x.png)"
    (cut / "dm.csv").write_text(
        f'usubjid,cohort\n"{HOSTILE.replace(chr(34), chr(34) * 2)}",{picture}\nP02,A\n'
    )
    (cut / "ds.csv").write_text(
        "usubjid,dscat,dsdecod,dsterm\n"
        f'P02,DISPOSITION EVENT,SCREEN FAILURE,"<img src=http://example.org/y.png><a href=""http://z"">{picture}"\n'
    )
    (cut / "ex.csv").write_text(
        f'usubjid,exstdtc\n"{HOSTILE.replace(chr(34), chr(34) * 2)}",2021-01-06\n'
    )
    (cut / "ae.csv").write_text("usubjid,aestdtc\n")
    (cut / "sv.csv").write_text("usubjid,visitnum,svstdtc\n")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    server = Server(trial, tmp_path / "log")
    try:
        opened(page, server.url)
        page.get_by_text("What was delivered in this cut?").click()
        page.wait_for_timeout(1000)
        assert page.title() != "hacked"
        assert [url for url in asked if "example.org" in url] == []
        assert page.locator(".js-plotly-plot a[href^='http']").count() == 0
    finally:
        server.stop()


def test_a_newer_cut_is_offered_and_not_slipped_in(simulated, tmp_path, page):
    trial = last_cuts(simulated, tmp_path / "trial")
    newest = trial / "simulated" / "2021-11-29"
    newest.rename(trial / "incoming")
    server = Server(trial, tmp_path / "log")
    try:
        opened(page, server.url)
        expect(page.get_by_label("Data cut")).to_have_value("2021-11-22")
        (trial / "incoming").rename(newest)
        expect(page.get_by_text("A newer cut has come: 2021-11-29.")).to_be_visible(timeout=45_000)
        expect(page.get_by_label("Data cut")).to_have_value("2021-11-22")
        page.get_by_role("button", name="Show the cut 2021-11-29").click()
        expect(page.get_by_label("Data cut")).to_have_value("2021-11-29")
    finally:
        server.stop()


def test_what_happens_to_the_cut_of_a_slide_is_told_while_it_is_open(simulated, tmp_path, page):
    trial = last_cuts(simulated, tmp_path / "trial")
    cut = trial / "simulated" / "2021-11-22"
    server = Server(trial, tmp_path / "log")
    try:
        opened(page, f"{server.url}/outcomes?share=1&panel=survival&cut=2021-11-22")
        figure = page.locator(".js-plotly-plot")
        expect(figure).to_have_count(1)
        cut.rename(trial / "aside")
        gone = page.get_by_text("The cut 2021-11-22 is gone, or cannot be used any more.")
        expect(gone).to_be_visible(timeout=45_000)
        expect(figure).to_have_count(0)
        page.keyboard.press("ArrowRight")
        expect(gone).to_be_visible()
        (trial / "aside").rename(cut)
        expect(gone).to_have_count(0, timeout=45_000)
        expect(page.locator(".st-key-bar")).to_contain_text("Data cut 2021-11-22")
        with (cut / "dm.csv").open("a") as file:
            file.write("\n")
        expect(page.get_by_role("button", name="warning")).to_be_visible(timeout=60_000)
    finally:
        server.stop()


def test_the_pilot_in_the_browser(tmp_path, page):
    if not PILOT_FILES.is_dir():
        pytest.skip("the files of the CDISC pilot are not here (../shared)")
    server = Server(PILOT, tmp_path / "log")
    try:
        opened(page, f"{server.url}/recruitment")
        expect(page.get_by_text("254 / 254").first).to_be_visible()
        expect(page.get_by_text("52 / 306").first).to_be_visible()
        picture(page, "recruitment-pilot")
        assert cut_off(page) == []
        opened(page, f"{server.url}/adverse_events")
        chart = page.locator(".js-plotly-plot").first
        expect(chart).to_contain_text("patients 1 to 24 of 254 by inclusion")
        picture(page, "adverse_events-pilot")
        assert [*cut_off(page), *small(page, 12)] == []
        page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
        page.get_by_role("button", name="Page 11").click()
        expect(chart).to_contain_text("patients 241 to 254 of 254 by inclusion")
    finally:
        server.stop()


def test_no_number_is_cut_in_its_tile(server, page):
    opened(page, f"{server.url}/recruitment?cut=2021-09-20")
    numbers = page.get_by_test_id("stMetricValue")
    expect(numbers.last).to_have_text("5.5 months")
    expect(page.get_by_test_id("stMetricDelta").last).to_have_text("+7 days")
    hidden = """texts => texts.flatMap(text => [text, ...text.querySelectorAll('*')])
        .filter(each => each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 0)
        .map(each => each.textContent)"""
    for part in ("Value", "Label", "Delta"):
        assert page.get_by_test_id(f"stMetric{part}").evaluate_all(hidden) == []


def test_no_letter_of_a_date_in_a_table_is_wider_than_is_reckoned_with(server, page):
    """A table is drawn on a canvas, which tells of no text whether it is cut."""
    opened(page, f"{server.url}/safety_counts")
    px = page.get_by_test_id("stDataFrame").first.evaluate(
        """table => {
            const style = getComputedStyle(table.querySelector('.stDataFrameGlideDataEditor'));
            const pen = document.createElement('canvas').getContext('2d');
            pen.font = `${style.getPropertyValue('--gdg-base-font-style')} ` +
                style.getPropertyValue('--gdg-font-family');
            const padding = parseFloat(style.getPropertyValue('--gdg-cell-horizontal-padding'));
            return {font: pen.font, padding,
                    dates: ['2020-08-28', '2020-08-28T06:08'].map(
                        date => [date.length, pen.measureText(date).width])};
        }"""
    )
    assert "Source Sans" in px["font"]
    for n, width in px["dates"]:
        assert width + 2 * px["padding"] <= pages.LETTER * n + pages.AROUND


def test_of_many_people_everybody_can_be_seen(tmp_path, page):
    people = [f"P{number:03}" for number in range(130)]
    trial = tmp_path / "trial"
    trial.mkdir()
    (trial / "protocol.toml").write_text(PROTOCOL, encoding="utf-8")
    given = "".join(
        f"\n{who}  2021-{1 + n // 28:02}-{1 + n % 28:02}" for n, who in enumerate(people)
    )
    write_export(
        trial / "exports" / "2021-06-15",
        dm="usubjid\n" + "\n".join(people),
        ex=f"usubjid  exstdtc{given}",
    )
    server = Server(trial, tmp_path / "log")
    try:
        opened(page, f"{server.url}/recruitment")
        lanes = page.locator(".js-plotly-plot").last
        expect(lanes).to_contain_text("Here: 1 to 44 of 130")
        expect(lanes).to_contain_text("44 of 130 people · not shown: 86 on the other parts")
        page.get_by_test_id("stPagination").get_by_role("button", name="Page 3").click()
        expect(lanes).to_contain_text("Here: 89 to 130 of 130")
        expect(lanes).to_contain_text("P129")
    finally:
        server.stop()


def test_a_click_on_an_event_leads_to_its_row_and_to_the_patient_on_the_same_cut(server, page):
    opened(page, f"{server.url}/adverse_events?cut=2021-11-15&group=A")
    bar = page.locator(".js-plotly-plot").first.locator(".barlayer .point path").last
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    link = page.get_by_role("link", name="The course of").first
    expect(link).to_be_visible()
    patient = link.inner_text().removeprefix("The course of ").split()[-1]
    for kept in ("cut=2021-11-15", "group=A", f"patient={patient}"):
        assert kept in link.get_attribute("href")  # for who opens it in another tab
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Patient")
    painted(page)
    expect(page.get_by_role("heading", name=f"{patient} (P")).to_be_visible()
    for kept in ("cut=2021-11-15", "group=A", f"patient={patient}"):
        expect(page).to_have_url(re.compile(kept))


def test_a_colour_blind_reader_tells_the_grades_apart_on_the_screen(server, page):
    opened(page, f"{server.url}/adverse_events")
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 560)")
    painted(page)
    ARTEFACTS.mkdir(exist_ok=True)
    file = ARTEFACTS / "adverse_events-colours.png"
    page.screenshot(path=file)
    was = np.asarray(Image.open(file).convert("RGB"))
    # The pixels of each grade on the screen: the legend shows them all, apart from other marks.
    places = {
        grade: (was == color_vision.rgb(mark.color)).all(axis=-1)
        for grade, mark in charts.GRADES.items()
    }
    places = {grade: found for grade, found in places.items() if found.sum() >= 20}
    assert len(places) >= 4
    for simulated_file in color_vision.simulate(file).values():
        now = np.asarray(Image.open(simulated_file))
        seen = [color_vision.lab(now[found]).mean(axis=0) for found in places.values()]
        for one, other in itertools.combinations(seen, 2):
            assert np.linalg.norm(one - other) > 10  # 2.3 is just noticed
        lightness = [each[0] for each in seen]
        assert lightness == sorted(lightness, reverse=True)  # the darker, the worse
