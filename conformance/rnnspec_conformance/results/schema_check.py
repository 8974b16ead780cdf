"""JSON values held against a schema, as far as ``results.schema.json`` goes: the first mistake, with where it is.

The words of JSON Schema that are known stand in `WORDS`; a schema with another one is refused.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).with_name("results.schema.json")

LARGEST = 1 << 63
"""No count of anything is as large as this."""

TYPES: Mapping[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool) and is_finite(value),
}


def mistake_in(value: Any, where: str, *, kind: str | None = None) -> str | None:
    """What is wrong with a file of results, or with the part of one that the schema has under the name of `kind`.

    Returns
    -------
    str or None
        One line that begins with `where`; None when nothing is.
    """
    schema = results_schema() if kind is None else {"$ref": f"#/$defs/{kind}"}
    return next(_mistakes(value, schema, where), None)


@cache
def results_schema() -> Mapping[str, Any]:
    """The schema of files of results."""
    schema: Mapping[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return schema


def is_finite(number: float) -> bool:
    """Whether a float64 holds a number, which may be an integer of any length."""
    try:
        return math.isfinite(number)
    except OverflowError:
        return False


def shown(value: Any) -> str:
    """A value as it stands in a message."""
    if isinstance(value, dict):
        return f"an object of {len(value)} entries" if value else "{}"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "[]"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _mistakes(value: Any, schema: Any, where: str) -> Iterator[str]:
    """Every mistake in `value`."""
    if schema is False:
        yield f"{where}: wanted nothing, got {shown(value)}"
    elif schema is not True:
        for word, wanted in schema.items():
            yield from WORDS[word](value, wanted, where, schema)


Word = Callable[[Any, Any, str, Mapping[str, Any]], Iterator[str]]
"""What a word of a schema finds wrong: with a value, by what it asks for, at a place, beside the other words."""


def _said(holds: Callable[[Any, Any], bool], sentence: str) -> Word:
    def check(value: Any, wanted: Any, where: str, _: Mapping[str, Any]) -> Iterator[str]:
        if not holds(value, wanted):
            listed = ", ".join(map(str, wanted)) if isinstance(wanted, list) else wanted
            yield f"{where}: wanted {sentence.format(listed)}, got {shown(value)}"

    return check


def _is_of_type(value: Any, wanted: str | list[str]) -> bool:
    return any(TYPES[name](value) for name in ([wanted] if isinstance(wanted, str) else wanted))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _reference(value: Any, name: str, where: str, _: Mapping[str, Any]) -> Iterator[str]:
    yield from _mistakes(value, results_schema()["$defs"][name.removeprefix("#/$defs/")], where)


def _properties(value: Any, wanted: Mapping[str, Any], where: str, _: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(value, dict):
        for name in (name for name in wanted if name in value):
            yield from _mistakes(value[name], wanted[name], f"{where}: {name}")


def _required(value: Any, names: list[str], where: str, _: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (f"{where}: {name}: wanted one, got nothing" for name in names if name not in value)


def _further(value: Any, wanted: Any, where: str, schema: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(value, dict):
        for name in (name for name in value if name not in schema.get("properties", {})):
            yield from _mistakes(value[name], wanted, f"{where}: {shown(name)[1:-1]}")


def _items(value: Any, wanted: Any, where: str, schema: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(value, list):
        first = len(schema.get("prefixItems", ()))
        for position, part in islice(enumerate(value), first, None):
            yield from _mistakes(part, wanted, f"{where}[{position}]")


def _first_items(value: Any, wanted: list[Any], where: str, _: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(value, list):
        for position, (part, schema) in enumerate(zip(value, wanted, strict=False)):
            yield from _mistakes(part, schema, f"{where}[{position}]")


def _all_of(value: Any, wanted: list[Any], where: str, _: Mapping[str, Any]) -> Iterator[str]:
    for schema in wanted:
        yield from _mistakes(value, schema, where)


def _one_of(value: Any, wanted: list[Any], where: str, _: Mapping[str, Any]) -> Iterator[str]:
    """One of several: the mistakes in the last of them where it is none."""
    found = [list(_mistakes(value, schema, where)) for schema in wanted]
    if sum(not mistakes for mistakes in found) != 1:
        yield from found[-1]


def _if(value: Any, wanted: Any, where: str, schema: Mapping[str, Any]) -> Iterator[str]:
    holds = next(_mistakes(value, wanted, where), None) is None
    yield from _mistakes(value, schema.get("then" if holds else "else", True), where)


def _not(value: Any, unwanted: Any, where: str, _: Mapping[str, Any]) -> Iterator[str]:
    if next(_mistakes(value, unwanted, where), None) is None:
        yield f"{where}: wanted something else, got {shown(value)}"


def _nothing(*_: Any) -> Iterator[str]:
    return iter(())


WORDS: Mapping[str, Word] = {
    **dict.fromkeys(("$schema", "$id", "$defs", "title", "description", "then", "else"), _nothing),
    "$ref": _reference,
    "type": _said(_is_of_type, "{}"),
    "const": _said(lambda value, wanted: type(value) is type(wanted) and value == wanted, "{}"),
    "enum": _said(lambda value, wanted: value in wanted, "one of {}"),
    "minLength": _said(lambda value, least: not isinstance(value, str) or len(value) >= least, "a text"),
    "pattern": _said(lambda value, like: not isinstance(value, str) or re.search(like, value) is not None, "like {}"),
    "minimum": _said(lambda value, least: not _is_number(value) or value >= least, "at least {}"),
    "maximum": _said(lambda value, most: not _is_number(value) or value <= most, "at most {}"),
    "minItems": _said(lambda value, least: not isinstance(value, list) or len(value) >= least, "at least {} of them"),
    "minProperties": _said(lambda value, least: not isinstance(value, dict) or len(value) >= least, "at least {}"),
    "uniqueItems": _said(lambda value, _: not isinstance(value, list) or _are_unlike(value), "each once"),
    "properties": _properties,
    "required": _required,
    "additionalProperties": _further,
    "items": _items,
    "prefixItems": _first_items,
    "allOf": _all_of,
    "oneOf": _one_of,
    "if": _if,
    "not": _not,
}


def _are_unlike(values: list[Any]) -> bool:
    texts = [json.dumps(value, sort_keys=True) for value in values]
    return len(set(texts)) == len(texts)
