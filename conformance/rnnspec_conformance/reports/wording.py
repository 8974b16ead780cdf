"""How a row is said in one line."""

from __future__ import annotations

import math

from rnnspec_conformance.results import Row
from rnnspec_conformance.rules import named


def number(value: float | None) -> str:
    """A figure as a person reads it; nothing for None."""
    if value is None:
        return ""
    return "no number" if math.isinf(value) else f"{value:.2g}"


def line_of(row: Row) -> str:
    """What is wrong with a row: the field, by how many times its tolerance, the rule; or the reason."""
    if row.reason or row.ratio is None:
        what = row.reason
    elif math.isinf(row.ratio):
        what = f"{row.field} differs by no number"
    else:
        what = f"{row.field} differs by {number(row.ratio)} times the tolerance"
    if not row.rule:
        return what
    return f"{what}; {named(row.rule)}" if row.blamed else f"{what}, in a case about {named(row.rule)}"
