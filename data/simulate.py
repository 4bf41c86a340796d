"""Write the weekly exports of a made-up course of this trial. No patient in them exists.

Run it with ``python -m data.simulate``. The whole course is drawn once, from one seed; a cut is
what had been entered by its day, so records arrive late, grow, and are corrected as real ones do.
The parameters of the trial come from protocol.toml; the story told with them is in ROSTER.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import math
import random
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import data
from data import contract, protocol, seen

SEED = 2012
NOTICE = "The data in this folder are made up by data/simulate.py. No patient in them exists.\n"
MID_TRIAL = 535  # day of the newest cut, counted from the start of recruitment: 29 November 2021
TRUNCATED = 6  # weeks before the newest cut: the cut whose ae.csv is a broken copy

# Clinical state from a day on, counted from inclusion, on the 7-point WHO scale: 1 and 2 at home,
# 3 in hospital, 4 oxygen, 5 high-flow oxygen, 6 invasive ventilation, 7 dead.
COURSES: dict[str, list[tuple[int, int]]] = {
    "ward": [(-2, 4), (7, 3), (10, 2), (37, 1)],
    "recovers": [(-2, 5), (7, 4), (13, 3), (17, 2), (66, 1)],
    "recovers slowly": [(-3, 5), (12, 4), (20, 3), (25, 2)],
    "intubated": [(-2, 5), (3, 6), (17, 5), (20, 4), (28, 3), (34, 2)],
    "intubated, dies": [(-2, 5), (4, 6), (19, 7)],
    "dies late": [(-3, 5), (6, 6), (43, 7)],
    "on ECMO": [(-2, 5), (2, 6), (32, 5), (36, 4), (47, 3), (59, 2)],
    "ventilated": [(-5, 6), (10, 5), (13, 4), (21, 3), (27, 2), (78, 1)],
    "ventilated, dies": [(-6, 6), (20, 7)],
}
CRITERIA = {  # not met: in the registry's words, and how often in a large simulation
    "Active secondary infection": ("EXCLUSION", 5),
    "Pre-existing thrombo-embolic pathology": ("EXCLUSION", 4),
    "Limitations to intensity of care": ("EXCLUSION", 4),
    "Any malignancy (except non-melanoma skin) within 2 years": ("EXCLUSION", 2),
    "ECMO": ("EXCLUSION", 2),
    "Positive COVID-19 PCR within 14 days before inclusion": ("INCLUSION", 2),
    "Requiring oxygen (SpO2 <= 93% on room air)": ("INCLUSION", 2),
}

# Who came when (days from the start of recruitment; the waves are those of Belgium), how it went,
# and what was to happen. An infusion is meant by its number, a visit by its place in the schedule.
ROSTER: list[tuple[int, str, dict[str, Any]]] = [
    (0, "ward", {"fever": 1, "partial end": True}),  # June 2020
    (47, "Any malignancy (except non-melanoma skin) within 2 years", {}),
    (104, "recovers", {"early": 2, "recorded": True, "visit late": 3, "date corrected": True}),
    (118, "ventilated", {"weighed late": 2, "expected": 1, "visit missed": 3, "no end": True}),
    (126, "Pre-existing thrombo-embolic pathology", {}),  # October 2020
    (133, "intubated, dies", {"low": 3, "fatal": "Septic shock"}),
    (140, "recovers slowly", {"late": 3, "recorded": True, "susar": ("infarction", 2, 3.2)}),
    (145, "ECMO", {}),
    (151, "on ECMO", {"omitted": 3, "because": "ECMO started", "duplicate": True, "clot": 12}),
    (159, "ventilated, dies", {"no weight": True, "per kg": 3, "fatal": "Respiratory failure"}),
    (174, "recovers", {"withdraws": 24, "high": 2, "unassessed": True}),
    (200, "dies late", {"donor": 3, "recorded": True, "dose slip": 1, "fatal": "organs"}),
    (272, "Active secondary infection", {}),  # spring 2021
    (283, "ventilated", {"low": 2, "upgraded": 9, "partial start": True, "unscheduled": 2}),
    (300, "recovers", {"lost": 39, "fever": 2, "per kg": 1}),
    (459, "Limitations to intensity of care", {}),  # after a drought, autumn 2021
    (494, "recovers", {"included": 1, "visit pending": True, "palpitations": 3}),
    # The next two are on treatment at the newest cut: the third infusion of the first is on hold
    # after a pulmonary embolism, and the second infusion of the other is due on that very day.
    (521, "recovers slowly", {"included": 0, "first": 1, "spacing": "-+", "decided after": 9}
     | {"susar": ("embolism", 2, 88), "omitted": 3, "because": "Suspected pulmonary embolism"}),
    (529, "recovers", {"included": 1, "first": 1, "spacing": "+"}),
    (532, "intubated", {"included": 4}),  # in screening at the newest cut; the rest comes later
    (543, "ward", {"late": 2}),
    (552, "Requiring oxygen (SpO2 <= 93% on room air)", {}),
    (587, "recovers", {"visit missed": 1}),
    (608, "ventilated", {"low": 1, "recorded": True}),
    (629, "recovers slowly", {"visit late": 2}),
    (648, "Active secondary infection", {}),
    (671, "recovers", {"fever": 2}),
]  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """A kind of adverse event: in MedDRA's words, in the site's, and how often it comes."""

    decod: str
    soc: str
    terms: tuple[str, ...]
    grades: tuple[int, ...]
    days: float  # how long it usually lasts
    rate: float = 0  # events in ten days spent in this state, or in one infusion
    serious: float = 0  # share that is serious


INFECTION = "Infections and infestations"
LUNG = "Respiratory, thoracic and mediastinal disorders"
HEART = "Cardiac disorders"
VESSELS = "Vascular disorders"
BLOOD = "Blood and lymphatic system disorders"
GUT = "Gastrointestinal disorders"
SKIN = "Skin and subcutaneous tissue disorders"
METABOLISM = "Metabolism and nutrition disorders"
NERVES = "Nervous system disorders"
KIDNEY = "Renal and urinary disorders"
MUSCLE = "Musculoskeletal and connective tissue disorders"
MIND = "Psychiatric disorders"
TESTS = "Investigations"
GENERAL = "General disorders and administration site conditions"

# fmt: off
CATALOGUE = {  # by the state in which they happen
    "ventilated": [
        Kind("Pneumonia", INFECTION, ("VAP", "VAP, E. coli in BAL"), (3, 3, 4), 9, .22, .6),
        Kind("Staphylococcal bacteraemia", INFECTION, ("Bacteremia, CNS",), (2, 3), 8, .12, .3),
        Kind("Bronchopulmonary aspergillosis", INFECTION, ("CAPA",), (3,), 28, .06, .8),
        Kind("Deep vein thrombosis", VESSELS, ("DVT left leg", "Femoral DVT"), (2, 3), 60, .08, .4),
        Kind("Hypotension", VESSELS, ("Low BP", "Hypotension, NE up"), (2, 3, 3), 1.2, .15),
        Kind("Pneumothorax", LUNG, ("Pneumothorax right, drained",), (3,), 8, .06, .7),
        Kind("Thrombocytopenia", BLOOD, ("Platelets 68 000",), (2, 3), 6, .08),
        Kind("Acute kidney injury", KIDNEY, ("AKI", "AKI KDIGO 2"), (2, 3, 3), 11, .14, .3),
        Kind("Delirium", MIND, ("Confused, agitated", "ICU delirium"), (2, 2, 3), 4, .14),
        Kind("Decubitus ulcer", SKIN, ("Sacral pressure sore",), (2, 3), 25, .10),
        Kind("Muscular weakness", MUSCLE, ("ICU-acquired weakness",), (2, 3), 50, .08),
    ],
    "hospital": [
        Kind("Urinary tract infection", INFECTION, ("UTI", "UTI, catheter"), (2, 2, 3), 7, .05),
        Kind("Oral candidiasis", INFECTION, ("Oral thrush",), (1, 2), 9, .05),
        Kind("Hypertension", VESSELS, ("Arterial hypertension",), (2, 2, 3), 12, .06),
        Kind("Atrial fibrillation", HEART, ("New AF", "AF, amiodarone"), (2, 3), 2.5, .06, .1),
        Kind("Bradycardia", HEART, ("Bradycardia 42/min",), (1, 2), 1.5, .05),
        Kind("Hyperglycaemia", METABOLISM, ("High glucose",), (2, 2, 3), 9, .16),
        Kind("Hypokalaemia", METABOLISM, ("K 3.1", "Hypokalemia"), (1, 2), 3, .11),
        Kind("Anaemia", BLOOD, ("Anemia, Hb 7.9", "Anemia"), (2, 3), 16, .10),
        Kind("Alanine aminotransferase increased", TESTS, ("Raised ALT",), (1, 2, 3), 13, .11),
        Kind("Insomnia", MIND, ("Insomnia",), (1, 2), 14, .06),
        Kind("Constipation", GUT, ("Constipation",), (1, 1, 2), 5, .08),
        Kind("Diarrhoea", GUT, ("Diarrhea", "Loose stools, C. difficile neg."), (1, 2), 4, .06),
    ],
    "home": [
        Kind("Cough", LUNG, ("Dry cough",), (1, 1, 2), 30, .07),
        Kind("Dyspnoea exertional", LUNG, ("Breathless on stairs", "Dyspnea"), (1, 2), 45, .07),
        Kind("Headache", NERVES, ("Headache",), (1, 1, 2), 3, .03),
        Kind("Alopecia", SKIN, ("Hair loss",), (1,), 60, .02),
        Kind("Fatigue", GENERAL, ("Tired", "Persisting fatigue"), (1, 2), 50, .06),
    ],
}
INFUSIONAL = [  # within hours of the start of an infusion
    Kind("Pyrexia", GENERAL, ("Fever 38.4, paracetamol", "Fever 38.7 °C"), (1, 1, 2), .4, .045),
    Kind("Chills", GENERAL, ("Shivering",), (1, 1, 2), .1, .02),
    Kind("Oxygen saturation decreased", TESTS, ("SpO2 86%, FiO2 raised",), (2,), .2, .02),
    Kind("Hypertension", VESSELS, ("BP 175/95 during infusion",), (1, 2), .2, .015),
    Kind("Nausea", GUT, ("Nausea",), (1,), .2, .015),
]
SPECIAL = {  # events that the roster asks for
    "infarction": Kind("Acute myocardial infarction", HEART, ("NSTEMI, troponin 412",), (4,), 9),
    "embolism": Kind("Pulmonary embolism", LUNG, ("Bilateral PE on CT, RV strain",), (4,), 40),
    "clot": Kind("Jugular vein thrombosis", VESSELS, ("Clot at ECMO cannula, right",), (3,), 35),
    "upgraded": Kind("Staphylococcal bacteraemia", INFECTION, ("S. aureus, line",), (2,), 21),
    "expected": Kind("Pyrexia", GENERAL, ("Fever 39.6 °C, BP 80/45, fluids",), (3,), .8),
    "palpitations": Kind("Atrial fibrillation", HEART, ("AF 140/min, cardioversion",), (3,), 1.1),
    "intubation": Kind("Acute respiratory failure", LUNG, ("Worsening, intubated",), (4,), 13),
    "at home": Kind("Paraesthesia", NERVES, ("Tingling feet",), (1,), 30),
    "weak": Kind("Dysphonia", LUNG, ("Hoarse voice",), (1,), 24),
    "Septic shock": Kind("Septic shock", INFECTION, ("Septic shock, Pseudomonas",), (4,), 90),
    "Respiratory failure": Kind("Respiratory failure", LUNG, ("Refractory hypoxemia",), (4,), 90),
    "organs": Kind("Multiple organ dysfunction syndrome", GENERAL, ("Organ failure",), (4,), 90),
}
LABS = {  # unit, limits of normal, value of a well and of a ventilated patient, digits
    "DDIMER": ("ng/mL", None, 500, 340, 2100, 0),
    "CRP": ("mg/L", None, 5, 3, 165, 1),
    "FERRITIN": ("ug/L", 30, 400, 210, 1650, 0),
    "LDH": ("U/L", 125, 250, 185, 470, 0),
    "LYM": ("10^9/L", 1.0, 4.0, 1.75, 0.55, 2),
}
# fmt: on
SUPPORT = {5: "HIGH-FLOW OXYGEN", 6: "INVASIVE VENTILATION"}
EXPECTED = {"Pyrexia", "Chills"}
MISSED = ("Patient did not come", "Too tired to travel", "Quarantine of a household member")
FORM_2 = date(2021, 1, 1)  # before, AESI and EXPECTED were supplemental qualifiers of the event


@dataclass
class Record:
    """One row of one table: when it was entered, what was changed later, if it was deleted."""

    table: str
    happened: date
    entered: date
    values: dict[str, Any]
    changes: list[tuple[date, dict[str, Any]]] = field(default_factory=list)
    deleted: date | None = None

    def change(self, entered: date, **values: Any) -> None:
        self.changes.append((max(self.entered, workday(entered)), values))

    def forget_end(self) -> None:
        """Take back the drawn end of an event, for another one to be told."""
        self.changes = [(entered, new) for entered, new in self.changes if "aeout" not in new]

    def on(self, cut: date) -> dict[str, Any] | None:
        """The row as it stood on the day of a cut, or None if it did not."""
        if self.entered > cut or (self.deleted and self.deleted <= cut):
            return None
        values = dict(self.values)
        for entered, changed in sorted(self.changes, key=lambda change: change[0]):
            if entered <= cut:
                values |= changed
        return values


@dataclass
class Person:
    """A screened person: what was drawn so far, which all later draws must agree with."""

    plan: protocol.Protocol
    rng: random.Random
    usubjid: str
    consent: date
    course: str
    plants: dict[str, Any]
    donor: int
    newest: date
    path: list[tuple[int, int]] = field(default_factory=list)
    included: date = date.max
    died: date | None = None
    until: date = date.max  # the last day on which the site saw the person alive
    infusions: dict[int, datetime] = field(default_factory=dict)  # given ones, by their number
    visits: list[date] = field(default_factory=list)  # done ones
    deviations: list[tuple[date, str, str]] = field(default_factory=list)  # recorded or not
    clot: date | None = None
    records: list[Record] = field(default_factory=list)

    def add(self, table: str, when: date, lag: tuple[int, int], **values: Any) -> Record:
        """Note a record, entered some days after it happened and never before consent."""
        entered = max(day_of(when), self.consent) + timedelta(self.rng.randint(*lag))
        values = {"usubjid": self.usubjid} | values
        self.records.append(Record(table, day_of(when), workday(entered), values))
        return self.records[-1]

    def on(self, day: int) -> date:
        return self.included + timedelta(day)

    def score(self, day: int) -> int:
        return [score for start, score in self.path if start <= day or start == self.path[0][0]][-1]

    def days(self, *scores: int) -> list[int]:
        """The days under observation that were spent in these states."""
        followed = max(self.plan.schedule[-1].target_day, self.path[-1][0])
        last = min(self.until, self.on(followed)) - self.included
        return [day for day in range(last.days + 1) if self.score(day) in scores]


def day_of(when: date) -> date:
    return when.date() if isinstance(when, datetime) else when


def workday(when: date) -> date:
    """Data are entered, and people invited, from Monday to Friday."""
    return when + timedelta(max(0, 7 - when.weekday()) if when.weekday() > 4 else 0)


def clock(rng: random.Random, when: date, first: int, last: int) -> datetime:
    """A time of day as people note it: more often than not on a multiple of five minutes."""
    minute = rng.randrange(0, 60, 5) if rng.random() < 0.6 else rng.randrange(60)
    return datetime(when.year, when.month, when.day, rng.randint(first, last), minute)


# The course


def trial(
    seed: int = SEED, patients: int | None = None, folder: Path | None = None
) -> list[Record]:
    """The whole course as it will have happened: every record, with what became of it."""
    plan = read(folder or data.folder())
    records: list[Record] = []
    for number, (consent, course, plants) in enumerate(arrivals(plan, seed, patients), 1):
        person = Person(
            plan=plan,
            rng=random.Random(f"{seed}/{number}"),  # own: a change in one leaves the others alone
            usubjid=f"{plan.identity.sponsor_code or plan.identity.registry_number}-01-{number:03}",
            consent=consent,
            course=course,
            plants=plants,
            donor=number // 3 + 14,
            newest=mid_trial(plan),
        )
        screen(person)
        if course not in CRITERIA:
            for tell in (infuse, support, visit, contact, events, assess, measure, leave, deviate):
                tell(person)
        records += number_events(person.records)
    return sorted(records, key=lambda record: (record.values["usubjid"], record.happened))


def read(folder: Path) -> protocol.Protocol:
    """The trial's parameters. Raises ProtocolError if one is missing that a simulation needs."""
    plan = protocol.read(folder / "protocol.toml", overlay=folder / "illustrative.toml")
    needed = ("n_infusions", "dose_min_per_kg", "dose_max_per_kg")
    needed += ("interval_min_days", "interval_max_days")
    missing = [f"dosing.{name}" for name in needed if getattr(plan.dosing, name) is None]
    missing += ["schedule"] * (not plan.schedule) + ["groups"] * (not plan.groups)
    if missing:
        raise protocol.ProtocolError(f"{folder}: nothing to simulate without {', '.join(missing)}")
    return plan


