"""``rnnspec report``: render, merge and compare the results that ``rnnspec validate`` has written."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rich.console import Console

from rnnspec_conformance import reports
from rnnspec_conformance.commands import unfinished
from rnnspec_conformance.judging.judgement import printable
from rnnspec_conformance.reports import terminal
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
    parser.add_argument("--against", type=Path, metavar="FILE", help="tell where the run differs from an earlier one")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the run there, as results")
    for name, (_, what) in RENDERINGS.items():
        parser.add_argument(f"--{name}", type=Path, metavar="FILE", help=f"write {what}")


def run(given: argparse.Namespace) -> int:
    """Print the table of each run and write what is asked for.

    The exit status is 0 when nothing differs beyond the recorded deviations (nor from the earlier run), 1 when
    something does or a run judged nothing, and 2 when a file cannot be used.
    """
    console = Console(width=None if sys.stdout.isatty() else 120)
    try:
        return unfinished.show(given.files, console) or _report(given, console)
    except (ResultsError, OSError, UnicodeError) as error:
        print(f"rnnspec report: {printable(str(error))}", file=sys.stderr)
        return 2


def _report(given: argparse.Namespace, console: Console) -> int:
    runs = _runs(given)
    changes = _changes(given, runs)
    for one in runs:
        terminal.show(one, console)
        _say(console, terminal.verdict_of(one.rows, one.stream))
    if given.json is not None:
        _write(given.json, _only(runs, "--json").dump(), console)
    for name, (render, _) in RENDERINGS.items():
        path = getattr(given, name)
        if path is not None:
            _write(path, render(runs), console)
    for change in changes or ():
        _say(console, change)
    if changes is not None:
        _say(console, f"differences from {given.against}: {len(changes)}")
    return 0 if all(terminal.succeeded(one.rows, one.stream) for one in runs) and not changes else 1


def _runs(given: argparse.Namespace) -> list[Run]:
    paths = [str(path) for path in given.files]
    for path in paths:
        if paths.count(path) > 1:
            raise ResultsError(f"{path}: wanted every file once, got it {paths.count(path)} times")
    runs = {str(path): load(path) for path in given.files}
    for path, one in runs.items():
        check_against_catalogue(path, one)
    return [merge(runs)] if given.merge else list(runs.values())


def _changes(given: argparse.Namespace, runs: Sequence[Run]) -> list[str] | None:
    if given.against is None:
        return None
    return differences(load(given.against), _only(runs, "--against"))


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
