"""The GRU and its variants: ``spec/gru.md`` and ``spec/gradients.md``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rnnspec.activations import Activation, activation_of
from rnnspec.cells.recurrent_cell import ClipDerivative, RecurrentCell
from rnnspec.errors import ProblemError, check_option


@dataclass(frozen=True, kw_only=True, repr=False)
class GRU(RecurrentCell):
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
    clip_derivative: ClipDerivative = "true"
    bias: bool = True

    def __post_init__(self) -> None:
        check_option("GRU.reset", self.reset, ("after", "before", "none"), "GRU-3")
        check_option("GRU.update", self.update, ("keep", "take"), "GRU-5")
        check_option("GRU.minimal", self.minimal, (True, False), "GRU-9")
        activation_of(self.gate_activation, "GRU.gate_activation")
        activation_of(self.candidate_activation, "GRU.candidate_activation")
        self.check_common()
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
        """The names and axes of the parameters: H units, I inputs, J features of h (PAR-1, PAR-4)."""
        axes = {f"W_{gate}": "H I" for gate in self.gates} | {f"R_{gate}": "H J" for gate in self.gates}
        if self.bias:
            axes |= {f"b_{gate}": "H" for gate in self.gates}
            if self.reset == "after":
                axes["b_Rn"] = "H"
        return axes
