import streamlit as st

from charts import exports
from pages import ask, frame, learn, show, table

st.markdown("*Which cuts were delivered, can they be trusted, and what do they lack?*")
learn()
cuts = ask("exports/cuts")
findings = ask("exports/findings")
mine = cuts[cuts["cut"] == frame().cut].iloc[0]
n_refused = int((cuts["status"] == "refused").sum())
words = "finding" if len(findings) == 1 else "findings"
st.subheader(
    f"{len(cuts)} cuts were delivered, {n_refused} of them refused. "
    f"The one of {frame().cut} holds {mine['n_rows']} rows, with {len(findings)} {words}."
)
table(
    cuts,
    {
        "cut": "Cut",
        "status": "Status",
        "refused": st.column_config.TextColumn("Why it was refused", width="large"),
        "n_files": "Files",
        "n_rows": "Rows",
        "rows_change": "Rows more than before",
        "n_bytes": st.column_config.NumberColumn("Size", format="bytes"),
        "n_findings": "Findings",
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
