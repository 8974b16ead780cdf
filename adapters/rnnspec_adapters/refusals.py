"""What an implementation expresses of the text, as a table, and the sentences by which it refuses the rest.

A table has an entry for each record of a problem: `Problem`, `Layer`, and each cell that the implementation has. An
entry says of an option which of its values are expressed, and why others are not::

    {LSTM: {"peephole": (("none",), "{called} has no peepholes"), "bias": ANY}, RNN: "there is no simple layer"}

An option that is not in the table is expressed at its default only. A cell that is not in the table is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields
from typing import Any

import numpy as np

from rnnspec import Problem

Values = tuple[object, ...] | Callable[[Any, Any], object]
"""The values of an option that are expressed; or whether one is, told from the value and the record that has it."""

Entry = tuple[Values, str]
"""Values, and why there are no others: a sentence, in which ``{called}`` is the record and ``{value}`` what it has.

An activation is shown by its name."""

Table = Mapping[type, Mapping[str, Entry] | str]
"""Entries by record and option; a sentence in the place of options where the whole record is refused."""

ANY: Entry = (lambda _value, _record: True, "")
"""Every value."""


def resets(when: str) -> Entry:
    """What is said of `reset` where it is one of two ways, which are other functions (GRU-3, GRU-4)."""
    return (when,), f"{{called}} resets {when} the recurrent product; no weight map turns one into the other"


def lengths_above_zero(lengths: Any, _: Problem) -> bool:
    """Whether no sequence has the length 0."""
    return lengths is None or bool((lengths > 0).all())


SENTENCES = {
    "lengths": "{called} takes no lengths",
    "cotangents": "{called} computes no gradients",
    "padded_outputs": "{called} repeats nothing in the padding",
    "direction": "{called} reads forward only",
    "merge": "{called} merges directions in no other way than side by side",
    "reverse_outputs": "{called} gives outputs in the order of time",
}
"""Why an option of a problem or a layer is refused that is not in the table."""


def merged(tables: Iterable[Table]) -> dict[type, dict[str, Entry] | str]:
    """One table of several, in which a later one says more of a record, or something else."""
    whole: dict[type, dict[str, Entry] | str] = {}
    for record, options in (item for table in tables for item in table.items()):
        before = whole.get(record, {})
        both = not isinstance(options, str) and not isinstance(before, str)
        whole[record] = options if isinstance(options, str) else {**(before if both else {}), **options}  # type: ignore[dict-item]
    return whole


def refusal_of(record: Any, table: Table, name: str, called: str) -> str | None:
    """Why an implementation called `name` does not express `record`, which it calls `called`; None where it does."""
    options = table.get(type(record))
    if options is None:
        return f"{name} has no {type(record).__name__}"
    if isinstance(options, str):
        return options.format(called=called)
    others = []
    for field in fields(record):
        value = getattr(record, field.name)
        if field.name in options:
            values, reason = options[field.name]
            if not (values(value, record) if callable(values) else value in values):
                return reason.format(called=called, value=getattr(value, "name", value))
        elif field.default is not MISSING and not _same(value, field.default):
            others.append(field.name)
    if not others:
        return None
    return SENTENCES.get(others[0], f"{{called}} has no option for {', '.join(others)}").format(called=called)


def _same(value: object, default: object) -> bool:
    return value is default or (not isinstance(value, np.ndarray) and value == default)
