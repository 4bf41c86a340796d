"""Vital status and ventilation at every boundary, survival, and the Outcomes page's questions."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest

import charts
from charts import outcomes
from data.protocol import ProtocolError, read
from queries import ask
from tests.conftest import PROTOCOL, included, left, rows
from tests.test_estimates_survival import FREIREICH, PUBLISHED

OUTCOMES = """
[support]
invasive_ventilation = ["INVASIVE VENTILATION", "Mechanical ventilation"]
oxygen = ["HIGH-FLOW OXYGEN"]
ecmo = ["ECMO"]

[[clinical_scale]]
score = 5.0
label = "high flow"

[[secondary_outcomes]]
measure = "Clinical status"
until_day = 28
fed_by = ["rs"]

[[secondary_outcomes]]
measure = "Organ failures"
until_day = 28
"""
WITH_OUTCOMES = PROTOCOL.replace(
    'label = "oxygen"', 'label = "oxygen"\nprimary_outcome = "invasive ventilation"'
).replace('label = "ventilated"', 'label = "ventilated"\nprimary_outcome = "vital status"')
NO_PR = "usubjid  prtrt  prstdtc  prendtc"  # the table is there, and nobody is in it


@pytest.fixture(autouse=True)
def protocol(trial):
    (trial / "protocol.toml").write_text(WITH_OUTCOMES + OUTCOMES)


def alive(who: str, *days: str) -> str:
    return "usubjid  ssdtc  ssstresc\n" + "\n".join(f"{who}  {day}  ALIVE" for day in days)


def seen(contacts: Mapping[str, str]) -> str:
    """Each patient alive on a day."""
    return "usubjid  ssdtc  ssstresc\n" + "\n".join(
        f"{who}  {day}  ALIVE" for who, day in contacts.items()
    )


def pr(*records: str) -> str:
    return NO_PR + "\n" + "\n".join(records)


def at_28(table: str, cut: str) -> tuple:
    """Status and reason of the only patient on day 28."""
    return rows(f"tables/{table}", cut, "status", "reason")[0]


def a_patient_each(cases: dict) -> tuple[dict, dict]:
    """A patient for each case: {patient: what is on record}, and {patient: what is expected}."""
    people = {f"P{number:02}": case for number, case in enumerate(cases)}
    return people, {who: cases[case] for who, case in people.items()}


def of_each(table: str, cut: str, *columns: str) -> dict[str, tuple]:
    """Those columns of each patient on day 28; status and reason if none are named."""
    wanted = ("usubjid", "outcome_day", *(columns or ("status", "reason")))
    return {who: tuple(of) for who, day, *of in rows(f"tables/{table}", cut, *wanted) if day == 28}


# ---------------------------------------------------------------------------------- vital status


# {cut: {last contact: what is known on day 28, 29 January}}
CONTACTS = {
    "2021-01-28": {"2021-01-28": ("not reached", None)},
    "2021-01-29": {
        "2021-01-28": ("not reached", None),  # the day has not passed
        "2021-01-29": ("alive", "status"),
    },
    "2021-01-30": {
        "2021-01-28": ("unknown", "not seen since 2021-01-28"),
        "2021-01-30": ("alive", "status"),
    },
    "2021-03-01": {
        "2021-01-28": ("unknown", "not seen since 2021-01-28"),
        "2021-01-29": ("alive", "status"),  # seen on the day itself
        "2021-01": ("unknown", "not seen since 2021-01-01"),  # perhaps on the 1st
        "2021-02": ("alive", "status"),  # any day of February is later
        "2021-03-02": ("unknown", "not seen since 2021-01-01"),  # after the cut
        ".": ("unknown", "not seen since 2021-01-01"),  # the day of inclusion
    },
}


@pytest.mark.parametrize("cut", CONTACTS)
def test_alive_only_by_a_dated_contact_on_or_after_the_day(export, cut):
    people, expected = a_patient_each(CONTACTS[cut])
    export(cut, **included(*people), ss=seen(people))
    assert of_each("vital_status", cut) == expected


HEADERS = {
    "sv": "usubjid  visitnum  svstdtc  svoccur",
    "ss": "usubjid  ssdtc  ssstresc",
    "ex": "usubjid  exstdtc  exoccur",
    "ae": "usubjid  aestdtc  aeendtc",
    "pr": "usubjid  prtrt  prstdtc  prendtc",
    "vs": "usubjid  vstestcd  vsstresn  vsdtc",
    "lb": "usubjid  lbtestcd  lbstresn  lbdtc",
    "rs": "usubjid  rscat  rsstresn  rsdtc",
    "ds": "usubjid  dscat  dsdecod  dsstdtc",
}
# The only record of a patient after day 1, and the contact that it is. Day 28 is 29 January.
KINDS = {
    "sv  99  2021-02-05  Y": "visit",
    "sv  99  2021-02-05  N": None,
    "sv  99  2021-02-05  U": None,
    "sv  99  2021-01-29  .": "visit",
    "ss  2021-02-05  Alive": "status",
    "ex  2021-02-05  Y": "infusion",
    "ex  2021-02-05  N": None,
    "ex  2021-02-05  U": None,
    "ex  2021-01-29  .": "infusion",
    "ex  2021-01-28  .": None,
    "ae  2021-01-29T23:59  .": "adverse event",
    "ae  2021-01-28T23:59  .": None,
    "ae  2021-02-05  .": "adverse event",
    "ae  2021-01-05  2021-02-05": None,
    "pr  ECMO  2021-01-29  .": "procedure",
    "pr  ECMO  2021-02-05  .": "procedure",
    "pr  ECMO  2021-01-05  2021-02-05": None,
    "vs  WEIGHT  70  2021-02-05": "vital sign",
    "lb  CRP  7  2021-02-05": "laboratory",
    "vs  WEIGHT  .  2021-02-05": None,  # planned, and perhaps not done
    "lb  CRP  .  2021-02-05": None,
    "rs  WHO  7  2021-02-05": None,
    "ds  DISPOSITION EVENT  COMPLETED  2021-02-05": "completion",
    "ds  DISPOSITION EVENT  WITHDRAWAL BY SUBJECT  2021-02-05": None,
    "ds  DISPOSITION EVENT  LOST TO FOLLOW-UP  2021-02-05": None,
}


def test_what_is_a_contact(export):
    people, expected = a_patient_each(KINDS)
    drawn = {table: [header] for table, header in HEADERS.items()}
    drawn["ds"] = [included(*people)["ds"]]
    for who, record in people.items():
        table, rest = record.split("  ", 1)
        drawn[table].append(f"{who}  {rest}")
    tables = {table: "\n".join(lines) for table, lines in drawn.items()}
    cut = export("2021-03-01", **included(*people) | tables)
    found = of_each("vital_status", cut)
    assert {status for status, _ in found.values()} == {"alive", "unknown"}
    kinds = {who: reason if status == "alive" else None for who, (status, reason) in found.items()}
    assert kinds == expected


# {(day of death, last contact): what is known on day 28}
DEATHS = {
    ("2021-01-29", "2021-01-20"): ("dead", "died"),  # on the day itself
    ("2021-01-30", "2021-01-20"): ("alive", "died later"),
    ("2021-01", "2021-01-20"): ("unknown", "dead, on a day that is not known"),
    ("2021-01", "2021-01-29"): ("alive", "status"),
    ("2020", "2021-02-10"): ("dead", "died"),
    (".", "2021-01-20"): ("unknown", "dead, on a day that is not known"),
    (".", "2021-02-10"): ("alive", "status"),
    ("2021-01-20", "2021-02-10"): ("dead", "died"),  # no sign of life after a death
}


def test_dead_by_the_day_or_later_or_not_known(export):
    people, expected = a_patient_each(DEATHS)
    more = "".join(left(who, "DEATH", died) for who, (died, _) in people.items())
    ss = seen({who: contact for who, (_, contact) in people.items()})
    cut = export("2021-03-01", **included(*people, more=more), ss=ss)
    assert of_each("vital_status", cut) == expected


def test_a_death_is_known_before_the_day_is_reached(export):
    cut = export("2021-01-10", **included("P1", more=left("P1", "DEATH", ".")))
    assert at_28("vital_status", cut) == ("dead", "died")  # some day up to the cut


@pytest.mark.parametrize(
    ("found_dead", "expected"),
    [
        ("2021-01-20", ("dead", "died")),  # by day 19, and so by day 28
        ("2021-01-29", ("dead", "died")),
        ("2021-01", ("unknown", "dead, on a day that is not known")),
        ("2021-02-10", ("unknown", "dead, on a day that is not known")),
    ],
)
def test_whoever_is_found_dead_died_by_then(export, found_dead, expected):
    ss = f"usubjid  ssdtc  ssstresc\nP1  {found_dead}  DEAD"
    assert at_28("vital_status", export("2021-03-01", **included("P1"), ss=ss)) == expected


# {(day of death in dm, in ds, end of the fatal event, found dead on): known on day 28, 29 January}
CONTRADICTIONS = {
    ("2021-02-10", "2021-01-15", ".", "."): "unknown",  # whichever of the two is right
    ("2021-01-15", "2021-02-10", ".", "."): "unknown",
    ("2021-01-15", "2021-01-20", ".", "."): "dead",  # by either
    ("2021-02-10", "2021-02-05", ".", "."): "alive",
    ("2021-02-10", ".", ".", "2021-01-15"): "unknown",
    ("2021-01", "2021-01", ".", "2021-01-15"): "dead",  # in January, and by the 15th
    ("2021", "2021-01-15", ".", "."): "dead",  # the day that is known
    ("2021-01-15", ".", "2021-02-10", "."): "dead",  # an event may be closed later
    ("2021", ".", "2021-01-15", "."): "dead",
}


def test_dates_of_one_death_that_contradict_each_other_leave_open_which_is_right(export):
    people, expected = a_patient_each(CONTRADICTIONS)
    tables = included(*people)
    died = "\n".join(f"{who}  A  {dm}  Y" for who, (dm, *_) in people.items())
    for who, (_, ds, *_) in people.items():
        tables["ds"] += left(who, "DEATH", ds) if ds != "." else ""
    cut = export(
        "2021-03-01",
        dm=f"usubjid  cohort  dthdtc  dthfl\n{died}",
        ds=tables["ds"],
        ae="usubjid  aestdtc  aeendtc  aeout\n"
        + "\n".join(f"{who}  2021-01-10  {end}  FATAL" for who, (_, _, end, _) in people.items()),
        ss="usubjid  ssdtc  ssstresc\nP0  2021-01-02  ALIVE\n"
        + "\n".join(f"{who}  {found}  DEAD" for who, (*_, found) in people.items() if found != "."),
    )
    found = dict(rows("tables/vital_status", cut, "usubjid", "status")[::2])
    assert found == expected


def test_a_death_after_the_cut_has_not_happened_yet(export):
    cut = export("2021-01-10", **included("P1", more=left("P1", "DEATH", "2021-01-11")))
    assert at_28("vital_status", cut) == ("not reached", None)


def test_who_left_is_unknown_once_the_day_has_passed_and_says_why(export):
    people = included("P1", more=left("P1", "WITHDRAWAL BY SUBJECT", "2021-01-10"))
    assert at_28("vital_status", export("2021-01-20", **people)) == ("not reached", "withdrawn")
    assert at_28("vital_status", export("2021-03-01", **people)) == (
        "unknown",
        "withdrawn, and not seen since 2021-01-01",
    )


@pytest.mark.parametrize(
    ("contact", "status"), [("2021-02-27", "unknown"), ("2021-02-28", "alive")]
)
def test_a_partial_inclusion_needs_a_contact_after_the_latest_day_28(export, contact, status):
    # Included some day in January: day 28 is 28 February at the latest.
    cut = export("2021-03-10", **included("P1", on="2021-01"), ss=alive("P1", contact))
    assert at_28("vital_status", cut)[0] == status


# ----------------------------------------------------------------------------------- ventilation


# {(begun, ended): whether begun by day 28, and on which day}
VENTILATIONS = {
    ("2020-12-20", "2020-12-30"): ("no", None),  # over before inclusion
    ("2020-12-20", "2021-01-05"): ("unknown", None),  # going on at inclusion
    ("2020-12-20", "."): ("unknown", None),
    ("2021-01-01", "."): ("yes", 0),  # the day of inclusion
    ("2021-01-29", "."): ("yes", 28),  # day 28
    ("2021-01-29T23:10", "."): ("yes", 28),
    ("2021-01-30", "."): ("no", None),
    ("2021-01", "."): ("unknown", None),  # perhaps the 30th
    ("2021-02", "."): ("no", None),
    (".", "."): ("unknown", None),
    ("2021-03-02", "."): ("no", None),  # after the cut
    (".", "2020-12-30"): ("no", None),  # over before inclusion, whenever it began
    ("2021", "2021-01-20"): ("yes", None),  # begun by the 20th, since it ended then
    # An end before the start: one of the two is wrong.
    ("2021-02-20", "2021-01-25"): ("unknown", None),  # begun by the 25th, or on 20 February
    ("2021-01-20", "2021-01-10"): ("unknown", None),
    ("2020-12-30", "2020-12-20"): ("no", None),  # before inclusion in either case
    ("2020", "2021-01-20"): ("unknown", None),  # going on at inclusion
}


def ventilated(export, cases: dict) -> tuple[str, dict]:
    """An export of patients who are known to be alive, and were ventilated from when to when."""
    people, expected = a_patient_each(cases)
    records = [f"{who}  Invasive Ventilation  {'  '.join(days)}" for who, days in people.items()]
    ss = seen(dict.fromkeys(people, "2021-02-10"))
    return export("2021-03-01", **included(*people), ss=ss, pr=pr(*records)), expected


def test_ventilation_begun_at_each_edge(export):
    cut, expected = ventilated(export, VENTILATIONS)
    assert of_each("ventilation", cut, "status", "begun_day") == expected


def test_the_words_of_ventilation_are_those_of_the_protocol(trial, export):
    people = included("P1")
    record = pr("P1  mechanical ventilation  2021-01-05  .", "P1  ECMO  2021-01-03  .")
    cut = export("2021-03-01", **people, ss=alive("P1", "2021-02-10"), pr=record)
    assert rows("tables/ventilation", cut, "status", "begun_day")[0] == ("yes", 4)
    (trial / "protocol.toml").write_text(WITH_OUTCOMES)
    cut = export("2021-03-08", **people, ss=alive("P1", "2021-02-10"), pr=record)
    assert at_28("ventilation", cut) == (
        "unknown",
        "protocol.toml does not say how invasive ventilation is recorded",
    )


def test_no_ventilation_on_record(export):
    # {(what became of the patient, last contact): whether ventilated by day 28}
    cases = {
        (None, "2021-01-28"): "unknown",  # "no" needs a contact on or after the day
        (None, "2021-01-29"): "no",
        ("2021-01-29", "2021-01-20"): "died without it",
        ("2021-01-30", "2021-01-20"): "no",
        ("2021-01", "2021-01-20"): "unknown",
    }
    people, expected = a_patient_each(cases)
    more = "".join(left(who, "DEATH", died) for who, (died, _) in people.items() if died)
    ss = seen({who: contact for who, (_, contact) in people.items()})
    cut = export("2021-03-01", **included(*people, more=more), ss=ss, pr=NO_PR)
    assert of_each("ventilation", cut, "status") == {who: (is_,) for who, is_ in expected.items()}
    early = export("2021-01-20", **included("P1"), ss=alive("P1", "2021-01-20"), pr=NO_PR)
    assert at_28("ventilation", early)[0] == "not reached"


# {(name, begun, whether it took place): whether begun by day 28}
RECORDS_OF_SUPPORT = {
    ("Mechanical ventilation", "2021-01-05", "Y"): "yes",
    ("Mechanical ventilation", "2021-01-05", "U"): "unknown",
    (".", "2021-01-05", "Y"): "unknown",
    (".", "2021-02-05", "Y"): "no",  # after the day
    (".", "2020-12-05", "Y"): "no",  # before inclusion
    ("ECMO", "2021-01-05", "Y"): "no",
    ("Dialysis", "2021-01-05", "Y"): "no",  # a name that the protocol does not list
}


def test_a_record_of_support_that_says_too_little_leaves_ventilation_open(export):
    people, expected = a_patient_each(RECORDS_OF_SUPPORT)
    records = "\n".join(f"{who}  {'  '.join(case)}" for who, case in people.items())
    cut = export(
        "2021-03-01",
        **included(*people),
        ss=seen(dict.fromkeys(people, "2021-02-10")),
        pr=f"usubjid  prtrt  prstdtc  proccur\n{records}",
    )
    assert dict(rows("tables/ventilation", cut, "usubjid", "status")[::2]) == expected


def test_a_procedure_that_may_not_have_taken_place_is_no_contact_and_no_day_for_certain(export):
    cut = export(
        "2021-03-01",
        **included("P1"),
        pr="""
            usubjid  prtrt                   prstdtc     prendtc     proccur
            P1       Mechanical ventilation  2021-01-05  2021-01-10  U
            P1       ECMO                    2021-02-05  2021-02-06  U
        """,
    )
    assert rows("outcomes/support", cut, "ventilation_least", "ventilation_most") == [(0, 6)]
    said = charts.alt(outcomes.support(ask("outcomes/support", cut), 28))
    assert said == (
        "To day 28, 0 (perhaps 1 more) of 1 patients had invasive ventilation and 0 had oxygen recorded"
    )
    assert rows("adverse_events/support", cut, "support") == [
        ("Mechanical ventilation (?)",),
        ("ECMO (?)",),
    ]
    assert rows("tables/vital_status", cut, "outcome_day", "status")[0] == (28, "unknown")
    assert rows("tables/contacts", cut, "kind") == [("inclusion",)]


def test_of_whoever_is_in_no_group_the_primary_outcome_is_not_known(export):
    tables = NINE | {"dm": "usubjid  cohort\nA1  a\nA2  .\nA3  A\nA4  A\nA5  C\nB1  B\nB2  b"}
    tables["ds"] = "\n".join(
        line for line in NINE["ds"].splitlines() if not line.strip().startswith(("B3", "B4"))
    )
    cut = export(NINE_CUT, **tables)
    whole = rows("outcomes/primary", cut, "code", "n_included", "n_unknown", "n_not_reached")
    # A5's day has not come.
    assert whole == [("A", 3, 1, 0), ("B", 2, 0, 0), ("C", 1, 0, 1), ("not recorded", 1, 1, 0)]
    numbers = dict(rows("today/headline", cut, "name", "value"))
    # A1, A3, B1 and B2 are known, A4 is lost from sight.
    assert numbers["primary outcome known"] == 4
    assert numbers["primary outcome unknown"] == 2
    said = outcomes.sentence(ask("outcomes/primary", cut), ask("outcomes/vital_status", cut))
    assert said.endswith(
        "2 patients are in no group of the protocol, and without a primary outcome."
    )
    shown = rows("outcomes/accounting", cut, "panel", "n_shown", "reason", "n_set_aside")
    assert ("primary outcome", 5, "in no group of the protocol", 2) in shown


def test_without_a_table_of_procedures_nobody_is_said_not_to_be_ventilated(export):
    cut = export("2021-03-01", **included("P1"), ss=alive("P1", "2021-02-10"))
    assert at_28("ventilation", cut) == ("unknown", "the export has no pr")


def test_without_a_table_of_procedures_a_day_that_has_not_come_is_not_reached(export):
    cut = export("2021-01-20", **included("P1"), ss=alive("P1", "2021-01-19"))
    assert at_28("ventilation", cut) == ("not reached", "the export has no pr")


def test_an_infusion_after_the_cut_begins_no_follow_up(trial, export):
    zero = PROTOCOL.replace("[outcomes]", '[days]\nday_zero = "first infusion"\n\n[outcomes]')
    (trial / "protocol.toml").write_text(zero)
    people = included("A1", "A2", "A3")
    people["ds"] += left("A1", "DEATH", "2021-01-05")
    ex = "usubjid  exseq  exstdtc\nA1  1  2021-01-05\nA2  1  2021-01-05\nA3  1  2021-06-03"
    cut = export("2021-06-01", **people, ex=ex, ss=alive("A2", "2021-05-10"))
    first, *_ = rows("outcomes/survival", cut, "day", "n_at_risk", "n_events", "survival")
    assert first == (0, 2, 1, 0.5)
    assert rows("tables/participants", cut, "usubjid", "first_infusion_on", "set_aside") == [
        ("A1", "2021-01-05", None),
        ("A2", "2021-01-05", None),
        ("A3", None, "infusion dated after the cut"),
    ]
    accounts = rows("outcomes/accounting", cut, "panel", "reason", "n_set_aside")
    assert ("survival", "day 0 is not known", 1) in accounts


@pytest.mark.parametrize("kind", ["oxygen", "ecmo"])
def test_a_procedure_is_of_one_kind(trial, kind):
    file = trial / "protocol.toml"
    file.write_text(
        PROTOCOL + f'[support]\ninvasive_ventilation = ["imv", "X"]\n{kind} = ["IMV"]\n'
    )
    with pytest.raises(ProtocolError, match=f"support.{kind}: IMV stands in invasive_ventilation"):
        read(file)


def test_ventilated_at_inclusion_contradicts_group_a_and_is_listed(export):
    cut = export(
        "2021-03-01",
        **included("P1", "B1"),
        pr=pr(
            "P1  INVASIVE VENTILATION  2020-12-30  2021-01-10",
            "B1  INVASIVE VENTILATION  2020-12-30  2021-01-10",
        ),
    )
    assert rows("outcomes/patients", cut, "usubjid", "outcome", "contradiction") == [
        ("B1", "unknown", None),
        ("P1", "unknown", "ventilated at inclusion, which this group excludes"),
    ]


# ----------------------------------------------------------------------- a trial worked by hand

# The cut is 10 February 2021, day 40 of those included on 1 January.
#
#   A1 ventilated on day 3, alive      B1 died on day 10, 4 days after the second infusion
#   A2 alive on day 28, not vent.      B2 alive on day 35
#   A3 died on day 9, not ventilated   B3 last seen on day 20
#   A4 last seen on day 12             B4 included on 1 February
#   A5 included on 1 February
NINE = {
    "dm": "usubjid  cohort\n"
    + "\n".join(
        f"{each}  {each[0]}" for each in ["A1", "A2", "A3", "A4", "A5", "B1", "B2", "B3", "B4"]
    ),
    "ds": "usubjid  dscat  dsdecod  dsstdtc\n"
    + "\n".join(
        f"{each}  PROTOCOL MILESTONE  ENTERED INTO TRIAL  2021-0{2 if each in ('A5', 'B4') else 1}"
        "-01"
        for each in ["A1", "A2", "A3", "A4", "A5", "B1", "B2", "B3", "B4"]
    )
    + left("A3", "DEATH", "2021-01-10")
    + left("B1", "DEATH", "2021-01-11"),
    "ex": "usubjid  exstdtc\nB1  2021-01-03\nB1  2021-01-07",
    "pr": pr(
        "A1  INVASIVE VENTILATION  2021-01-04  2021-01-09",
        "A1  HIGH-FLOW OXYGEN      2020-12-30  2021-01-04",
        "A2  HIGH-FLOW OXYGEN      2020-12-31  2021-01-06",
        "B2  INVASIVE VENTILATION  2020-12-28  2021-01",
        "B2  ECMO                  2021-01-02  2021-01-03",
        "B2  Physiotherapy         2021-01-20  2021-01-20",
        "A5  HIGH-FLOW OXYGEN      2021-02-02  .",
    ),
    "ss": "usubjid  ssdtc  ssstresc\n"
    "A1  2021-02-05  ALIVE\nA2  2021-01-29  ALIVE\nA4  2021-01-13  ALIVE\n"
    "B2  2021-02-05  ALIVE\nB3  2021-01-21  ALIVE",
    "ae": "usubjid  aestdtc  aedecod  aeout  aesdth\nB1  2021-01-10  Sepsis  FATAL  Y",
    "rs": """
        usubjid  rscat  rsstresn  rsdtc
        A1       WHO    5         2021-01-01
        A1       WHO    6         2021-01-04
        A1       WHO    5         2021-01-04
        A1       WHO    5         2021-01
        A2       WHO    5         2021-01-02T08:00
        A2       SOFA   3         2021-01-02
        A2       WHO    4         2021-02-11
    """,
}
NINE_CUT = "2021-02-10"


def test_the_primary_outcomes_of_the_nine_counted_by_hand(export):
    cut = export(NINE_CUT, **NINE)
    counts = ["n_event", "n_died_without", "n_no_event", "n_unknown", "n_not_reached", "n_known"]
    assert rows("outcomes/primary", cut, "code", "primary_outcome", *counts) == [
        ("A", "invasive ventilation", 1, 1, 1, 1, 1, 3),
        ("B", "vital status", 1, 0, 1, 1, 1, 2),
    ]
    assert rows("outcomes/primary", cut, "outcome_day", "n_included", "unknown", "pending") == [
        (28, 5, "A4", "A5"),
        (28, 4, "B3", "B4"),
    ]
    # Best and worst case: A 1 and 2 of 4, B 1 and 2 of 3. Clopper-Pearson: 1 of 3, 1 of 2.
    shares = rows("outcomes/primary", cut, "pct", "pct_best", "pct_worst", "ci_low", "ci_high")
    third, two_thirds = pytest.approx(100 / 3), pytest.approx(200 / 3)
    assert shares == [
        (third, 25, 50, pytest.approx(0.84, abs=0.01), pytest.approx(90.57, abs=0.01)),
        (50, third, two_thirds, pytest.approx(1.26, abs=0.01), pytest.approx(98.74, abs=0.01)),
    ]


def test_the_primary_outcomes_of_the_nine_by_name(export):
    cut = export(NINE_CUT, **NINE)
    assert rows("outcomes/patients", cut, "usubjid", "outcome", "begun_day", "days_left") == [
        ("A1", "yes", 3, None),
        ("A2", "no", None, None),
        ("A3", "died without it", None, None),
        ("A4", "unknown", None, None),
        ("B1", "dead", None, None),
        ("B2", "alive", None, None),
        ("B3", "unknown", None, None),
        ("A5", "not reached", None, 19),
        ("B4", "not reached", None, 19),
    ]


def test_the_vital_status_of_the_nine_counted_by_hand(export):
    cut = export(NINE_CUT, **NINE)
    counts = ["n_included", "n_dead", "n_alive", "n_unknown", "n_not_reached", "n_known"]
    assert rows("outcomes/vital_status", cut, "outcome_day", "code", *counts) == [
        (28, "all patients", 9, 2, 3, 2, 2, 5),
        (28, "A", 5, 1, 2, 1, 1, 3),
        (28, "B", 4, 1, 1, 1, 1, 2),
        (90, "all patients", 9, 2, 0, 0, 7, 2),
        (90, "A", 5, 1, 0, 0, 4, 1),
        (90, "B", 4, 1, 0, 0, 3, 1),
    ]
    assert rows("outcomes/vital_status", cut, "code", cohort="B") == [("B",), ("B",)]


def test_the_deaths_of_the_nine(export):
    cut = export(NINE_CUT, **NINE)
    found = rows(
        "outcomes/deaths",
        cut,
        "usubjid",
        "died_day",
        "last_infusion",
        "days_after",
        "fatal_events",
        "recorded_in",
    )
    assert found == [
        ("A3", 9, None, None, None, "ds"),
        ("B1", 10, 2, 4, "Sepsis", "ds, ae"),
    ]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2021-01-11", (1, 0)),  # on the day of death
        ("2021-01-12", (None, None)),  # after it: not the last one before it
        ("2021-01", (1, None)),
    ],
)
def test_the_days_from_the_last_infusion_to_the_death(export, given, expected):
    cut = export(
        NINE_CUT,
        **included("P1", more=left("P1", "DEATH", "2021-01-11")),
        ex=f"usubjid  exstdtc\nP1  {given}",
    )
    assert rows("outcomes/deaths", cut, "last_infusion", "days_after") == [expected]


def test_days_after_the_last_infusion_are_not_counted_from_the_one_before(export):
    cut = export(
        "2021-03-01",
        **included("P1", more=left("P1", "DEATH", "2021-02-20")),
        ex="usubjid  exstdtc\nP1  2021-01-03\nP1  2021-02",
    )
    assert rows("outcomes/deaths", cut, "last_infusion", "infused_on", "days_after") == [
        (2, None, None)
    ]


def test_a_death_on_a_day_not_known_lies_before_the_cut(export):
    people = included("P1", "P2", more=left("P1", "DEATH", "2021") + left("P2", "DEATH", "."))
    cut = export("2021-03-01", **people)
    found = rows("outcomes/deaths", cut, "usubjid", "died_from", "died_to", "is_in_follow_up")
    assert found[0] == ("P1", "2021-01-01", "2021-03-01", True)  # day 90 is 1 April
    assert found[1][2] == "2021-03-01"


def test_days_of_ventilation_that_are_certain_and_possible(export):
    cut, expected = ventilated(
        export,
        {
            ("2021-01-05", "2021-01-05"): (1, 1),
            ("2021-01", "2021-01-05"): (1, 5),  # the 5th for sure, since the 1st perhaps
            ("2021-01-05", "2021-01"): (1, 25),  # to the 29th, day 28, perhaps
            ("2021-01-05", "2021"): (1, 25),
            ("2021-01-05", "."): (1, 25),
            ("2021-01", "."): (0, 29),
            (".", "2021-01-05"): (1, 5),
            # Impossible, and listed as such: one of the two is wrong, and which is not known.
            ("2021-01-05", "2021-01-04"): (0, 25),
            ("2021-01-29", "2021-02-10"): (1, 1),
            ("2021-01-30", "2021-02-10"): (0, 0),
        },
    )
    found = rows("outcomes/support", cut, "usubjid", "ventilation_least", "ventilation_most")
    assert {who: (least, most) for who, least, most in found} == expected
    assert rows("outcomes/procedures", cut, "usubjid", "why") == [("P07", "ends before it begins")]
    accounts = rows("outcomes/accounting", cut, "panel", "n_read", "n_shown")
    assert ("procedures", 10, 1) in accounts


def test_the_support_of_the_nine_day_by_day(export):
    cut = export(NINE_CUT, **NINE)
    found = rows(
        "outcomes/support",
        cut,
        "usubjid",
        "n_days",
        "ventilation_least",
        "ventilation_most",
        "oxygen_least",
        "oxygen_most",
        "ecmo_most",
        "either_least",
        "n_unseen",
    )
    assert found == [
        # Ventilated on days 3 to 8, oxygen on days 0 to 3: nine days in all.
        ("A1", 29, 6, 6, 4, 4, 0, 9, 0),
        ("A2", 29, 0, 0, 6, 6, 0, 6, 0),
        ("A3", 10, 0, 0, 0, 0, 0, 0, 0),
        ("A4", 29, 0, 0, 0, 0, 0, 0, 16),  # last seen on day 12
        ("B1", 11, 0, 0, 0, 0, 0, 0, 0),
        # Off the ventilator some day in January: the first at least, the 29th (day 28) at most.
        ("B2", 29, 1, 29, 0, 0, 2, 1, 0),
        ("B3", 29, 0, 0, 0, 0, 0, 0, 8),
        # Oxygen since day 1, without an end, seen that day: cut on day 9.
        ("A5", 10, 0, 0, 1, 9, 0, 1, 8),
        ("B4", 10, 0, 0, 0, 0, 0, 0, 9),
    ]
    assert rows("outcomes/procedures", cut, "prtrt", "why") == [
        ("Physiotherapy", "protocol.toml does not name this procedure")
    ]


def test_the_scale_of_the_nine(export):
    cut = export(NINE_CUT, **NINE)
    found = rows("outcomes/scale", cut, "usubjid", "study_day", "score", "label", "n_scores")
    assert found == [
        ("A1", 0, 5, "high flow", 1),
        ("A1", 3, 6, None, 2),  # the highest of the day
        ("A2", 1, 5, "high flow", 1),
    ]
    accounts = rows("outcomes/accounting", cut, "panel", "reason", "n_set_aside")
    assert [(reason, n) for panel, reason, n in accounts if panel == "scale"] == [
        ("-", 0),
        ("dated after the cut", 1),
        ("not dated to the day", 1),
        ("of another scale", 1),
    ]


def test_what_the_export_cannot_feed_is_named(export):
    cut = export(NINE_CUT, **NINE)
    assert rows("outcomes/secondary", cut, "measure", "is_fed", "where_to") == [
        ("Clinical status", True, "Outcomes: the clinical scale by day"),
        ("Organ failures", False, "no table of the data contract holds it"),
    ]
    without = {name: table for name, table in NINE.items() if name != "rs"}
    cut = export("2021-02-17", **without)
    assert rows("outcomes/secondary", cut, "measure", "where_to")[0] == (
        "Clinical status",
        "the export lacks rs",
    )


@pytest.mark.parametrize("cohort", [None, "A"])
def test_every_panel_shows_what_its_accounting_says(export, cohort):
    cut = export(NINE_CUT, **NINE)
    shown = dict(rows("outcomes/accounting", cut, "panel", "n_shown", cohort=cohort))
    for panel in ("patients", "support", "deaths", "procedures", "secondary"):
        assert len(ask(f"outcomes/{panel}", cut, cohort=cohort)) == shown[panel], panel
    assert ask("outcomes/scale", cut, cohort=cohort)["n_scores"].sum() == shown["scale"]
    assert ask("outcomes/survival", cut, cohort=cohort)["n_at_risk"][0] == shown["survival"]
    by_group = ask("outcomes/primary", cut, cohort=cohort)
    assert by_group["n_included"].sum() == shown["primary outcome"]
    for _, row in by_group.iterrows():
        assert row["n_known"] + row["n_unknown"] + row["n_not_reached"] == row["n_included"]


# -------------------------------------------------------------------------------------- survival


def died_or_seen(*days: str) -> dict[str, str]:
    """An export of patients included on 1 January 2021: `6` died on day 6, `6+` last seen then."""
    first, people, deaths, seen = date(2021, 1, 1), [], "", []
    for number, text in enumerate(days, start=1):
        who, when = f"P{number:02}", first + timedelta(days=int(text.rstrip("+")))
        people.append(who)
        if text.endswith("+"):
            seen.append(f"{who}  {when}  ALIVE")
        else:
            deaths += left(who, "DEATH", str(when))
    ss = "usubjid  ssdtc  ssstresc\n" + "\n".join(seen)
    return included(*people, more=deaths) | {"ss": ss}


def test_the_published_curve_of_freireich_out_of_an_export(export):
    cut = export("2021-06-01", **died_or_seen(*FREIREICH.split()))
    columns = ("day", "survival", "se", "ci_low", "ci_high", "n_events")
    found = {row[0]: row[1:5] for row in rows("outcomes/survival", cut, *columns) if row[5]}
    published = [[float(word) for word in line.split()] for line in PUBLISHED.split("\n")[2:-1]]
    assert list(found) == [6, 7, 10, 13, 16, 22, 23]
    for day, survival, se, low, high in published:
        assert found[day] == (
            pytest.approx(survival, abs=0.00005),
            pytest.approx(se, abs=0.00005),
            pytest.approx(low, abs=0.0005),
            pytest.approx(high, abs=0.0005),
        )


def test_survival_of_one_and_of_none_has_no_limits(export):
    lives = export("2021-06-01", **died_or_seen("20+", "30+"))
    assert rows("outcomes/survival", lives, "day", "survival", "ci_low")[-1] == (30, 1, None)
    dies = export("2021-06-08", **died_or_seen("20", "30"))
    assert rows("outcomes/survival", dies, "day", "survival", "ci_low")[-1] == (30, 0, None)


def test_survival_of_nobody_has_no_curve(export):
    cut = export("2021-06-01", dm="usubjid\nP1")
    assert rows("outcomes/survival", cut, "day") == []
    assert rows("outcomes/primary", cut, "n_known", "pct", "ci_low", "ci_high") == [
        (0, None, None, None),
        (0, None, None, None),
    ]
    assert rows("outcomes/vital_status", cut, "code") == []


def test_survival_ends_on_the_last_outcome_day(export):
    cut = export("2021-06-01", **died_or_seen("90", "91", "95+"))
    assert rows("outcomes/survival", cut, "day", "n_events", "n_censored") == [
        (0, 0, 0),
        (90, 1, 2),
    ]
    assert rows("outcomes/deaths", cut, "died_day", "is_in_follow_up") == [(90, True), (91, False)]


def test_who_died_on_a_day_not_known_is_counted_on_the_first_that_it_can_have_been(export):
    people = died_or_seen("10", "6", "20+", "12")
    for whole, part in (("01-11", "01"), ("01-13", "")):  # P01 in January, P04 one day
        people["ds"] = people["ds"].replace(f"2021-{whole}", f"2021-{part}" if part else ".")
    people["ss"] += "\nP01  2021-01-09  ALIVE"
    cut = export("2021-06-01", **people)
    # P01 was seen alive on day 8, P04 at inclusion alone.
    assert rows("outcomes/survival", cut, "day", "n_at_risk", "n_events", "n_censored") == [
        (0, 4, 1, 0),
        (6, 3, 1, 0),
        (8, 2, 1, 0),
        (20, 1, 0, 1),
    ]
    accounts = rows("outcomes/accounting", cut, "panel", "n_shown", "reason", "n_set_aside")
    assert [each[1:] for each in accounts if each[0] == "survival"] == [(4, "-", 0)]
    assert rows("outcomes/deaths", cut, "usubjid", "died_day", "died_from", "lived_days") == [
        ("P04", None, "2021-01-01", 0),
        ("P02", 6, "2021-01-07", 6),
        ("P01", None, "2021-01-09", 8),
    ]


@pytest.mark.parametrize("died", ["2020-12-28", "2020-12"])
def test_a_death_before_day_0_is_not_in_the_curve(export, died):
    people = died_or_seen("10", "20+")
    people["ds"] = people["ds"].replace("2021-01-11", died)
    cut = export("2021-06-01", **people)
    assert rows("outcomes/survival", cut, "day", "n_at_risk") == [(0, 1), (20, 1)]
    accounts = rows("outcomes/accounting", cut, "panel", "n_shown", "reason", "n_set_aside")
    assert ("survival", 1, "died before day 0", 1) in accounts


def test_who_died_on_a_day_not_known_but_was_seen_alive_at_the_end_is_in_the_curve(export):
    """A death after the last contact, and that after day 90: what day it was makes no difference."""
    people = died_or_seen("10", "95+")
    people["dm"] = """
        usubjid  dthfl
        P01      .
        P02      Y
    """
    cut = export("2021-06-01", **people)
    assert rows("outcomes/survival", cut, "day", "n_at_risk", "n_events") == [
        (0, 2, 0),
        (10, 2, 1),
        (90, 1, 0),
    ]
    assert rows("outcomes/deaths", cut, "usubjid", "died_from", "is_in_follow_up") == [
        ("P01", "2021-01-11", True),
        ("P02", "2021-04-06", False),  # 95 days after 1 January
    ]


def test_without_outcome_days_nothing_is_made_up(trial, export):
    (trial / "protocol.toml").write_text(
        (WITH_OUTCOMES + OUTCOMES).replace("[outcomes]\ndays = [28, 90]", "")
    )
    cut = export(NINE_CUT, **NINE)
    assert rows("tables/vital_status", cut, "status") == []
    assert rows("outcomes/primary", cut, "outcome_day", "n_included", "n_known", "pct") == [
        (None, 5, 0, None),
        (None, 4, 0, None),
    ]
    assert len(rows("outcomes/patients", cut, "usubjid")) == 9
    assert rows("outcomes/support", cut, "reason")[0] == ("no outcome day is set in protocol.toml",)
    accounts = rows("outcomes/accounting", cut, "panel", "n_shown", "reason")
    assert ("primary outcome", 0, "no outcome day is set in protocol.toml") in accounts


# ------------------------------------------------------------------------------ the CDISC pilot


def test_the_pilot_has_three_deaths_and_no_group_outcome(pilot):
    assert rows("outcomes/deaths", pilot, "usubjid", "died_day") == [
        ("01-701-1211", 61),
        ("01-710-1083", 12),
        ("01-704-1445", 175),
    ]
    [(last_day, n_dead, n_included)] = rows(
        "outcomes/vital_status", pilot, "outcome_day", "n_dead", "n_included"
    )[4:5]
    assert (last_day, n_dead, n_included) == (182, 3, 254)
    assert ask("outcomes/survival", pilot)["n_events"].sum() == 3
    assert set(rows("outcomes/primary", pilot, "primary_outcome", "n_known")) == {(None, 0)}
    assert set(rows("outcomes/support", pilot, "reason")) == {("the export has no pr",)}


def test_yes_is_said_in_two_ways_and_means_one_death_on_all_pages(export):
    ae = "usubjid  aestdtc     aeendtc     aesdth  aeser\nP01  2021-01-10  2021-01-12  {}  Y"
    for day, said in enumerate(("Y", "YES", "yes"), 1):
        cut = export(f"2021-03-{day:02}", **included("P01"), ae=ae.format(said))
        assert rows("outcomes/deaths", cut, "usubjid", "died_from") == [("P01", "2021-01-12")]
        [(criteria,)] = rows("adverse_events/events", cut, "criteria")
        assert criteria == "death"
        assert rows("checks/serious_without_criterion", cut, "usubjid") == []
        assert rows("checks/fatal_event_without_death", cut, "usubjid") == [("P01",)]


def test_a_fatal_event_that_begins_after_the_cut_is_no_death_yet(export):
    found = []
    for cut in ("2021-03-01", "2021-03-02"):
        export(
            cut,
            **included("P1"),
            ae="usubjid  aestdtc  aeterm  aeout\nP1  2021-03-02  Shock  FATAL",
        )
        found.append(
            (
                rows("tables/participants", cut, "is_dead")[0][0],
                rows("outcomes/deaths", cut, "fatal_events"),
            )
        )
    assert found == [(False, []), (True, [("Shock",)])]


def test_a_death_is_recorded_where_it_is_by_the_cut(export):
    cut = export(
        "2021-02-10",
        dm="usubjid  dthdtc\nP1  2021-01-10",
        ds=included("P1", more=left("P1", "DEATH", "2021-03-05"))["ds"],
        ss="usubjid  ssdtc  ssstresc\nP1  2021-03-01  DEAD",
        ae="usubjid  aestdtc  aeterm  aeout\nP1  2021-02-20  Shock  FATAL",
    )
    columns = ("recorded_in", "reported_as", "fatal_events")
    assert rows("outcomes/deaths", cut, *columns) == [("dm", None, None)]


def test_whoever_is_dead_by_the_cut_died_by_the_cut(export):
    # Not dated, or only in part: day 28 is 29 January.
    cut = export(
        "2021-01-20",
        dm="usubjid  dthfl  dthdtc\nP1  Y  .\nP2  Y  2021-01\nP3  Y  2021",
        ds=included("P1", "P2", "P3")["ds"],
    )
    assert [each[1] for each in rows("tables/participants", cut, "usubjid", "left_to")] == [
        "2021-01-20",
        "2021-01-20",
        "2021-01-20",
    ]
    assert {status for _, status in rows("tables/vital_status", cut, "outcome_day", "status")} == {
        "dead"
    }
