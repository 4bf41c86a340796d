"""Figures for other rooms: what is drawn stays, and can be read."""

import re

import pandas as pd
import plotly.graph_objects as go
import pytest

import charts
from charts import changes, dress, parts, recruitment

MARKS = {
    "type": "scatter",
    "mode": "markers+text",
    "x": [1, 2, 3],
    "y": [0, 1, 2],
    "text": ["1", "5", "day 40"],
    "textposition": ["middle center", "middle center", "middle left"],
    "textfont": {"size": 12, "color": charts.INK},
    "marker": {
        "color": [charts.GRADES[1].color, charts.GRADES[5].color, charts.BLUE],
        "symbol": ["circle", "circle", "arrow-right-open"],
        "size": [16, 16, 18],
        "line": {"color": charts.BLACK, "width": 2},
    },
}


@pytest.fixture
def figure() -> go.Figure:
    lanes = {"tickvals": [0, 1, 2], "ticktext": ["P01", "P02", "P03"], "tickfont": {"size": 14}}
    drawn = charts.drawing("A finding", [MARKS], {"yaxis": lanes}, subtitle="Marks.", height=250)
    return charts.finished(drawn, "Data cut 2021-03-01", is_simulated=False)


def sizes(value, found=None) -> list[float]:
    """Every size of a font in a figure."""
    found = [] if found is None else found
    if isinstance(value, dict):
        for key, each in value.items():
            if key.endswith("font") and isinstance(each, dict) and "size" in each:
                found.append(each["size"])
            sizes(each, found)
    elif isinstance(value, (list, tuple)):
        for each in value:
            sizes(each, found)
    return found


def test_a_shared_figure_is_read_across_a_room(figure):
    assert figure.layout.height < 590 / 1.4
    shared = dress.shared(figure, 590)
    assert shared.layout.height == 590
    whole = shared.to_dict()
    assert min(sizes(whole)) >= 18  # 12 px is the smallest of all elsewhere
    assert whole["layout"]["title"]["font"]["size"] == round(charts.TITLE_SIZE * 1.4)
    assert whole["data"][0]["marker"]["size"] == [22, 22, 25]
    assert whole["data"][0]["text"] == ["1", "5", "day 40"]
    assert figure.layout.title.font.size == charts.TITLE_SIZE  # the figure itself stays


def test_a_shared_figure_of_many_lanes_is_as_high_as_they_need(figure):
    lanes = {"tickvals": list(range(60)), "ticktext": [f"P{each}" for each in range(60)]}
    figure.update_layout(yaxis=lanes)
    assert dress.shared(figure, 590).layout.height > 60 * dress.SHARED_LANE


def test_the_footer_of_a_slide_is_as_wide_as_the_screen():
    words = (
        "Data cut 2021-03-01 · all groups · 110 of 117 people & records · not shown: 7 not included"
    )
    words += " · here rows 1 to 10 of 20"  # 117 letters: two lines on a page
    drawn = charts.finished(charts.drawing("A finding", [], {}), words, is_simulated=False)

    def footer(figure: go.Figure) -> str:
        return figure.to_dict()["layout"]["annotations"][-1]["text"]

    assert footer(drawn).count("<br>") == 1
    assert footer(dress.shared(drawn, 590)) == words.replace("&", "&amp;")


# --- Lanes and rows that take more than one slide


def lanes(n: int) -> go.Figure:
    """A lane each for n patients, with a mark and, on the right, how it ended."""
    labels = [f"P{each:02}" for each in range(1, n + 1)]
    axis = parts.lanes(labels, 24)
    ends = {"ticktext": [f"end {each}" for each in labels], "overlaying": "y", "side": "right"}
    marks = parts.spots("given", list(range(n)), list(range(n)), charts.DEATH, labels)
    on_the_right = parts.line([0], [0], charts.PAPER, 0, "solid") | {"yaxis": "y2"}
    return charts.drawing(
        "A finding",
        [marks, on_the_right],
        {"yaxis": axis, "yaxis2": axis | ends},
        height=24 * n,
    )