def arrivals(
    plan: protocol.Protocol, seed: int, patients: int | None
) -> list[tuple[date, str, dict[str, Any]]]:
    """The roster; beyond its own number of patients, its waves again, without its story."""
    rng = random.Random(seed)
    arriving: list[tuple[date, str, dict[str, Any]]] = []
    included, turn = 0, 0
    while included < (patients or plan.recruitment.target):
        day, course, plants = ROSTER[turn % len(ROSTER)]
        if turn >= len(ROSTER):
            day = max(0, day + rng.randint(-12, 12))
            course, plants = unscripted(rng, failed=course in CRITERIA)
        elif 0 < day < MID_TRIAL - 50:
            day += rng.randint(-3, 3)
        consent = plan.recruitment.starts_on + timedelta(day)
        arriving.append((consent if turn < len(ROSTER) else workday(consent), course, plants))
        included += course not in CRITERIA
        turn += 1
    return sorted(arriving, key=lambda arrival: arrival[0])


def unscripted(rng: random.Random, failed: bool) -> tuple[str, dict[str, Any]]:
    """What happens to a patient of whom the roster does not tell."""
    if failed:
        return rng.choices(list(CRITERIA), [weight for _, weight in CRITERIA.values()])[0], {}
    chances = {"early": 0.06, "late": 0.08, "low": 0.06, "omitted": 0.05, "donor": 0.03}
    chances |= {"visit late": 0.2, "visit missed": 0.15, "weighed late": 0.06, "no weight": 0.03}
    plants: dict[str, Any] = {
        name: rng.randint(2, 3) for name, chance in chances.items() if rng.random() < chance
    }
    if rng.random() < 0.02:
        plants["susar"] = (rng.choice(["infarction", "embolism"]), 1, rng.uniform(1, 60))
    if rng.random() < 0.06:
        plants[rng.choice(["withdraws", "lost"])] = rng.randint(12, 70)
    return rng.choices(list(COURSES), (6, 9, 6, 4, 2, 1, 1, 4, 2))[0], plants | {"recorded": True}


