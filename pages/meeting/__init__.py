"""The meeting: a shared screen shows one panel at a time, in the order of an agenda.

`?share=1&panel=against plan` on the address of a page opens that panel. The cut stays the one that
the address names for as long as the screen is shared.
"""

import html
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import streamlit as st

import data
import queries
from charts import dress
from pages import ANSWER, Banner, Enough, frame, listed, narrow, quoted, reader_here, text

ROOT = Path(__file__).parent.parent
OWN = ("share", "panel", "part", "agenda")  # of the address
LAST = 99_999  # as the number of a part: the last that there is


class Place(NamedTuple):
    page: str
    panel: str | None  # None ends the sharing
    part: int


# A slide of 1280 x 720 px with letters of 18 px and more, which grows and shrinks with the screen:
# text by the root's size, a figure as the picture it is. Of the page, only the panel is seen; of
# the answer, all but its tools.
STYLE = """
<style>
    html {
        --larger: max(.75, min(tan(atan2(100vw, 1280px)), tan(atan2(100vh, 720px))));
        font-size: calc(21.4px * var(--larger));
    }
    [data-testid=stHeader], [data-testid=stSidebar], [data-testid=stToolbar] { display: none; }
    .stMainBlockContainer { padding: .3rem 1.1rem 0; max-width: none; min-height: 0; }
    .stTooltipIcon { display: none; }
    .stMainBlockContainer > div > .stVerticalBlock, .st-key-page, [class*=st-key-panel-] {
        gap: .3rem;
    }
    .st-key-page :is(
        .stElementContainer, .stColumn, [data-testid=stVerticalBlock],
        [data-testid=stHorizontalBlock], [data-testid=stLayoutWrapper]
    ):not(
        [class*=st-key-panel-], [class*=st-key-panel-] *, :has([class*=st-key-panel-])
    ) { display: none; }
    /* Words give way to the buttons, which stay in their line and leave the words two. */
    .st-key-bar { flex-wrap: nowrap; gap: .4rem; }
    .st-key-bar button { padding: .25rem .45rem; }
    .st-key-bar button p { font-size: .85rem; }
    .st-key-bar > :has(.stMarkdown) { min-width: 0; flex: 1 1 0; }
    .st-key-bar .stMarkdown p { line-height: 1.15; font-size: .85rem; }
    .st-key-page [class*=st-key-panel-] { height: calc(100vh - 4.5rem); flex-wrap: nowrap; }
    .st-key-page-answer :is(
        .stSelectbox, .stMultiSelect, .stButton, .stCheckbox, .stButtonGroup, .stDownloadButton,
        .stTextInput, .stRadio
    ) { display: none; }
    .stMetric > div:first-child { padding: .5rem 1rem; }
    /* Streamlit keeps a cell to a width of its own, and its text to one line where it can. */
    .stTable td { vertical-align: top; }
    .stTable :is(td, th), .stTable :is(td, th) > * {
        display: revert !important; max-width: none !important; white-space: normal !important;
        overflow: visible !important;
    }
    .stTable :is(td, th) * { overflow-wrap: anywhere !important; line-height: 1.3; }
    [data-testid=stMenuButtonBody] {
        max-height: calc(100vh - 4.5rem); max-width: calc(100vw - 1rem);
    }
    [data-testid=stMenuButtonBody] [role=menuitem] { height: auto; padding: .25rem .6rem; }
    [data-testid=stMenuButtonBody] p { white-space: normal; line-height: 1.3; }
    .st-key-grave button { background: #B00020; border-color: #B00020; color: #FFFFFF; }
    .st-key-grave button:is(:hover, :focus-visible) { background: #8C0019; color: #FFFFFF; }
    .st-key-changes-since { position: fixed; bottom: .2rem; right: 1.1rem; width: auto; }
    /* Streamlit measures the frame, so that the picture in it is what grows. */
    [class*=st-key-panel-] :has(.js-plotly-plot) { overflow: visible !important; }
    [class*=st-key-panel-] .js-plotly-plot {
        transform: scale(var(--larger)); transform-origin: 0 0;
    }
    /* On a phone the words stand above the buttons, and a table is pushed aside beneath its
       finding, as a figure is. */
    @media (max-width: 959px) {
        .st-key-changes-since { position: static; }
        .st-key-bar { flex-wrap: wrap; }
        .st-key-bar > :has(.stMarkdown) { flex: 1 0 100%; }
        .st-key-page [class*=st-key-panel-] { height: auto; }
        .stTable table { min-width: calc(WIDTH * var(--larger)); }
        .stTable::before {
            content: "⟷ goes on at the right"; position: sticky; left: 0; display: block;
            width: max-content; font-size: .875rem;
        }
    }
    NARROW
    /* Of a figure that is drawn smaller, its frame is not: the slide is what is pushed aside. */
    @media (max-width: 959px) {
        [class*=st-key-panel-]:has(.stPlotlyChart) { overflow-x: auto; }
        [class*=st-key-panel-] > .stElementContainer:has(.stPlotlyChart) {
            min-width: calc(WIDTH * var(--larger)); overflow: clip !important;
        }
        [class*=st-key-panel-]:has(.stPlotlyChart) > :not(:has(.stPlotlyChart)) {
            position: sticky; left: 0; width: calc(100vw - 2.2rem);
        }
    }
</style>
""".replace("NARROW", narrow("@media (max-width: 959px)", dress.SHARED_WIDTH)).replace(
    "WIDTH", f"{dress.SHARED_WIDTH}px"
)

