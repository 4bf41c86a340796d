"""The visits, every status of them at every boundary, and the questions of the Follow-up page."""

import csv

import duckdb
import pytest

from charts import follow_up
from queries import ask
from tests.conftest import PILOT_FILES, PROTOCOL, included, left, rows

SCHEDULE = """
[[schedule]]
visitnum = 7
visit = "Day 7"
target_day = 7
days_before = 1
days_after = 1

[[schedule]]
visitnum = 28
visit = "Day 28"
target_day = 28
days_before = 3
days_after = 3

[[schedule]]
visitnum = 90
visit = "Day 90"
target_day = 90
days_before = 7
days_after = 7
"""
NO_WINDOWS = "".join(line + "\n" for line in SCHEDULE.splitlines() if not line.startswith("days_"))


@pytest.fixture(autouse=True)
def protocol(trial):
    (trial / "protocol.toml").write_text(PROTOCOL + SCHEDULE)


def sv(*records: str) -> str:
    return "usubjid  visitnum  svstdtc  svoccur  svreasoc\n" + "\n".join(records)


def day_28(cut: str, *columns: str) -> tuple:
    """The row of the visit of day 28 of the only patient."""
    [found] = [row for row in rows("follow_up/visits", cut, "visitnum", *columns) if row[0] == 28]
    return found[1:]


# ------------------------------------------------------------------------- done, and not done yet


@pytest.mark.parametrize(
    ("made", "status", "deviation"),
    [
        ("2021-01-25", "done early", -4),
        ("2021-01-26", "done in window", -3),  # the first day of the window
        ("2021-01-29", "done in window", 0),
        ("2021-02-01", "done in window", 3),  # the last
        ("2021-02-02", "done late", 4),
        ("2021-02-02T08:30", "done late", 4),
    ],
)
def test_a_visit_at_each_edge_of_its_window(export, made, status, deviation):
    cut = export("2021-03-01", **included("P1"), sv=sv(f"P1  28  {made}  Y  ."))
    assert day_28(cut, "status", "deviation_days", "is_done", "is_owed") == (
        status,
        deviation,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("cut", "status", "days_left", "is_owed"),
    [
        ("2021-01-25", "upcoming", 7, False),
        ("2021-01-26", "due", 6, False),  # the window opens
        ("2021-02-01", "due", 0, False),  # its last day
        ("2021-02-02", "overdue", -1, True),
    ],
)
def test_a_visit_not_made_yet_at_each_edge_of_its_window(export, cut, status, days_left, is_owed):
    export(cut, **included("P1"))
    assert day_28(cut, "opens_on", "closes_on") == ("2021-01-26", "2021-02-01")
    assert day_28(cut, "status", "days_left", "is_done", "is_owed") == (
        status,
        days_left,
        False,
        is_owed,
    )


def test_a_visit_recorded_as_not_made_is_missed_and_its_day_is_no_visit(export):
    cut = export(
        "2021-03-01",
        **included("P1"),
        sv=sv("P1  28  2021-01-29  N  Snow", "P1  7  2021-01-08  n  ."),
    )
    found = rows("follow_up/visits", cut, "visitnum", "status", "reason", "visit_dtc", "visited_on")
    assert found[:2] == [
        (7, "missed", "recorded as not done, without a reason", "2021-01-08", None),
        (28, "missed", "Snow", "2021-01-29", None),
    ]
    assert rows("tables/contacts", cut, "kind") == [("inclusion",)]


def test_a_visit_dated_after_the_cut_does_not_count_yet(export):
    record = {"sv": sv("P1  28  2021-01-29  Y  .")}
    assert day_28(export("2021-01-28", **included("P1"), **record), "status") == ("due",)
    assert day_28(export("2021-01-29", **included("P1"), **record), "status") == ("done in window",)


def test_a_visit_without_a_date_is_done_if_the_site_says_so(export):
    cut = export("2021-03-01", **included("P1"), sv=sv("P1  28  .  Y  .", "P1  7  .  .  ."))
    found = rows("follow_up/visits", cut, "visitnum", "status", "reason", "is_done")
    assert found[:2] == [(7, "overdue", None, False), (28, "done", "not dated", True)]
    assert rows("follow_up/unscheduled", cut, "visitnum", "why") == [
        (7, "neither a date nor whether it took place")
    ]