def screen(person: Person) -> None:
    """Consent, then inclusion or not."""
    rng, plan = person.rng, person.plan
    age = min(70, max(24, round(rng.gauss(57, 9))))  # eligible up to 70
    dm = person.add("dm", person.consent, (0, 1), siteid="01", age=age, sex=rng.choice("FMM"))
    dm.values |= {"country": "BEL", "rficdtc": person.consent}
    milestone(person, plan.disposition.consented[0], person.consent, "Informed consent signed")
    person.included = person.consent + timedelta(
        person.plants.get("included", rng.choice([0, 0, 1, 1, 2]))
    )
    if person.course in CRITERIA:
        failed, term = person.included, plan.disposition.screen_failed[0]
        disposition(person, term, failed, f"Not eligible: {person.course}")
        kind, _ = CRITERIA[person.course]
        person.add("ie", failed, (0, 4), ietest=person.course, iecat=kind)
        return
    milestone(person, plan.disposition.included[0], person.included, "Eligible, included")
    person.path = bent(COURSES[person.course], rng)
    group = plan.groups[-1 if person.score(0) == 6 else 0]  # the ventilated are listed last
    dm.change(person.included + timedelta(1), rfstdtc=person.included, cohort=group.code)
    gone = [person.on(person.plants[why]) for why in ("withdraws", "lost") if why in person.plants]
    person.until = min(gone, default=date.max)
    last_day, last = person.path[-1]
    if last == 7 and person.on(last_day) <= person.until:
        person.died = person.on(last_day)
        person.until = person.died - timedelta(1)
        dm.change(person.died + timedelta(rng.randint(0, 4)), dthdtc=person.died, dthfl="Y")


