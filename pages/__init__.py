"""What all pages share: asking about the cut on screen, and showing an answer with its origin.

A page says what it asks and how that is drawn; where a number comes from, which cut it is of and
what is not shown stands under each panel without the page having to think of it.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

import charts
import data
import queries
from charts import dress
from data.look import once_a_look
from queries import answers, glossary, history

# What a page says before its first panel: its sentence and its numbers. A panel of its own on a
# shared screen.
ANSWER = "answer"
# What a shared screen of 1280 x 720 px leaves for a figure under the bar and the question.
SHARED_HEIGHT = 590
# Of whoever is on record and has no page.
NO_PATIENT = "is not among the patients included, on this cut and in this group"
# A date as collected, perhaps partial, or a window of two; in px, how wide a letter of it is in a
# table, and what is around it.
_DATE = r"\d{4}(-\d\d(-\d\d(T\d\d(:\d\d){0,2})?)?)?"
AS_COLLECTED = re.compile(f"{_DATE}( to {_DATE})?")
LETTER, AROUND = 7, 24


# On a phone, and beside a menu, the words of a figure stand above it, where they wrap, and it is
# pushed aside beneath them. The figure keeps its size, so that no letter in it shrinks.
_NARROW = """
    .stElementContainer:has(.narrow) { display: none; }
    .narrow p { margin: 0 0 .3rem; line-height: 1.35; }
    .narrow :is(span, small) { font-size: .875rem; opacity: .8; }
    WHERE {
        .stElementContainer:has(.narrow) { display: block; }
        .stElementContainer:has(.stPlotlyChart) {
            height: calc(HINT + (var(--high) - var(--head) - var(--foot)) * var(--larger, 1));
            overflow: auto hidden !important; flex: none !important;
        }
        /* Streamlit draws the figure as large as the frame around it. */
        .stElementContainer > :has(> .stPlotlyChart), .stPlotlyChart { min-width: WIDTH; }
        .stElementContainer > :has(> .stPlotlyChart) {
            margin-top: calc(-1 * var(--head) * var(--larger, 1)); height: auto !important;
        }
        .stPlotlyChart :is(.gtitle, .gtitle-subtitle) { visibility: hidden; }
        .js-plotly-plot { clip-path: inset(var(--head) 0 var(--foot)); }
        .stElementContainer:has(.stPlotlyChart)::before {
            content: "⟷ goes on at the right"; position: sticky; left: 0; display: block;
            width: max-content; font-size: .875rem; height: HINT;
        }
    }
