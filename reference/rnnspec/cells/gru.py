"""The GRU and its variants: ``spec/gru.md`` and ``spec/gradients.md``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rnnspec.activations import Activation, activation_of
from rnnspec.cells.clipping import Clip
from rnnspec.cells.kernel import Kernel, Values, over_time, product_gradient, sum_over_time_and_batch
from rnnspec.cells.options import HiddenStateOnly, check_common, shapes_of
from rnnspec.errors import ProblemError, check_option
from rnnspec.precision import Precision
from rnnspec.records import Array, Parameters


@dataclass(frozen=True, kw_only=True)
class GRU(HiddenStateOnly):
    """The GRU (GRU-1 to GRU-6; Cho et al. 2014) and its variants (GRU-8 to GRU-10).

    Parameters
    ----------
    reset
        ``"after"``: the reset gate multiplies the recurrent product (GRU-3); ``"before"``: it multiplies the state
        that enters the product (GRU-4); ``"none"``: there is no reset gate (GRU-8).
    update
        ``"keep"``: an open update gate keeps the old state (GRU-5); ``"take"``: it takes the candidate (GRU-6).
    minimal
        Whether the update gate is the reset gate too (GRU-9; Zhou et al. 2016).
    gate_activation, candidate_activation
        Names of ACT-1 or `Activation` (GRU-10).
    preactivation_clip
        The bound of every pre-activation (CLIP-3); None for none.
    clip_derivative
        ``"true"`` (CLIP-4) or ``"straight-through"`` (CLIP-5).
    bias
        Whether the gates have biases (PAR-5). With ``reset="after"`` that includes ``b_Rn``, the bias inside the reset
        product (PAR-4).

    Raises
    ------
    ProblemError
        When an option is unknown, or options contradict each other.
    """

    reset: Literal["after", "before", "none"] = "after"
    update: Literal["keep", "take"] = "keep"
    minimal: bool = False
    gate_activation: str | Activation = "sigmoid"
    candidate_activation: str | Activation = "tanh"
    preactivation_clip: float | None = None
    clip_derivative: str = "true"
    bias: bool = True

    def __post_init__(self) -> None:
        check_option("GRU.reset", self.reset, ("after", "before", "none"), "GRU-3")
        check_option("GRU.update", self.update, ("keep", "take"), "GRU-5")
        check_option("GRU.minimal", self.minimal, (True, False), "GRU-9")
        activation_of(self.gate_activation, "GRU.gate_activation")
        activation_of(self.candidate_activation, "GRU.candidate_activation")
        check_common(self)
        if self.minimal and self.reset == "none":
            raise ProblemError(
                field="GRU.minimal", wanted="False where there is no reset gate", came="True", rule="GRU-9"
            )

    @property
    def gates(self) -> tuple[str, ...]:
        """The affine maps of the cell, by name."""
        return ("z", "n") if self.minimal or self.reset == "none" else ("r", "z", "n")

    @property
    def parameter_axes(self) -> dict[str, str]:
        """The names of the parameters, and their axes: H units, I inputs, J features of h (PAR-1, PAR-4)."""
        axes = {f"W_{gate}": "H I" for gate in self.gates} | {f"R_{gate}": "H J" for gate in self.gates}
        if self.bias:
            axes |= {f"b_{gate}": "H" for gate in self.gates}
            if self.reset == "after":
                axes["b_Rn"] = "H"
        return axes

    def parameter_shapes(self, I: int, H: int) -> dict[str, tuple[int, ...]]:
        """The names and shapes of the parameters for inputs of size `I` and states of size `H` (PAR-1, PAR-4)."""
        return shapes_of(self.parameter_axes, {"H": H, "I": I, "J": H})

    def bind(self, parameters: Parameters, precision: Precision) -> GRUKernel:
        """The step of this cell with these parameters."""
        kernel = ResetBeforeKernel if self.reset == "before" else ResetAfterKernel
        return kernel(self, parameters, precision)


class GRUKernel(Kernel):
    """What both places of the reset gate share: the gates, the update of the state, and its adjoint.

    Without a reset gate r is the constant 1; in the minimal unit it is z.
    """

    def __init__(self, cell: GRU, parameters: Parameters, precision: Precision) -> None:
        super().__init__(cell.gates, parameters, precision)
        self.cell = cell
        self.keep = cell.update == "keep"
        self.one = np.ones((1, 1), self.W.dtype)
        self.place = {gate: slice(k * self.H, (k + 1) * self.H) for k, gate in enumerate(self.gates)}
        self.gate = activation_of(cell.gate_activation, "gate_activation")
        self.candidate = activation_of(cell.candidate_activation, "candidate_activation")
        self.clip = Clip(bound=cell.preactivation_clip, straight_through=cell.clip_derivative == "straight-through")

    def reset_and_update(self, u: Array, a_slope: Array | None) -> tuple[Array, Array]:
        """The values of r and z, from their pre-activations in `u`."""

        def gate(name: str) -> Array:
            a, slope = u[:, self.place[name]], None if a_slope is None else a_slope[:, self.place[name]]
            return self.gate.value(self.clip.clipped(a, slope), a)  # CLIP-3

        z = gate("z")  # GRU-2
        if "r" in self.place:
            return gate("r"), z  # GRU-1
        return (z if self.cell.minimal else self.one), z  # GRU-9, GRU-8

    def candidate_of(self, a_n: Array, a_slope: Array | None) -> Array:
        """The value of n, from its pre-activation."""
        slope = None if a_slope is None else a_slope[:, self.place["n"]]
        return self.candidate.value(self.clip.clipped(a_n, slope), a_n)  # CLIP-3

    def update(self, z: Array, h: Array, n: Array) -> Array:
        h_new: Array
        if self.keep:
            h_new = z * h + (1 - z) * n  # GRU-5
        else:
            h_new = (1 - z) * h + z * n  # GRU-6
        return h_new

    def update_adjoint(self, z: Array, h: Array, n: Array, d_h_new: Array) -> tuple[Array, Array, Array]:
        """The cotangents of z, h and a_n (before its clip) that the update alone gives."""
        if self.keep:
            d_z, d_h, d_n = d_h_new * (h - n), d_h_new * z, d_h_new * (1 - z)  # GRAD-5
        else:
            d_z, d_h, d_n = d_h_new * (n - h), d_h_new * (1 - z), d_h_new * z  # GRAD-5
        return d_z, d_h, d_n * self.candidate.derivative(n)  # GRAD-5

    def fill_gates(self, d_u: Array, a_slope: Array | None, r: Array, z: Array, d: dict[str, Array]) -> None:
        """Write the cotangents of all pre-activations, from those of r, z and a_n."""
        if self.cell.minimal:
            d["z"] = d["z"] + d["r"]  # GRAD-17
        parts = {"z": d["z"] * self.gate.derivative(z), "n": d["n"]}  # GRAD-5
        if "r" in self.place:
            parts["r"] = d["r"] * self.gate.derivative(r)  # GRAD-5
        self.fill(d_u, *(parts[gate] for gate in self.gates))
        if a_slope is not None:
            d_u[:, : -self.H] *= a_slope[:, : -self.H]  # CLIP-4

    def behind_clip(self, d_a_n: Array, a_slope: Array | None) -> Array:
        """The cotangent of a_n in front of its clip."""
        return d_a_n if a_slope is None else d_a_n * a_slope[:, self.place["n"]]  # CLIP-4


class ResetAfterKernel(GRUKernel):
    """One step of the GRU whose reset gate multiplies the recurrent product, and its adjoint."""

    def __init__(self, cell: GRU, parameters: Parameters, precision: Precision) -> None:
        super().__init__(cell, parameters, precision)
        self.R = self.stack("R", self.gates)
        self.b_Rn = parameters.get("b_Rn")

    def forward(self, u: Array, state: Values) -> tuple[Values, Array, Values]:
        (h,) = state
        H = self.H
        q = self.dot(h, self.R.T)
        u[:, :-H] += q[:, :-H]
        a_slope = self.clip.slopes(u)
        r, z = self.reset_and_update(u, a_slope)  # GRU-1, GRU-2
        m = q[:, -H:] if self.b_Rn is None else q[:, -H:] + self.b_Rn
        a_n = u[:, -H:]
        a_n += r * m
        n = self.candidate_of(a_n, a_slope)  # GRU-3
        h_new = self.update(z, h, n)
        return (h_new,), h_new, (h, r, z, m, n, a_slope)

    def adjoint(self, tape: Values, d_state: Values, d_y: Array, d_u: Array) -> Values:
        h, r, z, m, n, a_slope = tape
        d_z, d_h, d_a_n = self.update_adjoint(z, h, n, d_state[0] + d_y)
        d_a_n = self.behind_clip(d_a_n, a_slope)
        d_r = d_a_n * m  # GRAD-5
        d_m = np.multiply(d_a_n, r, out=m)  # GRAD-5: stays in the tape, in the place of m
        self.fill_gates(d_u, a_slope, r, z, {"r": d_r, "z": d_z, "n": d_a_n})
        d_h += self.dot(np.concatenate([d_u[:, : -self.H], d_m], axis=-1), self.R)  # GRAD-5
        return (d_h,)

    def recurrent_gradients(self, tapes: Sequence[Values], d_u: Array) -> dict[str, Array]:
        h, d_m = over_time(tapes, 0), over_time(tapes, 3)
        gradients = self.unstack("R", self.gates[:-1], product_gradient(self, d_u[..., : -self.H], h))
        gradients["R_n"] = product_gradient(self, d_m, h)
        if self.b_Rn is not None:
            gradients["b_Rn"] = sum_over_time_and_batch(d_m)  # GRAD-7
        return gradients


class ResetBeforeKernel(GRUKernel):
    """One step of the GRU whose reset gate multiplies the state that enters the product, and its adjoint."""

    def __init__(self, cell: GRU, parameters: Parameters, precision: Precision) -> None:
        super().__init__(cell, parameters, precision)
        self.on_h = self.gates[:-1]
        self.R = self.stack("R", self.on_h)

    def forward(self, u: Array, state: Values) -> tuple[Values, Array, Values]:
        (h,) = state
        H = self.H
        u[:, :-H] += self.dot(h, self.R.T)
        a_slope = self.clip.slopes(u)
        r, z = self.reset_and_update(u, a_slope)  # GRU-1, GRU-2
        s = r * h
        a_n = u[:, -H:]
        a_n += self.dot(s, self.parameters.R_n.T)
        n = self.candidate_of(a_n, a_slope)  # GRU-4
        h_new = self.update(z, h, n)
        return (h_new,), h_new, (h, r, z, s, n, a_slope)

    def adjoint(self, tape: Values, d_state: Values, d_y: Array, d_u: Array) -> Values:
        h, r, z, _, n, a_slope = tape
        d_z, d_h, d_a_n = self.update_adjoint(z, h, n, d_state[0] + d_y)
        d_a_n = self.behind_clip(d_a_n, a_slope)
        d_s = self.dot(d_a_n, self.parameters.R_n)  # GRAD-6
        d_r = d_s * h  # GRAD-6
        d_h += d_s * r  # GRAD-6
        self.fill_gates(d_u, a_slope, r, z, {"r": d_r, "z": d_z, "n": d_a_n})
        d_h += self.dot(d_u[:, : -self.H], self.R)  # GRAD-6
        return (d_h,)

    def recurrent_gradients(self, tapes: Sequence[Values], d_u: Array) -> dict[str, Array]:
        H = self.H
        gradients = self.unstack("R", self.on_h, product_gradient(self, d_u[..., :-H], over_time(tapes, 0)))
        return gradients | {"R_n": product_gradient(self, d_u[..., -H:], over_time(tapes, 3))}
