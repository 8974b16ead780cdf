"""Adapters to which an implementation is a pure function: of native parameters, an input, and initial states.

A framework says how arrays become its own and how its functions are run and differentiated; a library of it says how
one layer is computed from native parameters. From these two an adapter follows: layers one after the other, the way of
parameters and of gradients through the layouts, and derivatives along tangents.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import platform
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Literal

import numpy as np

from rnnspec import PRECISIONS, Array, Cotangents, Gradients, Outcome, Parameters, Problem, State, States, Tangents
from rnnspec_adapters import layout
from rnnspec_adapters.base import NOT_RUN, Native, Unsupported
from rnnspec_adapters.layout import Layout, Placement
from rnnspec_adapters.plan import LayerPlan, Plan, plan_of

NativeArray = Any
"""An array of the framework, or what stands for one while a function is traced."""

NativeStates = tuple[tuple[dict[str, NativeArray], ...], ...]
"""States by layer, direction and name."""

Primals = tuple[dict[str, NativeArray], NativeArray, NativeStates | None]
"""What is differentiated: native parameters by name, the input, the initial states."""

Forward = Callable[..., tuple[NativeArray, NativeStates]]
"""From primals and lengths to the outputs, [T, B, ..], and the final states."""

Kind = Literal["outputs", "gradients", "jvp", "hvp"]
"""What is wanted of a function.

``outputs``
    From primals and lengths: outputs and final states.
``gradients``
    From primals, lengths and cotangents: these, and the gradients of their weighted sum by the primals.
``jvp``
    From primals, lengths and tangents of the primals: the derivative of outputs and final states.
``hvp``
    From primals, lengths, cotangents and tangents: the derivative of the gradients.
