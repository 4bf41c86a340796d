"""The infusions, every status of them, and the questions of the Dosing page."""

import pytest
from streamlit.testing.v1 import AppTest

from queries import answers, ask
from tests.conftest import PROTOCOL, app, rows

DOSING = """
[dosing]
n_infusions = 3
dose_min_per_kg = 1.5e6
dose_max_per_kg = 3.0e6
interval_min_days = 3
interval_max_days = 4
same_donor = true

[[dose_units]]
unit = "10^6 cells"
cells = 1e6
is_per_kg = false

[[dose_units]]
unit = "cells"
cells = 1.0
is_per_kg = false

[[dose_units]]
unit = "10^6 cells/kg"
cells = 1e6
is_per_kg = true
"""


@pytest.fixture(autouse=True)
def protocol(trial):
    (trial / "protocol.toml").write_text(PROTOCOL + DOSING)


def included(**people: str) -> dict[str, str]:
    """dm, ds and vs of people by their day of inclusion, weighing 50 kg that day."""
    return {
        "dm": "usubjid\n" + "\n".join(people),
        "ds": "usubjid  dsdecod  dsstdtc\n"
        + "\n".join(f"{each}  ENTERED INTO TRIAL  {day}" for each, day in people.items()),
        "vs": "usubjid  vstestcd  vsstresn  vsdtc\n"
        + "\n".join(f"{each}  WEIGHT  50  {day}" for each, day in people.items()),
    }


# A trial worked by hand. 50 kg: 75 to 150 x 10^6 cells are in range. P8 was never weighed.
#
#   P1 as planned           P4 three donors                     P7 second due on its last day
#   P2 early, then late     P5 second left out, third in time   P8 second overdue
#   P3 least, less, more    P6 died on the last day of the second window
EIGHT = {
    "dm": "usubjid  dthdtc\n"
    + "\n".join(f"P{n}  {'2021-03-05' if n == 6 else '.'}" for n in range(1, 9)),
    "ds": """
        usubjid  dsdecod             dsstdtc
        P1       ENTERED INTO TRIAL  2021-03-01
        P2       ENTERED INTO TRIAL  2021-03-01
        P3       ENTERED INTO TRIAL  2021-03-01
        P4       ENTERED INTO TRIAL  2021-03-01
        P5       ENTERED INTO TRIAL  2021-03-01
        P6       ENTERED INTO TRIAL  2021-03-01
        P7       ENTERED INTO TRIAL  2021-03-27
        P8       ENTERED INTO TRIAL  2021-03-24
    """,
    "vs": "usubjid  vstestcd  vsstresn  vsdtc\n"
    + "\n".join(f"P{n}  WEIGHT  50  2021-03-01" for n in range(1, 8)),
    "ex": """
        usubjid  exseq  exstdtc           exdose  exdosu      exoccur  exreasoc  donor  exlot
        P1       1      2021-03-01T10:00  100     10^6 cells  Y        .         D1     L1
        P1       2      2021-03-04T10:00  100     10^6 cells  Y        .         D1     L1
        P1       3      2021-03-08T10:00  100     10^6 cells  Y        .         D1     L2
        P2       1      2021-03-01        100     10^6 cells  Y        .         D1     L2
        P2       2      2021-03-03        100     10^6 cells  Y        .         D1     L2
        P2       3      2021-03-08        100     10^6 cells  Y        .         D1     L2
        P3       1      2021-03-01        75      10^6 cells  Y        .         D1     L3
        P3       2      2021-03-04        74      10^6 cells  Y        .         D1     L3
        P3       3      2021-03-07        3.02    10^6 cells/kg  Y     .         D1     L3
        P4       1      2021-03-01        100     10^6 cells  Y        .         D1     L3
        P4       2      2021-03-04        100     10^6 cells  Y        .         D2     L4
        P4       3      2021-03-07        100     10^6 cells  Y        .         .      .
        P5       1      2021-03-01        100     10^6 cells  Y        .         D2     L4
        P5       2      2021-03-04        .       .           N        fever     .      .
        P5       3      2021-03-08        100     10^6 cells  Y        .         D2     L4
        P6       1      2021-03-01        100     10^6 cells  Y        .         D2     L4
        P7       1      2021-03-27        100     10^6 cells  Y        .         D2     L4
        P8       1      2021-03-24        100     10^6 cells  Y        .         D2     L4
    """,
    "dv": """
        usubjid  dvterm              dvcat   dvstdtc
        P2       Second given early  DOSING  2021-03-03
        P1       Late visit          VISIT   2021-03-04
        P7       Wrong tube          DOSING  2021-03-20
    """,
}
# infusion, window, status, reason, dose, dose status, donor status, owed, adherent
EXPECTED = [
    ("P1", 1, None, "in window", None, 2.0, "in range", "same", True, True),
    ("P1", 2, "2021-03-04 to 2021-03-05", "in window", None, 2.0, "in range", "same", True, True),
    ("P1", 3, "2021-03-07 to 2021-03-08", "in window", None, 2.0, "in range", "same", True, True),
    ("P2", 1, None, "in window", None, 2.0, "in range", "same", True, True),
    ("P2", 2, "2021-03-04 to 2021-03-05", "early", None, 2.0, "in range", "same", True, False),
    ("P2", 3, "2021-03-06 to 2021-03-07", "late", None, 2.0, "in range", "same", True, False),
    ("P3", 1, None, "in window", None, 1.5, "in range", "same", True, True),
    ("P3", 2, "2021-03-04 to 2021-03-05", "in window", None, 1.48, "below", "same", True, False),
    ("P3", 3, "2021-03-07 to 2021-03-08", "in window", None, 3.02, "above", "same", True, False),
    ("P4", 1, None, "in window", None, 2.0, "in range", "same", True, True),
    (
        "P4",
        2,
        "2021-03-04 to 2021-03-05",
        "in window",
        None,
        2.0,
        "in range",
        "different",
        True,
        False,
    ),
    (
        "P4",
        3,
        "2021-03-07 to 2021-03-08",
        "in window",
        None,
        2.0,
        "in range",
        "unknown",
        True,
        None,
    ),
    ("P5", 1, None, "in window", None, 2.0, "in range", "same", True, True),
    ("P5", 2, "2021-03-04 to 2021-03-05", "missed", "fever", None, None, None, True, False),
    ("P5", 3, "2021-03-07 to 2021-03-09", "in window", None, 2.0, "in range", "same", True, True),
    ("P6", 1, None, "in window", None, 2.0, "in range", "same", True, True),
    ("P6", 2, "2021-03-04 to 2021-03-05", "not due", "death", None, None, None, False, None),
    ("P6", 3, "2021-03-07 to 2021-03-09", "not due", "death", None, None, None, False, None),
    ("P7", 1, None, "in window", None, 2.0, "in range", "same", True, True),
    ("P7", 2, "2021-03-30 to 2021-03-31", "due", None, None, None, None, False, None),
    ("P7", 3, "2021-04-03 to 2021-04-04", "upcoming", None, None, None, None, False, None),
    ("P8", 1, None, "in window", None, None, "unknown", "same", True, None),
    ("P8", 2, "2021-03-27 to 2021-03-28", "overdue", None, None, None, None, True, False),
    ("P8", 3, "2021-04-03 to 2021-04-04", "upcoming", None, None, None, None, False, None),
]


def test_eight_patients_worked_by_hand(export):
    found = [
        (person, infusion, f"{opens} to {closes}" if closes else None, *rest)
        for person, infusion, opens, closes, *rest in rows(
            "dosing/infusions",
            export("2021-03-31", **EIGHT),
            "usubjid",
            "infusion",
            "opens_on",
            "closes_on",
            "status",
            "reason",
            "dose_per_kg",
            "dose_status",
            "donor_status",
            "is_owed",
            "is_adherent",
        )
    ]
    assert sorted(found) == EXPECTED


