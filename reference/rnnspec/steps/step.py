"""A step as a chain of lines: those of the equations in the text, each with its adjoint beside it.

A line gives the letters on its left from those on its right. Its adjoint gives what the letters on its right receive,
from the cotangents of those on its left. The adjoint of a step goes through the lines from the last to the first, and
adds up what several lines give to one letter (``spec/gradients.md``).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rnnspec.activations import Activate
from rnnspec.precision import Precision
from rnnspec.records import Array, Parameters

Named = dict[str, Array]


class Letters:
    """Arrays by the letters of the text: in ``v``, ``v.c_new`` is c'; in ``d``, ``d.c_new`` is the cotangent of c'.

    Read-only: a line returns the letters that it gives, and a `Step` adds them.
    """

    def __init__(self, letters: Named) -> None:
        vars(self).update(letters)

    if TYPE_CHECKING:

        def __getattr__(self, letter: str) -> Array: ...

    def __getitem__(self, letter: str) -> Array:
        found: Array = self.__dict__[letter]
        return found

    def __setattr__(self, letter: str, array: Array) -> None:
        raise AttributeError(f"{letter}: a line returns the letters that it gives")


class Line(ABC):
    """One line of the equations of a step.

    Attributes
    ----------
    left
        The letters that it gives. A line that adds to a pre-activation does so in place, and gives none by that.
    summed, d_summed
        The letters, and the cotangents of letters on the left, that `gradients` reads.
    """

    left: tuple[str, ...] = ()
    summed: tuple[str, ...] = ()
    d_summed: tuple[str, ...] = ()

    @abstractmethod
    def forward(self, v: Letters) -> Named:
        """The letters on the left."""

    @abstractmethod
    def adjoint(self, v: Letters, d: Letters) -> Named:
        """What the letters on the right receive."""

    def gradients(self, v: Letters, d: Letters) -> Named:
        """What the parameters of the line receive, from the letters of all steps, [T, B, ..] (GRAD-7)."""
        return {}


Lines = list[Line]


@dataclass(frozen=True, eq=False)
class Equation(Line):
    """A line that gives one letter, unit by unit: its value, and what each letter on the right receives.

    `received` is a function of the letters and of the cotangent of the letter on the left.
    """

    letter: str
    value: Callable[[Letters], Array]
    received: Callable[[Letters, Array], Named]

    @property
    def left(self) -> tuple[str, ...]:  # type: ignore[override]
        """The one letter."""
        return (self.letter,)

    def forward(self, v: Letters) -> Named:
        return {self.letter: self.value(v)}

    def adjoint(self, v: Letters, d: Letters) -> Named:
        return self.received(v, d[self.letter])


OUTPUT = Equation("y", lambda v: v.h_new, lambda _, d: {"h_new": d})
"""``y = h'`` (LSTM-7)."""


def place_of(lines: Lines, letter: str) -> int:
    """The place of the first line that gives `letter`."""
    return next(place for place, line in enumerate(lines) if letter in line.left)


def instead(lines: Lines, letter: str, *new: Line) -> Lines:
    """`lines` with others in the place of the one that gives `letter`."""
    place = place_of(lines, letter)
    return [*lines[:place], *new, *lines[place + 1 :]]


def before(lines: Lines, letter: str, *new: Line) -> Lines:
    """`lines` with others before the one that gives `letter`."""
    place = place_of(lines, letter)
    return [*lines[:place], *new, *lines[place:]]


