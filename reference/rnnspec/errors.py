"""The one exception of the reference."""

from __future__ import annotations

import math
import sys


class ProblemError(ValueError):
    """A problem, or a part of one, breaks a rule of the text.

    Attributes
    ----------
    field
        The argument, as an expression on the object that was being made, e.g. ``layers[0].parameters[1].W_i``.
    wanted
        What the rule asks for.
    came
        What was given.
    rule
        The number of the rule, e.g. ``PAR-1``.
    """

    def __init__(self, *, field: str, wanted: str, came: str, rule: str) -> None:
        super().__init__(f"{field}: wanted {wanted}, got {came} [{rule}]")
        self.field = field
        self.wanted = wanted
        self.came = came
        self.rule = rule

    def __reduce__(self) -> tuple[object, ...]:
        return (_restore, (self.field, self.wanted, self.came, self.rule))


def _restore(field: str, wanted: str, came: str, rule: str) -> ProblemError:
    return ProblemError(field=field, wanted=wanted, came=came, rule=rule)


def check_option(field: str, value: object, allowed: tuple[object, ...], rule: str) -> None:
    """Raise `ProblemError` unless `value` is one of `allowed`, compared by value and type."""
    if not any(type(value) is type(option) and value == option for option in allowed):
        wanted = "one of " + ", ".join(map(repr, allowed))
        raise ProblemError(field=field, wanted=wanted, came=repr(value), rule=rule)


def check_number(field: str, value: object, *, rule: str, positive: bool = False) -> None:
    """Raise `ProblemError` unless `value` is a finite float or int, and above zero where that is asked for."""
    wanted, came = "a finite number above 0" if positive else "a finite number", ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        came = repr(value)
    elif isinstance(value, int) and value.bit_length() > sys.float_info.max_exp:
        came = f"an integer of {value.bit_length()} bits, which no float64 holds"
    elif not math.isfinite(value) or (positive and value <= 0):
        came = repr(value)
    if came:
        raise ProblemError(field=field, wanted=wanted, came=came, rule=rule)


def check_size(field: str, value: object, *, rule: str, least: int = 0) -> None:
    """Raise `ProblemError` unless `value` is an int of at least `least`."""
    if type(value) is not int or value < least:
        raise ProblemError(field=field, wanted=f"an integer of at least {least}", came=repr(value), rule=rule)
