"""The trial's main numbers a second time, from the CSV files alone: independent double programming.

Nothing of the product is imported here, and nothing is shared with it but the export, the protocol
and the definitions. tests/test_recomputed.py compares the two programs.

It is no second product. It holds for what the simulated trial exports: UTF-8 with commas, every
event and infusion numbered, one record for each infusion and each visit of the schedule, units and
words that protocol.toml lists, seriousness and grade of every event, every death in dm, inclusion as
day 0, and nothing dated after the cut. Adverse events may begin on a date known in part, which is an
interval; `day_of` refuses any other.
"""

import calendar
import csv
import math
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from scipy import stats

Record = dict[str, str]
Export = dict[str, list[Record]]  # by table
Protocol = dict[str, Any]

KEYS = {"dm": (), "ex": ("exseq",), "ae": ("aeseq",)}  # beside usubjid, as in data/contract.sql
DATE_OF = {"sv": "svstdtc", "ss": "ssdtc", "ex": "exstdtc", "ae": "aestdtc", "pr": "prstdtc"}
DATE_OF |= {"lb": "lbdtc", "vs": "vsdtc"}

# The files.


def protocol_of(trial: Path) -> Protocol:
    """The protocol, with the illustrative values of the simulated trial laid over it."""
    protocol = tomllib.loads((trial / "protocol.toml").read_text(encoding="utf-8"))
    over = tomllib.loads((trial / "illustrative.toml").read_text(encoding="utf-8"))
    for name, value in over.items():
        protocol[name] = protocol.get(name, {}) | value if isinstance(value, dict) else value
    return protocol


def export_of(folder: Path) -> Export:
    """The tables of one cut. Supplemental qualifiers fill the blanks of the event they are of."""
    export: Export = {}
    for file in folder.glob("*.csv"):
        with file.open(encoding="utf-8-sig", newline="") as lines:
            export[file.stem] = list(csv.DictReader(lines))
    events = {(event["usubjid"], event["aeseq"]): event for event in export["ae"]}
    for qualifier in export.pop("suppae", []):
        event = events[qualifier["usubjid"], qualifier["idvarval"]]
        name = qualifier["qnam"].lower()
        event[name] = event[name] or qualifier["qval"]
    records = [record for table in export.values() for record in table]
    dates = [value for record in records for name, value in record.items() if name.endswith("dtc")]
    assert max(dates)[:10] <= folder.name, "a record is dated after the cut"
    return export


def days_of(dtc: str) -> tuple[date, date]:
    """The first and the last day that a date as collected can mean: 2021-03 is 1 to 31 March."""
    year, month, day = ([int(part) for part in dtc[:10].split("-")] + [0, 0])[:3]
    last_month = month or 12
    last_day = day or calendar.monthrange(year, last_month)[1]
    return date(year, month or 1, day or 1), date(year, last_month, last_day)


def day_of(dtc: str) -> date:
    """The day of a date that must be known to the day."""
    first, last = days_of(dtc)
    assert first == last, f"{dtc} is known in part"
    return first


# Participants.


@dataclass(frozen=True)
class Participant:
    usubjid: str
    cohort: str
    is_screen_failed: bool
    included_on: date | None  # day 0; None for whoever is not included
    n_infusions: int
    died_on: date | None
    left_on: date | None  # died, withdrew or was lost, whichever came first
    last_contact_on: date | None  # known alive on that day, by any dated contact


def participants(export: Export) -> list[Participant]:
    """Everybody who was screened."""
    return [participant(person, export) for person in export["dm"]]


