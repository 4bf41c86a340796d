import pandas as pd
import streamlit as st

import charts
from charts import dosing, parts
from pages import ask, ask_before, frame, how, show, table, text, tile
from queries import parameters, read

DAY = {"format": "YYYY-MM-DD"}

summary, earlier = ask("dosing/summary"), ask_before("dosing/summary")
now = charts.first(summary)
before = charts.first(earlier) if earlier is not None else {}
meaning = read("dosing/summary").columns
protocol = parameters("tables/infusions", frame().cut)
has_plan = protocol["dosing_n_infusions"] is not None


def definition(column: str, total: str | None) -> str:
    """What a tile counts, of what, and what the ends of its range are."""
    of = f"; of: {meaning[total]}" if total else ""
    least, most = meaning.get(f"{column}_least"), meaning.get(f"{column}_most")
    return meaning[column] + of + (f". A range is from {least}, to {most}" if least else "")


st.markdown("*Was every infusion given when, how much and from whom the protocol says?*")
st.subheader(dosing.sentence(summary))
if unset := dosing.not_set(protocol):
    st.info(f"**Not set in protocol.toml:** {'; '.join(unset)}.", icon=":material/rule:")
if lacking := [
    name for name in charts.listed(ask("exports/absent"), "name") if name in dosing.NEEDED
]:
    st.info(
        f"**Not in this export:** {', '.join(map(text, lacking))}. What rests on it is unknown.",
        icon=":material/help:",
    )

if has_plan:
    columns = iter(st.columns([3, 4.4, 3, 2.3, 2.3]))
    for label, column, total, note in (
        ("Infusions given", "n_given", "n_owed", dosing.extra(summary)),
        ("Adherence", "pct_adherent", None, dosing.limits(summary)),
        ("All in protocol", "n_patients_adherent", "n_patients_finished", dosing.open_(summary)),
        ("Due now", "n_due", None, None),
        ("Overdue", "n_overdue", None, None),
    ):
        is_rate = column == "pct_adherent"
        value, was = (
            charts.whole(each) if is_rate and not pd.isna(each) else each
            for each in (now[column], before.get(column))
        )
        with next(columns):
            tile(
                label,
                value,
                was,
                of=now[total] if total else None,
                shown=dosing.rate(summary) if is_rate else None,
                unit="points" if is_rate else None,
                note=note,
                meaning=definition(column, total),
            )
    how("numbers", ["dosing/summary"])

    worklist = ask("dosing/worklist")
    st.markdown(f"##### {dosing.week(worklist)}")
    table(
        worklist,
        {
            "usubjid": "Patient",
            "infusion": "Infusion",
            "status": "Status",
            "opens_on": st.column_config.DateColumn("Opens", **DAY),
            "closes_on": st.column_config.DateColumn("Closes", **DAY),
            "donor": "First donor",
            "held_by": "Held up by",
            "days_left": "Days left",
            "given_before": "Infusion before it",
            "is_projected": "Projected",
            "cohort": "Group",
        },
        panel="work list",
        question="dosing/worklist",
        empty="No infusion is due or overdue, and none opens within 7 days.",
    )
    show(dosing.course(ask("dosing/course")), panel="course", questions=["dosing/course"])
    show(
        dosing.dose(
            ask("dosing/infusions"),
            protocol["dosing_dose_min_per_kg"],
            protocol["dosing_dose_max_per_kg"],
        ),
        panel="dose",
        questions=["dosing/infusions"],
    )
    st.markdown("##### Where dosing departed from the protocol")
    table(
        parts.matched(ask("dosing/deviations")),
        {
            "usubjid": "Patient",
            "infusion": "Infusion",
            "rule": "Rule",
            "expected": "Expected",
            "observed": "Observed",
            "recorded": "By the site",
        },
        panel="deviations",
        question="dosing/deviations",
        empty="No rule is broken, and the site recorded no deviation of dosing.",
    )
    st.caption(text(parts.recorded(ask("dosing/accounting"), lacking)))
    st.markdown("##### Which patients received which batch")
    table(
        ask("dosing/batches"),
        {
            "donor": "Donor",
            "exlot": "Batch",
            "n_patients": "Patients",
            "n_infusions": "Infusions",
            "patients": "Patients (infusions)",
            "first_from": st.column_config.DateColumn("First given", **DAY),
            "viability_min": st.column_config.NumberColumn("Viability from", format="%g %%"),
            "viability_max": st.column_config.NumberColumn("to", format="%g %%"),
            "n_viability": "Measured in",
        },
        panel="batches",
        question="dosing/batches",
        empty="No infusion has been given.",
    )
    st.markdown("##### Every infusion, planned or given")
    table(
        dosing.with_adherence(ask("dosing/infusions")),
        {
            "usubjid": "Patient",
            "infusion": "Infusion",
            "given_dtc": "Given",
            "status": "Status",
            "dose_per_kg": st.column_config.NumberColumn("Million cells/kg", format="%.2f"),
            "dose_status": "Dose",
            "adherent": "In protocol",
            "reason": "Reason",
            "given_day": "Study day",
            "cohort": "Group",
            "opens_on": st.column_config.DateColumn("Window opens", **DAY),
            "closes_on": st.column_config.DateColumn("Window closes", **DAY),
            "dose_why": "Dose not known because",
            "weight_kg": st.column_config.NumberColumn("Weight", format="%g kg"),
            "donor": "Donor",
            "donor_status": "Same donor",
            "exlot": "Batch",
            "viability": st.column_config.NumberColumn("Viability", format="%g %%"),
        },
        panel="list of infusions",
        question="dosing/infusions",
        empty="Nobody has been included in this group.",
    )
    if aside := parts.set_aside(ask("dosing/accounting"), "records"):
        st.caption(text(f"Records of exposure of which no infusion is made: {aside}."))
else:
    treatment = ask("dosing/treatment")
    show(dosing.treatment(treatment), panel="treatment", questions=["dosing/treatment"])
    table(
        treatment,
        {
            "usubjid": "Patient",
            "cohort": "Group",
            "treatments": "Treatment",
            "doses": "Doses",
            "first_from": st.column_config.DateColumn("From", **DAY),
            "last_to": st.column_config.DateColumn("To", **DAY),
            "days_treated": "Days treated",
            "days_at_least": "At least",
            "days_at_most": "At most",
            "n_records": "Records",
            "n_perhaps": "Perhaps given",
            "n_open": "Without an end",
        },
        panel="list of treatment",
        question="dosing/treatment",
        empty="Nobody has been included in this group.",
    )
