"""What the adapters of JAX libraries share: from a problem to a pure function, and from that to all derivatives.

A library gives one function: the outputs and final states of a layer from native parameters, input and initial state.
Everything else is here. Gradients are those of `jax.vjp`, derivatives along a direction those of `jax.jvp`, and the
Hessian times a direction is forward over reverse. A function is compiled once for each structure and shape.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import platform
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import jaxpr_as_fun

from rnnspec import ARITHMETICS, Array, Cotangents, Gradients, Outcome, Parameters, Problem, State, States, Tangents
from rnnspec_adapters import layout
from rnnspec_adapters.base import Native, Unsupported
from rnnspec_adapters.jax.plan import LayerPlan, Plan, plan_of
from rnnspec_adapters.layout import Layout, Placement

DTYPES = {
    "float64": jnp.float64,
    "float32": jnp.float32,
    "tf32": jnp.float32,
    "bfloat16": jnp.bfloat16,
    "float16": jnp.float16,
}

JaxArray = Any
"""An array of JAX, or what stands for one while a function is traced."""

JaxStates = tuple[tuple[dict[str, JaxArray], ...], ...]
"""States by layer, direction and name."""

Primals = tuple[dict[str, JaxArray], JaxArray, JaxStates | None]
"""What is differentiated: native parameters by name, the input, the initial states."""

Forward = Callable[..., tuple[JaxArray, JaxStates]]
"""From primals and lengths to the outputs, [T, B, ..], and the final states."""


def outputs(forward: Forward, primals: Primals, lengths: JaxArray) -> Any:
    """Outputs and final states."""
    return forward(*primals, lengths)


def gradients(forward: Forward, primals: Primals, lengths: JaxArray, weights: Any) -> Any:
    """Outputs and final states, and the gradients of their weighted sum."""
    reached, pull = jax.vjp(lambda *given: forward(*given, lengths), *primals)
    return reached, pull(weights)


def along(forward: Forward, primals: Primals, lengths: JaxArray, tangents: Primals) -> Any:
    """The derivative of outputs and final states along `tangents`."""
    return jax.jvp(lambda *given: forward(*given, lengths), primals, tangents)[1]


def hessian(forward: Forward, primals: Primals, lengths: JaxArray, weights: Any, tangents: Primals) -> Any:
    """The derivative of the gradients along `tangents`: forward over reverse."""
    return jax.jvp(lambda *given: gradients(forward, given, lengths, weights)[1], primals, tangents)[1]


class Stepwise:
    """A function of arrays, run operation by operation; it is traced once for each shape.

    A call without `jax.jit` does the same, and compiles the bodies of its loops anew each time.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._traced: dict[Any, tuple[Callable[..., Any], Any]] = {}

    def __call__(self, *given: Any) -> Any:
        """What the function returns."""
        leaves, structure = jax.tree.flatten(given)
        key = (structure, tuple(leaf.shape for leaf in leaves))
        if key not in self._traced:
            operations, shape = jax.make_jaxpr(self._function, return_shape=True)(*given)
            self._traced[key] = jaxpr_as_fun(operations), jax.tree.structure(shape)
        run, returned = self._traced[key]
        return jax.tree.unflatten(returned, run(*leaves))