def participant(person: Record, export: Export) -> Participant:
    own = {table: by_patient(person["usubjid"], export[table]) for table in (*DATE_OF, "ds")}
    on = {record["dsdecod"]: day_of(record["dsstdtc"]) for record in own["ds"]}
    given = infusions_given(own["ex"])
    included_on = on.get("ENTERED INTO TRIAL") or min(given.values(), default=None)
    died_on = day_of(person["dthdtc"]) if person["dthdtc"] else None
    left = [died_on, on.get("WITHDRAWAL BY SUBJECT"), on.get("LOST TO FOLLOW-UP")]
    contacts = filter(None, [*contact_days(own), included_on, on.get("COMPLETED")])
    return Participant(
        usubjid=person["usubjid"],
        cohort=person["cohort"],
        is_screen_failed="SCREEN FAILURE" in on and not included_on,
        included_on=included_on,
        n_infusions=len(given),
        died_on=died_on,
        left_on=min(filter(None, left), default=None),
        last_contact_on=max(
            (day for day in contacts if died_on is None or day <= died_on), default=None
        ),
    )


def by_patient(usubjid: str, records: Iterable[Record]) -> list[Record]:
    return [record for record in records if record["usubjid"] == usubjid]


def contact_days(own: Export) -> list[date]:
    """The first day that each contact can have been on.

    A contact is a visit, an infusion, a subject status ALIVE, the start of an event or of a
    procedure, a sample or a measurement. What did not take place is none.
    """
    return [
        days_of(record[dtc])[0]
        for table, dtc in DATE_OF.items()
        for record in own[table]
        if "N" not in (record.get("svoccur"), record.get("exoccur"))
        and record.get("ssstresc") != "DEAD"
    ]


def of_group(people: list[Participant], cohort: str | None) -> list[Participant]:
    """The included patients of a group; of all groups if it is None."""
    return [one for one in people if one.included_on and cohort in (None, one.cohort)]


# Infusions.


Infusion = tuple[str, str | None, float | None]  # status, that of the dose, 10^6 cells per kg
NOT_YET = ("upcoming", "due", "overdue")


def infusions_given(own: list[Record]) -> dict[int, date]:
    """{number: day}."""
    given = [record for record in own if record["exoccur"] != "N"]
    return {int(record["exseq"]): day_of(record["exstdtc"]) for record in given}


def infusions(
    one: Participant, export: Export, protocol: Protocol, cut_on: date
) -> dict[int, Infusion]:
    """Every planned infusion of a patient, by number.

    Given: in window, early, late. Not given: upcoming (cut before the window), due (in it), overdue
    (after it, and still possible), missed (a later one was given, or it is recorded as not given),
    not due (died, withdrew or was lost before the window closed).

    The window of the first is `first_within_days` from inclusion; of infusion k, `interval_min_days`
    to `interval_max_days` after k - 1; if that one was missed, as many intervals after the last one
    given; if it is still to come, after the day on which it is due, at the cut at the earliest.
    """
    dosing = protocol["dosing"]
    records = {int(record["exseq"]): record for record in by_patient(one.usubjid, export["ex"])}
    given = infusions_given(list(records.values()))
    opens_on, closes_on = one.included_on, one.included_on + timedelta(dosing["first_within_days"])
    found: dict[int, Infusion] = {}
    for number in range(1, dosing["n_infusions"] + 1):
        dose = None, None
        if number in given:
            status = against_window(given[number], opens_on, closes_on)
            dose = dose_of(records[number], export, protocol)
            opens_on = closes_on = given[number]
        elif number in records or number < max(given, default=0):
            status = "missed"
        elif one.left_on and one.left_on <= closes_on:
            status = "not due"
        elif cut_on > closes_on:
            status = "missed" if one.left_on else "overdue"
        elif cut_on < opens_on or any(earlier in NOT_YET for earlier, *_ in found.values()):
            status = "upcoming"
        else:
            status = "due"
        found[number] = status, *dose
        if status in NOT_YET:
            opens_on, closes_on = max(opens_on, cut_on), max(closes_on, cut_on)
        opens_on += timedelta(dosing["interval_min_days"])
        closes_on += timedelta(dosing["interval_max_days"])
    return found


def against_window(day: date, opens_on: date, closes_on: date) -> str:
    return "early" if day < opens_on else "late" if day > closes_on else "in window"


