"""Trials to measure on: the simulated one with all its cuts, and its newest cut many times over."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb

import data
from benchmarks.recording import record

ROOT = Path(__file__).parent.parent


@dataclass
class Sizes:
    place: Path  # an empty folder
    n_cuts: int
    n_large: int  # patients
    rounds: int

    @cached_property
    def whole(self) -> Path:
        """The simulated trial."""
        trial = self._empty("whole")
        command = [sys.executable, "-m", "data.simulate", "--cuts", str(self.n_cuts)]
        env = os.environ | {"TRIAL": str(trial)}
        subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
        return trial

    @property
    def recording(self) -> Path:
        """Where the calls to Streamlit on the simulated trial are, once `recorded` was asked."""
        return self.place / "recording"

    @cached_property
    def recorded(self) -> dict[str, int]:
        """The pages of the simulated trial, with their number of figures."""
        return record(self.whole, self.recording)

    def newest(self, times: int = 1) -> Path:
        """A trial of one cut: the newest of the simulated one, with each person so many times."""
        trial, newest = self._empty(f"times {times}"), max((self.whole / "simulated").iterdir())
        cut = trial / "simulated" / newest.name
        cut.mkdir(parents=True)
        (cut / data.export.SIMULATED).write_text("Made up.\n")
        for file in newest.glob("*.csv"):
            duckdb.sql(f"""
                copy (
                    select person.* replace (usubjid || '-' || copy_ as usubjid)
                    from read_csv('{file}', all_varchar = true, header = true) as person,
                        range({times}) as copies (copy_)
                    order by copy_
                ) to '{cut / file.name}' (header)
            """)
            os.utime(cut / file.name, (newest.stat().st_mtime - 86400,) * 2)
        return trial

    def latest(self, n_cuts: int) -> Path:
        """The simulated trial with no more than its newest cuts."""
        trial = self._empty(f"latest {n_cuts}")
        for cut in sorted((self.whole / "simulated").iterdir())[-n_cuts:]:
            shutil.copytree(cut, trial / "simulated" / cut.name)
        return trial

    def _empty(self, name: str) -> Path:
        trial = self.place / name
        shutil.rmtree(trial, ignore_errors=True)
        trial.mkdir()
        for each in ("protocol.toml", "illustrative.toml"):
            shutil.copy(ROOT / data.DEFAULT / each, trial)
        return trial
