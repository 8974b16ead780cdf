"""The command ``rnnspec``."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rnnspec_conformance import own_process

COMMANDS = {
    "validate": "judge an implementation, rule by rule",
    "check": "judge a function, from what it takes and what it is like",
    "fuzz": "draw problems until time is up, and make what fails small",
    "report": "render, merge and compare the results of validate",
    "layout": "show how a layer stores its parameters, and the code that carries them to another layer",
    "check-program": "say whether a program keeps to the protocol",
    "adapters": "list the adapters that are registered here",
}
"""Each is a module of `rnnspec_conformance.commands`, which is imported when it is asked for."""

MODULES = {"adapters": "list_adapters", "check-program": "check_program"}
"""Those whose modules have other names."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with `arguments`, those of the process if None: the exit status."""
    is_own = arguments is None
    if arguments is None:
        arguments = sys.argv[1:]
        os.environ.update(own_process.wanted(keep=True))
    import rnnspec  # noqa: PLC0415 - it imports NumPy, which reads the environment

    parser = argparse.ArgumentParser(prog="rnnspec", description="The specification of recurrent layers, executed.")
    parser.add_argument("--version", action="version", version=f"rnnspec {rnnspec.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, summary in COMMANDS.items():
        own = commands.add_parser(name, help=summary)
        if name in arguments:
            _module_of(name).add(own)
    given = parser.parse_args(arguments)
    here = str(Path.cwd())
    if "" not in sys.path and here not in sys.path:
        sys.path.insert(0, here)  # as ``python -m`` does: module:Class may name a module of this folder
    status = int(_module_of(given.command).run(given))
    if is_own:
        guarding = importlib.import_module("rnnspec_conformance.commands.guarding")
        guarding.end_in_spite_of_threads(status)
    return status


def _module_of(command: str) -> Any:
    return importlib.import_module(f"rnnspec_conformance.commands.{MODULES.get(command, command)}")


if __name__ == "__main__":
    sys.exit(main())
