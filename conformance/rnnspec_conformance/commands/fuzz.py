"""``rnnspec fuzz``: draw problems until time is up, and make what fails small."""

from __future__ import annotations

import argparse
import sys
import time
from itertools import count
from pathlib import Path

from rich.console import Console

from rnnspec_conformance.commands.judged import USAGE_ERROR, add_adapter, add_shared, name_of, subject_from
from rnnspec_conformance.defaults import SEED
from rnnspec_conformance.isolation.self_description import told
from rnnspec_conformance.naming import typed
from rnnspec_conformance.stream import telling
from rnnspec_conformance.stream.mistakes import Judge, Stream, judge_of
from rnnspec_conformance.stream.question import QuestionError

EVERY = 10.0
"""Seconds between two lines of progress."""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    add_adapter(parser)
    add_shared(parser)
    parser.add_argument("--minutes", type=float, metavar="M", help="go on for so long (default 1)")
    parser.add_argument("--draws", type=int, metavar="N", help="make so many draws, however long that takes")
    parser.add_argument("--seed", type=int, default=SEED, metavar="S", help=f"of the draws (default {SEED})")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="the number of the first draw (default 0)")
    parser.add_argument(
        "--failures",
        type=Path,
        default=Path("rnnspec-failures"),
        metavar="FOLDER",
        help="where failures are kept, and tried first the next time (default: rnnspec-failures)",
    )
    parser.add_argument("--results", type=Path, metavar="FOLDER", help="write draws-NAME-DEVICE.json there")


def run(given: argparse.Namespace) -> int:
    """Draw and judge: the exit status is 0 when something was judged and nothing differs, 1 otherwise."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    name = name_of(given)
    try:
        subject = subject_from(given)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever an implementation raises, the person is told
        print(f"rnnspec fuzz: {typed(name)}: {told(error)}", file=sys.stderr)
        return USAGE_ERROR
    judge = judge_of(subject, given.seed)
    try:
        again = _tried_again(judge, telling.folder_of(given.failures, name), console)
    except QuestionError as error:
        print(f"rnnspec fuzz: {error}", file=sys.stderr)
        return USAGE_ERROR
    _drawn(judge, given, console)
    for line in telling.told(judge.stream, subject, given.failures):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    if given.results is not None:
        telling.write_results(judge.stream, subject, given.results)
    failed = judge.stream.failures or again
    return 0 if judge.stream.judged and not failed else 1


def _tried_again(judge: Judge, folder: Path, console: Console) -> int:
    """Ask what failed before, first of all: how much of it fails still."""
    failing = 0
    for path in sorted(folder.glob("*.json")):
        respondent = telling.respondent_for(path, judge.respondents)
        if respondent is None:
            continue
        asked = respondent.replay(path)
        failing += asked.is_wrong
        verdict = "fails still" if asked.is_wrong else f"{asked.judgement.verdict} now"
        console.print(f"{path}: {verdict}", highlight=False, markup=False, soft_wrap=True)
    return failing


def _drawn(judge: Judge, given: argparse.Namespace, console: Console) -> None:
    """Draw until time is up, or so many are drawn, or the person has enough; say from time to time how far it is."""
    minutes = 1.0 if given.minutes is None and given.draws is None else given.minutes
    numbers = count(given.first) if given.draws is None else range(given.first, given.first + given.draws)
    said = time.monotonic()
    try:
        for _ in judge.judged(numbers, limit_s=None if minutes is None else 60 * minutes):
            if time.monotonic() - said > EVERY:
                said = time.monotonic()
                console.print(_progress(judge.stream), highlight=False)
    except KeyboardInterrupt:
        console.print("interrupted", highlight=False)


def _progress(stream: Stream) -> str:
    reached = len(stream.coverage.traits)
    words = f"{stream.drawn} drawn, {stream.judged} judged, {reached} traits and {len(stream.coverage.pairs)} pairs"
    return f"{words} reached, worst {stream.worst[0]:.2g}, {len(stream.mistakes)} mistakes in {stream.failures} draws"
