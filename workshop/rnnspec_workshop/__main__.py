"""The one command of the workshop: ``python -m rnnspec_workshop COMMAND``."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

COMMANDS = {
    "bad-input": ("bad_input.bad_input_command", "give a framework bad input, and write what it does"),
    "claims": ("claims.claims_command", "compute what becomes of the claims of lectures"),
    "diagnosed": ("diagnosed.diagnosed_command", "measure how often the diagnosis of a mistake is right"),
    "kill-matrix": ("kill_matrix.kill_matrix_command", "compute what kills which mutant"),
    "killed-runs": ("killed_runs", "kill runs at random moments, and say what was left"),
    "raise-pins": ("pins", "raise the pins of frameworks in pyproject.toml"),
    "rejudge": ("rejudging", "judge adapters again, and say what is better or worse than committed"),
    "release": ("releasing", "say what does not agree with the tag of a release"),
    "rules": ("rule_list", "write the list of rules that the suite is installed with"),
    "unseen": ("unseen.unseen_command", "measure which mistakes that nobody had seen the suite notices"),
    "vectors": ("vectors.generate", "make the exact vectors and their archive"),
}
"""By name, the module with ``add`` for its options and ``run``, and a summary."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command with `arguments`, those of the process if None: the exit status."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    parser = argparse.ArgumentParser(prog="rnnspec_workshop", description="What makes and measures of rnnspec.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (module, summary) in COMMANDS.items():
        command = commands.add_parser(name, help=summary)
        if given[:1] == [name]:  # the others may need what is not installed
            asked = importlib.import_module(f"rnnspec_workshop.{module}")
            command.description = asked.__doc__
            asked.add(command)
            command.set_defaults(run=asked.run)
    parsed = parser.parse_args(given)
    return int(parsed.run(parsed))


if __name__ == "__main__":
    sys.exit(main())
