"""A problem: layers, a batch of sequences, and what is asked of them.

Sizes: T steps, B sequences, I inputs, H units, D directions of a layer (1 or 2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from rnnspec.cells import Cell
from rnnspec.errors import ProblemError, check_option
from rnnspec.records import Array, Parameters, Record, State, check_array, check_plain_array

Direction = Literal["forward", "reverse", "bidirectional"]
Merge = Literal["concat", "sum", "mean", "product", "none"]
ReverseOutputs = Literal["time", "processing"]
PaddedOutputs = Literal["zero", "repeat"]

Lengths = NDArray[np.integer[Any]]
"""Valid steps of each sequence, integers [B]."""

States = tuple[tuple[State, ...], ...]
"""States by layer, then by direction: ``states[0][1]`` is the reverse direction of a bidirectional first layer."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """One recurrent layer.

    Parameters
    ----------
    cell
        What is computed in one step.
    parameters
        One `Parameters` for ``"forward"`` or ``"reverse"``; the forward and the reverse one for ``"bidirectional"``.
    direction
        In which order each sequence is read (SEQ-5, SEQ-7).
    reverse_outputs
        The order of the outputs of the reverse direction: ``"time"`` (SEQ-5) or ``"processing"`` (SEQ-12).
    merge
        How the outputs of two directions become one: ``"concat"`` (SEQ-7), ``"sum"``, ``"mean"``, ``"product"``
        (SEQ-13), or ``"none"``: they stay apart (SEQ-14).

    Raises
    ------
    ProblemError
        When names, shapes or dtypes are not those of `cell.parameter_shapes` (PAR-1), or an option is unknown.
    """

    cell: Cell
    parameters: tuple[Parameters, ...]
    direction: Direction = "forward"
    reverse_outputs: ReverseOutputs = "time"
    merge: Merge = "concat"

    def __post_init__(self) -> None:
        if not isinstance(self.cell, Cell):
            raise ProblemError(field="cell", wanted="an LSTM, a GRU or an RNN", came=repr(self.cell), rule="PAR-1")
        check_option("direction", self.direction, get_args(Direction), "SEQ-5")
        check_option("reverse_outputs", self.reverse_outputs, get_args(ReverseOutputs), "SEQ-12")
        check_option("merge", self.merge, get_args(Merge), "SEQ-13")
        if self.direction == "forward" and self.reverse_outputs != "time":
            raise ProblemError(
                field="reverse_outputs",
                wanted="'time' in a forward layer",
                came=repr(self.reverse_outputs),
                rule="SEQ-12",
            )
        if self.direction != "bidirectional" and self.merge != "concat":
            raise ProblemError(
                field="merge", wanted="'concat' where there is one direction", came=repr(self.merge), rule="SEQ-13"
            )
        check_tuple(
            "parameters",
            self.parameters,
            Parameters,
            count=self.directions,
            wanted="one for each direction",
            rule="SEQ-7",
        )
        I, H = self._sizes
        for position, parameters in enumerate(self.parameters):
            shapes = self.cell.parameter_shapes(I, H)
            check_record(f"parameters[{position}]", parameters, shapes, rule="PAR-1")

    @cached_property
    def _sizes(self) -> tuple[int, int]:
        name = next(iter(self.cell.parameter_axes))
        W = self.parameters[0].get(name)
        if W is None or W.ndim != 2 or 0 in W.shape:
            came = "nothing" if W is None else f"shape {list(W.shape)}"
            raise ProblemError(field=f"parameters[0].{name}", wanted="shape [H, I]", came=came, rule="PAR-1")
        return W.shape[1], W.shape[0]

    @property
    def directions(self) -> int:
        """The number of directions, D."""
        return 2 if self.direction == "bidirectional" else 1

    @property
    def input_size(self) -> int:
        """I, the number of inputs."""
        return self._sizes[0]

    @property
    def hidden_size(self) -> int:
        """H, the number of units."""
        return self._sizes[1]

    @property
    def output_shape(self) -> tuple[int, ...]:
        """The axes of the output behind [T, B]: (features,), or (2, features) where directions stay apart."""
        features = self.cell.output_size(self.hidden_size)
        if self.merge == "none":
            return (2, features)
        return (self.directions * features if self.merge == "concat" else features,)


@dataclass(frozen=True, kw_only=True, eq=False)
class Cotangents:
    """The cotangents of the outputs and the final states.

    L = <y, cotangents.y> + <final, cotangents.final> (GRAD-1).

    Parameters
    ----------
    y
        Shape [T, B, ..] of the output of the last layer; None for zeros.
    final
        A state for each layer and direction; None for zeros.
    """

    y: Array | None = None
    final: States | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Problem:
    """Layers and a batch of sequences. Inputs are never modified.

    Parameters
    ----------
    layers
        From the first to the last; each reads the outputs of the one below (SEQ-8).
    x
        The input, [T, B, I], float64 or complex128. What stands in the padding has no influence (SEQ-10).
    initial
        The initial state of each layer and direction; None for zeros (SEQ-2).
    lengths
        The number of valid steps of each sequence, integers [B] from 0 to T; None when all are T.
    cotangents
        What the gradients are taken of; None when none are wanted.
    padded_outputs
        What stands in the padding of y: ``"zero"`` (SEQ-4), or ``"repeat"``: the last output before it (SEQ-11).

    Raises
    ------
    ProblemError
        Names the field, what was wanted, what came, and the rule.
    """

    layers: tuple[Layer, ...]
    x: Array
    initial: States | None = None
    lengths: Lengths | None = None
    cotangents: Cotangents | None = None
    padded_outputs: PaddedOutputs = "zero"

    def __post_init__(self) -> None:
        check_option("padded_outputs", self.padded_outputs, get_args(PaddedOutputs), "SEQ-11")
        check_tuple("layers", self.layers, Layer, count=None, wanted="at least one layer", rule="SEQ-8")
        check_plain_array("x", self.x, rule="SEQ-1")
        if self.x.ndim != 3 or 0 in self.x.shape:
            raise ProblemError(
                field="x", wanted="shape [T, B, I], none of them 0", came=str(list(self.x.shape)), rule="SEQ-1"
            )
        T, B, size = self.x.shape
        check_array("x", self.x, (T, B, self.layers[0].input_size), rule="SEQ-1")
        shape: tuple[int, ...] = (size,)
        for position, layer in enumerate(self.layers):
            if shape != (layer.input_size,):
                apart = "directions that are merged" if len(shape) > 1 else f"input size {shape[0]}"
                raise ProblemError(field=f"layers[{position}]", wanted=apart, came=str(layer.input_size), rule="SEQ-8")
            shape = layer.output_shape
        if self.lengths is not None:
            self._check_lengths(self.lengths, T, B)
        if self.initial is not None:
            self._check_states("initial", self.initial, "SEQ-2")
        if self.cotangents is not None:
            if not isinstance(self.cotangents, Cotangents):
                came = type(self.cotangents).__name__
                raise ProblemError(field="cotangents", wanted="Cotangents or None", came=came, rule="GRAD-1")
            if self.cotangents.y is not None:
                check_array("cotangents.y", self.cotangents.y, (T, B, *shape), rule="GRAD-1")
            if self.cotangents.final is not None:
                self._check_states("cotangents.final", self.cotangents.final, "GRAD-10")

    @staticmethod
    def _check_lengths(lengths: object, T: int, B: int) -> None:
        check_plain_array("lengths", lengths, rule="SEQ-9")
        assert isinstance(lengths, np.ndarray)
        if lengths.dtype.kind not in "iu":
            nan = " with NaN" if lengths.dtype.kind in "fc" and np.isnan(lengths).any() else ""
            raise ProblemError(field="lengths", wanted="integers", came=f"{lengths.dtype}{nan}", rule="SEQ-9")
        if lengths.shape != (B,):
            raise ProblemError(field="lengths", wanted=f"shape [{B}]", came=str(list(lengths.shape)), rule="SEQ-9")
        for position, length in enumerate(lengths.tolist()):
            if not 0 <= length <= T:
                raise ProblemError(
                    field=f"lengths[{position}]", wanted=f"0 <= length <= T = {T}", came=str(length), rule="SEQ-9"
                )

    def _check_states(self, field: str, states: States, rule: str) -> None:
        check_tuple(field, states, tuple, count=len(self.layers), wanted="one for each layer", rule=rule)
        B = self.x.shape[1]
        for position, (layer, directions) in enumerate(zip(self.layers, states, strict=True)):
            where = f"{field}[{position}]"
            check_tuple(where, directions, State, count=layer.directions, wanted="one for each direction", rule=rule)
            sizes = layer.cell.state_sizes(layer.hidden_size)
            shapes: dict[str, tuple[int, ...]] = {name: (B, size) for name, size in sizes.items()}
            for direction, state in enumerate(directions):
                check_record(f"{where}[{direction}]", state, shapes, rule=rule)


def arrays_of(problem: Problem) -> Iterator[Array]:
    """Every array of a problem but its lengths."""
    yield problem.x
    for layer in problem.layers:
        for parameters in layer.parameters:
            yield from parameters.values()
    states = [problem.initial]
    if problem.cotangents is not None:
        states.append(problem.cotangents.final)
        if problem.cotangents.y is not None:
            yield problem.cotangents.y
    for by_layer in states:
        for by_direction in by_layer or ():
            for state in by_direction:
                yield from state.values()


AnyRecord = TypeVar("AnyRecord", bound=Record)


def map_records(
    records: tuple[tuple[AnyRecord, ...], ...], change: Callable[[Array], Array]
) -> tuple[tuple[AnyRecord, ...], ...]:
    """States or parameters by layer and direction, each array changed."""
    return tuple(tuple(record.map(change) for record in layer) for layer in records)


def check_tuple(field: str, value: object, kind: type, *, count: int | None, wanted: str, rule: str) -> None:
    """Raise `ProblemError` unless `value` is a tuple of `kind` with `count` entries, or some where that is None."""
    amount = "" if count is None else f" ({count})"
    full = f"a tuple of {kind.__name__}, {wanted}{amount}"
    if not isinstance(value, tuple):
        raise ProblemError(field=field, wanted=full, came=type(value).__name__, rule=rule)
    for position, entry in enumerate(value):
        if not isinstance(entry, kind):
            raise ProblemError(field=f"{field}[{position}]", wanted=kind.__name__, came=type(entry).__name__, rule=rule)
    if len(value) != count if count is not None else not value:
        raise ProblemError(field=field, wanted=full, came=f"{len(value)}", rule=rule)


def check_record(field: str, record: Mapping[str, Array], shapes: dict[str, tuple[int, ...]], *, rule: str) -> None:
    """Raise `ProblemError` unless `record` has exactly these names, with these shapes."""
    if set(record) != set(shapes):
        raise ProblemError(field=field, wanted=", ".join(shapes), came=", ".join(record) or "nothing", rule=rule)
    for name, shape in shapes.items():
        check_array(f"{field}.{name}", record[name], shape, rule=rule)
