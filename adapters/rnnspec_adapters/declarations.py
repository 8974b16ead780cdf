"""What is true of the registered adapters, read from the source of their classes: no framework has to be there.

It wants nothing but the standard library, since the noxfile derives its sessions from it where nothing is installed.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

FACTS = (
    *("name", "modes", "devices", "precisions", "offers", "packages", "group", "session", "slow", "selection"),
    *("environment", "bad_input"),
)
"""The attributes of `rnnspec_adapters.base.BaseAdapter` that are data."""

Facts = Mapping[str, Any]
"""The facts of one adapter, by attribute."""


def registered(root: Path) -> dict[str, Facts]:
    """The facts of each adapter that pyproject.toml in the folder `root` registers, by its name."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    entries = tomllib.loads(text)["project"]["entry-points"]["rnnspec.adapters"]
    return {name: declared(target, root / "adapters") for name, target in sorted(entries.items())}


def sessions(adapters: Mapping[str, Facts]) -> dict[str, list[str]]:
    """The names of adapters by the session that judges them; those that none judges are left out."""
    names = sorted({facts["session"] for facts in adapters.values()} - {""})
    return {name: [adapter for adapter, facts in adapters.items() if facts["session"] == name] for name in names}


def declared(target: str, folder: Path) -> Facts:
    """The facts of the class at ``module:Class`` below `folder`: its own, and those of the classes it is made of.

    Raises
    ------
    ValueError
        When a fact is not a literal.
    """
    general_first = dict.fromkeys(reversed(list(_classes(target, folder))))
    return dict(fact for node in general_first for fact in _facts(node))


def _classes(target: str, folder: Path) -> Iterator[ast.ClassDef]:
    """The class, and those above it, depth first; one that is above several comes several times."""
    module, _, name = target.partition(":")
    path = folder.joinpath(*module.split(".")).with_suffix(".py")
    if not path.exists():  # of the standard library, or of a framework
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
                    yield from _classes(places.get(base.id, f"{module}:{base.id}"), folder)


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _facts(node: ast.ClassDef) -> Iterator[tuple[str, Any]]:
    """The facts that stand in the body of a class."""
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
            fact = statement.target.id
            if fact in FACTS:
                try:
                    yield fact, ast.literal_eval(statement.value)
                except ValueError:
                    wrong = ast.unparse(statement.value)
                    raise ValueError(f"{node.name}.{fact}: wanted a literal, got {wrong}") from None