def test_the_summary_of_the_eight_counted_by_hand(export):
    [found] = answers.records(ask("dosing/summary", export("2021-03-31", **EIGHT)))
    assert found.pop("pct_adherent") == pytest.approx(100 * 10 / 19)
    assert found.pop("pct_adherent_least") == pytest.approx(100 * 10 / 19)
    assert found.pop("pct_adherent_most") == pytest.approx(100 * 12 / 19)
    # Clopper-Pearson, 10 of 19: the limits p at which P(X >= 10) and P(X <= 10) are 2.5 %.
    assert found.pop("ci_low") == pytest.approx(28.86, abs=0.01)
    assert found.pop("ci_high") == pytest.approx(75.55, abs=0.01)
    assert found == {
        "n_given": 17,
        "n_due": 1,
        "n_adherent": 10,
        "n_missed": 1,
        "n_overdue": 1,
        "n_unknown": 2,
        "n_owed": 19,  # 17 given, 1 missed, 1 overdue
        "n_planned": 24,
        "n_extra": 0,
        "n_patients": 8,
        "n_patients_finished": 5,  # P1 to P5; P6 could not have all three
        "n_patients_adherent": 1,  # P1
        "n_patients_unknown": 0,  # of P4 a donor is not known, and another is the wrong one
    }


def test_deviations_of_the_eight_and_what_the_site_recorded_of_them(export):
    cut = export("2021-03-31", **EIGHT)
    columns = ("usubjid", "infusion", "rule", "expected", "observed", "match", "recorded")
    second, of_dose, no = "2021-03-04 to 2021-03-05", "1.5 to 3.0 million cells/kg", "not recorded"
    assert rows("dosing/deviations", cut, *columns) == [
        ("P2", 2, "early", second, "given 2021-03-03", "recorded", "Second given early"),
        ("P2", 3, "late", "2021-03-06 to 2021-03-07", "given 2021-03-08", no, None),
        ("P3", 2, "dose below", of_dose, "1.48 million cells/kg", no, None),
        ("P3", 3, "dose above", of_dose, "3.02 million cells/kg", no, None),
        ("P4", 2, "other donor", "donor D1", "donor D2", no, None),
        ("P5", 2, "missed", second, "not given: fever", no, None),
        ("P7", None, "recorded only", None, None, "no rule broken", "Wrong tube"),
        ("P8", 2, "overdue", "2021-03-27 to 2021-03-28", "not given, 3 days late", no, None),
    ]


def test_the_work_list_of_the_eight(export):
    cut = export("2021-03-31", **EIGHT)
    found = rows(
        "dosing/worklist", cut, "usubjid", "infusion", "status", "days_left", "is_projected"
    )
    assert found == [
        ("P8", 2, "overdue", -3, False),
        ("P7", 2, "due", 0, False),
        (
            "P7",
            3,
            "upcoming",
            4,
            True,
        ),  # 3 to 4 days after the cut, should the second be given then
        ("P8", 3, "upcoming", 4, True),
    ]


def test_the_batches_of_the_eight_name_their_patients(export):
    cut = export("2021-03-31", **EIGHT)
    assert rows("dosing/batches", cut, "donor", "exlot", "n_infusions", "patients") == [
        ("D1", "L1", 2, "P1 (1, 2)"),
        ("D1", "L2", 4, "P1 (3); P2 (1, 2, 3)"),
        ("D1", "L3", 4, "P3 (1, 2, 3); P4 (1)"),
        ("D2", "L4", 6, "P4 (2); P5 (1, 3); P6 (1); P7 (1); P8 (1)"),
        ("not recorded", "not recorded", 1, "P4 (3)"),
    ]


@pytest.mark.parametrize(
    ("cut", "second", "days_left"),
    [
        ("2021-03-03", "upcoming", 2),
        ("2021-03-04", "due", 1),  # the window opens
        ("2021-03-05", "due", 0),  # its last day
        ("2021-03-06", "overdue", -1),
    ],
)
def test_an_infusion_not_given_yet_at_each_edge_of_its_window(export, cut, second, days_left):
    export(cut, **included(P1="2021-03-01"), ex="usubjid  exstdtc\nP1  2021-03-01")
    found = rows("dosing/infusions", cut, "infusion", "status", "days_left", "is_owed")
    assert found[1] == (2, second, days_left, second == "overdue")


@pytest.mark.parametrize(
    ("second", "status"),
    [
        ("2021-03-03", "early"),
        ("2021-03-04", "in window"),
        ("2021-03-05", "in window"),
        ("2021-03-06", "late"),
    ],
)
def test_an_infusion_given_at_each_edge_of_its_window(export, second, status):
    cut = export(
        **included(P1="2021-03-01"),
        cut="2021-03-20",
        ex=f"usubjid  exstdtc\nP1  2021-03-01\nP1  {second}",
    )
    assert rows("dosing/infusions", cut, "status")[1] == (status,)


@pytest.mark.parametrize(
    ("died", "second", "reason"),
    [
        ("2021-03-04", "not due", "death"),
        ("2021-03-05", "not due", "death"),  # the day on which the window closes
        ("2021-03-06", "missed", "not given before the patient left: death"),
        ("2021-03", "unknown", "day of leaving not known: death"),
    ],
)
def test_a_death_before_on_and_after_the_day_the_window_closes(export, died, second, reason):
    cut = export(
        "2021-04-20",
        **included(P1="2021-03-01"),
        ex="usubjid  exstdtc\nP1  2021-03-01",
        ae=f"usubjid  aestdtc  aeendtc  aeout\nP1  2021-03-02  {died}  FATAL",
    )
    assert rows("dosing/infusions", cut, "status", "reason")[1] == (second, reason)


def test_the_first_infusion_is_due_from_inclusion_on_without_a_window(export):
    cut = export("2021-03-20", **included(P1="2021-03-01"))
    found = rows("dosing/infusions", cut, "infusion", "opens_on", "closes_on", "status")
    assert found == [
        (1, "2021-03-01", None, "due"),
        (2, None, None, "upcoming"),
        (3, None, None, "upcoming"),
    ]


@pytest.mark.parametrize(
    ("cut", "first"), [("2021-03-03", "due"), ("2021-03-04", "overdue")], ids=["last day", "after"]
)
def test_the_first_infusion_has_a_window_where_the_protocol_sets_one(trial, export, cut, first):
    set_window = DOSING.replace("[dosing]", "[dosing]\nfirst_within_days = 2")
    (trial / "protocol.toml").write_text(PROTOCOL + set_window)
    export(cut, **included(P1="2021-03-01"))
    assert rows("dosing/infusions", cut, "status")[0] == (first,)


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        ("2021-03-01", "2021-03", "unknown"),
        ("2021-02", "2021-03-20", "late"),  # more than 4 days after any day of February
        ("2021-03", "2021-03-20", "unknown"),
    ],
)
def test_partial_dates_of_infusions_are_intervals(export, first, second, status):
    cut = export(
        "2021-04-20",
        **included(P1="2021-02-01"),
        ex=f"usubjid  exstdtc\nP1  {first}\nP1  {second}",
    )
    found = rows("dosing/infusions", cut, "given_dtc", "status", "is_adherent")
    assert found[1] == (second, status, False if status == "late" else None)


