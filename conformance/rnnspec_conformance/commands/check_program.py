"""``rnnspec check-program``: whether a program keeps to the protocol, whatever it computes."""

from __future__ import annotations

import argparse
import sys

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rnnspec_adapters.program import TIME_LIMIT
from rnnspec_conformance.program_checks import examine

STYLES = {"conforms": "", "breaks": "bold red", "not tried": "dim"}


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("program", metavar="COMMAND", help="the command with its arguments, in quotes")
    parser.add_argument(
        "--time-limit",
        type=float,
        default=TIME_LIMIT,
        metavar="SECONDS",
        help=f"for one answer (default: {TIME_LIMIT:g})",
    )


def run(given: argparse.Namespace) -> int:
    """Print what conforms and what does not: the exit status, 1 where something does not."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    findings = examine(given.program, time_limit=given.time_limit)
    table = Table("the program", "verdict", "what came", header_style="bold")
    for finding in findings:
        table.add_row(finding.check, finding.verdict, escape(finding.what), style=STYLES[finding.verdict])
    console.print(table)
    broken = sum(finding.verdict == "breaks" for finding in findings)
    last = f"{broken} of {len(findings)} checks break the protocol" if broken else "The program keeps to the protocol"
    console.print(last, highlight=False)
    return 1 if broken else 0
