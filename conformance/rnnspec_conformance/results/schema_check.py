"""Files of results held against ``results.schema.json``: the first mistake, with where it is."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).with_name("results.schema.json")

LARGEST = 1 << 63
"""No count of anything is as large as this."""

SAID: Mapping[str, Callable[[Any], str]] = {
    "type": lambda wanted: wanted if isinstance(wanted, str) else ", ".join(wanted),
    "const": str,
    "enum": lambda wanted: f"one of {', '.join(map(str, wanted))}",
    "minLength": lambda _: "a text",
    "pattern": lambda wanted: f"like {wanted}",
    "minimum": lambda wanted: f"at least {wanted}",
    "maximum": lambda wanted: f"at most {wanted}",
    "minItems": lambda wanted: f"at least {wanted} of them",
    "minProperties": lambda wanted: f"at least {wanted}",
    "uniqueItems": lambda _: "each once",
}
"""What the words of a schema want, in words for a person; any other word wants nothing to be there."""


def mistake_in(value: Any, where: str, *, kind: str | None = None) -> str | None:
    """What is wrong with a file of results, or with the part of one that the schema has under the name of `kind`.

    Returns
    -------
    str or None
        One line that begins with `where`; None when nothing is.
    """
    error = next(_validator(kind).iter_errors(value), None)
    return None if error is None else _line(error, where)


@cache
def results_schema() -> Mapping[str, Any]:
    """The schema of files of results."""
    schema: Mapping[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return schema


@cache
def _validator(kind: str | None) -> Any:
    from jsonschema import Draft202012Validator, validators  # noqa: PLC0415 - most commands read no file

    known = Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": _is_count, "number": _is_number})
    schema = results_schema()
    asked_for = schema if kind is None else {"$ref": f"#/$defs/{kind}", "$defs": schema["$defs"]}
    return validators.extend(Draft202012Validator, type_checker=known)(asked_for)


def is_finite(number: float) -> bool:
    """Whether a float64 holds a number, which may be an integer of any length."""
    try:
        return math.isfinite(number)
    except OverflowError:
        return False


def _is_number(_: Any, value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and is_finite(value)


def _is_count(_: Any, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST


def _line(error: Any, where: str) -> str:
    """A mistake in one line: where it is, what was wanted, and what came."""
    while error.context:  # none of several: the mistake in the last of them
        error = error.context[-1]
    place = where + "".join(f"[{part}]" if isinstance(part, int) else f": {part}" for part in error.absolute_path)
    if error.validator == "required":
        missing = next(name for name in error.validator_value if name not in error.instance)
        return f"{place}: {missing}: wanted one, got nothing"
    if error.validator == "additionalProperties":
        name = next(name for name in error.instance if name not in error.schema.get("properties", {}))
        return f"{place}: {shown(name)[1:-1]}: wanted nothing, got {shown(error.instance[name])}"
    wanted = SAID[error.validator](error.validator_value) if error.validator in SAID else "nothing"
    return f"{place}: wanted {wanted}, got {shown(error.instance)}"


def shown(value: Any) -> str:
    """A value as it stands in a message."""
    if isinstance(value, dict):
        return f"an object of {len(value)} entries" if value else "{}"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "[]"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
