"""The command ``rnnspec``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import rnnspec
from rnnspec_conformance.commands import check, check_program, fuzz, layout, list_adapters, report, validate
from rnnspec_conformance.commands.guarding import end_in_spite_of_threads

COMMANDS = {
    "validate": (validate, "judge an implementation, rule by rule"),
    "check": (check, "judge a function, from what it takes and what it is like"),
    "fuzz": (fuzz, "draw problems until time is up, and make what fails small"),
    "report": (report, "render, merge and compare the results of validate"),
    "layout": (layout, "show how a layer stores its parameters, and the code that carries them to another layer"),
    "check-program": (check_program, "say whether a program keeps to the protocol"),
    "adapters": (list_adapters, "list the adapters that are registered here"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with `arguments`, those of the process if None: the exit status."""
    parser = argparse.ArgumentParser(prog="rnnspec", description="The specification of recurrent layers, executed.")
    parser.add_argument("--version", action="version", version=f"rnnspec {rnnspec.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (command, summary) in COMMANDS.items():
        command.add(commands.add_parser(name, help=summary))
    given = parser.parse_args(arguments)
    here = str(Path.cwd())
    if "" not in sys.path and here not in sys.path:
        sys.path.insert(0, here)  # as ``python -m`` does: module:Class may name a module of this folder
    status = int(COMMANDS[given.command][0].run(given))
    if arguments is None:
        end_in_spite_of_threads(status)
    return status


if __name__ == "__main__":
    sys.exit(main())
