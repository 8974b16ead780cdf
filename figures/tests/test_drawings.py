"""The drawings follow the options of a cell, the lengths of a stack and the numbers of a series."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest

from rnnspec import GRU, LSTM, RNN, Cell
from rnnspec_adapters.known_layouts import CELLS
from rnnspec_figures.cell_drawings import PRIME, cell_drawing, flow_drawing
from rnnspec_figures.error_plot import LEAST, MOST, errors, place_of
from rnnspec_figures.plots import plot, steps
from rnnspec_figures.stack import LAYERS, LENGTH, stack_drawing
from rnnspec_figures.svg import figure

SERIES = {
    "title": "What is left",
    "horizontal": "steps",
    "vertical": "share",
    "at": [0, 1, 2],
    "lines": {"falls": [1.0, 0.1, 0.01], "stays": [1.0, 1.0, 1.0]},
}


def words(svg: Element) -> list[str]:
    return ["".join(part.itertext()) for part in svg.iter("text")]


def of_class(svg: Element, name: str) -> list[Element]:
    return [part for part in svg.iter() if name in part.get("class", "").split()]


@pytest.mark.parametrize(
    "cell, gates",
    [
        (LSTM(), {"i", "f", "g", "o"}),
        (LSTM(coupling="forget"), {"i", "g", "o"}),
        (GRU(), {"r", "z", "n"}),
        (GRU(reset="none"), {"z", "n"}),
        (GRU(minimal=True), {"z", "n"}),
        (RNN(), set()),
    ],
)
def test_a_cell_is_drawn_with_its_own_gates(cell: Cell, gates: set[str]) -> None:
    svg = cell_drawing(cell)
    assert {part.text for part in of_class(svg, "name")} == gates


@pytest.mark.parametrize("peephole, reached", [("none", 0), ("new", 3), ("old", 3)])
def test_a_peephole_ends_at_each_gate(peephole: str, reached: int) -> None:
    svg = cell_drawing(LSTM(peephole=peephole))  # type: ignore[arg-type]  # the values of the option
    assert len([part for part in of_class(svg, "tip") if "peep" in part.get("class", "")]) == reached


def test_the_two_forms_of_a_peephole_begin_elsewhere() -> None:
    starts = {
        form: {part.get("cx") for part in of_class(cell_drawing(LSTM(peephole=form)), "dot") if is_peep(part)}
        for form in ("new", "old")
    }
    assert len(starts["old"]) == 1
    assert len(starts["new"]) == 2


def is_peep(part: Element) -> bool:
    return "peep" in part.get("class", "")


def test_the_place_of_the_reset_gate_is_seen_and_told() -> None:
    places = {
        reset: [part.get("cx") for part in of_class(cell_drawing(GRU(reset=reset)), "op")]
        for reset in ("after", "before", "none")
    }
    assert len(places["after"]) == len(places["before"]) == len(places["none"]) + 1
    labels = {cell_drawing(GRU(reset=reset)).get("aria-label") for reset in ("after", "before", "none")}
    assert len(labels) == 3


def test_every_cell_has_words_and_ends_in_its_new_state() -> None:
    for cell in CELLS:
        svg = cell_drawing(cell)
        assert svg.get("role") == "img"
        assert len(svg.get("aria-label", "")) > 60
        assert f"h{PRIME}" in words(svg)


def test_no_wire_ends_inside_a_box() -> None:
    for svg in [*map(cell_drawing, CELLS), flow_drawing(), stack_drawing()]:
        boxes = [
            [float(part.get(side, 0)) for side in ("x", "y", "width", "height")] for part in of_class(svg, "block")
        ]
        for tip in of_class(svg, "tip"):
            x, y = map(float, tip.get("points", "").split()[0].split(","))
            inside = [(left, top) for left, top, w, h in boxes if left < x < left + w and top < y < top + h]
            assert not inside, f"{svg.get('aria-label')}: an arrow ends at {x}, {y}"


def test_a_stack_computes_no_padding() -> None:
    svg = stack_drawing()
    assert len(of_class(svg, "forward")) == len(of_class(svg, "reverse")) == LAYERS * LENGTH
    assert len(of_class(svg, "initial")) == len(of_class(svg, "final")) == 2 * LAYERS


def test_a_plot_has_a_line_for_each_name_and_tells_its_ends() -> None:
    svg = plot(SERIES)
    assert len(list(svg.iter("polyline"))) == len(SERIES["lines"])
    assert "falls from 1 to 0.01" in svg.get("aria-label", "")


def test_a_line_that_falls_is_drawn_falling() -> None:
    lines = [line.get("points", "").split() for line in plot(SERIES).iter("polyline")]
    falls, stays = ([float(point.split(",")[1]) for point in line] for line in lines)
    assert falls == sorted(falls)
    assert falls[0] < falls[-1]
    assert len(set(stays)) == 1


def test_many_powers_of_ten_are_drawn_logarithmically() -> None:
    wide = SERIES | {"lines": {"falls": [1.0, 1e-5, 1e-10]}}
    [line] = plot(wide).iter("polyline")
    heights = [float(point.split(",")[1]) for point in line.get("points", "").split()]
    assert heights[1] - heights[0] == pytest.approx(heights[2] - heights[1], abs=0.2)


def test_a_logarithmic_axis_has_powers_of_ten_at_equal_distances() -> None:
    svg = plot(SERIES | {"at": [1, 10, 100]}, logarithmic=True)
    places = [float(line.get("points", "").split()[k].split(",")[0]) for line in svg.iter("polyline") for k in range(3)]
    assert places[1] - places[0] == pytest.approx(places[2] - places[1], abs=0.2)
    assert {"1", "10", "100"} <= set(words(svg))


def test_a_line_may_end_before_the_others() -> None:
    svg = plot(SERIES | {"lines": {"short": [1.0, 0.5], "long": [1.0, 0.5, 0.25]}})
    assert [len(line.get("points", "").split()) for line in svg.iter("polyline")] == [2, 3]


def test_steps_are_round() -> None:
    assert steps(0, 100) == [0, 20, 40, 60, 80, 100]
    assert steps(-0.7, 1.2) == pytest.approx([-0.5, 0.0, 0.5, 1.0])


def test_text_of_a_caption_never_becomes_markup() -> None:
    assert "<b>" not in figure(plot(SERIES), "<b>")


def test_every_error_has_a_mark_with_its_words_right_of_the_tolerance_when_it_is_beyond() -> None:
    worst = {("one", "float64"): {"RNN": 0.1, "GRU": 5.0}, ("one", "float32"): {"GRU": 1.0}, ("two", "float64"): {}}
    svg = errors(worst, ["RNN", "GRU"], "Errors.")
    said = {part.findtext("title", ""): part for part in of_class(svg, "mark")}
    assert {words for words in said if ":" in words} == {
        "one, float64, RNN: 0.1",
        "one, float64, GRU: 5",
        "one, float32, GRU: 1",
    }
    [limit] = of_class(svg, "limit")
    tolerance = float(limit.get("x1", ""))
    assert float(said["one, float64, RNN: 0.1"].get("cx", "")) < tolerance
    assert float(said["one, float64, GRU: 5"].get("cx", "")) > tolerance
    assert "one, float64: 5 in GRU; one, float32: 1 in GRU; two, float64: nothing compared." in svg.get(
        "aria-label", ""
    )


def test_errors_beyond_the_axis_stand_at_its_ends() -> None:
    assert place_of(0.0) == place_of(10.0**LEAST) < place_of(1.0)
    assert place_of(float("inf")) == place_of(10.0 ** (MOST + 2)) == place_of(10.0**MOST)