@pytest.mark.parametrize(
    ("said", "status", "why"),
    [
        (".  Quarantine", "overdue", [("does not say whether it took place: Quarantine",)]),
        ("Y  Quarantine", "done in window", []),
    ],
)
def test_a_record_with_a_reason_why_not_is_no_visit_unless_the_site_says_so(
    export, said, status, why
):
    cut = export("2021-03-01", **included("P1"), sv=sv(f"P1  28  2021-01-29  {said}"))
    assert day_28(cut, "status") == (status,)
    assert rows("follow_up/unscheduled", cut, "why") == why


@pytest.mark.parametrize("occurred", ["U", "maybe", "not done"])
def test_a_record_that_says_neither_yes_nor_no_is_no_visit_and_no_sign_of_life(export, occurred):
    cut = export("2021-03-01", **included("P1"), sv=sv(f"P1  28  2021-01-29  {occurred}  ."))
    assert day_28(cut, "status", "is_done", "is_owed") == ("overdue", False, True)
    assert rows("tables/contacts", cut, "kind") == [("inclusion",)]
    assert rows("follow_up/unscheduled", cut, "visit_dtc", "took_place", "why") == [
        ("2021-01-29", None, f"does not say whether it took place: {occurred}")
    ]
    accounts = rows("follow_up/accounting", cut, "panel", "n_read", "n_shown")
    assert ("other records", 1, 1) in accounts


@pytest.mark.parametrize(
    ("made", "status"),
    [("2021-01", "done"), ("2021-02", "done"), ("2020-12", "done early"), ("2021-03", "done late")],
)
def test_a_partial_date_is_judged_only_where_all_of_it_agrees(export, made, status):
    cut = export("2021-03-31", **included("P1"), sv=sv(f"P1  28  {made}  Y  ."))
    why = "dates are known only in part" if status == "done" else None
    assert day_28(cut, "status", "reason", "visited_on") == (status, why, None)


# ------------------------------------------------------------------------------ several records


def test_of_two_records_the_one_in_the_window_counts_and_the_other_is_listed(export):
    cut = export(
        "2021-03-01",
        **included("P1"),
        sv=sv("P1  28  2021-01-20  Y  .", "P1  28  2021-01-30  Y  ."),
    )
    assert day_28(cut, "status", "visit_dtc", "n_records") == ("done in window", "2021-01-30", 2)
    assert rows("follow_up/unscheduled", cut, "visit_dtc", "why") == [
        ("2021-01-20", "another record of the visit")
    ]


@pytest.mark.parametrize(
    ("records", "counts", "status"),
    [
        (["2021-01-20  Y", "2021-02-05  Y"], "2021-02-05", "done late"),  # 7 days off, not 9
        (["2021-01-29  N", "2021-02-05  Y"], "2021-02-05", "done late"),  # made up for
        (["2021-01-29  N", "2021-01-30  N"], "2021-01-29", "missed"),
    ],
    ids=["the nearest", "the one that took place", "neither took place"],
)
def test_of_two_records_outside_the_window(export, records, counts, status):
    cut = export(
        "2021-03-01", **included("P1"), sv=sv(*(f"P1  28  {record}  ." for record in records))
    )
    assert day_28(cut, "status", "visit_dtc") == (status, counts)
    assert len(rows("follow_up/unscheduled", cut, "record")) == 1


def test_a_record_that_is_there_twice_is_one_visit(export):
    cut = export(
        "2021-03-01",
        **included("P1"),
        sv=sv("P1  28  2021-01-29  Y  .", "P1  28  2021-01-29  Y  ."),
    )
    assert day_28(cut, "status", "n_records") == ("done in window", 2)
    assert rows("follow_up/unscheduled", cut, "why") == [("another record of the visit",)]