@pytest.mark.parametrize(
    ("dose", "unit", "weights", "expected"),
    [
        ("150", "10^6 cells", "P1  WEIGHT  50  2021-03-01", (3.0, "in range", None)),
        ("150000000", "CELLS", "P1  WEIGHT  50  2021-02-01", (3.0, "in range", None)),
        ("2.5", "10^6 CELLS / KG", "", (2.5, "in range", None)),
        (
            "150",
            "10^6 cells",
            "P1  WEIGHT  50  2021-03-02",
            (None, "unknown", "no usable weight on or before the day"),
        ),
        ("150", "10^6 cells", "", (None, "unknown", "no usable weight on or before the day")),
        (
            "150",
            "10^6 cells",
            "P1  WEIGHT  50  2021-03",
            (None, "unknown", "a date is partial: the last weight is not certain"),
        ),
        (
            "150",
            "10^6 cells",
            "P1  WEIGHT  60  2021-02-01\nP1  WEIGHT  50  2021-02-20",
            (3.0, "in range", None),
        ),
        (
            "150",
            "10^6 cells",
            "P1  WEIGHT  60  2021-02\nP1  WEIGHT  50  2021-02-20",  # which was the last?
            (None, "unknown", "a date is partial: the last weight is not certain"),
        ),
        (
            "150",
            "10^6 cells",
            "P1  WEIGHT  50  2021-02\nP1  WEIGHT  50  2021-02-20",  # it does not matter
            (3.0, "in range", None),
        ),
        (
            "150",
            "10^6 cells",
            "P1  WEIGHT  60  2021-01\nP1  WEIGHT  50  2021-02-20",  # January is over
            (3.0, "in range", None),
        ),
        (
            "150",
            "10^6 cells",
            "P1  WEIGHT  60  2021-02-20T08:00\nP1  WEIGHT  50  2021-02-20T20:00",
            (3.0, "in range", None),
        ),
        (
            "150",
            "10^6 cells",
            "P1  WEIGHT  60  2021-02-20\nP1  WEIGHT  50  2021-02-20",
            (None, "unknown", "two weights of one day differ"),
        ),
        (
            "150",
            "mg",
            "P1  WEIGHT  50  2021-03-01",
            (None, "unknown", "unit not in protocol.toml: mg"),
        ),
        ("150", ".", "P1  WEIGHT  50  2021-03-01", (None, "unknown", "no unit recorded")),
        (
            ".",
            "10^6 cells",
            "P1  WEIGHT  50  2021-03-01",
            (None, "unknown", "no usable dose recorded"),
        ),
        (
            "much",
            "10^6 cells",
            "P1  WEIGHT  50  2021-03-01",
            (None, "unknown", "no usable dose recorded"),
        ),
        *(
            (
                dose,
                "10^6 cells",
                "P1  WEIGHT  50  2021-03-01",
                (None, "unknown", "the dose recorded is not above 0"),
            )
            for dose in ("-150", "0")
        ),
    ],
)
def test_dose_per_kg(export, dose, unit, weights, expected):
    drawn = included(P1="2021-03-01") | {"vs": f"usubjid  vstestcd  vsstresn  vsdtc\n{weights}"}
    cut = export(
        "2021-03-20",
        **drawn,
        ex=f"usubjid  exstdtc  exdose  exdosu\nP1  2021-03-01  {dose}  {unit}",
    )
    assert rows("dosing/infusions", cut, "dose_per_kg", "dose_status", "dose_why")[0] == expected


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ("P1  1  2021-03-01  50  L1\nP1  2  2021-03-01  60  L2", (2.2, "L1, L2", 2)),  # two bags
        # Two bags of one batch, or one entered twice? That is not guessed.
        ("P1  1  2021-03-01  50  L1\nP1  2  2021-03-01  50  L1", (None, "L1", 2)),
        ("P1  1  2021-03-01  50  L1\nP1  2  2021-03-01  60  L1", (None, "L1", 2)),
        ("P1  1  2021-03-01  50  L1\nP1  2  2021-03-01T10:00  50  L1", (None, "L1", 2)),
        ("P1  1  2021-03-01  50  .\nP1  2  2021-03-01  50  .", (None, None, 2)),
        # The times tell two bags apart.
        ("P1  1  2021-03-01T10:00  50  L1\nP1  2  2021-03-01T11:00  60  L1", (2.2, "L1", 2)),
    ],
)
def test_two_records_of_one_day_are_one_infusion(export, records, expected):
    drawn = "usubjid  exseq  exstdtc  exdose  exlot  exdosu\n"
    drawn += "\n".join(f"{line}  10^6 cells" for line in records.splitlines())
    cut = export("2021-03-02", **included(P1="2021-03-01"), ex=drawn)
    found = rows("dosing/infusions", cut, "dose_per_kg", "exlot", "n_records")
    assert found[0] == expected
    assert len(found) == 3


def test_two_records_that_may_be_one_bag_say_so(export):
    drawn = "usubjid  exseq  exstdtc  exdose  exdosu  exlot\n"
    drawn += "\n".join(f"P1  {n}  2021-03-01  50  10^6 cells  L1" for n in (1, 2))
    cut = export("2021-03-02", **included(P1="2021-03-01"), ex=drawn)
    assert rows("dosing/infusions", cut, "dose_status", "dose_why")[0] == (
        "unknown",
        "several records of one day and batch: several bags, or one entered twice?",
    )


@pytest.mark.parametrize(
    "unit", ["10^6CELLS", "10^6\u00a0Cells", "10^6\tcells"], ids=["none", "no-break", "tab"]
)
def test_blanks_and_case_of_a_unit_do_not_matter(trial, export, unit):
    # A protocol that spells a unit twice does not make two doses of one.
    twice = '\n[[dose_units]]\nunit = "10^6CELLS"\ncells = 1e6\nis_per_kg = false\n'
    (trial / "protocol.toml").write_text(PROTOCOL + DOSING + twice)
    drawn = f"usubjid  exstdtc  exdose  exdosu\nP1  2021-03-01  100  {unit}"
    cut = export("2021-03-02", **included(P1="2021-03-01"), ex=drawn)
    assert rows("dosing/infusions", cut, "dose_per_kg")[0] == (2.0,)


@pytest.mark.parametrize(
    ("dose", "status"),
    [
        ("1.09", "below"),
        ("1.1", "in range"),  # 1.1e6 / 1e6 is no whole number of bits
        ("2.3", "in range"),
        ("2.31", "above"),
    ],
)
def test_a_dose_at_the_limit_is_in_range(trial, export, dose, status):
    limits = DOSING.replace("1.5e6", "1.1e6").replace("3.0e6", "2.3e6")
    (trial / "protocol.toml").write_text(PROTOCOL + limits)
    drawn = f"usubjid  exstdtc  exdose  exdosu\nP1  2021-03-01  {dose}  10^6 cells/kg"
    cut = export("2021-03-02", **included(P1="2021-03-01"), ex=drawn)
    assert rows("dosing/infusions", cut, "dose_status")[0] == (status,)


def test_a_dose_of_an_infusion_without_a_day_is_not_known_for_that_reason(export):
    drawn = "usubjid  exstdtc  exdose  exdosu\nP1  .  100  10^6 cells"
    cut = export("2021-03-02", **included(P1="2021-03-01"), ex=drawn)
    assert rows("dosing/infusions", cut, "dose_per_kg", "dose_why")[0] == (
        None,
        "the day of the infusion is not known",
    )


def test_a_donor_in_small_letters_is_the_same_donor(export):
    drawn = "usubjid  exstdtc  donor\nP1  2021-03-01  D1\nP1  2021-03-04  d1"
    cut = export("2021-03-05", **included(P1="2021-03-01"), ex=drawn)
    assert rows("dosing/infusions", cut, "donor_status")[1] == ("same",)


