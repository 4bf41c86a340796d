import streamlit as st

import charts
from charts import changes, recruitment
from pages import (
    ask,
    ask_before,
    box,
    download,
    download_workbook,
    frame,
    how,
    is_shared,
    learn,
    link,
    listing,
    show,
    table,
    text,
    tile,
    with_course,
)
from queries import answers, parameters, read

RECORD = {
    "usubjid": "Patient",
    "table_name": "Table",
    "record": "Record",
    "change": "Change",
    "column_name": "Column",
    "before": st.column_config.TextColumn("Before", width=180),
    "after": st.column_config.TextColumn("After", width=180),
    "because": "Because the column or table is",
}
FACT = {
    "usubjid": "Patient",
    "record": "Of",
    "title": "Event, as it was",
    "fact": "Fact",
    "change": "Change",
    "before": "Before",
    "after": "After",
    "days_moved": "Days moved",
    "course": st.column_config.LinkColumn("Course", display_text="open"),
}


def track() -> None:
    """What Recruitment answers, and whether that moved: the plan and the forecast are its own."""
    cumulative, forecast = ask("recruitment/cumulative"), ask("recruitment/forecast")
    earlier, forecast_then = (
        ask_before("recruitment/cumulative"),
        ask_before("recruitment/forecast"),
    )
    of = {"counts": parameters("tables/participants", frame().cut)["recruitment_counts"]}
    of |= {"cohort": frame().cohort}
    said = recruitment.sentence(cumulative, forecast, **of)
    if earlier is not None:
        said += " " + recruitment.moved(cumulative, forecast, earlier, forecast_then, **of)
    st.markdown(f"**Are we on track?** {said}")


def links() -> None:
    with st.container(horizontal=True):
        link("recruitment", "The plan and the forecast")
        link("checks", "Can the data be trusted?")


def alone() -> None:
    """One cut, or none before it that can be used."""
    learn()
    cuts = ask("exports/cuts")
    older = cuts[cuts["cut"] < frame().cut]
    why = (
        "no older cut can be used"
        if len(older)
        else f"{frame().cut} is the first cut of this trial"
    )
    st.subheader(f"There is nothing to compare: {why}.")
    track()
    links()
    show(charts.blank(f"Nothing to compare: {why}."), panel="cuts", questions=["exports/cuts"])


