"""The LSTM, with and without peepholes: ``spec/lstm.md``, ``spec/peephole.md`` and ``spec/gradients.md``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from rnnspec.activations import sigmoid, sigmoid_slope, tanh, tanh_slope
from rnnspec.arithmetic import Arithmetic
from rnnspec.cells.kernel import Kernel, Values, over_time, product_gradient, sum_over_time_and_batch
from rnnspec.errors import check_option
from rnnspec.records import Array, Parameters


@dataclass(frozen=True, kw_only=True)
class LSTM:
    """The LSTM with a forget gate (LSTM-1 to LSTM-6; Gers, Schmidhuber and Cummins 2000).

    Parameters
    ----------
    peephole
        ``"none"``; ``"new"``: input and forget gate see the old cell, the output gate the new one (Gers and
        Schmidhuber 2000); ``"old"``: all three see the old cell (the form of some lectures).
    bias
        Whether the gates have biases (PAR-5).

    Raises
    ------
    ProblemError
        When an option is unknown.
    """

    peephole: Literal["none", "new", "old"] = "none"
    bias: bool = True
    states: ClassVar[tuple[str, ...]] = ("h", "c")  # LSTM-7

    def __post_init__(self) -> None:
        check_option("LSTM.peephole", self.peephole, ("none", "new", "old"), "PEEP-3")
        check_option("LSTM.bias", self.bias, (True, False), "PAR-5")

    def parameter_shapes(self, I: int, H: int) -> dict[str, tuple[int, ...]]:
        """The names and shapes of the parameters for inputs of size `I` and states of size `H` (PAR-1, PEEP-1)."""
        gates = LSTMKernel.gates
        shapes: dict[str, tuple[int, ...]] = {f"W_{gate}": (H, I) for gate in gates}
        shapes |= {f"R_{gate}": (H, H) for gate in gates}
        if self.bias:
            shapes |= {f"b_{gate}": (H,) for gate in gates}
        if self.peephole != "none":
            shapes |= {f"p_{gate}": (H,) for gate in ("i", "f", "o")}  # PEEP-5
        return shapes

    def bind(self, parameters: Parameters, arithmetic: Arithmetic) -> LSTMKernel:
        """The step of this cell with these parameters."""
        return LSTMKernel(self, parameters, arithmetic)


class LSTMKernel(Kernel):
    """One step of the LSTM, and its adjoint."""

    gates: ClassVar[tuple[str, ...]] = ("i", "f", "g", "o")

    def __init__(self, cell: LSTM, parameters: Parameters, arithmetic: Arithmetic) -> None:
        super().__init__(parameters, arithmetic)
        self.peephole = cell.peephole

    def forward(self, u: Array, state: Values) -> tuple[Values, Values]:
        h, c = state
        p, peephole = self.parameters, self.peephole
        u += self.dot(h, self.R.T)
        a_i, a_f, a_g, a_o = self.split(u)
        if peephole != "none":
            a_i += p.p_i * c  # PEEP-2
            a_f += p.p_f * c  # PEEP-2
        i = sigmoid(a_i)  # LSTM-1
        f = sigmoid(a_f)  # LSTM-2
        g = tanh(a_g)  # LSTM-3
        c_new = f * c + i * g  # LSTM-4
        if peephole == "new":
            a_o += p.p_o * c_new  # PEEP-3
        elif peephole == "old":
            a_o += p.p_o * c  # PEEP-4
        o = sigmoid(a_o)  # LSTM-5
        k = np.tanh(c_new)
        h_new = o * k  # LSTM-6
        return (h_new, c_new), (h, c, i, f, g, o, k, c_new)

    def adjoint(self, tape: Values, d_state: Values, d_u: Array) -> Values:
        _, c, i, f, g, o, k, _ = tape
        p, peephole = self.parameters, self.peephole
        d_h_new, d_c_new = d_state
        d_a_o = d_h_new * k * sigmoid_slope(o)  # GRAD-3
        d_c_new = d_c_new + d_h_new * o * tanh_slope(k)  # GRAD-3
        if peephole == "new":
            d_c_new += d_a_o * p.p_o  # GRAD-4
        d_a_i = d_c_new * g * sigmoid_slope(i)  # GRAD-3
        d_a_f = d_c_new * c * sigmoid_slope(f)  # GRAD-3
        d_a_g = d_c_new * i * tanh_slope(g)  # GRAD-3
        d_c = d_c_new * f  # GRAD-3
        if peephole != "none":
            d_c += d_a_i * p.p_i + d_a_f * p.p_f  # GRAD-4
        if peephole == "old":
            d_c += d_a_o * p.p_o  # GRAD-4
        self.fill(d_u, d_a_i, d_a_f, d_a_g, d_a_o)
        d_h = self.dot(d_u, self.R)  # GRAD-3
        return d_h, d_c

    def recurrent_gradients(self, tapes: Sequence[Values], d_u: Array) -> dict[str, Array]:
        gradients = self.unstack("R", product_gradient(self, d_u, over_time(tapes, 0)))
        if self.peephole != "none":
            d_a_i, d_a_f, _, d_a_o = self.split(d_u)
            c, c_new = over_time(tapes, 1), over_time(tapes, 7)
            gradients["p_i"] = sum_over_time_and_batch(d_a_i * c)  # GRAD-4
            gradients["p_f"] = sum_over_time_and_batch(d_a_f * c)  # GRAD-4
            seen_by_o = c_new if self.peephole == "new" else c
            gradients["p_o"] = sum_over_time_and_batch(d_a_o * seen_by_o)  # GRAD-4
        return gradients
