"""The simple recurrent layer: ``spec/rnn.md`` and ``spec/gradients.md``."""

from __future__ import annotations

from dataclasses import dataclass

from rnnspec.activations import Activation, activation_of
from rnnspec.cells.recurrent_cell import ClipDerivative, RecurrentCell


@dataclass(frozen=True, kw_only=True, repr=False)
class RNN(RecurrentCell):
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
    clip_derivative: ClipDerivative = "true"
    bias: bool = True

    def __post_init__(self) -> None:
        activation_of(self.activation, "RNN.activation")
        self.check_common()

    @property
    def gates(self) -> tuple[str, ...]:
        """The affine maps of the cell: one, which needs no name."""
        return ("",)

    @property
    def parameter_axes(self) -> dict[str, str]:
        """The names and axes of the parameters: H units, I inputs, J features of h (PAR-1)."""
        return {"W": "H I", "R": "H J"} | ({"b": "H"} if self.bias else {})
