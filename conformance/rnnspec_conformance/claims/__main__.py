"""``python -m rnnspec_conformance.claims``: compute all claims, print the verdicts and, where asked for, write them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from rnnspec_conformance.claims import CLAIMS
from rnnspec_conformance.claims.record import text_of


def main(arguments: Sequence[str] | None = None) -> int:
    """Compute, print, write; the exit status is 0."""
    parser = argparse.ArgumentParser(prog="claims", description=__doc__)
    parser.add_argument("--results", type=Path, metavar="FOLDER", help="write claims.json there")
    given = parser.parse_args(arguments)
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


if __name__ == "__main__":
    sys.exit(main())
