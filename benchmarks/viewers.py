"""25 viewers at once of one page, each asking again as soon as it is answered; and at leisure."""

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import Row
from benchmarks.client import Viewer
from benchmarks.server import Server, serving
from benchmarks.trials import Sizes

N_VIEWERS = 25
PAGE = "recruitment"  # typical.py has about its content
SECONDS = 20
DEFAULTS = ("--runner.postScriptGC", "true", "--server.fileWatcherType", "auto")


@dataclass(frozen=True)
class Load:
    per_second: float
    waits: list[float]  # ms
    megabytes: float  # more than before, a viewer
    n_failed: int


def measure(sizes: Sizes) -> Iterator[Row]:
    pages, env = list(sizes.recorded), {"REPLAY": str(sizes.recording)}
    with serving("dashboard.py", sizes.whole) as server:
        ours = asyncio.run(_load(server, [PAGE]))
        calm = asyncio.run(_load(server, pages, think=5))
    with serving(Path("benchmarks/replay.py"), sizes.whole, env=env) as each:
        replayed = asyncio.run(_load(each, [PAGE]))
    with serving(Path("benchmarks/typical.py"), sizes.whole, *DEFAULTS) as each:
        typical = asyncio.run(_load(each, [None]))
    rate = "runs a second"
    yield Row(
        "at saturation", [ours.per_second], rate, [typical.per_second], "typical page",
        ratio_at_least=10,
    )  # fmt: skip
    yield Row(
        "at saturation", [ours.per_second], rate, [replayed.per_second], "replayed",
        ratio_at_least=0.4,
    )  # fmt: skip
    late = sorted(calm.waits)[int(0.95 * (len(calm.waits) - 1))]
    yield Row("another page every 5 s, 95th percentile", [late], at_most=1000)
    yield Row("runs that failed", [ours.n_failed + calm.n_failed], "runs", at_most=0)
    yield Row("memory of the server, a viewer", [ours.megabytes], "MB", at_most=2)


async def _load(server: Server, pages: list[str | None], think: float = 0) -> Load:
    async with Viewer(server.port) as first:  # what is worked out once is not what is measured
        await first.run()
        for page in pages:
            await first.run(page)
    before, waits, failed = server.megabytes, [], []
    opened = asyncio.Barrier(N_VIEWERS)  # nobody is measured before everybody is there

    async def view(number: int) -> None:
        chance = random.Random(number)
        async with Viewer(server.port) as viewer:
            await viewer.run()
            await opened.wait()
            until = time.perf_counter() + SECONDS
            await asyncio.sleep(chance.uniform(0, think))
            while time.perf_counter() < until:
                try:
                    run = await viewer.run(chance.choice(pages))
                except (RuntimeError, TimeoutError) as error:
                    failed.append(error)
                    return
                waits.append(run.ms)
                failed.extend(run.exceptions)
                await asyncio.sleep(chance.expovariate(1 / think) if think else 0)

    await asyncio.gather(*map(view, range(N_VIEWERS)))
    grown = (server.megabytes - before) / N_VIEWERS
    return Load(len(waits) / SECONDS, waits, grown, len(failed))
