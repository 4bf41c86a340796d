"""A shared screen: one panel at a time, nobody by name, the cut held still."""

import itertools
import json
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

import charts
import data
import pages
import queries
from charts import dress
from pages import ANSWER, SHARED_HEIGHT, meeting
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
    resized,
    scrolling,
    sideways,
    small,
)
from tests.conftest import PAGES, PROTOCOL, ROOT, app, write_export
from tests.test_dress import sizes

DM = "usubjid  cohort  rficdtc\nLIEGE-01      A       2021-01-05\nLIEGE-02      B       2021-01-09"
EX = "usubjid  exstdtc\nLIEGE-01      2021-01-06\nLIEGE-02      2021-01-10"
MENU = [
    Path(file).stem
    for file in re.findall(r'"(pages/.+?\.py)"', (ROOT / "dashboard.py").read_text())
    if not file.endswith("glossary.py")
]
SHOWS = [each for each in PAGES if each != "glossary"]


def share(page: str, panel: str = ANSWER, **address: str) -> AppTest:
    """A page on a shared screen."""
    return app(page, share="1", panel=panel, **address).run()


def seen(at: AppTest) -> str:
    """Everything that is sent to the screen, as text."""
    figures = [each.proto.spec for each in at.get("plotly_chart")]
    frames = [each.value.to_csv() for each in [*at.dataframe, *at.table]]
    kinds = (at.title, at.subheader, at.markdown, at.caption, at.info, at.warning, at.error)
    said = [each.value for kind in kinds for each in kind]
    said += [f"{each.label} {each.value}" for each in at.metric]
    return "\n".join([*figures, *frames, *said])


def panels_of(cut: str, page: str) -> list[str]:
    rows = queries.ask(f"{page}/accounting", cut, since=cut, cohort=None)
    return [ANSWER, *(each for each in rows["panel"].unique() if each in meeting.drawn(page))]


def test_one_panel_is_shown_with_its_question_and_without_its_tools(export):
    export(dm=DM, ex=EX)
    at = share("recruitment", "against plan")
    assert not at.exception
    [figure] = at.get("plotly_chart")
    assert "Data cut 2021" in figure.proto.spec.replace("\\u002d", "-")
    assert any(each.value.startswith("*How many people were included") for each in at.markdown)
    assert not at.expander
    assert not at.get("download_button")


def test_the_labels_run_in_the_order_of_inclusion(export):
    cut = export(
        dm="""
            usubjid  rficdtc
            LIEGE-03  2021-01-02
            LIEGE-01  2021-01-05
            LIEGE-02  2021-01-03
        """,
        ds="""
            usubjid   dscat               dsdecod             dsstdtc
            LIEGE-01  PROTOCOL MILESTONE  ENTERED INTO TRIAL  2021-01-06
            LIEGE-03  PROTOCOL MILESTONE  ENTERED INTO TRIAL  2021-01-09
        """,
        ex="usubjid  exstdtc\nLIEGE-09  2021-01-10",
    )
    labels = queries.ask("patient/labels", cut)
    assert labels.to_dict("records") == [
        {"usubjid": "LIEGE-01", "label": "P01"},
        {"usubjid": "LIEGE-02", "label": "S01"},
        {"usubjid": "LIEGE-03", "label": "P02"},
        {"usubjid": "LIEGE-09", "label": "X01"},
    ]


# Streamlit's own test runner does not stay on a page that a click led to: a step each.


def test_next_and_back_follow_the_agenda(trial, export):
    (trial / "protocol.toml").write_text(
        PROTOCOL + '\n[meeting]\nagenda = ["recruitment/against plan", "dosing/answer"]\n'
    )
    export(dm=DM, ex=EX)
    at = share("recruitment", "against plan")
    assert "Recruitment** · 1 of 2" in at.markdown[0].value
    button(at, "Next").click().run()
    assert "Dosing** · 2 of 2" in at.markdown[0].value
    assert at.query_params["panel"] == "answer"
    at = share("dosing")
    button(at, "Back").click().run()
    assert "Recruitment** · 1 of 2" in at.markdown[0].value
    at = share("dosing")
    button(at, "Next").click().run()  # the last is followed by the first
    assert "Recruitment** · 1 of 2" in at.markdown[0].value