def test_unscheduled_visits_are_listed_and_move_no_other(export):
    cut = export(
        "2021-03-01",
        **included("P1"),
        sv=sv("P1  28.1  2021-01-29  Y  .", "P1  101  2021-02-10  .  ."),
    )
    assert rows("follow_up/unscheduled", cut, "visitnum", "visit_day", "why") == [
        (28.1, 28, "not in the schedule"),
        (101, 40, "not in the schedule"),
    ]
    assert day_28(cut, "status") == ("overdue",)


# --------------------------------------------------------------------------------------- leaving


@pytest.mark.parametrize(
    ("died", "status", "reason", "is_owed"),
    [
        ("2021-01-25", "not due", "death", False),
        ("2021-02-01", "not due", "death", False),  # the day on which the window closes
        ("2021-02-02", "overdue", "nothing recorded, and the patient has died", True),
        ("2021-02", "unknown", "day of leaving not known: death", False),
        ("2021-01", "not due", "death", False),
        (".", "unknown", "day of leaving not known: death", False),
    ],
)
def test_a_death_before_on_and_after_the_day_the_window_closes(
    export, died, status, reason, is_owed
):
    cut = export("2021-03-15", **included("P1", more=left("P1", "DEATH", died)))
    assert day_28(cut, "status", "reason", "is_owed") == (status, reason, is_owed)


@pytest.mark.parametrize(
    ("died", "status"),
    [
        ("2021-02-01", "not due"),  # the first day on which the window can have closed
        ("2021-02-15", "unknown"),  # included on the 1st: overdue; on the 31st: not due
        ("2021-03-03", "unknown"),  # the last one
        ("2021-03-04", "overdue"),
    ],
)
def test_a_death_while_the_window_may_have_been_open_is_not_known(export, died, status):
    # Included some day in January: the window of day 28 closes between 1 February and 3 March.
    cut = export("2021-04-01", **included("P1", on="2021-01", more=left("P1", "DEATH", died)))
    assert day_28(cut, "status") == (status,)


def test_who_left_for_a_reason_not_recorded_has_left(export):
    cut = export("2021-03-15", **included("P1", more=left("P1", ".", "2021-01-20")))
    assert day_28(cut, "status", "ended_by", "reason") == (
        "not due",
        "withdrawn",
        "reason not recorded",
    )


def test_a_death_on_some_day_before_the_cut_is_before_a_window_that_is_open_at_the_cut(export):
    cut = export("2021-02-01", **included("P1", more=left("P1", "DEATH", ".")))
    assert day_28(cut, "status", "ended_by") == ("not due", "died")


@pytest.mark.parametrize(
    ("decod", "ended_by"),
    [
        ("WITHDRAWAL BY SUBJECT", "withdrawn"),
        ("LOST TO FOLLOW-UP", "lost"),
        ("Moved abroad", "withdrawn"),  # any other disposition event
    ],
)
def test_a_withdrawal_and_a_loss_excuse_like_a_death(export, decod, ended_by):
    cut = export("2021-03-15", **included("P1", more=left("P1", decod, "2021-02-01")))
    found = rows("follow_up/visits", cut, "visitnum", "status", "ended_by", "reason")
    assert found == [
        (7, "overdue", None, f"nothing recorded, and the patient has left: {decod.lower()}"),
        (28, "not due", ended_by, decod.lower()),
        (90, "not due", ended_by, decod.lower()),
    ]


def test_who_withdrew_and_died_later_left_when_withdrawing(export):
    more = left("P1", "WITHDRAWAL BY SUBJECT", "2021-01-20") + left("P1", "DEATH", "2021-03-01")
    cut = export("2021-03-15", **included("P1", more=more))
    assert day_28(cut, "status", "ended_by") == ("not due", "withdrawn")


@pytest.mark.parametrize(
    ("cut", "status"), [("2021-02-01", "due"), ("2021-02-02", "overdue")], ids=["open", "closed"]
)
def test_having_completed_the_trial_excuses_from_no_visit(export, cut, status):
    export(cut, **included("P1", more=left("P1", "COMPLETED", "2021-01-27")))
    assert day_28(cut, "status") == (status,)