class JaxAdapter(ABC):
    """A JAX library behind the contract of an adapter; a subclass for each.

    Modes are those of the library, compiled as a whole. The adapters of `rnnspec_adapters.jax.eager` have another one,
    ``eager``: as in a call without `jax.jit`, every operation runs by itself, and of a loop the body is compiled.
    """

    name: ClassVar[str]
    modes: ClassVar[tuple[str, ...]] = ("jit",)
    distribution: ClassVar[str]
    """The distribution that brings the library."""

    def __init__(self, *, device: str = "cpu", dtype: str = "float64", mode: str | None = None) -> None:
        if device not in ("cpu", "cuda"):
            raise ValueError(f"device: wanted 'cpu' or 'cuda', got {device!r}")
        if dtype not in DTYPES:
            raise ValueError(f"dtype: wanted one of {', '.join(DTYPES)}, got {dtype!r}")
        mode = mode or self.modes[0]
        if mode not in self.modes:
            raise ValueError(f"mode: wanted one of {', '.join(self.modes)}, got {mode!r}")
        self.platform = device
        self.device = _device_of(device)
        self.dtype = dtype
        self.jax_dtype = DTYPES[dtype]
        self.mode = mode
        self._programs: dict[tuple[str, Plan], Callable[..., Any]] = {}

    @abstractmethod
    def refusal(self, layer: LayerPlan) -> str | None:
        """Why the library has no such layer, if it has none."""

    @abstractmethod
    def layout_of(self, layer: LayerPlan) -> Layout:
        """The declared layout of one direction of what computes `layer`."""

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
        native: dict[str, JaxArray],
        x: JaxArray,
        initial: tuple[dict[str, JaxArray], ...] | None,
        lengths: JaxArray | None,
    ) -> tuple[JaxArray, tuple[dict[str, JaxArray], ...]]:
        """The outputs [T, B, ..] and the final states of one layer, computed by the library."""

    def refusal_of(self, problem: Problem) -> str | None:
        """Why the library cannot express `problem` whatever its layers are, if it cannot."""
        return None

    def provenance(self) -> Mapping[str, str]:
        names = ("jax", "jaxlib", self.distribution, "numpy")
        versions = {name: _version(name) or "not installed" for name in names}
        kind = "none" if self.device is None else str(self.device.device_kind)
        return versions | {"python": platform.python_version(), "device": kind}

    def supports(self, problem: Problem) -> Unsupported | None:
        if _version(self.distribution) is None:
            return Unsupported(reason=f"{self.distribution} is not installed")
        if self.device is None:
            return Unsupported(reason="not run: wanted a CUDA device, got a machine without one")
        if self.dtype == "tf32" and self.platform != "cuda":
            return Unsupported(reason="TF32 is an arithmetic of CUDA devices; JAX has none on the CPU")
        reasons = (self.refusal_of(problem), *map(self.refusal, plan_of(problem).layers))
        return next((Unsupported(reason=reason) for reason in reasons if reason), None)

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
        with self._settings():
            return {
                f"{position}.{name}": shape
                for position, layer in enumerate(plan_of(problem).layers)
                for name, shape in self.layer_shapes(layer).items()
            }

    def solve(self, problem: Problem) -> Outcome:
        return self.solve_native(problem, self._pack(problem))

    def solve_native(self, problem: Problem, native: Native) -> Outcome:
        with self._settings():
            primals = self._primals(problem.x, native, problem.initial)
            lengths = self._lengths(problem)
            if problem.cotangents is None:
                y, final = self._program(outputs, problem)(primals, lengths)
                return Outcome(y=self._array(y), final=self._states(problem, final))
            weights = self._weights(problem, problem.cotangents)
            (y, final), pulled = self._program(gradients, problem)(primals, lengths, weights)
            pulled_back = self._gradients(problem, pulled)
            return Outcome(y=self._array(y), final=self._states(problem, final), gradients=pulled_back)

    def forward(
        self,
        plan: Plan,
        native: dict[str, JaxArray],
        x: JaxArray,
        initial: JaxStates | None,
        lengths: JaxArray | None,
    ) -> tuple[JaxArray, JaxStates]:
        """The outputs and final states of all layers, one after the other."""
        signal, final = x, []
        for position, layer in enumerate(plan.layers):
            start = None if initial is None else initial[position]
            signal, end = self.layer(layer, part_of(native, position), signal, start, lengths)
            final.append(end)
        return signal, tuple(final)

    def _program(self, program: Callable[..., Any], problem: Problem) -> Callable[..., Any]:
        """One of the functions above for the structure of `problem`."""
        plan = plan_of(problem)
        key = (program.__name__, plan)
        if key not in self._programs:
            bound = partial(program, partial(self.forward, plan))
            self._programs[key] = Stepwise(bound) if self.mode == "eager" else jax.jit(bound)
        return self._programs[key]

    @contextlib.contextmanager
    def _settings(self) -> Iterator[None]:
        """The arithmetic and the device, for this thread and while it lasts; the host program keeps its own."""
        with contextlib.ExitStack() as stack:
            stack.enter_context(jax.enable_x64(self.dtype == "float64"))
            stack.enter_context(jax.default_matmul_precision("tensorfloat32" if self.dtype == "tf32" else "highest"))
            stack.enter_context(jax.default_device(self.device))
            yield

    def _pack(self, problem: Problem) -> Native:
        return layout.pack(problem.layers, self.placements(problem), ARITHMETICS[self.dtype].dtype)

    def _given(self, array: Array) -> JaxArray:
        return jnp.asarray(array, dtype=self.jax_dtype)

    def _given_states(self, states: States) -> JaxStates:
        return tuple(
            tuple({name: self._given(array) for name, array in state.items()} for state in layer) for layer in states
        )

    def _primals(self, x: Array, native: Native, initial: States | None) -> Primals:
        return (
            {name: self._given(tensor) for name, tensor in native.items()},
            self._given(x),
            None if initial is None else self._given_states(initial),
        )

    def _lengths(self, problem: Problem) -> JaxArray | None:
        return None if problem.lengths is None else jnp.asarray(problem.lengths, dtype=jnp.int32)

    def _weights(self, problem: Problem, cotangents: Cotangents) -> tuple[JaxArray, JaxStates]:
        T, B, _ = problem.x.shape
        y = np.zeros((T, B, *problem.layers[-1].output_shape)) if cotangents.y is None else cotangents.y
        final = zero_states(problem) if cotangents.final is None else cotangents.final
        return self._given(y), self._given_states(final)

    def _gradients(self, problem: Problem, pulled: Primals) -> Gradients:
        native, x, initial = pulled
        arrays = {name: self._array(tensor) for name, tensor in native.items()}
        by_layer = layout.pull_back(arrays, self.placements(problem))
        return Gradients(
            x=self._array(x),
            initial=None if initial is None else self._states(problem, initial),
            layers=tuple(
                tuple(Parameters(**{name: own[name] for name in layer.cell.parameter_axes}) for own in of_layer)
                for layer, of_layer in zip(problem.layers, by_layer, strict=True)
            ),
        )

    def _array(self, array: JaxArray) -> Array:
        """The numbers of `array` in memory of their own; those of bfloat16, which NumPy has not, as float32 (NUM-3)."""
        return np.array(array, dtype=ARITHMETICS[self.dtype].dtype)

    def _states(self, problem: Problem, states: JaxStates) -> States:
        return tuple(
            tuple(State(**{name: self._array(state[name]) for name in layer.cell.states}) for state in of_layer)
            for layer, of_layer in zip(problem.layers, states, strict=True)
        )