"""


class FunctionalAdapter(ABC):
    """An implementation behind the contract of an adapter; a subclass for each framework, and one for each library.

    Raises
    ------
    ValueError
        When the device, the precision or the mode is unknown.
    """

    name: ClassVar[str]
    modes: ClassVar[tuple[str, ...]]
    framework: ClassVar[str]
    """What the framework is called."""
    packages: ClassVar[tuple[str, ...]]
    """The distributions of the framework."""
    distribution: ClassVar[str]
    """The distribution that brings the library."""
    native_dtypes: ClassVar[Mapping[str, Any]]
    """The types of the framework, by the name of the precision."""

    def __init__(self, *, device: str = "cpu", precision: str = "float64", mode: str | None = None) -> None:
        mode = self.modes[0] if mode is None else mode
        if device not in ("cpu", "cuda"):
            raise ValueError(f"device: wanted 'cpu' or 'cuda', got {device!r}")
        if precision not in self.native_dtypes:
            raise ValueError(f"precision: wanted one of {', '.join(self.native_dtypes)}, got {precision!r}")
        if mode not in self.modes:
            raise ValueError(f"mode: wanted one of {', '.join(self.modes)}, got {mode!r}")
        self.platform = device
        self.precision = precision
        self.native_dtype = self.native_dtypes[precision]
        self.mode = mode
        self._programs: dict[tuple[str, Plan], Callable[..., Any]] = {}

    @property
    @abstractmethod
    def device_name(self) -> str | None:
        """What the device is called; None where this machine has none of that kind."""

    @abstractmethod
    def settings(self) -> contextlib.AbstractContextManager[object]:
        """The precision and the device, while it lasts; the host program keeps its own."""

    @abstractmethod
    def given(self, array: Array) -> NativeArray:
        """An array of the framework, in the type of the precision."""

    @abstractmethod
    def given_lengths(self, lengths: Array) -> NativeArray:
        """Lengths, [B], as integers of the framework."""

    @abstractmethod
    def array(self, array: NativeArray) -> Array:
        """The numbers of an array of the framework, in memory of their own (NUM-3)."""

    @abstractmethod
    def program(self, kind: Kind, forward: Forward) -> Callable[..., Any]:
        """What `Kind` says of `forward`, run in the way of the mode."""

    @abstractmethod
    def refusal(self, layer: LayerPlan) -> str | None:
        """Why the library has no such layer, if it has none."""

    @abstractmethod
    def layout_of(self, layer: LayerPlan) -> Layout:
        """The declared layout of one direction of what computes `layer`."""

    @abstractmethod
    def placements(self, problem: Problem) -> tuple[Placement, ...]:
        """Where the parameters of each direction of each layer stand among the native ones."""

    @abstractmethod
    def native_shapes(self, problem: Problem) -> dict[str, tuple[int, ...]]:
        """The names and shapes of all native parameters, as the library itself reports them."""

    @abstractmethod
    def forward(
        self,
        plan: Plan,
        native: dict[str, NativeArray],
        x: NativeArray,
        initial: NativeStates | None,
        lengths: NativeArray | None,
    ) -> tuple[NativeArray, NativeStates]:
        """The outputs [T, B, ..] and the final states of all layers."""

    def refusal_of(self, problem: Problem) -> str | None:
        """Why the library cannot express `problem` whatever its layers are, if it cannot."""
        return None

    def provenance(self) -> Mapping[str, str]:
        versions = {name: version(name) or "not installed" for name in (*self.packages, self.distribution, "numpy")}
        return versions | {"python": platform.python_version(), "device": self.device_name or "none"}

    def supports(self, problem: Problem) -> Unsupported | None:
        if version(self.distribution) is None:
            return Unsupported(reason=f"{NOT_RUN}{self.distribution} is not installed")
        if self.device_name is None:
            return Unsupported(reason=f"{NOT_RUN}wanted a CUDA device, got a machine without one")
        if self.precision == "tf32" and self.platform != "cuda":
            reason = f"{NOT_RUN}TF32 is a precision of CUDA devices; {self.framework} has none on the CPU"
            return Unsupported(reason=reason)
        reasons = (self.refusal_of(problem), *map(self.refusal, plan_of(problem).layers))
        return next((Unsupported(reason=reason) for reason in reasons if reason), None)

    def solve(self, problem: Problem) -> Outcome:
        return self.solve_native(problem, self._pack(problem))

    def solve_native(self, problem: Problem, native: Native) -> Outcome:
        with self.settings():
            primals = self._primals(problem.x, native, problem.initial)
            lengths = self._lengths(problem)
            if problem.cotangents is None:
                y, final = self._program("outputs", problem)(primals, lengths)
                return Outcome(y=self.array(y), final=self._states(problem, final))
            cotangents = self._cotangents(problem, problem.cotangents)
            (y, final), pulled = self._program("gradients", problem)(primals, lengths, cotangents)
            pulled_back = self._gradients(problem, pulled)
            return Outcome(y=self.array(y), final=self._states(problem, final), gradients=pulled_back)

    def _program(self, kind: Kind, problem: Problem) -> Callable[..., Any]:
        """A program for the structure of `problem`, which problems of that structure share."""
        plan = plan_of(problem)
        key = (kind, plan)
        if key not in self._programs:

            def forward(*given: Any) -> tuple[NativeArray, NativeStates]:
                return self.forward(plan, *given)

            self._programs[key] = self.program(kind, forward)
        return self._programs[key]

    def _pack(self, problem: Problem) -> Native:
        return layout.pack(problem.layers, self.placements(problem), PRECISIONS[self.precision].dtype)

    def _given_states(self, states: States) -> NativeStates:
        return tuple(
            tuple({name: self.given(array) for name, array in state.items()} for state in layer) for layer in states
        )

    def _primals(self, x: Array, native: Native, initial: States | None) -> Primals:
        return (
            {name: self.given(tensor) for name, tensor in native.items()},
            self.given(x),
            None if initial is None else self._given_states(initial),
        )

    def _lengths(self, problem: Problem) -> NativeArray | None:
        return None if problem.lengths is None else self.given_lengths(problem.lengths)

    def _cotangents(self, problem: Problem, cotangents: Cotangents) -> tuple[NativeArray, NativeStates]:
        T, B, _ = problem.x.shape
        y = np.zeros((T, B, *problem.layers[-1].output_shape)) if cotangents.y is None else cotangents.y
        final = zero_states(problem) if cotangents.final is None else cotangents.final
        return self.given(y), self._given_states(final)

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


class LayerByLayer(FunctionalAdapter):
    """A library that computes one layer at a time; a stack is one layer after the other."""

    @abstractmethod
    def prefix(self, layer: LayerPlan, direction: int) -> str:
        """What stands before the native names of one direction, e.g. ``forward_rnn.cell.``."""

    @abstractmethod
    def layer_shapes(self, layer: LayerPlan) -> dict[str, tuple[int, ...]]:
        """The names and shapes of the parameters of `layer`, as the library itself reports them."""

    @abstractmethod
    def layer(
        self,
        layer: LayerPlan,
        native: dict[str, NativeArray],
        x: NativeArray,
        initial: tuple[dict[str, NativeArray], ...] | None,
        lengths: NativeArray | None,
    ) -> tuple[NativeArray, tuple[dict[str, NativeArray], ...]]:
        """The outputs [T, B, ..] and the final states of one layer, computed by the library."""

    def placements(self, problem: Problem) -> tuple[Placement, ...]:
        return tuple(
            Placement(
                layer=position,
                direction=direction,
                layout=self.layout_of(layer),
                prefix=f"{position}.{self.prefix(layer, direction)}",
            )
            for position, layer in enumerate(plan_of(problem).layers)
            for direction in range(layer.directions)
        )

    def native_shapes(self, problem: Problem) -> dict[str, tuple[int, ...]]:
        with self.settings():
            return {
                f"{position}.{name}": shape
                for position, layer in enumerate(plan_of(problem).layers)
                for name, shape in self.layer_shapes(layer).items()
            }

    def forward(
        self,
        plan: Plan,
        native: dict[str, NativeArray],
        x: NativeArray,
        initial: NativeStates | None,
        lengths: NativeArray | None,
    ) -> tuple[NativeArray, NativeStates]:
        """The outputs and final states of all layers, one after the other."""
        signal, final = x, []
        for position, layer in enumerate(plan.layers):
            start = None if initial is None else initial[position]
            signal, end = self.layer(layer, part_of(native, position), signal, start, lengths)
            final.append(end)
        return signal, tuple(final)


class DifferentiatesAlong(FunctionalAdapter):
    """A library whose layers have derivatives along tangents, first and second (SEC-1, SEC-2)."""

    def jvp(self, problem: Problem, tangents: Tangents) -> Outcome:
        """The derivative of outputs and final states along `tangents`."""
        with self.settings():
            primals = self._primals(problem.x, self._pack(problem), problem.initial)
            moved = self._moved(problem, tangents)
            y, final = self._program("jvp", problem)(primals, self._lengths(problem), moved)
            return Outcome(y=self.array(y), final=self._states(problem, final))

    def hvp(self, problem: Problem, tangents: Tangents) -> Gradients:
        """The Hessian of L times `tangents`."""
        with self.settings():
            primals = self._primals(problem.x, self._pack(problem), problem.initial)
            cotangents = self._cotangents(problem, problem.cotangents or Cotangents())
            moved = self._moved(problem, tangents)
            pulled = self._program("hvp", problem)(primals, self._lengths(problem), cotangents, moved)
            return self._gradients(problem, pulled)

    def _moved(self, problem: Problem, tangents: Tangents) -> Primals:
        """The tangents of the primals: those of native parameters go through the linear part of the layout."""
        zeros = tuple(tuple(record.map(np.zeros_like) for record in layer.parameters) for layer in problem.layers)
        layers = tuple(
            replace(layer, parameters=parameters)
            for layer, parameters in zip(problem.layers, tangents.layers or zeros, strict=True)
        )
        places = tuple(replace(place, layout=linear_part(place.layout)) for place in self.placements(problem))
        native = layout.pack(layers, places, PRECISIONS[self.precision].dtype)
        x = np.zeros_like(problem.x) if tangents.x is None else tangents.x
        initial = tangents.initial
        if initial is None and problem.initial is not None:
            initial = zero_states(problem)
        return self._primals(x, native, initial)


def part_of(native: dict[str, NativeArray], position: int) -> dict[str, NativeArray]:
    """The native parameters behind the prefix of `position`, under their own names."""
    prefix = f"{position}."
    return {name.removeprefix(prefix): tensor for name, tensor in native.items() if name.startswith(prefix)}


def joined(
    native: dict[str, NativeArray], parts: tuple[str, str], join: Callable[[list[NativeArray]], NativeArray]
) -> dict[str, NativeArray]:
    """Native parameters with those as one that a layout declares apart, under one name with the endings `parts`."""
    whole = {name: tensor for name, tensor in native.items() if not name.endswith(parts)}
    for name in (name.removesuffix(parts[0]) for name in native if name.endswith(parts[0])):
        whole[name] = join([native[name + part] for part in parts])
    return whole


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


def other_options(cell: Any, plain: Any) -> str | None:
    """The options of `cell` that `plain` has otherwise, joined; None where there is none."""
    names = [name for name in vars(plain) if getattr(plain, name) != getattr(cell, name)]
    return ", ".join(names) or None


def version(distribution: str) -> str | None:
    """The version of a distribution; None where it is not installed."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