@pytest.mark.parametrize(("pressed", "comes"), [("Next", "3 of 4"), ("Back", "2 of 4")])
def test_from_off_the_agenda_the_arrows_lead_to_where_it_was_left(export, pressed, comes):
    export(dm=DM, ex=EX)
    agenda = "dosing/answer,recruitment/against plan,recruitment/screening,today/answer"
    at = share("recruitment", "against plan", agenda=agenda)
    assert "2 of 4" in at.markdown[0].value
    at.query_params["panel"] = "by group"
    at.run()
    assert "of 4" not in at.markdown[0].value
    button(at, pressed).click().run()
    assert comes in at.markdown[0].value


def test_the_end_comes_back_to_the_page(export):
    export(dm=DM, ex=EX)
    at = share("recruitment", "against plan")
    button(at, "End").click().run()
    assert "share" not in at.query_params
    assert at.title[0].value == "Recruitment"
    assert len(at.get("plotly_chart")) > 1


@pytest.mark.parametrize(
    ("agenda", "panel"),
    [
        ("today/answer,dosing/dose,dosing/course", "dose"),
        ("dosing/dose,dosing/answer", ANSWER),
        ("today/answer", ANSWER),
    ],
)
def test_sharing_starts_on_the_agenda_where_the_page_is_on_it(trial, export, agenda, panel):
    planned = json.dumps(agenda.split(","))
    (trial / "protocol.toml").write_text(PROTOCOL + f"\n[meeting]\nagenda = {planned}\n")
    export(dm=DM, ex=EX)
    at = app("dosing").run()
    button(at, "Share the screen").click().run()
    assert at.query_params["panel"] == panel


def button(at: AppTest, label: str):
    [found] = [each for each in at.button if each.label == label]
    return found


def test_an_agenda_in_the_address_wins(export):
    export(dm=DM, ex=EX)
    chosen = "dosing/answer,follow_up/matrix,no/such page"
    at = share("recruitment", "against plan", agenda=chosen)
    button(at, "Next").click().run()
    assert "Dosing** · 1 of 2" in at.markdown[0].value
    at = share("dosing", agenda=chosen)
    button(at, "Next").click().run()
    assert at.query_params["panel"] == "matrix"


def test_a_panel_that_an_agenda_names_twice_is_shown_once(export):
    export(dm=DM, ex=EX)
    at = share("dosing", "dose", agenda="dosing/course,dosing/dose,dosing/course,today/answer")
    assert "2 of 3" in at.markdown[0].value
    button(at, "Next").click().run()
    assert at.query_params["panel"] == "answer"


@pytest.mark.parametrize("agenda", ["a/b", "/", "recruitment", "recruitment/"])
def test_an_agenda_of_nothing_that_there_is_gives_way_to_the_planned_one_and_is_told(
    export, agenda
):
    export(dm=DM, ex=EX)
    at = share("recruitment", agenda=agenda)
    assert not at.exception
    assert f"2 of {len(MENU)}" in at.markdown[0].value
    told = f"The agenda of this link asks for what there is not: {agenda}."
    assert [each.value.replace("\\", "") for each in at.warning] == [told]
    assert [each.label for each in at.button] == ["Back", "Next", "End"]


def test_a_slide_of_numbers_says_since_when_they_have_changed(export):
    export("2021-02-22", dm=DM, ex="usubjid  exstdtc\nLIEGE-01      2021-01-06")
    export("2021-03-01", dm=DM, ex=EX)
    assert "Changes are since 2021-02-22." in seen(share("recruitment"))
    assert "Changes are since" not in seen(share("recruitment", "against plan"))


@pytest.mark.parametrize("part", ["1", "3", "4"])
def test_a_part_of_the_events_counts_what_is_drawn_in_it(meeting_trial, part):
    [figure] = share("adverse_events", "course", part=part).get("plotly_chart")
    drawn = json.loads(figure.proto.spec)
    [marks] = [each for each in drawn["data"] if each.get("name") == "grade"]
    n = len(marks["customdata"])
    said = f"{n} of 81 adverse events · not shown: {81 - n} on the other parts of this figure"
    words = json.dumps(drawn["layout"], ensure_ascii=False).replace("\xa0", " ")
    assert 0 < n < 81
    assert said in words.replace("<br>", " ")