""".replace("HINT", "1.6rem")


def narrow(where: str, width: int) -> str:
    """The style of figures that are `width` px wide where they have less room than that.

    `where` is the condition in CSS.
    """
    return _NARROW.replace("WHERE", where).replace("WIDTH", f"{width}px")


@dataclass(frozen=True)
class Frame:
    """What the reader looks at: chosen in the frame, the same for every panel."""

    cut: str
    since: str | None  # the cut to compare with
    cohort: str | None  # the group; None for all
    is_simulated: bool
    panel: str | None = None  # the one panel on a shared screen; None if the screen is not shared
    part: int = 1  # of that panel, if it takes more than one screen

    @property
    def label(self) -> str:
        group = f"group {self.cohort}" if self.cohort else "all groups"
        return f"Data cut {self.cut} · {group}"


@dataclass
class Reader:
    """One reader, from run to run: what was opened, written into the address, and told.

    One object in the session, whose every look-up costs more than a query's answer.
    """

    menu: dict[str, list[Any]] = field(default_factory=dict)  # each section with its pages
    is_simulated: bool = False  # the simulated trial stays until the reader leaves it
    newest_at_opening: str | None = None  # the newest cut when the reader came
    usable_at_opening: str | None = None  # the newest of those that could be used then
    written: dict[str, str] = field(default_factory=dict)  # what the frame wrote into the address
    before: str | None = None  # the cut to compare with, if the reader chooses none
    unknown: dict[str, str] = field(default_factory=dict)  # what was asked for, and is not there
    altered: list[data.Altered] = field(default_factory=list)  # as the last look found
    told: list[data.Altered] = field(default_factory=list)  # those of them that stand on the page
    next_look_at: float = 0  # at all cuts
    light: str | None = None  # of the figures on screen: light or dark
    frame: Frame | None = None  # what was chosen
    held: str | None = None  # the cut that is shared, for as long as it is
    slide: str | None = None  # of the agenda, the one that was shared last
    n_drawn: int = 0  # on a shared screen: panels
    n_parts: int = 1  # of the panel there

    @property
    def pages(self) -> dict[str, Any]:
        """The pages of the menu, by their address."""
        return {each.url_path: each for section in self.menu.values() for each in section}


class Enough(Exception):
    """The rest of the page is not drawn: what was asked for stands, or the message says why not."""


class Banner(NamedTuple):
    """What the reader must know before believing a number, as Markdown."""

    kind: str  # error, warning or info
    words: str
    icon: str  # of the Material symbols

    def show(self) -> None:
        getattr(st, self.kind)(self.words, icon=f":material/{self.icon}:")


def reader_here() -> Reader:
    """Who looks."""
    return st.session_state.setdefault("reader", Reader())


@once_a_look
def frame() -> Frame:
    """What the frame has chosen in this run."""
    reader = reader_here()
    # A fragment runs in a thread of its own, which must be told again.
    data.stay_simulated(reader.is_simulated)
    return reader.frame


def ask(question: str) -> pd.DataFrame:
    """The answer for the cut and the group on screen: the same rows for all, so only to be read."""
    return _answer(question, frame().cut, frame().since if queries.compares(question) else None)


def ask_before(question: str) -> pd.DataFrame | None:
    """The answer for the cut to compare with; None if there is none."""
    return _answer(question, frame().since, None) if frame().since else None


@once_a_look
def _answer(question: str, cut: str, since: str | None) -> pd.DataFrame:
    rows = queries.shared(question, cut, since=since, cohort=frame().cohort)
    if not is_shared():
        return rows
    return _labelled(rows, queries.shared("patient/labels", frame().cut))


def is_shared() -> bool:
    """Whether others look on: one panel at a time, and nobody called by the site's number."""
    return frame().panel is not None


def _is_on_screen(panel: str) -> bool:
    """Whether to draw a panel. On a shared screen, the page ends when what was asked for is drawn.

    The answer of a page is all that it says before its first panel.
    """
    if not is_shared() or frame().panel == panel:
        return True
    if frame().panel == ANSWER or reader_here().n_drawn:
        raise Enough
    return False


def part_of(parts: list[range], *, panel: str, key: str) -> range:
    """Which part of a panel to show: the reader turns its pages, or Next on a shared screen."""
    if is_shared():
        if frame().panel == panel:
            reader_here().n_parts = len(parts)
        return parts[min(frame().part, len(parts)) - 1]
    return parts[st.pagination(len(parts), key=key) - 1] if len(parts) > 1 else parts[0]


def _here(slides: list[range], panel: str) -> tuple[range, str]:
    """Which rows of a panel stand on this slide, and what its footer says of that."""
    if len(slides) == 1:
        return slides[0], ""
    here = part_of(slides, panel=panel, key=panel)
    rows = f"rows {here.start + 1} to {here.stop}" if len(here) > 1 else f"row {here.stop}"
    return here, f" · all parts together; here {rows} of {slides[-1].stop}"


@contextmanager
def _placed(question: str, finding: str = "") -> Iterator[None]:
    """Where a panel stands: on a shared screen, alone under the question that it answers."""
    with ExitStack() as place:
        if is_shared():
            reader = reader_here()
            reader.n_drawn += 1
            place.enter_context(st.container(key=f"panel-{reader.n_drawn}"))
            st.markdown(f"*{text(queries.read(question).headline)}*")
        if finding:
            st.markdown(f"**{text(finding)}**")
        yield


