"""The simulated trial: the same every time, honest about time, and with everything a screen shows.

Read with the csv module straight from the files, as another program would.
"""

import csv
import hashlib
import io
import json
import re
import shutil
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

import data
from data import ROOT, protocol, simulate

Rows = list[dict[str, str]]
KEYS = {"dm": (), "ex": ("exseq",), "ae": ("aeseq",), "sv": ("visitnum",), "ds": ("dsdecod",)}
KEYS |= {"lb": ("lbtestcd", "lbdtc"), "rs": ("rsdtc",), "vs": ("vstestcd",), "ss": ("ssdtc",)}
KEYS |= {"pr": ("prtrt", "prstdtc"), "ie": ("ietest",), "dv": ("dvterm",)}
KEYS |= {"suppae": ("idvarval", "qnam")}
TRIAL = data.ROOT / data.DEFAULT
PLAN = protocol.read(TRIAL / "protocol.toml", overlay=TRIAL / "illustrative.toml")
NEWEST, REFUSED = "2021-11-29", "2021-10-18"


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default simulation, and the name of the folder that holds it."""
    folder = tmp_path_factory.mktemp("trial") / "simulated"
    simulate.main(["--out", str(folder)])
    return folder


def cuts(folder: Path) -> list[str]:
    return sorted(child.name for child in folder.iterdir())


def rows(folder: Path, cut: str, table: str) -> Rows:
    with (folder / cut / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def history(simulated: Path) -> dict[str, dict[str, Rows]]:
    """Every table of every cut that is whole."""
    return {
        cut: {table: rows(simulated, cut, table) for table in KEYS}
        for cut in cuts(simulated)
        if cut != REFUSED
    }


@pytest.fixture(scope="module")
def newest(history: dict[str, dict[str, Rows]]) -> dict[str, Rows]:
    return history[NEWEST]


def keyed(table: str, found: Rows) -> dict[tuple[str, ...], dict[str, str]]:
    return {(row["usubjid"], *(row[name] for name in KEYS[table])): row for row in found}


def short(found: Rows) -> set[str]:
    """Patients without the trial's code and the site: 003."""
    return {row["usubjid"].rsplit("-", 1)[1] for row in found}


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def days(when: str) -> date:
    return date.fromisoformat(when[:10])


# Reproducible, and written whole


def test_same_seed_same_bytes(simulated, tmp_path):
    simulate.main(["--out", str(tmp_path / "again")])
    assert tree(tmp_path / "again") == tree(simulated)


def test_another_seed_differs_but_tells_the_same_story(simulated, tmp_path):
    simulate.main(["--out", str(tmp_path / "other"), "--seed", "7", "--cuts", "1"])
    assert cuts(tmp_path / "other") == [NEWEST]
    assert rows(tmp_path / "other", NEWEST, "ae") != rows(simulated, NEWEST, "ae")
    entered = [r for r in rows(tmp_path / "other", NEWEST, "ds") if r["dsdecod"].startswith("ENT")]
    assert len(entered) == 14


def test_written_aside_and_only_over_simulated_cuts(tmp_path):
    folder = tmp_path / "simulated"
    simulate.main(["--out", str(folder), "--cuts", "2"])
    simulate.main(["--out", str(folder), "--cuts", "1"])
    assert cuts(folder) == [NEWEST]
    assert [child.name for child in tmp_path.iterdir()] == ["simulated"]
    (folder / "2021-12-06").mkdir()  # somebody's real export
    with pytest.raises(ValueError, match="something else than simulated cuts"):
        simulate.main(["--out", str(folder), "--cuts", "1"])
    with pytest.raises(ValueError, match="nothing was written"):
        simulate.main(["--out", str(tmp_path / "exports"), "--cuts", "1"])


def test_weekly_cuts_on_mondays(simulated):
    found = [date.fromisoformat(cut) for cut in cuts(simulated)]
    assert (found[0], found[-1], len(found)) == (date(2020, 6, 15), date(2021, 11, 29), 77)
    assert {later - sooner for sooner, later in pairwise(found)} == {timedelta(7)}
    assert {cut.weekday() for cut in found} == {0}
    assert PLAN.recruitment.starts_on < found[-1] < PLAN.recruitment.ends_on