def test_the_course_by_date_is_a_slide_of_its_own(meeting_trial):
    at = share("adverse_events", "course by date")
    drawn = json.loads(at.get("plotly_chart")[0].proto.spec)
    assert drawn["layout"]["xaxis"]["type"] == "date"


def test_what_concerns_the_whole_trial_is_of_nobody(export):
    export("2021-03-01", dm=DM, ex=EX)
    export("2021-03-08", dm="usubjid")  # of nobody: refused
    table = share("today", "attention").table[0].value
    refused = table[table["What"].str.contains("was refused")]
    assert refused["Patient"].to_list() == ["the trial"]


def test_the_agenda_can_be_chosen_though_a_link_asks_for_what_there_is_not(export):
    export("2021-03-01", dm=DM, ex=EX)
    at = app("today", agenda="today/nonsense,dosing/course")
    at.session_state["choose agenda"] = True
    at.run()
    assert not at.exception
    assert at.multiselect(key="agenda").value == ["dosing/course"]


def test_the_deaths_are_a_table_whose_words_wrap(export):
    dead = "usubjid   aestdtc     aeendtc     aesdth  aeterm"
    fatal = "LIEGE-01  2021-01-08  2021-01-09  Y       Respiratory failure"
    export(dm=DM, ex=EX, ae=f"{dead}\n{fatal}")
    at = share("outcomes", "deaths")
    assert not at.dataframe
    [row] = at.table[0].value.to_dict("records")
    assert row["Patient"] == "P01"
    assert row["Died, from"] == "2021\u201101\u201109"  # at these hyphens no line ends
    assert row["Days after it"] == "3"
    assert "In the site's words" not in row  # there are none, which the caption says
    said = [each.value.replace("\\", "") for each in at.caption]
    assert said == [
        "Data cut 2021-03-01 · all groups · 1 of 1 people known to be dead · nothing in: "
        "In the site's words"
    ]
    assert any("1 patient died, 3 days after" in each.value for each in at.markdown)


def many(n: int) -> dict[str, str]:
    """So many patients, each with an infusion and a visit."""
    ids = [f"LIEGE-{each:02}" for each in range(1, n + 1)]
    return {
        "dm": "\n".join(["usubjid  cohort  rficdtc", *(f"{each}  A  2021-01-05" for each in ids)]),
        "ex": "\n".join(["usubjid  exstdtc", *(f"{each}  2021-01-06" for each in ids)]),
    }


def test_lanes_and_rows_that_one_slide_has_no_room_for_go_on_on_the_next(export):
    """And the footer says which of them are here."""
    export(**many(24))
    for page, panel, kind, what, n_parts in (
        ("follow_up", "person-time", "figure", "patients", 2),
        ("recruitment", "list of people", "table", "people", 3),
    ):
        seen = []
        for part in itertools.count(1):
            at = share(page, panel, part=str(part))
            assert f"part {part} of {n_parts}" in at.markdown[0].value.replace("\\", "")
            if kind == "figure":
                drawn = json.loads(at.get("plotly_chart")[0].proto.spec)
                labels = [each.split()[0] for each in drawn["layout"]["yaxis"]["ticktext"]]
                footer = drawn["layout"]["annotations"][-1]["text"].replace("<br>", " ")
            else:
                labels = at.table[0].value["Person"].to_list()
                footer = at.caption[0].value.replace("\\", "")
            first, last = len(seen) + 1, len(seen) + len(labels)
            assert (
                f"24 of 24 {what} · all parts together; here rows {first} to {last} of 24" in footer
            )
            seen += labels
            if part == n_parts:
                break
        assert seen == [f"P{each:02}" for each in range(1, 25)]


def test_back_comes_to_the_last_part_of_the_panel_before(export):
    export(**many(24))
    agenda = "recruitment/list of people,dosing/answer"
    at = share("dosing", agenda=agenda)
    button(at, "Back").click().run()
    assert "Recruitment** · 1 of 2, part 3 of 3" in at.markdown[0].value
    assert at.query_params["part"] == "3"  # not how the last of them was asked for


