"""How JAX libraries store parameters: what can be said of it without any of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from rnnspec import GRU, LSTM, RNN, Cell, Parameters
from rnnspec_adapters.jax import jax_layouts
from rnnspec_adapters.layout import Layout
from rnnspec_adapters.plan import plan_of

from .problems import LENGTHS, H, I, make_problem

DECLARED: list[tuple[Layout, Cell]] = [
    *((jax_layouts.linen(cell), cell) for cell in (RNN(), LSTM(), GRU(), GRU(update="take"), GRU(minimal=True))),
    *((jax_layouts.linen(cell), cell) for cell in (GRU(reset="none"), GRU(reset="none", update="take"))),
    *((jax_layouts.nnx(cell, optimized=False), cell) for cell in (RNN(), LSTM())),
    (jax_layouts.nnx(LSTM(), optimized=True), LSTM()),
    *((jax_layouts.equinox(cell), cell) for cell in (LSTM(), LSTM(bias=False), GRU(), GRU(update="take", bias=False))),
    *(
        (jax_layouts.haiku(cell), cell)
        for cell in (RNN(), LSTM(), GRU(reset="before"), GRU(reset="before", update="take"))
    ),
    (jax_layouts.cudnn_lstm(), LSTM()),
]

every_layout = pytest.mark.parametrize("layout, cell", DECLARED, ids=lambda part: getattr(part, "name", repr(part)))


def parameters_of(cell: Cell) -> Parameters:
    rng = np.random.default_rng(3)
    return Parameters(**{name: rng.normal(size=shape) for name, shape in cell.parameter_shapes(I, H).items()})


@every_layout
def test_a_layout_holds_all_parameters_and_gives_them_back(layout: Layout, cell: Cell) -> None:
    parameters = parameters_of(cell)
    assert layout.names() == set(parameters)
    restored = layout.unpack(layout.pack(parameters, np.float64))
    for name, array in parameters.items():
        np.testing.assert_allclose(restored[name], array, rtol=0, atol=1e-15 if "haiku" in layout.name else 0)


def test_haiku_stores_the_bias_of_its_forget_gate_less_1() -> None:
    parameters = parameters_of(LSTM())
    _, _, bias = jax_layouts.haiku(LSTM()).pack(parameters, np.float64)
    b_i, b_g, b_f, b_o = np.split(bias, 4)
    assert np.array_equal(b_f, parameters.b_f - 1)
    assert all(np.array_equal(b, parameters[name]) for b, name in ((b_i, "b_i"), (b_g, "b_g"), (b_o, "b_o")))


@pytest.mark.parametrize(
    "layout, native, other",
    [
        (jax_layouts.linen, GRU(), GRU(update="take")),
        (jax_layouts.equinox, GRU(), GRU(update="take")),
        (jax_layouts.haiku, GRU(reset="before", update="take"), GRU(reset="before")),
    ],
)
def test_the_update_gate_is_negated_where_its_polarity_is_the_other_one(
    layout: Callable[[Cell], Layout], native: GRU, other: GRU
) -> None:
    def negated(cell: GRU) -> set[str]:
        return {block.name for tensor in layout(cell).tensors for block in tensor.blocks if block.sign == -1}

    assert negated(native) == set()
    assert negated(other) == {"W_z", "R_z", "b_z"}


def test_problems_of_the_same_structure_have_the_same_plan() -> None:
    one, other = (make_problem([LSTM(), GRU()], lengths=LENGTHS, seed=seed) for seed in (1, 2))
    assert plan_of(one) == plan_of(other)
    assert hash(plan_of(one)) == hash(plan_of(other))
    assert plan_of(make_problem([LSTM(), GRU()], direction="reverse")) != plan_of(one)
