"""The one base of adapters, in this distribution and outside of it.

An adapter says how parameters are stored (`layout_of`), what is expressed and why the rest is refused (`expresses`),
how a native layer is made and called (`layer`, or `stack`), and how gradients come back: `programs`, which a framework
brings, or `adjoint`, where an implementation has a backward pass of its own. All else follows.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import platform
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import Any, ClassVar, Literal

import numpy as np

from rnnspec import (
    PRECISIONS,
    Array,
    Cell,
    Cotangents,
    Gradients,
    Layer,
    Outcome,
    Parameters,
    Problem,
    State,
    States,
    Tangents,
)
from rnnspec_adapters import layout
from rnnspec_adapters.contract import NOT_RUN, Native, Unsupported
from rnnspec_adapters.layout import LOWER, UPPER, Layout, Placement
from rnnspec_adapters.plan import LayerPlan, Plan, Stack, plan_of, stacks_of
from rnnspec_adapters.refusals import ANY, Table, merged, refusal_of

NativeArray = Any
"""An array of the framework, or what stands for one while a function is traced."""

Named = dict[str, NativeArray]
"""Arrays by name: native parameters, or a state."""

NativeStates = tuple[tuple[Named, ...], ...]
"""States by layer, direction and name."""

Answer = tuple[NativeArray, NativeStates]
"""The outputs, [T, B, ..], and the final states of all layers; or their cotangents, or their derivatives."""

Primals = tuple[Named, NativeArray, NativeStates | None]
"""What is differentiated: native parameters by name, the input, the initial states."""

Forward = Callable[..., Answer]
"""From primals and lengths to the answer."""

Kind = Literal["outputs", "gradients", "jvp", "hvp"]
"""What is wanted of a function.

``outputs``
    From primals and lengths: the answer.
``gradients``
    From primals, lengths and cotangents of the answer: the answer, and the gradients by the primals (GRAD-1).
``jvp``
    From primals, lengths and tangents of the primals: the derivative of the answer (SEC-1).
``hvp``
    From primals, lengths, cotangents and tangents: the derivative of the gradients (SEC-2).