def dose_of(record: Record, export: Export, protocol: Protocol) -> tuple[str, float | None]:
    """In range, below, above or unknown, and 10^6 cells per kg: as recorded, or by the last weight on
    or before that day.
    """
    weights = [
        (weight["vsdtc"][:10], float(weight["vsstresn"]))
        for weight in by_patient(record["usubjid"], export["vs"])
        if weight["vstestcd"] == "WEIGHT" and weight["vsdtc"][:10] <= record["exstdtc"][:10]
    ]
    [unit] = [each for each in protocol["dose_units"] if each["unit"] == record["exdosu"]]
    if not record["exdose"] or not (weights or unit["is_per_kg"]):
        return "unknown", None
    per_kg = float(record["exdose"]) * unit["cells"] / 1e6
    if not unit["is_per_kg"]:
        per_kg /= max(weights)[1]
    if per_kg < protocol["dosing"]["dose_min_per_kg"] / 1e6:
        return "below", per_kg
    return "above" if per_kg > protocol["dosing"]["dose_max_per_kg"] / 1e6 else "in range", per_kg


# Adverse events.


@dataclass(frozen=True)
class Event:
    usubjid: str
    number: int
    started_from: date
    started_to: date
    is_serious: bool
    grade: int
    is_related: bool | None  # None: not recorded
    is_expected: bool | None
    is_aesi: bool  # whatever the relatedness
    is_by_last: bool | None  # began by the last outcome day; None if part of its interval did
    record: Record

    @property
    def is_susar(self) -> bool | None:
        """Serious, related and unexpected."""
        unexpected = None if self.is_expected is None else not self.is_expected
        return all_of(self.is_serious, self.is_related, unexpected)


def all_of(*facts: bool | None) -> bool | None:
    """What fails in one is false, whatever is not known of the others."""
    return False if False in facts else None if None in facts else True


def events(
    people: list[Participant], export: Export, protocol: Protocol, cut_on: date
) -> list[Event]:
    """The adverse events of these patients."""
    return [
        event(record, one.included_on, protocol, cut_on)
        for one in people
        for record in by_patient(one.usubjid, export["ae"])
    ]


def event(record: Record, day_zero: date, protocol: Protocol, cut_on: date) -> Event:
    words = protocol["adverse_events"]
    first, last = days_of(record["aestdtc"])
    ended_by = days_of(record["aeendtc"])[1] if record["aeendtc"] else cut_on
    begun_by = max(first, min(last, ended_by, cut_on))  # what has ended has begun
    limit = day_zero + timedelta(protocol["outcomes"]["days"][-1])
    listed = words["related"] + words["not_related"]
    return Event(
        usubjid=record["usubjid"],
        number=int(record["aeseq"]),
        started_from=first,
        started_to=last,
        is_serious=record["aeser"] in words["serious"],
        grade=int(record["aetoxgr"]),
        is_related=record["aerel"] in words["related"] if record["aerel"] in listed else None,
        is_expected={"Y": True, "N": False}.get(record["expected"]),
        is_aesi=is_of_special_interest(record, protocol),
        is_by_last=True if begun_by <= limit else False if first > limit else None,
        record=record,
    )


def is_of_special_interest(record: Record, protocol: Protocol) -> bool:
    """By the exported flag, else by system organ class or preferred term."""
    return bool(record["aesi"]) or any(
        record["aesoc"].upper() in category["system_organ_classes"]
        or record["aedecod"].upper() in category["preferred_terms"]
        for category in protocol["special_interest"]
    )


# Whether an event belongs to each of the registry's counts, whenever it began.
REGISTRY_COUNTS: dict[str, Callable[[Event], bool | None]] = {
    "AR": lambda one: one.is_related,
    "AR grade > 3": lambda one: all_of(one.is_related, one.grade > 3),
    "SAE": lambda one: one.is_serious,
    "SAR": lambda one: all_of(one.is_serious, one.is_related),
    "SESAR": lambda one: all_of(one.is_serious, one.is_related, one.is_expected),
    "SUSAR": lambda one: one.is_susar,
}


