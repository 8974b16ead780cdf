"""The simple recurrent layer: ``spec/rnn.md`` and ``spec/gradients.md``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rnnspec.activations import Activation, activation_of
from rnnspec.cells.clipping import Clip, times
from rnnspec.cells.kernel import Kernel, Values, over_time, product_gradient
from rnnspec.cells.options import HiddenStateOnly, check_common, shapes_of
from rnnspec.precision import Precision
from rnnspec.records import Array, Parameters


@dataclass(frozen=True, kw_only=True)
class RNN(HiddenStateOnly):
    """The simple recurrent layer, ``h' = activation(W x + R h + b)`` (RNN-1, RNN-2; Elman 1990).

    Parameters
    ----------
    activation
        ``"tanh"``, ``"relu"``, or any other name of ACT-1 or `Activation`.
    preactivation_clip
        The bound of the pre-activation (CLIP-3); None for none.
    clip_derivative
        ``"true"`` (CLIP-4) or ``"straight-through"`` (CLIP-5).
    bias
        Whether the layer has the bias ``b`` (PAR-5).

    Raises
    ------
    ProblemError
        When an option is unknown.
    """

    activation: str | Activation = "tanh"
    preactivation_clip: float | None = None
    clip_derivative: str = "true"
    bias: bool = True

    def __post_init__(self) -> None:
        activation_of(self.activation, "RNN.activation")
        check_common(self)

    @property
    def gates(self) -> tuple[str, ...]:
        """The affine maps of the cell: one, which needs no name."""
        return ("",)

    @property
    def parameter_axes(self) -> dict[str, str]:
        """The names of the parameters, and their axes: H units, I inputs, J features of h (PAR-1)."""
        return {"W": "H I", "R": "H J"} | ({"b": "H"} if self.bias else {})

    def parameter_shapes(self, I: int, H: int) -> dict[str, tuple[int, ...]]:
        """The names and shapes of the parameters for inputs of size `I` and states of size `H` (PAR-1)."""
        return shapes_of(self.parameter_axes, {"H": H, "I": I, "J": H})

    def bind(self, parameters: Parameters, precision: Precision) -> RNNKernel:
        """The step of this cell with these parameters."""
        return RNNKernel(self, parameters, precision)


class RNNKernel(Kernel):
    """One step of the simple recurrent layer, and its adjoint."""

    def __init__(self, cell: RNN, parameters: Parameters, precision: Precision) -> None:
        super().__init__(cell.gates, parameters, precision)
        self.R = parameters.R
        self.activation = activation_of(cell.activation, "RNN.activation")
        self.clip = Clip(bound=cell.preactivation_clip, straight_through=cell.clip_derivative == "straight-through")

    def forward(self, u: Array, state: Values) -> tuple[Values, Array, Values]:
        (h,) = state
        u += self.dot(h, self.R.T)
        clip_slope = self.clip.derivative(u)
        h_new = self.activation.value(self.clip.value(u))  # RNN-1
        return (h_new,), h_new, (h, h_new, clip_slope)

    def adjoint(self, tape: Values, d_state: Values, d_y: Array, d_u: Array) -> Values:
        _, h_new, clip_slope = tape
        d_h_new = d_state[0] + d_y
        d_u[...] = times(d_h_new * self.activation.derivative(h_new), clip_slope)  # GRAD-2
        return (self.dot(d_u, self.R),)  # GRAD-2

    def recurrent_gradients(self, tapes: Sequence[Values], d_u: Array) -> dict[str, Array]:
        return {"R": product_gradient(self, d_u, over_time(tapes, 0))}