@charts.kept
def _labelled(rows: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """The rows as others may see them: P01 for the site's number of a patient."""
    rows, known = rows.copy(deep=False), dict(zip(labels["usubjid"], labels["label"], strict=True))
    # A short number, such as 12, may stand in a text as something else.
    told_apart = sorted((each for each in known if len(each) > 3), key=len, reverse=True)
    named = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, told_apart))})(?![\w-])")
    for column in rows.select_dtypes(["object", "string"]):
        if column == "usubjid":
            rows[column] = rows[column].map(
                lambda each: known.get(each, "another person"), na_action="ignore"
            )
        elif told_apart:
            rows[column] = rows[column].map(
                lambda each: (
                    named.sub(lambda found: known[found[0]], each)
                    if isinstance(each, str)
                    else each
                )
            )
    return rows


def learn() -> None:
    """Read the cuts of which nothing is known yet, and show how far that has come."""
    if is_learnt():
        return
    place = st.empty()
    history.learn(
        data.trial(), lambda share: place.progress(share, "Reading every cut, for the first time")
    )
    place.empty()


def is_learnt() -> bool:
    """Whether every cut has been read."""
    return history.is_known(data.trial())


def text(value: Any) -> str:
    """A value as text that Markdown leaves alone, whatever stands in it."""
    return _escaped(str(value))


def quoted(value: str) -> str:
    """What an address asks for, as text: of what is longer than any name, the beginning."""
    return text(value if len(value) <= 60 else f"{value[:60]}…")


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: a, b and c."""
    *others, last = map(text, names)
    return f"{', '.join(others)} and {last}" if others else last


@lru_cache(maxsize=4096)
def _escaped(words: str) -> str:
    escaped = re.sub(r"([\\`*_{}\[\]()#+\-.!|~<>$:&])", r"\\\1", words)
    # A word joiner keeps addresses from becoming links, and words from becoming icons.
    return re.sub(r"(?i)(\\:)(?=//|material/)|(?<=www)(\\\.)|(?<=\S)(@)", "\\g<0>\u2060", escaped)


def with_course(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with the address of each patient's page, on the cut on screen; others have none."""
    return _with_course(rows, ask("patient/patients"), frame())


@charts.kept
def _with_course(rows: pd.DataFrame, patients: pd.DataFrame, frame: Frame) -> pd.DataFrame:
    chosen = {"cut": frame.cut, "since": frame.since, "group": frame.cohort}
    chosen |= {"share": "1", "panel": "course"} if frame.panel else {}
    page = "patient?" + urlencode({name: value for name, value in chosen.items() if value})
    known = set(patients["usubjid"])
    return rows.assign(
        course=[
            f"{page}&{urlencode({'patient': each})}" if each in known else None
            for each in rows["usubjid"]
        ]
    )


def tile(
    label: str,
    value: Any,
    before: Any = None,
    *,
    meaning: str,
    of: Any = None,
    shown: str | None = None,
    note: str | None = None,
    unit: str | None = None,
    trend: list[float] | None = None,
    doubt: int = 0,
    doubt_before: int | None = None,
) -> None:
    """One number with its change since the compared cut; a number that is not there says so.

    `shown` is the number in words, where its digits alone would not do, and `unit` then that of
    the change; `note` stands beneath it. `trend` is how it went over the cuts. `doubt` is of how
    many it is not known whether they count: that, too, is shown with its change.
    """
    is_known = not pd.isna(value)
    change = value - before if is_known and not pd.isna(before) else None
    change = change.item() if hasattr(change, "item") else change
    whole = f"{value}" if pd.isna(of) else f"{value} / {of}"
    whole += f" +{doubt}?" if doubt else ""
    if change is not None and doubt_before not in (None, doubt):
        change = f"{change:+g}, {doubt - doubt_before:+g}?"
    st.metric(
        label,
        shown or whole if is_known else "not known",
        delta=f"{change:+g} {unit}" if unit and change else change,
        delta_color="off",
        delta_description=note,
        help=meaning,
        border=True,
        height="stretch",
        chart_data=trend,
    )