@pytest.mark.parametrize(("part", "shown"), [("9" * 4400, 1), ("999", 3), ("²", 1), ("-1", 1)])
def test_a_part_that_there_is_not_is_the_first_or_the_last(export, part, shown):
    export(**many(24))
    at = share("recruitment", "list of people", part=part)
    assert not at.exception
    assert f"part {shown} of 3" in at.markdown[0].value


def test_a_panel_without_anything_to_show_is_told_from_one_that_there_is_not(export):
    export(dm=DM, ex=EX)
    at = share("changes", "rows")  # with one cut, there is nothing to compare
    assert not at.error
    assert at.info[0].value.startswith("There is nothing to show as rows on the page Changes")
    assert share("changes", "roes").error[0].value == "There is no panel roes on the page Changes."
    said = share("changes", "x" * 5000).error[0].value
    assert said == f"There is no panel {'x' * 60}… on the page Changes."


def test_without_a_stopping_rule_the_slide_of_the_boundary_says_so(export):
    export(dm=DM, ex=EX)
    at = share("safety_counts", "boundary")
    [figure] = at.get("plotly_chart")
    assert "Stopping rules: not set in protocol.toml." in figure.proto.spec


def test_what_needs_attention_is_not_folded_away_on_a_slide(meeting_trial):
    cut, seen = meeting_trial.standing()[0], 0
    n = len(queries.ask("today/attention", cut))
    for part in itertools.count(1):
        at = share("today", "attention", part=str(part))
        seen += len(at.table[0].value)
        if f"part {part} of {part}" in at.markdown[0].value or seen >= n:
            break
    assert seen == n


def test_words_of_a_table_become_neither_links_nor_icons(export):
    said = ":material/home: http://a.example"
    export(
        dm=DM,
        ex=EX,
        ae=f"usubjid   aestdtc     aesdth  aeterm\nLIEGE-01  2021-01-08  Y       {said}",
    )
    [row] = share("outcomes", "deaths").table[0].value.to_dict("records")
    assert row["Fatal events"] == "\\:\u2060material/home\\: http\\:\u2060//a\\.example"


def test_a_high_figure_scrolls_on_its_page_and_never_on_a_slide(monkeypatch):
    heights = []
    monkeypatch.setattr(pages.st, "container", lambda height, border: heights.append(height))
    for is_slide in (False, True):
        monkeypatch.setattr(pages, "is_shared", lambda is_slide=is_slide: is_slide)
        for px in (900, 901):
            pages.box(charts.drawing("High", [], {"height": px}), 600, beyond=900)
    assert heights == ["content", 600, "content", "content"]


def test_without_an_agenda_the_answers_of_all_pages_are_stepped_through(export):
    export(dm=DM, ex=EX)
    for place, page in enumerate(MENU, 1):
        at = share(page)
        assert not at.exception
        assert f"{place} of {len(MENU)}" in at.markdown[0].value


def test_an_unknown_panel_is_told(export):
    export(dm=DM, ex=EX)
    at = share("recruitment", "<script>")
    assert not at.exception
    assert "There is no panel" in seen(at)
    assert not at.get("plotly_chart")


@pytest.mark.parametrize("fate", ["deleted", "cut off"])
def test_no_other_cut_stands_in_for_the_one_of_a_meeting(trial, export, fate):
    export("2021-02-22", dm=DM, ex=EX)
    export("2021-03-01", dm=DM, ex=EX)
    export("2021-03-08", dm=DM.partition("\nLIEGE-02")[0], ex=EX)
    at = share("recruitment", cut="2021-03-01")
    assert "Included 2 / 20" in seen(at)
    cut = trial / "exports" / "2021-03-01"
    kept = {file.name: file.read_bytes() for file in cut.iterdir()}
    if fate == "deleted":
        shutil.rmtree(cut)
    else:
        (cut / "dm.csv").write_text('usubjid,cohort\n"LIEGE-01')
    said = "**The cut 2021\\-03\\-01 is gone, or cannot be used any more.** It is the one of this"
    assert said in seen(at.run())
    assert "Included" not in seen(at)  # neither of the newer one, nor of the one before
    assert [each.label for each in at.button if each.label in ("Back", "Next", "End")]
    # It is back: so is the meeting.
    cut.mkdir(exist_ok=True)
    for name, content in kept.items():
        (cut / name).write_bytes(content)
    assert at.query_params["cut"] == "2021-03-01"
    assert "Included 2 / 20" in seen(at.run())


