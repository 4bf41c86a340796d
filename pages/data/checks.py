import streamlit as st

import charts
from charts import checks
from pages import (
    ask,
    box,
    download,
    download_workbook,
    frame,
    how,
    learn,
    show,
    table,
    text,
    tile,
    with_course,
)
from queries import read

st.markdown("*What in the data cannot be right, since when, and has it been put right?*")
learn()
summary = charts.first(ask("checks/summary"))
found, status = with_course(checks.in_words(ask("checks/compared"))), ask("checks/status")
closed, course = ask("checks/closed"), ask("checks/course")
FINDING = {
    "severity": "Severity",
    "usubjid": "Patient",
    "record": "Record",
    "finding": st.column_config.TextColumn("Finding", width="large"),
    "open_since": "Open since",
    "state": "Change",
    "again": "Open",
    "n_cuts": "Cuts",
    "course": st.column_config.LinkColumn("Course", display_text="open"),
    "rule": st.column_config.TextColumn("The rule", width="large"),
    "because": st.column_config.TextColumn("Because", width="large"),
}

st.subheader(text(checks.sentence(summary, frame().since)))
st.markdown(text(checks.trust(summary)))
if frame().since and summary["n_gone"]:
    st.error(
        f"**{int(summary['n_gone'])} of the findings of {frame().since} cannot be looked for any "
        "more, and nobody has resolved them:** the record, the person or what the rule needs is "
        "not exported any more. They are listed under the findings no longer found.",
        icon=":material/visibility_off:",
    )
meaning = read("checks/summary").columns
trends = checks.trends(course)
columns = iter(st.columns([1, 1, 1, 1, 1, 1.3, 1.6] if frame().since else [1, 1, 1, 1, 1.6]))
for label, column, before in (
    ("Open", "n_open", "n_was_open"),
    ("Critical", "n_critical", "n_was_critical"),
    ("Major", "n_major", "n_was_major"),
    ("Minor", "n_minor", "n_was_minor"),
    ("New", "n_new", None),
    ("Resolved", "n_resolved", None),
    ("Unchecked", "n_unchecked", "n_was_unchecked"),
):
    if column in ("n_new", "n_resolved") and frame().since is None:
        continue
    with next(columns):
        tile(
            label,
            summary[column],
            summary[before] if before else None,
            of=summary["n_rules"] if column == "n_unchecked" else None,
            meaning=meaning[column],
            trend=trends.get(column),
        )
how("numbers", ["checks/summary"])
show(checks.course(course), panel="course", questions=["checks/course"])
figure = checks.broken(status)
with box(figure, 760, beyond=2000):
    show(figure, panel="broken", questions=["checks/status"])

st.markdown("##### Open findings: the new ones first, then the most severe")
mine = charts.of(found, is_open=True)
with st.container(horizontal=True):
    severities = st.pills(
        "Only",
        [each for each in checks.SEVERITIES if each in charts.values(mine, "severity")],
        selection_mode="multi",
        key="severities",
    )
    rule = st.selectbox(
        "Of the rule",
        checks.rules(mine),
        index=None,
        placeholder="all",
        key="rule",
    )
listed = checks.chosen(mine, severities, rule)
if len(listed) < len(mine):
    st.markdown(f"**{len(listed)} of {len(mine)} findings**, by this choice.")
table(
    listed,
    FINDING
    if frame().since
    else {k: v for k, v in FINDING.items() if k not in ("state", "because")},
    panel="open",
    question="checks/compared",
    left_out=len(mine) - len(listed),
    empty="Nothing on record breaks a rule that can be checked.",
)
if len(mine):
    with st.container(horizontal=True):
        download(checks.for_others(mine), "checks/compared", key="findings CSV")
        download_workbook(
            {
                "findings": checks.for_others(found),
                "closed": closed,
                "rules": status,
                "over the cuts": course,
            },
            "checks",
            key="checks workbook",
        )
if frame().since:
    st.markdown(f"##### Findings of {frame().since} that are no longer found")
    table(
        checks.no_longer_found(found),
        FINDING,
        panel="no longer found",
        question="checks/compared",
        empty="Every finding of that cut is still found.",
    )
    st.markdown("##### Closed with any cut so far")
    table(
        closed,
        {
            "severity": "Severity",
            "usubjid": "Patient",
            "record": "Record",
            "finding": st.column_config.TextColumn("Finding", width="large"),
            "gone_with": "Closed with",
            "open_since": "Open since",
            "n_cuts": "Cuts",
            "rule": st.column_config.TextColumn("The rule", width="large"),
        },
        panel="closed",
        question="checks/closed",
        empty="No finding has been closed yet.",
    )
st.markdown(f"##### All {len(status)} rules")
table(
    status,
    {
        "severity": "Severity",
        "rule": st.column_config.TextColumn("The rule", width="large"),
        "state": "State",
        "n_findings": "Findings",
        "n_people": "People",
        "open_since": "Open since",
        "n_new": "New",
        "n_resolved": "Resolved",
        "n_gone": "Gone",
        "reason": st.column_config.TextColumn(
            "Not checked, or not in full, because", width="large"
        ),
        "why": st.column_config.TextColumn("Why it matters", width="large"),
    },
    panel="rules",
    question="checks/status",
    empty="There is no rule.",
)
