"""What the adapters of JAX libraries share: how JAX runs and differentiates a pure function.

Gradients are those of `jax.vjp`, derivatives along tangents those of `jax.jvp`, and the Hessian times tangents is
forward over reverse. A function is compiled once for each structure and shape.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import jaxpr_as_fun

from rnnspec import PRECISIONS, Array
from rnnspec_adapters import functional
from rnnspec_adapters.functional import Forward, FunctionalAdapter, Kind, NativeArray, NativeStates, Primals

JaxArray = NativeArray
"""An array of JAX, or what stands for one while a function is traced."""

JaxStates = NativeStates
"""States by layer, direction and name."""


def outputs(forward: Forward, primals: Primals, lengths: JaxArray) -> Any:
    """Outputs and final states."""
    return forward(*primals, lengths)


def gradients(forward: Forward, primals: Primals, lengths: JaxArray, cotangents: Any) -> Any:
    """Outputs and final states, and the gradients of their weighted sum."""
    reached, pull = jax.vjp(lambda *given: forward(*given, lengths), *primals)
    return reached, pull(cotangents)


def jvp(forward: Forward, primals: Primals, lengths: JaxArray, tangents: Primals) -> Any:
    """The derivative of outputs and final states along `tangents`."""
    return jax.jvp(lambda *given: forward(*given, lengths), primals, tangents)[1]


def hvp(forward: Forward, primals: Primals, lengths: JaxArray, cotangents: Any, tangents: Primals) -> Any:
    """The derivative of the gradients along `tangents`: forward over reverse."""
    return jax.jvp(lambda *given: gradients(forward, given, lengths, cotangents)[1], primals, tangents)[1]


PROGRAMS: Mapping[Kind, Callable[..., Any]] = {
    "outputs": outputs,
    "gradients": gradients,
    "jvp": jvp,
    "hvp": hvp,
}


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


class JaxAdapter(FunctionalAdapter):
    """A JAX library behind the contract of an adapter; a subclass for each.

    Modes are those of the library, compiled as a whole. The adapters of `rnnspec_adapters.jax.eager` have another one,
    ``eager``: as in a call without `jax.jit`, every operation runs by itself, and of a loop the body is compiled.
    """

    modes: ClassVar[tuple[str, ...]] = ("jit",)
    stepwise: ClassVar[tuple[str, ...]] = ("eager",)
    framework: ClassVar[str] = "JAX"
    packages: ClassVar[tuple[str, ...]] = ("jax", "jaxlib")
    native_dtypes: ClassVar[Mapping[str, Any]] = {
        "float64": jnp.float64,
        "float32": jnp.float32,
        "tf32": jnp.float32,
        "bfloat16": jnp.bfloat16,
        "float16": jnp.float16,
    }

    def __init__(self, *, device: str = "cpu", precision: str = "float64", mode: str | None = None) -> None:
        super().__init__(device=device, precision=precision, mode=mode)
        self.device = _device_of(device)

    @property
    def device_name(self) -> str | None:
        return None if self.device is None else str(self.device.device_kind)

    @contextlib.contextmanager
    def settings(self) -> Iterator[None]:
        """The precision and the device, for this thread and while it lasts; the host program keeps its own."""
        with contextlib.ExitStack() as stack:
            stack.enter_context(jax.enable_x64(self.precision == "float64"))
            stack.enter_context(
                jax.default_matmul_precision("tensorfloat32" if self.precision == "tf32" else "highest")
            )
            stack.enter_context(jax.default_device(self.device))
            yield

    def given(self, array: Array) -> JaxArray:
        return jnp.asarray(array, dtype=self.native_dtype)

    def given_lengths(self, lengths: Array) -> JaxArray:
        return jnp.asarray(lengths, dtype=jnp.int32)

    def array(self, array: JaxArray) -> Array:
        """The numbers of `array` in memory of their own; those of bfloat16, which NumPy has not, as float32 (NUM-3)."""
        return np.array(array, dtype=PRECISIONS[self.precision].dtype)

    def program(self, kind: Kind, forward: Forward) -> Callable[..., Any]:
        bound = partial(PROGRAMS[kind], forward)
        return Stepwise(bound) if self.mode in self.stepwise else jax.jit(bound)


class DifferentiatesAlong(functional.DifferentiatesAlong, JaxAdapter):
    """A library whose layers JAX can differentiate forward as well (SEC-1, SEC-2)."""


def _device_of(platform_name: str) -> Any:
    """The first device of a platform; None where this machine has none."""
    try:
        return jax.devices(platform_name)[0]
    except RuntimeError:
        return None