def test_the_cut_is_held_while_the_screen_is_shared(export):
    export("2021-02-22", dm=DM, ex="usubjid  exstdtc\nLIEGE-01      2021-01-06")
    at = share("recruitment")
    export("2021-03-01", dm=DM, ex=EX)
    at.run()
    assert "A newer cut has come" not in seen(at)
    assert "Data cut 2021" in at.markdown[0].value
    assert "03" not in re.findall(r"Data cut 2021.{0,2}(\d\d)", at.markdown[0].value)
    assert not [each for each in at.selectbox if not each.disabled and each.key == "cut"]


def test_warnings_stay_in_sight(trial, export):
    export("2021-03-01", dm=DM, ex=EX)
    (trial / "exports" / "2021-03-08").mkdir()
    (trial / "exports" / "2021-03-01" / "SIMULATED.txt").write_text("made up")
    at = share("recruitment")
    assert "SIMULATED DATA" in at.markdown[0].value
    assert "was refused" in seen(at)


@pytest.fixture(scope="module")
def meeting_trial(simulated):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIAL", str(simulated))
        yield data.trial()


def test_the_agenda_of_this_trial_names_panels_that_there_are(meeting_trial):
    cut = meeting_trial.standing()[0]
    places = meeting_trial.protocol.meeting.agenda
    assert len(places) > 8
    for place in places:
        page, _, panel = place.partition("/")
        assert panel in panels_of(cut, page), place


# Panels that stand on a page only when there is something to say, or for another trial.
NOT_NOW = {"treatment", "list of treatment", "set aside", "procedures", "removed"}


@pytest.mark.parametrize("page", SHOWS)
def test_every_panel_is_a_slide_that_can_be_read_and_calls_nobody_by_the_sites_number(
    meeting_trial, page
):
    cut, absent = meeting_trial.standing()[0], []
    numbers = queries.ask("patient/labels", cut)["usubjid"]
    assert numbers.str.startswith("TJT2012-01-").all()
    for panel in panels_of(cut, page):
        at = share(page, panel)
        assert not at.exception, panel
        shown = seen(at)
        assert "TJT2012-01" not in shown.replace("\\", "").replace("u002d", "-"), panel
        if "There is nothing to show" in shown:
            absent.append(panel)
        for figure in at.get("plotly_chart"):
            drawn = json.loads(figure.proto.spec)
            assert min(sizes(drawn)) >= dress.SHARED_TEXT, panel
            assert drawn["layout"]["height"] <= SHARED_HEIGHT + 60, panel
    assert set(absent) <= NOT_NOW


def test_the_board_steps_through_the_agenda(meeting_trial, server, page):
    """Each slide is looked at on both screens: one that is plugged in half-way must do, too."""
    agenda = meeting_trial.protocol.meeting.agenda
    first, _, panel = agenda[0].partition("/")
    page.goto(f"{server.url}/{first}?share=1&panel={panel}")
    bar, faults = page.locator(".st-key-bar"), {}
    sizes = list(SIZES)
    for number, place in enumerate(agenda, 1):
        expect(bar).to_contain_text(f"{number} of {len(agenda)}")
        for part in itertools.count(1):
            painted(page)
            n_parts = int((re.findall(r"part \d+ of (\d+)", bar.inner_text()) or ["1"])[0])
            if n_parts > 1:
                expect(bar).to_contain_text(f"part {part} of {n_parts}")
                painted(page)
            name, _, panel = place.partition("/")
            assert f"/{name}?" in page.url
            assert f"panel={panel.replace(' ', '+')}" in page.url
            for size in sizes:
                if page.viewport_size["width"] != SIZES[size][0]:
                    resized(page, SIZES[size])
                ARTEFACTS.mkdir(exist_ok=True)
                page.screenshot(path=ARTEFACTS / f"meeting-{number:02}-{part}-{size}.png")
                found = [*small(page, 18), *overlapping(page), *cut_off(page), *clipped(page)]
                found += scrolling(page)
                if found:
                    faults[f"{place} {part} {size}"] = found
            sizes.reverse()  # the next slide comes on the screen that this one is left on
            page.keyboard.press("ArrowRight")
            if part == n_parts:
                break
    expect(bar).to_contain_text(f"1 of {len(agenda)}")
    assert faults == {}