@pytest.mark.parametrize(
    ("planned", "status", "reason"),
    [
        ("2021-01-28", "missed", "fever"),  # planned before the death: it was missed
        ("2021-01-29", "missed", "fever"),  # on its day
        ("2021-01-30", "not due", "death; recorded as not done: fever"),
        (".", "not due", "death; recorded as not done: fever"),
    ],
)
def test_not_made_because_the_patient_had_died_is_not_missed(export, planned, status, reason):
    cut = export(
        "2021-03-15",
        **included("P1", more=left("P1", "DEATH", "2021-01-29")),
        sv=sv(f"P1  28  {planned}  N  fever"),
    )
    assert day_28(cut, "status", "reason") == (status, reason)


@pytest.mark.parametrize(
    ("died", "is_after"), [("2021-01-30", False), ("2021-01-29", True), ("2021-01", False)]
)
def test_a_visit_after_death_is_kept_and_marked_and_no_sign_of_life(export, died, is_after):
    cut = export(
        "2021-03-15",
        **included("P1", more=left("P1", "DEATH", died)),
        sv=sv("P1  28  2021-01-30  Y  ."),
    )
    why = "dated after the death on record" if is_after else None
    assert day_28(cut, "status", "is_done", "is_after_death", "reason") == (
        "done in window",
        True,
        is_after,
        why,
    )
    found = ask("follow_up/visits", cut)
    title = follow_up.matrix(found).layout.title.text
    assert ("1 dated after the death on record" in title.replace("<br>", " ")) is is_after
    listed = [("after the death on record",)] if is_after else []
    assert rows("follow_up/unscheduled", cut, "why") == listed
    assert rows("tables/contacts", cut, "kind", "is_after_death") == [
        ("inclusion", False),
        ("visit", is_after),
    ]


# ---------------------------------------------------------------- windows not set, days not known


@pytest.mark.parametrize(
    ("cut", "status"),
    [("2021-01-28", "upcoming"), ("2021-01-29", "due"), ("2021-06-01", "due")],
    ids=["before its day", "on its day", "long after"],
)
def test_without_a_window_a_visit_is_due_from_its_day_on_and_never_overdue(
    trial, export, cut, status
):
    (trial / "protocol.toml").write_text(PROTOCOL + NO_WINDOWS)
    export(cut, **included("P1"))
    assert day_28(cut, "status", "opens_on", "closes_on", "has_window", "is_owed") == (
        status,
        None,
        None,
        False,
        False,
    )


def test_without_a_window_a_visit_is_done_and_not_judged(trial, export):
    (trial / "protocol.toml").write_text(PROTOCOL + NO_WINDOWS)
    cut = export("2021-06-01", **included("P1"), sv=sv("P1  28  2021-02-20  Y  ."))
    assert day_28(cut, "status", "reason", "deviation_days") == (
        "done",
        "window not set in protocol.toml",
        22,
    )


@pytest.mark.parametrize(
    ("decod", "on", "status"),
    [
        ("DEATH", "2021-01-29", "not due"),  # on the target day
        ("DEATH", "2021-01-30", "overdue"),
        ("WITHDRAWAL BY SUBJECT", "2021-01-30", "overdue"),
        ("COMPLETED", "2021-01-27", "overdue"),
    ],
)
def test_without_a_window_a_visit_is_overdue_once_the_patient_has_left(
    trial, export, decod, on, status
):
    (trial / "protocol.toml").write_text(PROTOCOL + NO_WINDOWS)
    cut = export("2021-02-15", **included("P1", more=left("P1", decod, on)))
    assert day_28(cut, "status") == (status,)


@pytest.mark.parametrize(
    ("cut", "status"),
    [
        ("2021-01-25", "upcoming"),  # the window opens on the 26th at the earliest
        ("2021-01-27", "unknown"),
        ("2021-03-05", "overdue"),  # and closes on 3 March at the latest
    ],
)
def test_a_partial_inclusion_moves_the_window_by_as_much(export, cut, status):
    export(cut, **included("P1", on="2021-01"))
    assert day_28(cut, "status", "target_on") == (status, None)


