"""What all adapters of PyTorch share: options, modes as data, and the way from a problem to tensors and back."""

from __future__ import annotations

import contextlib
import platform
import re
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from rnnspec import PRECISIONS, Gradients, Layer, Outcome, Parameters, Problem, State, States, Tangents
from rnnspec_adapters import layout
from rnnspec_adapters.contract import NOT_RUN, Native, Unsupported
from rnnspec_adapters.layout import Placement
from rnnspec_adapters.runs import Run
from rnnspec_adapters.torch import derivatives, paths
from rnnspec_adapters.torch.derivatives import Function, Tensors

DTYPES = {
    "float64": torch.float64,
    "float32": torch.float32,
    "tf32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}


@dataclass(frozen=True, kw_only=True)
class Execution:
    """One way of running the same modules.

    Attributes
    ----------
    batch_first
        Whether sequences are [B, T, I] rather than [T, B, I].
    strided_data
        Whether the input, the states and the cotangents are views with gaps in memory.
    strided_parameters
        Whether the parameters are.
    frozen
        Whether the input, the initial states and the parameters have their gradients from calls of their own, in which
        the others require none.
    """

    batch_first: bool = False
    strided_data: bool = False
    strided_parameters: bool = False
    frozen: bool = False


class TorchBase(ABC):
    """An adapter of PyTorch, but for what its layers are.

    Raises
    ------
    ValueError
        When the device, the precision or the mode is unknown, or the device is not there.
    """

    name: ClassVar[str]
    modes: ClassVar[tuple[str, ...]]
    executions: ClassVar[Mapping[str, Execution]] = {}
    """By mode, where that is not the plain one."""
    cudnn: ClassVar[bool] = True
    """Whether cuDNN may be used."""

    def __init__(self, *, device: str = "cpu", precision: str = "float64", mode: str | None = None) -> None:
        mode = self.modes[0] if mode is None else mode
        if device not in ("cpu", "cuda"):
            raise ValueError(f"device: wanted 'cpu' or 'cuda', got {device!r}")
        if precision not in DTYPES:
            raise ValueError(f"precision: wanted one of {', '.join(DTYPES)}, got {precision!r}")
        if mode not in self.modes:
            raise ValueError(f"mode: wanted one of {', '.join(self.modes)}, got {mode!r}")
        if device == "cuda" and not torch.cuda.is_available():
            raise ValueError("device: wanted a CUDA device, got a machine without one")
        self.device = torch.device(device)
        self.precision = precision
        self.torch_dtype = DTYPES[precision]
        self.mode = mode
        self.execution = self.executions.get(mode, Execution())

    @abstractmethod
    def refusal(self, problem: Problem) -> Unsupported | None:
        """Why these layers cannot express `problem`, if they cannot."""

    @abstractmethod
    def runs(self, problem: Problem) -> tuple[Run, ...]:
        """The layers, as their states are kept."""

    @abstractmethod
    def placements(self, problem: Problem) -> tuple[Placement, ...]:
        """Where the parameters of each layer and direction stand."""

    @abstractmethod
    def modules(self, problem: Problem) -> torch.nn.ModuleList:
        """The layers, with parameters that hold anything."""

    @abstractmethod
    def function(self, problem: Problem, modules: torch.nn.ModuleList) -> Function:
        """What the modules compute: from ``x``, ``initial.*`` and parameters by native name to ``y`` and ``final.*``.

        A state is called by its position in `runs` and its letter, as ``final.0.h``, and is [layers directions, B, H].
        """

    def settings(self) -> contextlib.AbstractContextManager[object]:
        """The settings of torch under which everything is computed."""
        return (
            cuda_settings(tf32=self.precision == "tf32", cudnn=self.cudnn) if self.on_cuda else contextlib.nullcontext()
        )

    @property
    def on_cuda(self) -> bool:
        """Whether the device is one of CUDA."""
        return bool(self.device.type == "cuda")

    def kernel(self, problem: Problem) -> str | None:
        """The backward operation that proves the kernel which is to be called; None where any will do."""
        return None

    def provenance(self) -> Mapping[str, str]:
        versions = {"torch": torch.__version__, "numpy": np.__version__, "python": platform.python_version()}
        if self.on_cuda:
            versions["cuda"] = str(torch.version.cuda)
            versions["cudnn"] = str(torch.backends.cudnn.version())
            versions["device"] = torch.cuda.get_device_name(self.device)
        return versions

    def supports(self, problem: Problem) -> Unsupported | None:
        if self.precision == "tf32" and not self.on_cuda:
            return Unsupported(reason=f"{NOT_RUN}TF32 is a precision of CUDA devices; torch has none on the CPU")
        return self.refusal(problem)

    def native_shapes(self, problem: Problem) -> dict[str, tuple[int, ...]]:
        return {name: tuple(tensor.shape) for name, tensor in self.modules(problem).named_parameters()}

    def solve(self, problem: Problem) -> Outcome:
        return self.solve_native(problem, self._pack(problem, problem.layers))

    def solve_native(self, problem: Problem, native: Native) -> Outcome:
        modules = self.modules(problem)
        leaves = self._leaves(problem, modules, native)
        with self.settings(), quiet():
            if problem.cotangents is None:
                with torch.no_grad():
                    return self._outcome(problem, self.function(problem, modules)(leaves))
            with torch.enable_grad():
                answer, slopes = self.gradients(problem, modules, leaves, self._cotangents(problem))
        return replace(self._outcome(problem, answer), gradients=self._gradients(problem, slopes))

    def gradients(
        self, problem: Problem, modules: torch.nn.ModuleList, leaves: Tensors, cotangents: Tensors
    ) -> tuple[Tensors, Tensors]:
        """The answer of `function`, and the derivatives of <answer, cotangents> by all leaves.

        Raises
        ------
        RuntimeError
            When the kernel was another one than `kernel` says.
        """
        groups: dict[str, list[str]] = {}
        for name in leaves:
            groups.setdefault(_kind(name) if self.execution.frozen else "", []).append(name)
        answer, slopes = derivatives.gradients(self.function(problem, modules), leaves, cotangents, groups.values())
        wanted = self.kernel(problem)
        if wanted is not None:
            paths.prove(wanted, answer.values())
        return answer, slopes

    def made(self, kind: type[torch.nn.Module], **options: Any) -> torch.nn.Module:
        """A module for which nothing is drawn. On the CPU it has no memory either: parameters are handed to its calls.

        On CUDA devices it has, so that the parameters of a layer stand in one piece of memory, as cuDNN wants them.
        """
        module = kind(**options, device="meta", dtype=self.torch_dtype)
        return module.to_empty(device=self.device) if self.on_cuda else module

    def tensor(self, array: NDArray[Any]) -> torch.Tensor:
        """An array as a tensor of the precision; with gaps in memory where the mode wants that.

        The memory is that of `array` where its type and order are right; what may not be written to is copied.
        """
        given = array.astype(PRECISIONS[self.precision].dtype, order="C", copy=not array.flags.writeable)
        tensor = self._plain(given)
        return strided(tensor) if self.execution.strided_data else tensor

    def _plain(self, array: NDArray[Any]) -> torch.Tensor:
        """The numbers of `array`, in its own memory where type and device allow that."""
        return torch.from_numpy(array).to(self.device, self.torch_dtype)

    def _pack(self, problem: Problem, layers: tuple[Layer, ...]) -> Native:
        return layout.pack(layers, self.placements(problem), PRECISIONS[self.precision].dtype)

    def _leaves(self, problem: Problem, modules: torch.nn.ModuleList, native: Native) -> Tensors:
        """Everything that the gradients are taken by."""
        parameters = {name: self._plain(array) for name, array in native.items()}
        if self.execution.strided_parameters:
            parameters = {name: strided(parameter) for name, parameter in parameters.items()}
        elif self.on_cuda:
            own = dict(modules.requires_grad_(False).named_parameters())
            parameters = {name: own[name].copy_(parameter) for name, parameter in parameters.items()}
        initial = {} if problem.initial is None else self._native_states(problem, problem.initial, "initial")
        return {"x": self.tensor(problem.x)} | initial | parameters

    def _cotangents(self, problem: Problem) -> Tensors:
        """The cotangents, under the names of what they weight."""
        cotangents = problem.cotangents
        assert cotangents is not None
        native = {} if cotangents.y is None else {"y": self.tensor(cotangents.y)}
        if cotangents.final is not None:
            native |= self._native_states(problem, cotangents.final, "final")
        return native

    def _native_states(self, problem: Problem, states: States, kind: str) -> Tensors:
        """States under the names of `function`."""
        named: Tensors = {}
        for position, run in enumerate(self.runs(problem)):
            of_run = [state for layer in states[run.first : run.first + run.layers] for state in layer]
            for name in problem.layers[run.first].cell.states:
                named[f"{kind}.{position}.{name}"] = self.tensor(np.stack([state[name] for state in of_run]))
        return named

    def _states(self, problem: Problem, named: Tensors, kind: str) -> States:
        """The inverse of `_native_states`."""
        states: list[tuple[State, ...]] = []
        for position, run in enumerate(self.runs(problem)):
            layer = problem.layers[run.first]
            arrays = {name: self.array(named[f"{kind}.{position}.{name}"]) for name in layer.cell.states}
            for native_layer in range(run.layers):
                slots = range(native_layer * layer.directions, (native_layer + 1) * layer.directions)
                states.append(tuple(State(**{name: array[slot] for name, array in arrays.items()}) for slot in slots))
        return tuple(states)

    def _outcome(self, problem: Problem, answer: Tensors) -> Outcome:
        return Outcome(y=self.array(answer["y"]), final=self._states(problem, answer, "final"))

    def _gradients(self, problem: Problem, slopes: Tensors) -> Gradients:
        places = self.placements(problem)
        native = {name: self.array(slopes[name]) for place in places for name in place.names()}
        return Gradients(
            x=self.array(slopes["x"]),
            initial=None if problem.initial is None else self._states(problem, slopes, "initial"),
            layers=layout.pull_back(native, places),
        )

    def array(self, tensor: torch.Tensor) -> NDArray[Any]:
        """The numbers of `tensor`; those of bfloat16, which NumPy has not, as float32 (NUM-3)."""
        if tensor.dtype == torch.bfloat16:
            tensor = tensor.float()
        return np.asarray(tensor.detach().cpu().numpy())


class Directional(TorchBase):
    """Derivatives along tangents, for layers that torch differentiates twice."""

    def forward_mode(self, problem: Problem) -> bool:
        """Whether torch has forward mode for all that `function` does."""
        return True

    def second_order_settings(self) -> contextlib.AbstractContextManager[object]:
        """Those for derivatives along tangents, which cuDNN does not have (pytorch/pytorch#5261)."""
        return cuda_settings(tf32=self.precision == "tf32", cudnn=False) if self.on_cuda else contextlib.nullcontext()

    def jvp(self, problem: Problem, tangents: Tangents) -> Outcome:
        """By forward mode where torch has it for the layers, else by backward twice."""
        modules, leaves, moving = self._moving(problem, tangents)
        with self.settings(), self.second_order_settings(), quiet(), torch.enable_grad():
            function, forward_mode = self.function(problem, modules), self.forward_mode(problem)
            derivative = derivatives.jvp(function, leaves, moving, forward_mode=forward_mode)
        return self._outcome(problem, derivative)

    def hvp(self, problem: Problem, tangents: Tangents) -> Gradients:
        """By backward twice."""
        modules, leaves, moving = self._moving(problem, tangents)
        with self.settings(), self.second_order_settings(), quiet(), torch.enable_grad():
            function, cotangents = self.function(problem, modules), self._cotangents(problem)
            slopes = derivatives.hvp(function, leaves, cotangents, moving)
        return self._gradients(problem, slopes)

    def _moving(self, problem: Problem, tangents: Tangents) -> tuple[torch.nn.ModuleList, Tensors, Tensors]:
        """The modules, their leaves, and a tangent for each leaf: zeros where `tangents` has none."""
        modules = self.modules(problem)
        leaves = self._leaves(problem, modules, self._pack(problem, problem.layers))
        moving: Tensors = {} if tangents.x is None else {"x": self.tensor(tangents.x)}
        if tangents.initial is not None:
            moving |= self._native_states(problem, tangents.initial, "initial")
        if tangents.layers is not None:
            layers = _with(problem.layers, tangents.layers)
            packed = self._pack(problem, layers)
            moving |= {
                name: torch.from_numpy(array).to(self.device, self.torch_dtype) for name, array in packed.items()
            }
        return modules, leaves, {name: moving.get(name, torch.zeros_like(leaf)) for name, leaf in leaves.items()}


def strided(tensor: torch.Tensor) -> torch.Tensor:
    """The same numbers in a view that leaves out every other place of its memory, where there is NaN."""
    memory = torch.full((*tensor.shape, 2), torch.nan, dtype=tensor.dtype, device=tensor.device)
    memory[..., 0] = tensor
    return memory[..., 0]


def _kind(name: str) -> str:
    """What a leaf is: the input, an initial state, or a parameter, whose name begins with a number."""
    first, _, _ = name.partition(".")
    return "parameter" if first.isdigit() else first


def _with(layers: tuple[Layer, ...], parameters: Iterable[tuple[Parameters, ...]]) -> tuple[Layer, ...]:
    return tuple(replace(layer, parameters=given) for layer, given in zip(layers, parameters, strict=True))


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