@pytest.mark.parametrize("page", SHOWS)
def test_the_agenda_says_of_every_panel_what_it_asks(meeting_trial, page):
    said = {panel: meeting.in_full(f"{page}/{panel}", []) for panel in meeting.drawn(page)}
    assert next(iter(said)) == ANSWER
    assert [panel for panel, each in said.items() if not each.endswith("?")] == []


def test_any_panel_can_be_chosen_without_a_mouse_and_its_link_opens_a_colleague_there(
    meeting_trial, server, page, browser
):
    asked = "dosing?cut=2021-11-15&since=2021-10-04&group=A&share=1&panel=course"
    opened(page, f"{server.url}/{asked}")
    agenda = page.get_by_role("button", name="Agenda")
    before = page.locator(".js-plotly-plot").bounding_box()
    agenda.focus()
    page.keyboard.press("Enter")
    panels = page.get_by_role("menuitem")
    expect(panels.nth(9)).to_have_text(
        "10 of 20 · Safety counts: boundary · How many events stop the trial, after each number of "
        "evaluable patients?"
    )
    expect(panels.filter(has_text="Dosing: batches")).to_have_count(1)  # not on the agenda
    assert page.locator(".js-plotly-plot").bounding_box() == before
    page.keyboard.press("Escape")  # closes the agenda, and does not end the sharing
    expect(panels).to_have_count(0)
    page.wait_for_timeout(500)
    expect(page).to_have_url(re.compile("share=1"))
    agenda.focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)  # while a menu opens, it takes no key
    for number in range(10):
        expect(panels.nth(number)).to_have_attribute("data-focused", "true")
        page.keyboard.press("ArrowDown" if number < 9 else "Enter")
    bar = page.locator(".st-key-bar")
    expect(bar).to_contain_text(f"10 of {len(meeting_trial.protocol.meeting.agenda)}")
    painted(page)
    chosen = "safety_counts?cut=2021-11-15&since=2021-10-04&group=A&share=1&panel=boundary&part=1"
    assert page.url == f"{server.url}/{chosen}"
    other = browser.new_page(viewport={"width": 1280, "height": 720})
    opened(other, page.url)
    assert other.locator(".st-key-bar p").first.inner_text() == bar.locator("p").first.inner_text()
    assert other.get_by_text("2021-11-15").first.is_visible()
    assert other.locator(".js-plotly-plot").count() == 1
    other.close()


def test_the_agenda_stays_on_the_screen_in_letters_that_carry(server, page):
    opened(page, f"{server.url}/dosing?share=1&panel=course")
    menu = page.get_by_role("menu")
    for size in (*SIZES.values(), PHONE):
        resized(page, size)
        page.get_by_role("button", name="Agenda").click()
        place = menu.bounding_box()
        assert 0 <= place["x"] <= place["x"] + place["width"] <= size[0]
        reaching_out = menu.get_by_role("menuitem").evaluate_all(
            """items => items.filter(each => each.scrollWidth > each.clientWidth + 1
                || each.scrollHeight > each.clientHeight + 1).map(each => each.textContent)"""
        )
        assert reaching_out == []
        assert size == PHONE or small(page, 18) == []
        page.keyboard.press("Escape")
        expect(menu).to_have_count(0)


def test_what_stands_side_by_side_on_a_page_has_a_slide_of_its_own(server, page):
    faults = {}
    page.set_viewport_size({"width": 1920, "height": 1080})
    for panel in ("attention", "lanes"):
        opened(page, f"{server.url}/today?share=1&panel={panel}")
        found = [*small(page, 18), *overlapping(page), *cut_off(page), *clipped(page)]
        found += [*scrolling(page), *outside(page)]
        if found:
            faults[panel] = found
        drawn = page.locator(".stTable, .js-plotly-plot").bounding_box()
        assert drawn["width"] > 1800, panel
    assert faults == {}


