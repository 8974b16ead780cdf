"""The pytest plugin that judges: trials and results. `pytest_entry` loads it where there is something to judge."""

from __future__ import annotations

import io
import math
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import pytest
from rich.console import Console

import rnnspec
from rnnspec_adapters import AdapterError, find_adapter
from rnnspec_conformance import deviations, results
from rnnspec_conformance.cases import CASES, SELECTIONS
from rnnspec_conformance.defaults import DRAW_S, DRAWS, SEED, TRIAL_S
from rnnspec_conformance.isolation.judge_process import Isolation, Limits
from rnnspec_conformance.isolation.self_description import Description, Named, Provenance, described, told
from rnnspec_conformance.naming import option_of
from rnnspec_conformance.reports import terminal
from rnnspec_conformance.results import Row, Run
from rnnspec_conformance.stream import telling
from rnnspec_conformance.stream.mistakes import Stream, stream_of
from rnnspec_conformance.trial import Subject

COMMAND = "rnnspec-command"
"""The name of the plugin of ``rnnspec validate``; where it is there, options have its names."""

SUBJECT = pytest.StashKey[Subject]()
ROWS = pytest.StashKey[list[Row]]()
PROVENANCE = pytest.StashKey[Provenance]()
STREAM = pytest.StashKey[Stream]()
INTERRUPTED = pytest.StashKey[bool]()

FAILURES = Path("rnnspec-failures")
"""Where the smallest problems of mistakes are kept."""


