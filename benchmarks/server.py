"""Servers to be measured: started on a free port, stopped when the measuring is over."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Server:
    port: int
    pid: int
    started: float  # perf_counter() before the process was made

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def megabytes(self) -> float:
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextlib.contextmanager
def serving(
    script: Path | str,
    trial: Path | str,
    *options: str,
    env: dict[str, str] | None = None,
    through: str = "streamlit",
) -> Iterator[Server]:
    """Serve a script on a trial, through a module that takes Streamlit's options."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", through, "run", str(script)]
    command += ["--server.port", str(port), "--server.headless", "true", *options]
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=os.environ | {"TRIAL": str(trial), "PYTHONPATH": str(ROOT)} | (env or {}),
    )  # fmt: skip
    try:
        _wait(port, process)
        yield Server(port, process.pid, started)
    finally:
        process.terminate()
        process.wait()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        if process.poll() is not None:
            raise RuntimeError("the server has ended")
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5).close()
            return
        time.sleep(0.05)
    raise RuntimeError("the server has not answered for a minute")