def show(
    figure: go.Figure,
    *,
    panel: str,
    questions: list[str],
    number: int | None = None,
    is_clickable: bool = False,
    elsewhere: int = 0,
    left_out: int = 0,
) -> list[str]:
    """A figure, with its footer and the way to its numbers; returns what the reader clicked on.

    `number` tells apart the figures of one panel, and `elsewhere` is how many the others of them
    show; `left_out` is how many of what the panel counts a choice on the page itself leaves out.
    """
    if not _is_on_screen(panel):
        return []
    footer = _footer(questions[0], panel, elsewhere, left_out)
    if is_shared():
        lanes, here = _here(dress.lane_slides(figure, SHARED_HEIGHT), panel)
        footer += here
    figure = charts.finished(figure, footer, frame().is_simulated)
    if is_shared():
        figure = dress.shared(figure, SHARED_HEIGHT, lanes)
    if st.context.theme.type == "dark":
        figure = dress.dark(figure)
    place = panel if number is None else f"{panel} {number}"
    with _placed(questions[0]):
        st.html(_for_a_phone(figure, place))
        clicked = st.plotly_chart(
            figure,
            theme=None,
            # On a slide the browser measures what it sees, which is larger than what is there.
            width=dress.SHARED_WIDTH if is_shared() else "stretch",
            key=place,
            alt=charts.alt(figure),
            config={"displaylogo": False, "modeBarButtonsToRemove": ["lasso2d", "select2d"]},
            on_select="rerun" if is_clickable else "ignore",
            selection_mode="points",
        )
    if not is_shared():
        st.caption(text(queries.read(questions[0]).headline), help=_definition(questions))
    how(place, questions)
    points = clicked.selection.points if is_clickable else []
    return [point["customdata"] for point in points if point.get("customdata")]


@charts.kept
def _for_a_phone(figure: go.Figure, place: str) -> str:
    """The words of a figure, which a phone shows in its stead: in the figure they do not wrap.

    `place` is the key of the figure, whose class in the page is made of it.
    """
    words, key = dress.words(figure), re.sub(r"[^\w-]", "-", place, flags=re.ASCII)
    room = f"--high: {words.high:g}px; --head: {words.head:g}px; --foot: {words.foot:g}px"
    return f'<style>.st-key-{key} {{ {room} }}</style><div class="narrow">{words.markup}</div>'


def box(figure: go.Figure, height: int, beyond: int) -> Any:
    """Where a figure of more than `beyond` px scrolls within so many; a slide shows all it has.

    That it does is said, as not every browser draws a bar.
    """
    is_too_high = figure.layout.height > beyond and not is_shared()
    if is_too_high:
        st.caption("↕ goes on below, within its frame")
    return st.container(height=height if is_too_high else "content", border=False)


def table(
    rows: pd.DataFrame,
    columns: dict[str, Any],
    *,
    panel: str,
    question: str,
    empty: str,
    finding: str = "",
    left_out: int = 0,
) -> None:
    """Rows under readable headings; `columns` says which, in which order.

    `finding` stands above them, as its title does above a figure; `left_out` is how many of what
    the panel counts are not among the rows by the reader's choice.
    """
    # On a shared screen a figure stands alone, without its rows.
    if not _is_on_screen(panel) or (is_shared() and reader_here().n_drawn):
        return
    if is_shared() and len(rows):
        words = answers.as_text(charts.in_words(rows), columns)
        listing(words, panel=panel, questions=[question], finding=finding, left_out=left_out)
        return
    footer = _footer(question, panel, left_out=left_out)
    with _placed(question, finding):
        if rows.empty:
            st.info(empty)
        elif "usubjid" in columns:
            footer += " · select a row to get to the patient"
            chosen = grid(rows, columns, panel, key=f"table {panel}", on_select="rerun")
            for place in chosen.selection.rows:
                if place < len(rows):  # they may be others by now
                    patient_link(rows["usubjid"].iloc[place])
        else:
            grid(rows, columns, panel)
        st.caption(text(footer), help=_definition([question]))
    how(panel, [question])


