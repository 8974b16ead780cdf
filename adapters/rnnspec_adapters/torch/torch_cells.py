"""``torch.nn.RNNCell``, ``torch.nn.LSTMCell`` and ``torch.nn.GRUCell``, driven over time.

The cells compute a step. Everything else is composed here from operations that torch differentiates: lengths by
choosing between the new state and the old one, directions, stacks, merges, and what stands in the padding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import torch

from rnnspec import Layer, Merge, Problem
from rnnspec_adapters.base import Kind, Named, WithTangents, under
from rnnspec_adapters.layout import Layout
from rnnspec_adapters.plan import LayerPlan, Plan, Stack
from rnnspec_adapters.refusals import ANY, Table
from rnnspec_adapters.torch import vmap
from rnnspec_adapters.torch.torch_adapter import TorchModules
from rnnspec_adapters.torch.torch_layouts import cell_layout_of

Step = Callable[[torch.nn.Module, Named, torch.Tensor, Any], Any]
"""One step: from a cell, its parameters, an input and a state, as the cell wants it, to the new state."""

MERGED: Mapping[Merge, Callable[[list[torch.Tensor]], torch.Tensor]] = {
    "concat": partial(torch.cat, dim=-1),  # SEQ-7
    "sum": lambda outputs: outputs[0] + outputs[1],
    "mean": lambda outputs: (outputs[0] + outputs[1]) / 2,
    "product": lambda outputs: outputs[0] * outputs[1],
    "none": partial(torch.stack, dim=-2),
}
"""The output of a layer from those of its directions (SEQ-7, SEQ-13, SEQ-14)."""


def step(cell: torch.nn.Module, parameters: Named, x: torch.Tensor, state: Any) -> Any:
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
        return self.chosen(t, value, torch.zeros_like(value))

    def in_order_of_processing(self, outputs: torch.Tensor) -> torch.Tensor:
        """Outputs [T, B, H] with the valid steps of each sequence in the opposite order (SEQ-12)."""
        if self.lengths is None:
            return outputs.flip(0)
        t = torch.arange(self.T, device=outputs.device).reshape(-1, *[1] * self.lengths.dim())
        mirror = torch.where(t < self.lengths, self.lengths - 1 - t, t)
        return outputs.gather(0, mirror.unsqueeze(-1).expand_as(outputs))

    def repeated(self, outputs: torch.Tensor, last: torch.Tensor) -> torch.Tensor:
        """`outputs` with the last one of each sequence in its padding, zero where there is none (SEQ-11)."""
        if self.lengths is None:
            return outputs
        last = self.masked(0, last)
        return torch.stack([self.chosen(t, outputs[t], last) for t in range(self.T)])


class DrivenCells(TorchModules):
    """The cells of PyTorch, driven over time, however their step is run."""

    session: ClassVar[str] = "torch-transforms"
    slow: ClassVar[bool] = True
    expresses: ClassVar[Table] = {
        Problem: {"lengths": ANY, "padded_outputs": ANY},
        Layer: {"direction": ANY, "merge": ANY, "reverse_outputs": ANY},
    }
    kind: ClassVar[str] = "Cell"

    def step_of(self) -> Step:
        """How a step is computed."""
        return step

    def layout_of(self, layer: LayerPlan) -> Layout:
        return cell_layout_of(layer.cell)

    def options(self, layers: Stack) -> Mapping[str, Any]:
        return {}

    def layer(
        self,
        layer: LayerPlan,
        native: Named,
        x: torch.Tensor,
        initial: tuple[Named, ...] | None,
        lengths: torch.Tensor | None,
    ) -> tuple[torch.Tensor, tuple[Named, ...]]:
        """One layer over all steps, of a batch, or of one sequence without an axis for it."""
        sequences = Sequences(T=len(x), lengths=lengths)
        zeros = dict.fromkeys(layer.cell.states, x.new_zeros((*x.shape[1:-1], layer.hidden_size)))
        outputs, ends = [], []
        for direction, way in enumerate(self.prefixes[layer.direction]):
            reverse = layer.direction == "reverse" or direction == 1
            start = zeros if initial is None else initial[direction]
            y, end = self._scan(layer, under(native, way), x, start, sequences, reverse=reverse)
            if reverse and layer.reverse_outputs == "processing":
                y = sequences.in_order_of_processing(y)
            outputs.append(sequences.repeated(y, end["h"]) if layer.padded_outputs == "repeat" else y)
            ends.append(end)
        return MERGED[layer.merge](outputs), tuple(ends)

    def _scan(
        self, layer: LayerPlan, native: Named, x: torch.Tensor, start: Named, sequences: Sequences, *, reverse: bool
    ) -> tuple[torch.Tensor, Named]:
        """One direction: the outputs in the order of time, and the final state.

        Read from the last step of the batch on, the reverse direction of a sequence stays in its initial state until
        its own last valid step (SEQ-5).
        """
        names, run, module = layer.cell.states, self.step_of(), self.module((layer,))
        state = tuple(start[name] for name in names)
        outputs: list[torch.Tensor] = []
        for t in reversed(range(sequences.T)) if reverse else range(sequences.T):
            # A padded step is computed from zeros, so that no NaN there reaches a gradient (SEQ-10).
            given = tuple(sequences.masked(t, s) for s in state)
            new = run(module, native, sequences.masked(t, x[t]), given if len(given) > 1 else given[0])
            new = new if isinstance(new, tuple) else (new,)
            state = tuple(sequences.chosen(t, after, before) for after, before in zip(new, state, strict=True))  # SEQ-3
            outputs.append(sequences.masked(t, new[0]))  # SEQ-4
        return torch.stack(outputs[::-1] if reverse else outputs), dict(zip(names, state, strict=True))


class TorchCells(WithTangents, DrivenCells):
    """The cells of PyTorch.

    Modes: ``eager``: over a batch; ``vmap``: over one sequence, with `torch.func.vmap` over the batch and, where
    gradients are wanted, `torch.func.vjp` inside of it, so that each sequence has gradients of its own.
    """

    name: ClassVar[str] = "torch-cells"
    modes: ClassVar[tuple[str, ...]] = ("eager", "vmap")

    def program(self, kind: Kind, plan: Plan) -> Callable[..., Any]:
        batch = super().program(kind, plan)
        if self.mode == "eager":
            return batch
        of_one = partial(self.forward, plan)
        if kind == "gradients":
            return partial(vmap.gradients, of_one)
        return partial(self.programs[kind], vmap.batched(of_one))
