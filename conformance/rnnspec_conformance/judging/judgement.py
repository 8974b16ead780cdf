"""What came of a case, on one implementation."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as defaulted
from typing import Literal

from rnnspec_adapters import Unsupported
from rnnspec_conformance.judging.compare import Difference
from rnnspec_conformance.judging.interrupts import INTERRUPTS
from rnnspec_conformance.judging.likeness import Likeness

Verdict = Literal["passed", "differs", "unsupported", "errored"]

NO_GRADIENTS = "no gradients: "
"""How the reason of a refusal begins where the same problem is accepted without its cotangents (CONF-4)."""

NO_DERIVATIVE = "the adapter has no "
"""How that reason begins where a derivative along tangents is missing."""


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What came of a case.

    Attributes
    ----------
    verdict
        ``passed``, ``differs``, ``unsupported`` (the adapter refused, with a reason) or ``errored`` (it claimed support
        and raised).
    ratio
        The largest error in units of its tolerance; None where nothing was compared.
    field
        Where that error is.
    error, tolerance
        The two numbers that `ratio` is the ratio of; None where there is no such number, or nothing is allowed.
    reason
        Why the case is unsupported, or how it errored.
    differences
        Every field that differs, worst first.
    rule
        The rule that is broken, or, where that cannot be told, the one that the case is about; None when nothing is.
    blamed
        Whether `rule` is known to be broken.
    misreading
        The known misreading that the outcome is equal to, if there is one (the sentence of a mutant).
    likeness
        What the difference looks like.
    """

    verdict: Verdict
    ratio: float | None = None
    field: str = ""
    error: float | None = None
    tolerance: float | None = None
    reason: str = ""
    differences: tuple[Difference, ...] = ()
    rule: str | None = None
    blamed: bool = True
    misreading: str | None = None
    likeness: Likeness = defaulted(default_factory=Likeness)


LONGEST = 500
"""The most characters of a text that comes from an implementation."""


def in_one_line(error: BaseException) -> str:
    """The type of an error and the first line of its message, whatever its author made of it."""
    kind = type(error).__name__
    try:
        return printable(f"{kind}: {error}"[: 2 * LONGEST].splitlines()[0].removesuffix(": "))
    except BaseException as another:  # an error that cannot say what it is about is an error still
        if isinstance(another, KeyboardInterrupt) and INTERRUPTS.is_real():
            raise
        return printable(kind)


def reason_of(refusal: Unsupported) -> str:
    """Why an implementation refuses.

    Raises
    ------
    TypeError
        When it says no sentence.
    """
    reason: object = refusal.reason
    if type(reason) is not str or not reason.strip():
        came = repr(reason) if type(reason) is str else type(reason).__name__
        raise TypeError(f"supports: wanted a sentence as the reason, got {came}")
    return reason


def printable(text: str) -> str:
    """A text that comes from an implementation, bounded, and with escapes for what no terminal or file can take."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text[: LONGEST + 1])
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 3]}..."
