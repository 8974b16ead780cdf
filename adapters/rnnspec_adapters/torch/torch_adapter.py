"""How PyTorch runs and differentiates a pure function, eagerly.

Gradients are those of `torch.autograd`, derivatives along tangents those of forward mode or of backward twice.
"""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
import torch

from rnnspec import Array, Problem
from rnnspec_adapters.base import Answer, Forward, Kind, NativeAdapter, Primals, leaves_of, like
from rnnspec_adapters.refusals import ANY, Table

Tensors = list[torch.Tensor]


def outputs(forward: Forward, primals: Primals, lengths: Any) -> Answer:
    """Outputs and final states."""
    with torch.no_grad():
        return forward(*primals, lengths)


def gradients(forward: Forward, primals: Primals, lengths: Any, cotangents: Answer) -> tuple[Answer, Primals]:
    """Outputs and final states, and the gradients of their weighted sum, by backward."""
    by = leaves_of(primals)
    with requiring(by):
        answer = forward(*primals, lengths)
        return answer, like(primals, backward(leaves_of(answer), by, leaves_of(cotangents)))


def jvp(forward: Forward, primals: Primals, lengths: Any, tangents: Primals) -> Any:
    """The derivative of outputs and final states along `tangents`, by forward mode."""
    answer: list[Answer] = []

    def function(*leaves: torch.Tensor) -> tuple[torch.Tensor, ...]:
        answer.append(forward(*like(primals, leaves), lengths))
        return tuple(leaves_of(answer[-1]))

    _, moved = torch.func.jvp(function, tuple(leaves_of(primals)), tuple(leaves_of(tangents)))
    return like(answer[-1], moved)


def jvp_by_backward(forward: Forward, primals: Primals, lengths: Any, tangents: Primals) -> Any:
    """The same by backward twice: the gradient is linear in its cotangents."""
    by = leaves_of(primals)
    with requiring(by):
        answer = forward(*primals, lengths)
        reached = leaves_of(answer)
        cotangents = [torch.zeros_like(tensor).requires_grad_() for tensor in reached]
        found = backward(reached, by, cotangents, graph=True)
        return like(answer, backward(found, cotangents, leaves_of(tangents)))


def hvp(forward: Forward, primals: Primals, lengths: Any, cotangents: Answer, tangents: Primals) -> Any:
    """The derivative of the gradients along `tangents`, by backward twice."""
    by = leaves_of(primals)
    with requiring(by):
        found = backward(leaves_of(forward(*primals, lengths)), by, leaves_of(cotangents), graph=True)
        return like(primals, backward(found, by, leaves_of(tangents)))


def backward(reached: Tensors, by: Tensors, cotangents: Tensors, *, graph: bool = False) -> Tensors:
    """The derivatives of <reached, cotangents>; zeros where there are none. With `graph` they can be differentiated."""
    pairs = [(tensor, given) for tensor, given in zip(reached, cotangents, strict=True) if tensor.requires_grad]
    given = [cotangent.to(tensor.dtype) for tensor, cotangent in pairs]  # autocast gives other types
    return list(torch.autograd.grad([t for t, _ in pairs], by, given, create_graph=graph, materialize_grads=True))


@contextlib.contextmanager
def requiring(leaves: Iterable[torch.Tensor]) -> Iterator[None]:
    """A context in which leaves require gradients."""
    held = list(leaves)
    for leaf in held:
        leaf.requires_grad_()
    try:
        with torch.enable_grad():
            yield
    finally:
        for leaf in held:
            leaf.requires_grad_(False)


class TorchBase(NativeAdapter):
    """What computes with tensors of PyTorch, behind the contract of an adapter."""

    devices: ClassVar[tuple[str, ...]] = ("cpu", "cuda")
    packages: ClassVar[tuple[str, ...]] = ("torch",)
    programs: ClassVar[Mapping[Kind, Callable[..., Any]]] = {
        "outputs": outputs, "gradients": gradients, "jvp": jvp, "hvp": hvp
    }  # fmt: skip
    expresses: ClassVar[Table] = {Problem: {"cotangents": ANY}}
    cudnn: ClassVar[bool] = True
    """Whether cuDNN may be used."""

    group: ClassVar[str] = "framework-torch"
    session: ClassVar[str] = "torch"

    def __init__(self, *, device: str = "cpu", precision: str = "float64", mode: str | None = None) -> None:
        super().__init__(device=device, precision=precision, mode=mode)
        self.native_dtype = getattr(torch, self.dtype_name)

    @property
    def device_name(self) -> str | None:
        if self.device == "cpu":
            return "cpu"
        return str(torch.cuda.get_device_name()) if torch.cuda.is_available() else None

    def provenance(self) -> Mapping[str, str]:
        cuda = {"cuda": str(torch.version.cuda), "cudnn": str(torch.backends.cudnn.version())}
        return {**super().provenance(), **(cuda if self.device == "cuda" else {})}

    @contextlib.contextmanager
    def settings(self) -> Iterator[None]:
        with quiet():
            if self.device == "cpu":
                yield
            else:
                with cuda_settings(tf32=self.precision.name == "tf32", cudnn=self.cudnn):
                    yield

    def given(self, array: Array) -> torch.Tensor:
        return torch.tensor(array, dtype=self.native_dtype, device=self.device)

    def given_lengths(self, lengths: Array) -> torch.Tensor:
        return torch.tensor(lengths.tolist(), device=self.device)

    def array(self, array: torch.Tensor) -> Array:
        """The numbers of `array` in memory of their own; those of bfloat16, which NumPy has not, as float32 (NUM-3)."""
        tensor = array.detach().to("cpu", torch.float32 if array.dtype == torch.bfloat16 else array.dtype)
        return np.array(tensor.numpy(), dtype=self.precision.dtype)


REMARKS = (
    "RNN module weights are not part of single contiguous chunk",
    "LSTM with projections is not supported with oneDNN",
    "The tensor attributes self._flat_weights",
    "The .grad attribute of a Tensor that is not a leaf",
    "`torch.jit.script` is deprecated",
)
"""How remarks of torch begin: on slower paths that compute the same, and on what torch itself does in its own code."""


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without those remarks."""
    with warnings.catch_warnings():
        for remark in REMARKS:
            warnings.filterwarnings("ignore", message=re.escape(remark))
        yield


@contextlib.contextmanager
def cuda_settings(*, tf32: bool, cudnn: bool) -> Iterator[None]:
    """Allow or forbid cuDNN, and TF32 in products and in cuDNN, which otherwise uses it for recurrent layers."""
    wanted = (
        (torch.backends.cuda.matmul, "allow_tf32", tf32),
        (torch.backends.cudnn, "allow_tf32", tf32),
        (torch.backends.cudnn, "enabled", cudnn),
    )
    before = [getattr(backend, name) for backend, name, _ in wanted]
    try:
        for backend, name, value in wanted:
            setattr(backend, name, value)
        yield
    finally:
        for (backend, name, _), value in zip(wanted, before, strict=True):
            setattr(backend, name, value)
