"""``rnnspec adapters``: list the adapters that are registered here."""

from __future__ import annotations

import argparse

from rich.console import Console
from rich.table import Table

from rnnspec_adapters import AdapterError, find_adapter, known_adapters


def add(parser: argparse.ArgumentParser) -> None:
    """The command has no options."""


def run(_: argparse.Namespace) -> int:
    """Print a table: the exit status is 0."""
    table = Table("adapter", "module:Class", "here", header_style="bold")
    for name, target in known_adapters().items():
        try:
            find_adapter(name)
            here = "yes"
        except AdapterError as error:
            here = str(error.__cause__ or error)
        table.add_row(name, target, here)
    Console().print(table)
    return 0