def test_more_cuts_run_to_the_end_of_the_trial(tmp_path):
    simulate.main(["--out", str(tmp_path / "whole"), "--cuts", "118"])
    last = cuts(tmp_path / "whole")[-1]
    ds = rows(tmp_path / "whole", last, "ds")
    entered = [row for row in ds if row["dsdecod"] == "ENTERED INTO TRIAL"]
    assert len(entered) == PLAN.recruitment.target
    assert max(days(row["dsstdtc"]) for row in entered) < PLAN.recruitment.ends_on


def test_load_simulation_has_as_many_patients_as_asked(tmp_path):
    records = simulate.trial(patients=200)
    included = {r.values["usubjid"] for r in records if r.values.get("dsdecod", "")[:4] == "ENTE"}
    assert len(included) == 200


def test_the_trial_comes_from_protocol_toml(tmp_path):
    """Two infusions a week apart, one visit, another group: nothing is kept of this trial."""
    (tmp_path / "protocol.toml").write_text("""
        [identity]
        registry_number = "DEMO1"
        title = "Another trial"
        [recruitment]
        target = 9
        counts = "included"
        starts_on = 2022-01-03
        ends_on = 2024-01-03
        [dosing]
        n_infusions = 2
        dose_min_per_kg = 5e6
        dose_max_per_kg = 6e6
        interval_min_days = 7
        interval_max_days = 8
        [[groups]]
        code = "X"
        label = "all"
        [[schedule]]
        visitnum = 3
        visit = "Month 1"
        target_day = 30
    """)
    records = simulate.trial(folder=tmp_path)
    of = {table: [r.values for r in records if r.table == table] for table in ("dm", "ex", "sv")}
    assert {row["usubjid"][:9] for row in of["dm"]} == {"DEMO1-01-"}
    assert {row.get("cohort") for row in of["dm"]} == {None}  # entered later, as a change
    assert max(row["exseq"] for row in of["ex"]) == 2
    assert {row["visitnum"] // 1 for row in of["sv"]} == {3}


# Each cut


def test_a_cut_says_that_it_is_made_up_and_agrees_with_its_manifest(simulated):
    disagreeing = []
    for cut in cuts(simulated):
        assert "made up" in (simulated / cut / "SIMULATED.txt").read_text()
        manifest = json.loads((simulated / cut / "manifest.json").read_text())
        assert {each["file"] for each in manifest} == {f"{table}.csv" for table in KEYS}
        for each in manifest:
            content = (simulated / cut / each["file"]).read_bytes()
            if hashlib.sha256(content).hexdigest() != each["sha256"]:
                disagreeing.append((cut, each["file"]))
            else:
                found = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
                assert len(found) - 1 == each["rows"]
                assert len({len(row) for row in found}) == 1
    assert disagreeing == [(REFUSED, "ae.csv")]


def test_the_refused_cut_ends_inside_a_quoted_term(simulated):
    text = (simulated / REFUSED / "ae.csv").read_text(encoding="utf-8")
    assert text.count('"') % 2 == 1
    assert days(NEWEST) - days(REFUSED) == timedelta(weeks=6)


def test_only_columns_of_the_contract(simulated):
    sql = (Path(simulate.__file__).parent / "contract.sql").read_text(encoding="utf-8")
    for table in KEYS:
        body = sql.split(f"create table {table} (")[1].split(");")[0]
        contract = re.findall(r"^    (\w+) +(?:varchar|double|integer)", body, re.MULTILINE)
        needed = re.findall(r"^    (\w+) +(?:varchar|double|integer) not null", body, re.MULTILINE)
        for cut in cuts(simulated):
            with (simulated / cut / f"{table}.csv").open(encoding="utf-8") as file:
                header = next(csv.reader(file))
            assert header == [column for column in contract if column in header]
            assert set(needed) <= set(header)


def test_nothing_is_dated_after_its_cut(history):
    for cut, tables in history.items():
        for table, found in tables.items():
            for row in found:
                for name, value in row.items():
                    if name.endswith("dtc") and value:
                        assert value[:10] <= cut, (cut, table, row)


def test_the_first_cut_has_one_person_and_headers(history):
    first = history["2020-06-15"]
    assert short(first["dm"]) == {"001"}
    assert first["sv"] == []
    assert first["dv"] == []


def test_keys_are_unique(history):
    for tables in history.values():
        for table, found in tables.items():
            assert len(keyed(table, found)) == len(found), table


# From cut to cut


def test_records_arrive_late(history):
    before = history["2020-11-16"]["ae"]
    after = history["2020-11-23"]["ae"]
    new = [row for row in after if row not in before and row["aestdtc"][:10] < "2020-11-09"]
    assert new, "an event of before the last cut but one"


def test_corrections(history):
    """A grade and the seriousness, a date, and a dose."""
    values = {
        "upgraded": [
            (row["aeser"], row["aetoxgr"], row["aware_dtc"] > "")
            for tables in history.values()
            for row in tables["ae"]
            if row["usubjid"].endswith("014") and row["aeterm"].startswith("S. aureus")
        ],
        "date": [
            row["aestdtc"]
            for tables in history.values()
            for row in tables["ae"]
            if row["usubjid"].endswith("003") and row["aedecod"] == "Dysphonia"
        ],
        "dose": [
            float(row["exdose"])
            for tables in history.values()
            for row in tables["ex"]
            if row["usubjid"].endswith("012") and row["exseq"] == "1"
        ],
    }
    assert list(dict.fromkeys(values["upgraded"])) == [("N", "2", False), ("Y", "3", True)]
    wrong, right = dict.fromkeys(values["date"])
    assert days(right) - days(wrong) == timedelta(1)
    slip, dose = dict.fromkeys(values["dose"])
    assert slip == pytest.approx(dose / 10, abs=0.01)


def test_exactly_one_row_is_deleted(history):
    deleted = []
    whole = list(history)
    for before, after in pairwise(whole):
        for table in KEYS:
            gone = (
                keyed(table, history[before][table]).keys()
                - keyed(table, history[after][table]).keys()
            )
            deleted += [(table, key) for key in gone]
    [(table, (usubjid, _))] = deleted
    assert (table, usubjid) == ("ae", "TJT2012-01-009")  # the second entry of one nosebleed


# The newest cut: the middle of the trial


def test_fourteen_included_of_twenty_screened(newest):
    status = {
        decod: short([row for row in newest["ds"] if row["dsdecod"] == decod])
        for decod in {row["dsdecod"] for row in newest["ds"]}
    }
    assert len(status["ENTERED INTO TRIAL"]) == 14
    assert status["SCREEN FAILURE"] == {"002", "005", "008", "013", "016"} == short(newest["ie"])
    assert short(newest["dm"]) - status["ENTERED INTO TRIAL"] - status["SCREEN FAILURE"] == {"020"}
    assert status["LOST TO FOLLOW-UP"] == {"015"}
    assert status["WITHDRAWAL BY SUBJECT"] == {"011"}
    assert {group.code for group in PLAN.groups} == {
        row["cohort"] for row in newest["dm"] if row["cohort"]
    }
    assert all(18 <= int(row["age"]) <= 70 for row in newest["dm"])


def test_the_dead_are_dead_in_every_table(newest):
    dead = {"006", "010", "012"}
    assert short([row for row in newest["dm"] if row["dthfl"] == "Y" and row["dthdtc"]]) == dead
    assert short([row for row in newest["ds"] if row["dsdecod"] == "DEATH"]) == dead
    assert short([row for row in newest["ss"] if row["ssstresc"] == "DEAD"]) == dead
    fatal = [row for row in newest["ae"] if row["aeout"] == "FATAL"]
    assert short(fatal) == dead
    assert {(row["aetoxgr"], row["aeser"], row["aesdth"]) for row in fatal} == {("5", "Y", "Y")}
    died = {row["usubjid"]: row["dthdtc"] for row in newest["dm"] if row["dthdtc"]}
    for table, column in {"sv": "svstdtc", "ex": "exstdtc", "lb": "lbdtc", "ae": "aestdtc"}.items():
        for row in newest[table]:
            assert row[column][:10] <= died.get(row["usubjid"], NEWEST), row


def test_infusions(newest):
    """Early, late, too few cells, omitted, another donor; one due now and one overdue."""
    given = [row for row in newest["ex"] if row["exoccur"] == "Y"]
    gaps = {}
    for one, two in pairwise(given):
        if one["usubjid"] == two["usubjid"]:
            key = two["usubjid"][-3:], int(two["exseq"])
            gaps[key] = (days(two["exstdtc"]) - days(one["exstdtc"])).days
    low, high = PLAN.dosing.interval_min_days, PLAN.dosing.interval_max_days
    assert {key for key, gap in gaps.items() if gap < low} == {("003", 2)}
    assert {key for key, gap in gaps.items() if gap > high} == {("007", 3)}
    assert {low, high} < set(gaps.values())

    weight = {row["usubjid"]: float(row["vsstresn"]) * 1e-6 for row in newest["vs"]}
    by_weight = [row for row in given if row["exdosu"] == "10^6 cells"]
    per_kg = {
        (row["usubjid"][-3:], int(row["exseq"])): float(row["exdose"]) / weight[row["usubjid"]]
        for row in by_weight
        if row["usubjid"] in weight
    }
    assert {key for key, dose in per_kg.items() if dose < PLAN.dosing.dose_min_per_kg} == {
        ("006", 3),
        ("014", 2),
    }
    assert {key for key, dose in per_kg.items() if dose > PLAN.dosing.dose_max_per_kg} == {
        ("011", 2)
    }
    assert short([row for row in given if row["exdosu"] == "10^6 cells/kg"]) == {"010", "015"}
    treated = short(given)
    assert treated - short(newest["vs"]) == {"010"}  # never weighed
    first = {row["usubjid"]: row["exstdtc"] for row in reversed(given)}
    assert short([r for r in newest["vs"] if r["vsdtc"] > first[r["usubjid"]]]) == {"004"}

    omitted = [row for row in newest["ex"] if row["exoccur"] == "N"]
    assert [(row["usubjid"][-3:], row["exreasoc"]) for row in omitted] == [("009", "ECMO started")]
    donors = {(row["usubjid"][-3:], row["donor"]) for row in given}
    assert [who for who in treated if sum(p == who for p, _ in donors) > 1] == ["012"]

    last = {row["usubjid"][-3:]: row for row in newest["ex"]}
    since = {who: (days(NEWEST) - days(last[who]["exstdtc"])).days for who in ("018", "019")}
    assert last["018"]["exseq"] == "2"
    assert since["018"] > high
    assert last["019"]["exseq"] == "1"
    assert low <= since["019"] <= high


def test_visits(newest):
    """Jitter; late, not done, out of schedule; one overdue, and some due in the next 14 days."""
    included = {row["usubjid"]: days(row["rfstdtc"]) for row in newest["dm"] if row["rfstdtc"]}
    off, late = [], set()
    planned = {f"{visit.visitnum:g}": visit for visit in PLAN.schedule}
    for row in newest["sv"]:
        if row["visitnum"] in planned and row["svoccur"] == "Y":
            visit = planned[row["visitnum"]]
            target = included[row["usubjid"]] + timedelta(visit.target_day)
            off.append((days(row["svstdtc"]) - target).days)
            if off[-1] > visit.days_after:
                late.add(row["usubjid"][-3:])
    assert "003" in late
    assert 0.1 < off.count(0) / len(off) < 0.6
    assert len(set(off)) > 6
    assert short([row for row in newest["sv"] if row["svoccur"] == "N"]) == {"004", "015"}
    assert all(row["svreasoc"] for row in newest["sv"] if row["svoccur"] == "N")
    assert short([row for row in newest["sv"] if "." in row["visitnum"]]) == {"014"}

    done = {(row["usubjid"][-3:], row["visitnum"]) for row in newest["sv"]}
    window = {
        (usubjid[-3:], f"{visit.visitnum:g}"): (
            start + timedelta(visit.target_day - visit.days_before),
            start + timedelta(visit.target_day + visit.days_after),
        )
        for usubjid, start in included.items()
        for visit in PLAN.schedule
    }
    gone = {"006", "010", "011", "012", "015"}
    open_ = {key: span for key, span in window.items() if key not in done and key[0] not in gone}
    assert {key for key, (_, end) in open_.items() if end < days(NEWEST)} == {("017", "28")}
    soon = [
        key for key, (start, end) in open_.items() if end >= days(NEWEST) >= start - timedelta(14)
    ]
    assert soon


def test_adverse_events(newest):
    """Grades, vocabulary, dates in part, without an end, going on, not assessed."""
    ae = newest["ae"]
    words = set(PLAN.adverse_events.related + PLAN.adverse_events.not_related)
    assert {row["aerel"] for row in ae} <= words | {""}
    assert {row["aetoxgr"] for row in ae} == {"1", "2", "3", "4", "5"}
    assert [row["usubjid"][-3:] for row in ae if len(row["aestdtc"]) == 7] == ["014"]
    assert [row["usubjid"][-3:] for row in ae if len(row["aeendtc"]) == 7] == ["001"]
    recovered = [row for row in ae if row["aeout"].startswith("RECOVERED")]
    assert "004" in short([row for row in recovered if not row["aeendtc"]])
    assert [row for row in ae if row["aeenrtpt"] == "ONGOING"]
    assert "011" in short([row for row in ae if not row["aerel"]])
    assert all((row["aeser"] == "Y") == bool(row["aware_dtc"]) for row in ae)
    assert all("Y" in (row["aesdth"], row["aeslife"], row["aeshosp"], row["aesmie"])
               for row in ae if row["aeser"] == "Y")  # fmt: skip


def test_reactions(newest):
    """A reported SUSAR, one whose clock is running, an expected SAR, and one not decided."""
    supplement = {(r["usubjid"], r["idvarval"], r["qnam"]): r["qval"] for r in newest["suppae"]}
    sar = {}
    for row in newest["ae"]:
        if row["aeser"] == "Y" and row["aerel"] in PLAN.adverse_events.related:
            expected = row["expected"] or supplement.get((row["usubjid"], row["aeseq"], "EXPECTED"))
            sar[row["usubjid"][-3:], row["aedecod"]] = expected, row["reported_dtc"]
    assert {key: expected for key, (expected, _) in sar.items()} == {
        ("004", "Pyrexia"): "Y",
        ("007", "Acute myocardial infarction"): "N",
        ("017", "Atrial fibrillation"): None,
        ("018", "Pulmonary embolism"): "N",
    }
    assert sar["007", "Acute myocardial infarction"][1].startswith("2020-11-")
    assert sar["018", "Pulmonary embolism"][1] == ""
    [running] = [row for row in newest["ae"] if row["aedecod"] == "Pulmonary embolism"]
    assert 0 < (days(NEWEST) - days(running["aware_dtc"])).days < 7

    categories = {each.category for each in PLAN.special_interest}
    assert {row["aesi"] for row in newest["ae"]} == categories | {""}
    assert {r["qval"] for r in newest["suppae"] if r["qnam"] == "AESI"} == categories


def test_infusional_events_have_times(newest):
    starts = [
        (row["usubjid"], datetime.fromisoformat(row["exstdtc"]))
        for row in newest["ex"]
        if "T" in row["exstdtc"]
    ]
    hours = [
        (datetime.fromisoformat(row["aestdtc"]) - start).total_seconds() / 3600
        for row in newest["ae"]
        for usubjid, start in starts
        if usubjid == row["usubjid"] and "T" in row["aestdtc"] and "RELATED" in row["aerel"]
    ]
    assert sum(0 < hour < 8 for hour in hours) >= 4


def test_support_scale_and_laboratory(newest):
    assert {row["prtrt"] for row in newest["pr"]} == {*simulate.SUPPORT.values(), "ECMO"}
    assert short([row for row in newest["pr"] if row["prtrt"] == "ECMO"]) == {"009"}
    assert {row["rsstresn"] for row in newest["rs"]} >= {"1", "2", "3", "4", "5", "6", "7"}
    assert {row["lbtestcd"] for row in newest["lb"]} == set(simulate.LABS)
    assert {row["lbnrind"] for row in newest["lb"]} == {"LOW", "NORMAL", "HIGH"}
    recorded = {(row["usubjid"][-3:], row["dvcat"]) for row in newest["dv"]}
    assert ("003", "DOSING") in recorded
    assert ("014", "DOSING") not in recorded


def test_times_of_day_are_not_all_alike(newest):
    times = [row["exstdtc"][11:] for row in newest["ex"] if "T" in row["exstdtc"]]
    assert len(set(times)) > 0.8 * len(times)
    assert min(times) >= "10:00"
    assert max(times) < "17:00"
    assert any(not time.endswith(("0", "5")) for time in times)


def test_if_empty_leaves_a_trial_alone_that_has_real_cuts_had_some_or_cannot_be_simulated(
    trial, export, capsys
):
    def written() -> bool:
        simulate.main(["--if-empty", "--cuts", "1"])
        return (trial / "simulated").exists()

    assert not written()  # its protocol sets next to nothing
    assert "nothing to simulate without dosing.n_infusions" in capsys.readouterr().out
    shutil.copy(ROOT / data.DEFAULT / "protocol.toml", trial)
    export()
    assert not written()
    assert not data.trial().is_simulated
    (trial / "exports").rename(trial / "unmounted")
    assert not written()
    shutil.rmtree(trial / ".cache")  # as if none had ever been there
    assert written()
