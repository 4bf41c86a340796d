"""The same pages with nothing to work out: each call to Streamlit with stored frames and figures.

This is the floor: whoever shows these elements with Streamlit takes as long. The calls come from
recorded.py, in the folder that REPLAY names.
"""

import gc
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from benchmarks.recorded import MAIN, SIDEBAR, Call, recorded


def play(calls: list[Call]) -> None:
    containers: dict[int, Any] = {MAIN: st, SIDEBAR: st.sidebar}
    for on, name, args, kwargs, made in calls:
        if name == "__exit__":
            containers[on].__exit__(None, None, None)
            continue
        if name == "page_link":
            args = (drawn[Path(args[0]).stem],)
        result = getattr(containers[on], name)(*args, **kwargs)
        if made:
            listed = list(result) if isinstance(result, (list, tuple)) else [result]
            containers |= zip(made, listed, strict=True)


if __name__ == "__main__":
    gc.set_threshold(5_000, 20, 20)  # what holds for the server is the same: see pages/serving
    sys.setswitchinterval(0.02)
    st.set_page_config(page_title="Replay", page_icon="🩺", layout="wide")
    pages = recorded(os.environ["REPLAY"])
    # At "/" stands a page that hands over to the first, as in the dashboard.
    start = st.Page(lambda: None, title="Start", url_path="start", default=True)
    drawn = {
        address: st.Page(partial(play, calls), title=address, url_path=address)
        for address, calls in pages.items()
        if address != "start"
    }
    page = st.navigation([start, *drawn.values()])
    if page is start:
        st.switch_page(next(iter(drawn.values())))
    page.run()