def kept() -> dict[str, str]:
    """What the address says that holds on other pages, too: the cut, the group."""
    return {name: value for name, value in st.query_params.to_dict().items() if name != "patient"}


def link(page: str, label: str, **asked: str) -> None:
    """The way to another page of the menu, named by its address there."""
    # Streamlit would look for the name of a file on the disk.
    st.page_link(reader_here().pages[page], label=label, query_params=kept() | asked)


def patient_link(usubjid: str) -> None:
    """The way to the page of a patient, on the same cut and with the same group."""
    if usubjid in charts.listed(ask("patient/patients"), "usubjid"):
        link("patient", f"The course of {text(usubjid)}", patient=usubjid)
    else:
        st.caption(f"{text(usubjid)} {NO_PATIENT}, who alone have a page.")


_as_arrow = charts.kept(answers.as_arrow)


def wide_enough(rows: pd.DataFrame, columns: dict[str, Any]) -> dict[str, Any]:
    """The columns of dates, in whose width no date is cut: 2020-11 of 2020-11-21 is another one.

    Streamlit measures the first rows alone, where there may be none.
    """
    found = {}
    for name, n in _dates(rows).items():
        if name in columns:
            each = columns[name]
            each = {"label": each} if isinstance(each, str) else each
            letters = max(n, len(each["label"] or name))
            found[name] = each | {"width": each.get("width") or LETTER * letters + AROUND}
    return found


@charts.kept
def _dates(rows: pd.DataFrame) -> dict[str, int]:
    """The columns that hold dates and nothing else, with the letters of the longest."""
    found = dict.fromkeys(rows.select_dtypes("datetime"), len("2021-11-29"))
    for name in rows.select_dtypes(["object", "string"]):
        texts = [each for each in rows[name] if isinstance(each, str)]
        if texts and all(map(AS_COLLECTED.fullmatch, texts)):
            found[name] = max(map(len, texts))
    return found


def grid(rows: pd.DataFrame, columns: dict[str, Any], panel: str, **options: Any) -> Any:
    """Rows under readable headings, and nothing else; the options are those of st.dataframe.

    What is true or false is said, as a box that cannot be checked looks like one to select by.
    """
    rows = charts.in_words(rows)
    return st.dataframe(
        _as_arrow(rows, list(columns)),
        hide_index=True,
        column_order=list(columns),
        column_config=columns | wide_enough(rows, columns),
        placeholder="-",
        alt=f"{panel}: {len(rows)} rows.",
        selection_mode="single-row",
        **options,
    )


def listing(
    rows: pd.DataFrame,
    *,
    panel: str,
    questions: list[str],
    finding: str = "",
    left_out: int = 0,
    height: int | str = "content",
) -> None:
    """Rows of plain texts to be read: long lines wrap.

    On a shared screen they take as many parts as they need, and nothing in them scrolls.
    """
    if not _is_on_screen(panel):
        return
    footer = _footer(questions[0], panel, left_out=left_out)
    if is_shared():
        rows, silent = dress.fitting(rows)
        room = SHARED_HEIGHT - 60 - 40 * bool(finding) - 28 * bool(silent)
        rows = dress.shortened(rows, room)
        slides = dress.slides(rows, room)
        here, said = _here(slides, panel)
        footer += said
        if silent:
            footer += f" · nothing in: {', '.join(silent)}"
        widths = dress.widths(rows)
        rows, height = rows.iloc[here.start : here.stop], "content"
    with _placed(questions[0], finding):
        if is_shared():
            st.html(_as_wide_as(widths))
        st.table(
            _texts(rows),
            hide_index=True,
            border="horizontal",
            height=height,
            alt=f"{panel}: {len(rows)} rows.",
        )
        under(panel, questions, footer)


