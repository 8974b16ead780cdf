"""``torch.nn.RNNCell``, ``torch.nn.LSTMCell`` and ``torch.nn.GRUCell``, driven over time.

The cells compute a step. Everything else is composed here from operations that torch differentiates: lengths by
choosing between the new state and the old one, directions, stacks, merges, and what stands in the padding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import torch

from rnnspec import GRU, LSTM, RNN, Cell, Problem
from rnnspec.problem import Merge
from rnnspec_adapters.contract import Unsupported
from rnnspec_adapters.layout import Placement
from rnnspec_adapters.runs import Run
from rnnspec_adapters.torch import vmap
from rnnspec_adapters.torch.base import Directional, TorchBase
from rnnspec_adapters.torch.derivatives import Function, Tensors
from rnnspec_adapters.torch.nn import refusal_of
from rnnspec_adapters.torch.torch_layouts import cell_layout_of

Step = Callable[[torch.nn.Module, Tensors, torch.Tensor, Any], Any]
"""One step: from a cell, its parameters, an input and a state, as the cell wants it, to the new state."""


def step(cell: torch.nn.Module, parameters: Tensors, x: torch.Tensor, state: Any) -> Any:
    """One step of `cell` with these parameters in the place of its own."""
    return torch.func.functional_call(cell, parameters, (x, state))


@dataclass(frozen=True, kw_only=True, eq=False)
class Sequences:
    """Which steps of which sequences are valid.

    Attributes
    ----------
    T
        The number of steps.
    lengths
        [B] integers, or one integer where there is no batch; None where all steps are valid.
    """

    T: int
    lengths: torch.Tensor | None

    def valid(self, t: int) -> torch.Tensor:
        """Whether step `t` is valid: [B, 1]."""
        assert self.lengths is not None
        return (t < self.lengths).unsqueeze(-1)

    def chosen(self, t: int, new: torch.Tensor, old: torch.Tensor) -> torch.Tensor:
        """`new` where step `t` is valid, else `old`."""
        return new if self.lengths is None else torch.where(self.valid(t), new, old)

    def masked(self, t: int, value: torch.Tensor) -> torch.Tensor:
        """`value` where step `t` is valid, else zeros, also instead of NaN (SEQ-10)."""
        return value if self.lengths is None else torch.where(self.valid(t), value, torch.zeros_like(value))

    def in_order_of_processing(self, outputs: torch.Tensor) -> torch.Tensor:
        """Outputs [T, B, H] with the valid steps of each sequence in the opposite order (SEQ-12)."""
        if self.lengths is None:
            return outputs.flip(0)
        t = torch.arange(self.T, device=outputs.device).reshape(-1, *[1] * self.lengths.dim())
        mirror = torch.where(t < self.lengths, self.lengths - 1 - t, t)
        return outputs.gather(0, mirror.unsqueeze(-1).expand_as(outputs))


class DrivenCells(TorchBase):
    """The cells of PyTorch, driven over time, however their step is run."""

    def step_of(self) -> Step:
        """How a step is computed."""
        return step

    def refusal(self, problem: Problem) -> Unsupported | None:
        return next(filter(None, (refusal_of(layer.cell, "Cell") for layer in problem.layers)), None)

    def runs(self, problem: Problem) -> tuple[Run, ...]:
        return tuple(Run(first=position, layers=1) for position in range(len(problem.layers)))

    def placements(self, problem: Problem) -> tuple[Placement, ...]:
        placed: list[Placement] = []
        for position, layer in enumerate(problem.layers):
            for direction in range(layer.directions):
                own, prefix = cell_layout_of(layer.cell), f"{len(placed)}."
                placed.append(Placement(layer=position, direction=direction, layout=own, prefix=prefix))
        return tuple(placed)

    def modules(self, problem: Problem) -> torch.nn.ModuleList:
        return torch.nn.ModuleList(
            self.made(kind, input_size=layer.input_size, hidden_size=layer.hidden_size, bias=layer.cell.bias, **more)
            for layer in problem.layers
            for kind, more in [native_of(layer.cell)] * layer.directions
        )

    def function(self, problem: Problem, modules: torch.nn.ModuleList) -> Function:
        sequences = Sequences(T=problem.x.shape[0], lengths=self._lengths(problem))
        return lambda leaves: self.driven(problem, modules, leaves, sequences)

    def _lengths(self, problem: Problem) -> torch.Tensor | None:
        return None if problem.lengths is None else torch.tensor(problem.lengths.tolist(), device=self.device)

    def driven(self, problem: Problem, modules: torch.nn.ModuleList, leaves: Tensors, sequences: Sequences) -> Tensors:
        """All layers over all steps; `leaves` and `sequences` are a batch, or one sequence without an axis for it."""
        signal = leaves["x"]
        answer: Tensors = {}
        cells = iter(enumerate(modules))
        for position, layer in enumerate(problem.layers):
            repeat = problem.padded_outputs == "repeat" and position == len(problem.layers) - 1  # SEQ-11
            outputs: list[torch.Tensor] = []
            ends: list[tuple[torch.Tensor, ...]] = []
            for direction in range(layer.directions):
                number, module = next(cells)
                reverse = layer.direction == "reverse" or direction == 1
                start = self._start(position, direction, layer.cell, layer.hidden_size, leaves)
                parameters = _of(number, leaves)
                y, end = self._scan(module, parameters, signal, start, sequences, reverse=reverse)
                if reverse and layer.reverse_outputs == "processing":
                    y = sequences.in_order_of_processing(y)
                outputs.append(_repeated(y, end[0], sequences) if repeat else y)
                ends.append(end)
            signal = merged(layer.merge, outputs)
            answer |= {
                f"final.{position}.{name}": torch.stack([end[k] for end in ends])
                for k, name in enumerate(layer.cell.states)
            }
        return {"y": signal} | answer

    def _start(
        self, position: int, direction: int, cell: Cell, units: int, leaves: Tensors
    ) -> tuple[torch.Tensor, ...]:
        given = [leaves.get(f"initial.{position}.{name}") for name in cell.states]
        zeros = leaves["x"].new_zeros((*leaves["x"].shape[1:-1], units))
        return tuple(zeros if state is None else state[direction] for state in given)

    def _scan(
        self,
        module: torch.nn.Module,
        parameters: Tensors,
        x: torch.Tensor,
        state: tuple[torch.Tensor, ...],
        sequences: Sequences,
        *,
        reverse: bool,
    ) -> tuple[torch.Tensor, tuple[torch.Tensor, ...]]:
        """One direction: the outputs in the order of time, and the final state.

        Read from the last step of the batch on, the reverse direction of a sequence stays in its initial state until
        its own last valid step (SEQ-5).
        """
        run = self.step_of()
        outputs: list[torch.Tensor] = []
        for t in reversed(range(sequences.T)) if reverse else range(sequences.T):
            # A padded step is computed from zeros, so that no NaN there reaches a gradient (SEQ-10).
            given = tuple(sequences.masked(t, s) for s in state)
            new = run(module, parameters, sequences.masked(t, x[t]), given if len(given) > 1 else given[0])
            new = new if isinstance(new, tuple) else (new,)
            state = tuple(sequences.chosen(t, after, before) for after, before in zip(new, state, strict=True))  # SEQ-3
            outputs.append(sequences.masked(t, new[0]))  # SEQ-4
        return torch.stack(outputs[::-1] if reverse else outputs), state


class TorchCells(Directional, DrivenCells):
    """The cells of PyTorch.

    Modes: ``eager``: over a batch; ``vmap``: over one sequence, with `torch.func.vmap` over the batch and, where
    gradients are wanted, `torch.func.vjp` inside of it, so that each sequence has gradients of its own.
    """

    name: ClassVar[str] = "torch-cells"
    modes: ClassVar[tuple[str, ...]] = ("eager", "vmap")

    def function(self, problem: Problem, modules: torch.nn.ModuleList) -> Function:
        if self.mode == "eager":
            return super().function(problem, modules)
        return vmap.batched(self._of_one(problem, modules), self._lengths(problem))

    def gradients(
        self, problem: Problem, modules: torch.nn.ModuleList, leaves: Tensors, cotangents: Tensors
    ) -> tuple[Tensors, Tensors]:
        if self.mode == "eager":
            return super().gradients(problem, modules, leaves, cotangents)
        return vmap.gradients(self._of_one(problem, modules), self._lengths(problem), leaves, cotangents)

    def _of_one(self, problem: Problem, modules: torch.nn.ModuleList) -> vmap.OfOne:
        """What is computed of one sequence."""
        T = problem.x.shape[0]
        return lambda leaves, length: self.driven(problem, modules, leaves, Sequences(T=T, lengths=length))


def native_of(cell: Cell) -> tuple[type[torch.nn.Module], dict[str, Any]]:
    """The module that computes a step of `cell`, and the options that are its own."""
    match cell:
        case LSTM():
            return torch.nn.LSTMCell, {}
        case GRU():
            return torch.nn.GRUCell, {}
        case RNN(activation=activation):
            return torch.nn.RNNCell, {"nonlinearity": activation}


def merged(how: Merge, outputs: list[torch.Tensor]) -> torch.Tensor:
    """The output of a layer from those of its directions (SEQ-7, SEQ-13, SEQ-14)."""
    match how:
        case "concat":
            return torch.cat(outputs, dim=-1)
        case "sum":
            return outputs[0] + outputs[1]
        case "mean":
            return (outputs[0] + outputs[1]) / 2
        case "product":
            return outputs[0] * outputs[1]
        case "none":
            return torch.stack(outputs, dim=-2)


def _of(number: int, leaves: Tensors) -> Tensors:
    """The parameters of one module, under its own names."""
    prefix = f"{number}."
    return {name.removeprefix(prefix): leaf for name, leaf in leaves.items() if name.startswith(prefix)}


def _repeated(y: torch.Tensor, last: torch.Tensor, sequences: Sequences) -> torch.Tensor:
    """`y` with the last output in its padding, zero where there is none (SEQ-11)."""
    if sequences.lengths is None:
        return y
    last = torch.where(sequences.valid(0), last, torch.zeros_like(last))
    return torch.stack([sequences.chosen(t, y[t], last) for t in range(sequences.T)])
