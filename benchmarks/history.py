"""Every cut of the trial: read for the first time, with one more, and what is asked of all."""

import os
import shutil
import time
from collections.abc import Callable, Iterator

import duckdb

import data
import queries
from benchmarks import Row
from benchmarks.trials import Sizes
from data.look import one_look
from queries import history


def measure(sizes: Sizes) -> Iterator[Row]:
    os.environ["TRIAL"] = str(sizes.whole)
    trial = data.trial()
    cuts, exports = trial.cuts(), trial.exports
    shutil.rmtree(trial.folder / ".cache", ignore_errors=True)
    newest, aside = exports / cuts[0], trial.folder / ".newest"
    newest.rename(aside)  # it comes later, as one cut more

    bare = [_ms(lambda: _by_duckdb(trial)) for _ in range(3)]
    cold = [_ms(lambda: history.learn(trial))]
    yield Row(
        f"{len(cuts) - 1} cuts, cold: read, all headline numbers and checks of each",
        cold,
        reference=bare,
        than="DuckDB reads the files, one glob a table",
        ratio_at_most=2,
    )
    aside.rename(newest)
    one = [_ms(lambda: history.learn(trial))]
    os.environ["TRIAL"] = str(sizes.latest(1))
    first = [_ms(lambda: history.learn(data.trial()))]
    os.environ["TRIAL"] = str(sizes.whole)
    than = "of a trial without another cut"
    yield Row("one cut more", one, reference=first, than=than, ratio_at_most=1.5)

    def trend() -> None:
        queries._kept.clear()
        with one_look():  # as a page asks
            queries.ask("today/trends", cuts[0])

    trend()
    took = [_ms(trend) for _ in range(sizes.rounds)]
    yield Row("every headline number over all cuts, warm", took, at_most=50)

    since = next(cut for cut in cuts[1:] if trial.standing(cut)[0] == cut)
    for question in ("changes/rows", "changes/numbers", "changes/facts"):
        first = [_ms(lambda q=question: queries.ask(q, cuts[0], since=since))]
        took = [
            _ms(lambda q=question: queries.ask(q, cuts[0], since=since))
            for _ in range(sizes.rounds)
        ]
        yield Row(f"{question}, asked again", took, at_most=60)
        yield Row(f"{question}, asked first", first)


def _ms(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def _by_duckdb(trial: data.Trial) -> None:
    """The files of every cut that can be used, as text: nothing checked, nothing worked out."""
    with duckdb.connect() as con:
        names = sorted({file.name for file in trial.exports.glob("*/*.csv")})
        for name in names:
            con.execute(f"""
                create table "{name}" as from read_csv(
                    '{trial.exports}/*/{name}', all_varchar = true, union_by_name = true,
                    delim = ',', header = true, ignore_errors = true
                )
            """)
