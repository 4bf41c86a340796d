import pandas as pd
import streamlit as st

import charts
from charts import outcomes
from pages import ask, ask_before, frame, how, show, table, tile
from queries import parameters, read

by_group, patients = ask("outcomes/primary"), ask("outcomes/patients")
vital, deaths = ask("outcomes/vital_status"), ask("outcomes/deaths")
earlier = ask_before("outcomes/primary")
meaning = read("outcomes/primary").columns
set_in = parameters("tables/vital_status", frame().cut)
days = sorted(set_in["outcomes_days"])
first_day = days[0] if days else None
# In days from day 0, as the curve counts them: SDTM's day 28 is 27 days later.
since_zero = [each - set_in["days_first_day"] for each in days]
dates = {"format": "YYYY-MM-DD"}

st.markdown("*What became of the patients by the day of the primary outcome, and since?*")
st.subheader(outcomes.sentence(by_group, vital))

with_outcome = [row for row in charts.records(by_group) if pd.notna(row["primary_outcome"])]
of_group = {} if earlier is None else {row["code"]: row for row in charts.records(earlier)}
if with_outcome:
    with st.grid(5, min_column_width=130):
        for row in with_outcome:
            before = of_group.get(row["code"], {})
            event = "ventilated" if row["primary_outcome"] == "invasive ventilation" else "dead"
            for label, column, of in (
                (f"{row['code']}: {event}", "n_event", "n_known"),
                (f"{row['code']}: pending", "n_not_reached", "n_included"),
            ):
                said = f"{meaning[column]}. Of: {meaning[of]}."
                tile(label, row[column], before.get(column), of=row[of], meaning=said)
        n_dead = None
        if (since := ask_before("outcomes/deaths")) is not None:
            n_dead = len(since)
        tile("Deaths, ever", len(deaths), n_dead, meaning="Included patients who died, on any day.")
    how("numbers", ["outcomes/primary", "outcomes/deaths"])

show(
    outcomes.primary(by_group, patients),
    panel="primary outcome",
    questions=["outcomes/primary", "outcomes/patients"],
)
table(
    charts.filled(patients, primary_outcome="not set", outcome="", reason="", contradiction=""),
    {
        "usubjid": "Patient",
        "cohort": "Group",
        "primary_outcome": "Primary outcome",
        "outcome": "By that day",
        "outcome_on": st.column_config.DateColumn("The day", **dates),
        "reason": "Evidence, or why not",
        "vital_status": "Alive then",
        "contradiction": "Contradiction",
        "begun_day": "Ventilated on day",
        "died_day": "Died on day",
        "days_left": "Days left",
        "last_contact_on": st.column_config.DateColumn("Last contact", **dates),
        "last_contact": "By",
    },
    panel="patients",
    question="outcomes/patients",
    empty="Nobody has been included yet.",
)
show(outcomes.vital_status(vital), panel="vital status", questions=["outcomes/vital_status"])
show(
    outcomes.survival(ask("outcomes/survival"), deaths, since_zero),
    panel="survival",
    questions=["outcomes/survival", "outcomes/deaths"],
)
table(
    charts.filled(deaths, fatal_events="", reported_as=""),
    {
        "usubjid": "Patient",
        "died_from": st.column_config.DateColumn("Died, from", **dates),
        "died_day": "Day",
        "last_infusion": "Last infusion",
        "days_after": "Days after it",
        "fatal_events": "Fatal events",
        "reported_as": "In the site's words",
        "recorded_in": "Recorded in",
        "died_to": st.column_config.DateColumn("Died, to", **dates),
        "n_infusions": "Infusions",
        "cohort": "Group",
    },
    panel="deaths",
    question="outcomes/deaths",
    finding=outcomes.died(deaths),
    empty="There is no death to list.",
)
show(
    outcomes.scale(ask("outcomes/scale"), first_day),
    panel="scale",
    questions=["outcomes/scale"],
)
show(
    outcomes.support(ask("outcomes/support"), first_day),
    panel="support",
    questions=["outcomes/support"],
)
procedures = ask("outcomes/procedures")
if not procedures.empty:
    st.markdown("**Records of support that are not counted**")
    table(
        procedures,
        {
            "usubjid": "Patient",
            "prtrt": "Procedure",
            "prstdtc": "Start",
            "prendtc": "End",
            "why": "Why not",
        },
        panel="procedures",
        question="outcomes/procedures",
        empty="",
    )
st.markdown("**Secondary outcomes: which the export can feed**")
table(
    charts.filled(ask("outcomes/secondary"), fed_by="", lacking=""),
    {
        "measure": "Outcome",
        "until_day": "To day",
        "is_fed": "Can be fed",
        "fed_by": "From",
        "where_to": "Where, or why not",
    },
    panel="secondary",
    question="outcomes/secondary",
    empty="protocol.toml lists no secondary outcome.",
)