def test_long_words_and_many_lanes_stay_within_every_screen(tmp_path, page):
    """On the screen of an old projector, too, where a slide is made smaller."""
    ids = [f"LIEGE-{each:02}" for each in range(1, 31)]
    said = "the patient was moved to another ward, and nobody wrote down why " * 6
    reasons = [f"{kind} {'illness of the heart or of the lung ' * 4}" for kind in "ABCDEF"]
    trial = tmp_path / "trial"
    trial.mkdir()
    (trial / "protocol.toml").write_text(
        PROTOCOL + '[disposition]\nscreen_failed = ["SCREEN FAILURE"]\n', encoding="utf-8"
    )
    people = many(30)
    write_export(
        trial / "exports" / "2021-03-01",
        **people | {"dm": people["dm"] + "".join(f"\nLIEGE-{n}  .  ." for n in range(91, 97))},
        ds="usubjid  dsdecod  dsstdtc"
        + "".join(f"\nLIEGE-{n}  SCREEN FAILURE  2021-01-10" for n in range(91, 97)),
        ie="usubjid  ietest  iecat"
        + "".join(f"\nLIEGE-{91 + n}  {each}  EXCLUSION" for n, each in enumerate(reasons)),
        ae="usubjid  aestdtc  aeterm"
        + "".join(f"\n{who}  2021-01-10  {'W' * 60} {said}" for who in ids),
    )
    server, faults = Server(trial, tmp_path / "log"), {}
    try:
        for place in (
            "adverse_events/list of events",
            "adverse_events/course",
            "recruitment/screen failures",
            "follow_up/person-time",
        ):
            name, _, panel = place.partition("/")
            for part, size in ((1, (1280, 720)), (meeting.LAST, (1024, 768))):
                page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
                opened(page, f"{server.url}/{name}?share=1&panel={panel}&part={part}")
                expect(page.locator(".st-key-bar")).to_contain_text(re.compile(r"part \d+ of \d+"))
                painted(page)
                found = [*scrolling(page), *sideways(page), *overlapping(page), *cut_off(page)]
                found += outside(page)
                if found:
                    faults[f"{place} {size}"] = found
    finally:
        server.stop()
    assert faults == {}


def outside(page: Page) -> list[str]:
    """The cells whose text leaves them, or the screen."""
    return page.locator(".stTable :is(td, th)").evaluate_all(
        """cells => cells.filter(cell => {
            const words = document.createRange();
            words.selectNodeContents(cell);
            const box = words.getBoundingClientRect(), frame = cell.getBoundingClientRect();
            return box.right > Math.min(frame.right, innerWidth) + 1
                || box.bottom > Math.min(frame.bottom, innerHeight) + 1;
        }).map(cell => cell.textContent.slice(0, 80))"""
    )


def test_the_buttons_of_a_slide_stay_in_their_line_beside_a_warning(server, page):
    opened(page, f"{server.url}/adverse_events?cut=2021-05-03&share=1&panel=course")
    expect(page.get_by_role("button", name="1 warning")).to_be_visible()
    tops = {
        page.get_by_role("button", name=name).first.bounding_box()["y"]
        for name in ("1 warning", "Agenda", "Back", "Next", "End")
    }
    assert len(tops) == 1
    words = page.locator(".st-key-bar p").first
    line = float(words.evaluate("it => parseFloat(getComputedStyle(it).lineHeight)"))
    assert words.bounding_box()["height"] < 2.1 * line
    assert words.inner_text().endswith(
        "SIMULATED DATA; made up, too: time to the first infusion, schedule of visits and stopping "
        "rules"
    )
    assert page.locator("[data-testid=stMain]").evaluate(
        "it => it.scrollHeight <= it.clientHeight + 1"
    )


def hint(page: Page, place: str) -> str:
    return page.locator(place).first.evaluate("it => getComputedStyle(it, '::before').content")


