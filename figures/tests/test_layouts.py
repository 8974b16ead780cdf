"""What the site says of layouts: every layout is found, its card is right, its code reads what it packs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rnnspec import GRU, LSTM, RNN, Parameters
from rnnspec_adapters.convention_cards import card, code, sentences
from rnnspec_adapters.known_layouts import INPUTS, UNITS, Shown, answers, families, shown, spelled
from rnnspec_adapters.layout import Block, Layout, Tensor
from rnnspec_figures.packed import packed

ALL = [entry for family in families() for entry in shown(family)]


def parameters_for(entry: Shown) -> Parameters:
    """Parameters that all differ, in whole numbers, so that any share of them is exact."""
    shapes = entry.cell.parameter_shapes(INPUTS, UNITS)
    numbers = iter(range(4, 100000, 4))
    return Parameters(
        **{
            name: np.array([float(next(numbers)) for _ in range(int(np.prod(shape)))]).reshape(shape)
            for name, shape in shapes.items()
        }
    )


def read(program: str, entry: Shown) -> Parameters:
    """What the code that the site shows makes of packed parameters."""
    tensors = entry.layout.pack(parameters_for(entry), np.float64)
    names = [tensor.name.format(layer=0, direction=entry.layout.directions[0]) for tensor in entry.layout.tensors]
    namespace: dict[str, object] = {"np": np}
    exec(program, namespace)
    function = namespace["parameters_of"]
    assert callable(function)
    found = function(dict(zip(names, tensors, strict=True)))
    assert isinstance(found, Parameters)
    return found


def same(actual: Parameters, expected: Parameters) -> bool:
    actual_arrays, expected_arrays = dict(actual.items()), dict(expected.items())
    return actual_arrays.keys() == expected_arrays.keys() and all(
        np.array_equal(actual_arrays[name], expected_arrays[name]) for name in actual_arrays
    )


def shown_as(layer: str) -> Shown:
    return next(entry for entry in ALL if entry.layout.name == layer)


@pytest.mark.parametrize("entry", ALL, ids=[entry.anchor for entry in ALL])
def test_the_code_of_a_layout_reads_what_the_layout_packs(entry: Shown) -> None:
    assert same(read(code(entry), entry), parameters_for(entry))


@pytest.mark.parametrize(
    "layer, right, wrong",
    [
        ("torch.nn.LSTM", "W_i=native_weight_ih_l0[0]", "W_i=native_weight_ih_l0[1]"),
        ("haiku.LSTM", "native_linear_b[2] + 1.0", "native_linear_b[2]"),
        ("haiku.GRU", "'I (gate H) -> gate H I'", "'I (gate H) -> gate I H'"),
    ],
)
def test_code_with_a_slip_does_not(layer: str, right: str, wrong: str) -> None:
    entry = shown_as(layer)
    assert right in code(entry)
    assert not same(read(code(entry).replace(right, wrong), entry), parameters_for(entry))


def test_every_family_shows_a_layout() -> None:
    for family in families():
        assert shown(family), f"{family}: wanted a function of its layouts that takes a cell, or EXAMPLES"


def test_anchors_differ() -> None:
    anchors = [entry.anchor for entry in ALL]
    assert len(set(anchors)) == len(anchors)


def test_a_cell_that_a_layer_has_not_is_not_shown() -> None:
    of_torch = {spelled(entry.cell) for entry in shown("torch") if entry.layout.name == "torch.nn.GRU"}
    assert of_torch == {"GRU()"}


def layout_with_a_free_argument(cell: RNN, *, name: str) -> Layout:  # noqa: ARG001 - asked for by its name
    tensors = tuple(
        Tensor(name=letter, axes=axes, blocks=(Block(name=letter),))
        for letter, axes in {"W": "(gate H) I", "R": "(gate H) J", "b": "(gate H)"}.items()
    )
    return Layout(name=name, tensors=tensors)


def test_an_argument_of_any_value_wants_an_example() -> None:
    function = layout_with_a_free_argument
    assert list(answers("some", "function", function)) == []
    [found] = answers("some", "function", function, ({"name": "some.Layer"},))
    assert found.layout.name == "some.Layer"
    assert found.call == "function(rnnspec.RNN(), name='some.Layer')"


def test_an_example_of_some_cells_is_shown_for_these_alone() -> None:
    names = {spelled(entry.cell): set[str]() for entry in shown("tensorflow")}
    for entry in shown("tensorflow"):
        names[spelled(entry.cell)].add(entry.layout.name)
    assert "tf.compat.v1.nn.rnn_cell.LSTMCell" in names["LSTM(peephole='new')"]
    assert "tf.compat.v1.nn.rnn_cell.BasicLSTMCell" in names["LSTM()"] - names["LSTM(peephole='new')"]


@pytest.mark.parametrize(
    "layer, question, answer",
    [
        ("torch.nn.LSTM", "gate order", "i f g o"),
        ("torch.nn.LSTM", "a packed matrix", "rows are units: as in the text"),
        ("torch.nn.LSTM", "biases", "two, summed"),
        ("torch.nn.GRU", "biases", "two, summed, and one inside the reset product"),
        ("torch.nn.GRU", "update gate", "keeps the old state"),
        ("haiku.GRU", "gate order", "z r n"),
        ("haiku.GRU", "update gate", "takes the candidate"),
        ("haiku.GRU", "reset gate", "before the recurrent product"),
        ("haiku.LSTM", "extras", "1 is added to b_f at run time"),
        ("tf.raw_ops.BlockLSTM", "gate order", "i g f o"),
        ("tf.raw_ops.BlockLSTM", "extras", "1 is added to b_f at run time"),
        ("tf.raw_ops.BlockLSTMV2", "gate order", "i f g o"),
        ("tf.compat.v1.nn.rnn_cell.GRUCell", "update gate", "keeps the old state"),
        ("flax.linen.LSTMCell", "gate order", "a tensor for each gate"),
        ("flax.linen.LSTMCell", "a packed matrix", "columns are units: transposed"),
    ],
)
def test_a_card_answers(layer: str, question: str, answer: str) -> None:
    assert card(shown_as(layer))[question] == answer


def test_a_negated_update_gate_is_the_other_sense() -> None:
    entry = shown_as("haiku.GRU")
    layout = replace(
        entry.layout,
        tensors=tuple(
            replace(
                tensor,
                blocks=tuple(replace(block, sign=-1 if block.name.endswith("z") else 1) for block in tensor.blocks),
            )
            for tensor in entry.layout.tensors
        ),
    )
    negated = replace(entry, layout=layout, cell=GRU(reset="before"))
    assert card(negated)["update gate"] == "takes the candidate"
    assert same(read(code(negated), negated), parameters_for(negated))
    assert "minus W_z" in " ".join(sentences(layout))


@pytest.mark.parametrize("entry", ALL, ids=[entry.anchor for entry in ALL])
def test_a_drawing_has_every_block_and_says_so_in_words(entry: Shown) -> None:
    svg = packed(entry)
    blocks = [block for tensor in entry.layout.tensors for block in tensor.blocks]
    drawn = [part for part in svg.iter("rect") if "block" in part.get("class", "")]
    assert len(drawn) == len(blocks)
    assert all(block.name in svg.get("aria-label", "") for block in blocks)


def test_the_blocks_of_a_drawing_do_not_overlap() -> None:
    for tensor in packed(shown_as("torch.nn.LSTM")).findall("g"):
        places = [(part.get("x"), part.get("y")) for part in tensor.iter("rect")]
        assert len(set(places)) == len(places)


def test_a_cell_is_spelled_by_what_it_differs_in() -> None:
    assert spelled(LSTM(projection=2), prefix="rnnspec.") == "rnnspec.LSTM(projection=2)"