@pytest.mark.parametrize(
    ("records", "status"),
    [
        ("P1  1  2021-03-01  D1  L1\nP1  2  2021-03-04  D1  L2\nP1  3  2021-03-04  D1  L3", "same"),
        (
            "P1  1  2021-03-01  D1  L1\nP1  2  2021-03-04  D1  L2\nP1  3  2021-03-04  D2  L3",
            "different",
        ),
        (
            "P1  1  2021-03-01  D1  L1\nP1  2  2021-03-04  D1  L2\nP1  3  2021-03-04  .  L3",
            "unknown",
        ),
    ],
    ids=["one donor", "two donors", "of one bag not recorded"],
)
def test_the_donors_of_an_infusion_of_two_bags(export, records, status):
    drawn = f"usubjid  exseq  exstdtc  donor  exlot\n{records}"
    cut = export("2021-03-05", **included(P1="2021-03-01"), ex=drawn)
    assert rows("dosing/infusions", cut, "infusion", "donor_status")[:2] == [
        (1, "same"),
        (2, status),
    ]


def test_two_bags_of_one_infusion_stay_apart_in_the_list_of_batches(export):
    drawn = "usubjid  exseq  exstdtc  donor  exlot  viability\n"
    drawn += "P1  1  2021-03-01  D1  L1  90\nP1  2  2021-03-01  D2  L2  70"
    cut = export("2021-03-05", **included(P1="2021-03-01"), ex=drawn)
    assert rows("dosing/batches", cut, "donor", "exlot", "patients", "viability_min") == [
        ("D1", "L1", "P1 (1)", 90),
        ("D2", "L2", "P1 (1)", 70),
    ]


def test_a_batch_given_on_a_day_that_is_not_known_still_leads_to_its_patient(export):
    drawn = "usubjid  exseq  exstdtc  donor  exlot\n"
    drawn += "P1  1  2021-03  D1  L1\nP1  2  2021-03  D1  L2\nP1  3  .  D1  A, B"
    cut = export("2021-04-05", **included(P1="2021-03-01"), ex=drawn)
    assert rows("dosing/batches", cut, "exlot", "n_infusions", "patients") == [
        ("L1", 1, "P1 (1)"),
        ("L2", 1, "P1 (2)"),
        ("A, B", 1, "P1 (3)"),
    ]


def test_an_infusion_before_inclusion_is_shown_and_is_a_deviation(export):
    cut = export("2021-03-20", **included(P1="2021-03-02"), ex="usubjid  exstdtc\nP1  2021-03-01")
    assert rows("dosing/infusions", cut, "given_day", "status")[0] == (-1, "in window")
    assert ("before inclusion", "given 2021-03-01") in rows(
        "dosing/deviations", cut, "rule", "observed"
    )


def test_a_fourth_infusion_is_a_row_and_no_part_of_adherence(export):
    given = "\n".join(f"P1  2021-03-{day:02}" for day in (1, 4, 7, 10))
    cut = export("2021-03-20", **included(P1="2021-03-01"), ex=f"usubjid  exstdtc\n{given}")
    assert rows("dosing/infusions", cut, "infusion", "status", "is_owed")[3] == (4, "extra", False)
    # n_owed is n_given + n_missed + n_overdue, whatever was given beyond the plan
    assert rows("dosing/summary", cut, "n_given", "n_owed", "n_extra") == [(3, 3, 1)]
    assert rows("dosing/deviations", cut, "infusion", "rule", "observed") == [
        (4, "extra infusion", "given 2021-03-10")
    ]


def test_an_infusion_recorded_as_not_given_without_a_date_keeps_its_place(export):
    cut = export(
        "2021-03-20",
        **included(P1="2021-03-01"),
        ex="""
            usubjid  exseq  exstdtc     exoccur
            P1       1      2021-03-01  Y
            P1       2      .           N
            P1       3      2021-03-08  Y
        """,
    )
    assert rows("dosing/infusions", cut, "infusion", "status", "reason") == [
        (1, "in window", None),
        (2, "missed", "recorded as not given, without a reason"),
        (3, "in window", None),
    ]


def test_a_number_left_out_is_an_infusion_without_a_record(export):
    cut = export(
        "2021-03-20",
        **included(P1="2021-03-01"),
        ex="usubjid  exseq  exstdtc\nP1  1  2021-03-01\nP1  3  2021-03-08",
    )
    assert rows("dosing/infusions", cut, "infusion", "status", "reason") == [
        (1, "in window", None),
        (2, "missed", "no record of it, and a later one was given"),
        (3, "in window", None),
    ]


def test_a_partial_date_does_not_change_the_order_of_the_numbers(export):
    # The second, some day in March, lies between the first and the third.
    cut = export(
        "2021-04-20",
        **included(P1="2021-03-01"),
        ex="""
            usubjid  exseq  exstdtc
            P1       1      2021-03-10
            P1       2      2021-03
            P1       3      2021-03-17
        """,
    )
    assert rows(
        "dosing/infusions", cut, "infusion", "given_dtc", "opens_on", "closes_on", "status"
    ) == [
        (1, "2021-03-10", "2021-03-01", None, "in window"),
        (2, "2021-03", "2021-03-13", "2021-03-14", "unknown"),
        (3, "2021-03-17", "2021-03-13", "2021-03-21", "unknown"),  # 3 to 4 days after 10 to 17
    ]


@pytest.mark.parametrize(
    ("second", "third", "status"),
    [
        (".", "2021-03-08", "unknown"),  # the second lies between 1 and 8 March
        (".", "2021-03-03", "early"),  # 3 days after 1 March at the earliest
        ("2021-03", "2021-03-03", "early"),
    ],
)
def test_the_third_is_not_counted_from_the_first_because_the_second_has_no_day(
    export, second, third, status
):
    cut = export(
        "2021-04-20",
        **included(P1="2021-03-01"),
        ex=f"usubjid  exseq  exstdtc\nP1  1  2021-03-01\nP1  2  {second}\nP1  3  {third}",
    )
    assert rows("dosing/infusions", cut, "infusion", "status")[2] == (3, status)


@pytest.mark.parametrize("unclear", [".", "2021-03"])
def test_where_neither_numbers_nor_dates_tell_the_order_the_timing_is_unknown(export, unclear):
    cut = export(
        "2021-04-20",
        **included(P1="2021-03-01"),
        ex=f"usubjid  exstdtc\nP1  2021-03-01\nP1  {unclear}\nP1  2021-03-08",
    )
    found = rows("dosing/infusions", cut, "given_dtc", "status")
    assert ("2021-03-08", "unknown") in found  # the second, and late, or the third, and in window
    assert rows("dosing/summary", cut, "n_given", "n_adherent") == [(3, 0)]


def test_an_infusion_not_given_keeps_its_number_whatever_day_it_is_recorded_on(export):
    cut = export(
        "2021-03-20",
        **included(P1="2021-03-01"),
        ex="""
            usubjid  exseq  exstdtc     exoccur
            P1       1      2021-03-01  Y
            P1       2      2021-03-12  N
            P1       3      2021-03-08  Y
        """,
    )
    assert rows("dosing/infusions", cut, "infusion", "status") == [
        (1, "in window"),
        (2, "missed"),
        (3, "in window"),
    ]


def test_a_bag_left_out_of_an_infusion_is_no_missed_infusion(export):
    cut = export(
        "2021-03-20",
        **included(P1="2021-03-01"),
        ex="""
            usubjid  exseq  exstdtc     exoccur  exreasoc  exdose  exdosu      exlot  donor
            P1       1      2021-03-01  Y        .         100     10^6 cells  L1     D1
            P1       2      2021-03-04  Y        .         80      10^6 cells  L1     D1
            P1       3      2021-03-04  N        burst     50      10^6 cells  L2     D2
            P1       4      2021-03-08  Y        .         100     10^6 cells  L1     D1
        """,
    )
    assert rows(
        "dosing/infusions", cut, "infusion", "status", "reason", "dose_per_kg", "exlot", "n_records"
    ) == [
        (1, "in window", None, 2.0, "L1", 1),
        (2, "in window", "a part of it was not given: burst", 1.6, "L1", 2),
        (3, "in window", None, 2.0, "L1", 1),
    ]
    assert rows("dosing/summary", cut, "n_adherent", "n_owed") == [(3, 3)]


