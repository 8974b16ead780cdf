"""Judge adapters again, and say what is better or worse than committed.

The results in the working tree are written anew; what they are compared with is the last commit. The findings of all
that is installed are run as well.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from rnnspec_conformance.deviations import contradicted
from rnnspec_conformance.results import ResultsError, Row, Run, load
from rnnspec_workshop.finding_programs import FINDINGS, elsewhere, missing, why_not

STANDINGS = ("errored", "differs", "unsupported", "passed")
"""What may come of a trial, the worst first."""

SHOWN = 10


class RejudgingError(Exception):
    """An adapter could not be judged again; the message says what was wanted and what came."""


class Changes(NamedTuple):
    """What became of the trials of an adapter, a sentence each."""

    better: list[str]
    worse: list[str]
    other: list[str]


def standing(row: Row) -> str:
    """What came of a trial, one of `STANDINGS`, whatever is recorded of it."""
    contradiction = contradicted(row.reason)
    if contradiction is not None:
        return contradiction.verdict
    return "differs" if row.verdict == "deviates" else row.verdict


def changes(old: Run, new: Run) -> Changes:
    """Which trials became better, which worse, and which there are in one of the runs only."""
    before, after = ({row.trial: standing(row) for row in run.rows} for run in (old, new))
    better: list[str] = []
    worse: list[str] = []
    for trial in before.keys() & after.keys():
        was, now = (STANDINGS.index(standings[trial]) for standings in (before, after))
        if was != now:
            (better if was < now else worse).append(f"{trial}: {STANDINGS[was]} -> {STANDINGS[now]}")
    other = [f"{trial}: is new, {now}" for trial, now in after.items() if trial not in before]
    other += [f"{trial}: is missing, was {was}" for trial, was in before.items() if trial not in after]
    return Changes(sorted(better), sorted(worse), other)


def outdated(run: Run) -> list[str]:
    """The reasons of recorded deviations that do not hold any more, and in how many trials."""
    found = filter(None, (contradicted(row.reason) for row in run.rows))
    counts = Counter(found)
    return [
        f"{reason}: {verdict} in {count}" + (f"; recorded in {entry}" if entry else "")
        for (reason, verdict, entry), count in counts.items()
    ]


def committed(path: Path) -> Run:
    """The results that the last commit has in this file."""
    show = ["git", "show", f"HEAD:./{path.name}"]
    done = subprocess.run(show, cwd=path.parent, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise RejudgingError(f"{path}: wanted committed results, got: {done.stderr.strip()}")
    with TemporaryDirectory() as folder:
        copy = Path(folder, path.name)
        copy.write_text(done.stdout, encoding="utf-8")
        return load(copy)


def files_of(adapter: str, device: str, results: Path) -> list[Path]:
    """The files of results of an adapter on a device."""
    heads = {path: json.loads(path.read_text(encoding="utf-8")) for path in sorted(results.glob("*.json"))}
    wanted = {"adapter": adapter, "device": device, "shard": None}
    found = [path for path, head in heads.items() if wanted.items() <= head.items()]
    if not found:
        raise RejudgingError(f"{results}: wanted results of {adapter} on {device}, got none")
    return found


def judged_again(path: Path) -> Run:
    """Judge what a file of results is about, and write it anew."""
    old = committed(path)
    judging = [sys.executable, "-m", "rnnspec_conformance.cli", "validate", "--jobs", "auto", "--draws", "0"]
    about = ["--adapter", old.adapter, "--device", old.device, "--cases", old.selection, "--results", str(path.parent)]
    done = subprocess.run([*judging, *about], capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode not in (0, 1):
        raise RejudgingError(f"{old.adapter}: wanted a verdict, got: {done.stderr.strip()}")
    return load(path)


def told(old: Run, new: Run) -> list[str]:
    """What there is to say of an adapter that was judged again; one line where nothing has changed."""
    versions = [
        f"{name} {old.provenance.get(name, 'unnamed')} -> {version}"
        for name, version in new.provenance.items()
        if old.provenance.get(name) != version
    ]
    lines = [f"{new.title}: {', '.join(versions) or 'the same versions'}"]
    found = changes(old, new)
    for what, sentences in (*found._asdict().items(), ("recorded deviations that do not hold", outdated(new))):
        if sentences:
            lines.append(f"  {what} ({len(sentences)})")
            lines += [f"    {sentence}" for sentence in sentences[:SHOWN]]
            lines += [f"    and {len(sentences) - SHOWN} more"] if len(sentences) > SHOWN else []
    return lines if len(lines) > 1 else [f"{lines[0]}; every verdict is as it was"]


def mended(findings: Sequence[Path] = FINDINGS) -> tuple[list[str], int]:
    """The findings that do not hold any more, and how many were run: those of what is installed, that hold here."""
    run = [path for path in findings if not missing(path) and not elsewhere(path)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        said = dict(zip(run, pool.map(why_not, run), strict=True))
    return [f"{path.name}: {why}" for path, why in said.items() if why], len(run)


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("adapters", nargs="+", metavar="ADAPTER", help="the name of an adapter that has results")
    parser.add_argument("--device", default="cpu", help="the device of the results (default: cpu)")
    parser.add_argument("--results", type=Path, required=True, help="the folder of the committed results")


def run(given: argparse.Namespace) -> int:
    """Judge again; the exit status is 0 where all is as it was, 1 where something changed, 2 where that failed."""
    changed = False
    try:
        for adapter in given.adapters:
            for path in files_of(adapter, given.device, given.results):
                lines = told(committed(path), judged_again(path))
                print(*lines, sep="\n", flush=True)
                changed |= len(lines) > 1
    except (RejudgingError, ResultsError) as error:
        print(f"rejudge: {error}", file=sys.stderr)
        return 2
    broken, count = mended()
    print(f"findings about what is installed here that hold: {count - len(broken)} of {count}")
    print(*(f"  not {line}\n" for line in broken), sep="", end="")
    return 1 if changed or broken else 0
