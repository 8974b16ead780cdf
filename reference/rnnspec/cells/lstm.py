"""The LSTM and its variants, as data: ``spec/lstm.md``, ``peephole``, ``variants``, ``projection`` and ``clips``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rnnspec.activations import Activation, activation_of
from rnnspec.cells.recurrent_cell import ClipDerivative, RecurrentCell
from rnnspec.errors import ProblemError, check_option, check_size


@dataclass(frozen=True, kw_only=True, repr=False)
class LSTM(RecurrentCell):
    """The LSTM (LSTM-1 to LSTM-7; Gers, Schmidhuber and Cummins 2000) and its variants.

    Parameters
    ----------
    peephole
        ``"none"``; ``"new"``: input and forget gate see the old cell state, the output gate the new one (Gers and
        Schmidhuber 2000); ``"old"``: all three see the old cell state (the form of some lectures).
    input_gate, forget_gate, output_gate
        Whether the gate is there; an absent gate is 1 (VAR-1 to VAR-3).
    coupling
        ``"forget"``: f = 1 - i (VAR-4); ``"input"``: i = 1 - f (VAR-5).
    relevance_gate
        Whether a gate r multiplies the state that enters the candidate (VAR-6).
    gate_recurrence
        Whether the gates of the step before enter all gates (VAR-7; "full gate recurrence", Greff et al. 2017).
    gate_activation, candidate_activation, output_activation
        Names of ACT-1 or `Activation` (VAR-8).
    projection
        The number of features of the recurrent projection, 0 for none (PROJ-1; Sak et al. 2014).
    output_projection
        The number of features of the non-recurrent projection, 0 for none (PROJ-3; Sak et al. 2014).
    projection_bias
        Whether the projections have biases (PROJ-2).
    cell_clip, projection_clip, preactivation_clip
        Bounds of c', of the recurrent projection and of every pre-activation (CLIP-1 to CLIP-3); None for none.
    clip_derivative
        ``"true"`` (CLIP-4) or ``"straight-through"`` (CLIP-5).
    bias
        Whether the gates have biases (PAR-5).

    Raises
    ------
    ProblemError
        When an option is unknown, or options contradict each other (VAR-9).
    """

    peephole: Literal["none", "new", "old"] = "none"
    input_gate: bool = True
    forget_gate: bool = True
    output_gate: bool = True
    coupling: Literal["none", "forget", "input"] = "none"
    relevance_gate: bool = False
    gate_recurrence: bool = False
    gate_activation: str | Activation = "sigmoid"
    candidate_activation: str | Activation = "tanh"
    output_activation: str | Activation = "tanh"
    projection: int = 0
    output_projection: int = 0
    projection_bias: bool = False
    cell_clip: float | None = None
    projection_clip: float | None = None
    preactivation_clip: float | None = None
    clip_derivative: ClipDerivative = "true"
    bias: bool = True

    def __post_init__(self) -> None:
        check_option("LSTM.peephole", self.peephole, ("none", "new", "old"), "PEEP-3")
        check_option("LSTM.coupling", self.coupling, ("none", "forget", "input"), "VAR-4")
        for option in ("input_gate", "forget_gate", "output_gate", "relevance_gate", "gate_recurrence"):
            check_option(f"LSTM.{option}", getattr(self, option), (True, False), "VAR-1")
        check_option("LSTM.projection_bias", self.projection_bias, (True, False), "PROJ-2")
        for option in ("gate_activation", "candidate_activation", "output_activation"):
            activation_of(getattr(self, option), f"LSTM.{option}")
        for option in ("projection", "output_projection"):
            check_size(f"LSTM.{option}", getattr(self, option), rule="PROJ-1")
        self.check_common()
        self._check_combination()

    def _check_combination(self) -> None:
        """Refuse options that have no meaning together (VAR-9)."""

        def refuse(field: str, wanted: str, came: str) -> ProblemError:
            return ProblemError(field=f"LSTM.{field}", wanted=wanted, came=came, rule="VAR-9")

        both = self.input_gate and self.forget_gate
        if self.coupling != "none" and not both:
            raise refuse("coupling", "'none' where the input or the forget gate is absent", repr(self.coupling))
        if self.gate_recurrence and not (both and self.output_gate):
            raise refuse("gate_recurrence", "False where a gate is absent", "True")
        if self.gate_recurrence and self.coupling != "none":
            raise refuse("gate_recurrence", "False where gates are coupled", "True")
        if self.relevance_gate and self.projection:
            raise refuse(
                "relevance_gate", "False where h is a projection, which has other features than a gate", "True"
            )
        if self.peephole != "none" and not self.peephole_gates:
            raise refuse("peephole", "'none' where no gate is left to see the cell", repr(self.peephole))
        if self.projection_clip is not None and not self.projection:
            raise refuse("projection_clip", "None where there is no recurrent projection", repr(self.projection_clip))
        if self.projection_bias and not self.projection:
            raise refuse("projection_bias", "False where there is no recurrent projection", "True")
        if self.output_projection and not self.projection:
            raise refuse("output_projection", "0 where there is no recurrent projection", repr(self.output_projection))

    @property
    def gates(self) -> tuple[str, ...]:
        """The affine maps of the cell, by name."""
        computed = {
            "i": self.input_gate and self.coupling != "input",
            "f": self.forget_gate and self.coupling != "forget",
            "g": True,
            "o": self.output_gate,
            "r": self.relevance_gate,
        }
        return tuple(gate for gate, there in computed.items() if there)

    @property
    def peephole_gates(self) -> tuple[str, ...]:
        """The gates that see the cell, where the cell has peepholes."""
        return tuple(gate for gate in ("i", "f", "o") if gate in self.gates)  # PEEP-5

    @property
    def states(self) -> tuple[str, ...]:
        """The names of the state's arrays: h and c, and the gates of the step before where they enter (VAR-7)."""
        return ("h", "c", "i", "f", "o") if self.gate_recurrence else ("h", "c")  # LSTM-7

    @property
    def fixed_sizes(self) -> dict[str, int]:
        """The features of the projections: of the recurrent one, which is h (PROJ-1), and of the other one (PROJ-3)."""
        return {"J": self.projection, "K": self.output_projection} if self.projection else {}

    @property
    def parameter_axes(self) -> dict[str, str]:
        """The names and axes of the parameters: H units, I inputs, J features of h, K of the other projection."""
        gates = self.gates
        axes = {f"W_{gate}": "H I" for gate in gates} | {f"R_{gate}": "H J" for gate in gates}
        if self.bias:
            axes |= {f"b_{gate}": "H" for gate in gates}
        if self.peephole != "none":
            axes |= {f"p_{gate}": "H" for gate in self.peephole_gates}
        if self.gate_recurrence:
            axes |= {f"R_{source}{target}": "H H" for target in "ifo" for source in "ifo"}
        if self.projection:
            axes["P_h"] = "J H"
        if self.output_projection:
            axes["P_q"] = "K H"
        if self.projection_bias:
            axes["b_h"] = "J"
            if self.output_projection:
                axes["b_q"] = "K"
        return axes