def test_a_colleague_on_a_phone_reads_the_slide_and_reaches_its_buttons(server, page):
    page.set_viewport_size(dict(zip(("width", "height"), PHONE, strict=True)))
    opened(page, f"{server.url}/adverse_events?cut=2021-05-03&share=1&panel=course")
    for size in (PHONE, PHONE[::-1]):  # upright, then on its side
        resized(page, size)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        words = page.locator(".st-key-bar p").first.bounding_box()
        assert words["width"] > 0.8 * size[0]
        for name in ("Back", "Next", "End"):
            place = page.get_by_role("button", name=name).first.bounding_box()
            assert place["x"] + place["width"] <= size[0]
        # The figure keeps its shape, so that its legend has the room that it was given.
        drawn = page.locator(".js-plotly-plot .main-svg").first.evaluate("it => it.clientWidth")
        assert drawn == dress.SHARED_WIDTH
        assert "goes on at the right" in hint(page, ".stElementContainer:has(.stPlotlyChart)")
        # Pushed aside as far as it goes, it ends at the edge of the screen, and its words stay.
        ends = page.locator("[class*=st-key-panel-]").first.evaluate(
            """slide => {
                slide.scrollLeft = 9999;
                const of = place => slide.querySelector(place).getBoundingClientRect();
                const words = of('.narrow'), plot = of('.js-plotly-plot');
                const whole = [plot.right, slide.scrollLeft, words.left, words.right];
                slide.scrollLeft = 0;
                return whole.map(Math.round);
            }"""
        )
        frame = round(1.1 * 16.05)  # px at the left and the right of a slide
        left = round(dress.SHARED_WIDTH * 0.75) - (size[0] - 2 * frame)
        assert ends == pytest.approx([size[0] - frame, left, frame, size[0] - frame], abs=2)


@pytest.mark.parametrize(
    "place", ["outcomes?share=1&panel=deaths", "adverse_events?share=1&panel=serious+events"]
)
def test_on_a_phone_a_table_is_pushed_aside_and_its_words_stay_whole(server, page, place):
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, f"{server.url}/{place}")
    assert sideways(page) == []
    broken = page.locator(".stTable :is(td, th) p, .stTable :is(td, th)").evaluate_all(
        """cells => cells.flatMap(cell => [...cell.childNodes].filter(each => each.nodeType === 3)
            .flatMap(text => [...text.data.matchAll(/[^\\s\\u2011-]+/g)].filter(word => {
                const range = document.createRange();
                range.setStart(text, word.index);
                range.setEnd(text, word.index + word[0].length);
                return word[0].length < 12 && range.getClientRects().length > 1;
            }).map(word => word[0])))"""
    )
    assert broken == []
    assert "goes on at the right" in hint(page, ".stTable")
    pushed = page.locator(".stTable > div").first
    assert pushed.evaluate("it => { it.scrollLeft = 200; return it.scrollLeft }") == 200


def test_arrows_pressed_faster_than_slides_load_are_all_counted(meeting_trial, server, page):
    agenda = "today/answer,dosing/answer,recruitment/answer,safety_counts/answer,outcomes/answer"
    opened(page, f"{server.url}/today?share=1&panel=answer&agenda={agenda}")
    page.wait_for_function("window.waitingKeys")  # a busy machine is late to look out for keys
    for _ in range(8):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(80)
    bar = page.locator(".st-key-bar")
    expect(bar).to_contain_text("4 of 5")  # all five, and three more
    page.wait_for_timeout(1500)
    expect(bar).to_contain_text("4 of 5")
    page.keyboard.press("ArrowLeft")
    expect(bar).to_contain_text("3 of 5")


def test_arrows_wait_for_a_server_that_is_late_to_answer(meeting_trial, server, page):
    agenda = "today/answer,dosing/answer,recruitment/answer,safety_counts/answer,outcomes/answer"
    opened(page, f"{server.url}/today?share=1&panel=answer&agenda={agenda}")
    page.wait_for_function("window.waitingKeys")
    with server.held_up():
        for _ in range(3):
            page.keyboard.press("ArrowRight")
            page.wait_for_timeout(1500)
    bar = page.locator(".st-key-bar")
    expect(bar).to_contain_text("4 of 5")
    page.wait_for_timeout(1500)
    expect(bar).to_contain_text("4 of 5")


def test_a_key_begins_and_ends_the_sharing(server, page):
    opened(page, f"{server.url}/dosing")
    page.keyboard.press("Control+Shift+S")
    page.wait_for_url("**share=1**")
    expect(page.locator(".st-key-bar")).to_be_visible()
    painted(page)
    page.keyboard.press("Escape")
    page.wait_for_url(lambda url: "share" not in url)
