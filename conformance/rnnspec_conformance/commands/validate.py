"""``rnnspec validate``: judge an implementation, rule by rule."""

from __future__ import annotations

import argparse
import importlib.util
import re
import sys
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from rnnspec_conformance import plugin
from rnnspec_conformance.commands import one_problem
from rnnspec_conformance.commands.guarding import without_quiet_end
from rnnspec_conformance.commands.judged import add_adapter, name_of
from rnnspec_conformance.isolation.judge_process import last
from rnnspec_conformance.reports import ending, terminal
from rnnspec_conformance.trial import shown_printed
from rnnspec_conformance.validate_options import OPTIONS, for_pytest


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    add_adapter(parser)
    parser.add_argument("--problem", type=Path, metavar="FILE", help="judge the problem of a file, and no case")
    add_how(parser)


def add_how(parser: argparse.ArgumentParser) -> None:
    """Declare how the suite is run and how much is said."""
    for option in OPTIONS:
        option.declare(parser.add_argument, "")
    loudness = parser.add_mutually_exclusive_group()
    loudness.add_argument("-q", "--quiet", action="store_true", help="print what is wrong and the last line only")
    loudness.add_argument("-v", "--verbose", action="store_true", help="print every failure, refusal and rule")
    parser.add_argument("--jobs", metavar="N", help="judge in N processes side by side, or auto (wants pytest-xdist)")


def run(given: argparse.Namespace) -> int:
    """Run pytest over the suite, or judge one problem: the exit status."""
    if given.problem is not None:
        return one_problem.run(given)
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
    options += ["--rnn-adapter", name_of(given), *for_pytest(given)]
    if given.jobs is not None:
        mistake = _mistake_in_jobs(given.jobs)
        if mistake:
            print(f"ERROR: --jobs: {mistake}", file=sys.stderr)
            return int(pytest.ExitCode.USAGE_ERROR)
        options += ["-n", given.jobs, "--dist", "worksteal"]  # contiguous parts: what one has compiled it uses again
    console = Console(width=None if sys.stdout.isatty() else 120)
    screen = _Screen(console, ending.detail_of(given))
    with without_quiet_end(screen.last_words):
        return int(pytest.main(options, plugins=[screen]))


def _mistake_in_jobs(jobs: str) -> str:
    """What is wrong with the number of jobs; nothing when all is well."""
    if not re.fullmatch(r"auto|[1-9]\d*", jobs):
        return f"wanted a number above 0, or auto, got {jobs!r}"
    if importlib.util.find_spec("xdist") is None:
        return "wanted pytest-xdist, which is not installed: pip install pytest-xdist"
    return ""


class _Screen:
    """What `rnnspec validate` shows instead of pytest's own report: progress, and the end of the run."""

    __name__ = plugin.COMMAND

    def __init__(self, console: Console, detail: int) -> None:
        self.console = console
        self.detail = detail
        self.failures: list[str] = []
        self.printed: dict[str, list[str]] = {}
        self.total = 0
        self.done = 0
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        quiet = detail < ending.USUAL
        self.progress = Progress(*columns, console=console, transient=True, disable=quiet)
        self.task: TaskID | None = None
        self.config: pytest.Config | None = None

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self.config = session.config
        self.total = plugin.count_of(session.config)
        known = plugin.known_of(session.config)
        self.done = len(known)
        for line in plugin.pytest_report_header(session.config):
            self.console.print(line, highlight=False, markup=False, soft_wrap=True)
        self.progress.start()
        self.task = self.progress.add_task("judging", total=self.total, completed=self.done)

    def last_words(self) -> str:
        """Where what was judged is kept; nothing where it is not."""
        return "" if self.config is None else plugin.left_by(self.config)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        rows = plugin.rows_of(report)
        self.printed |= {row.trial: _printed(report) for row in rows if report.failed}
        if report.failed and not rows:
            self.failures.append("\n".join([str(report.longrepr), *_printed(report)]))
        if report.when != "teardown" or self.done >= self.total:
            return
        self.done += 1
        if self.task is not None:
            self.progress.advance(self.task)
        loud = self.detail >= ending.USUAL and not self.console.is_terminal
        if loud and self.done * 10 // self.total != (self.done - 1) * 10 // self.total:
            self.console.print(f"judged {self.done} of {self.total}", highlight=False)

    def drawn(self, number: int) -> None:
        """Say how many problems were drawn."""
        if self.task is not None:
            self.progress.update(self.task, description=f"drawn {number + 1}")

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
        plugin.tell(session.config, run, self.console, detail=self.detail, printed=self.printed)


def _printed(report: pytest.TestReport) -> list[str]:
    """What was printed in this process while a trial was judged: the last lines."""
    return shown_printed(last([*report.capstdout.splitlines(), *report.capstderr.splitlines()]))
