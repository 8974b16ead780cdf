"""Judge mistakes that no mutant has, and write what the diagnosis says of each, and whether that is right."""

from __future__ import annotations

import argparse
from fnmatch import fnmatchcase
from pathlib import Path

from rnnspec_conformance.whole_files import write_whole
from rnnspec_workshop.diagnosed.diagnosed_json import FILE, text_of
from rnnspec_workshop.diagnosed.measuring import diagnosed
from rnnspec_workshop.diagnosed.mistakes import SLIPS


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--only", default="*", metavar="PATTERN", help="the mistakes whose names match, as 'y-*'")
    parser.add_argument("--results", type=Path, metavar="FOLDER", help=f"write {FILE} there, when all are judged")
    parser.set_defaults(refuse=parser.error)


def run(given: argparse.Namespace) -> int:
    """Judge, print and, where asked for, write. The exit status is 0 whatever is right."""
    chosen = [slip for slip in SLIPS if fnmatchcase(slip.id, given.only)]
    if not chosen or (given.results and len(chosen) < len(SLIPS)):
        given.refuse(f"--only: wanted mistakes, all of them beside --results, got {given.only!r}")
    found = {}
    for slip in chosen:
        one = found[slip.id] = diagnosed(slip)
        print(f"{'right' if one.is_right else 'wrong'} {slip.id}", f"  {one.first}", sep="\n")
    print(f"{sum(one.is_right for one in found.values())} of {len(found)} first lines are right")
    if given.results:
        write_whole(given.results / FILE, text_of(found))
    return 0