def bent(path: list[tuple[int, int]], rng: random.Random) -> list[tuple[int, int]]:
    """The same course at another pace: no two patients take the same time."""
    day = path[0][0] + rng.randint(-1, 1)
    bending = [(day, path[0][1])]
    for (before, _), (after, score) in pairwise(path):
        day = max(1, day + 1, day + round((after - before) * rng.uniform(0.78, 1.28)))
        bending.append((day, score))
    return bending


def milestone(person: Person, decod: str, when: date, term: str) -> None:
    values = {"dscat": "PROTOCOL MILESTONE", "dsdecod": decod, "dsterm": term}
    person.add("ds", when, (0, 1), **values, dsstdtc=when, dsdtc=when)


def disposition(person: Person, decod: str, when: date, term: str) -> None:
    values = {"dscat": "DISPOSITION EVENT", "dsdecod": decod, "dsterm": term}
    record = person.add("ds", when, (0, 4), **values, dsstdtc=when)
    record.values["dsdtc"] = record.entered


def infuse(person: Person) -> None:
    """The infusions, and the weight that the dose is meant for."""
    rng, plants, plan = person.rng, person.plants, person.plan.dosing
    when = person.on(plants["first"]) if "first" in plants else None
    when = when or free_day(rng, person.included, 0, plan.first_within_days or 1)
    weight = round(min(128, max(51, rng.gauss(84, 13))), rng.choice([0, 1, 1]))
    if "no weight" not in plants:
        weighed = when + timedelta(2) if "weighed late" in plants else person.included
        values = {"vstestcd": "WEIGHT", "vsstresn": weight, "vsdtc": weighed}
        person.add("vs", weighed, (0, 3), **values)
    lot = "ABCD"[rng.randrange(4)]
    for number in range(1, plan.n_infusions + 1):
        when = when if number == 1 else next_infusion(person, when, number)
        if when > person.until:
            return
        if plants.get("omitted") == number:
            because = plants.get("because", "Clinical worsening")
            lag = plants.get("decided after", 2)
            values = {"exseq": number, "exstdtc": when, "exoccur": "N", "exreasoc": because}
            person.add("ex", when, (lag, lag), **values)
            person.deviations.append((when, f"Infusion {number} not given: {because}", "DOSING"))
            continue
        donor = person.donor + (plants.get("donor") == number)
        if donor != person.donor:
            person.deviations.append((when, f"Infusion {number} from another donor", "DOSING"))
        lot = rng.choice([lot] * 5 + ["E"])
        give(person, number, when, weight, f"D{donor:03}", f"MSC-{donor:03}-{lot}")


def next_infusion(person: Person, before: date, number: int) -> date:
    """The day of the next infusion. The cell laboratory would rather not work at weekends."""
    rng, plants, plan = person.rng, person.plants, person.plan.dosing
    low, high = plan.interval_min_days, plan.interval_max_days
    if plants.get("early") == number:
        low = high = low - 1
    elif plants.get("late") == number:
        low, high = high + 2, high + 4
    spacing = plants.get("spacing", "")[number - 2 : number - 1]
    low, high = {"-": (low, low), "+": (high, high)}.get(spacing, (low, high))
    when = free_day(rng, before, low, high)
    for name in ("early", "late"):
        if plants.get(name) == number:
            person.deviations.append((when, f"Infusion {number} given too {name}", "DOSING"))
    return when


