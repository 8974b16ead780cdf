"""The code that maps one layout to another: executed for every pair of layers that compute a cell in common."""

from __future__ import annotations

import numpy as np
import pytest

from rnnspec import GRU, LSTM, Cell, Parameters
from rnnspec_adapters.conversion_code import code
from rnnspec_adapters.known_layouts import INPUTS, UNITS, layers, spelled
from rnnspec_adapters.layout import Array, Layout
from rnnspec_adapters.stored import joined, taken_apart

LAYERS = layers()
LAYOUTS: dict[tuple[str, Cell], Layout] = {
    (name, entry.cell): entry.layout for name, entries in LAYERS.items() for entry in entries
}
PAIRS = [(cell, first, second) for first, cell in LAYOUTS for second, other in LAYOUTS if other == cell]


def parameters_of(cell: Cell) -> Parameters:
    """Parameters that all differ, in whole numbers that shares divide."""
    numbers = iter(range(4, 100000, 4))
    shapes = cell.parameter_shapes(INPUTS, UNITS)
    return Parameters(
        **{
            name: np.array([float(next(numbers)) for _ in range(int(np.prod(shape)))]).reshape(shape)
            for name, shape in shapes.items()
        }
    )


def ran(program: str, native: dict[str, Array]) -> dict[str, Array]:
    namespace: dict[str, object] = {}
    exec(program, namespace)
    function = namespace["converted"]
    assert callable(function)
    found = function(native)
    assert isinstance(found, dict)
    return found


def carried(program: str, cell: Cell, source: Layout, target: Layout) -> Parameters:
    """The parameters that the target has after the code has run."""
    native = joined(source, source.pack(parameters_of(cell), np.float64))
    return target.unpack(taken_apart(target, ran(program, native)))


def same(actual: Parameters, expected: Parameters) -> bool:
    return set(actual) == set(expected) and all(np.array_equal(actual[name], expected[name]) for name in actual)


@pytest.mark.parametrize(
    "cell, first, second", PAIRS, ids=[f"{first}-{second}-{spelled(cell)}" for cell, first, second in PAIRS]
)
def test_the_code_carries_every_parameter(cell: Cell, first: str, second: str) -> None:
    source, target = LAYOUTS[first, cell], LAYOUTS[second, cell]
    program = code(source, target)
    assert same(carried(program, cell, source, target), parameters_of(cell)), program
    wanted = joined(target, target.pack(parameters_of(cell), np.float64))
    native = joined(source, source.pack(parameters_of(cell), np.float64))
    assert {name: array.shape for name, array in ran(program, native).items()} == {
        name: array.shape for name, array in wanted.items()
    }


@pytest.mark.parametrize("name, cell", LAYOUTS, ids=[f"{name}-{spelled(cell)}" for name, cell in LAYOUTS])
def test_what_is_stored_comes_apart_as_it_was_joined(name: str, cell: Cell) -> None:
    layout = LAYOUTS[name, cell]
    tensors = layout.pack(parameters_of(cell), np.float64)
    apart = taken_apart(layout, joined(layout, tensors))
    assert all(np.array_equal(one, other) for one, other in zip(apart, tensors, strict=True))


def test_code_with_a_slip_carries_something_else() -> None:
    source, target = LAYOUTS["torch.nn.GRU", GRU()], LAYOUTS["keras.layers.GRU", GRU()]
    program = code(source, target)
    swapped = program.replace("W_z, W_r, W_n]", "W_r, W_z, W_n]")
    assert swapped != program
    assert not same(carried(swapped, GRU(), source, target), parameters_of(GRU()))


def test_layers_that_store_the_same_are_not_taken_apart() -> None:
    source, target = LAYOUTS["torch.nn.LSTM", LSTM()], LAYOUTS["keras.layers.LSTM", LSTM()]
    assert code(source, target) == (
        "import numpy as np\n\n\n"
        "def converted(native):\n"
        "    return {\n"
        "        'kernel': native['weight_ih_l0'].T,\n"
        "        'recurrent_kernel': native['weight_hh_l0'].T,\n"
        "        'bias': native['bias_ih_l0'] + native['bias_hh_l0'],\n"
        "    }\n"
    )


def test_what_is_not_stored_is_named() -> None:
    layout = LAYOUTS["keras.layers.LSTM", LSTM()]
    with pytest.raises(ValueError, match=r"keras.layers.LSTM: wanted bias, got kernel, recurrent_kernel \[LAY-3\]"):
        taken_apart(layout, {"kernel": np.zeros((3, 16)), "recurrent_kernel": np.zeros((4, 16))})
