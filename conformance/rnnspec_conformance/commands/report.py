"""``rnnspec report``: render, merge and compare the results that ``rnnspec validate`` has written."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rich.console import Console

from rnnspec_conformance import reports
from rnnspec_conformance.changes import changes
from rnnspec_conformance.commands import unfinished
from rnnspec_conformance.judging.judgement import printable
from rnnspec_conformance.reports import ending, terminal
from rnnspec_conformance.results import ResultsError, Run, differences, load, merge
from rnnspec_conformance.results.plausible import check_against_catalogue
from rnnspec_conformance.whole_files import write_whole

RENDERINGS: Mapping[str, tuple[Callable[[Sequence[Run]], str], str]] = {
    "junit": (reports.junit, "JUnit's XML"),
    "html": (reports.page, "one page of HTML, to be opened without a network"),
    "badge": (reports.badge, "a badge, as SVG"),
}


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="results of rnnspec validate")
    parser.add_argument("--merge", action="store_true", help="the files are the shards of one run: make it whole")
    parser.add_argument("--claim", action="store_true", help="print what may be published of each run, and no table")
    parser.add_argument(
        "--against", type=Path, metavar="FILE", help="tell what is better and worse than in an earlier run"
    )
    parser.add_argument("--strict", action="store_true", help="with --against: fail where anything is another")
    parser.add_argument("-q", "--quiet", action="store_true", help="print what is wrong and the last line only")
    parser.add_argument("-v", "--verbose", action="store_true", help="print every failure, refusal and rule")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the run there, as results")
    for name, (_, what) in RENDERINGS.items():
        parser.add_argument(f"--{name}", type=Path, metavar="FILE", help=f"write {what}")


def run(given: argparse.Namespace) -> int:
    """Print the table of each run and write what is asked for.

    The exit status is 0 when nothing differs beyond the recorded deviations, 1 when something does or a run judged
    nothing, and 2 when a file cannot be used. With ``--against`` it is 1 when something is worse, with ``--claim``
    when a run supports no claim.
    """
    console = Console(width=None if sys.stdout.isatty() else 120)
    try:
        return unfinished.show(given.files, console) or _report(given, console)
    except (ResultsError, OSError, UnicodeError) as error:
        print(f"rnnspec report: {printable(str(error))}", file=sys.stderr)
        return 2


def _report(given: argparse.Namespace, console: Console) -> int:
    runs = _runs(given)
    old = None if given.against is None else load(given.against)
    new = None if old is None else _only(runs, "--against")
    succeeded = all(terminal.succeeded(one.rows, one.stream) for one in runs)
    if given.claim:
        succeeded = sum(_claim(one, console) for one in runs) == len(runs)
    else:
        for one in runs:
            ending.tell(console, one, detail=ending.detail_of(given))
    if given.json is not None:
        _write(given.json, _only(runs, "--json").dump(), console)
    for name, (render, _) in RENDERINGS.items():
        path = getattr(given, name)
        if path is not None:
            _write(path, render(runs), console)
    if old is None or new is None:
        return 0 if succeeded else 1
    return _compared(old, new, given, console)


def _claim(run: Run, console: Console) -> bool:
    """Print the claim, or why there is none: whether there is one."""
    try:
        lines = reports.claim_of(run)
    except reports.NoClaimError as error:
        print(f"rnnspec report: --claim: {run.title}: {error}", file=sys.stderr)
        return False
    for line in lines:
        _say(console, line)
    return True


def _compared(old: Run, new: Run, given: argparse.Namespace, console: Console) -> int:
    """Print what became better and worse, and what else differs: 1 where something is worse, or differs if strict."""
    found = changes(old, new)
    told = [sentence.partition(": ")[0] for sentence in (*found.better, *found.worse, *found.other)]
    other = [line for line in differences(old, new) if line.partition(": ")[0] not in told]
    for what, sentences in (("otherwise", other), ("better", found.better), ("worse", found.worse)):
        if sentences:
            _say(
                console,
                f"{what} than in {given.against}:" if what != "otherwise" else f"other than in {given.against}:",
            )
        for sentence in sentences:
            _say(console, f"  {sentence}")
    counts = (len(found.better), len(found.worse), len(other))
    _say(console, "against {}: {} better, {} worse, {} otherwise different".format(given.against, *counts))
    nothing = not terminal.judged(new.rows)
    return 1 if found.worse or nothing or (given.strict and any(counts)) else 0


def _runs(given: argparse.Namespace) -> list[Run]:
    paths = [str(path) for path in given.files]
    for path in paths:
        if paths.count(path) > 1:
            raise ResultsError(f"{path}: wanted every file once, got it {paths.count(path)} times")
    runs = {str(path): load(path) for path in given.files}
    for path, one in runs.items():
        check_against_catalogue(path, one)
    return [merge(runs)] if given.merge else list(runs.values())


def _only(runs: Sequence[Run], option: str) -> Run:
    if len(runs) != 1:
        raise ResultsError(f"{option}: wanted one run (--merge makes one of shards), got {len(runs)}")
    return runs[0]


def _write(path: Path, text: str, console: Console) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text)
    _say(console, f"written to {path}")


def _say(console: Console, line: str) -> None:
    console.print(line, highlight=False, markup=False, soft_wrap=True)
