"""Cells that are known by a name compute the formulas under which they are known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from rnnspec import GRU, LSTM, NAMED_CELLS, RNN, Activation, Array, Cell, Parameters, named_arrays, solve

from .random_problems import LENGTHS, T, assert_close, assert_identical, make_problem
from .test_systems import H, I, Numbers, Vectors, assert_same, run, sigma

GREFF = ("V", "NIG", "NFG", "NOG", "NIAF", "NOAF", "NP", "CIFG", "FGR")


@dataclass
class Greff:
    """The vanilla LSTM of Greff et al. 2017 and its eight variants, in their letters.

    z is the block input, i, f and o the gates, c the cell, y the block output; W is on the input, R on the output of
    the step before, p are the peepholes. NIG, NFG, NOG: no input, forget, output gate; NIAF, NOAF: no input, output
    activation function; NP: no peepholes; CIFG: coupled input and forget gate; FGR: full gate recurrence.
    """

    n: Numbers
    variant: str

    def block(self, name: str, x: Array, y: Array) -> Array:
        return np.asarray(self.n.on_x(f"W_{name}") @ x + self.n.on_h(f"R_{name}") @ y + self.n.vector(f"b_{name}"))

    def peephole(self, gate: str, c: Array) -> Array:
        return np.zeros_like(c) if self.variant == "NP" else self.n.vector(f"p_{gate}") * c

    def recurrence(self, gate: str, before: dict[str, Array]) -> Array:
        if self.variant != "FGR":
            return np.zeros(H)
        return np.asarray(sum(self.n.on_h(f"R_{source}{gate}") @ before[source] for source in "ifo"))

    def run(self, xs: Vectors, y: Array, c: Array) -> Vectors:
        outputs = []
        before = {gate: np.zeros(H) for gate in "ifo"}
        for x in xs:
            z_bar = self.block("z", x, y)
            z = z_bar if self.variant == "NIAF" else np.tanh(z_bar)
            i = sigma(self.block("i", x, y) + self.peephole("i", c) + self.recurrence("i", before))
            f = sigma(self.block("f", x, y) + self.peephole("f", c) + self.recurrence("f", before))
            if self.variant == "NIG":
                i = np.ones(H)
            if self.variant == "NFG":
                f = np.ones(H)
            if self.variant == "CIFG":
                f = 1 - i
            c = z * i + c * f
            o = sigma(self.block("o", x, y) + self.peephole("o", c) + self.recurrence("o", before))
            if self.variant == "NOG":
                o = np.ones(H)
            y = (c if self.variant == "NOAF" else np.tanh(c)) * o
            before = {"i": i, "f": f, "o": o}
            outputs.append(y)
        return outputs

    def parameters(self, cell: Cell) -> Parameters:
        """The numbers under the letters of the specification: the block input z is g."""
        arrays = {}
        for name in cell.parameter_axes:
            letter, gate = name.split("_")
            theirs = f"{letter}_{gate.replace('g', 'z')}"
            on = self.n.on_x if letter == "W" else self.n.on_h if letter == "R" else self.n.vector
            arrays[name] = on(theirs)
        return Parameters(**arrays)


def state_of(cell: Cell, y: Array, c: Array) -> dict[str, Array]:
    return {name: {"h": y, "c": c}.get(name, np.zeros(H)) for name in cell.states}


@pytest.mark.parametrize("variant", GREFF)
def test_a_variant_of_greff_et_al_computes_their_formulas(variant: str) -> None:
    n = Numbers(31)
    theirs, cell = Greff(n, variant), NAMED_CELLS[variant]
    xs, y, c = n.inputs_of(), n.state("y"), n.state("c")
    assert_same(run(cell, theirs.parameters(cell), xs, **state_of(cell, y, c)), theirs.run(xs, y, c))


def test_the_nine_of_greff_et_al_differ_with_the_same_numbers() -> None:
    n = Numbers(31)
    xs, y, c = n.inputs_of(), n.state("y"), n.state("c")
    outputs = [np.array(Greff(n, variant).run(xs, y, c)) for variant in GREFF]
    for k, one in enumerate(outputs):
        for other in outputs[:k]:
            assert np.abs(one - other).max() > 1e-2


@pytest.mark.parametrize("variant", GREFF)
def test_a_variant_of_greff_et_al_has_the_parameters_that_it_needs(variant: str) -> None:
    """The numbers of parameters of one layer, counted by hand: blocks, less absent gates, plus peepholes or gates."""
    block, vanilla = H * I + H * H + H, 4 * (H * I + H * H + H) + 3 * H
    counts = dict.fromkeys(GREFF, vanilla)
    counts |= dict.fromkeys(("NIG", "NFG", "NOG", "CIFG"), vanilla - block - H)
    counts |= {"NP": vanilla - 3 * H, "FGR": vanilla + 9 * H * H}
    shapes = NAMED_CELLS[variant].parameter_shapes(I, H)
    assert sum(int(np.prod(shape)) for shape in shapes.values()) == counts[variant]


def test_the_cell_of_1997_squashes_to_two_and_to_one_and_cannot_forget() -> None:
    """Hochreiter and Schmidhuber 1997: g(x) = 4 / (1 + exp(-x)) - 2, h(x) = 2 / (1 + exp(-x)) - 1, s = s + y_in g."""
    n = Numbers(32)
    xs, y, s = n.inputs_of(), n.state("y"), n.state("s")
    letters = {"i": "in", "o": "out", "g": "c"}
    y_of_step, s_of_step, expected = y, s, []
    for x in xs:
        net = {u: n.on_x(f"W_{u}") @ x + n.on_h(f"R_{u}") @ y_of_step + n.vector(f"b_{u}") for u in ("in", "out", "c")}
        y_in, y_out = 1 / (1 + np.exp(-net["in"])), 1 / (1 + np.exp(-net["out"]))
        s_of_step = s_of_step + y_in * (4 / (1 + np.exp(-net["c"])) - 2)
        y_of_step = y_out * (2 / (1 + np.exp(-s_of_step)) - 1)
        expected.append(y_of_step)
    cell = NAMED_CELLS["LSTM 1997"]
    parameters = Parameters(
        **{f"W_{gate}": n.on_x(f"W_{unit}") for gate, unit in letters.items()},
        **{f"R_{gate}": n.on_h(f"R_{unit}") for gate, unit in letters.items()},
        **{f"b_{gate}": n.vector(f"b_{unit}") for gate, unit in letters.items()},
    )
    outputs = run(cell, parameters, xs, h=y, c=s)
    assert np.abs(outputs - expected).max() <= 1e-14  # 2 sigmoid - 1 is a difference of numbers near one


def test_the_minimal_gated_unit_has_one_gate_for_both_purposes() -> None:
    """Zhou et al. 2016: f = sigma(W_f [h, x] + b_f), h~ = tanh(W_h [f h, x] + b_h), h = (1 - f) h + f h~."""
    n = Numbers(33)
    W_f, W_h, b_f, b_h = n.on_both("W_f"), n.on_both("W_h"), n.vector("b_f"), n.vector("b_h")
    xs, h = n.inputs_of(), n.state("h")
    h_of_step, expected = h, []
    for x in xs:
        f = sigma(W_f @ np.concatenate([h_of_step, x]) + b_f)
        h_tilde = np.tanh(W_h @ np.concatenate([f * h_of_step, x]) + b_h)
        h_of_step = (1 - f) * h_of_step + f * h_tilde
        expected.append(h_of_step)
    parameters = Parameters(W_z=W_f[:, H:], W_n=W_h[:, H:], R_z=W_f[:, :H], R_n=W_h[:, :H], b_z=b_f, b_n=b_h)
    assert_same(run(NAMED_CELLS["MGU"], parameters, xs, h=h), expected)


def test_the_minimal_unit_that_keeps_and_resets_after_the_product() -> None:
    """The other form in use: f = sigma(..), n = tanh(W_n x + b_n + f (R_n h + b_Rn)), h = (1 - f) n + f h."""
    n = Numbers(34)
    xs, h = n.inputs_of(), n.state("h")
    cell = GRU(minimal=True)
    shapes = cell.parameter_shapes(I, H)
    p = {name: {"W": n.on_x, "R": n.on_h, "b": n.vector}[name[0]](name) for name in shapes}
    h_of_step, expected = h, []
    for x in xs:
        f = sigma(p["W_z"] @ x + p["R_z"] @ h_of_step + p["b_z"])
        new = np.tanh(p["W_n"] @ x + p["b_n"] + f * (p["R_n"] @ h_of_step + p["b_Rn"]))
        h_of_step = (1 - f) * new + f * h_of_step
        expected.append(h_of_step)
    assert_same(run(cell, Parameters(**p), xs, h=h), expected)


def test_the_two_couplings_differ_with_the_same_numbers() -> None:
    """What one computes as i the other one computes as f: each is the other's with its gate negated."""
    n = Numbers(35)
    xs, h, c = n.inputs_of(), n.state("h"), n.state("c")
    forget, read = LSTM(coupling="forget"), LSTM(coupling="input")
    of = {"W": n.on_x, "R": n.on_h, "b": n.vector}
    shared = {name: of[name[0]](name) for name in forget.parameter_shapes(I, H) if not name.endswith("_i")}
    gate = {letter: make("gate" + letter) for letter, make in of.items()}
    by_forget = Parameters(**shared, **{f"{letter}_i": array for letter, array in gate.items()})
    by_input = Parameters(**shared, **{f"{letter}_f": array for letter, array in gate.items()})
    negated = Parameters(**shared, **{f"{letter}_f": -array for letter, array in gate.items()})
    outputs = run(forget, by_forget, xs, h=h, c=c)
    assert np.abs(run(read, by_input, xs, h=h, c=c) - outputs).max() > 1e-2
    assert_same(run(read, negated, xs, h=h, c=c), outputs)


