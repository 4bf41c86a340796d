import streamlit as st

import charts
from charts import adverse_events
from pages import (
    ask,
    ask_before,
    box,
    download,
    frame,
    grid,
    how,
    is_shared,
    part_of,
    patient_link,
    show,
    table,
    text,
    tile,
)
from queries import parameters, read

summary = charts.first(ask("adverse_events/summary"))
earlier = ask_before("adverse_events/summary")
before = charts.first(earlier) if earlier is not None else {}
meaning = read("adverse_events/summary").columns
events, lanes = ask("adverse_events/events"), ask("adverse_events/lanes")
columns = {
    "usubjid": "Patient",
    "term": "Preferred term",
    "grade": "Grade",
    "is_serious": "Serious",
    "is_related": "Related",
    "start_dtc": "Start",
    "end_dtc": "End",
    "aeout": "Outcome",
    "course": "Course",
    "start_day": "Day",
    "infusion": "After infusion",
    "days_since_infusion": "Days since it",
    "aesi": "Special interest",
    "is_expected": "Expected",
    "aeacn": "Action taken",
    "cohort": "Group",
    "event": st.column_config.NumberColumn("No.", format="%d"),
    "aeterm": "As reported",
    "soc": "System organ class",
    "grade_from": "Grade from",
    "serious_from": "Serious by",
    "criteria": "Criteria",
    "aerel": "Relatedness",
    "is_infusional": "Infusional",
    "infusional_from": "Infusional by",
    "is_emergent": "Treatment-emergent",
}

st.markdown("*What happened to each patient: when after which infusion, how bad, and is it over?*")
st.subheader(adverse_events.sentence(summary))

with st.container(horizontal=True):
    for label, column, people, doubt in (
        ("Events", "n_events", "n_with_event", None),
        ("Serious", "n_serious", "n_with_serious", "n_serious_unknown"),
        ("Grade 3 or more", "n_severe", "n_with_severe", "n_grade_unknown"),
        ("Related", "n_related", "n_with_related", "n_related_unknown"),
        ("Special interest", "n_special", "n_with_special", "n_special_unknown"),
    ):
        tile(
            label,
            summary[column],
            before.get(column),
            doubt=summary.get(doubt, 0),
            doubt_before=before.get(doubt),
            note=f"in {charts.counted(summary[people], 'patient', 'patients')}",
            meaning=f"{meaning[column]}; {meaning[people]}. +n? is not known.",
        )
if said := adverse_events.notes(summary, events):
    st.caption(text(said))
how("numbers", ["adverse_events/summary"])

with st.container(horizontal=True, vertical_alignment="bottom"):
    wanted = st.pills(
        "Show only events that are",
        [*adverse_events.ONLY, *adverse_events.categories(events)],
        selection_mode="multi",
        key="only",
        wrap=True,
        help="Of categories of special interest, or of grades, an event is one of those chosen; of "
        "all else, it is all that is chosen.",
    )
    order = st.selectbox("Order patients by", adverse_events.ORDERS, key="order", width=180)
    axis = st.segmented_control(
        "Time as", ["study day", "date"], default="study day", required=True, key="axis"
    )
by_date = frame().panel == "course by date" if is_shared() else axis == "date"
panel, wanted = "course by date" if by_date else "course", wanted or []
chosen = {"by_date": by_date, "order": order, "wanted": wanted}
drawn = lanes, events, ask("dosing/infusions"), ask("adverse_events/support")
ends = {
    "outcome_days": parameters("tables/adverse_events", frame().cut)["outcomes_days"],
    "cut_on": frame().cut,
}
parts = (
    adverse_events.slides(*drawn, **chosen, **ends)
    if is_shared()
    else adverse_events.pages(lanes, events, wanted)
)
# Another key for another choice: it starts at its first part.
chosen["here"] = part_of(parts, panel=panel, key=f"lanes {order} {wanted}")
figure = adverse_events.course(*drawn, **chosen, **ends)
with box(figure, 760, beyond=3000):
    clicked = show(
        figure,
        panel=panel,
        questions=[
            "adverse_events/events",
            "adverse_events/lanes",
            "adverse_events/support",
            "dosing/infusions",
        ],
        is_clickable=True,
        elsewhere=adverse_events.n_elsewhere(lanes, events, **chosen),
        left_out=adverse_events.n_left_out(events, by_date=by_date, wanted=wanted),
    )
if clicked:
    picked = events[(events["usubjid"] + "|" + events["event"].astype(str)).isin(clicked)]
    grid(picked, columns, "picked")
    for usubjid in picked["usubjid"].unique():
        patient_link(usubjid)

st.markdown("##### Serious events, and what may be one: the latest first")
serious = ask("adverse_events/serious")
table(
    adverse_events.serious(serious),
    {
        "usubjid": "Patient",
        "term": "Preferred term",
        "grade": "Grade",
        "start_day": "Day",
        "after": "Infusion",
        "aerel": "Relatedness",
        "aeout": "Outcome",
        "is_expected": "Expected",
        "criteria": "Criteria",
        **({} if adverse_events.are_all_serious(serious) else {"is_serious": "Serious"}),
        "start_dtc": "Start",
    },
    panel="serious events",
    question="adverse_events/serious",
    finding=adverse_events.n_serious(serious),
    empty="No event is serious, and none may be.",
)

incidence = ask("adverse_events/incidence")
show(
    adverse_events.incidence(charts.of(incidence, level="soc"), what="class of events"),
    panel="incidence",
    questions=["adverse_events/incidence"],
)
terms = charts.of(incidence, level="pt")
if len(terms):
    soc = st.selectbox(
        "Preferred terms of", list(dict.fromkeys(charts.listed(terms, "soc"))), key="soc"
    )
    of_class = charts.of(terms, soc=soc)
    show(
        adverse_events.incidence(of_class, what=f"event of {soc}"),
        panel="incidence of terms",
        questions=["adverse_events/incidence"],
        left_out=adverse_events.n_counted(terms) - adverse_events.n_counted(of_class),
    )
table(
    adverse_events.by_grade(incidence),
    {
        "event": "Class, and its events",
        "any": "Patients",
        "n_included": "Of",
        "pct": st.column_config.NumberColumn("%", format="%.0f"),
        **{grade: f"Grade {grade}" for grade in "12345"},
        "not known": "Not known",
    },
    panel="by grade",
    question="adverse_events/incidence",
    empty="No adverse event is on record.",
)
listed = adverse_events.only(events, wanted)
table(
    listed,
    columns,
    panel="list of events",
    question="adverse_events/events",
    empty="No adverse event is on record, or none is what was chosen above.",
    left_out=len(events) - len(listed),
)
if len(listed):
    download(listed, "adverse_events/events", key="list of events CSV", of=len(events))
aside = ask("adverse_events/set_aside")
if len(aside):
    table(
        aside,
        {
            "usubjid": "Person",
            "aeseq": "No.",
            "aeterm": "As reported",
            "aestdtc": "Start",
            "reason": "Not counted because",
        },
        panel="set aside",
        question="adverse_events/set_aside",
        empty="",
    )
