"""Layouts: packing, unpacking, and the way back of gradients (LAY-1 to LAY-6)."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import DTypeLike

from rnnspec import GRU, LSTM, RNN, Cell, Parameters
from rnnspec_adapters.layout import Block, Layout, Placement, Tensor, pack, pull_back, unpack
from rnnspec_adapters.reference import layout_of
from rnnspec_adapters.torch import torch_layouts

from .problems import CELLS, H, I, make_problem

IN_TORCH: tuple[Cell, ...] = (
    RNN(),
    RNN(bias=False),
    LSTM(),
    LSTM(bias=False),
    GRU(),
    GRU(update="take"),
    GRU(bias=False),
    GRU(update="take", bias=False),
)
LAYOUTS = [
    *((cell, layout_of(cell)) for cell in CELLS),
    *((cell, torch_layouts.layout_of(cell)) for cell in IN_TORCH),
    *((LSTM(), torch_layouts.in_order(LSTM(), gates=order)) for order in ("ofgi", "iofg")),
]

every_layout = pytest.mark.parametrize(
    "cell, layout", LAYOUTS, ids=[f"{layout.name}-{number}" for number, (_, layout) in enumerate(LAYOUTS)]
)


def random_parameters(cell: Cell, dtype: DTypeLike = np.float64) -> Parameters:
    rng = np.random.default_rng(3)
    shapes = cell.parameter_shapes(I, H)
    return Parameters(
        **{name: rng.standard_normal(shape).astype(dtype).astype(np.float64) for name, shape in shapes.items()}
    )


def of_bias(**block: float) -> Layout:
    """A layout of the simple recurrent layer in which the bias has a sign, a share or an added constant."""
    return Layout(
        name="some",
        tensors=(
            Tensor(name="W", axes="I (gate H)", blocks=(Block(name="W"),)),
            Tensor(name="R", axes="(gate H) J", blocks=(Block(name="R"),)),
            Tensor(name="b", axes="(gate H)", blocks=(Block(name="b", **block),)),  # type: ignore[arg-type]
        ),
    )


@every_layout
def test_a_layout_names_the_parameters_of_its_cell(cell: Cell, layout: Layout) -> None:
    assert layout.names() == set(cell.parameter_shapes(I, H))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@every_layout
def test_unpacking_what_was_packed_gives_it_back_exactly(cell: Cell, layout: Layout, dtype: DTypeLike) -> None:
    parameters = random_parameters(cell, dtype)
    tensors = layout.pack(parameters, dtype)
    assert all(tensor.dtype == dtype for tensor in tensors)
    back = layout.unpack(tensors)
    assert set(back) == set(parameters)
    for name, array in parameters.items():
        assert np.array_equal(back[name], array), name


@every_layout
def test_pulling_back_is_the_transpose_of_packing(cell: Cell, layout: Layout) -> None:
    parameters = random_parameters(cell)
    packed = layout.pack(parameters, np.float64)
    rng = np.random.default_rng(4)
    gradients = [rng.standard_normal(tensor.shape) for tensor in packed]
    back = layout.pull_back(gradients)
    left = sum(float((tensor * gradient).sum()) for tensor, gradient in zip(packed, gradients, strict=True))
    right = sum(float((parameters[name] * back[name]).sum()) for name in parameters)
    assert left == pytest.approx(right, rel=1e-13)


@every_layout
def test_every_native_number_is_one_of_the_parameters(cell: Cell, layout: Layout) -> None:
    names = list(cell.parameter_shapes(I, H))
    marked = Parameters(
        **{
            name: np.full(shape, 4.0 ** (position + 1))
            for position, (name, shape) in enumerate(cell.parameter_shapes(I, H).items())
        }
    )
    total = sum(float(tensor.sum()) for tensor in layout.pack(marked, np.float64))
    signs = {block.name: block.sign for tensor in layout.tensors for block in tensor.blocks}
    assert total == sum(signs[name] * float(marked[name].sum()) for name in names)


def test_the_order_of_gates_is_that_of_the_declaration() -> None:
    parameters = Parameters(
        **{name: np.full(shape, "ifgo".index(name[-1]), float) for name, shape in LSTM().parameter_shapes(I, H).items()}
    )
    weight_ih, weight_hh, *_ = torch_layouts.in_order(LSTM(), gates="ofgi").pack(parameters, np.float64)
    assert weight_ih[::H, 0].tolist() == [3, 1, 2, 0]
    assert weight_hh[::H, 0].tolist() == [3, 1, 2, 0]


def test_axes_are_those_of_the_declaration() -> None:
    parameters = random_parameters(RNN())
    W, R, b = of_bias().pack(parameters, np.float64)
    assert np.array_equal(W, parameters.W.T)
    assert np.array_equal(R, parameters.R)
    assert np.array_equal(b, parameters.b)
    assert W.flags.c_contiguous


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_two_halves_of_a_bias_add_up_exactly(dtype: DTypeLike) -> None:
    parameters = random_parameters(LSTM(), dtype)
    *_, b_ih, b_hh = torch_layouts.layout_of(LSTM()).pack(parameters, dtype)
    for position, gate in enumerate("ifgo"):
        rows = slice(position * H, (position + 1) * H)
        assert np.array_equal(b_ih[rows] + b_hh[rows], parameters[f"b_{gate}"].astype(dtype)), "added in the dtype"
        assert b_ih[rows].all()
        assert b_hh[rows].all()
        assert not np.array_equal(b_ih[rows], b_hh[rows]), "equal halves hide an exchange"


def test_a_sign_negates_when_packing_unpacking_and_pulling_back() -> None:
    parameters, layout = random_parameters(RNN()), of_bias(sign=-1)
    packed = layout.pack(parameters, np.float64)
    assert np.array_equal(packed[2], -parameters.b)
    assert np.array_equal(layout.unpack(packed).b, parameters.b)
    assert np.array_equal(layout.pull_back(packed).b, parameters.b)


def test_an_added_constant_is_taken_off_when_packing_and_has_no_part_in_gradients() -> None:
    parameters, layout = random_parameters(RNN()), of_bias(added=1.0)
    packed = layout.pack(parameters, np.float64)
    assert np.array_equal(packed[2], parameters.b - 1)
    assert np.allclose(layout.unpack(packed).b, parameters.b, rtol=0, atol=1e-15)
    assert np.array_equal(layout.pull_back(packed).b, packed[2])


def test_an_added_constant_is_added_before_the_sign() -> None:
    parameters, layout = Parameters(W=np.ones((1, 1)), R=np.ones((1, 1)), b=np.array([2.0])), of_bias(sign=-1, added=1)
    packed = layout.pack(parameters, np.float64)
    assert packed[2].tolist() == [-3.0]
    assert layout.unpack(packed).b.tolist() == [2.0]


@pytest.mark.parametrize("shares", [(0.5, 0.25), (1.0, 1.0), (0.5,)])
def test_shares_that_do_not_add_up_to_1_are_refused(shares: tuple[float, ...]) -> None:
    tensors = tuple(
        Tensor(name=f"b{number}", axes="(gate H)", blocks=(Block(name="b", share=share),))
        for number, share in enumerate(shares)
    )
    with pytest.raises(ValueError, match=rf"some: the shares of b: wanted a sum of 1, got {sum(shares)} \[LAY-5\]"):
        Layout(name="some", tensors=tensors)


def test_packing_does_not_change_the_parameters() -> None:
    parameters = random_parameters(GRU(update="take"))
    before = {name: array.copy() for name, array in parameters.items()}
    for tensor in torch_layouts.layout_of(GRU(update="take")).pack(parameters, np.float64):
        tensor[...] = 0
    assert all(np.array_equal(parameters[name], array) for name, array in before.items())


def test_tensors_of_the_wrong_number_are_refused() -> None:
    layout = torch_layouts.layout_of(LSTM())
    packed = layout.pack(random_parameters(LSTM()), np.float64)
    with pytest.raises(ValueError, match="wanted 4 tensors: weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, got 3"):
        layout.unpack(packed[:-1])


def placements_of(layouts: tuple[Layout, ...]) -> tuple[Placement, ...]:
    return tuple(
        Placement(layer=layer, direction=direction, layout=layout, prefix="some.", native_layer=layer)
        for layer, layout in enumerate(layouts)
        for direction in (0, 1)
    )


def test_placements_name_layers_and_directions() -> None:
    (_, place, *_) = placements_of((torch_layouts.layout_of(LSTM()), torch_layouts.layout_of(LSTM())))
    assert place.names() == [
        "some.weight_ih_l0_reverse",
        "some.weight_hh_l0_reverse",
        "some.bias_ih_l0_reverse",
        "some.bias_hh_l0_reverse",
    ]


def test_a_stack_goes_through_native_names_and_back() -> None:
    problem = make_problem([GRU(), LSTM()], direction="bidirectional")
    places = placements_of((torch_layouts.layout_of(GRU()), torch_layouts.layout_of(LSTM())))
    native = pack(problem.layers, places, np.float32)
    assert len(native) == 16
    for back in (unpack(native, places), unpack(dict(reversed(native.items())), reversed(places))):
        for layer, directions in zip(problem.layers, back, strict=True):
            for parameters, again in zip(layer.parameters, directions, strict=True):
                for name, array in parameters.items():
                    assert np.array_equal(again[name], array), name
    assert [len(layer) for layer in pull_back(native, places)] == [2, 2]


def test_no_two_placements_have_the_same_native_name() -> None:
    places = placements_of((torch_layouts.layout_of(GRU()), torch_layouts.layout_of(LSTM())))
    names = [name for place in places for name in place.names()]
    assert len(set(names)) == len(names)
