"""Expressions of symbols, which SymPy differentiates."""

from __future__ import annotations

from typing import Any

import sympy as sp  # type: ignore[import-untyped]  # it publishes no types

from rnnspec_workshop.independent_reading.kinds_of_number import Number, Numbers, Relation


class Symbols(Numbers):
    """Expressions that decide nothing: what `Digits` records, in the same order, is a symbol.

    Attributes
    ----------
    sides
        A symbol for each side of a kink: 1 where the relation holds, 0 elsewhere.
    added
        A symbol for each number that a straight-through clip adds (CLIP-5).
    """

    exp, tanh = sp.exp, sp.tanh

    def __init__(self) -> None:
        self.sides: list[Any] = []
        self.added: list[Any] = []

    def number(self, value: Any) -> Number:
        return sp.Rational(value)

    def expm1(self, a: Number) -> Number:
        return sp.exp(a) - 1

    def log1p_exp(self, a: Number) -> Number:
        return sp.log(1 + sp.exp(a))

    def where(self, a: Number, relation: Relation, kink: Number, then: Number, otherwise: Number) -> Number:
        self.sides.append(sp.Symbol(f"side_{len(self.sides)}", real=True))
        return self.sides[-1] * then + (1 - self.sides[-1]) * otherwise

    def straight_through(self, a: Number, clipped: Number) -> Number:
        self.added.append(sp.Symbol(f"added_{len(self.added)}", real=True))
        return a + self.added[-1]