def registry_count(found: list[Event], code: str, n_included: int) -> tuple:
    """Events and patients, what may count beside them, and the limits for the patients, in %."""
    facts = [(one.usubjid, all_of(REGISTRY_COUNTS[code](one), one.is_by_last)) for one in found]
    certain = {who for who, fact in facts if fact}
    perhaps = {who for who, fact in facts if fact is None} - certain
    n_events, n_unknown = (sum(fact is what for _, fact in facts) for what in (True, None))
    return n_events, len(certain), n_unknown, len(perhaps), *exact(len(certain), n_included)


def susar_clock(one: Event, protocol: Protocol, cut_on: date) -> tuple[str, str, date | None]:
    """Which clock runs for a SUSAR, how it stands, and the last day to report.

    Day 0 is when the sponsor became aware. What may be fatal or life-threatening gets the shorter
    clock.
    """
    record = one.record
    is_fatal = "Y" in (record["aesdth"], record["aeslife"]) or record["aeout"] == "FATAL"
    is_unsaid = "" in (record["aesdth"], record["aeslife"])
    kind = "susar_fatal" if is_fatal or is_unsaid or one.grade == 5 else "susar"
    [days] = [clock["due_days"] for clock in protocol["clocks"] if clock["kind"] == kind]
    if not record["aware_dtc"]:
        return kind, "awareness not recorded", None
    due_on = day_of(record["aware_dtc"]) + timedelta(days)
    if record["reported_dtc"]:
        is_late = day_of(record["reported_dtc"]) > due_on
        return kind, "reported late" if is_late else "in time", due_on
    return kind, "late" if cut_on > due_on else "pending", due_on


# Visits, vital status, outcome.


def visits(one: Participant, export: Export, protocol: Protocol, cut_on: date) -> dict[float, str]:
    """{visitnum: status} of every scheduled visit: done in window, early or late; missed (recorded
    as not done), overdue (window closed, nothing recorded), due, upcoming, or not due (died or left
    before the window closed).
    """
    recorded = {
        float(record["visitnum"]): (day_of(record["svstdtc"]), record["svoccur"])
        for record in by_patient(one.usubjid, export["sv"])
    }
    found = {}
    for visit in protocol["schedule"]:
        target_on = one.included_on + timedelta(visit["target_day"])
        opens_on = target_on - timedelta(visit["days_before"])
        closes_on = target_on + timedelta(visit["days_after"])
        day, occurred = recorded.get(visit["visitnum"], (None, None))
        if occurred == "Y":
            status = "done " + against_window(day, opens_on, closes_on)
        elif occurred == "N":
            status = "not due" if one.left_on and one.left_on < day else "missed"
        elif one.left_on and one.left_on <= closes_on:
            status = "not due"
        elif cut_on > closes_on:
            status = "overdue"
        else:
            status = "due" if cut_on >= opens_on else "upcoming"
        found[float(visit["visitnum"])] = status
    return found


def completion(statuses: Iterable[str]) -> tuple:
    """Visits done of those owed (done, missed and overdue), and the exact limits, in %."""
    n = Counter(statuses)
    n_done = n["done in window"] + n["done early"] + n["done late"]
    n_owed = n_done + n["missed"] + n["overdue"]
    return n_done, n_owed, *exact(n_done, n_owed)


def vital_status(one: Participant, outcome_day: int, cut_on: date) -> str:
    """dead; alive: known alive on or after that day; unknown: the day has passed, and the patient
    was last known alive before it; not reached.
    """
    on = one.included_on + timedelta(outcome_day)
    if one.died_on:
        return "dead" if one.died_on <= on else "alive"
    if one.last_contact_on >= on:
        return "alive"
    return "unknown" if cut_on > on else "not reached"


