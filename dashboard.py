"""The frame around every page: the menu, the data cut, what to compare it with, and the warnings.

Start it with ``make run``, or with ``streamlit run dashboard.py``.
"""

import re
import time
from contextlib import suppress
from datetime import date

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import charts
import data
import queries
from data.look import one_look
from pages import (
    ANSWER,
    Banner,
    Enough,
    Frame,
    ask,
    how,
    listed,
    meeting,
    narrow,
    quoted,
    reader_here,
    serving,
    text,
)

ALL = "All groups"
CHOSEN = ("cut", "since", "group")  # in the frame, and so in the address
# A name that may have been meant as the day of a cut.
NEARLY_A_DAY = re.compile(r"\D*\d{4}\D?\d{1,2}\D?\d{1,2}(\D.*)?|\d{1,2}\D\d{1,2}\D\d{4}")
DAY_WIDTH, GROUP_WIDTH = 140, 200  # px: on a phone, two in a line

# Less air than Streamlit's own, so that the answer and its numbers stand on the first screen.
STYLE = """
<style>
    .stMainBlockContainer { padding: 3.5rem 3rem 2rem; container: page / inline-size; }
    .stMainBlockContainer h1 { font-size: 2rem; padding: 0; }
    /* The whole menu stands on a screen of 720 px. */
    [data-testid=stSidebarHeader] { height: 2.2rem; min-height: 0; margin: 0; }
    /* The head of a page takes hardly more room than its title. */
    .st-key-head [data-testid=stWidgetLabel] { min-height: 0; margin: 0; }
    .st-key-head [data-testid=stWidgetLabel] p { font-size: .8125rem; line-height: 1.2; }
    .st-key-head .react-aria-ComboBox > div { min-height: 0; height: 2.1rem; }
    .st-key-head .react-aria-ComboBox > div > * { min-height: 0; height: 100%; }
    .stMainBlockContainer h3 { font-size: 1.35rem; padding: 0 0 .5rem; }
    /* What is too long for its tile goes on in the next line: nothing is ever cut. */
    [data-testid=stMetricValue] { font-size: 1.75rem; line-height: 1.25; }
    .stMetric :is(
        [data-testid=stMetricValue], [data-testid=stMetricLabel],
        [data-testid=stMetricDeltaDescription]
    ) * { overflow: visible; text-overflow: clip; white-space: normal !important; }
    :has(> [data-testid=stMetricDeltaDescription]) { flex-wrap: wrap; }
    [data-testid=stMetricDelta] { flex: none; }
    /* On a narrow screen, as one enlarged to 200 %, tiles go on in a second row. */
    @media (max-width: 999px) {
        .stColumn:has(.stMetric) { min-width: 9.5rem; }
    }
    @media (max-width: 760px) {
        .stMainBlockContainer { padding: 4rem 1rem 2rem; }
    }
    .stMainBlockContainer [data-testid=stAlertContainer] { padding: .4rem 1rem; }
    .stMainBlockContainer hr { margin: .5rem 0; }
    .stElementContainer:has(> .stHtml > script) { display: none; } /* CLOSE takes no line */
    /* Two that are closed share a line; one that is open has it alone. */
    .st-key-origin > :has(details[open]) { flex-basis: 100%; }
    a:focus-visible, button:focus-visible {
        outline: 2px solid currentColor !important; outline-offset: 1px;
    }
    /* Where nothing can point, the tools of a table always stand above it: not on its title. */
    @media (hover: none) {
        .stElementContainer:has(.stDataFrame) { margin-top: 1.7rem; }
    }
    a.light { color: inherit; text-decoration: none; }
    NARROW
    @media (prefers-reduced-motion: reduce) {
        *, ::before, ::after {
            animation-duration: .01ms !important; transition-duration: .01ms !important;
            scroll-behavior: auto !important;
        }
    }
</style>
""".replace("NARROW", narrow("@container page (max-width: 759px)", charts.NARROWEST))

