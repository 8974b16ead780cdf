"""``rnnspec validate``: judge an implementation, rule by rule."""

from __future__ import annotations

import argparse
import importlib.util
import re
import sys
from collections import Counter

import pytest
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from rnnspec_adapters.registry import PROGRAM
from rnnspec_conformance import plugin
from rnnspec_conformance.isolation.judge_process import last
from rnnspec_conformance.reports import terminal
from rnnspec_conformance.trial import shown_printed
from rnnspec_conformance.validate_options import OPTIONS, for_pytest


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    judged = parser.add_mutually_exclusive_group(required=True)
    judged.add_argument("--adapter", metavar="NAME", help="a registered adapter, or package.module:Class")
    judged.add_argument("--program", metavar="COMMAND", help="a program that speaks the protocol, in any language")
    for option in OPTIONS:
        option.declare(parser.add_argument, "")
    parser.add_argument("--jobs", metavar="N", help="judge in N processes side by side, or auto (wants pytest-xdist)")


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
    options += ["--rnn-adapter", adapter, *for_pytest(given)]
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
