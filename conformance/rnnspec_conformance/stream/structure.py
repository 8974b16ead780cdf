"""The structure of a draw: everything of a problem but its numbers, and how the implementation is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from rnnspec import Cell, Direction
from rnnspec.problem import Merge, PaddedOutputs, ReverseOutputs
from rnnspec_adapters.plain import cell_of, plain_cell
from rnnspec_conformance.cases.case import Wrt

CotangentsOf = Literal["none", "y", "final", "both", "some"]
Values = Literal["tame", "large", "zero rows", "saturating"]
Memory = Literal["plain", "gaps", "reversed", "fortran"]
Padding = Literal["finite", "nan", "infinity"]
Poison = Literal["none", "input", "state"]
Call = Literal["once", "again", "another between", "changed in place", "after a refusal", "after an error"]
Derivative = Literal["none", "jvp", "hvp"]


@dataclass(frozen=True, kw_only=True)
class LayerDraft:
    """A layer without its parameters and its input size."""

    cell: Cell
    H: int
    direction: Direction = "forward"
    merge: Merge = "concat"
    reverse_outputs: ReverseOutputs = "time"

    @property
    def directions(self) -> int:
        """The number of directions."""
        return 2 if self.direction == "bidirectional" else 1

    @property
    def features(self) -> int:
        """The features of its output, those of both directions where they are joined."""
        size = self.cell.output_size(self.H)
        return self.directions * size if self.merge == "concat" else size


@dataclass(frozen=True, kw_only=True)
class Structure:
    """Everything of a draw but its numbers.

    Attributes
    ----------
    layers
        From the first to the last.
    T, B, I
        Steps, sequences, inputs.
    lengths
        Of the sequences; None where the problem gives none.
    lengths_type
        Their integer type.
    initial
        Whether initial states are given.
    cotangents
        Which outputs are weighted in the scalar that is differentiated; ``some``: zero for some sequences and states.
    padded_outputs
        Of the problem.
    values
        What the numbers are like.
    memory
        How arrays lie in memory: ``gaps`` between elements, axes ``reversed``, or in Fortran order.
    padding
        What stands in the padding of the input and of its cotangents.
    poison
        Where the last sequence holds NaN and infinities; what belongs to it is not compared (SEQ-10).
    call
        What was called before.
    derivative
        Which derivative along tangents is asked for, instead of an outcome.
    wrt
        What moves in it.
    """

    layers: tuple[LayerDraft, ...]
    T: int
    B: int
    I: int
    lengths: tuple[int, ...] | None = None
    lengths_type: str = "int64"
    initial: bool = False
    cotangents: CotangentsOf = "none"
    padded_outputs: PaddedOutputs = "zero"
    values: Values = "tame"
    memory: Memory = "plain"
    padding: Padding = "finite"
    poison: Poison = "none"
    call: Call = "once"
    derivative: Derivative = "none"
    wrt: Wrt = "everything"

    @property
    def is_padded(self) -> bool:
        """Whether some sequence has padding."""
        return self.lengths is not None and min(self.lengths) < self.T

    def as_json(self) -> dict[str, Any]:
        """The structure as plain values."""
        plain = asdict(replace(self, layers=()))
        layers = [{**_shallow(layer), "cell": plain_cell(layer.cell)} for layer in self.layers]
        return {**plain, "layers": layers, "lengths": None if self.lengths is None else list(self.lengths)}

    @staticmethod
    def from_json(plain: Mapping[str, Any]) -> Structure:
        """The inverse of `as_json`."""
        layers = tuple(LayerDraft(**{**layer, "cell": cell_of(layer["cell"])}) for layer in plain["layers"])
        lengths = None if plain["lengths"] is None else tuple(plain["lengths"])
        return Structure(**{**plain, "layers": layers, "lengths": lengths})


def _shallow(layer: LayerDraft) -> dict[str, Any]:
    return {name: value for name, value in vars(layer).items() if name != "cell"}


def fitted(structure: Structure) -> Structure:
    """`structure` with every part that has no meaning beside the others at its simplest value.

    Every change of a structure ends here, so that no two structures stand for the same question.
    """
    last = len(structure.layers) - 1
    layers = tuple(_fitted_layer(layer, is_last=k == last) for k, layer in enumerate(structure.layers))
    fit = replace(structure, layers=layers)
    if fit.lengths is not None:
        lengths = (*fit.lengths, *([fit.T] * fit.B))[: fit.B]
        fit = replace(fit, lengths=tuple(min(length, fit.T) for length in lengths))
        if max(fit.lengths or ()) > LARGEST[fit.lengths_type] or LARGEST[fit.lengths_type] < fit.T:
            fit = replace(fit, lengths_type="int64")
    else:
        fit = replace(fit, lengths_type="int64")
    if fit.poison != "none" and (fit.B < 2 or fit.derivative != "none" or (fit.poison == "state" and not fit.initial)):
        fit = replace(fit, poison="none")
    if fit.derivative != "none":
        fit = replace(fit, call="once", padding="finite")
        if fit.values in ("large", "saturating"):
            # The tolerance of a derivative along tangents is that of a complex step, which knows the derivative of a
            # saturated tanh to the last digit; 1 - y y, which implementations compute, has lost digits there.
            fit = replace(fit, values="tame")
        if fit.derivative == "hvp" and fit.cotangents == "none":
            fit = replace(fit, cotangents="both")
        if fit.derivative == "jvp":
            fit = replace(fit, cotangents="none")
        if fit.wrt == "initial" and not fit.initial:
            fit = replace(fit, wrt="everything")
    else:
        fit = replace(fit, wrt="everything")
    if not fit.is_padded:
        fit = replace(fit, padding="finite", padded_outputs="zero")
    return fit


def changed(structure: Structure, **changes: Any) -> Structure:
    """`structure` with other values of some fields, fitted."""
    return fitted(replace(structure, **changes))


LARGEST = {
    name: 2 ** (bits - (not name.startswith("u"))) - 1
    for bits in (8, 16, 32, 64)
    for name in (f"int{bits}", f"uint{bits}")
}
"""The largest number of each integer type."""


def _fitted_layer(layer: LayerDraft, *, is_last: bool) -> LayerDraft:
    if layer.direction == "forward":
        return replace(layer, merge="concat", reverse_outputs="time")
    if layer.direction == "reverse":
        return replace(layer, merge="concat")
    return replace(layer, merge="concat") if layer.merge == "none" and not is_last else layer