def test_lanes_that_do_not_fit_go_on_on_the_next_slide():
    figure = lanes(24)
    slides = dress.lane_slides(figure, 590)
    assert [[each.start, each.stop] for each in slides] == [[0, 12], [12, 24]]
    seen = []
    for here in slides:
        shared = dress.shared(charts.finished(figure, "Data cut", False), 590, here)
        layout, (marks, anchor) = shared.layout, shared.data
        assert layout.height == 590
        plot = layout.height - layout.margin.t - layout.margin.b
        assert plot / 12 >= dress.SHARED_LANE
        assert layout.yaxis.range == pytest.approx((here.stop - 0.4, here.start - 0.6))
        assert list(layout.yaxis.tickvals) == list(marks.y) == list(here)
        assert list(layout.yaxis.ticktext) == list(marks.hovertext)
        assert layout.yaxis2.ticktext[0] == f"end {layout.yaxis.ticktext[0]}"
        assert anchor.y == (0,)  # it keeps the axis on the right
        seen += marks.hovertext
    assert seen == [f"P{each:02}" for each in range(1, 25)]
    assert len(figure.data[0].y) == 24  # the figure itself stays


def test_lanes_that_fit_and_a_figure_without_lanes_stand_on_one_slide(figure):
    fourteen = lanes(14)
    [here] = dress.lane_slides(fourteen, 590)
    assert list(dress.shared(fourteen, 590, here).data[0].y) == list(range(14))
    [none] = dress.lane_slides(figure, 590)
    assert dress.shared(figure, 590, none).data[0].y == (0, 1, 2)


def test_longer_labels_leave_the_footer_and_no_mark_of_the_next_lane_on_the_slide():
    figure = lanes(24)
    long = [f"A CLASS OF EVENTS<br>IN TWO LINES {each}" for each in range(24)]
    figure.update_layout(yaxis={"ticktext": long})
    figure.data[0].y = [each - 0.2 for each in figure.data[0].y]
    figure.data[0].cliponaxis = True
    shared = dress.shared(charts.finished(figure, "Data cut", False), 590, range(12))
    assert list(shared.data[0].y) == [each - 0.2 for each in range(12)]  # not that at 11.8
    layout = shared.to_dict()["layout"]
    [footer] = [each for each in layout["annotations"] if each.get("name") == charts.FOOTER]
    assert layout["margin"]["l"] > 250
    assert 0 < layout["margin"]["l"] + footer["xshift"] < 20  # px from the left edge


def test_words_above_the_lanes_go_with_them_and_are_never_pressed_into_each_other():
    reasons = pd.DataFrame(
        {"reason": f"{'a reason of many words ' * 6}{each}", "category": "EXCLUSION"}
        | {"n_people": 9 - each, "n_screen_failed": 9, "pct": 10, "ci_low": 5, "ci_high": 40}
        for each in range(6)
    )
    figure = recruitment.screen_failures(reasons)
    slides = dress.lane_slides(figure, 590)
    figure = charts.finished(figure, "Data cut", is_simulated=True)
    assert [(here.start, here.stop) for here in slides] == [(0, 2), (2, 4), (4, 6)]
    for here in slides:
        shared = dress.shared(figure, 590, here)
        layout = shared.to_dict()["layout"]
        notes = [each for each in layout["annotations"] if "many words" in each["text"]]
        # An annotation with three lines of its reason and one of its number, 1.29 times as large.
        plot = layout["height"] - layout["margin"]["t"] - layout["margin"]["b"]
        bottom, top = layout["yaxis"]["range"]
        assert plot / (bottom - top) > 4 * 1.29 * charts.BODY_LINE
        assert [each["y"] for each in notes] == list(here)
        marks = [each for each in layout["annotations"] if each.get("name") == charts.WATERMARK]
        assert [each["y"] for each in marks] == [0.5]


def test_what_a_table_has_no_room_for_stands_in_one_column_and_what_says_nothing_is_named():
    wide = pd.DataFrame(
        [
            {"Patient": "P01", "Due": "-", "Reason": "an interval of too many days " * 3}
            | {f"Measured at {'x' * 20} {n}": f"{n} days" for n in range(9)},
            {"Patient": "P02", "Due": "", "Reason": "none"}
            | {f"Measured at {'x' * 20} {n}": "-" for n in range(9)},
        ]
    )
    rows, silent = dress.fitting(wide)
    assert silent == ["Due"]
    assert list(rows.columns[:2]) == ["Patient", "Reason"]
    kept = len(rows.columns) - 3  # of the nine, those that still have a column of their own
    assert rows.columns[-1] == "Further"
    assert rows["Further"][0] == "; ".join(
        f"Measured at {'x' * 20} {n}: {n} days" for n in range(kept, 9)
    )
    assert rows["Further"][1] == ""
    narrow = wide[["Patient", "Reason"]]
    assert dress.fitting(narrow)[0].equals(narrow)