def test_two_infusions_called_off_on_one_day_are_two(export):
    cut = export(
        "2021-03-20",
        **included(P1="2021-03-01"),
        ex="""
            usubjid  exseq  exstdtc     exoccur  exreasoc
            P1       1      2021-03-01  Y        .
            P1       2      2021-03-04  N        fever
            P1       3      2021-03-04  N        fever
        """,
    )
    assert rows("dosing/infusions", cut, "status", "reason")[1:] == [("missed", "fever")] * 2


def test_a_fourth_that_was_not_given_is_not_missed(export):
    given = "\n".join(f"P1  2021-03-{day:02}  Y" for day in (1, 4, 7))
    cut = export(
        "2021-03-20",
        **included(P1="2021-03-01"),
        ex=f"usubjid  exstdtc  exoccur\n{given}\nP1  2021-03-10  N",
    )
    assert rows("dosing/infusions", cut, "infusion", "status", "reason", "is_owed")[3] == (
        4,
        "not due",
        "not asked for, and recorded as not given",
        False,
    )
    assert rows("dosing/summary", cut, "n_given", "n_missed", "n_extra") == [(3, 0, 0)]
    assert rows("dosing/deviations", cut, "rule") == []


def test_numbers_that_contradict_the_dates_do_not_count(export):
    cut = export(
        "2021-03-20",
        **included(P1="2021-03-01"),
        ex="usubjid  exseq  exstdtc\nP1  2  2021-03-01\nP1  1  2021-03-04",
    )
    found = rows("dosing/infusions", cut, "infusion", "given_dtc", "status")
    assert found[:2] == [(1, "2021-03-01", "in window"), (2, "2021-03-04", "in window")]


def test_an_infusion_dated_after_the_cut_is_set_aside_and_counted(export):
    cut = export(
        "2021-03-03",
        **included(P1="2021-03-01"),
        ex="usubjid  exstdtc\nP1  2021-03-01\nP1  2021-03-04",
    )
    assert rows("dosing/summary", cut, "n_given") == [(1,)]
    assert ("records", 2, 1, "dated after the cut", 1) in rows(
        "dosing/accounting", cut, "panel", "n_read", "n_shown", "reason", "n_set_aside"
    )


def test_a_record_of_exposure_that_makes_no_infusion_is_told_on_the_page(export):
    ex = "usubjid  exstdtc\nP1  2021-03-01"
    export("2021-03-03", **included(P1="2021-03-01"), ex=ex)
    captions = [each.value for each in app("dosing").run().caption]
    assert not any("no infusion is made" in each for each in captions)
    export("2021-03-04", **included(P1="2021-03-01"), ex=f"{ex}\nP1  2031-03-04")
    said = "Records of exposure of which no infusion is made: 1 dated after the cut."
    assert said in [each.value.replace("\\", "") for each in app("dosing").run().caption]


def test_what_the_protocol_does_not_set_is_not_judged(trial, export):
    (trial / "protocol.toml").write_text(PROTOCOL)
    cut = export("2021-03-20", **included(P1="2021-03-01"), ex="usubjid  exstdtc\nP1  2021-03-01")
    assert rows("dosing/infusions", cut, "status", "dose_status", "donor_status", "is_owed") == [
        ("given", "not set", "not set", False)
    ]
    assert rows("dosing/summary", cut, "n_owed", "pct_adherent", "ci_low") == [(0, None, None)]


@pytest.mark.parametrize("cohort", [None, "A", "B"])
def test_every_infusion_is_shown_or_set_aside(export, cohort):
    cut = export("2021-03-31", **EIGHT)
    found = ask("dosing/accounting", cut, cohort=cohort)
    for _, panel in found.groupby("panel"):
        assert panel["n_shown"].iloc[0] + panel["n_set_aside"].sum() == panel["n_read"].iloc[0]
    n_read = dict(zip(found["panel"], found["n_read"], strict=True))
    assert (n_read["records"], n_read["course"]) == (18, 24)


def test_the_pilot_has_periods_of_treatment_and_no_infusions(pilot):
    [summary] = answers.records(ask("dosing/summary", pilot))
    assert (summary["n_given"], summary["n_owed"], summary["pct_adherent"]) == (591, 0, None)
    treatment = ask("dosing/treatment", pilot)
    assert len(treatment) == 254
    assert treatment["n_records"].sum() == 591


# ------------------------------------------------------------------ what is projected, or not known


@pytest.mark.parametrize(
    ("cut", "third"),
    [
        ("2021-03-02", ("2021-03-07", "2021-03-09")),  # 6 to 8 days after the first
        ("2021-03-05", ("2021-03-08", "2021-03-09")),  # the second is given today at the earliest
        ("2021-03-20", ("2021-03-23", "2021-03-24")),
    ],
)
def test_a_projection_takes_what_is_late_to_be_given_today(export, cut, third):
    export(cut, **included(P1="2021-03-01"), ex="usubjid  exstdtc\nP1  2021-03-01")
    found = rows("dosing/infusions", cut, "status", "is_projected", "opens_on", "closes_on")
    assert found[2] == ("upcoming", True, *third)


def test_before_the_first_infusion_the_others_are_projected_from_inclusion(trial, export):
    set_window = DOSING.replace("[dosing]", "[dosing]\nfirst_within_days = 2")
    (trial / "protocol.toml").write_text(PROTOCOL + set_window)
    cut = export("2021-03-01", **included(P1="2021-03-01"))
    assert rows("dosing/infusions", cut, "status", "opens_on", "closes_on", "is_projected") == [
        ("due", "2021-03-01", "2021-03-03", False),
        ("upcoming", "2021-03-04", "2021-03-07", True),
        ("upcoming", "2021-03-07", "2021-03-11", True),
    ]


def test_without_a_window_for_the_first_the_work_list_holds_no_more_than_the_first(export):
    cut = export("2021-03-20", **included(P1="2021-03-01"))
    assert rows("dosing/worklist", cut, "infusion", "status") == [(1, "due")]
    assert ("work list", "upcoming, day not known yet", 2) in rows(
        "dosing/accounting", cut, "panel", "reason", "n_set_aside"
    )


@pytest.mark.parametrize(
    ("cut", "second"),
    [
        ("2021-03-20", "unknown"),  # after a first infusion on any day of March
        ("2021-04-03", "unknown"),
        ("2021-04-05", "overdue"),  # 4 days after the last of March
    ],
)
def test_whether_an_infusion_is_due_is_not_guessed_from_a_partial_date(export, cut, second):
    export(cut, **included(P1="2021-03-01"), ex="usubjid  exstdtc\nP1  2021-03")
    assert rows("dosing/infusions", cut, "status")[1] == (second,)
    assert (2, second) in rows("dosing/worklist", cut, "infusion", "status")


def test_what_may_have_been_missed_widens_the_range_of_adherence(export):
    cut = export(
        "2021-04-20",
        **included(P1="2021-03-01"),
        ex="usubjid  exstdtc  exdose  exdosu  donor\nP1  2021-03-01  100  10^6 cells  D1",
        ae="usubjid  aestdtc  aeendtc  aeout\nP1  2021-03-02  2021-03  FATAL",
    )
    # The patient died in March: the second and the third may have been missed, or not due.
    assert rows(
        "dosing/summary",
        cut,
        *("n_adherent", "n_owed", "n_unknown"),
        *("pct_adherent_least", "pct_adherent", "pct_adherent_most"),
    ) == [(1, 1, 2, pytest.approx(100 / 3), 100, 100)]