def compared(since: str) -> None:
    summary = charts.first(ask("changes/summary"))
    numbers, behind = ask("changes/numbers"), ask("changes/behind")
    rows, facts, delivered = ask("changes/rows"), ask("changes/facts"), ask("changes/delivered")
    removed, after_sae = charts.of(rows, change="removed"), charts.of(facts, is_after_sae=True)
    lost = charts.listed(charts.of(delivered, change="no longer delivered"), "name")

    st.subheader(text(changes.sentence(summary, numbers, since)))
    track()
    links()
    if len(removed):
        gone = charts.counted(len(removed), "record is", "records are")
        st.error(
            f"**{gone} gone that the cut of {since} held.** Data should not vanish: ask data "
            "management why, and whether a number rested on it.",
            icon=":material/delete_forever:",
        )
        listing(
            answers.as_text(
                charts.filled(removed, before="nothing"),
                {"usubjid": "Patient", "record": "Record", "before": "What it said"},
            ),
            panel="removed",
            questions=["changes/rows"],
            height="content" if len(removed) < 8 else 320,
        )
    if len(lost):
        st.error(
            f"**No longer delivered: {', '.join(map(text, lost))}.** What rests on it is not known "
            "in this cut, and each of its values counts as changed.",
            icon=":material/view_column:",
        )
    if len(after_sae):
        said = charts.counted(len(after_sae), "fact has", "facts have")
        st.warning(
            f"**{said} changed of events that had been reported as serious.** They are listed "
            "below, under the corrections.",
            icon=":material/edit_note:",
        )

    meaning = read("changes/summary").columns
    columns = iter(st.columns(6))
    for label, column in (
        ("Numbers", "n_moved"),
        ("Added", "n_added"),
        ("Changed", "n_changed"),
        ("Removed", "n_removed"),
        ("Statuses", "n_facts"),
        ("SAE edits", "n_after_sae"),
    ):
        of = summary["n_numbers"] if column == "n_moved" else None
        with next(columns):
            tile(label, summary[column], of=of, meaning=meaning[column])
    if is_shared():  # where nobody can point at a number to see what it means
        st.caption(
            "Numbers: headline numbers that count other records. Added, changed, removed: records. "
            "Statuses: what is derived from the records and is not what it was. SAE edits: those "
            "of an event that was serious before."
        )
    how("what changed", ["changes/summary", "recruitment/cumulative", "recruitment/forecast"])
    moves = changes.topics(numbers)
    said = [f"- **{text(topic.capitalize())}**: {text(what)}" for topic, what in moves]
    st.markdown("\n".join(said))
    download_workbook(
        {
            "numbers": numbers,
            "records behind": behind,
            "rows": rows,
            "facts": facts,
            "tables and columns": delivered,
        },
        "changes",
        key="changes workbook",
    )

    clicked = show(
        changes.numbers(numbers, since),
        panel="numbers",
        questions=["changes/numbers"],
        is_clickable=True,
    )
    moved = changes.moved(numbers)
    if clicked and clicked != st.session_state.get("clicked"):
        st.session_state.clicked, st.session_state.number = clicked, clicked[0]
    if st.session_state.get("number") not in moved:
        st.session_state.number = None
    st.markdown("##### The records that made the difference")
    choice = "Of which number? Of all, unless one is chosen here or by a click on its bar."
    number = st.pills(choice, moved, key="number", wrap=True)
    chosen = charts.of(behind, name=number) if number else behind
    if number:
        st.markdown(
            f"{text(number)}: {len(chosen)} of the {len(behind)} records below are behind it."
        )
    table(
        with_course(chosen),
        {
            "name": "Number",
            "moved": "Came or went",
            "usubjid": "Patient",
            "course": st.column_config.LinkColumn("Course", display_text="open"),
            "record": "Record",
            "detail": st.column_config.TextColumn("What it says", width="large"),
        },
        panel="behind",
        question="changes/behind",
        left_out=len(behind) - len(chosen),
        empty="Every number counts the records that it counted before.",
    )
    table(
        numbers,
        {
            "topic": "Topic",
            "label": "Number",
            "before": f"In {since}",
            "after": f"In {frame().cut}",
            "difference": st.column_config.NumberColumn("Difference", format="%+d"),
            "n_come": "Records that came",
            "n_gone": "Records that went",
            "unit": "Unit",
        },
        panel="list of numbers",
        question="changes/numbers",
        empty="There is no headline number.",
    )

    patients = ask("changes/patients")
    figure = changes.patients(patients, since)
    with box(figure, 760, beyond=2000):
        show(figure, panel="patients", questions=["changes/patients"])

    st.markdown("##### Corrected after it had been reported as a serious event")
    table(
        with_course(after_sae),
        FACT,
        panel="after SAE",
        question="changes/facts",
        empty="Nothing changed of any event that was serious before.",
    )
    st.markdown("##### What follows from the records, and is not what it was")
    table(
        with_course(facts),
        FACT,
        panel="facts",
        question="changes/facts",
        empty="No status, grade or date is another than before.",
    )

    st.markdown("##### Every record that is not the same")
    with st.container(horizontal=True):
        kinds = st.pills("Only", changes.MARKS, selection_mode="multi", key="kinds", default=None)
        tables = st.pills(
            "Of the tables",
            charts.values(rows, "table_name"),
            selection_mode="multi",
            key="of",
            wrap=True,
        )
        person = st.selectbox(
            "Of the patient",
            charts.values(rows, "usubjid"),
            index=None,
            placeholder="all",
            key="person",
            width=240,
        )
    listed = changes.chosen(rows, kinds, tables, person)
    if len(listed) < len(rows):
        st.markdown(f"**{len(listed)} of {len(rows)} lines**, by this choice.")
    table(
        listed,
        RECORD,
        panel="rows",
        question="changes/rows",
        left_out=changes.n_records(rows) - changes.n_records(listed),
        empty="No record is another than before.",
    )
    if len(listed):
        download(listed, "changes/rows", key="rows CSV", of=len(rows))
    st.markdown("##### Tables and columns that came or went")
    table(
        delivered,
        {"name": "Table or column", "change": "Change"},
        panel="columns",
        question="changes/delivered",
        empty="Both cuts were delivered with the same tables and columns.",
    )


st.markdown(
    "*What changed since the other cut, are we on track, what made the difference, and did data "
    "vanish?*"
)
if frame().since is None:
    alone()
else:
    compared(frame().since)