def free_day(rng: random.Random, since: date, low: int, high: int) -> date:
    days = [since + timedelta(day) for day in range(low, high + 1)]
    return rng.choice([day for day in days if day.weekday() < 5] or days)


def give(person: Person, number: int, day: date, weight: float, donor: str, lot: str) -> None:
    """One infusion, thawed and counted on the day: the dose is what came out of the bag."""
    rng, plants, plan = person.rng, person.plants, person.plan.dosing
    low, high = plan.dose_min_per_kg, plan.dose_max_per_kg
    per_kg = low + (high - low) * (0.1 + 0.85 * rng.betavariate(5, 3))
    if plants.get("low") == number:
        per_kg = low * rng.uniform(0.68, 0.93)
        text = f"Infusion {number}: too few cells after thawing"
        person.deviations.append((day, text, "DOSING"))
    elif plants.get("high") == number:
        per_kg = high * rng.uniform(1.03, 1.08)
    start = clock(rng, day, 10, 16)
    person.infusions[number] = start
    end = start + timedelta(minutes=rng.randint(17, 52))
    timed = rng.random() > 0.07
    late = rng.random() < 0.06 and "first" not in plants
    record = person.add("ex", start, (8, 15) if late else (1, 2), exseq=number)
    record.values |= {
        "extrt": "BM-MSC",
        "exdose": round(per_kg * weight / 1e6, 1),
        "exdosu": "10^6 cells",
        "exstdtc": start if timed else day,
        "exendtc": end if timed else day,
        "exlot": lot,
        "exoccur": "Y",
        "donor": donor,
        "viability": round(62 + 36 * rng.betavariate(6, 3)) if rng.random() > 0.05 else None,
    }
    if plants.get("per kg") == number:
        record.values |= {"exdose": round(per_kg / 1e6, 2), "exdosu": "10^6 cells/kg"}
    if plants.get("dose slip") == number:
        # A decimal point in the wrong place, found by the monitor.
        right = record.values["exdose"]
        record.values["exdose"] = round(right / 10, 2)
        record.change(day + timedelta(23), exdose=right)
    if number == 1:
        person.records[0].change(record.entered, rfxstdtc=record.values["exstdtc"])


def support(person: Person) -> None:
    """High-flow oxygen, invasive ventilation and ECMO, as the clinical course has them."""
    ends = [start for start, _ in person.path[1:]] + [None]
    for (start, score), end in zip(person.path, ends, strict=True):
        if score not in SUPPORT or person.on(start) > person.until:
            continue
        ended = person.on(end) if end else None
        began: date = person.on(start)
        if score == 6 and start > 0:  # the worsening is an event, which ends with the ventilation
            began = clock(person.rng, began, 1, 9)
            worsening = began - timedelta(minutes=person.rng.randint(20, 95))
            record = event(person, SPECIAL["intubation"], worsening, serious=True)
            record.forget_end()
            if ended and person.score(end) < 6:
                over = {"aeendtc": ended, "aeout": "RECOVERED/RESOLVED", "aeenrtpt": None}
                record.change(ended + timedelta(person.rng.randint(1, 9)), **over)
        elif person.rng.random() < 0.6:
            began = clock(person.rng, began, 0, 23)
        episode(person, SUPPORT[score], began, ended)
    if person.course == "on ECMO":
        ventilated = next(person.on(start) for start, score in person.path if score == 6)
        begins = max([ventilated, *map(day_of, person.infusions.values())]) + timedelta(1)
        days = person.rng.randint(9, 14)
        episode(person, "ECMO", begins, begins + timedelta(days))


def episode(person: Person, name: str, start: date, end: date | None) -> None:
    record = person.add("pr", start, (1, 4), prtrt=name, prstdtc=start)
    record.entered = max(record.entered, workday(person.included + timedelta(1)))
    if end and end <= (person.died or person.until):
        record.change(end + timedelta(person.rng.randint(1, 6)), prendtc=end)


