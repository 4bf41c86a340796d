"""Does a page take longer with more patients, and with more cuts?"""

import asyncio
from collections.abc import Iterator

from benchmarks import Row
from benchmarks.client import Viewer
from benchmarks.server import serving
from benchmarks.trials import Sizes

PAGE = "adverse_events"


def measure(sizes: Sizes) -> Iterator[Row]:
    few = _times(sizes.newest(), sizes.rounds)
    for times in (10, 100):
        yield Row(
            f"{PAGE}, {20 * times:,} patients",
            _times(sizes.newest(times), max(3, sizes.rounds // 3)),
            reference=few,
            than="20 patients",
            ratio_at_most=times,
        )
    yield Row(
        f"{PAGE}, {sizes.n_cuts} cuts",
        _times(sizes.whole, sizes.rounds),
        reference=_times(sizes.latest(2), sizes.rounds),  # two, so that there is one to compare
        than="2 cuts",
        ratio_at_most=1.2,
    )


def _times(trial, rounds: int) -> list[float]:
    async def runs(port: int) -> list[float]:
        async with Viewer(port) as viewer:
            await viewer.run()
            await viewer.run(PAGE)
            return [(await viewer.run(PAGE)).ms for _ in range(rounds)]

    with serving("dashboard.py", trial) as server:
        return asyncio.run(runs(server.port))