def test_a_visit_that_may_open_within_two_weeks_is_on_the_work_list(export):
    # Included some day in January, so the window opens on 26 January or later.
    cut = export("2021-01-20", **included("P1", on="2021-01"), sv=sv("P1  7  2021-01-18  Y  ."))
    found = rows("follow_up/worklist", cut, "visit", "status", "opens_on", "reason")
    part = "day 0 is known only in part"
    assert found == [("Day 28", "upcoming", None, part), ("Day 90", "upcoming", None, part)]
    accounts = rows("follow_up/accounting", cut, "panel", "n_read", "n_shown", "reason")
    assert ("work list", 3, 2, "done") in accounts


def test_days_are_numbered_as_the_protocol_says(trial, export):
    numbered = "\n[days]\nday_zero = 'first infusion'\nfirst_day = 1\n"
    (trial / "protocol.toml").write_text(PROTOCOL + numbered + SCHEDULE)
    cut = export(
        "2021-03-01",
        **included("P1", "P2"),
        ex="usubjid  exstdtc\nP1  2021-01-03",
        sv=sv("P1  28  2021-01-30  Y  ."),
    )
    found = rows("follow_up/visits", cut, "usubjid", "visitnum", "target_on", "status", "visit_day")
    assert found[1] == ("P1", 28, "2021-01-30", "done in window", 28)
    assert found[4] == ("P2", 28, None, "unknown", None)  # no infusion, so no day 1


def test_nobody_who_is_not_included_has_visits(export):
    people = included("P1", more=left("failed", "SCREEN FAILURE", "2021-01-02"))
    people["dm"] += "\nfailed  ."
    cut = export("2021-03-01", **people, sv=sv("failed  1  2021-01-01  Y  ."))
    assert {who for (who,) in rows("follow_up/visits", cut, "usubjid")} == {"P1"}
    found = rows("follow_up/accounting", cut, "panel", "n_read", "n_shown", "reason")
    assert ("other records", 1, 0, "of somebody who is not included") in found


# ------------------------------------------------------------------- a trial worked by hand

# The cut is 25 March 2021; the windows of day 28 and day 90 of those included on 1 January are
# 26 January to 1 February and 25 March to 8 April. P6 came in on 1 March: day 28 is 29 March.
#
#   P1 all made, day 28 late       P3 day 28 missed, withdrew on 10 March     P5 lost on 31 January
#   P2 died on 20 January          P4 day 28 overdue                          P6 day 7 made
SIX = {
    "dm": "usubjid  cohort\n" + "\n".join(f"P{n}  {'AB'[n % 2]}" for n in range(1, 7)),
    "ds": "usubjid  dscat  dsdecod  dsstdtc\n"
    + "\n".join(f"P{n}  PROTOCOL MILESTONE  ENTERED INTO TRIAL  2021-01-01" for n in range(1, 6))
    + "\nP6  PROTOCOL MILESTONE  ENTERED INTO TRIAL  2021-03-01"
    + left("P2", "DEATH", "2021-01-20")
    + left("P3", "WITHDRAWAL BY SUBJECT", "2021-03-10")
    + left("P5", "LOST TO FOLLOW-UP", "2021-01-31"),
    "sv": sv(
        "P1  7   2021-01-08  Y  .",
        "P1  28  2021-02-03  Y  .",
        "P1  90  2021-03-25  Y  .",
        "P2  7   2021-01-09  Y  .",
        "P3  7   2021-01-06  Y  .",
        "P3  28  2021-01-30  N  At work",
        "P4  7   2021-01-08  Y  .",
        "P5  7   2021-01-08  Y  .",
        "P6  7   2021-03-08  Y  .",
    ),
    "ss": "usubjid  ssdtc  ssstresc\nP3  2021-03-02  ALIVE\nP4  2021-02-10  ALIVE",
}


def test_the_matrix_of_the_six(export):
    cut = export("2021-03-25", **SIX)
    found = {}
    for who, status in rows("follow_up/visits", cut, "usubjid", "status"):
        found.setdefault(who, []).append(status)
    assert found == {
        "P1": ["done in window", "done late", "done in window"],
        "P2": ["done in window", "not due", "not due"],
        "P3": ["done early", "missed", "not due"],
        "P4": ["done in window", "overdue", "due"],
        "P5": ["done in window", "not due", "not due"],
        "P6": ["done in window", "upcoming", "upcoming"],
    }


