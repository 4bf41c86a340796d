"""A viewer without a browser: speaks to a Streamlit server as its front end does.

The client sends a BackMsg (which page, the state of the widgets, the messages it still holds), and
the server answers with ForwardMsgs up to `script_finished`. The time of a run is the time between.
"""

import asyncio
import time
from dataclasses import dataclass, field

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

FINISHED = {
    ForwardMsg.FINISHED_SUCCESSFULLY,
    ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
}


@dataclass
class Run:
    """A run of the script, as seen from outside."""

    ms: float = 0
    n_bytes: int = 0
    deltas: list[bytes] = field(default_factory=list)  # what was drawn, whole messages
    exceptions: list[str] = field(default_factory=list)


class Viewer:
    """One websocket, one session."""

    def __init__(self, port: int, query: str = "", timeout: float = 600) -> None:
        self.url = f"ws://127.0.0.1:{port}/_stcore/stream"
        self.query, self.timeout = query, timeout
        self.pages: dict[str, str] = {}  # address of a page: its hash
        self.page = ""
        self.held: dict[str, int] = {}  # messages that need not be sent again: runs since their use

    async def __aenter__(self) -> "Viewer":
        self.socket = await websockets.connect(
            self.url, subprotocols=["streamlit"], max_size=None, compression=None,
            ping_interval=None, open_timeout=self.timeout,
        )  # fmt: skip
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.close()

    async def run(self, page: str | None = None) -> Run:
        """Ask for a run, of another page if one is named, and wait for its end."""
        self.page = self.pages[page] if page is not None else self.page
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_script_hash = self.page
        message.rerun_script.cached_message_hashes.extend(self.held)
        start = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        return await asyncio.wait_for(self._collect(start), self.timeout)

    async def _collect(self, start: float) -> Run:
        run, used = Run(), set()
        while True:
            data = await self.socket.recv()
            run.n_bytes += len(data)
            message = ForwardMsg.FromString(data)
            kind = message.WhichOneof("type")
            if kind == "ref_hash":
                used.add(message.ref_hash)
            elif kind == "delta":
                run.deltas.append(data)
                if message.metadata.cacheable:
                    used.add(message.hash)
                if message.delta.new_element.WhichOneof("type") == "exception":
                    run.exceptions.append(message.delta.new_element.exception.message)
            elif kind == "navigation":
                for page in message.navigation.app_pages:
                    self.pages[page.url_pathname] = page.page_script_hash
                self.page = message.navigation.page_script_hash
            elif kind == "session_event":
                run.exceptions.append(message.session_event.script_compilation_exception.message)
            elif kind == "script_finished":
                if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    continue
                run.ms = (time.perf_counter() - start) * 1000
                if message.script_finished not in FINISHED:
                    raise RuntimeError("; ".join(run.exceptions) or "the script did not compile")
                # The front end keeps what the last runs have used.
                aged = {each: age + 1 for each, age in self.held.items() if age < 2}
                self.held = aged | dict.fromkeys(used, 0)
                run.exceptions = [each for each in run.exceptions if each]
                return run