def after(lines: Lines, letter: str, *new: Line) -> Lines:
    """`lines` with others behind the one that gives `letter`."""
    place = place_of(lines, letter) + 1
    return [*lines[:place], *new, *lines[place:]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Bound:
    """Parameters, and how the lines of a step compute with them.

    Attributes
    ----------
    gates
        The affine maps by name, in the order in which their parts lie side by side in u; that order is private to the
        reference, and no rule speaks of it. The name is empty where there is only one.
    activate
        How the value of an activation is computed.
    """

    gates: tuple[str, ...]
    parameters: Parameters
    precision: Precision
    activate: Activate

    @cached_property
    def letters(self) -> tuple[str, ...]:
        """The pre-activations in the order of the gates: ``a_i`` .."""
        return tuple(named("a", gate) for gate in self.gates)

    def split(self, a: Array, gates: int | None = None) -> list[Array]:
        """The parts of so many gates that lie side by side, or of all, as views."""
        count = gates or len(self.gates)
        H = a.shape[-1] // count
        return [a[..., k * H : (k + 1) * H] for k in range(count)]

    def joined(self, d: Letters, d_u: Array, gates: Sequence[str]) -> Array:
        """The cotangents of the pre-activations of these gates, side by side; a view of `d_u` where they come first."""
        if tuple(gates) == self.gates[: len(gates)]:
            return d_u[..., : len(gates) * (d_u.shape[-1] // len(self.gates))]
        return np.concatenate([d[named("a", gate)] for gate in gates], axis=-1)

    def stack(self, letter: str, gates: Sequence[str]) -> Array:
        """The parameters called `letter` of these gates, joined along their first axis."""
        return np.concatenate([self.parameters[named(letter, gate)] for gate in gates])

    def unstack(self, letter: str, gates: Sequence[str], a: Array) -> Named:
        """The inverse of `stack`: the rows of the gates by name, as views."""
        parts = a.reshape(len(gates), -1, *a.shape[1:])
        return {named(letter, gate): part for gate, part in zip(gates, parts, strict=True)}

    def dot(self, a: Array, b: Array) -> Array:
        """The matrix product ``a b``."""
        return self.precision.dot(a, b)

    def product_gradient(self, d_a: Array, operand: Array) -> Array:
        """The gradient of M in ``a = M v``, summed over time and batch: ``sum d_a v^T`` (GRAD-7)."""
        return self.dot(d_a.reshape(-1, d_a.shape[-1]).T, operand.reshape(-1, operand.shape[-1]))


def named(letter: str, gate: str) -> str:
    """The name of one gate's array: ``W_i``, or ``W`` where the cell has only one affine map."""
    return f"{letter}_{gate}" if gate else letter


def old_letter(name: str) -> str:
    """The letter of an array of the old state: h or c, and ``i_old`` for a gate of the step before (VAR-7)."""
    return name if name in ("h", "c") else f"{name}_old"


def sum_of_steps(a: Array) -> Array:
    """The sum over time and batch (GRAD-7)."""
    return np.asarray(a.reshape(-1, *a.shape[2:]).sum(axis=0))


class InputProduct:
    """``u = W x + b`` of all steps at once, for all gates side by side; absent biases are zeros (PAR-5)."""

    def __init__(self, bound: Bound) -> None:
        self.bound = bound
        self.W = bound.stack("W", bound.gates)
        self.has_bias = named("b", bound.gates[0]) in bound.parameters
        self.b = bound.stack("b", bound.gates) if self.has_bias else np.zeros(len(self.W), self.W.dtype)

    def forward(self, x: Array) -> Array:
        """The u of all steps from x [T, B, I]."""
        T, B, I = x.shape
        u = self.bound.dot(x.reshape(T * B, I), self.W.T).reshape(T, B, -1)  # PAR-3
        u += self.b  # PAR-2
        return u

    def adjoint(self, d_u: Array) -> Array:
        """What x receives."""
        T, B, G = d_u.shape
        return self.bound.dot(d_u.reshape(T * B, G), self.W).reshape(T, B, -1)  # GRAD-8

    def gradients(self, x: Array, d_u: Array) -> Named:
        """What W and b receive."""
        received = self.bound.unstack("W", self.bound.gates, self.bound.product_gradient(d_u, x))  # GRAD-7
        if self.has_bias:
            received |= self.bound.unstack("b", self.bound.gates, sum_of_steps(d_u))  # GRAD-7
        return received


@dataclass(frozen=True, kw_only=True, eq=False)
class Summands:
    """The letters, and the cotangents of letters, of one step from which the gradients of parameters are summed."""

    v: Letters
    d: Letters


class Step:
    """A cell bound to parameters: the lines of one step, from the first to the last.

    The parts of the gates lie side by side in u = W x + b, [B, G H], which is the memory of the step: the values of
    gates replace their pre-activations there, and in the end the cotangents of these replace them.
    """

    def __init__(self, bound: Bound, lines: Lines, states: Sequence[str]) -> None:
        self.bound = bound
        self.lines = lines
        self.input = InputProduct(bound)
        self.old = {name: old_letter(name) for name in states}
        self.new = {name: f"{name}_new" for name in states}
        self.summed = {letter for line in lines for letter in line.summed}

    def forward(self, u: Array, state: Named) -> tuple[Named, Array, Letters]:
        """The new state, the output, and all letters of the step: what its adjoint needs."""
        v = Letters({"u": u} | {self.old[name]: array for name, array in state.items()})
        letters = vars(v)
        for line in self.lines:
            letters |= line.forward(v)
        return {name: letters[letter] for name, letter in self.new.items()}, v.y, v

    def adjoint(self, v: Letters, d_state: Named, d_y: Array) -> tuple[Named, Summands]:
        """The cotangents of the old state, from those of the new state and of the output; that of u lies in u."""
        d = Letters({"y": d_y} | {self.new[name]: array for name, array in d_state.items()})
        letters, d_summed = vars(d), {}
        for line in reversed(self.lines):
            received = line.adjoint(v, d)
            for letter in line.d_summed:
                d_summed[letter] = letters[letter]
            for letter in line.left:
                letters.pop(letter, None)
            for letter, part in received.items():
                letters[letter] = letters[letter] + part if letter in letters else part
        v_summed = {letter: v[letter] for letter in self.summed}
        d_old = {name: letters[letter] for name, letter in self.old.items()}
        return d_old, Summands(v=Letters(v_summed), d=Letters(d_summed))

    def gradients(self, steps: Sequence[Summands], d_u: Array) -> Named:
        """The gradients of the parameters that act inside the recurrence, from all steps; `d_u` is [T, B, G H]."""
        d_a = dict(zip(self.bound.letters, self.bound.split(d_u), strict=True))
        received: Named = {}
        for line in self.lines:
            v = Letters({letter: np.stack([step.v[letter] for step in steps]) for letter in line.summed})
            d = {letter: np.stack([step.d[letter] for step in steps]) for letter in line.d_summed}
            received |= line.gradients(v, Letters({"u": d_u} | d_a | d))
        return received
