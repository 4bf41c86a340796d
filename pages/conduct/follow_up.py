import streamlit as st

import charts
from charts import follow_up, parts
from pages import ask, ask_before, how, show, table, text, tile
from queries import read

completion = ask("follow_up/completion")
total = charts.first(charts.of(completion, place=0))
earlier = ask_before("follow_up/completion")
before = charts.first(charts.of(earlier, place=0)) if earlier is not None else {}
completeness = ask("follow_up/completeness")
worklist = ask("follow_up/worklist")
meaning = read("follow_up/completion").columns

st.markdown("*Is every patient seen when the protocol says, to the end of the follow-up?*")
st.subheader(follow_up.sentence(completion, worklist))

with st.grid(5, min_column_width=130):
    for label, column, of in (
        ("Visits made", "n_done", "n_owed"),
        ("Overdue", "n_overdue", None),
        ("Missed", "n_missed", None),
        ("Due now", "n_due", None),
        ("Not due any more", "n_not_due", None),
    ):
        tile(
            label,
            total[column],
            before.get(column),
            of=total[of] if of and total[of] < 1000 else None,  # more would be cut off
            meaning=meaning[column],
        )
how("numbers", ["follow_up/completion", "follow_up/completeness"])

st.markdown("**What is overdue, due, or opens within two weeks**")
days = {"format": "YYYY-MM-DD"}
table(
    charts.filled(worklist, reason="", last_contact=""),
    {
        "usubjid": "Patient",
        "visit": "Visit",
        "status": "Status",
        "target_on": st.column_config.DateColumn("Planned for", **days),
        "opens_on": st.column_config.DateColumn("Opens", **days),
        "closes_on": st.column_config.DateColumn("Closes", **days),
        "days_left": "Days left",
        "reason": "To know",
        "last_contact_on": st.column_config.DateColumn("Last contact", **days),
        "last_contact": "By",
        "cohort": "Group",
    },
    panel="work list",
    question="follow_up/worklist",
    empty="No visit is overdue or due, and none opens within two weeks.",
)
show(follow_up.matrix(ask("follow_up/visits")), panel="matrix", questions=["follow_up/visits"])
show(follow_up.completion(completion), panel="completion", questions=["follow_up/completion"])
st.markdown("**Where visits departed from the protocol**")
table(
    parts.matched(ask("follow_up/deviations")),
    {
        "usubjid": "Patient",
        "visit": "Visit",
        "rule": "Rule",
        "expected": "Expected",
        "observed": "Observed",
        "recorded": "By the site",
    },
    panel="deviations",
    question="follow_up/deviations",
    empty="No visit broke its window, and the site recorded no deviation of visits.",
)
lacking = charts.listed(ask("exports/absent"), "name")
st.caption(text(parts.recorded(ask("follow_up/accounting"), lacking)))
show(
    follow_up.last_visit(ask("follow_up/last_visit")),
    panel="last visit",
    questions=["follow_up/last_visit"],
)
show(
    follow_up.person_time(ask("follow_up/person_time"), completeness),
    panel="person-time",
    questions=["follow_up/person_time", "follow_up/completeness"],
)
st.markdown("**Recorded visits that are not in the schedule, or cannot be right**")
table(
    ask("follow_up/unscheduled"),
    {
        "usubjid": "Patient",
        "cohort": "Group",
        "visit": "Visit",
        "visitnum": "Number",
        "visit_dtc": "Date",
        "visit_day": "Study day",
        "took_place": "Took place",
        "why": "Why it is here",
    },
    panel="other records",
    question="follow_up/unscheduled",
    empty="Every recorded visit is in the matrix.",
)