# An arrow that is pressed while a slide is loading waits until it stands; none is lost.
KEYS = """
<script>
    if (!window.waitingKeys) {
        const waiting = window.waitingKeys = [];
        const isLoading = () =>
            document.querySelector('.stApp')?.dataset.testScriptState !== 'notRunning';
        const isBarThere = () => document.querySelector('.st-key-bar');
        // On a busy machine a slide begins to load long after its key: until another is asked for,
        // the next key waits. An agenda of one slide leads to where it was: not for ever, but for
        // a second after something was loaded; for ten if nothing was, as the server may be gone.
        const slide = () => {
            const asked = new URLSearchParams(location.search);
            return asked.get('share') === '1'
                && [location.pathname, asked.get('panel'), asked.get('part')].join();
        };
        let idle = 0, left = null, hasLoaded = false;
        const leave = () => { left = slide(); idle = 0; hasLoaded = false; };
        const press = ({key, code}) => ['keydown', 'keyup'].forEach(kind =>
            document.body.dispatchEvent(new KeyboardEvent(kind, {key, code, bubbles: true})));
        window.addEventListener('keydown', pressed => {
            if (!pressed.isTrusted) return;
            // Between two slides, one of the two is not there.
            const isSlide = slide() || isBarThere();
            const isTyped = pressed.target.closest?.('input, textarea, [role=listbox]');
            if (!isSlide || isTyped || !/^Arrow(Left|Right)$/.test(pressed.key)) {
                waiting.length = 0;
                left = null;
            } else if (left !== null || waiting.length || isLoading() || !isBarThere()) {
                pressed.stopImmediatePropagation();
                if (!pressed.repeat) waiting.push(pressed);
            } else {
                leave();
            }
        }, true);
        setInterval(() => {
            hasLoaded ||= isLoading();
            idle = isLoading() ? 0 : idle + 1;
            if (left !== null && slide() !== left) {
                left = null;
                idle = 0;  // that the new slide is loading is told a moment later
            }
            if (idle >= (hasLoaded ? 20 : 200)) left = null;
            if (left === null && idle >= 2 && waiting.length && isBarThere()) {
                leave();
                press(waiting.shift());
            }
        }, 50);
    }
</script>
"""


def agenda(pages: list[str]) -> list[str]:
    """The panels to be shown, as page/panel: as chosen, else as in protocol.toml.

    Without either, or if none of them is on a page that there is, the answer of every page.
    """
    planned = data.trial().protocol.meeting.agenda
    answers = [f"{page}/{ANSWER}" for page in with_panels(pages)]
    found = ([each for each in way if is_of(each, pages)] for way in (asked(), planned, answers))
    return next(filter(None, found), [])


def asked() -> list[str]:
    """The agenda that the address asks for."""
    named = st.query_params.get("agenda", "").split(",")
    return [each for each in dict.fromkeys(named) if each]


def is_of(place: str, pages: list[str]) -> bool:
    page, _, panel = place.partition("/")
    return page in pages and bool(panel)


def panels(pages: list[str]) -> list[str]:
    """Every panel of these pages that has anything to show, the answer of each page first."""
    found, since = [], frame().since or frame().cut
    for page in with_panels(pages):
        rows = queries.shared(f"{page}/accounting", frame().cut, since=since, cohort=None)
        counted = rows["panel"].unique()
        found += [f"{page}/{each}" for each in drawn(page) if each == ANSWER or each in counted]
    return found