class DifferentiatesAlong(JaxAdapter):
    """A library whose layers JAX can differentiate forward as well (SEC-1, SEC-2)."""

    def jvp(self, problem: Problem, tangents: Tangents) -> Outcome:
        """The derivative of outputs and final states along `tangents`: `jax.jvp`."""
        with self._settings():
            primals = self._primals(problem.x, self._pack(problem), problem.initial)
            moved = self._moved(problem, tangents)
            y, final = self._program(along, problem)(primals, self._lengths(problem), moved)
            return Outcome(y=self._array(y), final=self._states(problem, final))

    def hvp(self, problem: Problem, tangents: Tangents) -> Gradients:
        """The Hessian of L times `tangents`: `jax.jvp` of the gradient."""
        with self._settings():
            primals = self._primals(problem.x, self._pack(problem), problem.initial)
            weights = self._weights(problem, problem.cotangents or Cotangents())
            moved = self._moved(problem, tangents)
            pulled = self._program(hessian, problem)(primals, self._lengths(problem), weights, moved)
            return self._gradients(problem, pulled)

    def _moved(self, problem: Problem, tangents: Tangents) -> Primals:
        """The tangents of the primals: those of native parameters go through the linear part of the layout."""
        zeros = tuple(tuple(record.map(np.zeros_like) for record in layer.parameters) for layer in problem.layers)
        layers = tuple(
            replace(layer, parameters=parameters)
            for layer, parameters in zip(problem.layers, tangents.layers or zeros, strict=True)
        )
        places = tuple(replace(place, layout=linear_part(place.layout)) for place in self.placements(problem))
        native = layout.pack(layers, places, ARITHMETICS[self.dtype].dtype)
        x = np.zeros_like(problem.x) if tangents.x is None else tangents.x
        initial = tangents.initial
        if initial is None and problem.initial is not None:
            initial = zero_states(problem)
        return self._primals(x, native, initial)


def part_of(native: dict[str, JaxArray], position: int) -> dict[str, JaxArray]:
    """The native parameters behind the prefix of `position`, under their own names."""
    prefix = f"{position}."
    return {name.removeprefix(prefix): tensor for name, tensor in native.items() if name.startswith(prefix)}


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


def _device_of(platform_name: str) -> Any:
    """The first device of a platform; None where this machine has none."""
    try:
        return jax.devices(platform_name)[0]
    except RuntimeError:
        return None


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
