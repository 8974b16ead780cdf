"""Kill runs at random moments, go on with each, and say what was left: nothing may be lost.

A run is killed while it judges, keeps rows, or replaces the file of an earlier run. The file has to be whole then, the
earlier one or the new one, and ``--resume`` has to complete it to the bytes of a run that nobody has killed.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from rnnspec_conformance import cli
from rnnspec_conformance.plugin import COMMAND  # noqa: F401 - every copy would import it anew
from rnnspec_conformance.results.file_names import JOURNAL

JUDGED = ["--adapter", "reference", "--case", "*-forward", "--draws", "0", "--results", "results"]
"""The run that is killed: long enough to be met on its way, and short enough to be repeated."""


class LostError(Exception):
    """Something was lost; the message says after how many seconds, and what."""


def run_in(folder: Path, *arguments: str, kill_after: float | None = None) -> int:
    """Run ``rnnspec validate`` in a copy of this process, which has imported all: its exit status, negative if killed.

    Its children end with it, since it has a session of its own.
    """
    child = os.fork()
    if child == 0:
        status = 70
        try:
            os.setsid()
            os.chdir(folder)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            for stream in (1, 2):
                os.dup2(nowhere, stream)
            status = cli.main(["validate", *arguments])
        finally:
            sys.stdout.flush()
            os._exit(status)
    if kill_after is not None:
        time.sleep(kill_after)
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        os.kill(child, signal.SIGKILL)  # it may have had no session yet
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def tell(kills: int, seed: int, more: list[str]) -> Counter[str]:
    """Kill so many runs: how often the file was which, and how many rows were kept.

    Raises
    ------
    LostError
        When a file was neither, or a run that was gone on with has become another.
    """
    rng, found = random.Random(seed), Counter[str]()
    with TemporaryDirectory() as name:
        folder = Path(name)
        began = time.monotonic()
        _want(run_in(folder, *JUDGED, *more) == 0, "a run that nobody has killed came to no end")
        takes = time.monotonic() - began
        (path,) = (folder / "results").glob("*.json")
        new = path.read_bytes()
        earlier = re.sub(rb'"numpy": "[^"]*"', b'"numpy": "1"', re.sub(rb'"ratio": [^,}]*', b'"ratio": 0.99', new))
        _want(earlier != new, "the earlier run is the new one")
        path.write_bytes(earlier)
        run_in(folder, *JUDGED, *more)
        new = path.read_bytes()
        journal = path.with_name(path.name + JOURNAL)
        for _ in range(kills):
            path.write_bytes(earlier)
            after = rng.uniform(0, 1.1 * takes)
            moment = f"killed after {after:.3f} s: "
            status = run_in(folder, *JUDGED, *more, kill_after=after)
            left = path.read_bytes()
            _want(left in (earlier, new), f"{moment}the file is neither the earlier one nor the new one")
            found["killed" if status == -signal.SIGKILL else "ended before it was killed"] += 1
            found["earlier file left" if left == earlier else "new file left"] += 1
            if journal.exists():
                found["journals left"] += 1
                found["rows kept"] += max(0, journal.read_bytes().count(b"\n") - 1)
            _want(run_in(folder, *JUDGED, *more, "--resume") == 0, f"{moment}--resume came to no end")
            _want(path.read_bytes() == new, f"{moment}--resume has made other bytes")
            _want(not journal.exists(), f"{moment}--resume has left a journal")
    return found


def _want(holds: bool, otherwise: str) -> None:
    if not holds:
        raise LostError(otherwise)


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--kills", type=int, default=100, metavar="N", help="how many runs are killed (default: 100)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of the moments (default: 1)")
    parser.add_argument("more", nargs="*", metavar="OPTION", help="options of the runs, behind --, as -- --jobs 2")


def run(given: argparse.Namespace) -> int:
    """Kill runs, and say what was left: the exit status is 1 where something was lost."""
    try:
        found = tell(given.kills, given.seed, given.more)
    except LostError as error:
        print(f"killed-runs: {error}", file=sys.stderr)
        return 1
    print(f"{given.kills} runs: {', '.join(f'{count} {what}' for what, count in found.items())}; nothing was lost")
    return 0