def with_panels(pages: list[str]) -> list[str]:
    """Those of the pages that show panels of the cut."""
    return [each for each in pages if f"{each}/accounting" in queries.names()]


@cache
def drawn(page: str) -> dict[str, str]:
    """The panels that the script of a page draws, each with what it asks, the answer first.

    What else is counted stands in the answer.
    """
    [file] = ROOT.glob(f"*/{page}.py")
    script = re.sub(r'"\s*\n\s*"', "", file.read_text(encoding="utf-8"))  # of two lines, one text
    found = {ANSWER: re.search(r'"\*(.+?)\*"', script)[1]}
    names = dict(re.findall(r"(\w+)(?:, \w+)* = (.+)", script))
    for panel, question in re.findall(r'panel=("[^"]+"|\w+),\s*questions?=\[?\s*"([^"]+)"', script):
        for each in re.findall(r'"([^"]+)"', names.get(panel, panel)):
            found.setdefault(each, queries.read(question).headline)
    return found


def offer(page: Any, pages: dict[str, Any]) -> None:
    """In the sidebar: share the screen, choose what is shown there, and the light."""
    with st.sidebar:
        if st.button("Share the screen", icon=":material/present_to_all:", shortcut="Ctrl+Shift+S"):
            start(page, pages, st.session_state.get("agenda", []))
        with st.expander("Agenda", on_change="rerun", key="choose agenda") as opened:
            if opened.open:
                there = panels(list(pages))
                st.multiselect(
                    "Panels to share, in this order",
                    there,
                    default=[each for each in agenda(list(pages)) if each in there],
                    format_func=words,
                    key="agenda",
                )
        st.html(_light())


def start(page: Any, pages: dict[str, Any], chosen: list[str]) -> None:
    """Begin with the page on screen; an agenda that was chosen goes into the address.

    Of its panels, with the answer if that is on the agenda, else with the first that is.
    """
    planned = agenda(list(pages))
    own = [each.panel for each in map(place, chosen or planned) if each.page == page.url_path]
    panel = own[0] if own and ANSWER not in own else ANSWER
    kept = st.query_params.to_dict() | {"share": "1", "panel": panel}
    if chosen and chosen != planned:
        kept |= {"agenda": ",".join(chosen)}
    st.switch_page(page, query_params=kept)


def _light() -> str:
    """A link to the same page in the other light; without one, the page follows the browser."""
    is_dark = st.context.theme.type == "dark"
    kept = st.query_params.to_dict() | {"embed_options": "light_theme" if is_dark else "dark_theme"}
    name, sign = ("Light", "☀") if is_dark else ("Dark", "☾")
    address = html.escape("?" + urlencode(kept))
    return f'<a class="light" href="{address}" target="_self">{sign} {name}</a>'


def words(place: str) -> str:
    """A panel as the agenda names it."""
    page, _, panel = place.partition("/")
    return f"{page.replace('_', ' ').capitalize()}: {panel}"


def in_full(place: str, places: list[str]) -> str:
    """A panel with its number, if it is on the agenda, and what it asks.

    Of how many, too: of a long agenda the last are out of sight.
    """
    page, _, panel = place.partition("/")
    number = f"{places.index(place) + 1} of {len(places)} · " if place in places else ""
    return f"{number}**{text(words(place))}** · {text(drawn(page).get(panel, ''))}"


def hold(page: Any, pages: dict[str, Any], banners: list[Banner], held: str) -> None:
    """The bar, and beneath it the one panel; `pages` are those of the menu, by address.

    If another cut stands in for the one that is `held`, nothing is shown of it.
    """
    st.html(STYLE)
    st.html(KEYS, unsafe_allow_javascript=True)
    reader, labels = reader_here(), queries.ask("patient/labels", frame().cut)
    labels = labels.set_index("usubjid")["label"].to_dict()
    patient = st.query_params.get("patient")
    if patient in labels:  # the address is on the screen as well
        st.query_params["patient"] = labels[patient]
        st.session_state.pop("patient", None)
    reader.n_drawn, reader.n_parts = 0, 1
    if unknown := [each for each in asked() if not is_of(each, list(pages))]:
        said = f"The agenda of this link asks for what there is not: {quoted(', '.join(unknown))}."
        banners = [*banners, Banner("warning", said, "link_off")]
    above = st.container(horizontal=True, vertical_alignment="center", key="bar")
    with st.container(key="page-answer" if frame().panel == ANSWER else "page"):
        missing, is_held = "", frame().cut == held
        try:
            if is_held:
                page.run()
        except Enough as enough:
            missing = str(enough)
        if frame().panel == ANSWER and frame().since and is_held:
            with st.container(key="changes-since"):
                st.caption(f"Changes are since {frame().since}.")
    if not is_held:
        st.error(
            f"**The cut {text(held)} is gone, or cannot be used any more.** It is the one of this "
            "meeting, and no other stands in for it: end the sharing to choose one."
        )
    elif frame().panel != ANSWER and not reader.n_drawn:
        if missing:
            st.warning(missing)
        else:
            absent(page)
    if frame().part > reader.n_parts:
        st.query_params["part"] = str(reader.n_parts)
    with above:  # how many parts the panel has is known only now
        chosen = bar(page, list(pages), banners)
    if chosen is not None:
        follow(chosen, page, pages, labels)


