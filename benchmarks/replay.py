"""The same pages with nothing to work out: a Streamlit script that sends what was sent before.

This is the floor: whoever shows these elements with Streamlit takes as long. The pages come from a
recording of the dashboard, which REPLAY names.
"""

import os
import pickle
from functools import cache, partial
from pathlib import Path

import streamlit as st
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner import get_script_run_ctx


@cache
def recorded(file: str) -> dict[str, list[bytes]]:
    return pickle.loads(Path(file).read_bytes())


def send(deltas: list[bytes]) -> None:
    context = get_script_run_ctx()
    for delta in deltas:
        context.enqueue(ForwardMsg.FromString(delta))


if __name__ == "__main__":
    st.set_page_config(page_title="Replay", page_icon="🩺", layout="wide")
    pages = recorded(os.environ["REPLAY"])
    # At "/" stands a page that hands over to the first, as in the dashboard.
    start = st.Page(lambda: None, title="Start", url_path="start", default=True)
    drawn = [
        st.Page(partial(send, deltas), title=address, url_path=address)
        for address, deltas in pages.items()
    ]
    page = st.navigation([start, *drawn])
    if page is start:
        st.switch_page(drawn[0])
    page.run()
