"""The calls of the dashboard to Streamlit, for each of its pages, to be made again by replay.py."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.client import Viewer
from benchmarks.server import Server, serving


def record(trial: Path, folder: Path) -> dict[str, int]:
    """Write the recording into an empty folder; returns the pages, with their number of figures."""
    folder.mkdir()
    env = {"REPLAY": str(folder)}
    with (
        serving("dashboard.py", trial, env=env, through="benchmarks.recorded") as server,
        ThreadPoolExecutor(1) as apart,  # Playwright has a loop of its own in this thread
    ):
        return apart.submit(lambda: asyncio.run(_pages(server))).result()


async def _pages(server: Server) -> dict[str, int]:
    async with Viewer(server.port) as viewer:
        await viewer.run()
        addresses = [each for each in viewer.pages if each not in ("", "start")]
    found = {}
    for address in addresses:  # a new viewer each time holds nothing, and is sent it all
        async with Viewer(server.port) as viewer:
            await viewer.run()
            await viewer.run(address)  # the first reader waits for what is worked out once
            viewer.held.clear()
            run = await viewer.run(address)
            assert not run.exceptions, f"{address}: {run.exceptions}"
            found[address] = sum(map(_is_figure, run.deltas))
    return found


def _is_figure(delta: bytes) -> bool:
    element = ForwardMsg.FromString(delta).delta.new_element
    return element.WhichOneof("type") == "plotly_chart"