def test_whoever_died_by_the_cut_is_due_nothing_after_it(export):
    cut = export(
        "2021-03-02",
        **included(P1="2021-03-01") | {"dm": "usubjid  dthfl\nP1  Y"},
        ex="usubjid  exstdtc\nP1  2021-03-01",
    )
    assert rows("dosing/infusions", cut, "status", "reason")[1:] == [("not due", "death")] * 2


@pytest.mark.parametrize(
    ("cut", "first"),
    [("2021-03-10", "unknown"), ("2021-04-02", "unknown"), ("2021-04-03", "overdue")],
)
def test_the_window_after_an_inclusion_some_day_in_march(trial, export, cut, first):
    set_window = DOSING.replace("[dosing]", "[dosing]\nfirst_within_days = 2")
    (trial / "protocol.toml").write_text(PROTOCOL + set_window)
    export(cut, **included(P1="2021-03"))
    assert rows("dosing/infusions", cut, "status")[0] == (first,)


def test_without_an_interval_nothing_is_early_or_late(trial, export):
    lines = [line for line in DOSING.splitlines() if not line.startswith("interval")]
    (trial / "protocol.toml").write_text(PROTOCOL + "\n".join(lines))
    cut = export(
        "2021-03-20",
        **included(P1="2021-03-01"),
        ex="usubjid  exstdtc\nP1  2021-03-01\nP1  2021-03-02",
    )
    assert rows("dosing/infusions", cut, "status", "opens_on") == [
        ("in window", "2021-03-01"),
        ("in window", None),
        ("due", None),
    ]


def test_nobody_included_is_no_infusion_and_no_rate(export):
    [found] = answers.records(ask("dosing/summary", export()))
    assert (found["n_patients"], found["n_planned"], found["n_given"]) == (0, 0, 0)
    assert (found["pct_adherent"], found["ci_low"]) == (None, None)
    for panel in ("numbers", "work list", "course", "dose", "deviations", "batches", "treatment"):
        assert (panel, 0, 0) in rows(
            "dosing/accounting", "2021-03-01", "panel", "n_read", "n_shown"
        )


def test_the_donor_of_the_first_is_not_taken_from_the_second(export):
    cut = export(
        "2021-03-08",
        **included(P1="2021-03-01"),
        ex="usubjid  exstdtc  donor\nP1  2021-03-01  .\nP1  2021-03-04  D1",
    )
    assert rows("dosing/worklist", cut, "infusion", "given_before", "donor") == [
        (3, "2021-03-04", None)
    ]


# ------------------------------------------------------------------ deviations, and the site's records

BROKEN = """
    usubjid  exseq  exstdtc     exdose  exdosu
    P1       1      2021-03-01  100     10^6 cells
    P1       2      2021-03-03  50      10^6 cells
"""  # the second is early, and too little; the third, due by 7 March, is overdue


@pytest.mark.parametrize(
    ("recorded", "early", "below", "overdue"),
    [
        ("Early  DOSING  2021-03-02", "not recorded", "not recorded", "not recorded"),
        # One record for two rules may be about either of them.
        ("Early  DOSING  2021-03-03", "perhaps recorded", "perhaps recorded", "not recorded"),
        (
            "A  DOSING  2021-03-03\nP1  B  DOSING  2021-03-03",
            "recorded",
            "recorded",
            "not recorded",
        ),
        ("Early  VISIT  2021-03-03", "not recorded", "not recorded", "not recorded"),
        # An infusion is not late before the window is over: it may be recorded from then on.
        ("Late  DOSING  2021-03-08", "not recorded", "not recorded", "recorded"),
        ("Late  DOSING  2021-03-20", "not recorded", "not recorded", "recorded"),
        ("Late  DOSING  2021-03-21", "not recorded", "not recorded", "not recorded"),  # not yet
        # Without a day, it may be about any.
        ("One  DOSING  2021-03", "perhaps recorded", "perhaps recorded", "perhaps recorded"),
        ("One  DOSING  .", "perhaps recorded", "perhaps recorded", "perhaps recorded"),
    ],
)
def test_what_the_site_recorded_of_a_deviation(export, recorded, early, below, overdue):
    drawn = f"usubjid  dvterm  dvcat  dvstdtc\nP1  {recorded}"
    cut = export("2021-03-20", **included(P1="2021-03-01"), ex=BROKEN, dv=drawn)
    found = rows("dosing/deviations", cut, "rule", "match")
    assert [each for each in found if each[0] != "recorded only"] == [
        ("dose below", below),
        ("early", early),
        ("overdue", overdue),
    ]


def test_a_missed_infusion_may_be_recorded_until_the_next_is_given(export):
    drawn = "usubjid  exseq  exstdtc\nP1  1  2021-03-01\nP1  3  2021-03-09"
    for day, match in (("06", "recorded"), ("08", "recorded"), ("09", "not recorded")):
        cut = export(
            f"2021-03-{int(day) + 10}",
            **included(P1="2021-03-01"),
            ex=drawn,
            dv=f"usubjid  dvterm  dvstdtc\nP1  Left out  2021-03-{day}",
        )
        assert rows("dosing/deviations", cut, "infusion", "rule", "match")[0] == (
            2,
            "missed",
            match,
        )


def test_what_the_site_recorded_is_shown_or_set_aside(export):
    cut = export(
        "2021-03-20",
        **included(P1="2021-03-01") | {"dm": "usubjid\nP1\nP2"},
        ex=BROKEN,
        dv="""
            usubjid  dvterm  dvcat   dvstdtc
            P1       A       DOSING  2021-03-03
            P1       B       .       2021-02-01
            P1       C       VISIT   2021-03-03
            P1       D       DOSING  2021-03-21
            P2       E       DOSING  2021-03-03
            P9       F       DOSING  2021-03-03
        """,
    )
    found = rows("dosing/accounting", cut, "panel", "n_read", "n_shown", "reason", "n_set_aside")
    assert [each[1:] for each in found if each[0] == "recorded deviations"] == [
        (6, 2, "-", 0),
        (6, 2, "dated after the cut", 1),
        (6, 2, "of another category", 1),
        (6, 2, "of nobody who is in dm", 1),
        (6, 2, "of somebody who is not included", 1),
    ]
    shown = rows("dosing/deviations", cut, "recorded")
    assert {each for (each,) in shown if each} == {"A", "B"}


def test_a_dose_just_outside_is_not_rounded_into_the_range(export):
    drawn = "usubjid  exstdtc  exdose  exdosu\nP1  2021-03-01  1.4996  10^6 cells/kg"
    cut = export("2021-03-02", **included(P1="2021-03-01"), ex=drawn)
    assert rows("dosing/deviations", cut, "rule", "expected", "observed") == [
        ("dose below", "1.5 to 3.0 million cells/kg", "1.4996 million cells/kg")
    ]


def test_patients_with_all_three_in_protocol_of_those_who_had_all_three(export):
    given = "usubjid  exstdtc  exdose  exdosu  donor\n" + "\n".join(
        f"{person}  2021-03-{day:02}  {dose}  10^6 cells  D1"
        for person, days, dose in (
            ("P1", (1, 4, 7), "100"),  # all three
            ("P2", (1, 4, 7), "."),  # all three, and nobody knows how much
            ("P3", (1,), "100"),  # died before the second was due
            ("P4", (1, 4), "100"),  # the third is overdue, and may still be given
        )
        for day in days
    )
    people = included(**dict.fromkeys(("P1", "P2", "P3", "P4"), "2021-03-01"))
    people["dm"] = "usubjid  dthdtc\nP1  .\nP2  .\nP3  2021-03-02\nP4  ."
    cut = export("2021-03-20", **people, ex=given)
    columns = ("n_patients_adherent", "n_patients_unknown", "n_patients_finished", "n_patients")
    assert rows("dosing/summary", cut, *columns) == [(1, 1, 2, 4)]