def test_the_completion_of_the_six_counted_by_hand(export):
    cut = export("2021-03-25", **SIX)
    counts = ["n_included", "n_done", "n_missed", "n_overdue", "n_due", "n_upcoming", "n_not_due"]
    found = rows("follow_up/completion", cut, "visit", *counts, "n_owed")
    assert found == [
        ("all visits", 18, 8, 1, 1, 1, 2, 5, 10),
        ("Day 7", 6, 6, 0, 0, 0, 0, 0, 6),
        ("Day 28", 6, 1, 1, 1, 0, 1, 2, 3),
        ("Day 90", 6, 1, 0, 0, 1, 1, 3, 1),
    ]
    shares = rows("follow_up/completion", cut, "pct", "ci_low", "ci_high")
    # Clopper-Pearson: 8 of 10 (44.4 to 97.5), 6 of 6 (54.1 to 100), 1 of 3 (0.8 to 90.6), 1 of 1.
    assert shares == [
        (80, pytest.approx(44.39, abs=0.01), pytest.approx(97.48, abs=0.01)),
        (100, pytest.approx(54.07, abs=0.01), 100),
        (pytest.approx(100 / 3), pytest.approx(0.84, abs=0.01), pytest.approx(90.57, abs=0.01)),
        (100, pytest.approx(2.5), 100),
    ]
    assert rows("follow_up/completion", cut, "n_in_window", "n_early", "n_late")[0] == (6, 1, 1)


def test_completion_of_nothing_is_not_known(export):
    cut = export("2021-01-02", **included("P1"))
    for n_owed, pct, low, high in rows(
        "follow_up/completion", cut, "n_owed", "pct", "ci_low", "ci_high"
    ):
        assert (n_owed, pct, low, high) == (0, None, None, None)


def test_the_work_list_of_the_six(export):
    cut = export("2021-03-25", **SIX)
    found = rows(
        "follow_up/worklist", cut, "usubjid", "visit", "status", "days_left", "last_contact_on"
    )
    assert found == [
        ("P4", "Day 28", "overdue", -52, "2021-02-10"),
        ("P6", "Day 28", "upcoming", 7, "2021-03-08"),  # opens tomorrow
        ("P4", "Day 90", "due", 14, "2021-02-10"),
    ]


@pytest.mark.parametrize(("cut", "is_listed"), [("2021-01-11", False), ("2021-01-12", True)])
def test_the_work_list_reaches_two_weeks_ahead(export, cut, is_listed):
    export(cut, **included("P1"), sv=sv("P1  7  2021-01-08  Y  ."))
    assert bool(rows("follow_up/worklist", cut, "visit")) is is_listed  # opens on the 26th


def test_day_90_of_the_six_adds_up_to_those_included(export):
    cut = export("2021-03-25", **SIX)
    found = rows("follow_up/last_visit", cut, "standing", "n", "patients", "n_included")
    assert found == [
        ("done", 1, "P1", 6),
        ("due", 1, "P4", 6),
        ("overdue", 0, None, 6),
        ("missed", 0, None, 6),
        ("not yet due", 1, "P6", 6),
        ("died", 1, "P2", 6),
        ("withdrawn", 1, "P3", 6),
        ("lost", 1, "P5", 6),
        ("not known", 0, None, 6),
    ]


def test_person_time_of_the_six_by_hand(export):
    # From 1 January to the cut are 83 days, so nobody has reached day 90; from 1 March, 24.
    cut = export("2021-03-25", **SIX)
    found = rows(
        "follow_up/person_time", cut, "usubjid", "observed_days", "potential_days", "ends_by"
    )
    assert found == [
        ("P1", 83, 83, "cut"),
        ("P2", 19, 19, "death"),
        ("P3", 60, 83, "cut"),  # seen on 2 March, before withdrawing
        ("P4", 40, 83, "cut"),
        ("P5", 7, 83, "cut"),  # lost after day 7: the report of the loss is no contact
        ("P6", 7, 24, "cut"),
    ]
    [(observed, potential, pct)] = rows(
        "follow_up/completeness", cut, "observed_days", "potential_days", "pct_complete"
    )
    assert (observed, potential) == (216, 375)
    assert pct == pytest.approx(57.6)


