"""A question asked of many cuts at once: queries/at_once.py."""

import data
import queries
from queries import at_once, history

OVER_ALL = ["today/headline", "today/members", "checks/findings"]


def good_cuts(trial: data.Trial) -> dict[str, data.Export]:
    found = {}
    for cut in trial.cuts():
        try:
            found[cut] = trial.export(cut)
        except data.Refused:
            continue
    return found


def of_each(answer) -> dict[str, list[dict]]:
    """{cut: its rows, without the cut, in an order of their own}."""
    found: dict[str, list[dict]] = {}
    for row in answer.to_pylist():
        found.setdefault(row.pop("cut_on").isoformat(), []).append(row)
    return {cut: sorted(rows, key=repr) for cut, rows in found.items()}


def one_by_one(question: str, cuts: dict[str, data.Export]) -> dict[str, list[dict]]:
    found = {}
    for cut in cuts:
        rows = queries.arrow(queries.read(question), data.trial(), cut, None, {}).to_pylist()
        found |= {cut: sorted(rows, key=repr)} if rows else {}
    return found


def test_what_is_asked_of_all_cuts_is_what_each_says(simulated_whole, monkeypatch):
    monkeypatch.setenv("TRIAL", str(simulated_whole))
    cuts = dict(list(good_cuts(data.trial()).items())[::20])
    assert len(cuts) == 4
    together = at_once.Cuts(data.trial(), cuts)
    for question in OVER_ALL:
        assert of_each(together.ask(question)) == one_by_one(question, cuts), question


def test_cuts_that_have_little_in_common(export):
    export(
        "2021-03-01",
        dm="usubjid  rficdtc  cohort\nP01  2021-01-05  A\nP02  .  B",
        ds="usubjid  dsdecod  dsstdtc\nP01  ENTERED INTO TRIAL  2021-01-06",
        ex="usubjid  exseq  exstdtc  exlot\nP01  1  2021-01-07  L1\nP01  2  2021-01-04  .",
    )
    export("2021-03-08", dm="usubjid  age\nP02  17\nP03  eighty")
    export(
        "2021-03-15",
        dm="usubjid\nP02",
        ds="usubjid  dsdecod  dsstdtc\nP02  ENTERED INTO TRIAL  2021-03-12\nP02  DEATH  2021-03",
        ae="usubjid  aestdtc  aeseq  aeser  aeout\nP02  2021-03-13  1  Y  FATAL\nP09  .  1  .  .",
        lb="usubjid  lbtestcd  lborres\nP02  CRP  -4",
    )
    cuts = good_cuts(data.trial())
    assert len(cuts) == 3
    together = at_once.Cuts(data.trial(), cuts)
    for question in [*OVER_ALL, *(f"tables/{each}" for each in queries.TABLES)]:
        assert of_each(together.ask(question)) == one_by_one(question, cuts), question


def test_a_cut_too_large_to_be_read_with_others_is_read_alone(export, monkeypatch):
    monkeypatch.setattr(history, "BYTES_AT_ONCE", 10)
    cuts = [export(cut, dm="usubjid\nP01") for cut in ("2021-03-01", "2021-03-08")]
    told: list[float] = []
    history.learn(data.trial(), told.append)
    assert told == [0.25, 0.5, 0.75, 1.0]
    assert history.is_known(data.trial())
    assert [row["cut"] for _, row in queries.ask("exports/cuts", cuts[-1]).iterrows()] == cuts[::-1]
