from datetime import date

import streamlit as st

import charts
import data
from charts import dress, today
from pages import (
    ask,
    ask_before,
    box,
    frame,
    how,
    is_learnt,
    is_shared,
    kept,
    learn,
    link,
    markup,
    patient_link,
    show,
    table,
    text,
    tile,
)
from queries import parameters

COLORS = {"link": charts.BLUE, "quiet": charts.QUIET, "grid": charts.GRID}
VARIABLES = "; ".join(f"--{name}: {dress.on_both(color)}" for name, color in COLORS.items())
STYLE = f"<style> table.attention {{ {VARIABLES} }}"
STYLE += """
    table.attention a { color: var(--link); }
    table.attention { border-collapse: collapse; width: 100%; font-size: .9rem; }
    table.attention th {
        text-align: left; font-weight: 600; color: var(--quiet); font-size: .85rem;
    }
    table.attention th, table.attention td {
        padding: .25rem .4rem; border-bottom: 1px solid var(--grid);
        vertical-align: top;
    }
    details.more summary { cursor: pointer; }
    table.attention td:not(.what) { white-space: nowrap; }
    table.attention .day { white-space: nowrap; }
    table.attention td.what { overflow-wrap: anywhere; min-width: 9rem; }
    @container page (max-width: 639px) {
        table.attention thead { display: none; }
        table.attention tr {
            display: block; border-bottom: 1px solid var(--grid); padding: .4rem 0;
        }
        table.attention td { display: inline-block; border: 0; padding: .1rem .5rem .1rem 0; }
        table.attention td.what { display: block; }
        table.attention td:empty { display: none; }
    }
</style>
"""
# All of it on one screen of 1920 x 1080 px: the trends beside the numbers, the rows closer.
# charts/today.py counts on the height of a row of the list.
DENSE = """
<style>
    .stMainBlockContainer > .stVerticalBlock { gap: .5rem; }
    .stMainBlockContainer { padding-bottom: .5rem; }
    .stMainBlockContainer h3 { padding: 0 0 .75rem; }
    .stElementContainer:has(hr) { display: none; }
    .stMainBlockContainer .stExpander summary { padding: .2rem .75rem; min-height: 0; }
    p.of-list { margin: 0 0 .25rem; }
    [data-testid=stMetric] { position: relative; }
    [data-testid=stMetric] > div:first-child { padding: .3rem .6rem; }
    [data-testid=stMetricValue] { font-size: 1.5rem; padding: 0; }
    [data-testid=stMetric] > div:nth-child(2) {
        position: absolute; right: 0; bottom: .3rem; width: 42%;
    }
    [data-testid=stMetric]:has([data-testid=stMetricChart]) [data-testid=stMetricValue] {
        max-width: 58%;
    }
    [data-testid=stMetricChart] { margin: 0; }
    table.attention { font-size: .85rem; line-height: 18px; }
    table.attention th, table.attention td { padding: 3px .3rem; }
    details.more { font-size: .85rem; }
    details.more summary { line-height: 18px; padding: 4px .3rem; }
</style>
"""
LIST_AND_LANES = 458  # px: what a screen of 1080 px leaves for the list, and for the lanes
NOTE = 32  # px, that a line above them takes
PAGES = {
    "recruitment": "recruitment",
    "dosing": "dosing",
    "safety": "safety_counts",
    "follow-up": "follow_up",
}

attention, lanes = ask("today/attention"), ask("today/lanes")
headline, earlier = ask("today/headline"), ask_before("today/headline")
before = {} if earlier is None else {row["name"]: row["value"] for row in charts.records(earlier)}
has_trends = frame().cohort is None and len(data.trial().cuts()) > 1
trends = ask("today/trends") if has_trends and is_learnt() else None

st.html(STYLE)
if not is_shared():
    st.html(DENSE)
st.markdown("*What must be done today, and where does the trial stand?*")
st.subheader(text(today.found(attention)))

if len(attention) and not is_shared():
    st.caption(
        text(today.counted_from(frame().cut, None if frame().is_simulated else date.today()))
    )


def stand() -> None:
    """The four answers, with two numbers each."""
    said = today.answers(headline)
    with st.grid(4, min_column_width=250 if is_shared() else 360):
        for topic, page in PAGES.items():
            with st.container(gap="xsmall"):
                link(page, f"**{topic.capitalize()}**")
                st.markdown(text(said[topic]))
                with st.grid(2, min_column_width=240 if is_shared() else 120):
                    for name, number in today.tiles(headline, topic):
                        tile(
                            name,
                            number["value"],
                            before.get(number["name"]),
                            of=number["n_of"],
                            meaning=number["meaning"],
                            trend=None if is_shared() else today.trend(trends, number["name"]),
                        )
    how("numbers", ["today/headline", "today/members", "today/trends"])


def work() -> None:
    """The list, and every patient beside it."""
    with st.grid(1 if is_shared() else 2, min_column_width=620):
        with st.container(gap="xsmall"):
            room = LIST_AND_LANES - (NOTE if frame().cohort else 0)
            heading = "<strong>Needs attention</strong>, the most urgent first"
            if is_shared():  # where nobody unfolds what is folded away
                table(
                    today.in_words(attention),
                    {
                        "urgency": "Urgency",
                        "usubjid": "Patient",
                        "what": "What",
                        "by_on": st.column_config.DateColumn("By when", format="YYYY-MM-DD"),
                        "days_left": "Days left",
                        "page": "More on",
                    },
                    panel="attention",
                    question="today/attention",
                    finding=today.found(attention),
                    empty="Nothing is due, overdue, new, or to be found out.",
                )
            else:
                markup(
                    f'<p class="of-list">{heading}</p>' + today.worklist(attention, kept(), room),
                    panel="attention",
                    questions=["today/attention"],
                )
        with st.container(gap="xsmall"):
            outcome_days = parameters("tables/adverse_events", frame().cut)["outcomes_days"]
            figure = today.lanes(lanes, outcome_days, None if is_shared() else room)
            with box(figure, 600, beyond=900):
                clicked = show(figure, panel="lanes", questions=["today/lanes"], is_clickable=True)
            for usubjid in sorted(set(clicked)):
                patient_link(usubjid)


# The desk asks what is to be done; on a shared screen the answer stands before the panels.
for each in (stand, work) if is_shared() else (work, stand):
    each()
progress = st.container()
if frame().cohort is not None:
    progress.caption("The small trends are kept for all groups together.")
elif has_trends and trends is None:
    # The page is read while the cuts are: reading all of them for the first time takes a while.
    with progress:
        learn()
    st.rerun()