def absent(page: Any) -> None:
    """That the panel asked for is not on the page, and why."""
    named = f"{quoted(frame().panel)} on the page {page.title}"
    if frame().panel in drawn(page.url_path):
        st.info(
            f"There is nothing to show as {named} for this cut: nothing is on record for it, there "
            "is no cut to compare with, or protocol.toml does not set what it rests on."
        )
    else:
        st.error(f"There is no panel {named}.")


def follow(chosen: Place, page: Any, pages: dict[str, Any], labels: dict[str, str]) -> None:
    """Go where a button of the bar leads."""
    kept = {name: each for name, each in st.query_params.to_dict().items() if name not in OWN}
    if chosen.panel is not None:
        own = {"share": "1", "panel": chosen.panel, "part": str(chosen.part)}
        if agenda_chosen := st.query_params.get("agenda"):
            own["agenda"] = agenda_chosen
        st.switch_page(pages[chosen.page], query_params=kept | own)
    numbers = {label: number for number, label in labels.items()}
    if kept.get("patient") in numbers:
        kept["patient"] = numbers[kept["patient"]]
        st.session_state.pop("patient", None)
    st.switch_page(page, query_params=kept)


def bar(page: Any, pages: list[str], banners: list[Banner]) -> Place | None:
    """The line above the panel. Returns where its buttons lead, once one is pressed."""
    places = agenda(pages)
    shown, n_parts = f"{page.url_path}/{frame().panel}", reader_here().n_parts
    is_on_agenda, reader = shown in places, reader_here()
    if is_on_agenda:
        reader.slide = shown
    # Off the agenda, the last that was on it.
    number = places.index(reader.slide) if reader.slide in places else None
    part = min(frame().part, n_parts)
    of = f" · {number + 1} of {len(places)}" if is_on_agenda else ""
    of += f", part {part} of {n_parts}" if n_parts > 1 else ""
    trial = data.trial()
    said = f"{text(trial.protocol.identity.registry_number)} · **{text(page.title)}**{of}"
    # That no group is chosen, and each "the" of what is made up, would take a third line.
    said += f" · {text(frame().label.removesuffix(' · all groups'))}"
    said += " · **SIMULATED DATA**" if frame().is_simulated else ""
    if frame().is_simulated and trial.made_up:
        made_up = listed(each.removeprefix("the ") for each in trial.made_up)
        said += f"; made up, too: {made_up}"
    st.markdown(said, width="stretch")
    told = [each for each in banners if each.icon != "science"]
    if told:
        count = f"{len(told)} warning{'s' if len(told) > 1 else ''}"
        is_grave = any(each.kind == "error" for each in told)
        with st.popover(count, icon=":material/warning:", key="grave" if is_grave else "warnings"):
            for banner in told:
                banner.show()
    # Not only those with something to show: to count all pages takes seconds on a new cut.
    every = [f"{each}/{panel}" for each in with_panels(pages) for panel in drawn(each)]
    if chosen := st.menu_button(
        "Agenda",
        list(dict.fromkeys(places + every)),
        format_func=lambda each: in_full(each, places),
        key="go to",
    ):
        return place(chosen)
    back = places[(number or 0) - 1] if is_on_agenda or number is None else reader.slide
    on = places[0 if number is None else (number + 1) % len(places)]
    if st.button("Back", shortcut="Left"):
        return Place(page.url_path, frame().panel, part - 1) if part > 1 else place(back, LAST)
    if st.button("Next", shortcut="Right"):
        return Place(page.url_path, frame().panel, part + 1) if part < n_parts else place(on)
    if st.button("End", shortcut="Esc"):
        return Place(page.url_path, None, 1)
    return None


def place(named: str, part: int = 1) -> Place:
    page, _, panel = named.partition("/")
    return Place(page, panel, part)