def test_a_column_is_no_narrower_than_its_longest_word_and_the_long_lines_get_the_rest():
    rows = pd.DataFrame({"Id": ["P01"], "Antiinflammatory": ["no"], "Why": ["because " * 60]})
    first, second, third = dress.widths(rows)
    assert first >= 3
    assert second >= len("Antiinflammatory")
    assert third == pytest.approx(dress.TABLE_WIDTH - 3 * dress.TABLE_GAP - first - second)


def test_a_word_that_is_too_long_for_a_column_does_not_make_it_wide_nor_the_others_narrow():
    rows = pd.DataFrame(
        {"Date": ["2021\u201101\u201109"], "Word": ["a" * 300], "Why": ["b " * 300]}
    )
    date, word, _ = dress.widths(rows)
    assert date > 10
    assert word < 80
    assert dress.widths(pd.DataFrame({"Age": ["57\xa0y"]}))[0] >= 4  # it does not break


def test_of_a_text_that_a_slide_has_no_room_for_the_middle_is_left_out():
    long = "intubated the same evening, " * 400 + "and no report"
    rows = pd.DataFrame({"Patient": ["P01", "P02"], "Why": [long, "short"]})
    short = dress.shortened(rows, 500)
    begin, end = short["Why"][0].split(" … ")
    assert long.startswith(begin)
    assert long.endswith(end)
    assert end.endswith("and no report")
    assert 100 < len(end) <= len(begin)
    assert short["Why"][1] == "short"
    assert dress.slides(short, 500) == [range(2)]


def test_a_label_of_a_lane_is_not_escaped_twice():
    figure = lanes(13)
    labels = ["&lt;b&gt; &amp; co<br>in two lines", *figure.layout.yaxis.ticktext[1:]]
    figure.update_layout(yaxis={"ticktext": labels})
    shared = dress.shared(figure, 590)
    assert shared.layout.yaxis.ticktext[0] == "&lt;b&gt; &amp; co in two lines"


def test_rows_go_on_on_the_next_slide_none_of_them_twice():
    rows = pd.DataFrame({"Patient": [f"P{n}" for n in range(30)], "Why": ["short"] * 30})
    # A row of one line is 24.4 + 15.3 px high, and so is the heading: 10 rows and it fit into 440.
    assert dress.slides(rows, 440) == [range(10), range(10, 20), range(20, 30)]
    rows = rows.assign(Why=["short"] * 3 + ["long " * 2000] + ["short"] * 26)
    # The fourth is higher than a slide: alone on one.
    assert dress.slides(rows, 440)[:3] == [range(3), range(3, 4), range(4, 14)]


def test_in_the_dark_a_text_stands_out_from_its_mark(figure):
    dark = dress.dark(figure).to_dict()
    fills, inks = dark["data"][0]["marker"]["color"], dark["data"][0]["textfont"]["color"]
    assert inks[2] == dress.DARK_INK  # beside its mark, on the ground
    for fill, ink in zip(fills[:2], inks[:2], strict=True):
        assert dress.contrast(fill, ink) >= 4.5
    assert dark["layout"]["template"]["layout"]["paper_bgcolor"] == dress.DARK_PAPER
    assert dark["data"][0]["text"] == ["1", "5", "day 40"]


def test_in_the_dark_words_within_a_text_change_their_colour_too():
    rows = pd.DataFrame(
        {"usubjid": ["P01"], "table_name": ["dm"], "n_added": [2], "n_changed": [1]}
        | {"n_removed": [1]}
    )
    [note] = dress.dark(changes.patients(rows, "2021-02-01")).layout.annotations
    inks = re.findall(r'style="color:(#\w+)">(.\d)', note.text)
    assert [words for _, words in inks] == ["+2", "≠1", "\N{MINUS SIGN}1"]
    for ink, _ in inks:
        assert dress.contrast(ink, dress.DARK_PAPER) >= 4.5  # WCAG 2.2, 1.4.3
    said = go.Figure({"data": [], "layout": {"annotations": [{"text": "color:#000000"}]}})
    assert dress.dark(said).layout.annotations[0].text == "color:#000000"  # as a site may write


def in_the_dark(color: str) -> str:
    figure = go.Figure({"data": [], "layout": {"font": {"color": color}}})
    return dress.dark(figure).layout.font.color