CLOSE = """
<script>
    const until = Date.now() + 5000;
    const looking = setInterval(() => {
        const button = document.querySelector('[role=dialog] [aria-label=Close]');
        button?.click();
        if (button || Date.now() > until) clearInterval(looking);
    }, 50);
</script>
"""

# An icon of our own: without one, the browser fetches the page's icon from the internet.
st.set_page_config(page_title="Trial monitoring", page_icon="🩺", layout="wide")
state, reader = st.session_state, reader_here()
if not reader.menu:  # each page is looked for on the disk, which is done once a reader
    reader.menu = {
        "Overview": [st.Page("pages/overview/today.py", title="Today", icon=":material/today:")],
        "Conduct": [
            st.Page(
                "pages/conduct/recruitment.py", title="Recruitment", icon=":material/group_add:"
            ),
            st.Page("pages/conduct/dosing.py", title="Dosing", icon=":material/vaccines:"),
            st.Page(
                "pages/conduct/follow_up.py", title="Follow-up", icon=":material/event_available:"
            ),
        ],
        "Safety": [
            st.Page(
                "pages/safety/adverse_events.py", title="Adverse events", icon=":material/timeline:"
            ),
            st.Page(
                "pages/safety/safety_counts.py", title="Safety counts", icon=":material/shield:"
            ),
            st.Page("pages/safety/outcomes.py", title="Outcomes", icon=":material/monitor_heart:"),
        ],
        "Patients": [
            st.Page("pages/patients/patient.py", title="Patient", icon=":material/person:"),
        ],
        "Review": [
            st.Page("pages/review/changes.py", title="Changes", icon=":material/difference:"),
        ],
        "Data": [
            st.Page("pages/data/exports.py", title="Exports", icon=":material/folder_open:"),
            st.Page("pages/data/checks.py", title="Checks", icon=":material/rule:"),
        ],
        "Help": [
            st.Page("pages/help/glossary.py", title="Glossary", icon=":material/menu_book:"),
        ],
    }
MENU = reader.menu
FIRST = MENU["Overview"][0]
# The page at "/" has no other address. It hands over at once, so that each real page has one.
start = st.Page(lambda: None, title="Start", url_path="start", default=True, visibility="hidden")
is_shared = st.query_params.get("share") == "1"
page = st.navigation({"": [start], **MENU}, position="hidden" if is_shared else "sidebar")


def opened() -> data.Trial:
    """The trial as this reader opened it: the simulated one stays until the reader leaves it."""
    data.stay_simulated(reader.is_simulated)
    trial = data.trial()
    reader.is_simulated = trial.is_simulated
    return trial


def open_trial() -> data.Trial:
    """The trial; if there is none, or no cut, a sentence that says what to do."""
    try:
        trial = opened()
    except data.ProtocolError as error:
        st.error(f"**The trial cannot be opened.** {text(error)}", icon=":material/error:")
        wait()
        st.stop()
    if gone := trial.gone():
        st.error(f"**The real data are gone.** {text(gone)}", icon=":material/link_off:")
    elif not trial.cuts():
        st.info(
            f"**There is no data yet.** Put an export into `{trial.exports}`, in a folder named "
            "after its data cut, such as `2021-03-01`; or run `python -m data.simulate` to see a "
            "simulated trial.",
            icon=":material/folder_open:",
        )
    if not trial.cuts():
        wait()
        st.stop()
    return trial


@st.fragment(run_every=10)
def wait() -> None:
    """Go on as soon as there is something to show."""
    with suppress(data.ProtocolError):
        if opened().standing()[0]:
            st.rerun()


