"""The visits: who made which, how complete they are, and the time observed."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

import charts
from charts import counted, day, drawing, interval, parts, percent, text, visits_made

MANY = 40  # patients; with more, those alike share a lane, and a count has no mark for each
TO_LOOK_AT = {"overdue", "missed", "due", "done early", "done late", "unknown"}


@charts.kept
def sentence(completion: pd.DataFrame, worklist: pd.DataFrame) -> str:
    """The answer of the page: visits made of those owed, and what is to be done."""
    total = completion.query("place == 0").iloc[0]
    if not total["n_included"]:
        return "No patient has a visit to make: nobody is included, or no visit is scheduled."
    made = "No visit was owed yet."
    if total["n_owed"]:
        made = (
            f"{visits_made(total['n_done'], total['n_owed'])}, "
            f"{percent(total['pct'])} ({interval(total['ci_low'], total['ci_high'])})."
        )
    now = worklist["status"].value_counts()
    kinds = [("overdue", "is overdue", "are overdue"), ("due", "is due now", "are due now")]
    kinds.append(("upcoming", "opens within two weeks", "open within two weeks"))
    to_do = [
        f"{now[status]} {one if now[status] == 1 else many}"
        for status, one, many in kinds
        if status in now
    ]
    if not to_do:
        return f"{made} None is overdue, and none falls due within two weeks."
    past = _n_past(worklist)
    if not past:
        return f"{made} {', '.join(to_do)}."
    return (
        f"{made} {', '.join(to_do)}. Of those due, {past} {'is' if past == 1 else 'are'} past the "
        "day planned, and no window is set after which it would be overdue."
    )


@charts.kept
def matrix(visits: pd.DataFrame) -> go.Figure:
    """Every patient and every scheduled visit: a mark that says how it stands.

    Of many patients, those with nothing to look at share a lane if their visits stand alike.
    """
    if visits.empty:
        return charts.blank("There is no visit to show: nobody is included, or none is scheduled.")
    planned = visits.drop_duplicates("visitnum").sort_values(["target_day", "visitnum"])
    place = {number: column for column, number in enumerate(planned["visitnum"])}
    lanes = _lanes(visits)
    n_patients = sum(map(len, lanes))
    pitch = 22 if len(lanes) <= MANY else 14
    spots: dict[str, list[tuple[int, int, str]]] = {name: [] for name in charts.VISITS}
    late = []
    for lane, alike in enumerate(lanes):
        for visit in zip(*alike, strict=True):
            x, kind, said = place[visit[0]["visitnum"]], _kind(visit[0]), _said_of(visit)
            spots.setdefault(kind, []).append((x, lane, said))
            if visit[0]["is_after_death"]:
                late.append((x, lane, said))
    traces = [
        parts.spots(
            _legend(name, visits),
            [x for x, _, _ in found],
            [lane for _, lane, _ in found],
            charts.VISITS.get(name, charts.UNKNOWN),
            [said for _, _, said in found],
            # What is not due any more stands back.
            size=(13 if pitch > 14 else 10) - (4 if name.startswith("not due") else 0),
        )
        for name, found in spots.items()
        if found
    ]
    if late:
        traces.append(
            parts.spots(
                "dated after the death",
                [x for x, _, _ in late],
                [lane for _, lane, _ in late],
                charts.Mark(charts.ALERT, "circle-open"),
                [said for _, _, said in late],
                size=20,
            )
        )
    for trace in traces:
        trace["showlegend"] = True
    labels = [
        parts.patient(alike[0][0]) if len(alike) == 1 else f"{len(alike)} patients"
        for alike in lanes
    ]
    heads = [f"{text(name, 9, 18)}" for name in planned["visit"]]
    head_lines = max(each.count("<br>") for each in heads) + 1
    left, entry = parts.beside(labels), 140
    legend = charts.legend_room(len(traces), entry, left) + 12
    subtitle = _windows(visits, planned)
    if len(lanes) < n_patients:
        shared = [len(alike) for alike in lanes if len(alike) > 1]
        subtitle += (
            f" Who has a visit to look at stands alone, on top; {sum(shared)} others share "
            f"{counted(len(shared), 'lane', 'lanes')} with those whose visits stand alike."
        )
    return drawing(
        _matrix_found(visits, n_patients),
        traces,
        {
            "xaxis": {
                "range": [-0.6, len(planned) - 0.4],
                "tickvals": list(range(len(planned))),
                "ticktext": heads,
                "side": "top",
                "ticks": "",
                "showgrid": True,
            },
            "yaxis": parts.lanes(labels, pitch),
            "showlegend": True,
            "legend": {
                "orientation": "h",
                "traceorder": "normal",
                "entrywidth": entry,
                "x": 0,
                "xanchor": "left",
                "y": 1 + (charts.BODY_LINE * head_lines + 12) / (pitch * len(lanes)),
                "yanchor": "bottom",
                "font": {"size": charts.BODY_SIZE},
            },
        },
        subtitle=subtitle,
        height=pitch * len(lanes),
        margin={
            "t": 12 + charts.BODY_LINE * head_lines + legend + 8,
            "b": 12,
            "l": left,
        },
    )


@charts.kept
def completion(rows: pd.DataFrame) -> go.Figure:
    """Visits made of those owed, visit by visit and all together, with exact intervals."""
    total = rows.query("place == 0").iloc[0]
    if not total["n_included"]:
        return charts.blank("There is no visit to count: nobody is included, or none is scheduled.")
    traces, notes, pitch = [], [], 48
    for lane, row in enumerate(rows.to_dict("records")):
        share = "none owed yet"
        if row["n_owed"]:
            share = (
                f"{row['n_done']} of {row['n_owed']} made, {percent(row['pct'])} "
                f"({interval(row['ci_low'], row['ci_high'])})"
            )
        name = text(row["visit"], 40, 40).replace("<br>", " ")
        rest = _rest(row)
        notes.append(parts.over(lane, [f"<b>{name}</b>: {share}{rest}"], lift=10))
        pct, low, high = (parts.number(row[each]) for each in ("pct", "ci_low", "ci_high"))
        if pct is None:
            continue
        color = charts.OBSERVED if lane else charts.INK
        traces.append(parts.line([low, high], [lane, lane], color, 3, "solid"))
        mark = charts.Mark(color, "circle" if lane else "diamond")
        traces.append(parts.spots(name, [pct], [lane], mark, [f"{name}<br>{share}"]))
    found = (
        f"{visits_made(total['n_done'], total['n_owed'])}: {percent(total['pct'])}"
        if total["n_owed"]
        else "No visit was owed yet"
    )
    return drawing(
        found,
        traces,
        {
            "xaxis": {
                "range": [-2, 102],
                "dtick": 25,
                "ticksuffix": " %",
                "title": {"text": "Made, of those made, missed and overdue", "standoff": 6},
            },
            "yaxis": parts.unnamed_lanes(len(rows), [len(rows) - 0.6, -0.8]),
            "annotations": notes,
        },
        subtitle="Lines: exact (Clopper-Pearson) 95\xa0% interval. That of all visits takes the "
        "visits of one patient as independent.",
        height=pitch * len(rows),
        margin={"b": 62, "r": 32},
    )


@charts.kept
def last_visit(rows: pd.DataFrame) -> go.Figure:
    """Where everybody stands with the last visit of the schedule; the parts make the whole."""
    of_all = int(rows["n_included"].max())
    if not of_all:
        return charts.blank("Nobody has been included yet.")
    if pd.isna(rows["visit"].iloc[0]):
        return charts.blank("protocol.toml schedules no visit.")
    visit = text(rows["visit"].iloc[0], 40, 40).replace("<br>", " ")
    marks = {
        "done": charts.VISITS["done in window"],
        "not yet due": charts.VISITS["upcoming"],
        "not known": charts.UNKNOWN,
    } | {name: charts.VISITS[f"not due: {name}"] for name in ("died", "withdrawn", "lost")}
    traces, labels = [], []
    for lane, row in enumerate(rows.to_dict("records")):
        n, standing = int(row["n"]), str(row["standing"])
        labels.append(f"{standing}: {n}")
        mark = marks.get(standing) or charts.VISITS[standing]
        people = [] if pd.isna(row["patients"]) else str(row["patients"]).split(", ")
        share = f"{standing}: {n} of {of_all}, {percent(row['pct'])}"
        if of_all <= MANY:
            hover = [f"{parts.words(who)}<br>{share}" for who in people]
            traces.append(parts.spots(standing, list(range(1, n + 1)), [lane] * n, mark, hover))
        elif n:
            traces.append(parts.line([0, n], [lane, lane], mark.color, 3, "solid"))
            traces.append(parts.spots(standing, [n], [lane], mark, [share]))
    top = 20.5 if of_all <= 20 else MANY + 0.5 if of_all <= MANY else of_all
    by_name = {str(row["standing"]): int(row["n"]) for row in rows.to_dict("records")}
    # A death is no leaving of one's own: a board must not have to look for it below.
    died, left = by_name.get("died", 0), by_name.get("withdrawn", 0) + by_name.get("lost", 0)
    gone = [f"{died} had died"] * bool(died) + [f"{left} had left"] * bool(left or not died)
    found = (
        f"{visit}: {by_name.get('done', 0)} of {of_all} made the visit, {' and '.join(gone)} before"
    )
    for standing in ("overdue", "missed", "due", "not yet due", "not known"):
        if by_name.get(standing):
            found += f", {by_name[standing]} {standing}"
    return drawing(
        found,
        traces,
        {
            "xaxis": {
                "range": [0, top],
                "dtick": parts.step(top),
                "title": {"text": f"Patients, of {of_all} included", "standoff": 6},
            },
            "yaxis": parts.lanes(labels, 30),
        },
        subtitle="The last visit of the schedule. Who left after its window closed without a "
        "record is overdue.",
        height=30 * len(rows),
        margin={"b": 62, "l": parts.beside(labels)},
    )


@charts.kept
def person_time(rows: pd.DataFrame, completeness: pd.DataFrame) -> go.Figure:
    """The days each patient was followed, beside the days that were possible."""
    if rows.empty:
        return charts.blank("Nobody has been included yet.")
    known = rows["potential_days"].notna()
    if not known.any():
        return charts.blank("The days of follow-up are not known of any patient.")
    # Of many patients the figure is one screen high, and has no room for their names.
    pitch = 22 if len(rows) <= MANY else max(2, 700 // len(rows))
    is_named = pitch > 10
    if not is_named:
        rows = rows.sort_values(["observed_days", "potential_days"], na_position="first")
        known = rows["potential_days"].notna()
    possible: tuple[list[Any], list[Any]] = ([], [])
    observed: tuple[list[Any], list[Any]] = ([], [])
    ends: dict[str, list[tuple[int, int, str]]] = {}
    right = []
    for lane, row in enumerate(rows.to_dict("records")):
        if pd.isna(row["potential_days"]):
            right.append(parts.words(row["reason"], 24))
            continue
        days, of = int(row["observed_days"]), int(row["potential_days"])
        for (x, y), n in ((possible, of), (observed, days)):
            x += [0, n, None]
            y += [lane, lane, None]
        right.append(f"{days} of {of} d, {parts.words(row['status'], 14)}")
        said = (
            f"<b>{text(row['usubjid'], 60, None)}</b><br>{days} of {of} days, to "
            f"{day(row['ends_on'])} ({text(row['ends_by'])})<br>last contact "
            f"{day(row['last_contact_on'])} ({text(row['last_contact'])})<br>"
            f"{text(row['status'])}"
        )
        ends.setdefault(str(row["status"]), []).append((days, lane, said))
    whole = completeness.iloc[0]
    thick = max(2, min(9, pitch - 1))
    traces = [
        parts.line(*possible, charts.GRID, thick, "solid"),
        parts.line(*observed, charts.OBSERVED, thick / 2, "solid"),
        *(
            parts.spots(
                status,
                [x for x, _, _ in found],
                [lane for _, lane, _ in found],
                charts.STATUSES.get(status, charts.UNKNOWN),
                [said for _, _, said in found],
                size=11 if is_named else 6,
            )
            | ({} if is_named else {"showlegend": True})
            for status, found in ends.items()
        ),
    ]
    labels = [parts.patient(row) if is_named else "" for row in rows.to_dict("records")]
    gone = rows[rows["missing_days"].fillna(0) > 0].sort_values("missing_days", ascending=False)
    most = gone.head(2)["missing_days"].sum()
    missing = rows["missing_days"].sum()
    subtitle = "Grey: days possible, to the last outcome day, the cut or the death. "
    subtitle += "Blue: days to the last contact."
    if not is_named:
        subtitle += " In the order of the days observed."
    if len(gone) > 2 and most >= missing / 2:
        subtitle += f" Two patients make {int(most)} of the {int(missing)} days that are missing."
    out = int((~known).sum())
    if out:
        subtitle += f" Of {counted(out, 'patient', 'patients')} the days are not known."
    axis = {"title": {"text": "Days from day 0", "standoff": 6}, "rangemode": "tozero"}
    shared = parts.lanes(labels, pitch)
    beside = {}
    if not is_named:
        shared |= {"tickvals": [], "tickfont": {"size": charts.BODY_SIZE}}
        beside = {"showlegend": True, "legend": {"orientation": "h", "yanchor": "top"}}
        beside["legend"] |= {"x": 0, "y": -58 / (pitch * len(rows) + 8)}
    return drawing(
        f"{percent(whole['pct_complete'])} of the possible follow-up was observed: "
        f"{int(whole['observed_days'])} of {int(whole['potential_days'])} patient-days (Clark's C)",
        # On the second axis, which Plotly leaves out unless something stands on it.
        [*traces[:2], *(trace | {"yaxis": "y2"} for trace in traces[2:])],
        {
            "xaxis": axis,
            "yaxis": shared,
            "yaxis2": shared | {"ticktext": right, "overlaying": "y", "side": "right"},
        }
        | beside,
        subtitle=subtitle,
        height=pitch * len(rows) + 8,
        margin={"l": parts.beside(labels), "r": parts.beside(right) if is_named else 32}
        | {"b": 58 if is_named else 92},
    )


def _lanes(visits: pd.DataFrame) -> list[list[list[dict[str, Any]]]]:
    """The lanes of the matrix: in each its patients, of each the visits in their order."""
    people: dict[str, list[dict[str, Any]]] = {}
    for row in visits.to_dict("records"):
        people.setdefault(row["usubjid"], []).append(row)
    lanes: dict[Any, list[list[dict[str, Any]]]] = {}
    for who, rows in people.items():
        is_alone = len(people) <= MANY or any(
            row["status"] in TO_LOOK_AT or row["is_after_death"] for row in rows
        )
        lanes.setdefault(who if is_alone else tuple(map(_kind, rows)), []).append(rows)
    # Those who stand alone first, then the larger the higher.
    ordered = sorted(lanes.items(), key=lambda lane: (isinstance(lane[0], tuple), -len(lane[1])))
    return [alike for _, alike in ordered]


def _said_of(visit: tuple[dict[str, Any], ...]) -> str:
    """Of a visit of all the patients of a lane."""
    if len(visit) == 1:
        return _said(visit[0])
    names = text(", ".join(str(row["usubjid"]) for row in visit), 60, 600)
    what = f"{text(visit[0]['visit'], 60)}: {text(_kind(visit[0]))}"
    return f"<b>{len(visit)} patients</b><br>{what}<br>{names}"


def _n_past(visits: pd.DataFrame) -> int:
    """Visits that are due and past their day, without a window that could close."""
    is_open = (visits["status"] == "due") & visits["closes_on"].isna()
    return int((is_open & (visits["days_left"] < 0).fillna(False)).sum())


def _kind(row: dict[str, Any]) -> str:
    """The status as it is drawn: that of a visit not due with its reason."""
    return f"not due: {row['ended_by']}" if row["status"] == "not due" else str(row["status"])


def _legend(name: str, visits: pd.DataFrame) -> str:
    if name != "done":
        return text(name)
    return "done" if not visits["has_window"].any() else "done, not judged"


def _said(row: dict[str, Any]) -> str:
    lines = [
        f"<b>{text(row['usubjid'], 60, None)}</b>",
        f"{text(row['visit'], 60)}, planned for {day(row['target_on'])}",
        f"{text(_kind(row))}" + _how_far(row),
    ]
    if not pd.isna(row["opens_on"]) and not pd.isna(row["closes_on"]):
        lines.insert(2, f"window {day(row['opens_on'])} to {day(row['closes_on'])}")
    if not pd.isna(row["visit_dtc"]):
        what = "made on" if row["is_done"] else "recorded for"
        lines.append(f"{what} {text(row['visit_dtc'])}")
    if not pd.isna(row["reason"]):
        lines.append(text(row["reason"], 60, None))
    return "<br>".join(lines)


def _how_far(row: dict[str, Any]) -> str:
    if pd.isna(row["deviation_days"]):
        left = row["days_left"]
        if pd.isna(left):
            return ""
        of = counted(abs(int(left)), "day", "days")
        return f", {of} {'left' if left >= 0 else 'past'}"
    n = int(row["deviation_days"])
    if not n:
        return ", on the day planned"
    return f", {counted(abs(n), 'day', 'days')} {'after' if n > 0 else 'before'} the day planned"


def _matrix_found(visits: pd.DataFrame, n_patients: int) -> str:
    counts = visits["status"].value_counts()
    said = [
        f"{n} {name}"
        for name, n in (
            ("overdue", counts.get("overdue", 0)),
            ("missed", counts.get("missed", 0)),
            ("late", counts.get("done late", 0)),
            ("early", counts.get("done early", 0)),
            ("past the day planned, without a window", _n_past(visits)),
            ("dated after the death on record", int(visits["is_after_death"].sum())),
        )
        if n
    ]
    n_done, n_owed = int(visits["is_done"].sum()), int(visits["is_owed"].sum())
    of = counted(n_patients, "patient", "patients")
    if not n_owed:
        return f"{of}: no visit was owed yet"
    found = f"{of}: {visits_made(n_done, n_owed)}"
    if said:
        return f"{found}; {', '.join(said)}"
    in_window = (visits.loc[visits["is_done"], "status"] == "done in window").all()
    return f"{found}, all in their window" if in_window else found


def _windows(visits: pd.DataFrame, planned: pd.DataFrame) -> str:
    if not visits["has_window"].any():
        return (
            "Window not set in protocol.toml: a visit is done, neither early nor late, and due "
            "from its day on; it is overdue only once the patient has left."
        )
    unset = planned.loc[~planned["has_window"], "visit"]
    if len(unset):
        named = ", ".join(parts.words(each, 20) for each in unset)
        return f"Window not set in protocol.toml for {named}: not judged early or late."
    return "Every visit is judged by its window in protocol.toml."


def _rest(row: dict[str, Any]) -> str:
    names = ("missed", "overdue", "due", "upcoming", "not_due", "unknown")
    found = [f"{row[f'n_{name}']} {name.replace('_', ' ')}" for name in names if row[f"n_{name}"]]
    return f"; {', '.join(found)}" if found else ""
