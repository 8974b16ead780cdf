"""``rnnspec validate``: judge an implementation, rule by rule."""

from __future__ import annotations

import argparse
import importlib.util
import re
import sys
from collections import Counter
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from rnnspec_adapters.registry import PROGRAM
from rnnspec_conformance import plugin
from rnnspec_conformance.cases import SELECTIONS
from rnnspec_conformance.isolation.process import SECONDS, last
from rnnspec_conformance.reports import terminal
from rnnspec_conformance.trial import shown_printed


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    judged = parser.add_mutually_exclusive_group(required=True)
    judged.add_argument("--adapter", metavar="NAME", help="a registered adapter, or package.module:Class")
    judged.add_argument("--program", metavar="COMMAND", help="a program that speaks the protocol, in any language")
    parser.add_argument("--device", default="cpu", metavar="DEVICE", help="cpu (default) or cuda")
    parser.add_argument("--dtype", metavar="LIST", help="arithmetics, separated by commas (default float64,float32)")
    parser.add_argument("--mode", metavar="LIST", help="modes of the adapter, separated by commas (default: all)")
    parser.add_argument(
        "--cases", default="default", choices=tuple(SELECTIONS), help="the selection of cases (default: default)"
    )
    parser.add_argument("--case", action="append", default=[], metavar="PATTERN", help="only these cases; repeatable")
    parser.add_argument("--shard", metavar="K/N", help="only part K of N parts of the trials")
    parser.add_argument("--jobs", metavar="N", help="judge in N processes side by side, or auto (wants pytest-xdist)")
    parser.add_argument("--isolate", action="store_true", help="judge every trial in a process that may crash or hang")
    parser.add_argument(
        "--time-limit", metavar="SECONDS", help=f"what a trial may take, isolated (default {SECONDS:g})"
    )
    parser.add_argument("--memory-limit", metavar="MIB", help="what that process may hold, isolated (default: all)")
    parser.add_argument("--deviations", type=Path, metavar="FILE", help="recorded deviations (default: those packaged)")
    parser.add_argument("--results", type=Path, metavar="FOLDER", help="write the result of a whole run there")


def run(given: argparse.Namespace) -> int:
    """Run pytest over the suite: the exit status."""
    options = [
        "--pyargs",
        "rnnspec_conformance.suite",
        "-p",
        "no:terminal",
        "-p",
        "no:cacheprovider",
        "-c",
        "/dev/null",
    ]
    adapter = given.adapter or f"{PROGRAM}{given.program}"
    options += ["--rnn-adapter", adapter, "--rnn-device", given.device, "--rnn-cases", given.cases]
    for name in ("dtype", "mode", "shard", "time-limit", "memory-limit", "deviations", "results"):
        value = getattr(given, name.replace("-", "_"))
        options += [] if value is None else [f"--rnn-{name}", str(value)]
    for pattern in given.case:
        options += ["--rnn-case", pattern]
    if given.isolate:
        options.append("--rnn-isolate")
    if given.jobs is not None:
        mistake = _mistake_in_jobs(given.jobs)
        if mistake:
            print(f"ERROR: --jobs: {mistake}", file=sys.stderr)
            return int(pytest.ExitCode.USAGE_ERROR)
        options += ["-n", given.jobs, "--dist", "worksteal"]  # contiguous parts: what one has compiled it uses again
    console = Console(width=None if sys.stdout.isatty() else 120)
    return int(pytest.main(options, plugins=[_Screen(console)]))


def _mistake_in_jobs(jobs: str) -> str:
    """What is wrong with the number of jobs; nothing when all is well."""
    if not re.fullmatch(r"auto|[1-9]\d*", jobs):
        return f"wanted a number above 0, or auto, got {jobs!r}"
    if importlib.util.find_spec("xdist") is None:
        return "wanted pytest-xdist, which is not installed: pip install pytest-xdist"
    return ""


class _Screen:
    """What `rnnspec validate` shows instead of pytest's own report: progress, failures, the table, one last line."""

    __name__ = plugin.COMMAND

    def __init__(self, console: Console) -> None:
        self.console = console
        self.counts: Counter[str] = Counter()
        self.failures: list[str] = []
        self.total = 0
        self.done = 0
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self.progress = Progress(*columns, console=console, transient=True)
        self.task: TaskID | None = None

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self.total = plugin.count_of(session.config)
        self.progress.start()
        self.task = self.progress.add_task("judging", total=self.total)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failures.append("\n".join([str(report.longrepr), *_printed(report)]))
        if report.when != "teardown":
            return
        self.done += 1
        if self.task is not None:
            self.progress.advance(self.task)
        if not self.console.is_terminal and self.done * 10 // self.total != (self.done - 1) * 10 // self.total:
            self.console.print(f"judged {self.done} of {self.total}", highlight=False)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failures.append(str(report.longrepr))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self.progress.stop()
        for failure in self.failures:
            self.console.print(failure, highlight=False, markup=False, soft_wrap=True)
        run = plugin.run_of(session.config)
        if run is None:
            self.console.print(terminal.verdict_of([]))
            return
        terminal.show(run, self.console)
        for line in plugin.last_lines(session.config, run):
            self.console.print(line, highlight=False, markup=False, soft_wrap=True)


def _printed(report: pytest.TestReport) -> list[str]:
    """What was printed in this process while a trial was judged: the last lines."""
    return shown_printed(last([*report.capstdout.splitlines(), *report.capstderr.splitlines()]))
