"""Measure which mistakes that nobody had seen the suite notices: by its cases, and after how many draws.

What `--results` has already of the same seed is not measured again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from fnmatch import fnmatchcase
from multiprocessing import get_context
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from rnnspec_conformance.defaults import SEED
from rnnspec_workshop.unseen.measuring import Noticed, noticed
from rnnspec_workshop.unseen.sets import SETS
from rnnspec_workshop.unseen.unseen_json import COLUMNS, FILE, BySet, UnseenError, read, shares, write

DRAWS = 2000
"""How many draws are tried, unless it is told."""

Task = tuple[str, str, int, int]
"""The names of a set and of a mistake, how many draws, and their seed."""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--sets", default=",".join(SETS), help=f"which sets (default: {','.join(SETS)})")
    parser.add_argument("--only", default="*", metavar="PATTERN", help="the mistakes whose names match, as 'f0*'")
    parser.add_argument("--draws", type=int, default=DRAWS, metavar="N", help=f"draws to try (default: {DRAWS})")
    parser.add_argument("--seed", type=int, default=SEED, metavar="S", help=f"of the draws (default: {SEED})")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes that measure (default: 1)")
    parser.add_argument("--results", type=Path, metavar="FOLDER", help=f"write {FILE} there, and go on from it")
    parser.add_argument("--again", action="store_true", help="measure what is in the file again")
    parser.set_defaults(refuse=parser.error)


def run(given: argparse.Namespace) -> int:
    """Measure, print and, where asked for, write. The exit status is 0 whatever is noticed, 2 for a wrong file."""
    unknown = sorted(set(given.sets.split(",")) - set(SETS))
    if unknown:
        given.refuse(f"--sets: wanted some of {', '.join(SETS)}, got {', '.join(unknown)}")
    path = given.results / FILE if given.results else None
    try:
        found = read(path, seed=given.seed) if path else {}
    except UnseenError as error:
        print(f"unseen: {error}", file=sys.stderr)
        return 2
    console = Console()
    tasks = tasks_of(given, found)
    for number, ((name, ident, *_), one) in enumerate(measured(tasks, given.jobs), 1):
        found.setdefault(name, {})[ident] = one
        console.print(f"{number}/{len(tasks)} {name} {ident}: {told(one)}", highlight=False, soft_wrap=True)
        if path:
            write(path, found, seed=given.seed, draws=given.draws)
    console.print(table(found))
    return 0


def tasks_of(given: argparse.Namespace, found: BySet) -> list[Task]:
    """What is to be measured: what is asked for and not in the file, or not with so many draws."""
    return [
        (name, mistake.ident, given.draws, given.seed)
        for name in SETS
        if name in given.sets.split(",")
        for mistake in SETS[name].mistakes
        if fnmatchcase(mistake.ident, given.only)
        and (given.again or not is_settled(found.get(name, {}).get(mistake.ident), given.draws))
    ]


def is_settled(one: Noticed | None, draws: int) -> bool:
    """Whether there is nothing left to measure."""
    return one is not None and one.is_settled(draws)


def measured(tasks: Sequence[Task], jobs: int) -> Iterator[tuple[Task, Noticed]]:
    """What noticed each mistake, in their order."""
    if jobs == 1:
        yield from zip(tasks, map(measure, tasks), strict=True)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from zip(tasks, pool.map(measure, tasks), strict=True)


def measure(task: Task) -> Noticed:
    """What noticed one mistake."""
    name, ident, draws, seed = task
    (mistake,) = (mistake for mistake in SETS[name].mistakes if mistake.ident == ident)
    return noticed(SETS[name], mistake, draws=draws, seed=seed)


def told(one: Noticed) -> str:
    """What noticed a mistake, in words."""
    by_draw = (
        f"not in {one.tried} draws" if one.after is None else f"after {one.after} draw{'s' if one.after > 1 else ''}"
    )
    return f"{one.case or 'no case'}, {by_draw}"


def table(found: BySet) -> Table:
    """How many mistakes of each set were noticed."""
    made = Table("set", "mistakes", *COLUMNS, box=box.SIMPLE_HEAD)
    for name in SETS:
        if of_set := found.get(name):
            made.add_row(name, str(len(of_set)), *shares(of_set.values()))
    return made
