"""What the reading asks of a kind of number, and the kinds that Python has by itself."""

from __future__ import annotations

import cmath
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol

Number = Any
"""A number of one kind: it adds, subtracts, multiplies and divides with its like and with integers."""
Relation = Literal[">", ">="]

HOLDS: dict[Relation, Callable[[Any, Any], Any]] = {">": operator.gt, ">=": operator.ge}
"""The relations that decide on which side of a kink a number is."""


class Numbers(Protocol):
    """A kind of number: the functions beside arithmetic, and how it decides."""

    def number(self, value: Any) -> Number:
        """A constant, exactly."""

    def exp(self, a: Number) -> Number:
        """E to the power of a."""

    def expm1(self, a: Number) -> Number:
        """``exp(a) - 1``."""

    def log1p_exp(self, a: Number) -> Number:
        """``ln(1 + exp(a))``."""

    def tanh(self, a: Number) -> Number:
        """The hyperbolic tangent."""

    def where(self, a: Number, relation: Relation, kink: Number, then: Number, otherwise: Number) -> Number:
        """`then` where ``a > kink``, or ``a >= kink``, and `otherwise` elsewhere."""

    def straight_through(self, a: Number, clipped: Number) -> Number:
        """A number with the value of `clipped` and the derivative of `a` (CLIP-5)."""

    def dot(self, u: Sequence[Number], v: Sequence[Number]) -> Number:
        """The sum of the products."""
        return sum(map(operator.mul, u, v))


class Floats(Numbers):
    """Floats; and complex numbers whose tiny imaginary part is a step.

    A complex number decides by its real part. What comes out has the derivative times the step as its imaginary part.
    """

    def number(self, value: Any) -> Number:
        return value

    def exp(self, a: Number) -> Number:
        try:
            return cmath.exp(a) if isinstance(a, complex) else math.exp(a)
        except OverflowError:
            return math.inf

    def expm1(self, a: Number) -> Number:
        return self.exp(a) - 1 if isinstance(a, complex) or a > 1 else math.expm1(a)

    def log1p_exp(self, a: Number) -> Number:
        if a.real > 0:  # so that nothing overflows
            return a + self.log1p_exp(-a)
        return cmath.log(1 + cmath.exp(a)) if isinstance(a, complex) else math.log1p(math.exp(a))

    def tanh(self, a: Number) -> Number:
        return cmath.tanh(a) if isinstance(a, complex) else math.tanh(a)

    def where(self, a: Number, relation: Relation, kink: Number, then: Number, otherwise: Number) -> Number:
        return then if HOLDS[relation](a.real, kink.real) else otherwise

    def straight_through(self, a: Number, clipped: Number) -> Number:
        return complex(clipped.real, a.imag) if isinstance(a, complex) else clipped

    def dot(self, u: Sequence[Number], v: Sequence[Number]) -> Number:
        """The sum of the products, rounded once."""
        terms = [x * y for x, y in zip(u, v, strict=True)]
        real = math.fsum(term.real for term in terms)
        imaginary = math.fsum(term.imag for term in terms)
        return complex(real, imaginary) if any(isinstance(term, complex) for term in terms) else real