def primary_outcome(one: Participant, export: Export, protocol: Protocol, cut_on: date) -> str:
    """Group B: vital status on the first outcome day. Group A: invasive ventilation begun by it. Of
    whoever is in no group yet it is unknown, once the day is reached.
    """
    outcome_day = protocol["outcomes"]["days"][0]
    vital = vital_status(one, outcome_day, cut_on)
    measures = {group["code"]: group["primary_outcome"] for group in protocol["groups"]}
    if one.cohort not in measures:
        return vital if vital == "not reached" else "unknown"
    if measures[one.cohort] == "vital status":
        return vital
    by_on = one.included_on + timedelta(outcome_day)
    if any(
        record["prtrt"] in protocol["support"]["invasive_ventilation"]
        and one.included_on <= day_of(record["prstdtc"]) <= by_on
        for record in by_patient(one.usubjid, export["pr"])
    ):
        return "yes"
    return {"dead": "died without it", "alive": "no"}.get(vital, vital)


def primary_count(outcomes: Iterable[str]) -> tuple:
    """With the event, dead without it, without either, unknown, not reached; and the limits."""
    n = Counter(outcomes)
    n_event, n_without, n_none = n["yes"] + n["dead"], n["died without it"], n["no"] + n["alive"]
    limits = exact(n_event, n_event + n_without + n_none)
    return n_event, n_without, n_none, n["unknown"], n["not reached"], *limits


# Statistics.


def exact(n: int, n_of: int) -> tuple[float | None, float | None]:
    """Clopper-Pearson 95 % limits, in %; none of nothing."""
    if not n_of:
        return None, None
    low = stats.beta.ppf(0.025, n, n_of - n + 1) if n else 0.0
    high = stats.beta.ppf(0.975, n + 1, n_of - n) if n < n_of else 1.0
    return 100 * float(low), 100 * float(high)


def survival(people: list[Participant], protocol: Protocol, cut_on: date) -> dict[int, tuple]:
    """Kaplan-Meier: {day of a death: at risk, deaths, survival, log-log 95 % limits}.

    A patient counts to the last contact, whoever died to the death, nobody beyond the last outcome
    day.
    """
    followed = []  # days, and whether they ended with the death
    for one in people:
        to_on = min(one.included_on + timedelta(protocol["outcomes"]["days"][-1]), cut_on)
        is_death = bool(one.died_on and one.died_on <= to_on)
        seen_on = one.died_on if is_death else min(one.last_contact_on, to_on)
        followed.append(((seen_on - one.included_on).days, is_death))
    curve, alive, greenwood = {}, 1.0, 0.0
    for day in sorted({day for day, is_death in followed if is_death}):
        n_at_risk = sum(last >= day for last, _ in followed)
        n_deaths = followed.count((day, True))
        alive *= 1 - n_deaths / n_at_risk
        limits: tuple = (None, None)
        if n_deaths < n_at_risk:
            greenwood += n_deaths / (n_at_risk * (n_at_risk - n_deaths))
            wide = stats.norm.ppf(0.975) * math.sqrt(greenwood) / abs(math.log(alive))
            limits = alive ** math.exp(wide), alive ** math.exp(-wide)
        curve[day] = n_at_risk, n_deaths, alive, *limits
    return curve


# Changes.


def changes(export: Export, before: Export, cohort: str | None) -> dict[str, tuple[int, int, int]]:
    """{table: records added, changed, removed since the other cut}, of tables with a key.

    With a group chosen, the records of whoever is or was in it count.
    """
    people = {
        person["usubjid"]
        for person in export["dm"] + before["dm"]
        if cohort in (None, person["cohort"])
    }
    found = {}
    for table, key in KEYS.items():
        now, then = (
            {
                tuple(record[name] for name in ("usubjid", *key)): record
                for record in tables[table]
                if record["usubjid"] in people
            }
            for tables in (export, before)
        )
        n_changed = sum(now[one] != then[one] for one in now.keys() & then.keys())
        found[table] = len(now.keys() - then.keys()), n_changed, len(then.keys() - now.keys())
    return found
