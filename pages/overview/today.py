import streamlit as st

import data
from charts import today
from pages import (
    ask,
    ask_before,
    frame,
    how,
    is_learnt,
    is_shared,
    learn,
    markup,
    patient_link,
    show,
    text,
    tile,
)
from queries import parameters

STYLE = """
<style>
    table.attention a { color: #0072B2; }
    table.attention { border-collapse: collapse; width: 100%; font-size: .9rem; }
    table.attention th { text-align: left; font-weight: 600; color: #595959; font-size: .85rem; }
    table.attention th, table.attention td {
        padding: .25rem .4rem; border-bottom: 1px solid #E4E4E4; vertical-align: top; }
    table.attention td:not(.what) { white-space: nowrap; }
    table.attention td.what { overflow-wrap: anywhere; min-width: 9rem; }
    @media (max-width: 640px) {
        table.attention thead { display: none; }
        table.attention tr { display: block; border-bottom: 1px solid #E4E4E4; padding: .4rem 0; }
        table.attention td { display: inline-block; border: 0; padding: .1rem .5rem .1rem 0; }
        table.attention td.what { display: block; }
        table.attention td:empty { display: none; }
    }
</style>
"""
PAGES = {
    "recruitment": ("pages/conduct/recruitment.py", "Recruitment", ":material/group_add:"),
    "dosing": ("pages/conduct/dosing.py", "Dosing", ":material/vaccines:"),
    "safety": ("pages/safety/safety_counts.py", "Safety", ":material/shield:"),
    "follow-up": ("pages/conduct/follow_up.py", "Follow-up", ":material/event_available:"),
}

headline, earlier = ask("today/headline"), ask_before("today/headline")
attention, lanes = ask("today/attention"), ask("today/lanes")
before = {} if earlier is None else earlier.set_index("name")["value"].to_dict()
has_trends = frame().cohort is None and len(data.trial().cuts()) > 1
trends = ask("today/trends") if has_trends and is_learnt() else None
kept = {name: value for name, value in st.query_params.to_dict().items() if name != "patient"}

st.html(STYLE)
st.markdown("*What must be done today, and where does the trial stand?*")
st.subheader(text(today.found(attention)))

said = today.answers(headline)
with st.grid(4, min_column_width=250 if is_shared() else 360):
    for topic, (page, label, icon) in PAGES.items():
        with st.container(gap="xsmall"):
            st.page_link(page, label=f"**{label}**", icon=icon, query_params=kept)
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
progress = st.container()

with st.grid(2, min_column_width=620):
    with st.container():
        heading = "<p><strong>Needs attention</strong>, the most urgent first</p>"
        markup(
            heading + today.worklist(attention, kept),
            panel="attention",
            questions=["today/attention"],
            height=400 if len(attention) > 10 else "content",
        )
    with st.container():
        figure = today.lanes(
            lanes, parameters("tables/adverse_events", frame().cut)["outcomes_days"]
        )
        with st.container(height=600 if figure.layout.height > 900 else "content", border=False):
            clicked = show(figure, panel="lanes", questions=["today/lanes"], is_clickable=True)
        for usubjid in sorted(set(clicked)):
            patient_link(usubjid)
how("numbers", ["today/headline", "today/members", "today/trends"])

if frame().cohort is not None:
    progress.caption("The small trends are kept for all groups together.")
elif has_trends and trends is None:
    # The page is read while the cuts are: reading all of them for the first time takes a while.
    with progress:
        learn()
    st.rerun()