def visit(person: Person) -> None:
    """The scheduled visits: in hospital on any day, later from Monday to Friday."""
    rng, plants, plan = person.rng, person.plants, person.plan
    zero = person.included
    if plan.days.day_zero == "first infusion":
        zero = day_of(person.infusions.get(1, zero))
    for place, planned in enumerate(plan.schedule):
        target = zero + timedelta(planned.target_day - plan.days.first_day)
        before, after = (
            max(1, planned.target_day // 12) if days is None else days
            for days in (planned.days_before, planned.days_after)
        )
        drawn = max(-before, min(after, round(rng.gauss(0.2, max(0.7, after / 2)))))
        late = plants.get("visit late") == place or rng.random() < 0.05
        when = target + timedelta(after + rng.randint(2, 6) if late else drawn)
        if person.score((when - person.included).days) <= 2:
            when = workday(when) if (workday(when) - target).days <= after else when - timedelta(2)
        who = {"visitnum": planned.visitnum, "visit": planned.visit}
        if when > person.until:
            if "lost" in plants and when < person.until + timedelta(40):
                values = {"svoccur": "N", "svreasoc": "Could not be reached by telephone"}
                person.add("sv", when, (3, 12), **who, svstdtc=when, **values)
            return
        if plants.get("visit missed") == place:
            reason = rng.choice(MISSED)
            person.add("sv", when, (3, 12), **who, svstdtc=when, svoccur="N", svreasoc=reason)
            person.deviations.append((when, f"{planned.visit} not done", "VISIT"))
            continue
        lag = (11, 24) if rng.random() < 0.12 else (2, 8)
        closed = target + timedelta(after) < person.newest
        if "visit pending" in plants and closed and place + 1 < len(plan.schedule):
            following = zero + timedelta(plan.schedule[place + 1].target_day)
            if following > person.newest:  # the latest visit: done, but not in the newest cut
                lag = ((person.newest - when).days + 4,) * 2
        person.add("sv", when, lag, **who, svstdtc=when, svoccur="Y")
        person.visits.append(when)
        if late:
            person.deviations.append((when, f"{planned.visit} too late", "VISIT"))
        if plants.get("unscheduled") == place:
            extra = workday(when + timedelta(rng.randint(4, 9)))
            who = {
                "visitnum": planned.visitnum + 0.1,
                "visit": f"Unscheduled after {planned.visit}",
            }
            person.add("sv", extra, (2, 9), **who, svstdtc=extra, svoccur="Y")


def contact(person: Person) -> None:
    """The study nurse hears of the patient on the ward or by telephone, on no fixed days."""
    last = person.days(*range(1, 7))[-1]
    day = person.rng.randint(4, 11)
    while day <= last:
        when = person.on(day)
        if when.weekday() < 5:
            person.add("ss", when, (0, 4), ssdtc=when, ssstresc="ALIVE")
        day += person.rng.randint(7, 25)
    if "lost" in person.plants and not person.died:
        person.add("ss", person.until, (0, 3), ssdtc=person.until, ssstresc="ALIVE")


def events(person: Person) -> None:
    """Adverse events: those of the catalogue, each in its place, and those of the roster."""
    rng, plants = person.rng, person.plants
    where = {"ventilated": (6,), "hospital": (3, 4, 5, 6), "home": (1, 2)}
    days = {place: person.days(*scores) for place, scores in where.items()}
    for place, kind in ((place, kind) for place, kinds in CATALOGUE.items() for kind in kinds):
        if rng.random() < 1 - math.exp(-kind.rate * len(days[place]) / 10):
            began = person.on(rng.choice(days[place]))
            timed = place != "home" and rng.random() < 0.3
            event(person, kind, clock(rng, began, 0, 23) if timed else began)
    for number, start in person.infusions.items():
        for kind in INFUSIONAL:
            asked = plants.get("fever") == number and kind.decod == "Pyrexia"
            if asked or rng.random() < kind.rate:
                began = start + timedelta(minutes=rng.randint(25, 400))
                event(person, kind, began, related=True)
    special_events(person)
    if person.died:
        kind = SPECIAL[plants.get("fatal", rng.choice(["Septic shock", "Respiratory failure"]))]
        began = max(person.included, person.died - timedelta(rng.randint(2, 6)))
        record = event(person, kind, began, serious=True)
        known = person.died + timedelta(rng.randint(0, 1))
        end = {"aeout": "FATAL", "aeendtc": person.died, "aeenrtpt": None}
        record.forget_end()
        record.change(known, aetoxgr=5, aesdth="Y", **end)


def special_events(person: Person) -> None:
    """What the roster plants: reactions, and records that a monitor would query."""
    rng, plants = person.rng, person.plants
    if "susar" in plants:
        name, number, hours = plants["susar"]
        if number in person.infusions:
            began = person.infusions[number] + timedelta(minutes=round(hours * 60))
            record = event(person, SPECIAL[name], began, related=True, serious=True)
            aware = day_of(began) + timedelta(1)
            record.entered = workday(aware + timedelta(1))
            record.values |= {"aware_dtc": aware, "expected": "N", "aeacn": "DRUG INTERRUPTED"}
            person.clot = day_of(began)
            record.change(aware + timedelta(6), reported_dtc=aware + timedelta(6))
    for name in ("expected", "palpitations"):
        if plants.get(name) in person.infusions:
            began = person.infusions[plants[name]] + timedelta(minutes=rng.randint(50, 240))
            record = event(person, SPECIAL[name], began, related=True, serious=True)
            record.values["expected"] = None  # the sponsor takes weeks to decide, or has not yet
            if name == "expected":
                record.change(began.date() + timedelta(25), expected="Y")
    if "clot" in plants:
        person.clot = person.on(plants["clot"])
        event(person, SPECIAL["clot"], person.clot, serious=True)
    if "upgraded" in plants:
        began = person.on(plants["upgraded"])
        record = event(person, SPECIAL["upgraded"], began, serious=False)
        aware = workday(record.entered + timedelta(12))
        serious = criteria(3) | {"aeser": "Y", "aetoxgr": 3, "aware_dtc": aware}
        record.change(aware + timedelta(1), **serious)
    if "unassessed" in plants:
        record = event(person, SPECIAL["weak"], person.on(11))
        record.values["aerel"] = None
        record.changes = [(day, new) for day, new in record.changes if "aerel" not in new]
    if "date corrected" in plants:
        began = person.on(5)
        record = event(person, SPECIAL["weak"], began)
        record.change(record.entered + timedelta(22), aestdtc=began + timedelta(1))
    if "partial start" in plants:
        began = person.on(rng.choice(person.days(1, 2)[5:25]))
        event(person, SPECIAL["at home"], began).values["aestdtc"] = f"{began:%Y-%m}"
    if "partial end" in plants:
        ended = person.on(person.days(1, 2)[0] + 24)
        record = event(person, SPECIAL["at home"], ended - timedelta(19))
        record.forget_end()
        end = {"aeendtc": f"{ended:%Y-%m}", "aeout": "RECOVERED/RESOLVED", "aeenrtpt": None}
        record.change(ended + timedelta(16), **end)
    if "no end" in plants:
        record = event(person, SPECIAL["at home"], person.on(person.days(1, 2)[3]))
        record.forget_end()
        record.change(record.entered + timedelta(40), aeout="RECOVERED/RESOLVED", aeenrtpt=None)
    if "duplicate" in plants:  # typed twice, by two people, and deleted by the data manager
        kind = Kind("Epistaxis", LUNG, ("Nosebleed on heparin",), (2,), 2)
        first = event(person, kind, person.on(6))
        again = {"aeterm": "Epistaxis, packing"} | {"aesi": None, "expected": None, "aerel": None}
        entered = workday(first.entered + timedelta(6))
        second = Record("ae", first.happened, entered, first.values | again)
        second.deleted = workday(entered + timedelta(31))
        person.records.append(second)


def event(
    person: Person, kind: Kind, began: date, related: bool = False, serious: bool | None = None
) -> Record:
    """One adverse event: what was known when it was entered, and what was learnt of it later."""
    rng, start = person.rng, day_of(began)
    grade = rng.choice(kind.grades)
    serious = (rng.random() < kind.serious or grade > 3) if serious is None else serious
    aware = start + timedelta(rng.choice([0, 0, 0, 1, 1, 1, 4])) if serious else None
    lag = (0, 2) if serious else rng.choice([(1, 4), (2, 9), (2, 9), (9, 26)])
    record = person.add("ae", aware or start, lag, aeseq=None, aeterm=rng.choice(kind.terms))
    record.happened = start
    words = ["POSSIBLY RELATED"] * 3 + ["PROBABLY RELATED"]
    relation = rng.choice(words if related else ["NOT RELATED"] * 3 + ["UNLIKELY RELATED"])
    expected = ("Y" if kind.decod in EXPECTED else "N" if serious else None) if related else None
    treated = any(start <= day_of(infusion) for infusion in person.infusions.values())
    record.values |= {
        "aestdtc": began,
        "aedecod": kind.decod,
        "aebodsys": kind.soc,
        "aesoc": kind.soc,
        "aetoxgr": grade,
        "aeser": "Y" if serious else "N",
        "aerel": relation,
        "aeacn": "DOSE NOT CHANGED" if treated else "NOT APPLICABLE",
        "aeout": "NOT RECOVERED/NOT RESOLVED",
        "aeenrtpt": "ONGOING",
        "aesi": special_interest(person.plan, kind),
        "expected": expected,
        "aware_dtc": aware,
    } | (criteria(grade) if serious else {})
    if not related and rng.random() < 0.12:  # the investigator has not signed yet
        record.values["aerel"] = None
        if rng.random() < 0.8:
            record.change(record.entered + timedelta(rng.randint(6, 20)), aerel=relation)
    if not serious and 1 < grade < 3 and rng.random() < 0.08:
        record.change(record.entered + timedelta(rng.randint(9, 30)), aetoxgr=grade + 1)
    end_of(person, kind, began, record)
    return record


def end_of(person: Person, kind: Kind, began: date, record: Record) -> None:
    """When it ended, if the site saw it end and wrote it down."""
    rng = person.rng
    length = timedelta(days=kind.days * rng.lognormvariate(-0.1, 0.5))
    timed = isinstance(began, datetime) and length < timedelta(1)
    ended = began + length if timed else day_of(began) + max(length, timedelta(1))
    if day_of(ended) > person.until:
        return
    fate, learnt = rng.random(), day_of(ended) + timedelta(rng.randint(1, 14))
    if fate < 0.05:  # the end was never entered
        record.change(learnt, aeout="RECOVERED/RESOLVED", aeenrtpt=None)
    elif fate < 0.08:
        record.change(learnt, aeout="UNKNOWN", aeenrtpt=None)
    else:
        outcome = "RECOVERED/RESOLVED" + " WITH SEQUELAE" * (fate > 0.9 and kind.days > 20)
        record.change(learnt, aeendtc=ended, aeout=outcome, aeenrtpt=None)


def criteria(grade: int) -> dict[str, str]:
    """Why it is serious: life-threatening from grade 4, else a longer stay in hospital."""
    names = ("aesdth", "aeslife", "aeshosp", "aesdisab", "aesmie")
    return dict.fromkeys(names, "N") | {"aeslife" if grade >= 4 else "aeshosp": "Y"}


def special_interest(plan: protocol.Protocol, kind: Kind) -> str | None:
    """The category of special interest that the protocol names for it."""
    for each in plan.special_interest:
        if (
            kind.soc.upper() in each.system_organ_classes
            or kind.decod.upper() in each.preferred_terms
        ):
            return each.category
    return None


def assess(person: Person) -> None:
    """The clinical scale: every few days in hospital, then at the visits."""
    days = {0} | {(when - person.included).days for when in person.visits}
    stay, day = person.days(3, 4, 5, 6), 0
    while stay and (day := day + person.rng.randint(1, 4)) <= stay[-1]:
        days.add(day)
    for day in sorted(days):
        scale(person, person.on(day), person.score(day))
    if person.died:
        scale(person, person.died, 7)


def scale(person: Person, when: date, score: int) -> None:
    values = {"rscat": "WHO 7-POINT ORDINAL SCALE", "rsstresn": score, "rsdtc": when}
    person.add("rs", when, (2, 10), **values)


def measure(person: Person) -> None:
    """Laboratory values that follow the clinical course, each patient at his own level."""
    rng = person.rng
    burden = {1: 0.0, 2: 0.07, 3: 0.2, 4: 0.42, 5: 0.75, 6: 1.0, 7: 1.5}
    own = {test: rng.lognormvariate(0, 0.35) for test in LABS}
    stay = person.days(3, 4, 5, 6)
    days, day = {(when - person.included).days for when in person.visits}, 0
    while stay and day <= stay[-1]:
        days.add(day)
        day += rng.choice([1, 2, 2, 3, 4])
    for day in sorted(days):
        sick = sum(burden[person.score(near)] for near in range(day - 3, day + 3)) / 6
        at = clock(rng, person.on(day), 5, 7) if day in stay else person.on(day)
        lag = rng.randint(2, 14)
        for test, (unit, low, high, well, ill, digits) in LABS.items():
            if rng.random() < 0.07:
                continue
            level = well + (ill - well) * min(1.2, sick * own[test])
            if test == "DDIMER" and person.clot and 1 <= (person.on(day) - person.clot).days < 7:
                level *= 2.3
            value = round(level * rng.lognormvariate(0, 0.16), digits or None)
            mark = "LOW" if low and value < low else "HIGH" if value > high else "NORMAL"
            values = {"lbtestcd": test, "lbstresn": value, "lbdtc": at, "lbstresu": unit}
            person.add("lb", at, (lag, lag), **values, lbnrind=mark)


def leave(person: Person) -> None:
    """Death, withdrawal, loss, or the last visit."""
    said, plan = person.plan.disposition, person.plan
    if person.died:
        disposition(person, said.died[0], person.died, "Died in the intensive care unit")
        person.add("ss", person.died, (0, 4), ssdtc=person.died, ssstresc="DEAD")
    elif "withdraws" in person.plants:
        term = next((term for term in said.withdrawn if "SUBJECT" in term), said.withdrawn[0])
        disposition(person, term, person.until, "No longer wishes to come to the hospital")
    elif "lost" in person.plants:
        given_up = workday(person.until + timedelta(person.rng.randint(36, 48)))
        disposition(person, said.lost[0], given_up, "Moved; no answer to 4 calls and a letter")
    elif person.visits and person.visits[-1] >= person.on(plan.schedule[-1].target_day * 4 // 5):
        disposition(person, said.completed[0], person.visits[-1], "Last visit done")


def deviate(person: Person) -> None:
    """The deviations as the site recorded them: some of those there were, and one of paper."""
    rng = person.rng
    for when, term, category in person.deviations:
        if "recorded" in person.plants or rng.random() < 0.35:
            person.add("dv", when, (3, 30), dvterm=term, dvcat=category, dvstdtc=when)
    if rng.random() < 0.1:
        term = "Copy of the consent form not dated by the physician"
        person.add(
            "dv", person.consent, (9, 40), dvterm=term, dvcat="CONSENT", dvstdtc=person.consent
        )


def number_events(records: list[Record]) -> list[Record]:
    """Number a person's events as they came in; early ones keep some qualifiers in suppae."""
    found = [record for record in records if record.table == "ae"]
    qualifiers = []
    for number, record in enumerate(sorted(found, key=lambda each: each.entered), 1):
        record.values["aeseq"] = number
        if record.entered >= FORM_2:
            continue
        for entered, values in [(record.entered, record.values), *record.changes]:
            for name in ("aesi", "expected"):
                if value := values.pop(name, None):
                    row = {"usubjid": record.values["usubjid"], "qnam": name.upper(), "qval": value}
                    row |= {"idvar": "AESEQ", "idvarval": number}
                    qualifiers.append(Record("suppae", record.happened, entered, row))
    return records + qualifiers


# The exports


def mid_trial(plan: protocol.Protocol) -> date:
    return monday(plan.recruitment.starts_on + timedelta(MID_TRIAL))


def monday(since: date) -> date:
    return since + timedelta(-since.weekday() % 7)


def weeks(plan: protocol.Protocol, n: int | None = None) -> list[date]:
    """The days of the cuts. Up to mid-trial the last n, beyond it the first n."""
    first = monday(plan.recruitment.starts_on)
    usual = (mid_trial(plan) - first).days // 7 + 1
    skipped = max(0, usual - n) if n else 0
    return [first + timedelta(7 * week) for week in range(skipped, max(usual, n or 0))]


Tables = dict[str, tuple[list[str], list[Record]]]


def tabulated(records: list[Record]) -> Tables:
    """By table: the columns that some record of the course fills, and the records."""
    tables: Tables = {}
    for table, described in contract.tables().items():
        columns = [column.name for column in described.columns]
        found = [record for record in records if record.table == table]
        filled = {name for record in found for name in record.values}
        filled |= {name for record in found for _, values in record.changes for name in values}
        if found:
            tables[table] = [column for column in columns if column in filled], found
    return tables


def write(folder: Path, cuts: Iterable[date], records: list[Record], truncated: date) -> None:
    """Write the cuts aside, then put them in the place of the former ones."""
    if folder.name == "exports" or any(
        child.name != ".DS_Store" and not (child / "SIMULATED.txt").exists()
        for child in (folder.iterdir() if folder.exists() else ())
    ):
        raise ValueError(f"{folder} holds something else than simulated cuts: nothing was written")
    incoming, former = (
        folder.with_name(f".{folder.name}-{name}") for name in ("incoming", "former")
    )
    for leftover in (incoming, former):
        shutil.rmtree(leftover, ignore_errors=True)
    tables = tabulated(records)
    for cut in cuts:
        write_cut(incoming / cut.isoformat(), tables, cut, truncate=cut == truncated)
    if folder.exists():
        folder.rename(former)
    incoming.rename(folder)
    seen.forget(folder)
    shutil.rmtree(former, ignore_errors=True)


def write_cut(folder: Path, tables: Tables, cut: date, truncate: bool) -> None:
    """One export, with the manifest that its copy has to agree with."""
    folder.mkdir(parents=True)
    manifest = []
    for table, (columns, records) in tables.items():
        rows = [row for record in records if (row := record.on(cut))]
        content = as_csv(columns, rows)
        name = f"{table}.csv"
        checksum = hashlib.sha256(content.encode()).hexdigest()
        manifest.append({"file": name, "rows": len(rows), "sha256": checksum})
        if truncate and table == "ae":  # the copy broke off within a quoted term
            content = content[: content.rindex(',"') + 9]
        (folder / name).write_bytes(content.encode())
    text = json.dumps(manifest, indent=2) + "\n"
    (folder / "manifest.json").write_bytes(text.encode())
    (folder / "SIMULATED.txt").write_bytes(NOTICE.encode())


def as_csv(columns: list[str], rows: list[dict[str, Any]]) -> str:
    buffer = io.StringIO()
    out = csv.writer(buffer, lineterminator="\n")
    out.writerow(columns)
    out.writerows([text(row.get(column)) for column in columns] for row in rows)
    return buffer.getvalue()


def text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, float):
        return f"{value:.10g}"
    return "" if value is None else str(value)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Write the weekly cuts of a made-up trial.")
    parser.add_argument("--cuts", type=int, help="number of weekly cuts (default: up to mid-trial)")
    parser.add_argument("--patients", type=int, help="patients to include (default: the target)")
    parser.add_argument(
        "--out", type=Path, help="folder to write (default: simulated/ of the trial)"
    )
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--if-empty", action="store_true", help="only if the trial has no cut yet")
    options = parser.parse_args(arguments)
    try:
        there = data.trial()
        if options.if_empty and (there.cuts() or there.gone()):
            return
        plan = read(data.folder())
    except data.ProtocolError as error:
        if options.if_empty:  # then the dashboard says what is missing, without a simulated trial
            print(error)
            return
        raise
    cuts = weeks(plan, options.cuts)
    records = trial(options.seed, options.patients)
    out = options.out or data.folder() / "simulated"
    write(out, cuts, records, truncated=mid_trial(plan) - timedelta(weeks=TRUNCATED))
    print(f"{len(cuts)} cuts, {cuts[0]} to {cuts[-1]}, of made-up data in {out}")


if __name__ == "__main__":
    main()
