"""The systems of the lectures and texts, each in the formulas and letters of its source, are cells of the reference.

Every source is written gate by gate for one sequence of vectors. A lecture on LSTM and GRU has a memory cell c, an
activation a and gates G, and puts [a, x] side by side; another one has an information vector g and the matrices V for
the input and W for the state; slides have W for the state and U for the input, which another source has the other way
round. The maps between these and the letters of the specification are the calls of `named` below.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from rnnspec import GRU, LSTM, RNN, Array, Cell, Direction, Layer, Parameters, Problem, State, solve

T, I, H = 7, 3, 4
RELATIVE = 1e-14
Vectors = list[Array]


def sigma(a: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-a)))


def side_by_side(*vectors: Array) -> Array:
    return np.concatenate(vectors)


class Numbers:
    """Random matrices and vectors of a source, each made once, under the letters of the source."""

    def __init__(self, seed: int, units: int = H, inputs: int = I) -> None:
        self.rng = np.random.default_rng(seed)
        self.units, self.inputs = units, inputs
        self.made: dict[str, Array] = {}

    def on_x(self, name: str) -> Array:
        return self._made(name, (self.units, self.inputs))

    def on_h(self, name: str) -> Array:
        return self._made(name, (self.units, self.units))

    def on_both(self, name: str) -> Array:
        """A matrix on [state, input]."""
        return self._made(name, (self.units, self.units + self.inputs))

    def vector(self, name: str) -> Array:
        return self._made(name, (self.units,))

    def state(self, name: str) -> Array:
        return self._made(name, (self.units,))

    def inputs_of(self, steps: int = T) -> Vectors:
        return list(self._made("x", (steps, self.inputs)))

    def _made(self, name: str, shape: tuple[int, ...]) -> Array:
        if name not in self.made:
            self.made[name] = 0.8 * self.rng.standard_normal(shape)
        return self.made[name]


def from_side_by_side(gates: Mapping[str, tuple[Array, Array]]) -> Parameters:
    """The parameters of gates that are given as a matrix on [state, input] and a bias."""
    cut = {name: np.split(matrix, [len(matrix)], axis=1) for name, (matrix, _) in gates.items()}
    return Parameters(
        **{f"W_{name}": on_x for name, (_, on_x) in cut.items()},
        **{f"R_{name}": on_h for name, (on_h, _) in cut.items()},
        **{f"b_{name}": bias for name, (_, bias) in gates.items()},
    )


def named(gates: Mapping[str, tuple[Array, Array, Array]]) -> Parameters:
    """The parameters of gates that are given as input matrix, state matrix and bias, in this order."""
    return Parameters(
        **{f"W_{name}": on_x for name, (on_x, _, _) in gates.items()},
        **{f"R_{name}": on_h for name, (_, on_h, _) in gates.items()},
        **{f"b_{name}": bias for name, (_, _, bias) in gates.items()},
    )


def problem_of(cell: Cell, parameters: Parameters, xs: Vectors, **state: Array) -> Problem:
    """One sequence through one layer, in the letters of the specification."""
    return Problem(
        layers=(Layer(cell=cell, parameters=(parameters,)),),
        x=np.stack(xs)[:, None],
        initial=((State(**{name: a[None] for name, a in state.items()}),),),
    )


def assert_same(actual: Array, expected: Vectors | Array) -> None:
    other = np.asarray(expected)
    assert actual.shape == other.shape
    assert np.abs(other).max() > 0
    assert np.abs(actual - other).max() <= RELATIVE * np.abs(other).max()


def run(cell: Cell, parameters: Parameters, xs: Vectors, **state: Array) -> Array:
    """The outputs of the reference for one sequence, [T, H]."""
    return solve(problem_of(cell, parameters, xs, **state)).y[:, 0]


# --- S1: the GRU of the lecture -------------------------------------------------------------------------------------


def test_s1_the_lecture_gru_takes_and_resets_before_the_product() -> None:
    n = Numbers(1)
    W_c, W_u, W_r = n.on_both("W_c"), n.on_both("W_u"), n.on_both("W_r")
    b_c, b_u, b_r = n.vector("b_c"), n.vector("b_u"), n.vector("b_r")
    xs, c = n.inputs_of(), n.state("c")
    expected = []
    c_of_step = c
    for x in xs:
        G_u = sigma(W_u @ side_by_side(c_of_step, x) + b_u)
        G_r = sigma(W_r @ side_by_side(c_of_step, x) + b_r)
        c_tilde = np.tanh(W_c @ side_by_side(G_r * c_of_step, x) + b_c)
        c_of_step = G_u * c_tilde + (1 - G_u) * c_of_step
        a = c_of_step
        expected.append(a)
    parameters = from_side_by_side({"r": (W_r, b_r), "z": (W_u, b_u), "n": (W_c, b_c)})
    assert_same(run(GRU(reset="before", update="take"), parameters, xs, h=c), expected)


# --- S2, S3, S4: the LSTM of the lecture ----------------------------------------------------------------------------


@pytest.mark.parametrize("output", ["as spoken", "common"])
def test_s2_the_lecture_lstm_has_the_cell_itself_or_its_tanh_at_the_output(output: str) -> None:
    n = Numbers(2)
    W_c, W_u, W_f, W_o = (n.on_both(f"W_{gate}") for gate in "cufo")
    b_c, b_u, b_f, b_o = (n.vector(f"b_{gate}") for gate in "cufo")
    xs, a, c = n.inputs_of(), n.state("a"), n.state("c")
    a_of_step, c_of_step, expected = a, c, []
    for x in xs:
        c_tilde = np.tanh(W_c @ side_by_side(a_of_step, x) + b_c)
        G_u = sigma(W_u @ side_by_side(a_of_step, x) + b_u)
        G_f = sigma(W_f @ side_by_side(a_of_step, x) + b_f)
        G_o = sigma(W_o @ side_by_side(a_of_step, x) + b_o)
        c_of_step = G_u * c_tilde + G_f * c_of_step
        a_of_step = G_o * (c_of_step if output == "as spoken" else np.tanh(c_of_step))
        expected.append(a_of_step)
    cell = LSTM(output_activation="identity") if output == "as spoken" else LSTM()
    parameters = from_side_by_side({"i": (W_u, b_u), "f": (W_f, b_f), "g": (W_c, b_c), "o": (W_o, b_o)})
    assert_same(run(cell, parameters, xs, h=a, c=c), expected)


def test_s3_the_relevance_gate_put_back_into_the_lstm() -> None:
    n = Numbers(3)
    W_c, W_u, W_f, W_o, W_r = (n.on_both(f"W_{gate}") for gate in "cufor")
    b_c, b_u, b_f, b_o, b_r = (n.vector(f"b_{gate}") for gate in "cufor")
    xs, a, c = n.inputs_of(), n.state("a"), n.state("c")
    a_of_step, c_of_step, expected = a, c, []
    for x in xs:
        G_r = sigma(W_r @ side_by_side(a_of_step, x) + b_r)
        c_tilde = np.tanh(W_c @ side_by_side(G_r * a_of_step, x) + b_c)
        G_u = sigma(W_u @ side_by_side(a_of_step, x) + b_u)
        G_f = sigma(W_f @ side_by_side(a_of_step, x) + b_f)
        G_o = sigma(W_o @ side_by_side(a_of_step, x) + b_o)
        c_of_step = G_u * c_tilde + G_f * c_of_step
        a_of_step = G_o * np.tanh(c_of_step)
        expected.append(a_of_step)
    gates = {"i": (W_u, b_u), "f": (W_f, b_f), "g": (W_c, b_c), "o": (W_o, b_o), "r": (W_r, b_r)}
    assert_same(run(LSTM(relevance_gate=True), from_side_by_side(gates), xs, h=a, c=c), expected)


def test_s4_the_cell_of_the_step_before_enters_all_three_gates_element_by_element() -> None:
    n = Numbers(4)
    W_c, W_u, W_f, W_o = (n.on_both(f"W_{gate}") for gate in "cufo")
    b_c, b_u, b_f, b_o = (n.vector(f"b_{gate}") for gate in "cufo")
    p_u, p_f, p_o = (n.vector(f"p_{gate}") for gate in "ufo")
    xs, a, c = n.inputs_of(), n.state("a"), n.state("c")
    a_of_step, c_of_step, expected = a, c, []
    for x in xs:
        G_u, G_f, G_o = np.empty(H), np.empty(H), np.empty(H)
        for j in range(H):  # the j-th element of c affects the j-th element of each gate, and no other
            G_u[j] = sigma(W_u[j] @ side_by_side(a_of_step, x) + p_u[j] * c_of_step[j] + b_u[j])
            G_f[j] = sigma(W_f[j] @ side_by_side(a_of_step, x) + p_f[j] * c_of_step[j] + b_f[j])
            G_o[j] = sigma(W_o[j] @ side_by_side(a_of_step, x) + p_o[j] * c_of_step[j] + b_o[j])
        c_tilde = np.tanh(W_c @ side_by_side(a_of_step, x) + b_c)
        c_of_step = G_u * c_tilde + G_f * c_of_step
        a_of_step = G_o * np.tanh(c_of_step)
        expected.append(a_of_step)
    gates = {"i": (W_u, b_u), "f": (W_f, b_f), "g": (W_c, b_c), "o": (W_o, b_o)}
    parameters = from_side_by_side(gates).replace(p_i=p_u, p_f=p_f, p_o=p_o)
    assert_same(run(LSTM(peephole="old"), parameters, xs, h=a, c=c), expected)
    new = run(LSTM(peephole="new"), parameters, xs, h=a, c=c)
    assert np.abs(new - expected).max() > 1e-3


# --- S5 to S9: the second lecture, V on the input and W on the state ------------------------------------------------


@pytest.mark.parametrize("act, name", [(np.tanh, "tanh"), (lambda a: np.maximum(a, 0), "relu"), (sigma, "sigmoid")])
def test_s5_the_simple_recurrent_layer_of_the_lecture(act: Callable[[Array], Array], name: str) -> None:
    n = Numbers(5)
    V, W, b = n.on_x("V"), n.on_h("W"), n.vector("b")
    xs, h = n.inputs_of(), n.state("h")
    h_of_step, expected = h, []
    for x in xs:
        h_of_step = act(V @ x + W @ h_of_step + b)
        expected.append(h_of_step)
    assert_same(run(RNN(activation=name), Parameters(W=V, R=W, b=b), xs, h=h), expected)


@pytest.mark.parametrize("forget_gate", [False, True], ids=["S6", "S7"])
def test_s6_and_s7_one_product_for_all_gates_and_the_cell_itself_at_the_output(forget_gate: bool) -> None:
    names = "giof" if forget_gate else "gio"
    n = Numbers(6)
    V = np.concatenate([n.on_x(f"V_{name}") for name in names])
    W = np.concatenate([n.on_h(f"W_{name}") for name in names])
    b = np.concatenate([n.vector(f"b_{name}") for name in names])
    assert V.shape == (len(names) * H, I)
    xs, h, c = n.inputs_of(), n.state("h"), n.state("c")
    h_of_step, c_of_step, expected = h, c, []
    for x in xs:
        parts = dict(zip(names, np.split(V @ x + W @ h_of_step + b, len(names)), strict=True))
        g, i, o = np.tanh(parts["g"]), sigma(parts["i"]), sigma(parts["o"])
        c_of_step = (sigma(parts["f"]) * c_of_step if forget_gate else c_of_step) + i * g
        h_of_step = o * c_of_step
        expected.append(h_of_step)
    cell = LSTM(forget_gate=forget_gate, output_activation="identity")
    parameters = named({k: (n.on_x(f"V_{k}"), n.on_h(f"W_{k}"), n.vector(f"b_{k}")) for k in names})
    assert_same(run(cell, parameters, xs, h=h, c=c), expected)


def second_lecture_gru(n: Numbers, xs: Vectors, h: Array) -> Vectors:
    """S8: an open update gate keeps the old state; the reset gate chooses what of the state enters g."""
    outputs = []
    for x in xs:
        u = sigma(n.on_x("V_u") @ x + n.on_h("W_u") @ h + n.vector("b_u"))
        r = sigma(n.on_x("V_r") @ x + n.on_h("W_r") @ h + n.vector("b_r"))
        g = np.tanh(n.on_x("V_g") @ x + n.on_h("W_g") @ (r * h) + n.vector("b_g"))
        h = (1 - u) * g + u * h
        outputs.append(h)
    return outputs


def second_lecture_parameters(n: Numbers) -> Parameters:
    letters = {"r": "r", "z": "u", "n": "g"}
    return named({k: (n.on_x(f"V_{l}"), n.on_h(f"W_{l}"), n.vector(f"b_{l}")) for k, l in letters.items()})


def test_s8_the_gru_whose_open_update_gate_keeps_the_old_state() -> None:
    n = Numbers(8)
    xs, h = n.inputs_of(), n.state("h")
    expected = second_lecture_gru(n, xs, h)
    assert_same(run(GRU(reset="before", update="keep"), second_lecture_parameters(n), xs, h=h), expected)


def test_s8_a_high_update_bias_keeps_the_state_and_ignores_the_input() -> None:
    n = Numbers(8)
    xs, h = n.inputs_of(), n.state("h")
    parameters = second_lecture_parameters(n)
    kept = [
        np.abs(run(GRU(reset="before"), parameters.replace(b_z=np.full(H, high)), xs, h=h)[-1] - h).max()
        for high in (0.0, 5.0, 40.0)
    ]
    assert kept[0] > kept[1] > kept[2]
    assert kept[2] < 1e-15


def test_s9_layers_of_different_kinds_one_on_the_other() -> None:
    below, above = Numbers(9), Numbers(10, units=5, inputs=H)
    xs, h_below = below.inputs_of(), below.state("h")
    V, W, b = (
        {k: make(f"{letter}_{k}") for k in "giof"}
        for letter, make in (("V", above.on_x), ("W", above.on_h), ("b", above.vector))
    )
    h, c = above.state("h"), above.state("c")
    h_of_step, c_of_step, expected = h, c, []
    for x in second_lecture_gru(below, xs, h_below):
        g, i, o, f = (V[k] @ x + W[k] @ h_of_step + b[k] for k in "giof")
        c_of_step = sigma(f) * c_of_step + sigma(i) * np.tanh(g)
        h_of_step = sigma(o) * c_of_step
        expected.append(h_of_step)
    gru = Layer(cell=GRU(reset="before"), parameters=(second_lecture_parameters(below),))
    lstm = Layer(cell=LSTM(output_activation="identity"), parameters=(named({k: (V[k], W[k], b[k]) for k in "ifgo"}),))
    outcome = solve(
        Problem(
            layers=(gru, lstm),
            x=np.stack(xs)[:, None],
            initial=((State(h=h_below[None]),), (State(h=h[None], c=c[None]),)),
        )
    )
    assert_same(outcome.y[:, 0], expected)
    assert_same(outcome.final[1][0].c[0], c_of_step)


# --- S10, S11: the short course -------------------------------------------------------------------------------------


def test_s10_the_output_fed_back_into_the_input() -> None:
    n = Numbers(10)
    M, b = n.on_both("M"), n.vector("b")
    xs, out = n.inputs_of(), n.state("out")
    out_of_step, expected = out, []
    for x in xs:
        out_of_step = np.tanh(M @ side_by_side(out_of_step, x) + b)
        expected.append(out_of_step)
    assert_same(run(RNN(), Parameters(W=M[:, H:], R=M[:, :H], b=b), xs, h=out), expected)


def test_s10_the_lstm_by_one_linear_map_of_state_and_input_side_by_side() -> None:
    n = Numbers(11)
    linear = {k: (n.on_both(f"M_{k}"), n.vector(f"b_{k}")) for k in "fico"}
    xs, h, c = n.inputs_of(), n.state("h"), n.state("c")
    h_of_step, c_of_step, expected = h, c, []
    for x in xs:
        together = side_by_side(h_of_step, x)
        f, i, candidate, o = (M @ together + b for M, b in linear.values())
        c_of_step = c_of_step * sigma(f) + sigma(i) * np.tanh(candidate)
        h_of_step = sigma(o) * np.tanh(c_of_step)
        expected.append(h_of_step)
    gates = {"i": linear["i"], "f": linear["f"], "g": linear["c"], "o": linear["o"]}
    assert_same(run(LSTM(), from_side_by_side(gates), xs, h=h, c=c), expected)


def test_s11_the_last_line_is_a_weighted_moving_average_of_the_candidate() -> None:
    n = Numbers(12)
    linear = {k: (n.on_both(f"M_{k}"), n.vector(f"b_{k}")) for k in "rzh"}
    xs, h = n.inputs_of(), n.state("h")
    h_of_step, expected = h, []
    averages: Vectors = []  # of the initial state and all candidates, with the weights that the fractions z give them
    weights = [np.ones(H)]
    values = [h]
    for x in xs:
        r, z = (sigma(M @ side_by_side(h_of_step, x) + b) for M, b in (linear["r"], linear["z"]))
        M, b = linear["h"]
        h_tilde = np.tanh(M @ side_by_side(r * h_of_step, x) + b)
        h_of_step = (1 - z) * h_of_step + z * h_tilde
        expected.append(h_of_step)
        weights = [w * (1 - z) for w in weights] + [z]
        values.append(h_tilde)
        averages.append(np.sum([w * v for w, v in zip(weights, values, strict=True)], axis=0))
        assert np.abs(np.sum(weights, axis=0) - 1).max() < 1e-15
    gates = {"r": linear["r"], "z": linear["z"], "n": linear["h"]}
    outputs = run(GRU(reset="before", update="take"), from_side_by_side(gates), xs, h=h)
    assert_same(outputs, expected)
    assert_same(outputs, averages)


# --- S12, S13: the slides, W on the state and U on the input --------------------------------------------------------


def test_s12_the_lstm_of_the_slides() -> None:
    n = Numbers(13)
    W, U, b = ({k: make(f"{l}_{k}") for k in "fioc"} for l, make in (("W", n.on_h), ("U", n.on_x), ("b", n.vector)))
    xs, h, c = n.inputs_of(), n.state("h"), n.state("c")
    h_of_step, c_of_step, expected = h, c, []
    for x in xs:
        f = sigma(W["f"] @ h_of_step + U["f"] @ x + b["f"])
        i = sigma(W["i"] @ h_of_step + U["i"] @ x + b["i"])
        o = sigma(W["o"] @ h_of_step + U["o"] @ x + b["o"])
        c_tilde = np.tanh(W["c"] @ h_of_step + U["c"] @ x + b["c"])
        c_of_step = f * c_of_step + i * c_tilde
        h_of_step = o * np.tanh(c_of_step)
        expected.append(h_of_step)
    parameters = named({k: (U[l], W[l], b[l]) for k, l in (("i", "i"), ("f", "f"), ("g", "c"), ("o", "o"))})
    assert_same(run(LSTM(), parameters, xs, h=h, c=c), expected)


def test_s13_the_gru_of_the_slides() -> None:
    n = Numbers(14)
    W, U, b = ({k: make(f"{l}_{k}") for k in "urh"} for l, make in (("W", n.on_h), ("U", n.on_x), ("b", n.vector)))
    xs, h = n.inputs_of(), n.state("h")
    h_of_step, expected = h, []
    for x in xs:
        u = sigma(W["u"] @ h_of_step + U["u"] @ x + b["u"])
        r = sigma(W["r"] @ h_of_step + U["r"] @ x + b["r"])
        h_tilde = np.tanh(W["h"] @ (r * h_of_step) + U["h"] @ x + b["h"])
        h_of_step = (1 - u) * h_of_step + u * h_tilde
        expected.append(h_of_step)
    parameters = named({k: (U[l], W[l], b[l]) for k, l in (("r", "r"), ("z", "u"), ("n", "h"))})
    assert_same(run(GRU(reset="before", update="take"), parameters, xs, h=h), expected)


# --- The maps between them ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reset", ["after", "before", "none"])
def test_the_map_between_keep_and_take_negates_the_update_gate_and_is_exact(reset: Any) -> None:
    """1 - sigma(a) = sigma(-a): the sum is exact up to the rounding of one subtraction."""
    n = Numbers(15)
    xs, h = n.inputs_of(), n.state("h")
    parameters = second_lecture_parameters(n)
    shapes = GRU(reset=reset).parameter_shapes(I, H)
    parameters = Parameters(**{name: parameters.get(name, n.vector(name)) for name in shapes})
    negated = parameters.replace(**{name: -parameters[name] for name in ("W_z", "R_z", "b_z")})
    keep = run(GRU(reset=reset, update="keep"), parameters, xs, h=h)
    take = run(GRU(reset=reset, update="take"), negated, xs, h=h)
    assert_same(take, keep)
    assert np.abs(run(GRU(reset=reset, update="take"), parameters, xs, h=h) - keep).max() > 1e-2


def one_unit(reset: Any, R_n: float, h: float, r: float, b_Rn: float = 0.0) -> float:
    """The output of one step of one unit with an almost shut update gate, whose reset gate is `r`."""
    zero = np.zeros((1, 1))
    parameters = dict.fromkeys(("W_r", "W_z", "W_n", "R_r", "R_z"), zero)
    biases = {"b_r": np.log(r / (1 - r)), "b_z": -1e3, "b_n": 0.0} | ({"b_Rn": b_Rn} if reset == "after" else {})
    given = Parameters(**parameters, R_n=np.array([[R_n]]), **{k: np.array([v]) for k, v in biases.items()})
    return float(run(GRU(reset=reset), given, [np.zeros(1)], h=np.array([h]))[0, 0])


def test_with_one_unit_and_no_inner_bias_the_place_of_the_reset_gate_does_not_matter() -> None:
    for h in (-0.7, 0.4):
        assert one_unit("after", 1.5, h, 0.3) == pytest.approx(one_unit("before", 1.5, h, 0.3), rel=1e-15)


def test_a_bias_inside_the_reset_product_has_no_counterpart_before_it() -> None:
    """At h = 0 the candidate of "before" does not depend on r; that of "after" does."""
    after = [one_unit("after", 1.5, 0.0, r, b_Rn=0.8) for r in (0.2, 0.9)]
    before = [one_unit("before", 1.5, 0.0, r) for r in (0.2, 0.9)]
    assert abs(after[0] - after[1]) > 0.1
    assert before[0] == before[1] == 0


def candidate_of_two_units(reset: Any, R_n: Array, h: Array, r: Array) -> Array:
    """The candidate of two units whose reset gates have the values `r`, whatever the state."""
    zero = np.zeros((2, 2))
    parameters = Parameters(
        W_r=zero,
        W_z=zero,
        W_n=zero,
        R_r=zero,
        R_z=zero,
        R_n=R_n,
        b_r=np.log(r / (1 - r)),
        b_z=np.full(2, -1e3),
        b_n=np.zeros(2),
        **({"b_Rn": np.zeros(2)} if reset == "after" else {}),
    )
    return np.asarray(run(GRU(reset=reset), parameters, [np.zeros(2)], h=h)[0])


def test_between_reset_before_and_after_there_is_no_map() -> None:
    """Two inputs on which no choice of R_n reconciles them.

    The pre-activation of unit 0 is linear in h in both forms: r_0 (R_n h)_0 after, (R_n (r * h))_0 before. Let the
    gates be (1/4, 1/2) on one input and (1/2, 1/4) on another one. The state (1, 0) gives R_00 / 4 and R_00 / 2 in both
    forms: they need the same R_00. The state (0, 1) gives R_01 / 4 and R_01 / 2 after, but R_01 / 2 and R_01 / 4
    before: what grows from one input to the other in one form shrinks in the other, whatever R_01 is.
    """
    R_n = np.array([[0.9, -0.6], [0.5, 1.1]])
    first, second = np.array([0.25, 0.5]), np.array([0.5, 0.25])
    along_0, along_1 = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    pre = {
        (reset, k, l): np.arctanh(candidate_of_two_units(reset, R_n, h, r)[0])
        for reset in ("after", "before")
        for k, r in enumerate((first, second))
        for l, h in enumerate((along_0, along_1))
    }
    for k in (0, 1):
        assert pre["after", k, 0] == pytest.approx(pre["before", k, 0], rel=1e-13)
    ratio_after, ratio_before = (pre[reset, 1, 1] / pre[reset, 0, 1] for reset in ("after", "before"))
    assert ratio_after == pytest.approx(2, rel=1e-13)
    assert ratio_before == pytest.approx(0.5, rel=1e-13)


def test_with_equal_parameters_reset_before_and_after_differ() -> None:
    n = Numbers(16)
    xs, h = n.inputs_of(), n.state("h")
    before = second_lecture_parameters(n)
    after = Parameters(**before, b_Rn=np.zeros(H))
    difference = run(GRU(reset="after"), after, xs, h=h) - run(GRU(reset="before"), before, xs, h=h)
    assert np.abs(difference).max() > 1e-2


@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_one_matrix_on_state_and_input_equals_two(direction: Direction) -> None:
    """C13: the form with [h, x], the stacked form and the form gate by gate are one set of numbers."""
    n = Numbers(17)
    linear = {k: (n.on_both(f"M_{k}"), n.vector(f"b_{k}")) for k in "ifgo"}
    parameters = from_side_by_side(linear)
    for k, (M, _) in linear.items():
        assert np.array_equal(np.concatenate([parameters[f"R_{k}"], parameters[f"W_{k}"]], axis=1), M)
    xs, h, c = n.inputs_of(), n.state("h"), n.state("c")
    problem = problem_of(LSTM(), parameters, xs, h=h, c=c)
    layer = Layer(cell=LSTM(), parameters=(parameters,), direction=direction)
    outcome = solve(Problem(layers=(layer,), x=problem.x, initial=problem.initial))
    M = np.concatenate([matrix for matrix, _ in linear.values()])
    b = np.concatenate([bias for _, bias in linear.values()])
    h_of_step, c_of_step, expected = h, c, []
    for x in xs if direction == "forward" else xs[::-1]:
        i, f, g, o = np.split(M @ side_by_side(h_of_step, x) + b, 4)
        c_of_step = sigma(f) * c_of_step + sigma(i) * np.tanh(g)
        h_of_step = sigma(o) * np.tanh(c_of_step)
        expected.append(h_of_step)
    assert_same(outcome.y[:, 0], expected if direction == "forward" else expected[::-1])
