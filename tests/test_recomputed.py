"""Independent double programming: the main numbers of the simulated trial, computed twice.

tests/recomputed.py computes them from the CSV files, the product in SQL, and both must find the same,
of all groups together and of each. A topic gives what the two programs found, record by record.
"""

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import data
from queries import answers, ask
from tests import recomputed as second
from tests.test_at_once import good_cuts

EVERY = 10  # of the cuts, from the newest back; each is compared with the one before of those
GROUPS = [None, "A", "B"]

Found = dict[Any, Any]  # by record


@dataclass(frozen=True)
class Look:
    """One cut and group, as the second program reads it."""

    cut: str
    since: str | None
    cohort: str | None
    protocol: second.Protocol
    export: second.Export
    before: second.Export | None
    screened: list[second.Participant]

    @property
    def on(self) -> date:
        return date.fromisoformat(self.cut)

    @property
    def patients(self) -> list[second.Participant]:
        return second.of_group(self.screened, self.cohort)

    @property
    def events(self) -> list[second.Event]:
        return second.events(self.patients, self.export, self.protocol, self.on)

    def of_each(self, status: Callable) -> list[tuple[second.Participant, Any]]:
        """Each patient, and what a function of the second program finds of them."""
        return [(one, status(one, self.export, self.protocol, self.on)) for one in self.patients]

    def rows(self, question: str, **params: Any) -> list[dict[str, Any]]:
        """What the product answers."""
        return answers.records(ask(question, self.cut, cohort=self.cohort, **params))

    def found(self, question: str, key: str, columns: str, **params: Any) -> Found:
        """The same by record: {key: columns}, of several as a tuple."""
        return {of(row, key): of(row, columns) for row in self.rows(question, **params)}


def of(row: dict[str, Any], columns: str) -> Any:
    values = tuple(row[column] for column in columns.split())
    return values if len(values) > 1 else values[0]


