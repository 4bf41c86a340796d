"""The frame around every page: the menu, the data cut, what to compare it with, and the warnings.

Start it with ``make run``, or with ``streamlit run dashboard.py``.
"""

from datetime import date

import streamlit as st

import data
from pages import Frame, ask, how, text

ALL = "All groups"

# Less air than Streamlit's own, so that the answer and its numbers stand on the first screen.
STYLE = """
<style>
    .stMainBlockContainer { padding: 3.5rem 3rem 2rem; }
    .stMainBlockContainer h1 { font-size: 2rem; padding: 0; }
    .stMainBlockContainer h3 { font-size: 1.35rem; padding: 0 0 .5rem; }
    /* A number that is too long for its tile goes on in the next line: none is ever cut. */
    [data-testid=stMetricValue] { font-size: 1.75rem; line-height: 1.25; }
    [data-testid=stMetricValue] *, [data-testid=stMetricLabel] * {
        overflow: visible; text-overflow: clip; white-space: normal;
    }
</style>
"""

# An icon of our own: without one, the browser fetches the page's icon from the internet.
st.set_page_config(page_title="Trial monitoring", page_icon="🩺", layout="wide")
MENU = {
    "Overview": [st.Page("pages/overview/today.py", title="Today", icon=":material/today:")],
    "Conduct": [
        st.Page("pages/conduct/recruitment.py", title="Recruitment", icon=":material/group_add:"),
        st.Page("pages/conduct/dosing.py", title="Dosing", icon=":material/vaccines:"),
        st.Page("pages/conduct/follow_up.py", title="Follow-up", icon=":material/event_available:"),
    ],
    "Safety": [
        st.Page(
            "pages/safety/adverse_events.py", title="Adverse events", icon=":material/timeline:"
        ),
        st.Page("pages/safety/safety_counts.py", title="Safety counts", icon=":material/shield:"),
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
}
FIRST = MENU["Overview"][0]
# The page at "/" has no other address. It hands over at once, so that each real page has one.
start = st.Page(lambda: None, title="Start", url_path="start", default=True, visibility="hidden")
page = st.navigation({"": [start], **MENU})
state = st.session_state


@st.cache_resource
def visits() -> list[str]:
    """The first page that this server showed."""
    return []


def open_trial() -> data.Trial:
    """The trial; if there is none, or no cut, a sentence that says what to do."""
    try:
        trial = data.trial()
    except data.ProtocolError as error:
        st.error(f"**The trial cannot be opened.** {text(error)}", icon=":material/error:")
        st.stop()
    if not trial.cuts():
        st.info(
            f"**There is no data yet.** Put an export into `{trial.exports}`, in a folder named "
            "after its data cut, such as `2021-03-01`; or run `python -m data.simulate` to see a "
            "simulated trial.",
            icon=":material/folder_open:",
        )
        st.stop()
    return trial


def choose(trial: data.Trial) -> Frame:
    """The cut, the cut to compare with and the group: from the address, then from the sidebar.

    The reader keeps the cut of the first look. A newer one is offered, never slipped in.
    """
    cuts = trial.cuts()
    wanted = state.get("cut") or st.query_params.get("cut")
    if wanted and wanted not in cuts:
        state.unknown_cut = wanted
    if wanted not in cuts:
        wanted = trial.standing()[0] or cuts[0]
    state.cut = wanted
    st.sidebar.selectbox(
        "Data cut", cuts, key="cut", on_change=state.pop, args=("unknown_cut", None)
    )

    shown, refused = trial.standing(state.cut)
    if shown is None:
        st.error("**No cut of this trial can be used.**", icon=":material/database_off:")
        for cut, reason in refused.items():
            st.error(f"{cut}: {text(reason)}")
        st.stop()

    older = [cut for cut in cuts if cut < shown]
    _keep("since", older, trial.standing(older[0])[0] if older else None)
    st.sidebar.selectbox(
        "Compare with", older, key="since", placeholder="no older cut", disabled=not older
    )
    labels = {group.code: f"{group.code}: {group.label}" for group in trial.protocol.groups}
    groups = [ALL, *labels]
    _keep("group", groups, ALL)
    st.sidebar.selectbox(
        "Group", groups, key="group", format_func=lambda code: labels.get(code, code)
    )
    # Always in the address, the newest cut too: a link is a link to this page on this cut.
    chosen = {"cut": state.cut, "since": state.since, "group": state.group}
    chosen |= {"patient": st.query_params.get("patient")}  # of the page of that name
    st.query_params.from_dict({k: v for k, v in chosen.items() if v and v != ALL})
    return Frame(
        cut=shown,
        since=trial.standing(state.since)[0] if state.since else None,
        cohort=None if state.group == ALL else state.group,
        is_simulated=trial.is_simulated or trial.export(shown).is_simulated,
    )


def _keep(key: str, options: list[str], default: str | None) -> None:
    if state.get(key) not in options:
        asked = st.query_params.get(key)
        state[key] = asked if asked in options else default


def warn(trial: data.Trial, frame: Frame) -> None:
    """What the reader must know before believing a number."""
    if frame.is_simulated:
        st.warning(
            "**Simulated data.** Nobody on this page is a patient.", icon=":material/science:"
        )
    if "unknown_cut" in state:
        st.warning(f"There is no cut {text(state.unknown_cut)}. This is {frame.cut}.")
    newest_good, refused = trial.standing()
    refused |= trial.standing(state.cut)[1]
    for cut, reason in refused.items():
        if cut > state.newest_at_opening:
            continue  # offer_newer tells
        st.error(
            f"**The cut {cut} was refused, and {frame.cut} is shown.** {text(reason)}",
            icon=":material/database_off:",
        )
    strangers = ask("exports/strangers")
    if not strangers.empty:
        named = ", ".join(text(each) for each in strangers["usubjid"].head(5))
        more = f" and {len(strangers) - 5} more" if len(strangers) > 5 else ""
        st.error(
            f"**{len(strangers)} on record without a row in dm, and so in no number:** "
            f"{named}{more}. The export is incomplete, or spells them differently.",
            icon=":material/person_off:",
        )
    if state.since != frame.since:
        st.warning(f"The cut {state.since} was refused: changes are since {frame.since}.")
    limit, age = trial.protocol.stale_after_days, date.today() - date.fromisoformat(frame.cut)
    if frame.cut < min(newest_good, state.newest_at_opening):
        st.info(f"This is an older cut. The newest is {newest_good}.", icon=":material/history:")
    elif limit is not None and age.days > limit and not frame.is_simulated:
        st.warning(
            f"**The newest cut is {age.days} days old.** protocol.toml expects one within {limit}.",
            icon=":material/schedule:",
        )


@st.fragment(run_every=30)
def offer_newer() -> None:
    """Look for cuts that came while the page was open. The one on screen stays."""
    trial = data.trial()
    since_opened = [cut for cut in trial.cuts() if cut > state.newest_at_opening]
    if not since_opened:
        return
    newest, refused = trial.standing()
    for cut, reason in refused.items():
        if cut in since_opened:
            st.error(f"**The cut {cut} has come, and was refused.** {text(reason)}")
    if newest in since_opened and newest > state.frame.cut:
        st.info(f"A newer cut has come: {newest}.", icon=":material/fiber_new:")
        if st.button(f"Show the cut {newest}", on_click=state.update, args=({"cut": newest},)):
            st.rerun()


def delivered(trial: data.Trial) -> None:
    """The files of the cut, and what in them could not be taken as it stands."""
    findings = ask("exports/findings")
    label = f"What was delivered in this cut? {len(findings)} findings"
    with st.expander(label, on_change="rerun", key="delivered") as opened:
        if opened.open:
            st.caption(f"Fingerprint of the cut: `{trial.export(state.frame.cut).fingerprint}`")
            st.dataframe(ask("exports/files"), hide_index=True)
            st.markdown("**Values that could not be taken as they stand**")
            if findings.empty:
                st.markdown("There are none.")
            else:
                st.dataframe(findings, hide_index=True)
            st.markdown("**Optional tables and columns that this export lacks**")
            st.dataframe(ask("exports/absent"), hide_index=True)
            if trial.strangers():
                listed = ", ".join(map(text, trial.strangers()))
                st.markdown(f"**Beside the cuts, and not read as one:** {listed}")
    how("delivered", ["exports/files", "exports/findings", "exports/absent"])


# Streamlit takes a folder named pages/ for its own until this file has run once, and so puts a
# "Page not found" over the first page that is opened by a link on a fresh server. Open it again.
if not visits():
    visits().append(page.url_path)
    if page.url_path:
        st.html("<script>location.reload()</script>", unsafe_allow_javascript=True)

if page is start:
    st.switch_page(FIRST, query_params=st.query_params.to_dict())

st.html(STYLE)
trial = open_trial()
with st.sidebar:
    identity = trial.protocol.identity
    st.markdown(f"**{text(identity.registry_number)}** {text(identity.title)}")
state.setdefault("newest_at_opening", trial.cuts()[0])
state.frame = choose(trial)
warn(trial, state.frame)
offer_newer()
st.title(page.title)
compared = f" · compared with {state.frame.since}" if state.frame.since else ""
st.caption(text(state.frame.label + compared))
page.run()
st.divider()
delivered(trial)