@pytest.mark.parametrize(
    ("died", "expected"),
    [
        ("2021-04-01", (90, 90, "death", None)),  # day 90 itself
        ("2021-04-02", (90, 90, "last outcome day", None)),
        ("2021-03", (None, None, None, "day of death is not known")),
        ("2021-05", (90, 90, "last outcome day", None)),
    ],
)
def test_person_time_of_the_dead_ends_with_the_death_or_on_day_90(export, died, expected):
    cut = export("2021-06-01", **included("P1", more=left("P1", "DEATH", died)))
    found = rows(
        "follow_up/person_time", cut, "observed_days", "potential_days", "ends_by", "reason"
    )
    assert found == [expected]
    if expected[3]:
        assert rows("follow_up/completeness", cut, "pct_complete") == [(None,)]
        accounts = rows("follow_up/accounting", cut, "panel", "n_read", "n_shown", "reason")
        assert ("person-time", 1, 0, "day of death is not known") in accounts


def test_the_group_chosen_is_the_group_counted(export):
    cut = export("2021-03-25", **SIX)
    assert rows("follow_up/completion", cut, "n_done", cohort="A")[0] == (3,)  # P2, P4, P6
    assert rows("follow_up/person_time", cut, "usubjid", cohort="A") == [("P2",), ("P4",), ("P6",)]
    assert sum(n for (n,) in rows("follow_up/last_visit", cut, "n", cohort="A")) == 3


@pytest.mark.parametrize("cohort", [None, "A"])
def test_every_panel_shows_what_its_accounting_says(export, cohort):
    cut = export("2021-03-25", **SIX)
    shown = dict(rows("follow_up/accounting", cut, "panel", "n_shown", cohort=cohort))
    questions = {
        "matrix": "visits",
        "work list": "worklist",
        "person-time": "person_time",
        "other records": "unscheduled",
    }
    for panel, question in questions.items():
        assert len(ask(f"follow_up/{question}", cut, cohort=cohort)) == shown[panel], panel
    assert ask("follow_up/completion", cut, cohort=cohort)["n_included"][0] == shown["completion"]
    assert ask("follow_up/last_visit", cut, cohort=cohort)["n"].sum() == shown["last visit"]


# ----------------------------------------------------------------------------- the CDISC pilot


def test_the_completion_of_the_pilot_agrees_with_a_count_over_its_files(pilot):
    """No window is set, so a visit that is not recorded was owed if the patient left after its day.

    Counted from the raw files: treated patients, scheduled visit numbers, study days of SDTM.
    """
    con = duckdb.connect()
    for table in ("dm", "ds", "sv"):
        file = PILOT_FILES / pilot / f"{table}.csv"
        con.execute(
            f"create table {table} as from read_csv('{file}', all_varchar = true, nullstr = 'NA')"
        ).fetchall()
    by_hand = con.execute("""
        with treated as (
            select usubjid, rfxstdtc::date as start_on from dm where rfxstdtc is not null
        ),
        schedule (visitnum, target_day) as (
            values (3, 1), (4, 14), (5, 28), (7, 42), (8, 56), (9, 84), (10, 112), (11, 140),
                (12, 168), (13, 182)
        ),
        gone as (
            select usubjid, min(dsstdtc::date) as gone_on
            from ds
            where dscat = 'DISPOSITION EVENT' and dsdecod not in ('COMPLETED', 'SCREEN FAILURE')
            group by usubjid
        ),
        planned as (
            select
                treated.usubjid,
                visitnum,
                target_day,
                gone_on <= start_on + (target_day - 1)::integer as is_excused,
                (treated.usubjid, visitnum) in (select (usubjid, visitnum::double) from sv)
                    as is_done
            from treated cross join schedule left join gone using (usubjid)
        )
        select
            visitnum,
            count(*) filter (where is_done),
            count(*) filter (where not is_done and is_excused),
            count(*) filter (where not is_done and is_excused is not true)
        from planned group by visitnum order by visitnum
    """).fetchall()
    found = rows("follow_up/completion", pilot, "visitnum", "n_done", "n_not_due", "n_overdue")
    assert found[1:] == [tuple(row) for row in by_hand]
    # The two ends, as published: everybody had a baseline visit, and 111 came to week 26.
    assert [found[1][1], found[-1][1]] == [254, 111]
    assert set(rows("follow_up/completion", pilot, "n_included")[1:]) == {(254,)}