"""


class BaseAdapter(ABC):
    """What is true of an adapter, and what it refuses.

    The attributes are data. `rnnspec_adapters.declarations` reads them from the source, where they have to be literals,
    so that they are known where no framework is installed.

    Raises
    ------
    ValueError
        When the device, the precision or the mode is unknown.
    """

    name: ClassVar[str]
    modes: ClassVar[tuple[str, ...]] = ("default",)
    """The ways in which it can run."""
    devices: ClassVar[tuple[str, ...]] = ("cpu",)
    precisions: ClassVar[tuple[str, ...]] = ("float64", "float32")
    """The precisions in which it is judged where none is asked for."""
    offers: ClassVar[tuple[str, ...]] = ("float64", "float32", "tf32", "bfloat16", "float16")
    """The precisions that can be asked for. Of these, as of devices and modes, the first is taken where none is."""
    packages: ClassVar[tuple[str, ...]] = ()
    """The distributions that take part: they are named in the provenance, and nothing runs where one is missing."""
    expresses: ClassVar[Table] = {Problem: {"initial": ANY}, Layer: {}}
    """What it expresses, and why not the rest. It adds to the tables of the classes above."""

    group: ClassVar[str] = ""
    """The group of dependencies in pyproject.toml that installs what it needs."""
    session: ClassVar[str] = ""
    """What comes behind ``validate-`` in the name of its session of nox; nothing where no session judges it."""
    slow: ClassVar[bool] = False
    """Whether a bare ``nox`` leaves that session out: it compiles or exports for minutes."""
    selection: ClassVar[str] = "default"
    """The cases by which it is judged."""
    environment: ClassVar[Mapping[str, str]] = {}
    """What its sessions find in their environment."""
    bad_input: ClassVar[str] = ""
    """What it is called where it is given bad input; nothing where that is not tried."""

    def __init__(self, *, device: str | None = None, precision: str | None = None, mode: str | None = None) -> None:
        self.device = self._asked("device", device, self.devices)
        self.precision = PRECISIONS[self._asked("precision", precision, self.offers)]
        self.mode = self._asked("mode", mode, self.modes)

    @staticmethod
    def _asked(option: str, given: str | None, known: tuple[str, ...]) -> str:
        """What is asked for, which is the first where nothing is."""
        if given is not None and given not in known:
            wanted = f"one of {', '.join(known)}" if len(known) > 1 else repr(known[0])
            raise ValueError(f"{option}: wanted {wanted}, got {given!r}")
        return known[0] if given is None else given

    def called(self, cell: Cell) -> str:
        """What `cell` is called in a refusal."""
        return f"{type(cell).__name__} of {self.name}"

    @property
    def device_name(self) -> str | None:
        """What the device is called; None where this machine has none of that kind."""
        return self.device

    def provenance(self) -> Mapping[str, str]:
        versions = {name: version(name) or "not installed" for name in (*self.packages, "numpy")}
        return versions | {"python": platform.python_version(), "device": self.device_name or "none"}

    def tables(self) -> Iterator[Table]:
        """The tables of what is expressed, each adding to those before."""
        for kind in reversed(type(self).__mro__):
            yield vars(kind).get("expresses", {})

    def supports(self, problem: Problem) -> Unsupported | None:
        reason = self.absence() or self.refusal(problem)
        return Unsupported(reason=reason) if reason else None

    def absence(self) -> str | None:
        """What this machine lacks, if something is missing."""
        missing = next((name for name in self.packages if version(name) is None), None)
        if missing is not None:
            return f"{NOT_RUN}{missing} is not installed"
        if self.device_name is None:
            return f"{NOT_RUN}wanted a CUDA device, got a machine without one"
        if self.precision.name == "tf32" and self.device == "cpu" and "cuda" in self.devices:
            return f"{NOT_RUN}TF32 is a precision of CUDA devices; {self.name} has none on the CPU"
        return None

    def refusal(self, problem: Problem) -> str | None:
        """Why `problem` cannot be expressed, by the table. A subclass adds what no table says."""
        table = merged(self.tables())
        records: list[tuple[Any, str]] = [(record, self.name) for record in (problem, *problem.layers)]
        records += ((layer.cell, self.called(layer.cell)) for layer in problem.layers)
        reasons = (refusal_of(record, table, self.name, called) for record, called in records)
        return next(filter(None, reasons), None)


class NativeAdapter(BaseAdapter):
    """An implementation as a pure function: of native parameters, an input, initial states and lengths.

    A framework adds how arrays become its own (`given`, `array`), under which `settings` it computes, and how a
    function is run and differentiated (`programs`). What stands here is that of NumPy, which has no gradients.
    """

    stacked: ClassVar[bool] = False
    """Whether consecutive layers of one cell, size and direction are computed by one call."""
    prefixes: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "forward": ("",),
        "reverse": ("",),
        "bidirectional": ("forward.", "reverse."),
    }
    """By direction of a layer, what stands before the native names of each of its directions."""
    programs: ClassVar[Mapping[Kind, Callable[..., Any]]] = {
        "outputs": lambda forward, primals, lengths: forward(*primals, lengths)
    }
    """By kind, a function of `Forward` and of what `Kind` says."""

    def __init__(self, **options: str | None) -> None:
        super().__init__(**options)
        self._made: dict[tuple[Kind, Plan], Callable[..., Any]] = {}

    # What a library says.

    @abstractmethod
    def layout_of(self, layer: LayerPlan) -> Layout:
        """The declared layout of one direction of what computes `layer`."""

    def layer(
        self,
        layer: LayerPlan,
        native: Named,
        x: NativeArray,
        initial: tuple[Named, ...] | None,
        lengths: NativeArray | None,
    ) -> tuple[NativeArray, tuple[Named, ...]]:
        """The outputs [T, B, ..] of one layer, and its final state by direction."""
        raise NotImplementedError

    def stack(
        self,
        layers: Stack,
        native: Named,
        x: NativeArray,
        initial: NativeStates | None,
        lengths: NativeArray | None,
    ) -> Answer:
        """The outputs and final states of layers that are computed by one call."""
        (layer,) = layers
        y, end = self.layer(layer, native, x, None if initial is None else initial[0], lengths)
        return y, (end,)

    def stacks(self, plan: Plan) -> tuple[Stack, ...]:
        """The layers, as they are computed by one call each."""
        return stacks_of(plan) if self.stacked else tuple((layer,) for layer in plan)

    def prefix(self, layers: Stack, number: int, direction: int) -> str:
        """What stands before the native names of one direction of one layer of a stack."""
        return self.prefixes[layers[number].direction][direction]

    def native_layer(self, layers: Stack, number: int, direction: int) -> int:
        """The number that native names have for one direction of one layer of a stack."""
        return number

    def stack_shapes(self, layers: Stack) -> dict[str, tuple[int, ...]] | None:
        """The names and shapes of parameters, as the library itself reports them; None where it reports none."""
        return None

    # What a framework says.

    @property
    def dtype_name(self) -> str:
        """What a framework calls the type of the precision."""
        return "float32" if self.precision.name == "tf32" else self.precision.name

    def settings(self) -> contextlib.AbstractContextManager[object]:
        """The precision and the device, while it lasts; the host program keeps its own."""
        return contextlib.nullcontext()

    def given(self, array: Array) -> NativeArray:
        """An array of the framework, in the type of the precision."""
        return array.astype(self.precision.dtype)

    def given_lengths(self, lengths: Array) -> NativeArray:
        """Lengths, [B], as integers of the framework."""
        return np.array(lengths)

    def array(self, array: NativeArray) -> Array:
        """The numbers of an array of the framework, in memory of their own (NUM-3)."""
        return np.array(array, dtype=self.precision.dtype)

    def program(self, kind: Kind, plan: Plan) -> Callable[..., Any]:
        """What `Kind` says of the layers of `plan`, run in the way of the mode."""
        return partial(self.programs[kind], partial(self.forward, plan))

    # What follows.

    def forward(
        self, plan: Plan, native: Named, x: NativeArray, initial: NativeStates | None, lengths: NativeArray | None
    ) -> Answer:
        """The outputs and final states of all layers, stack after stack."""
        final: list[tuple[Named, ...]] = []
        for position, layers in enumerate(self.stacks(plan)):
            start = None if initial is None else initial[len(final) : len(final) + len(layers)]
            x, end = self.stack(layers, part_of(native, position), x, start, lengths)
            final += end
        return x, tuple(final)

    def zeros(self, layer: LayerPlan, B: int) -> tuple[Named, ...]:
        """The initial state of each direction of a layer, for an implementation that wants one (SEQ-2)."""
        sizes = layer.cell.state_sizes(layer.hidden_size)
        state = {name: self.given(np.zeros((B, size))) for name, size in sizes.items()}
        return (state,) * layer.directions

    def placements(self, problem: Problem) -> tuple[Placement, ...]:
        """Where the parameters of each direction of each layer stand among the native ones."""
        places: list[Placement] = []
        first = 0
        for position, layers in enumerate(self.stacks(plan_of(problem))):
            places += (
                Placement(
                    layer=first + number,
                    direction=direction,
                    layout=self.layout_of(layer),
                    prefix=f"{position}.{self.prefix(layers, number, direction)}",
                    native_layer=self.native_layer(layers, number, direction),
                )
                for number, layer in enumerate(layers)
                for direction in range(layer.directions)
            )
            first += len(layers)
        return tuple(places)

    def native_shapes(self, problem: Problem) -> dict[str, tuple[int, ...]]:
        """The names and shapes of all native parameters, as the library reports them, or else as they are packed."""
        with self.settings():
            reported = [self.stack_shapes(layers) for layers in self.stacks(plan_of(problem))]
        if None in reported:
            return {name: tensor.shape for name, tensor in self.pack(problem).items()}
        return {f"{l}.{name}": shape for l, shapes in enumerate(reported) for name, shape in (shapes or {}).items()}

    def pack(self, problem: Problem) -> Native:
        """The parameters of `problem` as native ones."""
        return layout.pack(problem.layers, self.placements(problem), self.precision.dtype)

    def solve(self, problem: Problem) -> Outcome:
        return self.solve_native(problem, self.pack(problem))

    def solve_native(self, problem: Problem, native: Native) -> Outcome:
        with self.settings():
            primals = self._primals(problem.x, native, problem.initial)
            lengths = self._lengths(problem)
            if problem.cotangents is None:
                return self._outcome(problem, self._program("outputs", problem)(primals, lengths))
            cotangents = self._cotangents(problem, problem.cotangents)
            answer, pulled = self._program("gradients", problem)(primals, lengths, cotangents)
            return replace(self._outcome(problem, answer), gradients=self._gradients(problem, pulled))

    def _program(self, kind: Kind, problem: Problem) -> Callable[..., Any]:
        """A program for the structure of `problem`, which problems of that structure share."""
        key = (kind, plan_of(problem))
        if key not in self._made:
            self._made[key] = self.program(*key)
        return self._made[key]

    def _primals(self, x: Array, native: Native, initial: States | None) -> Primals:
        parameters = {name: self.given(tensor) for name, tensor in native.items()}
        return parameters, self.given(x), None if initial is None else mapped(initial, self.given)

    def _lengths(self, problem: Problem) -> NativeArray | None:
        return None if problem.lengths is None else self.given_lengths(problem.lengths)

    def _cotangents(self, problem: Problem, cotangents: Cotangents) -> Answer:
        T, B, _ = problem.x.shape
        y = np.zeros((T, B, *problem.layers[-1].output_shape)) if cotangents.y is None else cotangents.y
        return self.given(y), mapped(cotangents.final or zero_states(problem), self.given)

    def _outcome(self, problem: Problem, answer: Answer) -> Outcome:
        y, final = answer
        return Outcome(y=self.array(y), final=self._states(problem, final))

    def _gradients(self, problem: Problem, pulled: Primals) -> Gradients:
        native, x, initial = pulled
        arrays = {name: self.array(tensor) for name, tensor in native.items()}
        by_layer = layout.pull_back(arrays, self.placements(problem))
        return Gradients(
            x=self.array(x),
            initial=None if initial is None else self._states(problem, initial),
            layers=tuple(
                tuple(Parameters(**{name: own[name] for name in layer.cell.parameter_axes}) for own in of_layer)
                for layer, of_layer in zip(problem.layers, by_layer, strict=True)
            ),
        )

    def _states(self, problem: Problem, states: NativeStates) -> States:
        return tuple(
            tuple(State(**{name: self.array(state[name]) for name in layer.cell.states}) for state in of_layer)
            for layer, of_layer in zip(problem.layers, states, strict=True)
        )


class WithTangents(NativeAdapter):
    """An implementation that has derivatives along tangents, first and second: kinds ``jvp`` and ``hvp``."""

    def jvp(self, problem: Problem, tangents: Tangents) -> Outcome:
        """The derivative of outputs and final states along `tangents` (SEC-1)."""
        with self.settings():
            primals = self._primals(problem.x, self.pack(problem), problem.initial)
            moved = self._tangents(problem, tangents)
            return self._outcome(problem, self._program("jvp", problem)(primals, self._lengths(problem), moved))

    def hvp(self, problem: Problem, tangents: Tangents) -> Gradients:
        """The Hessian of L times `tangents` (SEC-2)."""
        with self.settings():
            primals = self._primals(problem.x, self.pack(problem), problem.initial)
            cotangents = self._cotangents(problem, problem.cotangents or Cotangents())
            moved = self._tangents(problem, tangents)
            pulled = self._program("hvp", problem)(primals, self._lengths(problem), cotangents, moved)
            return self._gradients(problem, pulled)

    def _tangents(self, problem: Problem, tangents: Tangents) -> Primals:
        """The tangents of the primals: those of native parameters go through the linear part of the layout."""
        zeros = tuple(tuple(record.map(np.zeros_like) for record in layer.parameters) for layer in problem.layers)
        layers = tuple(
            replace(layer, parameters=parameters)
            for layer, parameters in zip(problem.layers, tangents.layers or zeros, strict=True)
        )
        places = tuple(replace(place, layout=linear_part(place.layout)) for place in self.placements(problem))
        native = layout.pack(layers, places, self.precision.dtype)
        x = np.zeros_like(problem.x) if tangents.x is None else tangents.x
        initial = tangents.initial
        if initial is None and problem.initial is not None:
            initial = zero_states(problem)
        return self._primals(x, native, initial)


class WithAdjoint(NativeAdapter):
    """An implementation that has a backward pass of its own, which takes gradients back through one layer."""

    expresses: ClassVar[Table] = {Problem: {"cotangents": ANY}}

    @abstractmethod
    def adjoint(
        self,
        layer: LayerPlan,
        native: Named,
        x: NativeArray,
        initial: tuple[Named, ...] | None,
        lengths: NativeArray | None,
        *,
        cotangents: tuple[NativeArray, tuple[Named, ...]],
    ) -> tuple[Named, NativeArray, tuple[Named, ...]]:
        """The gradients of native parameters, input and initial states, from the cotangents of what `layer` returns."""

    def program(self, kind: Kind, plan: Plan) -> Callable[..., Any]:
        return partial(self._backward, plan) if kind == "gradients" else super().program(kind, plan)

    def _backward(self, plan: Plan, primals: Primals, lengths: NativeArray | None, cotangents: Answer) -> Any:
        native, x, initial = primals
        starts = [None] * len(plan) if initial is None else initial
        own = [part_of(native, position) for position in range(len(plan))]
        signals, final = [x], []
        for layer, parameters, start in zip(plan, own, starts, strict=True):
            y, end = self.layer(layer, parameters, signals[-1], start, lengths)
            signals.append(y)
            final.append(end)
        pulled: Named = {}
        d_signal, d_final = cotangents
        d_initial: list[tuple[Named, ...]] = []
        for position in reversed(range(len(plan))):
            d_end = (d_signal, d_final[position])
            asked = (plan[position], own[position], signals[position], starts[position], lengths)
            d_own, d_signal, d_start = self.adjoint(*asked, cotangents=d_end)
            pulled |= {f"{position}.{name}": gradient for name, gradient in d_own.items()}
            d_initial.insert(0, d_start)
        return (signals[-1], tuple(final)), (pulled, d_signal, None if initial is None else tuple(d_initial))


def part_of(native: Named, position: int) -> Named:
    """The native parameters behind the prefix of `position`, under their own names."""
    return under(native, f"{position}.")


def under(native: Named, prefix: str) -> Named:
    """The native parameters behind a prefix, under their own names."""
    return {name.removeprefix(prefix): tensor for name, tensor in native.items() if name.startswith(prefix)}


def joined(native: Named, parts: tuple[str, str], join: Callable[[list[NativeArray]], NativeArray]) -> Named:
    """Native parameters with those as one that a layout declares apart, under one name with the endings `parts`."""
    whole = {name: tensor for name, tensor in native.items() if not name.endswith(parts)}
    for name in (name.removesuffix(parts[0]) for name in native if name.endswith(parts[0])):
        whole[name] = join([native[name + part] for part in parts])
    return whole


def rows_apart(shapes: Mapping[str, tuple[int, ...]], declared: Layout, inputs: int) -> dict[str, tuple[int, ...]]:
    """Reported shapes, where a layout declares the rows of a matrix apart that multiply x, `inputs` of them, and h."""
    names = {tensor.name for tensor in declared.tensors}
    parts: dict[str, tuple[int, ...]] = {}
    for name, (rows, *columns) in shapes.items():
        if name + UPPER in names:
            parts |= {name + UPPER: (inputs, *columns), name + LOWER: (rows - inputs, *columns)}
        else:
            parts[name] = (rows, *columns)
    return parts


def side_by_side(states: NativeStates, join: Callable[[list[NativeArray]], NativeArray]) -> Named:
    """The states of a stack by name, each [L D, B, H]: directions of a layer one after the other."""
    return {name: join([state[name] for of_layer in states for state in of_layer]) for name in states[0][0]}


def by_layer(states: Named, layers: Stack) -> NativeStates:
    """The inverse of `side_by_side`."""
    D = layers[0].directions
    return tuple(
        tuple({name: array[l * D + d] for name, array in states.items()} for d in range(D)) for l in range(len(layers))
    )


def mapped(states: Any, change: Callable[[Any], Any]) -> NativeStates:
    """States, each array changed."""
    return tuple(tuple({name: change(array) for name, array in state.items()} for state in layer) for layer in states)


def leaves_of(structure: Any) -> list[NativeArray]:
    """The arrays of primals or of an answer, in one order; nothing for what is absent."""
    if structure is None:
        return []
    if isinstance(structure, dict):
        structure = tuple(structure.values())
    return [leaf for part in structure for leaf in leaves_of(part)] if isinstance(structure, tuple) else [structure]


def like(structure: Any, leaves: Iterable[NativeArray]) -> Any:
    """`structure` with other arrays: the inverse of `leaves_of`."""
    remaining = iter(leaves)

    def filled(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: filled(inner) for name, inner in part.items()}
        if isinstance(part, tuple):
            return tuple(map(filled, part))
        return None if part is None else next(remaining)

    return filled(structure)


def linear_part(declared: Layout) -> Layout:
    """`declared` without the constants that are added at run time, which do not move (LAY-6)."""
    return replace(
        declared,
        tensors=tuple(
            replace(tensor, blocks=tuple(replace(block, added=0.0) for block in tensor.blocks))
            for tensor in declared.tensors
        ),
    )


def zero_states(problem: Problem) -> States:
    """Zeros in the shapes of the states of `problem`."""
    B = problem.x.shape[1]
    return tuple(
        tuple(
            State(**{name: np.zeros((B, size)) for name, size in layer.cell.state_sizes(layer.hidden_size).items()})
            for _ in layer.parameters
        )
        for layer in problem.layers
    )


@cache
def version(distribution: str) -> str | None:
    """The version of a distribution; None where it is not installed. Asked for at every problem, and read once."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