@pytest.fixture(scope="module")
def looks(simulated_whole) -> Iterator[list[Look]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIAL", str(simulated_whole))
        cuts = list(good_cuts(data.trial()))[::EVERY]
        protocol = second.protocol_of(simulated_whole)
        exports = {cut: second.export_of(data.trial().exports / cut) for cut in cuts}
        yield [
            Look(cut, since, cohort, protocol, exports[cut], exports.get(since), screened)
            for cut, since in zip(cuts, [*cuts[1:], None], strict=True)
            for screened in [second.participants(exports[cut])]
            for cohort in GROUPS
        ]


# Topics.


def participants(look: Look) -> tuple[Found, Found]:
    """Screened and failed people count in all groups; person by person, those of the group."""
    columns = "n_screened n_screen_failed n_included n_treated"
    n_failed = sum(one.is_screen_failed for one in look.screened)
    n_treated = sum(one.n_infusions > 0 for one in look.patients)
    recomputed: Found = {
        one.usubjid: (one.included_on is not None, one.is_screen_failed, one.n_infusions)
        for one in look.screened
        if look.cohort in (None, one.cohort)
    }
    recomputed["n"] = len(look.screened), n_failed, len(look.patients), n_treated
    [answer] = look.rows("recruitment/summary")
    answered: Found = {
        row["usubjid"]: (row["is_included"], row["status"] == "screen failed", row["n_infusions"])
        for row in look.rows("recruitment/participants")
    }
    return recomputed, answered | {"n": of(answer, columns)}


def infusions(look: Look) -> tuple[Found, Found]:
    """Each of them, and how many were given, missed, are overdue and due."""
    recomputed: Found = {
        (one.usubjid, number): infusion
        for one, found in look.of_each(second.infusions)
        for number, infusion in found.items()
    }
    n = Counter(status for status, *_ in recomputed.values())
    n_given = n["in window"] + n["early"] + n["late"]
    recomputed["n"] = n_given, n["missed"], n["overdue"], n["due"]
    [answer] = look.rows("dosing/summary")
    answered = look.found("dosing/infusions", "usubjid infusion", "status dose_status dose_per_kg")
    return recomputed, answered | {"n": of(answer, "n_given n_missed n_overdue n_due")}


def adverse_events(look: Look) -> tuple[Found, Found]:
    """Each of them, and how many there are of a kind, and of patients with one."""
    kinds: dict[str, Callable[[second.Event], Any]] = {
        "n_events n_with_event": lambda event: True,
        "n_serious n_with_serious": lambda event: event.is_serious,
        "n_severe n_with_severe": lambda event: event.grade >= 3,
        "n_related n_with_related": lambda event: event.is_related,
        "n_special n_with_special": lambda event: event.is_aesi,
    }
    columns = "is_serious grade is_related is_expected is_aesi is_by_last"
    recomputed: Found = {}
    for event in look.events:
        days = event.started_from.isoformat(), event.started_to.isoformat()
        facts = (getattr(event, column) for column in columns.split())
        recomputed[event.usubjid, event.number] = *days, *facts
    for names, counts in kinds.items():
        patients = [event.usubjid for event in look.events if counts(event)]
        recomputed[names] = len(patients), len(set(patients))
    columns = f"started_from started_to {columns}"
    answered = look.found("adverse_events/events", "usubjid event", columns)
    [answer] = look.rows("adverse_events/summary")
    return recomputed, answered | {names: of(answer, names) for names in kinds}


def registry_counts(look: Look) -> tuple[Found, Found]:
    columns = "n_events n_patients n_unknown n_patients_unknown ci_low ci_high"
    events, n_included = look.events, len(look.patients)
    return {
        code: second.registry_count(events, code, n_included) for code in second.REGISTRY_COUNTS
    }, look.found("safety_counts/registry", "code", columns)


def susar_clocks(look: Look) -> tuple[Found, Found]:
    """Of every SUSAR, and of what may be one."""
    recomputed = {}
    for event in look.events:
        if event.is_susar is not False:
            clock, status, due_on = second.susar_clock(event, look.protocol, look.on)
            certain = event.is_susar is True
            on = due_on and due_on.isoformat()
            recomputed[event.usubjid, event.number] = clock, certain, status, on
    answered = look.found(
        "safety_counts/clocks", "usubjid event clock", "clock is_certain status due_on"
    )
    return recomputed, {key[:2]: row for key, row in answered.items() if key[2] != "sae"}


def visits(look: Look) -> tuple[Found, Found]:
    """Each of them, and the completion by visitnum, that of all together being null."""
    recomputed: Found = {
        (one.usubjid, visitnum): status
        for one, found in look.of_each(second.visits)
        for visitnum, status in found.items()
    }
    each = list(recomputed.items())
    for visitnum in (None, *(visit["visitnum"] for visit in look.protocol["schedule"])):
        statuses = [status for key, status in each if visitnum in (None, key[1])]
        recomputed[visitnum] = second.completion(statuses)
    answered = look.found("follow_up/visits", "usubjid visitnum", "status")
    columns = "n_done n_owed ci_low ci_high"
    return recomputed, answered | look.found("follow_up/completion", "visitnum", columns)


def vital_status(look: Look) -> tuple[Found, Found]:
    answered = look.found("tables/vital_status", "usubjid outcome_day", "cohort status")
    return {
        (one.usubjid, day): second.vital_status(one, day, look.on)
        for one in look.patients
        for day in look.protocol["outcomes"]["days"]
    }, {key: status for key, (cohort, status) in answered.items() if look.cohort in (None, cohort)}


def primary_outcomes(look: Look) -> tuple[Found, Found]:
    """Of each patient, and of each group."""
    columns = "n_event n_died_without n_no_event n_unknown n_not_reached ci_low ci_high"
    found = look.of_each(second.primary_outcome)
    recomputed: Found = {one.usubjid: outcome for one, outcome in found}
    codes = GROUPS[1:] if look.cohort is None else [look.cohort]
    by_group: dict[str, list[str]] = {code: [] for code in codes}
    for one, outcome in found:
        by_group.setdefault(one.cohort or "not recorded", []).append(outcome)
    recomputed |= {code: second.primary_count(outcomes) for code, outcomes in by_group.items()}
    answered = look.found("outcomes/patients", "usubjid", "outcome")
    return recomputed, answered | look.found("outcomes/primary", "code", columns)


def deaths(look: Look) -> tuple[Found, Found]:
    return {
        one.usubjid: (one.died_on.isoformat(), one.died_on.isoformat())
        for one in look.patients
        if one.died_on
    }, look.found("outcomes/deaths", "usubjid", "died_from died_to")


def survival(look: Look) -> tuple[Found, Found]:
    """On every day of a death: what holds on the last day is what the last of them left."""
    columns = "n_at_risk n_events survival ci_low ci_high"
    answered = look.found("outcomes/survival", "day", columns)
    return second.survival(look.patients, look.protocol, look.on), {
        day: row for day, row in answered.items() if row[1]
    }


def changes(look: Look) -> tuple[Found, Found]:
    """Records added, changed and removed since the compared cut, of tables with a key."""
    if look.since is None:
        return {}, {}
    answered = {table: [0, 0, 0] for table in second.KEYS}
    for row in look.rows("changes/patients", since=look.since):
        for place, name in enumerate(["n_added", "n_changed", "n_removed"]):
            if row["table_name"] in answered:
                answered[row["table_name"]][place] += row[name]
    recomputed = second.changes(look.export, look.before, look.cohort)
    return recomputed, {table: tuple(counts) for table, counts in answered.items()}


TOPICS = [
    participants,
    infusions,
    adverse_events,
    registry_counts,
    susar_clocks,
    visits,
    vital_status,
    primary_outcomes,
    deaths,
    survival,
    changes,
]


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.__name__)
def test_both_programs_find_the_same(topic, looks):
    n_compared, differences = 0, []
    for look in looks:
        recomputed, answered = topic(look)
        n_compared += len(recomputed)
        for record in recomputed | answered:
            here, there = (found.get(record, "nothing") for found in (recomputed, answered))
            if not same(here, there):
                where = f"{look.cut}, group {look.cohort or 'A and B'}, {record}"
                differences.append(f"{where}: recomputed {here}, answered {there}")
    assert not differences, "\n".join([topic.__name__, *differences])
    assert n_compared > 0


def test_the_second_program_imports_nothing_of_the_first():
    source = Path(second.__file__).read_text(encoding="utf-8")
    imported = re.findall(r"^\s*(?:from|import) (\w+)", source, re.MULTILINE)
    assert imported
    assert {*imported} <= {*sys.stdlib_module_names, "scipy"}


def same(here: Any, there: Any) -> bool:
    """Equal, numbers to 10^-6: an answer writes no more digits."""
    if isinstance(here, tuple) and isinstance(there, tuple):
        return len(here) == len(there) and all(map(same, here, there))
    return here == (pytest.approx(there, abs=1e-6) if isinstance(there, float) else there)