def choose(trial: data.Trial, place: DeltaGenerator) -> Frame:
    """The cut, the cut to compare with and the group: from the address, then as chosen at `place`.

    The reader keeps the cut of the first look. A newer one is offered, never slipped in.
    """
    cuts, asked, held = trial.cuts(), in_address(), reader.held if is_shared else None
    if held:
        asked["cut"] = held
    keep("cut", asked, cuts, trial.standing()[0] or cuts[0])
    cut = place.selectbox(
        "Data cut",
        cuts,
        key="cut",
        on_change=forget,
        args=("cut", "since"),
        disabled=is_shared,
        width=DAY_WIDTH,
    )

    shown, refused = trial.standing(cut)
    if shown is None:
        st.error("**No cut of this trial can be used.**", icon=":material/database_off:")
        for cut, reason in refused.items():
            st.error(f"{cut}: {text(reason)}")
        wait()
        st.stop()

    older = [cut for cut in cuts if cut < shown]
    before = trial.standing(older[0])[0] if older else None
    if state.get("since") == reader.before:
        state.since = None  # the reader chose none: it follows the cut
    keep("since", asked, older, before)
    reader.before = before
    since = place.selectbox(
        "Compare with",
        older,
        key="since",
        placeholder="no older cut",
        disabled=is_shared or not older,
        on_change=forget,
        args=("since",),
        width=DAY_WIDTH,
    )
    labels = {group.code: f"{group.code}: {group.label}" for group in trial.protocol.groups}
    groups = [ALL, *labels]
    keep("group", asked, groups, ALL)
    group = place.selectbox(
        "Group",
        groups,
        key="group",
        format_func=lambda code: labels.get(code, code),
        on_change=forget,
        args=("group",),
        disabled=is_shared,
        width=GROUP_WIDTH,
    )
    # Always in the address, the newest cut too: a link is a link to this page on this cut.
    address = st.query_params.to_dict()
    others = {key: value for key, value in address.items() if key not in CHOSEN}
    chosen = {"cut": held or cut, "since": since, "group": None if group == ALL else group}
    reader.written = {key: value for key, value in chosen.items() if value is not None}
    if address != (wanted := reader.written | others):
        st.query_params.from_dict(wanted)
    return Frame(
        cut=shown,
        since=trial.standing(since)[0] if since else None,
        cohort=chosen["group"],
        is_simulated=trial.is_simulated or trial.export(shown).is_simulated,
        panel=address.get("panel", ANSWER) if is_shared else None,
        part=max(1, int(part)) if re.fullmatch(r"\d{1,5}", part := address.get("part", "")) else 1,
    )


def in_address() -> dict[str, str]:
    """What the address asks for, unless it is what the frame wrote there itself.

    It asks by a link, or when the reader goes back in the browser; the menu leaves it empty.
    """
    there = {key: value for key, value in st.query_params.items() if key in CHOSEN}
    if there == reader.written:
        return {}
    if "cut" in there and reader.written:  # Back: what it does not name is as at the beginning
        state.update(since=None, group=ALL)
    return there


def keep(key: str, asked: dict[str, str], options: list[str], default: str | None) -> None:
    """What is asked for, else what stands, else the default; what there is not is told."""
    if reader.unknown.get(key) in options:  # it has come, or is back
        forget(key)
    wanted = asked.get(key) or state.get(key)
    if wanted is not None and wanted not in options:
        reader.unknown[key] = wanted
    elif key in asked:
        forget(key)
    state[key] = wanted if wanted in options else default


def forget(*keys: str) -> None:
    for key in keys:
        reader.unknown.pop(key, None)


