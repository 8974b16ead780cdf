"""How PyTorch runs and differentiates a pure function, eagerly.

Gradients are those of `torch.autograd`, derivatives along tangents those of forward mode or of backward twice.
"""

from __future__ import annotations

import contextlib
import re
import warnings
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
import torch

from rnnspec import GRU, LSTM, RNN, Array, Cell, Problem
from rnnspec_adapters.base import Answer, Forward, Kind, NativeAdapter, Primals, leaves_of, like
from rnnspec_adapters.plan import Plan, Stack
from rnnspec_adapters.refusals import ANY, Table, resets

Tensors = list[torch.Tensor]


@contextlib.contextmanager
def settings_of(*wanted: tuple[Any, str, bool]) -> Iterator[None]:
    """Settings of torch, each an object, an attribute of it, and its value while this lasts."""
    before = [getattr(where, name) for where, name, _ in wanted]
    try:
        for where, name, value in wanted:
            setattr(where, name, value)
        yield
    finally:
        for (where, name, _), value in zip(wanted, before, strict=True):
            setattr(where, name, value)


def cuda_settings(*, tf32: bool, cudnn: bool) -> contextlib.AbstractContextManager[None]:
    """Allow or forbid cuDNN, and TF32 in products and in cuDNN, which otherwise uses it for recurrent layers."""
    backends = torch.backends
    tf32_of = ((backends.cuda.matmul, "allow_tf32", tf32), (backends.cudnn, "allow_tf32", tf32))
    return settings_of(*tf32_of, (backends.cudnn, "enabled", cudnn))


without_cudnn = settings_of((torch.backends.cudnn, "enabled", False))
"""A decorator for derivatives along tangents, which cuDNN does not have (pytorch/pytorch#5261)."""


def outputs(forward: Forward, primals: Primals, lengths: Any) -> Answer:
    """Outputs and final states."""
    with torch.no_grad():
        return forward(*primals, lengths)


def gradients(
    forward: Forward, primals: Primals, lengths: Any, cotangents: Answer, *, apart: bool = False
) -> tuple[Answer, Primals]:
    """Outputs and final states, and the gradients of their weighted sum, by backward.

    With `apart`, parameters, the input and the initial states have theirs from calls of their own, in which the others
    require none.
    """
    answer, found = None, []
    for by in filter(None, map(leaves_of, primals if apart else [primals])):
        with requiring(by):
            answer = forward(*primals, lengths)
            found += backward(leaves_of(answer), by, leaves_of(cotangents))
    assert answer is not None
    return answer, like(primals, found)


@without_cudnn
def jvp(forward: Forward, primals: Primals, lengths: Any, tangents: Primals) -> Any:
    """The derivative of outputs and final states along `tangents`, by forward mode."""
    answer: list[Answer] = []

    def function(*leaves: torch.Tensor) -> tuple[torch.Tensor, ...]:
        answer.append(forward(*like(primals, leaves), lengths))
        return tuple(leaves_of(answer[-1]))

    _, moved = torch.func.jvp(function, tuple(leaves_of(primals)), tuple(leaves_of(tangents)))
    return like(answer[-1], moved)


@without_cudnn
def jvp_by_backward(forward: Forward, primals: Primals, lengths: Any, tangents: Primals) -> Any:
    """The same by backward twice: the gradient is linear in its cotangents."""
    by = leaves_of(primals)
    with requiring(by):
        answer = forward(*primals, lengths)
        cotangents = [torch.zeros_like(tensor).requires_grad_() for tensor in leaves_of(answer)]
        found = backward(leaves_of(answer), by, cotangents, graph=True)
        return like(answer, backward(found, cotangents, leaves_of(tangents)))


@without_cudnn
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

    def __init__(self, **options: str | None) -> None:
        super().__init__(**options)
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
        plain = np.ascontiguousarray(array)  # torch refuses negative strides
        return torch.tensor(plain, dtype=self.native_dtype, device=self.device)

    def given_lengths(self, lengths: Array) -> torch.Tensor:
        return torch.tensor(lengths.tolist(), device=self.device)

    def array(self, array: torch.Tensor) -> Array:
        """The numbers of `array` in memory of their own; those of bfloat16, which NumPy has not, as float32 (NUM-3)."""
        tensor = array.detach().to("cpu", torch.float32 if array.dtype == torch.bfloat16 else array.dtype)
        return np.array(tensor.numpy(), dtype=self.precision.dtype)


class TorchModules(TorchBase):
    """The modules of `torch.nn` that are layers, or cells."""

    kind: ClassVar[str] = ""
    """What follows the name of a cell of the text in that of a module."""
    expresses: ClassVar[Table] = {
        RNN: {"activation": (("tanh", "relu"), "{called} has no option for activation"), "bias": ANY},
        LSTM: {"peephole": (("none",), "{called} has no peepholes"), "bias": ANY},
        GRU: {
            "reset": resets("after"),
            "update": ANY,
            "bias": ANY,
        },
    }

    def __init__(self, **options: str | None) -> None:
        super().__init__(**options)
        self._modules: dict[Stack, torch.nn.Module] = {}

    @abstractmethod
    def options(self, layers: Stack) -> Mapping[str, Any]:
        """The options of the module of `layers`, besides its sizes, its activation and its biases."""

    def called(self, cell: Cell) -> str:
        return f"torch.nn.{type(cell).__name__}{self.kind}"

    def module(self, layers: Stack) -> torch.nn.Module:
        """The module that computes `layers`, or a step of them; made once."""
        if layers not in self._modules:
            self._modules[layers] = self.made(layers)
        return self._modules[layers]

    def made(self, layers: Stack) -> torch.nn.Module:
        """A module for which nothing is drawn, and which has no memory: parameters are handed to its calls.

        In such a call torch puts the parameters of a layer in one piece of memory, where cuDNN wants that.
        """
        first, cell = layers[0], layers[0].cell
        kind = getattr(torch.nn, f"{type(cell).__name__}{self.kind}")
        sizes = {"input_size": first.input_size, "hidden_size": first.hidden_size, "bias": cell.bias}
        own = {"nonlinearity": cell.activation} if hasattr(cell, "activation") else {}
        made = kind(**sizes, **own, **self.options(layers), device="meta", dtype=self.native_dtype)
        return made.requires_grad_(False)

    def stack_shapes(self, layers: Stack) -> dict[str, tuple[int, ...]]:
        own = {name: tuple(tensor.shape) for name, tensor in self.module(layers).named_parameters()}
        ways = dict.fromkeys(self.prefix(layers, 0, direction) for direction in range(layers[0].directions))
        return {way + name: shape for way in ways for name, shape in own.items()}

    def program(self, kind: Kind, plan: Plan) -> Callable[..., Any]:
        """Modules are made outside of the transformations of torch, which would keep their tensors."""
        for layers in self.stacks(plan):
            self.module(layers)
        return super().program(kind, plan)


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