def test_names_stand_for_these_cells() -> None:
    assert set(NAMED_CELLS) == {*GREFF, "LSTM 1997", "MGU", "simple"}
    assert NAMED_CELLS["NP"] == LSTM()
    assert NAMED_CELLS["simple"] == RNN(activation="tanh")
    assert len(set(NAMED_CELLS.values())) == len(NAMED_CELLS)


@pytest.mark.parametrize(
    "plain, spelled_out",
    [
        (
            LSTM(),
            LSTM(
                gate_activation=Activation(name="sigmoid"),
                candidate_activation=Activation(name="scaled_tanh"),
                output_activation=Activation(name="scaled_tanh", alpha=1, beta=1),
            ),
        ),
        (LSTM(output_activation="identity"), LSTM(output_activation="affine")),
        (
            GRU(gate_activation="hard_sigmoid"),
            GRU(gate_activation=Activation(name="hard_sigmoid", alpha=0.2, beta=0.5)),
        ),
        (RNN(activation="relu"), RNN(activation=Activation(name="thresholded_relu", alpha=0))),
    ],
    ids=["tanh", "identity", "hard_sigmoid", "relu"],
)
def test_two_spellings_of_one_cell_agree(plain: Cell, spelled_out: Cell) -> None:
    problem = make_problem([(plain, "bidirectional")], lengths=LENGTHS)
    other = replace(problem, layers=(replace(problem.layers[0], cell=spelled_out),))
    assert_close(named_arrays(solve(other)), named_arrays(solve(problem)))


def test_bounds_that_nothing_reaches_change_no_bit() -> None:
    cell = LSTM(peephole="new", projection=3, projection_bias=True)
    problem = make_problem([(cell, "bidirectional")], lengths=LENGTHS)
    for derivative in ("true", "straight-through"):
        wide = replace(
            cell, cell_clip=float(T + 3), projection_clip=1e3, preactivation_clip=1e3, clip_derivative=derivative
        )
        other = replace(problem, layers=(replace(problem.layers[0], cell=wide),))
        assert_identical(named_arrays(solve(other)), named_arrays(solve(problem)))
