"""Vectors as text: the same bytes for the same numbers, and one line for each array."""

from __future__ import annotations

import json
from typing import Any


def dump(value: Any) -> str:
    """A JSON text in which objects are spread over lines and arrays of numbers or words are not."""
    return _dump(value, 0) + "\n"


def _dump(value: Any, depth: int) -> str:
    inner, outer = " " * (depth + 1), " " * depth
    if isinstance(value, dict) and value and depth < _flat_from(value):
        lines = (f"{inner}{json.dumps(name)}: {_dump(part, depth + 1)}" for name, part in value.items())
        return "{\n" + ",\n".join(lines) + f"\n{outer}}}"
    if isinstance(value, list) and _holds_objects(value):
        return "[\n" + ",\n".join(inner + _dump(part, depth + 1) for part in value) + f"\n{outer}]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _flat_from(value: dict[str, Any]) -> int:
    """Activations stand on one line; everything else does not."""
    return 0 if value.keys() == {"name", "alpha", "beta"} else 1000


def _holds_objects(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(part, dict) or _holds_objects(part) for part in value)
