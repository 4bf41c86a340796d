"""Recruitment as it is usually written: pandas in cache_data, plotly.express, nothing tuned.

The reference for many viewers at once, with about the content of the Recruitment page.
"""

import os
from pathlib import Path

import pandas as pd
import plotly.express as px
import streamlit as st


@st.cache_data
def load(folder: str, table: str) -> pd.DataFrame:
    return pd.read_csv(Path(folder) / f"{table}.csv")


st.set_page_config(layout="wide")
newest = str(max((Path(os.environ["TRIAL"]) / "simulated").iterdir()))
cut = st.sidebar.selectbox("Data cut", [newest])
dm, ds, ex = (load(cut, table) for table in ("dm", "ds", "ex"))
ae, sv = load(cut, "ae"), load(cut, "sv")
dm["consent"] = pd.to_datetime(dm["rficdtc"], errors="coerce")
ds["on"] = pd.to_datetime(ds["dsstdtc"], errors="coerce")
included = ds[ds["dsdecod"] == "ENTERED INTO TRIAL"].merge(dm, on="usubjid").sort_values("on")
included["n"] = range(1, len(included) + 1)
failed = ds[ds["dsdecod"] == "SCREEN FAILURE"]
treated = ex.groupby("usubjid")["exstdtc"].min().reset_index()

st.title("Recruitment")
numbers = {"Included": included, "Treated": treated, "Screened": dm, "Failed screening": failed}
for column, (label, rows) in zip(st.columns(5), (numbers | {"Events": ae}).items(), strict=True):
    column.metric(label, len(rows))
st.plotly_chart(px.line(included, x="on", y="n", title="Included"))
weeks = dm.groupby(pd.Grouper(key="consent", freq="W")).size().reset_index(name="n")
st.plotly_chart(px.bar(weeks, x="consent", y="n", title="Screened by week"))
reasons = failed.groupby("dsterm").size().reset_index(name="n")
st.plotly_chart(px.bar(reasons, x="n", y="dsterm", orientation="h", title="Screen failures"))
groups = included.groupby(["cohort"]).size().reset_index(name="n")
st.plotly_chart(px.bar(groups, x="cohort", y="n", title="By group"))
days = ds.merge(dm, on="usubjid")
st.plotly_chart(px.scatter(days, x="on", y="usubjid", color="dsdecod", title="People"))
st.dataframe(dm.merge(treated, on="usubjid", how="left"))
st.dataframe(ds.groupby("dsdecod").size().reset_index(name="people"))