# ------------------------------------------------------------------ periods of treatment


@pytest.mark.parametrize(
    ("periods", "expected"),
    [
        ("P1  2021-03-01  2021-03-10", (1, 10, 10, 10)),
        ("P1  2021-03-01  2021-03-10\nP1  2021-03-12  2021-03-20", (2, 20, 20, 20)),
        ("P1  2021-03-01  .", (1, 1, 30, None)),  # until the cut at the most
        ("P1  2021-03-01  .\nP1  2021-03-12  2021-03-20", (2, 20, 20, 20)),
        ("P1  2021-03-01  2021-04", (1, 30, 30, 30)),  # the cut is on the 30th
        ("P1  2021-03-01  2021-03", (1, 1, 30, None)),
        ("P1  .  2021-03-10", (1, 1, None, None)),
        ("P2  2021-03-01  2021-03-10", (0, 0, 0, 0)),
    ],
)
def test_days_of_treatment(export, periods, expected):
    cut = export(
        "2021-03-30", **included(P1="2021-03-01"), ex=f"usubjid  exstdtc  exendtc\n{periods}"
    )
    columns = ("n_records", "days_at_least", "days_at_most", "days_treated")
    assert rows("dosing/treatment", cut, *columns) == [expected]


def test_treatment_without_an_end_ends_when_the_patient_leaves(export):
    drawn = included(P1="2021-03-01") | {"dm": "usubjid  dthdtc\nP1  2021-03-05"}
    cut = export("2021-03-30", **drawn, ex="usubjid  exstdtc\nP1  2021-03-01")
    assert rows("dosing/treatment", cut, "days_at_least", "days_at_most") == [(1, 5)]


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        # extrt  exdose  exdosu
        ("P1  2021-03-01  MSC  200  mg", ("MSC", "200 mg")),
        (
            "P1  2021-03-01  MSC  90.5  mg\nP1  2021-03-04  BM  200  mg\nP1  2021-03-07  MSC  200  mg",
            ("BM, MSC", "200 mg, 90.5 mg"),
        ),
        ("P1  2021-03-01  MSC  .  mg\nP1  2021-03-04  .  200  .", ("MSC", None)),
        ("P1  2021-03-01  .  .  .", (None, None)),
        ("P2  2021-03-01  MSC  200  mg", (None, None)),
    ],
)
def test_each_treatment_and_each_dose_is_named_once(export, records, expected):
    drawn = f"usubjid  exstdtc  extrt  exdose  exdosu\n{records}"
    cut = export("2021-03-30", **included(P1="2021-03-01"), ex=drawn)
    assert rows("dosing/treatment", cut, "treatments", "doses") == [expected]


# ------------------------------------------------------------------ the page


@pytest.fixture
def page(export):
    """The Dosing page of the eight, a week before and at the cut above."""
    export("2021-03-24", **EIGHT)
    export("2021-03-31", **EIGHT)

    def opened(**address: str) -> AppTest:
        at = app("dosing", **address).run()
        assert not at.exception
        return at

    return opened


def tiles(at: AppTest) -> dict[str, tuple[str, str]]:
    return {each.label: (each.value.replace("\xa0", " "), each.delta) for each in at.metric}


def test_the_page_answers_in_a_sentence_and_five_tiles_with_their_changes(page):
    at = page()
    assert at.subheader[0].value.replace("\xa0", " ") == (
        "10 of 19 infusions due so far are known to have been given as the protocol says (53 %, "
        "exact 95 % interval 29 to 76 %; 53 to 63 % as 2 are unknown). 1 is overdue, 1 is due."
    )
    # By 24 March P7 was not in, and the second infusion of P8 was not due: 9 of 17, 53 % too.
    assert tiles(at) == {
        "Infusions given": ("17 / 19", "1"),
        "Adherence": ("53 to 63 %", "0"),
        "All in protocol": ("1 / 5", "0"),
        "Due now": ("1", "1"),
        "Overdue": ("1", "1"),
    }


def test_the_work_list_comes_first_and_nothing_is_missing_from_the_page(page):
    at = page()
    headings = [each.value for each in at.markdown if each.value.startswith("#####")]
    assert headings[0] == "##### To give this week: 1 overdue, 1 due, 2 to open within 7 days"
    assert list(at.dataframe[0].value["usubjid"]) == ["P8", "P7", "P7", "P8"]
    assert [len(each.value) for each in at.dataframe] == [4, 8, 5, 24]
    assert len(at.get("plotly_chart")) == 2
    assert "24 of 24 infusions" in at.get("plotly_chart")[0].proto.spec
    # The late visit is no deviation of dosing; the early infusion and the wrong tube are shown.
    assert "Recorded by the site: 2 of 3 deviations shown; not shown: 1 of another category." in [
        each.value.replace("\\", "") for each in at.caption
    ]


def test_the_group_filter_reaches_the_page(trial, export):
    people = "\n".join(f"P{n}  {'B' if n == 2 else 'A'}" for n in range(1, 9))
    export("2021-03-31", **EIGHT | {"dm": f"usubjid  cohort\n{people}"})
    at = app("dosing", group="B").run()
    assert tiles(at)["Infusions given"][0] == "3 / 3"
    assert at.subheader[0].value.startswith("1 of 3 infusions due so far")


def test_what_the_export_lacks_is_said(export):
    export("2021-03-20", **included(P1="2021-03-01"), ex="usubjid  exstdtc\nP1  2021-03-01")
    at = app("dosing").run()
    [words] = [each.value for each in at.info if each.value.startswith("**Not in this export:**")]
    assert "donor" in words
    assert "viability" in words


def test_the_pilot_is_told_what_does_not_apply_and_sees_its_treatment(pilot):
    at = app("dosing").run()
    assert not at.exception
    [words] = [each.value for each in at.info if "Not set in protocol.toml" in each.value]
    for part in ("number of infusions", "interval", "dose per kg", "one donor"):
        assert part in words
    assert not at.metric
    [figure] = at.get("plotly_chart")
    assert "254 of 254 patients included were treated" in figure.proto.spec.replace("\\u00a0", " ")
    assert len(at.dataframe[0].value) == 254


@pytest.mark.parametrize("said", ["N", "NO", "no"])
def test_no_is_said_in_two_ways_and_no_infusion_was_given(export, said):
    ex = f"usubjid  exseq  exstdtc  exoccur  exreasoc\nP01  1  2021-01-05  {said}  Fever"
    cut = export(**included(P01="2021-01-01"), ex=ex)
    assert rows("dosing/summary", cut, "n_given") == [(0,)]
    assert ("infusion",) not in rows("patient/contacts", cut, "kind")
    assert rows("checks/omitted_infusion_without_reason", cut, "usubjid") == []


PERHAPS = "not known whether it was given (exoccur U)"


