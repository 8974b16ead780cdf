"""A problem: layers, a batch of sequences, and what is asked of them.

Sizes: T steps, B sequences, I inputs, H units, D directions of a layer (1 or 2).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from rnnspec.cells import Cell
from rnnspec.errors import ProblemError, check_option
from rnnspec.record_checks import agreed_sizes, check_names, check_not_packed, check_record, check_tuple
from rnnspec.records import (
    Array,
    Arrays,
    ByLayer,
    Parameters,
    State,
    States,
    check_array,
    check_plain_array,
)

Direction = Literal["forward", "reverse", "bidirectional"]
Merge = Literal["concat", "sum", "mean", "product", "none"]
ReverseOutputs = Literal["time", "processing"]
PaddedOutputs = Literal["zero", "repeat"]

Lengths = NDArray[np.integer[Any]]
"""Valid steps of each sequence, integers [B]."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Layer(Arrays):
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

    holds: ClassVar = ("parameters",)
    cell: Cell
    parameters: tuple[Parameters, ...] = field(repr=False)
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
        for position, parameters in enumerate(self.parameters):
            check_names(f"parameters[{position}]", parameters, tuple(self.cell.parameter_axes), rule="PAR-1")
        for position, parameters in enumerate(self.parameters):
            for name, axes in self.cell.parameter_axes.items():
                shape = tuple(self._sizes.get(axis, axis) for axis in axes.split())
                check_array(f"parameters[{position}].{name}", parameters[name], shape, rule="PAR-1")

    def to_show(self) -> dict[str, object]:
        """The sizes stand for the parameters."""
        return super().to_show() | {"I": self.input_size, "H": self.hidden_size}

    @cached_property
    def _sizes(self) -> dict[str, int]:
        return agreed_sizes(self.cell, self.parameters)

    @property
    def directions(self) -> int:
        """The number of directions, D."""
        return 2 if self.direction == "bidirectional" else 1

    @property
    def input_size(self) -> int:
        """I, the number of inputs."""
        return self._sizes["I"]

    @property
    def hidden_size(self) -> int:
        """H, the number of units."""
        return self._sizes["H"]

    @property
    def output_shape(self) -> tuple[int, ...]:
        """The axes of the output behind [T, B]: (features,), or (2, features) where directions stay apart."""
        features = self.cell.output_size(self.hidden_size)
        if self.merge == "none":
            return (2, features)
        return (self.directions * features if self.merge == "concat" else features,)

    def state_shapes(self, B: int) -> dict[str, tuple[int, ...]]:
        """The names and shapes of the state of one direction, for `B` sequences."""
        return {name: (B, size) for name, size in self.cell.state_sizes(self.hidden_size).items()}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Cotangents(Arrays):
    """The cotangents of the outputs and the final states.

    L = <y, cotangents.y> + <final, cotangents.final> (GRAD-1).

    Parameters
    ----------
    y
        Shape [T, B, ..] of the output of the last layer; None for zeros.
    final
        A state for each layer and direction; None for zeros.
    """

    holds: ClassVar = ("y", "final")
    called: ClassVar = "cotangents"
    y: Array | None = None
    final: States | None = None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Problem(Arrays):
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

    holds: ClassVar = ("layers", "x", "initial", "cotangents")
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

    @property
    def parameters(self) -> ByLayer[Parameters]:
        """The parameters of all layers and directions."""
        return tuple(layer.parameters for layer in self.layers)

    @property
    def owners(self) -> tuple[tuple[Layer, ...], ...]:
        """The layer of each direction, nested as parameters and states are."""
        return tuple((layer,) * layer.directions for layer in self.layers)

    def with_parameters(self, parameters: ByLayer[Parameters]) -> Problem:
        """The same problem with other parameters."""
        pairs = zip(self.layers, parameters, strict=True)
        return replace(self, layers=tuple(replace(layer, parameters=of_layer) for layer, of_layer in pairs))

    def zero_states(self) -> States:
        """Zeros in the shapes of the states."""
        return make_states(self.layers, self.x.shape[1])

    def states_by(self, make: Callable[[int, int, str], Array]) -> States:
        """States whose arrays are `make` of their layer, direction and name."""
        return tuple(
            tuple(
                State(**{name: make(position, direction, name) for name in layer.cell.states})
                for direction in range(layer.directions)
            )
            for position, layer in enumerate(self.layers)
        )

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
        check_not_packed(field, states, rule)
        check_tuple(field, states, tuple, count=len(self.layers), wanted="one for each layer", rule=rule)
        B = self.x.shape[1]
        for position, (layer, directions) in enumerate(zip(self.layers, states, strict=True)):
            where = f"{field}[{position}]"
            check_tuple(where, directions, State, count=layer.directions, wanted="one for each direction", rule=rule)
            for direction, state in enumerate(directions):
                check_record(f"{where}[{direction}]", state, layer.state_shapes(B), rule=rule)


def make_states(layers: Sequence[Layer], B: int, make: Callable[[tuple[int, ...]], Array] = np.zeros) -> States:
    """A state for each layer and direction, whose arrays are `make` of their shapes: zeros by default."""
    return tuple(
        tuple(State.of_shapes(layer.state_shapes(B), make) for _ in range(layer.directions)) for layer in layers
    )


def check_problem(problem: object) -> None:
    """Raise `ProblemError` unless `problem` is a `Problem`."""
    if not isinstance(problem, Problem):
        raise ProblemError(field="problem", wanted="a Problem", came=type(problem).__name__, rule="SEQ-1")
