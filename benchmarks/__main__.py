import argparse
import importlib
import platform
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from benchmarks import HEADER, RESULTS, line, trials

GROUPS = {
    "pages": "Server time of each page, warm, newest of all cuts",
    "browser": "In Chromium: page switch, and cold start",
    "loading": "A cut seen for the first time, small and large",
    "history": "Every cut",
    "viewers": "25 viewers at once",
    "growth": "More patients, more cuts",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("groups", nargs="*", help=f"some of {', '.join(GROUPS)}; all without")
    parser.add_argument("--cuts", type=int, default=130, help="weekly cuts of the simulated trial")
    parser.add_argument("--patients", type=int, default=200_000, help="in the large cut")
    parser.add_argument("--rounds", type=int, default=10, help="how often each thing is measured")
    asked = parser.parse_args()
    if unknown := set(asked.groups) - set(GROUPS):
        parser.error(f"there is no group {', '.join(sorted(unknown))}")
    written = [f"# Speed, measured on {date.today()}\n", _machine(asked)]
    with tempfile.TemporaryDirectory() as place:
        sizes = trials.Sizes(Path(place), asked.cuts, asked.patients, asked.rounds)
        for group in asked.groups or GROUPS:
            started = time.perf_counter()
            written += [f"\n## {GROUPS[group]}\n", HEADER]
            print("\n".join(written[-2:]), flush=True)
            for row in importlib.import_module(f"benchmarks.{group}").measure(sizes):
                written.append(line(row))
                print(written[-1], flush=True)
            print(f"({time.perf_counter() - started:.0f} s)", file=sys.stderr)
    if not asked.groups:
        RESULTS.write_text("\n".join(written) + "\n", encoding="utf-8")


def _machine(asked: argparse.Namespace) -> str:
    return (
        f"By `make bench`: {asked.cuts} cuts of the simulated trial, {asked.rounds} rounds, Python "
        f"{platform.python_version()} on {platform.machine()}. Only the ratios can be compared "
        "with those of another day or machine. What is not kept is said as it is."
    )


if __name__ == "__main__":
    main()
