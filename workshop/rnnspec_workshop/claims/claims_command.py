"""Compute all claims, print the verdicts and, where asked for, write them."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from rnnspec_workshop.claims import CLAIMS
from rnnspec_workshop.claims.claims_json import text_of


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--results", type=Path, metavar="FOLDER", help="write claims.json there")


def run(given: argparse.Namespace) -> int:
    """Compute, print, write; the exit status is 0."""
    text = text_of(CLAIMS.values())
    table = Table("", "claim", "verdict", box=box.SIMPLE_HEAD)
    for claim in CLAIMS.values():
        table.add_row(claim.id, claim.sentence, claim.verdict)
    console = Console()
    console.print(table)
    if given.results:
        path = given.results / "claims.json"
        path.write_text(text, encoding="utf-8")
        console.print(f"written to {path}", highlight=False)
    return 0