def test_an_infusion_of_which_it_is_not_known_whether_it_was_given_is_unknown_and_told(export):
    cut = export("2021-01-06", **included(P01="2021-01-01"), ex=_given("P01  1  2021-01-05  U"))
    assert rows("dosing/infusions", cut, "infusion", "status", "given_dtc", "reason") == [
        (1, "unknown", "2021-01-05", PERHAPS),
        (2, "unknown", None, "not known whether the one before it was given"),
        (3, "upcoming", None, None),
    ]
    # No tile counts it as given; to the patient, it may have to be given.
    assert rows("dosing/summary", cut, "n_given", "n_owed", "n_unknown") == [(0, 0, 2)]
    assert rows("today/attention", cut, "urgency", "what") == [
        ("due", f"infusion 1 may be due: {PERHAPS}"),
        ("due", "infusion 2 may be due: not known whether the one before it was given"),
        (
            "soon",
            "infusion 3 opens 2021-01-09, if the one before it is given as early as it can be",
        ),
    ]
    assert ("infusion", "infusion 1, not known whether it was given", 4) in rows(
        "today/lanes", cut, "kind", "label", "day_from"
    )
    assert rows("tables/participants", cut, "is_treated", "may_be_treated", "n_infusions") == [
        (False, True, 0)
    ]
    assert ("infusion",) not in rows("patient/contacts", cut, "kind")
    [(finding,)] = rows("checks/value_outside_vocabulary", cut, "finding")
    assert finding == 'exoccur "U"'


@pytest.mark.parametrize(
    ("said", "status", "n_given"),
    [(".  .", "in window", 1), ("Y  Fever", "in window", 1), (".  Fever", "unknown", 0)],
)
def test_what_has_a_reason_for_not_being_given_is_not_taken_for_given(
    export, said, status, n_given
):
    ex = f"usubjid  exseq  exstdtc  exoccur  exreasoc\nP01  1  2021-01-05  {said}"
    cut = export("2021-01-06", **included(P01="2021-01-01"), ex=ex)
    first, *_ = rows("dosing/infusions", cut, "status", "reason")
    assert first[0] == status
    assert rows("dosing/summary", cut, "n_given") == [(n_given,)]
    assert (("infusion",) in rows("patient/contacts", cut, "kind")) is bool(n_given)
    if not n_given:
        assert first[1] == "not known whether it was given (a reason why not: Fever)"


def _given(*records: str) -> str:
    return "\n".join(["usubjid  exseq  exstdtc  exoccur", *records])


def test_somebody_of_whom_nothing_but_that_is_on_record_is_not_included_and_it_is_said(export):
    cut = export(dm="usubjid\nP01", ex=_given("P01  1  2021-01-05  U"))
    assert rows("tables/participants", cut, "is_included", "set_aside") == [
        (False, "not known whether an infusion was given")
    ]


def test_after_an_infusion_that_may_have_been_given_no_window_is_known(export):
    # The third lies 3 to 4 days after the second, or 6 to 8 after the first.
    cut = export(
        "2021-01-20",
        **included(P01="2021-01-01"),
        ex=_given("P01  1  2021-01-01  Y", "P01  2  2021-01-04  U", "P01  3  2021-01-08  Y"),
    )
    assert rows("dosing/infusions", cut, "infusion", "status", "opens_on", "reason") == [
        (1, "in window", "2021-01-01", None),
        (2, "unknown", "2021-01-04", PERHAPS),
        (3, "unknown", None, "not known whether the one before it was given"),
    ]
    assert rows("dosing/deviations", cut, "infusion") == []
    assert ("batches", "not known whether it was given", 1) in rows(
        "dosing/accounting", cut, "panel", "reason", "n_set_aside"
    )
    assert rows("dosing/batches", cut, "n_infusions") == [(2,)]


def test_a_part_that_may_have_been_given_leaves_the_dose_open(export):
    records = "P1  1  2021-03-01  {}  100  10^6 cells  L{}"
    cut = export(
        **included(P1="2021-03-01"),
        ex="usubjid  exseq  exstdtc  exoccur  exdose  exdosu  exlot\n"
        + "\n".join([records.format("Y", 1), records.format("U", 2).replace("  1  ", "  2  ", 1)]),
    )
    assert rows("dosing/infusions", cut, "status", "dose_per_kg", "dose_why")[0] == (
        "in window",
        None,
        "not known whether a part of it was given (exoccur U)",
    )


def test_events_after_an_infusion_that_may_have_been_given_may_be_of_it(export, trial):
    (trial / "protocol.toml").write_text(
        PROTOCOL + DOSING + "[adverse_events]\ninfusional_hours = 24\n"
    )
    cut = export(
        "2021-02-01",
        **included(P01="2021-01-01", P02="2021-01-01"),
        ex=_given(
            "P01  1  2021-01-05  Y",
            "P01  2  2021-01-09  U",
            "P01  3  2021-01-13  Y",
            "P02  1  2021-01-05  U",
        ),
        ae="""
            usubjid  aeseq  aeterm   aestdtc
            P01      1      Fever    2021-01-06
            P01      2      Chill    2021-01-10
            P01      3      Rash     2021-01-14
            P02      1      Cough    2021-01-04
            P02      2      Nausea   2021-01-06
        """,
    )
    found = rows(
        "tables/adverse_events", cut, "term", "is_emergent", "infusion", "days_since_infusion"
    )
    assert found == [
        ("Fever", True, 1, 1),
        ("Chill", True, None, None),
        ("Rash", True, 3, 1),
        ("Cough", False, None, None),
        ("Nausea", None, None, None),
    ]
    assert rows("tables/adverse_events", cut, "is_infusional") == [
        (True,), (None,), (True,), (False,), (None,)
    ]  # fmt: skip


def test_treatment_that_may_have_been_given_is_in_the_most_days_alone(export):
    cut = export(
        "2021-02-01",
        **included(P01="2021-01-01", P02="2021-01-01"),
        ex=_given("P01  1  2021-01-05  Y", "P01  2  2021-01-09  U", "P02  1  2021-01-09  U")
        .replace("exoccur", "exoccur  exendtc")
        .replace("01-05  Y", "01-05  Y  2021-01-05")
        .replace("01-09  U", "01-09  U  2021-01-09"),
    )
    assert rows(
        "dosing/treatment", cut, "usubjid", "n_records", "n_perhaps", "days_at_least",
        "days_at_most", "days_treated",
    ) == [("P01", 1, 1, 1, 5, None), ("P02", 0, 1, 0, 1, None)]  # fmt: skip


def test_a_death_after_an_infusion_that_may_have_been_given_is_not_dated_from_an_earlier_one(
    export,
):
    people = included(P01="2021-01-01") | {"dm": "usubjid  dthdtc\nP01  2021-01-20"}
    cut = export(
        "2021-02-01", **people, ex=_given("P01  1  2021-01-05  Y", "P01  2  2021-01-09  U")
    )
    assert rows("outcomes/deaths", cut, "n_infusions", "last_infusion", "days_after") == [
        (1, None, None)
    ]


def test_who_stopped_the_treatment_owes_no_infusion_and_is_followed(export):
    ds = """
        usubjid  dscat               dsscat           dsdecod             dsstdtc
        P1       PROTOCOL MILESTONE  .                ENTERED INTO TRIAL  2021-03-01
        P1       DISPOSITION EVENT   STUDY TREATMENT  ADVERSE EVENT       {}
    """
    ex = "usubjid  exseq  exstdtc\nP1  1  2021-03-01"
    found = []
    for cut, stopped in (("2021-03-20", "2021-03-02"), ("2021-03-21", "2021-03-21")):
        export(cut, dm="usubjid\nP1", ds=ds.format(stopped), ex=ex)
        found.append(rows("tables/infusions", cut, "infusion", "status", "reason"))
    assert found == [
        [
            (1, "in window", None),
            (2, "not due", "treatment stopped, adverse event"),
            (3, "not due", "treatment stopped, adverse event"),
        ],
        # Stopped when the window of the second had closed.
        [
            (1, "in window", None),
            (2, "missed", "treatment stopped, adverse event"),
            (3, "missed", "treatment stopped, adverse event"),
        ],
    ]
    assert rows("tables/participants", "2021-03-20", "status", "left_on") == [
        ("in follow-up", None)
    ]
