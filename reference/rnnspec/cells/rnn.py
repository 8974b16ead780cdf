"""The simple recurrent layer: ``spec/rnn.md`` and ``spec/gradients.md``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from rnnspec.activations import ACTIVATIONS
from rnnspec.arithmetic import Arithmetic
from rnnspec.cells.kernel import Kernel, Values, over_time, product_gradient
from rnnspec.errors import check_option
from rnnspec.records import Array, Parameters


@dataclass(frozen=True, kw_only=True)
class RNN:
    """The simple recurrent layer, ``h' = activation(W x + R h + b)`` (RNN-1, RNN-2; Elman 1990).

    Parameters
    ----------
    activation
        ``"tanh"`` or ``"relu"``.
    bias
        Whether the layer has the bias ``b`` (PAR-5).

    Raises
    ------
    ProblemError
        When an option is unknown.
    """

    activation: Literal["tanh", "relu"] = "tanh"
    bias: bool = True
    states: ClassVar[tuple[str, ...]] = ("h",)

    def __post_init__(self) -> None:
        check_option("RNN.activation", self.activation, tuple(ACTIVATIONS), "RNN-2")
        check_option("RNN.bias", self.bias, (True, False), "PAR-5")

    def parameter_shapes(self, I: int, H: int) -> dict[str, tuple[int, ...]]:
        """The names and shapes of the parameters for inputs of size `I` and states of size `H` (PAR-1)."""
        return {"W": (H, I), "R": (H, H)} | ({"b": (H,)} if self.bias else {})

    def bind(self, parameters: Parameters, arithmetic: Arithmetic) -> RNNKernel:
        """The step of this cell with these parameters."""
        return RNNKernel(self, parameters, arithmetic)


class RNNKernel(Kernel):
    """One step of the simple recurrent layer, and its adjoint."""

    gates: ClassVar[tuple[str, ...]] = ("",)

    def __init__(self, cell: RNN, parameters: Parameters, arithmetic: Arithmetic) -> None:
        super().__init__(parameters, arithmetic)
        self.activation = ACTIVATIONS[cell.activation]

    def forward(self, u: Array, state: Values) -> tuple[Values, Values]:
        (h,) = state
        u += self.dot(h, self.R.T)
        h_new = self.activation.value(u)  # RNN-1
        return (h_new,), (h, h_new)

    def adjoint(self, tape: Values, d_state: Values, d_u: Array) -> Values:
        _, h_new = tape
        (d_h_new,) = d_state
        d_u[...] = d_h_new * self.activation.slope(h_new)  # GRAD-2
        return (self.dot(d_u, self.R),)  # GRAD-2

    def recurrent_gradients(self, tapes: Sequence[Values], d_u: Array) -> dict[str, Array]:
        return self.unstack("R", product_gradient(self, d_u, over_time(tapes, 0)))