def pytest_configure(config: pytest.Config) -> None:
    config.stash[ROWS] = []
    config.stash[SUBJECT] = _subject(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    subject = config.stash.get(SUBJECT, None)
    if subject is not None:
        _close(subject.isolation)


def _option(config: pytest.Config, name: str) -> str:
    """An option as it was typed."""
    return f"--{name}" if config.pluginmanager.has_plugin(COMMAND) else f"--rnn-{name}"


def _subject(config: pytest.Config) -> Subject:
    given = config.getoption("rnn_adapter")
    isolation = _isolation(config, given)
    try:
        adapter, description = _described(given, isolation)
        subject = Subject(
            given=given,
            adapter=adapter,
            device=config.getoption("rnn_device"),
            precisions=_list(config, "precision", description.precisions, tuple(rnnspec.PRECISIONS)),
            modes=_list(config, "mode", adapter.modes, adapter.modes),
            selection=config.getoption("rnn_cases"),
            patterns=tuple(config.getoption("rnn_case")),
            shard=_shard(config),
            deviations=_deviations(config, given, adapter.name),
            isolation=isolation,
        )
        _check_trials(config, subject)
        _number(config, "draws", 0)
        _number(config, "seed", 0)
        _positive(config, "draw-time", float)
        if _is_whole(config):
            subject.check_deviations()
        subject.make()
        if _is_whole(config):
            _check_folder(config)
    except (KeyboardInterrupt, pytest.UsageError):
        _close(isolation)
        raise
    except deviations.DeviationError as error:
        _close(isolation)
        raise pytest.UsageError(f"{_option(config, 'deviations')}: {error}") from error
    except BaseException as error:
        _close(isolation)
        option, name = option_of(given) if config.pluginmanager.has_plugin(COMMAND) else ("adapter", given)
        raise pytest.UsageError(_told(_option(config, option), name, error)) from error
    if isolation is not None and _has_workers(config):
        isolation.close()  # this process judges nothing
    return subject


def _check_folder(config: pytest.Config) -> None:
    """Raise `pytest.UsageError`, before the first case, when results cannot be written where they are to be."""
    folder = config.getoption("rnn_results")
    if folder is None or hasattr(config, "workerinput"):
        return
    try:
        place = next(place for place in (folder, *folder.absolute().parents) if place.exists())
        with TemporaryFile(dir=place):
            pass
    except OSError as error:
        option = _option(config, "results")
        raise pytest.UsageError(f"{option}: wanted a folder that can be written to, got {folder}: {error}") from error


def _isolation(config: pytest.Config, given: str) -> Isolation | None:
    seconds = _positive(config, "time-limit", float)
    memory = _positive(config, "memory-limit", int)
    if seconds is None and memory is None and not config.getoption("rnn_isolate"):
        return None
    if os.name != "posix":
        raise pytest.UsageError(f"{_option(config, 'isolate')}: wanted a POSIX system, got {os.name}")
    return Isolation(
        given,
        config.getoption("rnn_device"),
        Limits(seconds=seconds or TRIAL_S, memory=memory or 0),
        config.getoption("rnn_cases"),
    )


def _close(isolation: Isolation | None) -> None:
    if isolation is not None:
        isolation.close()


def _described(given: str, isolation: Isolation | None) -> tuple[Named, Description]:
    """The class of the adapter and what it says of itself, or that alone where the class stays in another process."""
    if isolation is not None:
        description = isolation.describe()
        return description, description
    adapter = find_adapter(given)
    return adapter, described(adapter)


def _told(option: str, given: str, error: BaseException) -> str:
    """Why an adapter cannot be judged, in one line."""
    if isinstance(error, AdapterError) or str(error).startswith("adapter"):
        return f"{option}: {error}"
    return f"{option} {given}: {told(error)}"


def _check_trials(config: pytest.Config, subject: Subject) -> None:
    """Raise `pytest.UsageError` when there is nothing to judge."""
    count = sum(1 for _ in subject.all_trials())
    if not count:
        patterns = " ".join(subject.patterns)
        ids = [case.id for case in SELECTIONS[subject.selection]]
        near = [id for id in ids if any(pattern in id for pattern in subject.patterns)]
        near = near or get_close_matches(patterns, ids)
        meant = f", such as {', '.join(near[:5])}" if near else ""
        raise pytest.UsageError(
            f"{_option(config, 'case')}: wanted a pattern that matches a case{meant}, got {patterns}"
        )
    if subject.shard is not None and subject.shard[1] > count:
        option = _option(config, "shard")
        raise pytest.UsageError(f"{option}: wanted at most {count} parts of {count} trials, got {subject.shard[1]}")


def _deviations(config: pytest.Config, given: str, name: str) -> tuple[deviations.Deviation, ...]:
    ids = tuple(case.id for case in CASES)
    return deviations.of_adapter(given, name, ids, config.getoption("rnn_deviations"))


def _shard(config: pytest.Config) -> tuple[int, int] | None:
    given = config.getoption("rnn_shard")
    if given is None:
        return None
    match = re.fullmatch(r"([1-9]\d*)/([1-9]\d*)", given)
    if match is None or int(match[1]) > int(match[2]):
        option = _option(config, "shard")
        raise pytest.UsageError(f"{option}: wanted a part and the number of parts, as 2/8, got {given!r}")
    return int(match[1]), int(match[2])


def _positive(config: pytest.Config, name: str, kind: Callable[[str], Any]) -> Any:
    given = config.getoption("rnn_" + name.replace("-", "_"))
    if given is None:
        return None
    try:
        value = kind(given)
    except ValueError:
        value = 0
    if not 0 < value < math.inf:
        raise pytest.UsageError(f"{_option(config, name)}: wanted a number above 0, got {given!r}")
    return value


def _list(config: pytest.Config, name: str, default: tuple[str, ...], allowed: tuple[str, ...]) -> tuple[str, ...]:
    given = config.getoption(f"rnn_{name}")
    values = default if given is None else tuple(value.strip() for value in given.split(","))
    for value in values:
        if value not in allowed:
            raise pytest.UsageError(f"{_option(config, name)}: wanted some of {', '.join(allowed)}, got {value!r}")
    return values


def _row(value: object) -> dict[str, Any]:
    assert isinstance(value, dict)
    return value


def _has_workers(config: pytest.Config) -> bool:
    """Whether other processes judge for this one (pytest-xdist)."""
    return bool(config.getoption("numprocesses", None)) and not hasattr(config, "workerinput")


def _is_whole(config: pytest.Config) -> bool:
    """Whether nothing was left out, or nothing but other shards: only such a run is a result."""
    return not _are_chosen(config) and not config.getoption("rnn_precision") and not config.getoption("rnn_mode")


def _are_chosen(config: pytest.Config) -> bool:
    """Whether somebody has chosen cases of the selection."""
    return any(config.getoption(option, None) for option in ("rnn_case", "keyword", "markexpr"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "rnn_trial" not in metafunc.fixturenames:
        return
    trials = list(metafunc.config.stash[SUBJECT].trials())
    metafunc.parametrize("rnn_trial", trials, ids=[trial.id for trial in trials])


class _Collector:
    """Keeps the rows of the trials, whichever process ran them."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.rows = config.stash[ROWS]

    def pytest_keyboard_interrupt(self) -> None:
        self.config.stash[INTERRUPTED] = True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self.rows += [Row.from_json(_row(value)) for name, value in report.user_properties if name == "rnnspec"]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if self.rows and not hasattr(session.config, "workerinput") and exitstatus in FINISHED:
            _draw(session.config)


FINISHED = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)


def draws_of(config: pytest.Config) -> int:
    """How many problems the session draws: none in another shard than the first, and none beside chosen cases."""
    subject = config.stash[SUBJECT]
    is_first = subject.shard is None or subject.shard[0] == 1
    return _number(config, "draws", 0 if _are_chosen(config) else DRAWS) if is_first else 0


def _limit_of(config: pytest.Config) -> float | None:
    """The seconds in which problems are drawn; None where the session was told how many it draws."""
    seconds: float | None = _positive(config, "draw-time", float)
    if seconds is None and config.getoption("rnn_draws") is None:
        return DRAW_S
    return seconds


def _number(config: pytest.Config, name: str, default: int) -> int:
    given = config.getoption(f"rnn_{name}")
    if given is None:
        return default
    if not re.fullmatch(r"\d{1,18}", given):
        raise pytest.UsageError(f"{_option(config, name)}: wanted a number that is not negative, got {given!r}")
    return int(given)


def _draw(config: pytest.Config) -> None:
    """Judge the draws of the session."""
    draws = draws_of(config)
    if not draws:
        return
    screen = config.pluginmanager.get_plugin(COMMAND)
    progress = None if screen is None else screen.drawn
    seed, limit_s = _number(config, "seed", SEED), _limit_of(config)
    config.stash[STREAM] = stream_of(config.stash[SUBJECT], draws, seed, progress, limit_s=limit_s)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    session.config.pluginmanager.register(_Collector(session.config), "rnnspec-collector")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    rows = session.config.stash[ROWS]
    if not rows or hasattr(session.config, "workerinput"):
        return
    stream = session.config.stash.get(STREAM, None)
    failed = stream is not None and bool(stream.failures)
    if not terminal.judged(rows) or failed or _provenance(session.config).error:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _provenance(config: pytest.Config) -> Provenance:
    """What was judged; asked for once."""
    if PROVENANCE not in config.stash:
        config.stash[PROVENANCE] = config.stash[SUBJECT].provenance()
    return config.stash[PROVENANCE]


def run_of(config: pytest.Config) -> Run | None:
    """What the session has judged; None when that is nothing."""
    subject = config.stash.get(SUBJECT, None)
    rows = config.stash[ROWS]
    if subject is None or not rows:
        return None
    stream = config.stash.get(STREAM, None)
    run = subject.run_of(rows, _provenance(config))
    return run if stream is None else replace(run, stream=telling.as_json(stream))


def count_of(config: pytest.Config) -> int:
    """How many trials the session is to judge."""
    return len(list(config.stash[SUBJECT].trials()))


def last_lines(config: pytest.Config, run: Run) -> list[str]:
    """What is said below the table: where the results are, whether the run can be one, and the verdict."""
    error = _provenance(config).error
    said = [write_results(config, run), f"what was judged does not say what it is: {error}" if error else None]
    verdict = terminal.verdict_of(run.rows, run.stream)
    if config.stash.get(INTERRUPTED, False):
        counts = verdict.partition(". ")[0]
        verdict = f"interrupted after {len(run.rows)} of {count_of(config)} trials: {counts}. This is no result"
    return [*_of_stream(config), *filter(None, said), verdict]


def _of_stream(config: pytest.Config) -> Iterator[str]:
    """What is said of the draws, and of each mistake, whose smallest problem is written to a file."""
    stream = config.stash.get(STREAM, None)
    if stream is None:
        return
    yield from telling.told(stream, config.stash[SUBJECT], FAILURES)
    yield ""


def write_results(config: pytest.Config, run: Run) -> str | None:
    """Write the results where that was asked for: a sentence that says what was done, or None."""
    folder = config.getoption("rnn_results")
    if folder is None:
        return None
    if not _is_whole(config) or len(run.rows) != count_of(config):
        return "results are written by whole runs only"
    path, changed = results.write(run, folder)
    return f"results {'written to' if changed else 'unchanged in'} {path}"


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    run = run_of(config)
    if run is None:
        return
    text = io.StringIO()
    terminal.show(run, Console(file=text, width=120))
    terminalreporter.write_line(text.getvalue())
    for line in last_lines(config, run):
        terminalreporter.write_line(line)
