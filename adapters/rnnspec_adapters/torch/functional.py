"""How PyTorch runs and differentiates a pure function of native parameters, eagerly."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch

from rnnspec import PRECISIONS, Array
from rnnspec_adapters.functional import Forward, FunctionalAdapter, Kind, NativeArray, NativeStates, Primals
from rnnspec_adapters.torch import derivatives
from rnnspec_adapters.torch.base import DTYPES, cuda_settings, quiet
from rnnspec_adapters.torch.derivatives import Function, Tensors

Returned = tuple[NativeArray, NativeStates]
"""Outputs and final states, or what cotangents them."""


def outputs(forward: Forward, primals: Primals, lengths: NativeArray) -> Any:
    """Outputs and final states."""
    with torch.no_grad():
        return forward(*primals, lengths)


def gradients(forward: Forward, primals: Primals, lengths: NativeArray, cotangents: Returned) -> Any:
    """Outputs and final states, and the gradients of their weighted sum, by backward."""
    leaves = leaves_of(primals)
    function = function_of(forward, primals, lengths)
    answer, slopes = derivatives.gradients(function, leaves, answer_of(cotangents), [leaves])
    return returned(cotangents, answer), primals_of(primals, slopes)


def jvp(forward: Forward, primals: Primals, lengths: NativeArray, tangents: Primals) -> Any:
    """The derivative of outputs and final states along `tangents`, by forward mode."""
    structure: list[Returned] = []

    def function(leaves: Tensors) -> Tensors:
        structure.append(forward(*primals_of(primals, leaves), lengths))
        return answer_of(structure[-1])

    moved = derivatives.jvp(function, leaves_of(primals), leaves_of(tangents), forward_mode=True)
    return returned(structure[-1], moved)


def hvp(forward: Forward, primals: Primals, lengths: NativeArray, cotangents: Returned, tangents: Primals) -> Any:
    """The derivative of the gradients along `tangents`, by backward twice."""
    function = function_of(forward, primals, lengths)
    moved = derivatives.hvp(function, leaves_of(primals), answer_of(cotangents), leaves_of(tangents))
    return primals_of(primals, moved)


PROGRAMS: Mapping[Kind, Callable[..., Any]] = {
    "outputs": outputs,
    "gradients": gradients,
    "jvp": jvp,
    "hvp": hvp,
}


def function_of(forward: Forward, primals: Primals, lengths: NativeArray) -> Function:
    """`forward` as a function of named leaves, with primals of the structure of `primals`."""
    return lambda leaves: answer_of(forward(*primals_of(primals, leaves), lengths))


def leaves_of(primals: Primals) -> Tensors:
    """Primals by name."""
    native, x, initial = primals
    named = {f"native.{name}": tensor for name, tensor in native.items()} | {"x": x}
    return named if initial is None else named | states_by_name("initial", initial)


def primals_of(primals: Primals, leaves: Tensors) -> Primals:
    """The inverse of `leaves_of`, in the structure of `primals`."""
    native, _, initial = primals
    states = None if initial is None else states_like("initial", initial, leaves)
    return {name: leaves[f"native.{name}"] for name in native}, leaves["x"], states


def answer_of(given: Returned) -> Tensors:
    """Outputs and final states by name."""
    y, final = given
    return {"y": y} | states_by_name("final", final)


def returned(structure: Returned, answer: Tensors) -> Returned:
    """The inverse of `answer_of`, in the structure of another one."""
    _, final = structure
    return answer["y"], states_like("final", final, answer)


def states_by_name(kind: str, states: NativeStates) -> Tensors:
    """States as named tensors, e.g. ``final.0.1.h``."""
    return {
        f"{kind}.{l}.{k}.{name}": tensor
        for l, layer in enumerate(states)
        for k, state in enumerate(layer)
        for name, tensor in state.items()
    }


def states_like(kind: str, states: NativeStates, named: Tensors) -> NativeStates:
    """The inverse of `states_by_name`, in the structure of `states`."""
    return tuple(
        tuple({name: named[f"{kind}.{l}.{k}.{name}"] for name in state} for k, state in enumerate(layer))
        for l, layer in enumerate(states)
    )


class TorchFunctional(FunctionalAdapter):
    """What computes with tensors of PyTorch, and is no module of it, behind the contract of an adapter."""

    framework: ClassVar[str] = "PyTorch"
    packages: ClassVar[tuple[str, ...]] = ("torch",)
    native_dtypes: ClassVar[Mapping[str, Any]] = DTYPES

    @property
    def device_name(self) -> str | None:
        if self.platform == "cpu":
            return "cpu"
        return str(torch.cuda.get_device_name()) if torch.cuda.is_available() else None

    @contextlib.contextmanager
    def settings(self) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            stack.enter_context(quiet())
            if self.platform == "cuda":
                stack.enter_context(cuda_settings(tf32=self.precision == "tf32", cudnn=True))
            yield

    def given(self, array: Array) -> NativeArray:
        return torch.tensor(array, dtype=self.native_dtype, device=self.platform)

    def given_lengths(self, lengths: Array) -> NativeArray:
        return torch.tensor(lengths.tolist(), device=self.platform)

    def array(self, array: NativeArray) -> Array:
        """The numbers of `array` in memory of their own; those of bfloat16, which NumPy has not, as float32 (NUM-3)."""
        tensor = array.detach().to("cpu", torch.float32 if array.dtype == torch.bfloat16 else array.dtype)
        return np.array(tensor.numpy(), dtype=PRECISIONS[self.precision].dtype)

    def program(self, kind: Kind, forward: Forward) -> Callable[..., Any]:
        return partial(PROGRAMS[kind], forward)
