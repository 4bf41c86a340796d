import streamlit as st

import charts
from charts import recruitment
from charts.parts import ranges
from pages import ask, ask_before, frame, how, is_shared, part_of, show, table, tile
from queries import parameters, read

summary = charts.first(ask("recruitment/summary"))
earlier = ask_before("recruitment/summary")
before = charts.first(earlier) if earlier is not None else {}
cumulative = ask("recruitment/cumulative")
forecast = ask("recruitment/forecast")
meaning = read("recruitment/summary").columns
counts = parameters("tables/participants", frame().cut)["recruitment_counts"]

st.markdown("*Are we recruiting at the pace that the trial needs?*")
st.subheader(recruitment.sentence(cumulative, forecast, counts=counts, cohort=frame().cohort))

of_all = "all groups" if frame().cohort else None  # who is screened has no group yet
wanted = {"n_included": None, "n_treated": "n_included"} | {f"n_{counts}": "n_target"}
with st.grid(5, min_column_width=130):
    for label, column, total, note in (
        ("Included", "n_included", wanted["n_included"], None),
        ("Treated", "n_treated", wanted["n_treated"], None),
        ("Screened", "n_screened", None, of_all),
        ("Failed screening", "n_screen_failed", "n_screened", of_all),
    ):
        tile(
            label,
            summary[column],
            before.get(column),
            of=summary[total] if total else None,
            meaning=meaning[column],
            note=note,
        )
    days = summary["days_since_last"]
    is_known = recruitment.known_days(summary) is not None
    tile(
        "Since last patient",
        days,
        recruitment.known_days(before) if is_known else None,
        meaning=meaning["days_since_last"],
        shown=recruitment.since(days, summary["days_since_last_at_least"]),
        unit="days",
    )
how("numbers", ["recruitment/summary", "recruitment/forecast"])

show(
    recruitment.against_plan(cumulative, ask("recruitment/fan"), forecast, counts=counts),
    panel="against plan",
    questions=["recruitment/cumulative", "recruitment/fan", "recruitment/forecast"],
)
show(
    recruitment.screening(ask("recruitment/funnel")),
    panel="screening",
    questions=["recruitment/funnel"],
)
show(
    recruitment.screen_failures(ask("recruitment/screen_failures")),
    panel="screen failures",
    questions=["recruitment/screen_failures"],
)
show(
    recruitment.groups(ask("recruitment/groups")),
    panel="by group",
    questions=["recruitment/groups"],
)
people = ask("recruitment/participants")
parts = ranges(len(people), recruitment.SLIDE if is_shared() else recruitment.PAGE)
here = part_of(parts, panel="people", key=f"people in {len(parts)}")
show(
    recruitment.people(people, frame().cut, here, cohort=frame().cohort),
    panel="people",
    questions=["recruitment/participants"],
    elsewhere=len(people) - len(here),
)
table(
    people,
    {
        "usubjid": "Person",
        "cohort": "Group",
        "status": "Status",
        "inclusion_dtc": "Inclusion",
        "n_infusions": "Infusions",
        "left_on": st.column_config.DateColumn("Left", format="YYYY-MM-DD"),
        "left_why": "Left as",
        "set_aside": "Not counted because",
        "first_infusion_on": st.column_config.DateColumn("First infusion", format="YYYY-MM-DD"),
        "consent_dtc": "Consent",
        "age": st.column_config.NumberColumn("Age", format="%d y"),
        "sex": "Sex",
    },
    panel="list of people",
    question="recruitment/participants",
    empty=recruitment.nobody(frame().cohort),
)
table(
    ask("recruitment/disposition"),
    {"status": "Status", "reason": "Left as", "n_people": "People"},
    panel="disposition",
    question="recruitment/disposition",
    empty=recruitment.nobody(frame().cohort),
)
