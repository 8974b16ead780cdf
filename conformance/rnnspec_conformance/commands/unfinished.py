"""What ``rnnspec report`` says of a run that was ended: its table so far, and how the rest of it is judged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from shlex import join

from rich.console import Console

from rnnspec_conformance.reports import terminal
from rnnspec_conformance.results import Kept, Run
from rnnspec_conformance.results.file_names import JOURNAL

NO_RESULT = 2


def show(paths: Sequence[Path], console: Console) -> int:
    """Print each run of which there is a journal only; the exit status 2 where there is one, else 0."""
    journals = [path for path in paths if path.suffix == JOURNAL]
    for path in journals:
        kept = Kept.read(path)
        run = kept.run(path)
        terminal.show(run, console)
        so_far = terminal.verdict_of(run.rows).partition(". ")[0]
        line = f"ended after {len(run.rows)} trials: {so_far}. This is no result; what is left: "
        console.print(line + _resuming(kept, run, path), highlight=False, markup=False, soft_wrap=True)
    return NO_RESULT if journals else 0


def _resuming(kept: Kept, run: Run, path: Path) -> str:
    """The command that judges what is left."""
    words = ["rnnspec", "validate", "--adapter", str(kept.head.get("asked_for")), "--device", run.device]
    words += [] if run.selection == "default" else ["--cases", run.selection]
    for option, axis in (("--precision", "precisions"), ("--mode", "modes")):
        words += [option, ",".join(run.chosen[axis])] if axis in run.chosen else []
    for pattern in run.chosen.get("cases", ()):
        words += ["--case", pattern]
    words += [] if run.shard is None else ["--shard", "{}/{}".format(*run.shard)]
    return join([*words, "--results", str(path.parent), "--resume"])
