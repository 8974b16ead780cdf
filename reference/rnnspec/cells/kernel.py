"""What the time scan asks of a cell: one step, and its adjoint.

A kernel is a cell bound to one set of parameters. The scan computes ``u = W x + b`` of all steps in one product and
hands each step its part; the step adds the recurrent products. The gates lie side by side along the last axis, in the
order of `gates`; that order is private to the reference and no rule speaks of it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnspec.precision import Precision
from rnnspec.records import Array, Parameters

Values = tuple[Any, ...]
"""A state, as its arrays in the order of the cell's `states`; or what a step keeps for its adjoint."""


class Kernel(ABC):
    """A cell bound to parameters.

    Attributes
    ----------
    gates
        The affine maps of the cell by name; the empty name where there is only one.
    W
        The input matrices of all gates, one above the other: [G H, I].
    b
        The biases of all gates side by side, [G H]; absent biases are zeros (PAR-5).
    """

    gates: tuple[str, ...]

    def __init__(self, gates: tuple[str, ...], parameters: Parameters, precision: Precision) -> None:
        self.gates = gates
        self.parameters = parameters
        self.precision = precision
        self.dot = precision.dot
        self.W = self.stack("W", gates)
        self.H = len(self.W) // len(gates)
        self.has_bias = self.name("b", gates[0]) in parameters
        self.b = self.stack("b", gates) if self.has_bias else np.zeros(len(self.W), self.W.dtype)

    def name(self, letter: str, gate: str) -> str:
        """The name of one gate's array: ``W_i``, or ``W`` where the cell has only one affine map."""
        return f"{letter}_{gate}" if gate else letter

    def stack(self, letter: str, gates: tuple[str, ...]) -> Array:
        """The arrays called `letter` of these gates, joined along their first axis."""
        return np.concatenate([self.parameters[self.name(letter, gate)] for gate in gates])

    def split(self, a: Array) -> list[Array]:
        """The parts of the gates, as views."""
        H = self.H
        return [a[..., k * H : (k + 1) * H] for k in range(a.shape[-1] // H)]

    def unstack(self, letter: str, gates: tuple[str, ...], a: Array) -> dict[str, Array]:
        """The inverse of `stack`: the rows of the gates by name, as views."""
        parts = a.reshape(len(gates), self.H, *a.shape[1:])
        return {self.name(letter, gate): part for gate, part in zip(gates, parts, strict=True)}

    def fill(self, d_u: Array, *parts: Array) -> None:
        """Write the parts of the gates, in their order, into `d_u`."""
        for gate, part in zip(self.split(d_u), parts, strict=True):
            gate[...] = part

    @abstractmethod
    def forward(self, u: Array, state: Values) -> tuple[Values, Array, Values]:
        """One step: ``u = W x + b`` [B, G H] and the old state give the new state, the output, and a tape.

        The tape is what the adjoint needs. `u` is the step's own memory: it is overwritten, with the values of the
        gates where they are worth keeping.
        """

    @abstractmethod
    def adjoint(self, tape: Values, d_state: Values, d_y: Array, d_u: Array) -> Values:
        """The adjoint of `forward`: the cotangents of the new state and of the output give that of the old state.

        `d_u` is filled with the cotangent of ``W x + b``. It is the memory that `forward` had as `u`: whatever the tape
        keeps there is read before it is written.
        """

    @abstractmethod
    def recurrent_gradients(self, tapes: Sequence[Values], d_u: Array) -> dict[str, Array]:
        """The gradients of the parameters that act inside the recurrence, from all steps at once (GRAD-7).

        `tapes` holds what `forward` and `adjoint` kept of each step outside `u`, `d_u` [T, B, G H] the cotangents of
        ``W x + b``.
        """


def product_gradient(kernel: Kernel, d_a: Array, operand: Array) -> Array:
    """The gradient of M in ``a = M v``, summed over time and batch: ``sum d_a v^T`` (GRAD-7)."""
    rows = d_a.reshape(-1, d_a.shape[-1])
    return kernel.dot(rows.T, operand.reshape(-1, operand.shape[-1]))


def over_time(tapes: Sequence[Values], position: int) -> Array:
    """One entry of the tapes of all steps, [T, B, ..]."""
    return np.stack([tape[position] for tape in tapes])


def sum_over_time_and_batch(a: Array) -> Any:
    """The sum over the first two axes (GRAD-7)."""
    return a.reshape(-1, *a.shape[2:]).sum(axis=0)
