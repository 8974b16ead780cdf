"""``torch.nn.RNN``, ``torch.nn.LSTM`` and ``torch.nn.GRU``.

Consecutive layers of the same cell, size and direction become one module with `num_layers`; a stack of different kinds
becomes a list of modules. Lengths go through packed sequences. Gradients come from `torch.autograd`.
"""

from __future__ import annotations

import contextlib
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from rnnspec import ARITHMETICS, GRU, LSTM, RNN, Cell, Gradients, Layer, Outcome, Problem, State, States
from rnnspec_adapters import layout
from rnnspec_adapters.base import Native, Unsupported
from rnnspec_adapters.layout import Layout, Placement
from rnnspec_adapters.torch_layouts import layout_of

DTYPES = {
    "float64": torch.float64,
    "float32": torch.float32,
    "tf32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}


@dataclass(frozen=True, kw_only=True)
class Run:
    """Consecutive layers that are one torch module: `layers` of them, from `first` on."""

    first: int
    layers: int


def runs_of(layers: tuple[Layer, ...]) -> tuple[Run, ...]:
    """`layers` cut wherever the cell, the size or the direction changes."""
    runs: list[Run] = []
    for position, layer in enumerate(layers):
        below = layers[position - 1] if position else None
        if below is not None and (below.cell, below.hidden_size, below.direction) == (
            layer.cell,
            layer.hidden_size,
            layer.direction,
        ):
            runs[-1] = replace(runs[-1], layers=runs[-1].layers + 1)
        else:
            runs.append(Run(first=position, layers=1))
    return tuple(runs)


class TorchAdapter:
    """The recurrent layers of PyTorch, in eager mode.

    Modes: ``time-major`` ([T, B, I]) and ``batch-first`` ([B, T, I]).

    Raises
    ------
    ValueError
        When the device, the dtype or the mode is unknown.
    """

    name: ClassVar[str] = "torch"
    modes: ClassVar[tuple[str, ...]] = ("time-major", "batch-first")

    def __init__(self, *, device: str = "cpu", dtype: str = "float64", mode: str = "time-major") -> None:
        if device not in ("cpu", "cuda"):
            raise ValueError(f"device: wanted 'cpu' or 'cuda', got {device!r}")
        if dtype not in DTYPES:
            raise ValueError(f"dtype: wanted one of {', '.join(DTYPES)}, got {dtype!r}")
        if mode not in self.modes:
            raise ValueError(f"mode: wanted one of {', '.join(self.modes)}, got {mode!r}")
        if device == "cuda" and not torch.cuda.is_available():
            raise ValueError("device: wanted a CUDA device, got a machine without one")
        self.device = torch.device(device)
        self.dtype = dtype
        self.torch_dtype = DTYPES[dtype]
        self.batch_first = mode == "batch-first"

    def provenance(self) -> Mapping[str, str]:
        versions = {"torch": torch.__version__, "numpy": np.__version__, "python": platform.python_version()}
        if self.device.type == "cuda":
            versions["cuda"] = str(torch.version.cuda)
            versions["cudnn"] = str(torch.backends.cudnn.version())
            versions["device"] = torch.cuda.get_device_name(self.device)
        return versions

    def supports(self, problem: Problem) -> Unsupported | None:
        if self.dtype == "tf32" and self.device.type != "cuda":
            return Unsupported(reason="TF32 is an arithmetic of CUDA devices; torch has none on the CPU")
        if problem.lengths is not None and (problem.lengths == 0).any():
            return Unsupported(reason="pack_padded_sequence refuses sequences of length 0")
        if problem.padded_outputs != "zero":
            return Unsupported(reason="pad_packed_sequence fills the padding with a constant")
        return next(filter(None, map(_refusal, problem.layers)), None)

    def layout_of(self, layer: Layer) -> Layout:
        """The declared layout of the module that computes `layer`."""
        return layout_of(layer.cell)

    def placements(self, problem: Problem) -> tuple[Placement, ...]:
        return tuple(
            Placement(
                layer=run.first + native_layer,
                direction=direction,
                layout=self.layout_of(problem.layers[run.first]),
                prefix=f"{position}.",
                native_layer=native_layer,
            )
            for position, run in enumerate(runs_of(problem.layers))
            for native_layer in range(run.layers)
            for direction in range(problem.layers[run.first].directions)
        )

    def native_shapes(self, problem: Problem) -> dict[str, tuple[int, ...]]:
        return {name: tuple(tensor.shape) for name, tensor in self._modules(problem).named_parameters()}

    def solve(self, problem: Problem) -> Outcome:
        dtype = ARITHMETICS[self.dtype].dtype
        return self.solve_native(problem, layout.pack(problem.layers, self.placements(problem), dtype))

    def solve_native(self, problem: Problem, native: Native) -> Outcome:
        modules = self._modules(problem)
        with torch.no_grad():
            for name, parameter in modules.named_parameters():
                parameter.copy_(torch.from_numpy(native[name]))
        tf32 = _tf32(self.dtype == "tf32") if self.device.type == "cuda" else contextlib.nullcontext()
        with torch.enable_grad(), tf32:
            return self._run(problem, modules)

    def _modules(self, problem: Problem) -> torch.nn.ModuleList:
        return torch.nn.ModuleList(
            self._module(problem.layers[run.first], run.layers) for run in runs_of(problem.layers)
        )

    def _module(self, layer: Layer, count: int) -> torch.nn.RNNBase:
        options: dict[str, Any] = {
            "input_size": layer.input_size,
            "hidden_size": layer.hidden_size,
            "num_layers": count,
            "bias": layer.cell.bias,
            "bidirectional": layer.direction == "bidirectional",
            "batch_first": self.batch_first,
            "device": self.device,
            "dtype": self.torch_dtype,
        }
        match layer.cell:
            case LSTM(projection=projection):
                return torch.nn.LSTM(proj_size=projection, **options)
            case GRU():
                return torch.nn.GRU(**options)
            case RNN(activation=activation):
                return torch.nn.RNN(nonlinearity=activation, **options)

    def _run(self, problem: Problem, modules: torch.nn.ModuleList) -> Outcome:
        x = self._tensor(problem.x).requires_grad_()
        runs = runs_of(problem.layers)
        initial = [None if problem.initial is None else self._initial(problem, run) for run in runs]
        signal: torch.Tensor | PackedSequence = self._packed(x, problem.lengths)
        final: dict[tuple[int, str], torch.Tensor] = {}
        for position, (module, start) in enumerate(zip(modules, initial, strict=True)):
            states = None if start is None else tuple(start.values())
            signal, end = module(signal, states[0] if states is not None and len(states) == 1 else states)
            names = problem.layers[runs[position].first].cell.states
            final |= dict(zip(((position, name) for name in names), end if len(names) > 1 else (end,), strict=True))
        y = self._padded(signal, problem.x.shape[0])
        gradients = None
        if problem.cotangents is not None:
            gradients = self._gradients(problem=problem, modules=modules, x=x, initial=initial, y=y, final=final)
        return Outcome(y=_array(y), final=self._states(problem, final), gradients=gradients)

    def _gradients(
        self,
        *,
        problem: Problem,
        modules: torch.nn.ModuleList,
        x: torch.Tensor,
        initial: list[dict[str, torch.Tensor] | None],
        y: torch.Tensor,
        final: dict[tuple[int, str], torch.Tensor],
    ) -> Gradients:
        cotangents = problem.cotangents
        assert cotangents is not None
        outputs, weights = [], []
        if cotangents.y is not None:
            outputs.append(y)
            weights.append(self._tensor(cotangents.y))
        if cotangents.final is not None:
            for position, run in enumerate(runs_of(problem.layers)):
                for name, weight in self._native_states(problem, cotangents.final, run).items():
                    outputs.append(final[position, name])
                    weights.append(weight)
        parameters = dict(modules.named_parameters())
        starts = {
            (position, name): tensor
            for position, states in enumerate(initial)
            for name, tensor in (states or {}).items()
        }
        inputs = [x, *parameters.values(), *starts.values()]
        gradients = torch.autograd.grad(outputs, inputs, weights, materialize_grads=True)
        native = {name: _array(g) for name, g in zip(parameters, gradients[1:], strict=False)}
        d_starts = dict(zip(starts, gradients[1 + len(parameters) :], strict=True))
        return Gradients(
            x=_array(gradients[0]),
            initial=None if problem.initial is None else self._states(problem, d_starts),
            layers=layout.pull_back(native, self.placements(problem)),
        )

    def _tensor(self, array: NDArray[Any]) -> torch.Tensor:
        return torch.tensor(array, dtype=self.torch_dtype, device=self.device)

    def _packed(self, x: torch.Tensor, lengths: NDArray[Any] | None) -> torch.Tensor | PackedSequence:
        given = x.transpose(0, 1) if self.batch_first else x
        if lengths is None:
            return given
        return pack_padded_sequence(
            given, torch.tensor(lengths.tolist()), batch_first=self.batch_first, enforce_sorted=False
        )

    def _padded(self, signal: torch.Tensor | PackedSequence, steps: int) -> torch.Tensor:
        if isinstance(signal, PackedSequence):
            signal, _ = pad_packed_sequence(signal, batch_first=self.batch_first, total_length=steps)
        return signal.transpose(0, 1) if self.batch_first else signal

    def _native_states(self, problem: Problem, states: States, run: Run) -> dict[str, torch.Tensor]:
        """The states of the layers of a module, each as [layers * directions, B, H]."""
        of_run = [state for layer in states[run.first : run.first + run.layers] for state in layer]
        names = problem.layers[run.first].cell.states
        return {name: self._tensor(np.stack([state[name] for state in of_run])) for name in names}

    def _initial(self, problem: Problem, run: Run) -> dict[str, torch.Tensor]:
        assert problem.initial is not None
        states = self._native_states(problem, problem.initial, run)
        return {name: state.requires_grad_() for name, state in states.items()}

    def _states(self, problem: Problem, native: Mapping[tuple[int, str], torch.Tensor]) -> States:
        """The inverse of `_native_states`, for all modules."""
        states: list[tuple[State, ...]] = []
        for position, run in enumerate(runs_of(problem.layers)):
            layer = problem.layers[run.first]
            arrays = {name: _array(native[position, name]) for name in layer.cell.states}
            for native_layer in range(run.layers):
                slots = range(native_layer * layer.directions, (native_layer + 1) * layer.directions)
                states.append(tuple(State(**{name: array[slot] for name, array in arrays.items()}) for slot in slots))
        return tuple(states)


def _refusal(layer: Layer) -> Unsupported | None:
    """Why torch has no such layer, if it has none."""
    if layer.direction == "reverse":
        return Unsupported(reason="torch.nn has no layer that runs in reverse only, without a forward half")
    if layer.merge != "concat" or layer.reverse_outputs != "time":
        return Unsupported(reason="torch.nn concatenates its directions, in the order of time")
    match layer.cell:
        case LSTM(peephole="new" | "old"):
            return Unsupported(reason="torch.nn.LSTM has no peepholes")
        case GRU(reset="before"):
            reason = "torch.nn.GRU resets after the recurrent product; no weight map turns one into the other"
            return Unsupported(reason=reason)
        case RNN(activation="tanh" | "relu"):
            plain: Cell = RNN(activation=layer.cell.activation, bias=layer.cell.bias)
        case GRU():
            plain = GRU(update=layer.cell.update, bias=layer.cell.bias)
        case LSTM():
            if layer.cell.projection >= layer.hidden_size:
                return Unsupported(reason="torch.nn.LSTM wants a proj_size below hidden_size")
            plain = LSTM(projection=layer.cell.projection, bias=layer.cell.bias)
        case _:
            plain = RNN(bias=layer.cell.bias)
    other = [field.name for field in fields(plain) if getattr(plain, field.name) != getattr(layer.cell, field.name)]
    if other:
        return Unsupported(reason=f"torch.nn.{type(plain).__name__} has no option for {', '.join(other)}")
    return None


@contextlib.contextmanager
def _tf32(allowed: bool) -> Iterator[None]:
    """Allow or forbid TF32 in matrix products and in cuDNN, which otherwise uses it for recurrent layers by default."""
    settings = (torch.backends.cuda.matmul, torch.backends.cudnn)
    before = [setting.allow_tf32 for setting in settings]
    try:
        for setting in settings:
            setting.allow_tf32 = allowed
        yield
    finally:
        for setting, value in zip(settings, before, strict=True):
            setting.allow_tf32 = value


def _array(tensor: torch.Tensor) -> NDArray[Any]:
    """The numbers of `tensor`; those of bfloat16, which NumPy has not, as float32 (NUM-3)."""
    if tensor.dtype == torch.bfloat16:
        tensor = tensor.float()
    return np.asarray(tensor.detach().cpu().numpy())
