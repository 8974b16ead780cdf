"""The one exception of the reference."""

from __future__ import annotations


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