@charts.kept
def _texts(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.map(text)


def _as_wide_as(widths: list[float]) -> str:
    """The style of a table whose columns hold so many letters, and what lies between two."""
    whole = [each + dress.TABLE_GAP for each in widths]
    shares = [100 * each / sum(whole) for each in whole]
    rules = (f"th:nth-child({n}) {{ width: {each:.2f}% }}" for n, each in enumerate(shares, 1))
    return f"<style>.stTable {{ table {{ table-layout: fixed }} {' '.join(rules)} }}</style>"


def markup(html: str, *, panel: str, questions: list[str]) -> None:
    """Rows that the page itself lays out, as HTML whose texts are escaped."""
    if not _is_on_screen(panel):
        return
    with _placed(questions[0]):
        st.html(html)
        under(panel, questions, _footer(questions[0], panel))


def under(panel: str, questions: list[str], footer: str) -> None:
    """What stands under rows: how many are shown of how many, and the way to the numbers."""
    st.caption(text(footer), help=_definition(questions))
    how(panel, questions)


def _definition(questions: list[str]) -> str | None:
    """The words of a panel, for whoever points at its question mark."""
    if is_shared():
        return None
    return "\n\n---\n\n".join(glossary.definition(queries.read(each)) for each in questions)


def how(panel: str, questions: list[str]) -> None:
    """Where the numbers of a panel come from: SQL, parameters, rows, files."""
    if not _is_on_screen(panel) or is_shared():
        return
    with st.expander("How is this computed?", on_change="rerun", key=f"how {panel}") as opened:
        if opened.open:
            for question in questions:
                _origin(panel, question)
            _rests_on(questions)
            st.markdown("**The files of this cut, with their fingerprints**")
            st.dataframe(ask("exports/files"), hide_index=True)


def alterations() -> None:
    """The cuts that are no longer what they were when they were first read, one by one."""
    altered = reader_here().altered  # as the frame has just told
    if not altered:
        return
    st.markdown("**Cuts that are no longer what they were**")
    rows = [
        {
            "Cut": text(each.cut),
            "First read": text(each.first_read),
            "Fingerprint then": f"`{each.was}`",
            "Fingerprint now": f"`{each.now}`" if each.now else "gone, or cannot be opened",
            "What was done": ", ".join(map(text, each.files)),
            "If it is meant, delete": text(each.memory),
        }
        for each in altered
    ]
    st.table(pd.DataFrame(rows), hide_index=True, border="horizontal")


def download(rows: pd.DataFrame, name: str, key: str, of: int | None = None) -> None:
    """A button that makes the CSV when it is clicked; `of` is how many rows there are to choose."""
    since = frame().since if queries.compares(name) else None
    is_part = of is not None and len(rows) < of
    st.download_button(
        f"Download {len(rows)} of {of} rows (CSV)" if is_part else "Download the rows (CSV)",
        lambda: answers.as_csv(rows).encode("utf-8-sig"),
        file_name=_file_name(f"{name}-{len(rows)}-of-{of}" if is_part else name, "csv", since),
        mime="text/csv",
        on_click="ignore",
        key=key,
        icon=":material/download:",
    )


def download_workbook(sheets: dict[str, pd.DataFrame], name: str, key: str) -> None:
    """A button that makes an Excel workbook when it is clicked: a sheet each, and what they are."""
    about = {"trial": data.trial().protocol.identity.registry_number, "of": frame().label}
    about |= {"compared with": frame().since} if frame().since else {}
    about |= {"fingerprint": data.trial().export(frame().cut).fingerprint}
    about |= {"data": "simulated: nobody in them is a patient" if frame().is_simulated else "real"}
    st.download_button(
        "Download everything (Excel)",
        lambda: answers.as_xlsx(sheets, about),
        file_name=_file_name(name, "xlsx", since=frame().since),
        mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        on_click="ignore",
        key=key,
        icon=":material/download:",
    )


def _file_name(name: str, suffix: str, since: str | None) -> str:
    """Of what the rows are, for whoever finds the file later: a CSV has no other place for it."""
    group = f"group-{frame().cohort}" if frame().cohort else "all-groups"
    trial = data.trial().protocol.identity.registry_number
    parts = [trial, name, frame().cut, *([f"since-{since}"] if since else []), group]
    parts += ["SIMULATED"] if frame().is_simulated else []
    return re.sub(r"[^\w-]+", "-", "-".join(parts)) + f".{suffix}"


def _origin(panel: str, question: str) -> None:
    asked, rows = queries.read(question), ask(question)
    st.markdown(f"**{text(asked.headline)}**")
    grain = f": {text(asked.grain)}" if asked.grain else ""
    st.caption(f"`queries/{question}.sql`{grain}")
    st.code(asked.sql, language="sql")
    if asked.estimate:
        st.markdown(f"Its rows go through `estimates.{asked.estimate}`.")
    if asked.is_over_cuts:
        st.markdown("It reads what `queries/history.py` keeps of every cut.")
    values = {}
    for each in (question, *queries.sources(question)):
        values |= queries.parameters(each, frame().cut, cohort=frame().cohort)
    if values:
        st.dataframe(
            [{"parameter": f"${name}", "value": _shown(name, values[name])} for name in values],
            hide_index=True,
        )
    if queries.compares(question):
        st.markdown(f"Compared with the cut {text(frame().since or '-')}.")
    days = [name for name in rows.select_dtypes("datetime") if not name.endswith("_at")]
    as_day = st.column_config.DateColumn(format="YYYY-MM-DD")
    shown = dict.fromkeys(rows, st.column_config.Column()) | dict.fromkeys(days, as_day)
    st.dataframe(
        rows, hide_index=True, placeholder="-", column_config=shown | wide_enough(rows, shown)
    )
    download(rows, question, key=f"rows {panel} {question}")


def _rests_on(questions: list[str]) -> None:
    """The SQL of what the questions read, each once: the definitions stand in the tables."""
    below = dict.fromkeys(each for question in questions for each in queries.sources(question))
    for question in (each for each in below if each not in questions):
        asked = queries.read(question)
        st.markdown(f"**It rests on:** {text(asked.headline)}")
        st.caption(f"`queries/{question}.sql`")
        st.code(asked.sql, language="sql", height=300)


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "all groups" if name == "cohort" else "not set in protocol.toml"
    return str(value)


def _footer(question: str, panel: str, elsewhere: int = 0, left_out: int = 0) -> str:
    """Cut, filter, and how many are shown of how many, with the reasons for the rest."""
    of = frame() if queries.heeds_group(question) else replace(frame(), cohort=None)
    since = frame().since if queries.compares(question) else None
    label = of.label + (f" · since {since}" if since else "")
    accounts = _accounts(ask(f"{question.partition('/')[0]}/accounting"))
    if panel not in accounts:
        return f"{label} · nothing to show"
    n_shown, n_read, unit, aside = accounts[panel]
    aside = [*aside, f"{elsewhere} on the other parts of this figure"] if elsewhere else aside
    aside = [*aside, f"{left_out} left out by the choice above"] if left_out else aside
    reasons = f" · not shown: {', '.join(aside)}" if aside else ""
    return f"{label} · {n_shown - elsewhere - left_out} of {n_read} {unit}{reasons}"


@charts.kept
def _accounts(accounting: pd.DataFrame) -> dict[str, tuple[int, int, str, list[str]]]:
    """For each panel: how many it shows, of how many, of what, and the reasons for the others."""
    found: dict[str, tuple[int, int, str, list[str]]] = {}
    for row in accounting.itertuples():
        *_, aside = found.setdefault(row.panel, (row.n_shown, row.n_read, row.unit, []))
        aside += [f"{row.n_set_aside} {row.reason}"] if row.n_set_aside else []
    return found
