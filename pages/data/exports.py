from datetime import date

import streamlit as st

import charts
import data
from charts import exports
from pages import alterations, ask, frame, learn, show, table, text

st.markdown("*Which cuts were delivered, can they be trusted, and what do they lack?*")
learn()
cuts = ask("exports/cuts")
findings = ask("exports/findings")
# Nobody waits for a simulated cut.
limit = None if frame().is_simulated else data.trial().protocol.stale_after_days
st.subheader(text(exports.sentence(cuts, date.today(), limit)))
refused = exports.refused(cuts)
said = [f"- Refused: **{cut}**. {text(why)}" for cut, why in refused[:3]]
if len(refused) > 3:
    said.append(f"- And {len(refused) - 3} more, listed below with the reason.")
st.markdown("\n".join(said))
mine = charts.first(charts.of(cuts, cut=frame().cut))
said = charts.counted(len(findings), "value or row", "values or rows")
st.markdown(
    f"The cut on screen, {frame().cut}, holds {mine['n_rows']} rows in {mine['n_files']} files; "
    f"{said} could not be taken as they stand."
)
alterations()
table(
    cuts,
    {
        "cut": "Cut",
        "status": "Status",
        "days_after": "Days later",
        "n_files": "Files",
        "n_rows": "Rows",
        "rows_change": "More rows",
        "n_findings": "In doubt",
        "refused": st.column_config.TextColumn("Why it was refused", width="large"),
        "n_bytes": st.column_config.NumberColumn("Size", format="bytes"),
        "fingerprint": "Fingerprint (sha256)",
    },
    panel="cuts",
    question="exports/cuts",
    empty="No cut was delivered.",
)
show(
    exports.size(ask("exports/rows"), cuts),
    panel="size",
    questions=["exports/rows", "exports/cuts"],
)
st.markdown(f"**The files of the cut of {frame().cut}**")
table(
    ask("exports/files"),
    {
        "file": "File",
        "read_as": "Read as",
        "n_rows": "Rows",
        "n_bytes": st.column_config.NumberColumn("Size", format="bytes"),
        "sha256": "Fingerprint (sha256)",
    },
    panel="files",
    question="exports/files",
    empty="The cut holds no file.",
)
st.markdown("**What could not be taken as it stands**")
table(
    findings,
    {
        "file": "File",
        "line": "Line",
        "column_name": "Column",
        "value": "Value",
        "problem": st.column_config.TextColumn("Problem", width="large"),
    },
    panel="findings",
    question="exports/findings",
    empty="Every value could be read.",
)
st.markdown("**Optional tables and columns that this export lacks**")
table(
    ask("exports/absent"),
    {"table_name": "Table", "column_name": "Column"},
    panel="absent",
    question="exports/absent",
    empty="Nothing is lacking.",
)
