"""``rnnspec adapters``: list the adapters that are registered here."""

from __future__ import annotations

import argparse

from rnnspec_adapters import known_adapters
from rnnspec_adapters.missing import how_to_install, missing_of


def add(parser: argparse.ArgumentParser) -> None:
    """The command has no options."""


def run(_: argparse.Namespace) -> int:
    """Print a line for each, and import none: the exit status is 0."""
    rows = [("adapter", "module:Class", "what is missing")]
    for name, target in known_adapters().items():
        missing = missing_of(target)
        said = f"{', '.join(missing)}: {how_to_install(missing)}" if missing else "nothing"
        rows.append((name, target, said))
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    for name, target, said in rows:
        print(f"{name:<{first}}  {target:<{second}}  {said}")
    return 0