def warnings(trial: data.Trial, frame: Frame) -> list[Banner]:
    """What the reader must know before believing a number, the worst first."""
    found = []
    if frame.is_simulated:
        said = f"; made up, too: {listed(trial.made_up)}" if trial.made_up else ""
        said = f"**Simulated data.** Nobody on this page is a patient{said}."
        found.append(Banner("warning", said, "science"))
    reader.told = altered(trial, frame)
    for each in reader.told[:3]:
        found.append(Banner("error", f"**{each.headline}** {text(each.details)}", "gpp_bad"))
    if len(reader.told) > 3:
        more = f"**And {len(reader.told) - 3} more cuts are not what they were.** "
        found.append(Banner("error", more + "The Exports page lists them.", "gpp_bad"))
    if since := trial.mapped_otherwise(frame.cut):
        said = (
            f"The mapping has changed since this cut was first read, on {since}: its numbers may "
            "not be those that were shown before."
        )
        found.append(Banner("info", said, "alt_route"))
    for key, wanted in reader.unknown.items():
        found.append(Banner("warning", unknown(key, quoted(wanted), frame), "link_off"))
    if (panel := st.query_params.get("panel")) and not frame.panel:
        said = f"The address asks for the panel {quoted(panel)}, which a shared screen alone shows."
        found.append(Banner("info", f"{said} This is the whole page.", "link_off"))
    newest_good, refused = trial.standing()
    refused |= trial.standing(state.cut)[1]
    # What came since the page was opened, offer_newer tells.
    told = [cut for cut in refused if cut <= reader.newest_at_opening or frame.panel]
    if told:
        # The one that was asked for, else the newest.
        first, *others = sorted(told, key=lambda cut: (cut == state.cut, cut), reverse=True)
        stand_in = trial.standing(first)[0]
        # Who chose an older cut reads which one would else stand in.
        is_shown = "is shown" if stand_in == frame.cut else "is the newest that can be used"
        said = f"**The cut {first} was refused, and {stand_in} {is_shown}.** {text(refused[first])}"
        if others:
            named = others[:3] + [f"{len(others) - 3} more"] * (len(others) > 3)
            verb = "were" if len(others) > 1 else "was"
            said += f" **So {verb} {listed(named)}**: the Exports page says why."
        found.append(Banner("error", said, "database_off"))
    lacking = charts.records(queries.shared("exports/fewer", frame.cut))
    if fewer := [each for each in lacking if each["n_records"] < each["n_before"]]:
        gone = [f"{each['table_name']} ({each['n_before']})" for each in fewer if each["is_absent"]]
        less = [
            f"{each['n_records']} in {each['table_name']}, where it held {each['n_before']}"
            for each in fewer
            if not each["is_absent"]
        ]
        less += [f"none of {listed(gone)}, which this export does not hold"] if gone else []
        said = (
            f"**There are fewer records than in the cut before: {', '.join(less)}.** A number may "
            "have fallen, and a warning ended, for this alone. The Changes page lists what is gone."
        )
        found.append(Banner("error", said, "playlist_remove"))
    if swapped := [each for each in lacking if each["n_records"] >= each["n_before"]]:
        gone = ", ".join(f"{each['n_gone']} in {each['table_name']}" for each in swapped)
        said = (
            f"**Records of the cut before are gone, and others have come: {gone}.** They were "
            "deleted, or given to another patient or another number. The Changes page lists them."
        )
        found.append(Banner("warning", said, "swap_horiz"))
    if charts.first(queries.shared("exports/again", frame.cut))["is_again"]:
        said = (
            "**This cut holds the very tables of the cut before it.** Nothing has been entered "
            "since, or an old export was delivered again under a new day."
        )
        found.append(Banner("warning", said, "content_copy"))
    if unread := charts.listed(ask("exports/unread"), "file"):
        said = (
            f"**A file of this cut was not read, and is in no number: {listed(unread[:5])}.** Its "
            "name is that of a table with something behind it."
        )
        found.append(Banner("error", said, "draft"))
    if near := [each for each in trial.strangers() if NEARLY_A_DAY.fullmatch(each)]:
        said = (
            f"**Not read as a cut, as its name is no day like 2021-03-01: {listed(near[:5])}.** "
            "Whatever it holds is in no number."
        )
        found.append(Banner("error", said, "folder_off"))
    strangers = ask("exports/strangers")
    if not strangers.empty:
        named = ", ".join(text(each) for each in strangers["usubjid"].head(5))
        more = f" and {len(strangers) - 5} more" if len(strangers) > 5 else ""
        said = (
            f"**{len(strangers)} on record without a row in dm, and so in no number:** "
            f"{named}{more}. The export is incomplete, or spells them differently."
        )
        found.append(Banner("error", said, "person_off"))
    if state.since != frame.since:
        said = f"The cut {state.since} was refused: {compared(frame)}."
        found.append(Banner("warning", said, "database_off"))
    limit, age = trial.protocol.stale_after_days, date.today() - date.fromisoformat(frame.cut)
    if frame.cut < min(newest_good, reader.usable_at_opening or newest_good):
        said = f"This is an older cut. The newest is {newest_good}."
        found.append(Banner("info", said, "history"))
    elif limit is not None and age.days > limit and not frame.is_simulated:
        said = (
            f"**The newest cut is {age.days} days old.** protocol.toml expects one within {limit}."
        )
        found.append(Banner("warning", said, "schedule"))
    return found


