"""What is true of an adapter, read from the source of its class: nothing is imported, so no framework has to be there.

It wants nothing but the standard library, since the noxfile reads it where nothing is installed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

FACTS = (
    *("name", "modes", "devices", "precisions", "offers", "packages", "group", "session", "slow", "selection", "soak"),
    *("environment", "bad_input"),
)
"""The attributes of `rnnspec_adapters.base.BaseAdapter` that are data."""

Find = Callable[[str], Path | None]
"""Where the source of a module is; None for one that is not looked into."""


def installed(module: str) -> Path | None:
    """The source of a module where Python finds it; the package that it is in is imported, itself it is not."""
    with suppress(ImportError):
        spec = find_spec(module)
        if spec is not None and spec.origin is not None and spec.origin.endswith(".py"):
            return Path(spec.origin)
    return None


def declared(target: str, find: Find = installed) -> dict[str, Any]:
    """The facts of the class at ``module:Class``, by attribute: its own, and those of the classes it is made of."""
    package, _, _ = target.partition(".")
    classes = list(_classes(target, find, {package, "rnnspec_adapters"}))
    attributes: dict[str, Any] = {}
    for node in dict.fromkeys(reversed(classes)):  # in the order of resolution, the most general one first
        attributes |= _literals(node)
    return {fact: attributes[fact] for fact in FACTS if fact in attributes}


def _classes(target: str, find: Find, packages: set[str]) -> Iterator[ast.ClassDef]:
    """The class, and those above it, depth first; one that is above several comes several times."""
    module, _, name = target.partition(":")
    path = find(module) if module.partition(".")[0] in packages else None
    if path is None:
        return
    statements = _parsed(path).body
    places = {
        alias.asname or alias.name: f"{node.module}:{alias.name}"
        for node in statements
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    for node in statements:
        if isinstance(node, ast.ClassDef) and node.name == name:
            yield node
            for base in node.bases:
                if isinstance(base, ast.Name):
                    yield from _classes(places.get(base.id, f"{module}:{base.id}"), find, packages)
            return
    if name in places:
        yield from _classes(places[name], find, packages)


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _literals(node: ast.ClassDef) -> dict[str, Any]:
    """What is assigned in the body of a class and is a literal."""
    found: dict[str, Any] = {}
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets: list[ast.expr] = [statement.target]
            value = statement.value
        elif isinstance(statement, ast.Assign):
            targets, value = statement.targets, statement.value
        else:
            continue
        with suppress(ValueError):
            literal = ast.literal_eval(value)
            found |= {target.id: literal for target in targets if isinstance(target, ast.Name)}
    return found
