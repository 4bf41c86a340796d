import streamlit as st

from charts.glossary import marks
from pages import text
from queries import glossary

FEW = 40  # rows that are shown at once to whoever looks for something
st.markdown("*What do the words, the marks and the numbers on these screens mean?*")
sections = {
    "Terms": (glossary.terms(), {"term": "Term", "meaning": "Meaning", "found_in": "In"}),
    "Definitions": (
        glossary.definitions(),
        {"name": "Of", "question": "Question", "definition": "Definition"},
    ),
    "Marks in the figures": (marks(), {"of": "Of", "value": "Value", "drawn": "Drawn as"}),
    "Statistics": (
        glossary.statistics(),
        {"name": "Of", "method": "Method and source", "used_in": "In"},
    ),
    "Rules of the data": (
        glossary.rules(),
        {"rule": "Rule", "why": "Why", "severity": "Severity"},
    ),
    "Parameters of the trial": (
        glossary.parameters(),
        {"parameter": "Parameter", "value": "Value", "source": "Source"},
    ),
}
counts = ", ".join(f"{len(rows)} {name.lower()}" for name, (rows, _) in sections.items())
st.subheader(f"{counts}: each read from what computes the numbers.")
wanted = st.text_input("Find", placeholder="overdue, dose_per_kg, Clopper-Pearson", key="find")
for name, (rows, columns) in sections.items():
    found = glossary.matching(rows, wanted)
    label = f"{name}: {len(found)} of {len(rows)}"
    # What was looked for stands open, and is not what the reader has opened or closed.
    key = f"{name} {wanted}" if wanted else name
    is_open = bool(wanted) and 0 < len(found) <= FEW
    with st.expander(label, expanded=is_open, on_change="rerun", key=key) as opened:
        if not opened.open:
            continue
        if name == "Parameters of the trial":
            st.text(glossary.marks())
        cells = found[list(columns)].rename(columns=columns).map(text)
        st.table(cells, hide_index=True, border="horizontal", alt=f"{name} in words.")