def altered(trial: data.Trial, frame: Frame) -> list[data.Altered]:
    """The cuts that were edited in place: those on screen at each look, all every half minute."""
    cuts = {frame.cut, frame.since or frame.cut}
    if time.monotonic() > reader.next_look_at:
        found = {each.cut: each for each in trial.altered()}
        reader.next_look_at = time.monotonic() + 25
    else:
        found = {each.cut: each for each in reader.altered if each.cut not in cuts}
        found |= {each.cut: each for each in trial.altered(cuts)}
    reader.altered = [each for _, each in sorted(found.items(), reverse=True)]
    return reader.altered


def unknown(key: str, wanted: str, frame: Frame) -> str:
    """That there is not what a link, or the reader, asked for, and what is shown instead."""
    if key == "cut":
        return f"There is no cut {wanted}. This is {frame.cut}."
    if key == "group":
        return f"There is no group {wanted}. These are all groups."
    return f"There is no cut {wanted} before {frame.cut}: {compared(frame)}."


def compared(frame: Frame) -> str:
    return f"changes are since {frame.since}" if frame.since else "there is no cut to compare with"


def keep_to_the_light() -> None:
    """A machine that goes dark in the evening gets its figures anew: they are of one light."""
    if reader.light != st.context.theme.type:
        st.rerun()


@st.fragment(run_every=10)
def watch_the_slide() -> None:
    """On a slide nothing is offered; but what happened to its cut is told while it is open."""
    keep_to_the_light()
    try:
        trial = opened()
        told = all(each in reader.told for each in altered(trial, reader.frame))
    except data.ProtocolError:
        return  # what is on screen is from before that; the next slide says so
    if not told or stands(trial, reader.held) != (reader.frame.cut == reader.held):
        st.rerun()


def stands(trial: data.Trial, cut: str) -> bool:
    """Whether a cut is there, and can be used."""
    return cut in trial.cuts() and trial.standing(cut)[0] == cut


@st.fragment(run_every=10)
def offer_newer() -> None:
    """Look for what came, or went, while the page was open. What is on screen stays."""
    if reader.newest_at_opening is None:  # the reader has just left the simulated trial
        st.rerun()
    keep_to_the_light()
    try:
        trial = opened()
        real = data.delivered()
    except data.ProtocolError as error:
        st.error(
            "**protocol.toml cannot be used any more.** What is on screen is from before that, and "
            f"nothing else can be shown until it is mended. {text(error)}",
            icon=":material/error:",
        )
        return
    if trial.is_simulated and real.cuts():
        offer_real(real)
    if gone := trial.gone():
        st.error(f"**The real data are gone.** {text(gone)}", icon=":material/link_off:")
        return
    for each in altered(trial, reader.frame):
        if each not in reader.told:
            st.error(f"**{each.headline}** {text(each.details)}", icon=":material/gpp_bad:")
    newest, refused = trial.standing()
    for cut, reason in refused.items():
        if cut > reader.newest_at_opening:
            st.error(f"**The cut {cut} has come, and was refused.** {text(reason)}")
    # One that was refused at opening, as it was still being copied, may have become good.
    if newest and newest > max(reader.usable_at_opening or "", reader.frame.cut):
        st.info(f"A newer cut has come: {newest}.", icon=":material/fiber_new:")
        if st.button(f"Show the cut {newest}", on_click=state.update, args=({"cut": newest},)):
            st.rerun()


