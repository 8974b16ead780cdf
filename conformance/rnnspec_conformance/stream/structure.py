"""The structure of a draw: everything of a problem but its numbers, and how the implementation is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from rnnspec import Cell, Direction, ProblemError
from rnnspec.problem import Merge, PaddedOutputs, ReverseOutputs
from rnnspec_adapters.plain import cell_of, plain_cell
from rnnspec_conformance.cases.case import Wrt

CotangentsOf = Literal["none", "y", "final", "both", "some"]
Values = Literal["tame", "large", "zero rows", "saturating", "zero states", "large biases", "tied"]
Memory = Literal["plain", "gaps", "window", "reversed", "fortran", "read-only"]
Padding = Literal["finite", "nan", "infinity"]
Poison = Literal["none", "input", "state"]
Call = Literal[
    "once",
    "again",
    "another between",
    "changed in place",
    "one array changed in place",
    "rows moved in place",
    "after a refusal",
    "after an error",
]
Derivative = Literal["none", "jvp", "hvp"]


IN_PLACE: tuple[Call, ...] = ("changed in place", "one array changed in place", "rows moved in place")
"""The calls that change arrays which were handed over before."""


class Change(NamedTuple):
    """What another problem with the same parameters has of its own.

    Attributes
    ----------
    layer
        Of which layer; None for a field of the whole structure.
    name
        An option of the cell of that layer, another field of it, or a field of the structure.
    value
        What the other problem has there.
    """

    layer: int | None
    name: str
    value: Any


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
        How arrays lie in memory: ``gaps`` between elements, as a ``window`` into a larger array, axes ``reversed``, in
        Fortran order, or ``read-only``.
    padding
        What stands in the padding of the input and of its cotangents.
    poison
        Where the last sequence holds NaN and infinities; what belongs to it is not compared (SEQ-10).
    call
        What was called before.
    between
        With ``another between``: what that problem, which has the same parameters, has of its own. None: its numbers.
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
    between: Change | None = None
    derivative: Derivative = "none"
    wrt: Wrt = "everything"

    @property
    def is_padded(self) -> bool:
        """Whether some sequence has padding."""
        return self.lengths is not None and min(self.lengths) < self.T

    @property
    def other(self) -> Structure | None:
        """The structure of the problem between two calls, where it has one of its own."""
        return None if self.between is None else with_change(self, self.between)

    def as_json(self) -> dict[str, Any]:
        """The structure as plain values."""
        return {
            **vars(self),
            "layers": [{**vars(layer), "cell": plain_cell(layer.cell)} for layer in self.layers],
            "lengths": None if self.lengths is None else list(self.lengths),
            "between": None if self.between is None else self._plain_change(self.between),
        }

    def _plain_change(self, change: Change) -> dict[str, Any]:
        value = change.value
        if change.layer is not None:
            cell = self.layers[change.layer].cell
            if hasattr(cell, change.name):
                value = plain_cell(replace(cell, **{change.name: value}))[change.name]
        return {**change._asdict(), "value": value}

    @staticmethod
    def from_json(plain: Mapping[str, Any]) -> Structure:
        """The inverse of `as_json`."""
        layers = tuple(LayerDraft(**{**layer, "cell": cell_of(layer["cell"])}) for layer in plain["layers"])
        lengths = None if plain["lengths"] is None else tuple(plain["lengths"])
        between = None
        if plain["between"] is not None:
            between = _change_of(plain["between"], plain["layers"])
        return Structure(**{**plain, "layers": layers, "lengths": lengths, "between": between})


def _change_of(plain: Mapping[str, Any], layers: Sequence[Mapping[str, Any]]) -> Change:
    k, name, value = plain["layer"], plain["name"], plain["value"]
    if name == "lengths" and value is not None:
        value = tuple(value)
    elif k is not None and name in layers[k]["cell"]:
        value = getattr(cell_of({**layers[k]["cell"], name: value}), name)
    return Change(layer=k, name=name, value=value)


def fitted(structure: Structure) -> Structure:
    """`structure` with every part that has no meaning beside the others at its simplest value.

    Every change of a structure ends here, so that no two structures stand for the same question.
    """
    last = len(structure.layers) - 1
    layers = tuple(_fitted_layer(layer, is_last=k == last) for k, layer in enumerate(structure.layers))
    fit = replace(structure, layers=layers)
    if fit.lengths is not None:
        lengths = (*fit.lengths, *([fit.T] * fit.B))[: fit.B]
        fit = _with(fit, lengths=tuple(min(length, fit.T) for length in lengths))
        if max(fit.lengths or ()) > LARGEST[fit.lengths_type] or LARGEST[fit.lengths_type] < fit.T:
            fit = _with(fit, lengths_type="int64")
    else:
        fit = _with(fit, lengths_type="int64")
    if fit.poison != "none" and (fit.B < 2 or fit.derivative != "none" or (fit.poison == "state" and not fit.initial)):
        fit = _with(fit, poison="none")
    fit = _fitted_derivative(fit)
    if not fit.is_padded:
        fit = _with(fit, padding="finite", padded_outputs="zero")
    if not _has_values(fit):
        fit = _with(fit, values="tame")
    if fit.call in IN_PLACE and fit.memory == "read-only":
        fit = _with(fit, memory="plain")
    if fit.between is not None and (fit.call != "another between" or with_change(fit, fit.between) is None):
        fit = _with(fit, between=None)
    return fit


def _fitted_derivative(fit: Structure) -> Structure:
    if fit.derivative == "none":
        return _with(fit, wrt="everything")
    fit = _with(fit, call="once", padding="finite")
    if fit.values in ("large", "saturating", "large biases"):
        # The tolerance of a derivative along tangents is that of a complex step, which knows the derivative of a
        # saturated tanh to the last digit; 1 - y y, which implementations compute, has lost digits there.
        fit = _with(fit, values="tame")
    if fit.derivative == "hvp" and fit.cotangents == "none":
        fit = _with(fit, cotangents="both")
    if fit.derivative == "jvp":
        fit = _with(fit, cotangents="none")
    if fit.wrt == "initial" and not fit.initial:
        fit = _with(fit, wrt="everything")
    return fit


def _with(structure: Structure, **values: Any) -> Structure:
    """`structure` with these values: itself where it has them, as it mostly does."""
    if all(getattr(structure, name) == value for name, value in values.items()):
        return structure
    return replace(structure, **values)


def _has_values(structure: Structure) -> bool:
    """Whether a structure has what its numbers are said to be like."""
    layers = structure.layers
    match structure.values:
        case "zero states":
            return structure.initial
        case "large biases":
            return any(name.startswith("b") for layer in layers for name in layer.cell.parameter_shapes(1, 1))
        case "tied":
            return len(layers) > 1 or layers[0].directions > 1
    return True


def with_change(structure: Structure, change: Change) -> Structure | None:
    """The structure of another problem with the same parameters; None where nothing changes, or they would not fit."""
    plain = replace(structure, call="once", between=None, poison="none", padding="finite")
    if change.layer is None:
        other = fitted(replace(plain, **{change.name: change.value}))
    elif change.layer >= len(structure.layers):
        return None
    else:
        layers = list(plain.layers)
        layer = layers[change.layer]
        try:
            if hasattr(layer.cell, change.name):
                layers[change.layer] = replace(layer, cell=replace(layer.cell, **{change.name: change.value}))
            else:
                layers[change.layer] = replace(layer, **{change.name: change.value})
        except (ProblemError, TypeError):
            return None
        other = fitted(replace(plain, layers=tuple(layers)))
    if other == fitted(plain) or parameter_shapes(other) != parameter_shapes(plain):
        return None
    return other


def parameter_shapes(structure: Structure) -> list[list[tuple[str, tuple[int, ...]]]]:
    """The names and shapes of the parameters of every layer and direction."""
    found, size = [], structure.I
    for layer in structure.layers:
        found += [list(layer.cell.parameter_shapes(size, layer.H).items())] * layer.directions
        size = layer.features
    return found


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
