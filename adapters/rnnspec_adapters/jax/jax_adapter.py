"""How JAX runs and differentiates a pure function.

Gradients are those of `jax.vjp`, derivatives along tangents those of `jax.jvp`, and the Hessian times tangents is
forward over reverse. A function is compiled once for each structure and shape.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from jax.extend.core import jaxpr_as_fun

from rnnspec import Array, Problem
from rnnspec_adapters.base import Answer, Forward, Kind, NativeAdapter, NativeArray, Primals
from rnnspec_adapters.plan import Plan
from rnnspec_adapters.refusals import ANY, Table

JaxArray = NativeArray
"""An array of JAX, or what stands for one while a function is traced."""


def outputs(forward: Forward, primals: Primals, lengths: JaxArray) -> Answer:
    """Outputs and final states."""
    return forward(*primals, lengths)


def gradients(forward: Forward, primals: Primals, lengths: JaxArray, cotangents: Answer) -> tuple[Answer, Primals]:
    """Outputs and final states, and the gradients of their weighted sum."""
    reached, pull = jax.vjp(lambda *given: forward(*given, lengths), *primals)
    return reached, pull(cotangents)


def jvp(forward: Forward, primals: Primals, lengths: JaxArray, tangents: Primals) -> Any:
    """The derivative of outputs and final states along `tangents`."""
    return jax.jvp(lambda *given: forward(*given, lengths), primals, tangents)[1]


def hvp(forward: Forward, primals: Primals, lengths: JaxArray, cotangents: Answer, tangents: Primals) -> Any:
    """The derivative of the gradients along `tangents`: forward over reverse."""
    return jax.jvp(lambda *given: gradients(forward, given, lengths, cotangents)[1], primals, tangents)[1]


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


class JaxAdapter(NativeAdapter):
    """A JAX library behind the contract of an adapter; a subclass for each.

    Modes are those of the library, compiled as a whole. The adapters of `rnnspec_adapters.jax.eager` have another one,
    ``eager``: as in a call without `jax.jit`, every operation runs by itself, and of a loop the body is compiled.
    """

    modes: ClassVar[tuple[str, ...]] = ("jit",)
    stepwise: ClassVar[tuple[str, ...]] = ("eager",)
    devices: ClassVar[tuple[str, ...]] = ("cpu", "cuda")
    packages: ClassVar[tuple[str, ...]] = ("jax", "jaxlib")
    programs: ClassVar[Mapping[Kind, Callable[..., Any]]] = {
        "outputs": outputs, "gradients": gradients, "jvp": jvp, "hvp": hvp
    }  # fmt: skip
    expresses: ClassVar[Table] = {Problem: {"cotangents": ANY}}

    group: ClassVar[str] = "framework-jax"
    session: ClassVar[str] = "jax"
    environment: ClassVar[Mapping[str, str]] = {
        "JAX_COMPILATION_CACHE_DIR": ".nox/.cache/jax",
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    """JAX keeps what it has compiled, for the next run."""

    def __init__(self, **options: str | None) -> None:
        super().__init__(**options)
        self.jax_device = _device_of(self.device)
        self.native_dtype = getattr(jnp, self.dtype_name)

    @property
    def device_name(self) -> str | None:
        return None if self.jax_device is None else str(self.jax_device.device_kind)

    @contextlib.contextmanager
    def settings(self) -> Iterator[None]:
        """The precision and the device, for this thread and while it lasts; the host program keeps its own."""
        products = "tensorfloat32" if self.precision.name == "tf32" else "highest"
        with (
            jax.enable_x64(self.precision.name == "float64"),
            jax.default_matmul_precision(products),
            jax.default_device(self.jax_device),
        ):
            yield

    def given(self, array: Array) -> JaxArray:
        return jnp.asarray(array, dtype=self.native_dtype)

    def given_lengths(self, lengths: Array) -> JaxArray:
        return jnp.asarray(lengths, dtype=jnp.int32)

    def program(self, kind: Kind, plan: Plan) -> Callable[..., Any]:
        bound = super().program(kind, plan)
        return Stepwise(bound) if self.mode in self.stepwise else jax.jit(bound)


def _device_of(platform_name: str) -> Any:
    """The first device of a platform; None where this machine has none."""
    try:
        return jax.devices(platform_name)[0]
    except RuntimeError:
        return None
