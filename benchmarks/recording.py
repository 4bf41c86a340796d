"""What the dashboard sends for each of its pages, to be sent again by replay.py."""

import asyncio
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.client import Viewer
from benchmarks.server import Server


def record(server: Server, file: Path) -> dict[str, int]:
    """Write the recording; returns the pages by address, with their number of figures."""
    with ThreadPoolExecutor(1) as apart:  # Playwright has a loop of its own in this thread
        pages = apart.submit(lambda: asyncio.run(_pages(server))).result()
    file.write_bytes(pickle.dumps(pages))
    return {address: sum(map(_is_figure, deltas)) for address, deltas in pages.items()}


async def _pages(server: Server) -> dict[str, list[bytes]]:
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
            found[address] = run.deltas
    return found


def _is_figure(delta: bytes) -> bool:
    element = ForwardMsg.FromString(delta).delta.new_element
    return element.WhichOneof("type") == "plotly_chart"
