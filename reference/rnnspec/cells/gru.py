"""The GRU: ``spec/gru.md`` and ``spec/gradients.md``."""

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
class GRU:
    """The GRU (GRU-1 to GRU-6; Cho et al. 2014).

    Parameters
    ----------
    reset
        ``"after"``: the reset gate multiplies the recurrent product (GRU-3); ``"before"``: it multiplies the state
        that enters the product (GRU-4).
    update
        ``"keep"``: an open update gate keeps the old state (GRU-5); ``"take"``: it takes the candidate (GRU-6).
    bias
        Whether the gates have biases (PAR-5). With ``reset="after"`` that includes ``b_Rn``, the bias inside the reset
        product (PAR-4).

    Raises
    ------
    ProblemError
        When an option is unknown.
    """

    reset: Literal["after", "before"] = "after"
    update: Literal["keep", "take"] = "keep"
    bias: bool = True
    states: ClassVar[tuple[str, ...]] = ("h",)

    def __post_init__(self) -> None:
        check_option("GRU.reset", self.reset, ("after", "before"), "GRU-3")
        check_option("GRU.update", self.update, ("keep", "take"), "GRU-5")
        check_option("GRU.bias", self.bias, (True, False), "PAR-5")

    def parameter_shapes(self, I: int, H: int) -> dict[str, tuple[int, ...]]:
        """The names and shapes of the parameters for inputs of size `I` and states of size `H` (PAR-1, PAR-4)."""
        gates = GRUKernel.gates
        shapes: dict[str, tuple[int, ...]] = {f"W_{gate}": (H, I) for gate in gates}
        shapes |= {f"R_{gate}": (H, H) for gate in gates}
        if self.bias:
            shapes |= {f"b_{gate}": (H,) for gate in gates}
            if self.reset == "after":
                shapes["b_Rn"] = (H,)
        return shapes

    def bind(self, parameters: Parameters, arithmetic: Arithmetic) -> GRUKernel:
        """The step of this cell with these parameters."""
        kernel = ResetAfterKernel if self.reset == "after" else ResetBeforeKernel
        return kernel(self, parameters, arithmetic)


class GRUKernel(Kernel):
    """What both places of the reset gate share: the update of the state, and its adjoint."""

    gates: ClassVar[tuple[str, ...]] = ("r", "z", "n")

    def __init__(self, cell: GRU, parameters: Parameters, arithmetic: Arithmetic) -> None:
        super().__init__(parameters, arithmetic)
        self.keep = cell.update == "keep"

    def update(self, z: Array, h: Array, n: Array) -> Array:
        h_new: Array
        if self.keep:
            h_new = z * h + (1 - z) * n  # GRU-5
        else:
            h_new = (1 - z) * h + z * n  # GRU-6
        return h_new

    def update_adjoint(self, z: Array, h: Array, n: Array, d_h_new: Array) -> tuple[Array, Array, Array]:
        """The cotangents of a_z, h and a_n that the update alone gives."""
        if self.keep:
            d_z, d_h, d_n = d_h_new * (h - n), d_h_new * z, d_h_new * (1 - z)  # GRAD-5
        else:
            d_z, d_h, d_n = d_h_new * (n - h), d_h_new * (1 - z), d_h_new * z  # GRAD-5
        return d_z * sigmoid_slope(z), d_h, d_n * tanh_slope(n)  # GRAD-5


class ResetAfterKernel(GRUKernel):
    """One step of the GRU whose reset gate multiplies the recurrent product, and its adjoint."""

    def __init__(self, cell: GRU, parameters: Parameters, arithmetic: Arithmetic) -> None:
        super().__init__(cell, parameters, arithmetic)
        self.b_Rn = parameters.b_Rn if self.has_bias else np.zeros(self.H, self.W.dtype)

    def forward(self, u: Array, state: Values) -> tuple[Values, Values]:
        (h,) = state
        a_r, a_z, a_n = self.split(u)
        q_r, q_z, q_n = self.split(self.dot(h, self.R.T))
        a_r += q_r
        r = sigmoid(a_r)  # GRU-1
        a_z += q_z
        z = sigmoid(a_z)  # GRU-2
        m = q_n + self.b_Rn
        a_n += r * m
        n = tanh(a_n)  # GRU-3
        h_new = self.update(z, h, n)
        return (h_new,), (h, r, z, m, n)

    def adjoint(self, tape: Values, d_state: Values, d_u: Array) -> Values:
        h, r, z, m, n = tape
        (d_h_new,) = d_state
        d_a_z, d_h, d_a_n = self.update_adjoint(z, h, n, d_h_new)
        d_a_r = d_a_n * m * sigmoid_slope(r)  # GRAD-5
        d_m = np.multiply(d_a_n, r, out=m)  # GRAD-5: stays in the tape, in the place of m
        d_h += self.dot(np.concatenate([d_a_r, d_a_z, d_m], axis=-1), self.R)  # GRAD-5
        self.fill(d_u, d_a_r, d_a_z, d_a_n)
        return (d_h,)

    def recurrent_gradients(self, tapes: Sequence[Values], d_u: Array) -> dict[str, Array]:
        d_a_r, d_a_z, _ = self.split(d_u)
        d_m = over_time(tapes, 3)
        d_q = np.concatenate([d_a_r, d_a_z, d_m], axis=-1)
        gradients = self.unstack("R", product_gradient(self, d_q, over_time(tapes, 0)))
        if self.has_bias:
            gradients["b_Rn"] = sum_over_time_and_batch(d_m)  # GRAD-7
        return gradients


class ResetBeforeKernel(GRUKernel):
    """One step of the GRU whose reset gate multiplies the state that enters the product, and its adjoint."""

    def __init__(self, cell: GRU, parameters: Parameters, arithmetic: Arithmetic) -> None:
        super().__init__(cell, parameters, arithmetic)
        self.R_rz, self.R_n = self.R[: 2 * self.H], self.R[2 * self.H :]

    def forward(self, u: Array, state: Values) -> tuple[Values, Values]:
        (h,) = state
        a_rz, a_n = u[:, : 2 * self.H], u[:, 2 * self.H :]
        a_rz += self.dot(h, self.R_rz.T)
        a_r, a_z = a_rz[:, : self.H], a_rz[:, self.H :]
        r = sigmoid(a_r)  # GRU-1
        z = sigmoid(a_z)  # GRU-2
        s = r * h
        a_n += self.dot(s, self.R_n.T)
        n = tanh(a_n)  # GRU-4
        h_new = self.update(z, h, n)
        return (h_new,), (h, r, z, s, n)

    def adjoint(self, tape: Values, d_state: Values, d_u: Array) -> Values:
        h, r, z, _, n = tape
        (d_h_new,) = d_state
        d_a_z, d_h, d_a_n = self.update_adjoint(z, h, n, d_h_new)
        d_s = self.dot(d_a_n, self.R_n)  # GRAD-6
        d_a_r = d_s * h * sigmoid_slope(r)  # GRAD-6
        d_h += d_s * r  # GRAD-6
        self.fill(d_u, d_a_r, d_a_z, d_a_n)
        d_h += self.dot(d_u[:, : 2 * self.H], self.R_rz)  # GRAD-6
        return (d_h,)

    def recurrent_gradients(self, tapes: Sequence[Values], d_u: Array) -> dict[str, Array]:
        d_R_rz = product_gradient(self, d_u[..., : 2 * self.H], over_time(tapes, 0))
        d_R_n = product_gradient(self, d_u[..., 2 * self.H :], over_time(tapes, 3))
        return self.unstack("R", np.concatenate([d_R_rz, d_R_n]))
