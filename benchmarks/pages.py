"""How long the server works on each page, beside the time to send the same page ready-made."""

import asyncio
from collections.abc import Iterator

from benchmarks import Row
from benchmarks.client import Viewer
from benchmarks.server import Server, serving
from benchmarks.trials import Sizes

ROUNDS = 24  # times as often as the rest: a run is short, and its time varies by half


def measure(sizes: Sizes) -> Iterator[Row]:
    pages, env = sizes.recorded, {"REPLAY": str(sizes.recording)}
    with (
        serving("dashboard.py", sizes.whole) as ours,
        serving("benchmarks/replay.py", sizes.whole, env=env) as replay,
    ):
        times = asyncio.run(_in_turns(ours, replay, list(pages), ROUNDS * sizes.rounds))
    for page, (mine, replayed) in times.items():
        yield Row(page, mine, reference=replayed, than="replayed", at_most=60, ratio_at_most=1.3)
    everything = [run for mine, _ in times.values() for run in mine]
    late = sorted(everything)[int(0.95 * (len(everything) - 1))]
    yield Row("any page, 95th percentile", [late], at_most=120)


async def _in_turns(
    ours: Server, replay: Server, pages: list[str], rounds: int
) -> dict[str, tuple[list[float], list[float]]]:
    times: dict[str, tuple[list[float], list[float]]] = {page: ([], []) for page in pages}
    async with Viewer(ours.port) as mine, Viewer(replay.port) as replayed:
        for viewer in (mine, replayed):
            await viewer.run()
            for page in pages:
                await viewer.run(page)
        both = list(enumerate((mine, replayed)))
        for number in range(rounds):
            for page in pages:
                for place, viewer in both if number % 2 else reversed(both):
                    times[page][place].append((await viewer.run(page)).ms)
    return times
