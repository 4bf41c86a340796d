import streamlit as st

import charts
from charts import adverse_events, safety_counts
from pages import ask, ask_before, frame, how, is_shared, show, table, text, tile

registry, clocks = ask("safety_counts/registry"), ask("safety_counts/clocks")
rules, infusional = ask("safety_counts/rules"), ask("safety_counts/infusional")
aesi = ask("safety_counts/aesi")
before = ask_before("safety_counts/registry")

st.markdown(
    "*Is it safe to go on: what does the registry count, what is due, and where is the limit?*"
)
is_of_a_group = frame().cohort is not None
st.subheader(safety_counts.sentence(registry, clocks, rules, is_of_a_group))

with st.container(horizontal=True):
    for row in charts.records(registry):
        earlier = None if before is None else charts.first(charts.of(before, code=row["code"]))
        why = f": {row['why_unknown']}" if row["n_unknown"] else ""
        tile(
            row["code"],
            row["n_events"],
            None if earlier is None else earlier["n_events"],
            meaning=f"Events: {row['label']}, by day {row['to_day']}. "
            f"+n? counts those of which it is not known{why}.",
            doubt=row["n_unknown"],
            doubt_before=None if earlier is None else earlier["n_unknown"],
        )
if is_shared():  # where nobody can point at a number to see what it means
    st.caption(text(safety_counts.in_full(registry)))
summary = charts.first(ask("adverse_events/summary"))
if said := adverse_events.notes(summary, ask("adverse_events/events")):
    st.caption(text(said))
how("numbers", ["safety_counts/registry", "adverse_events/summary"])

show(
    safety_counts.clocks(clocks, frame().cut),
    panel="clocks",
    questions=["safety_counts/clocks"],
)
table(
    clocks,
    {
        "usubjid": "Patient",
        "term": "Preferred term",
        "label": "Clock",
        "due_on": st.column_config.DateColumn("Due", format="YYYY-MM-DD"),
        "status": "Status",
        "days_left": "Days left",
        "is_certain": "Certain",
        "reported_dtc": "Reported",
        "why": "Because",
        "event": st.column_config.NumberColumn("No.", format="%d"),
        "start_dtc": "Start",
        "day_zero_dtc": "Sponsor aware",
        "due_to": st.column_config.DateColumn("Due at the latest", format="YYYY-MM-DD"),
        "days_taken": "Days taken",
        "follow_up_on": st.column_config.DateColumn("Follow-up due", format="YYYY-MM-DD"),
    },
    panel="list of clocks",
    question="safety_counts/clocks",
    empty="No serious event is on record, so no clock runs.",
)

patients = ask("safety_counts/evaluable")
bounds, odds = ask("safety_counts/boundary"), ask("safety_counts/characteristics")
for place, name in enumerate(charts.listed(rules, "rule")):
    rule = charts.first(charts.of(rules, rule=name))
    show(
        safety_counts.boundary(
            charts.of(bounds, rule=name), rule, charts.of(patients, rule=name), is_of_a_group
        ),
        panel="boundary",
        questions=["safety_counts/boundary", "safety_counts/rules", "safety_counts/evaluable"],
        number=place,
    )
    show(
        safety_counts.characteristics(charts.of(odds, rule=name), rule),
        panel="characteristics",
        questions=["safety_counts/characteristics"],
        number=place,
    )
if rules.empty:
    show(
        charts.blank("Stopping rules: not set in protocol.toml."),
        panel="boundary",
        questions=["safety_counts/boundary", "safety_counts/rules"],
    )
else:
    table(
        safety_counts.reached(bounds),
        {
            "rule": "Rule",
            "n": "Evaluable patients",
            "stop_at": "Stop at events",  # a dash: no number of events can stop the trial here
            "n_events": "Events so far",
            "reached": "Reached",
        },
        panel="boundary",
        question="safety_counts/boundary",
        empty="",
    )
    table(
        safety_counts.in_percent(odds),
        {
            "rule": "Rule",
            "rate": st.column_config.NumberColumn("True rate", format="%.0f %%"),
            "p_stop": st.column_config.NumberColumn("Stops with", format="%.1f %%"),
            "expected_events": st.column_config.NumberColumn("Events expected", format="%.1f"),
            "expected_n": st.column_config.NumberColumn("Patients expected", format="%.1f"),
        },
        panel="characteristics",
        question="safety_counts/characteristics",
        empty="",
    )
    table(
        patients,
        {
            "rule": "Rule",
            "usubjid": "Patient",
            "cohort": "Group",
            "standing": "Standing",
            "reason": "Because",
            "event_on": st.column_config.DateColumn("Event", format="YYYY-MM-DD"),
            "limit_on": st.column_config.DateColumn("Last day", format="YYYY-MM-DD"),
            "place": "Evaluable as",
            "n_events_to_date": "Events",
        },
        panel="evaluable",
        question="safety_counts/evaluable",
        empty="Nobody counts yet.",
    )

show(safety_counts.registry(registry), panel="registry", questions=["safety_counts/registry"])
show(safety_counts.aesi(aesi), panel="aesi", questions=["safety_counts/aesi"])
show(
    safety_counts.infusional(infusional),
    panel="infusional",
    questions=["safety_counts/infusional"],
)
table(
    ask("safety_counts/unknowns"),
    {
        "usubjid": "Patient",
        "event": st.column_config.NumberColumn("No.", format="%d"),
        "term": "Preferred term",
        "start_dtc": "Start",
        "code": "May count as",
        "unknown": "Not known",
    },
    panel="unknowns",
    question="safety_counts/unknowns",
    empty="Of every event it is known which counts include it.",
)