def offer_real(real: data.Trial) -> None:
    """The simulated trial on screen has had its day; the reader says when it goes."""
    cut, refused = real.standing()
    for each, reason in refused.items():
        st.error(f"**The real cut {each} has come, and was refused.** {text(reason)}")
    if cut is None:
        return
    st.error(
        f"**A real export has come: {cut}.** What is on screen is still the simulated trial.",
        icon=":material/fiber_new:",
    )
    if st.button("Show the real data", on_click=leave_simulation):
        st.rerun()


def leave_simulation() -> None:
    reader.is_simulated, reader.newest_at_opening, reader.before = False, None, None
    reader.altered, reader.told, reader.next_look_at = [], [], 0
    reader.unknown.clear()
    for key in CHOSEN:
        state.pop(key, None)


def delivered(trial: data.Trial) -> None:
    """The files of the cut, and what in them could not be taken as it stands."""
    findings = ask("exports/findings")
    doubtful = charts.counted(len(findings), "value", "values")
    label = f"What was delivered in this cut? {doubtful} in doubt"
    with st.expander(label, on_change="rerun", key="delivered") as opened:
        if opened.open:
            st.caption(f"Fingerprint of the cut: `{trial.export(reader.frame.cut).fingerprint}`")
            st.dataframe(ask("exports/files"), hide_index=True)
            st.markdown("**Values that could not be taken as they stand**")
            if findings.empty:
                st.markdown("There are none.")
            else:
                st.dataframe(findings, hide_index=True)
            st.markdown("**Optional tables and columns that this export lacks**")
            st.dataframe(ask("exports/absent"), hide_index=True)
            if trial.strangers():
                others = ", ".join(map(text, trial.strangers()))
                st.markdown(f"**Beside the cuts, and not read as one:** {others}")
    how("delivered", ["exports/files", "exports/findings", "exports/absent"])


def draw() -> None:
    """The frame with the page in it."""
    trial = open_trial()
    with st.sidebar:
        identity = trial.protocol.identity
        st.markdown(f"**{text(identity.registry_number)}** {text(identity.title)}")
    if reader.newest_at_opening is None:
        reader.newest_at_opening = trial.cuts()[0]
        reader.usable_at_opening = trial.standing()[0]
    reader.light = st.context.theme.type
    above = st.container()
    head = st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="head")
    if not is_shared:
        head.title(page.title, width="content")
        head.caption(text(trial.protocol.identity.registry_number), width="content")
    frame = reader.frame = choose(trial, st.sidebar if is_shared else head)
    if frame.cut != state.cut and not is_shared:
        head.markdown(f"**Shown is the cut {frame.cut}.**", width="content")
    banners = warnings(trial, frame)
    pages = reader.pages
    # No other cut takes the place of the one that the meeting has begun with.
    reader.held = (reader.held or frame.cut) if is_shared else None
    if is_shared:
        meeting.hold(page, pages, banners, reader.held)
        watch_the_slide()
        st.stop()
    meeting.offer(page, pages)
    with above:
        for banner in banners:
            banner.show()
    offer_newer()
    try:
        with suppress(Enough):
            page.run()
        st.divider()
        with st.container(horizontal=True, key="origin"):
            delivered(trial)
    except (data.ProtocolError, data.Refused, data.UnknownCut) as error:  # it went just now
        said = f"**The rest of this page cannot be shown.** {text(error)}"
        st.error(said, icon=":material/error:")


# Streamlit takes a folder named pages/ for its own until this file has run once, and so puts a
# "Page not found" over the first page that is opened by a link on a fresh server. Close it.
if not serving.visits:
    serving.visits.append(page.url_path)
    if page.url_path:
        st.html(CLOSE, unsafe_allow_javascript=True)

if page is start:
    st.switch_page(FIRST, query_params=st.query_params.to_dict())

st.html(STYLE)
with one_look():
    draw()
# Some of the pages that are opened next need it, which takes a second: while this one is read.
serving.import_beforehand("scipy.stats", after=5)
