import streamlit as st

import charts
from charts import adverse_events, patient, today
from pages import NO_PATIENT, Enough, ask, frame, grid, how, is_shared, quoted, show, text
from queries import parameters

patients = ask("patient/patients")
ids = charts.listed(patients, "usubjid")
state = st.session_state

st.markdown("*What is the whole course of this patient?*")
if not ids:
    st.subheader("Nobody has been included yet.")
labels = patient.labels(ask("patient/labels"))
in_full = {each: each if is_shared() else f"{each} ({labels[each]})" for each in ids}
asked = st.query_params.get("patient")
if state.get("patient") not in ids:
    named = patient.called(asked, labels) if asked else next(iter(ids), None)
    state.patient = named if named in ids else None  # in place of one, nobody else is shown


def step(by: int) -> None:
    here = ids.index(state.patient) if state.patient in ids else min(-by, 0)
    state.patient = ids[(here + by) % len(ids)]


with st.container(horizontal=True, vertical_alignment="bottom"):
    st.button("Previous", on_click=step, args=(-1,), icon=":material/arrow_back:", disabled=not ids)
    st.selectbox(
        "Patient",
        ids,
        index=0 if state.patient else None,  # who is chosen cannot be wiped out
        key="patient",
        format_func=in_full.get,
        placeholder="Choose a patient",
        width=300,
    )
    st.button("Next", on_click=step, args=(1,), icon=":material/arrow_forward:", disabled=not ids)
usubjid = state.patient
if usubjid is None and asked:
    said = f"{quoted(asked)} {NO_PATIENT}."
    st.warning(said)
    raise Enough(said)
if asked != usubjid:
    st.query_params["patient"] = usubjid or ""


def mine(question: str):
    return charts.of(ask(question), usubjid=usubjid)


who = mine("patient/patients")
if len(who):
    st.subheader(text(patient.sentence(charts.first(who), in_full[usubjid])))
if needs := today.of_patient(mine("today/attention")):
    st.markdown(text(needs))
infusions, events = ask("dosing/infusions"), ask("adverse_events/events")
own = mine("adverse_events/events")
show(
    adverse_events.course(
        mine("adverse_events/lanes"),
        own,
        infusions,
        ask("adverse_events/support"),
        outcome_days=parameters("tables/adverse_events", frame().cut)["outcomes_days"],
        cut_on=frame().cut,
    ),
    panel="course",
    questions=[
        "patient/patients",
        "today/attention",
        "adverse_events/events",
        "adverse_events/lanes",
        "adverse_events/support",
        "dosing/infusions",
    ],
    left_out=adverse_events.n_placed(events) - adverse_events.n_placed(own),
)
results = ask("patient/measurements")
show(
    patient.measurements(results, infusions, usubjid, most_rows=2 if is_shared() else None),
    panel="measurements",
    questions=["patient/measurements", "dosing/infusions"],
    left_out=patient.n_placed(results) - patient.n_placed(mine("patient/measurements")),
)


def records(title: str, question: str, columns: dict, empty: str) -> None:
    st.markdown(f"**{title}**")
    rows = mine(question)
    if rows.empty:
        st.info(empty)
    else:
        grid(rows, columns, title)
    of_all = f"{len(rows)} of {len(ask(question))} rows are of this patient"
    st.caption(text(f"{frame().label} · {of_all}"))
    how(title, [question])


records(
    "Infusions",
    "dosing/infusions",
    {
        "infusion": "Infusion",
        "given_dtc": "Given",
        "given_day": "Day",
        "status": "Status",
        "reason": "Because",
        "dose_per_kg": st.column_config.NumberColumn("10⁶ cells/kg", format="%.2f"),
        "dose_status": "Dose",
        "weight_kg": st.column_config.NumberColumn("Weight", format="%.1f kg"),
        "donor": "Donor",
        "donor_status": "Donor is",
        "exlot": "Batches",
        "viability": st.column_config.NumberColumn("Viability", format="%.0f %%"),
    },
    "No infusion of this patient is planned or on record.",
)
records(
    "Adverse events",
    "adverse_events/events",
    {
        "event": st.column_config.NumberColumn("No.", format="%d"),
        "term": "Preferred term",
        "grade": "Grade",
        "is_serious": "Serious",
        "is_related": "Related",
        "start_dtc": "Start",
        "end_dtc": "End",
        "aeout": "Outcome",
        "infusion": "After infusion",
        "days_since_infusion": "Days since it",
        "course": "Course",
        "start_day": "Day",
        "aesi": "Special interest",
    },
    "No adverse event of this patient is on record.",
)
records(
    "Support",
    "adverse_events/support",
    {
        "support": "Support",
        "start_dtc": "Start",
        "end_dtc": "End",
        "start_day": "From day",
        "end_day": "To day",
        "course": "Course",
    },
    "No ventilation, high-flow oxygen or ECMO of this patient is on record.",
)
records(
    "Visits",
    "follow_up/visits",
    {
        "visit": "Visit",
        "target_day": "Day planned",
        "opens_on": st.column_config.DateColumn("Window from", format="YYYY-MM-DD"),
        "closes_on": st.column_config.DateColumn("to", format="YYYY-MM-DD"),
        "status": "Status",
        "reason": "Because",
        "visit_dtc": "Made on",
        "visit_day": "Day",
    },
    "protocol.toml schedules no visit.",
)
records(
    "Vital status on the outcome days",
    "tables/vital_status",
    {
        "outcome_day": "Day",
        "outcome_on": st.column_config.DateColumn("That is", format="YYYY-MM-DD"),
        "status": "Status",
        "reason": "Because",
    },
    "protocol.toml sets no outcome day.",
)
records(
    "Seen on",
    "patient/contacts",
    {
        "kind": "Contact",
        "dtc": "Date",
        "contact_day": "Day",
        "is_after_death": "After the death on record",
    },
    "Nobody has seen this patient.",
)
