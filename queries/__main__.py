"""The questions on the command line.

    python -m queries                                                lists them
    python -m queries recruitment/summary --cut 2021-03-01 --format json

Without --cut, the newest cut that can be used answers. The exit code is 2, with a sentence, for a
question or a cut that is unknown, or a cut that was refused.
"""

import argparse
import os
import sys

import data
import queries
from queries import answers

FORMATS = {"md": answers.as_md, "csv": answers.as_csv, "json": answers.as_json}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m queries", description=queries.__doc__)
    parser.add_argument("question", nargs="?", help="folder/name; without one, all are listed")
    parser.add_argument("--cut", help="the data cut, as 2021-03-01; without it, the newest")
    parser.add_argument("--since", help="the cut to compare with, for the questions of changes/")
    parser.add_argument("--group", help="a group of protocol.toml; without it, all")
    parser.add_argument("--format", choices=FORMATS, default="md")
    asked = parser.parse_args(arguments)
    try:
        if asked.question is None:
            _list()
        else:
            _answer(asked)
    except queries.NothingToCompare:
        print(f"{asked.question} compares two cuts: name the other with --since.", file=sys.stderr)
        return 2
    except (
        queries.UnknownQuestion,
        data.UnknownCut,
        data.ProtocolError,
        _NoAnswer,
    ) as error:
        print(error, file=sys.stderr)
        return 2
    except data.Refused as error:
        print(f"A cut that was asked for was refused. {error}", file=sys.stderr)
        return 2
    return 0


class _NoAnswer(Exception):
    pass


def _list() -> None:
    names = queries.names()
    width = max(map(len, names))
    for name in names:
        print(f"{name:{width}}  {queries.read(name).headline}")


def _answer(asked: argparse.Namespace) -> None:
    queries.read(asked.question)
    trial = data.trial()
    if gone := trial.gone():
        raise _NoAnswer(gone)
    if asked.group is not None and asked.group not in {each.code for each in trial.protocol.groups}:
        known = ", ".join(each.code for each in trial.protocol.groups) or "none"
        raise _NoAnswer(f"There is no group {asked.group} in protocol.toml: it has {known}.")
    cut, refused = asked.cut, {}
    if cut is None:
        cut, refused = trial.standing()
        if cut is None:
            reasons = " ".join(f"{each} was refused: {why}" for each, why in refused.items())
            raise _NoAnswer(f"There is no cut in {trial.exports} to ask. {reasons}".strip())
    if asked.since and not queries.compares(asked.question):
        print(f"{asked.question} compares nothing: --since is not used.", file=sys.stderr)
    for each in trial.altered():
        print(f"{each.headline} {each.details}", file=sys.stderr)
    rows = queries.ask(asked.question, cut, since=asked.since, cohort=asked.group)
    for each, why in refused.items():
        print(f"The cut {each} was refused, and {cut} answers. {why}", file=sys.stderr)
    if trial.export(cut).is_simulated:
        print(f"Simulated data: the cut {cut} is made up.", file=sys.stderr)
    sys.stdout.reconfigure(encoding="utf-8")
    print(FORMATS[asked.format](rows).rstrip("\n"))


if __name__ == "__main__":
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # who reads has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)