@pytest.mark.parametrize("vocabulary", [charts.STATUSES, charts.INFUSIONS, charts.VISITS])
def test_a_mark_stands_out_from_both_grounds(vocabulary):
    for mark in vocabulary.values():
        assert dress.contrast(in_the_dark(mark.color), dress.DARK_PAPER) >= 3  # WCAG 2.2, 1.4.11
        if mark.color not in (charts.SKY, charts.ORANGE):  # these are told by their shape
            assert dress.contrast(mark.color, charts.PAPER) >= 3


def test_five_grades_stay_five_colours_in_the_dark():
    colors = [in_the_dark(each.color) for each in charts.GRADES.values()]
    assert len(set(colors)) == 5
    assert dress.contrast(colors[0], dress.DARK_PAPER) == min(
        dress.contrast(each, dress.DARK_PAPER) for each in colors
    )


def test_the_contrast_of_black_on_white_is_21():
    assert dress.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert dress.contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)  # W3C's example


def test_the_watermark_stays_within_the_plot_of_a_slide():
    lanes = charts.drawing("A", [], {}, height=300, margin={"t": 130})
    slide = dress.shared(charts.finished(lanes, "cut", True), 590)
    margin = slide.layout.margin
    [mark] = [each for each in slide.layout.annotations if each.name == charts.WATERMARK]
    # Two lines of nine letters, turned by 18 degrees, are some 4.2 times as high as a letter.
    assert 4.2 * mark.font.size <= slide.layout.height - margin.t - margin.b


def test_a_dress_leaves_the_data_as_they_are(figure):
    before = figure.to_json()
    dress.dark(dress.shared(figure, 590))
    assert figure.to_json() == before


def test_the_words_around_a_plot_can_stand_outside_of_it():
    # Of a title of 93 characters, 80 stand in the first line of a figure.
    finding = (
        "Two of three <b> had it, "
        + "which is more than the protocol of this trial says of anybody here."
    )
    drawn = charts.drawing(
        charts.text(finding, 200), [MARKS], {}, subtitle="One.<br>Two.", height=250
    )
    footer = "Data cut 2021-03-01 · " + "not shown: 6 not included, " * 5
    whole = charts.finished(drawn, footer, is_simulated=True)
    words = dress.words(whole)
    assert words.markup == (
        f"<p><b>{finding.replace('<b>', '&lt;b&gt;')}</b></p><p><span>One. Two.</span></p>"
        f"<p><small>{footer.strip()}</small></p>"
    )
    # 12 px, two lines of 24 and two of 19, and four to what is beneath; two of 17 px, and 14.
    assert words[1:] == (250 + 16 + 98 + 44 + 48, 102, 48)
    # It is shared 590 / 456 times as large, with its title in one line; its lower margin of 92 px, 1.4 times, of which the
    # first 44 px, that are not the footer's, grow with the rest.
    shared = dress.words(dress.shared(whole, 590))
    assert (shared.markup, shared.head) == (words.markup, pytest.approx(78 * 23 / 18))
    assert shared.foot == pytest.approx(92 * 1.4 - 44 * 590 / 456, abs=1)


def test_a_title_takes_the_width_of_a_shared_screen_and_gives_its_lines_to_the_plot(figure):
    # At 1.4 times 18 px, 80 * 1232 / 760 / 1.4 = 92 letters stand in a line of 1232 px.
    heights = []
    for title, n_lines in (("a " * 46, 1), ("a " * 47, 2)):
        drawn = charts.drawing(title.strip(), [MARKS], {}, height=250)
        assert drawn.layout.title.text.count("<br>") == 1
        shared = dress.shared(drawn, 590)
        assert shared.layout.title.text.count("<br>") + 1 == n_lines
        heights.append(shared.layout.height - shared.layout.margin.t - shared.layout.margin.b)
    assert heights[0] - heights[1] == pytest.approx(24 * 1.4)


def test_a_figure_without_more_words_has_its_finding_alone():
    drawn = charts.drawing("A finding", [MARKS], {}, height=250)
    assert dress.words(drawn) == ("<p><b>A finding</b></p>", 250 + 16 + 36 + 44, 40, 0)


@pytest.mark.parametrize(
    ("left", "width", "px"),
    # 760 - 160 - 24 = 576 px have room for three of 140 + 46, 500 for two, 1,048 for five; where
    # there is no room at all, one stands in a line.
    [(160, 760, 3 * 22), (236, 760, 4 * 22), (160, 1232, 2 * 22), (600, 760, 7 * 22)],
)
def test_a_legend_has_the_lines_that_it_needs_between_the_margins(left, width, px):
    assert charts.legend_room(7, 140, left, 24, width) == px