def test_screen_failures_of_the_pilot_are_in_no_denominator(pilot):
    file = PILOT_FILES / pilot / "ds.csv"
    with file.open(newline="", encoding="utf-8") as opened:
        failed = {
            row["USUBJID"] for row in csv.DictReader(opened) if row["DSDECOD"] == "SCREEN FAILURE"
        }
    assert len(failed) == 52
    for question in ("follow_up/visits", "follow_up/person_time", "outcomes/patients"):
        people = {who for (who,) in rows(question, pilot, "usubjid")}
        assert len(people) == 254
        assert not people & failed


def test_a_first_screening_that_failed_excuses_from_no_visit(export):
    people = included("P1", on="2021-02-01", more=left("P1", "SCREEN FAILURE", "2021-01-05"))
    cut = export("2021-03-05", **people)
    assert rows("follow_up/visits", cut, "visitnum", "status") == [
        (7, "overdue"),
        (28, "overdue"),  # 1 March, its window closed on the 4th
        (90, "upcoming"),
    ]


# Day 7 is 8 January (7 to 9), day 28 the 29th (26 to 1 February), day 90 the 1st of April.
DEPARTURES = """
    P1  7   2021-01-08  Y  .
    P1  28  2021-02-03  Y  .
    P2  7   2021-01-08  N  fever
    P3  7   2021-01-06  Y  .
"""


@pytest.mark.parametrize(
    ("recorded", "matched"),  # what no record is of is not recorded
    [
        ("P1  Late  VISIT  2021-02-03", {("P1", "Day 28"): "recorded"}),
        ("P1  Late  .  2021-02-03", {("P1", "Day 28"): "recorded"}),
        ("P1  Late  DOSING  2021-02-03", {}),
        ("P2  Not done  VISIT  2021-01-20", {("P2", "Day 7"): "recorded"}),
        # From 26 January on, it is about the visit of day 28.
        ("P2  Not done  VISIT  2021-01-26", {("P2", "Day 28"): "recorded"}),
        (
            "P3  Early  VISIT  2021-01",
            {("P3", "Day 7"): "perhaps recorded", ("P3", "Day 28"): "perhaps recorded"},
        ),
    ],
)
def test_visits_that_broke_their_window_beside_what_the_site_recorded(
    trial, export, recorded, matched
):
    deviations = '[deviations]\ndosing = ["DOSING"]\nvisits = ["VISIT"]\n'
    (trial / "protocol.toml").write_text(PROTOCOL + SCHEDULE + deviations)
    cut = export(
        "2021-02-10",
        **included("P1", "P2", "P3"),
        sv=sv(*DEPARTURES.strip().splitlines()),
        dv=f"usubjid  dvterm  dvcat  dvstdtc\n{recorded}",
    )
    found = [
        each
        for each in rows("follow_up/deviations", cut, "usubjid", "visit", "rule", "observed")
        if each[2] != "recorded only"
    ]
    assert found == [
        ("P1", "Day 28", "late", "done 2021-02-03"),
        ("P2", "Day 7", "missed", "not done: fever"),
        ("P2", "Day 28", "overdue", "not done, 9 days late"),
        ("P3", "Day 7", "early", "done 2021-01-06"),
        ("P3", "Day 28", "overdue", "not done, 9 days late"),
    ]
    said = rows("follow_up/deviations", cut, "usubjid", "visit", "match")
    assert {(who, visit): match for who, visit, match in said if visit} == dict.fromkeys(
        (each[:2] for each in found), "not recorded"
    ) | matched
    accounts = rows("follow_up/accounting", cut, "panel", "n_read", "n_shown", "reason")
    assert ("deviations", 9, 5, "upcoming") in accounts
    reason = "of another category" if "DOSING" in recorded else "-"
    assert ("recorded deviations", 1, int(reason == "-"), reason) in accounts
