"""The pytest plugin that judges: trials and results. `pytest_entry` loads it where there is something to judge."""

from __future__ import annotations

import io
import math
import os
import re
from collections.abc import Callable
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import rnnspec
from rnnspec_adapters import AdapterError, find_adapter
from rnnspec_conformance import deviations
from rnnspec_conformance.cases import CASES, SELECTIONS
from rnnspec_conformance.defaults import DRAW_S, DRAWS, SEED, TRIAL_S
from rnnspec_conformance.isolation.judge_process import Isolation, Limits
from rnnspec_conformance.isolation.self_description import Description, Named, Provenance, described, told
from rnnspec_conformance.judging.interrupts import INTERRUPTS
from rnnspec_conformance.keeping import Keeper
from rnnspec_conformance.naming import option_of
from rnnspec_conformance.reports import ending, terminal
from rnnspec_conformance.results import WRONG, ResultsError, Row, Run
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
KEEPER = pytest.StashKey[Keeper]()
WRITTEN = pytest.StashKey[str]()

FAILURES = Path("rnnspec-failures")
"""Where the smallest problems of mistakes are kept."""


def pytest_configure(config: pytest.Config) -> None:
    config.stash[ROWS] = []
    config.stash[SUBJECT] = _subject(config)
    if not hasattr(config, "workerinput"):
        _keep(config)
        config.stash[ROWS] += known_of(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a process that judges for this one (pytest-xdist) what is known already."""
    node.workerinput[KNOWN] = [row.trial for row in known_of(node.config)]


KNOWN = "rnnspec-known"


def known_of(config: pytest.Config) -> tuple[Row, ...]:
    """What is known before the session judges anything: the rows of the run that it goes on with."""
    keeper = config.stash.get(KEEPER, None)
    return () if keeper is None else keeper.known


def left_by(config: pytest.Config) -> str:
    """Where what was judged is when the session is ended; nothing where it is not kept."""
    keeper = config.stash.get(KEEPER, None)
    return "" if keeper is None else keeper.left()


def _keep(config: pytest.Config) -> None:
    """Let rows be kept as they come, where results are asked for and can have a name."""
    folder, resume = config.getoption("rnn_results"), config.getoption("rnn_resume")
    if resume and folder is None:
        wanted = _option(config, "results")
        raise pytest.UsageError(f"{_option(config, 'resume')}: wanted {wanted}, where the results are to be, got none")
    if folder is None:
        return
    if nameless := _nameless(config):
        if resume:
            raise pytest.UsageError(f"{_option(config, 'resume')}: wanted a run that has results; {nameless}")
        return
    subject = config.stash[SUBJECT]
    try:
        config.stash[KEEPER] = Keeper(subject, folder, _provenance(config), resume=resume)
    except OSError as error:
        option = _option(config, "results")
        raise pytest.UsageError(f"{option}: wanted a folder that can be written to, got {folder}: {error}") from error
    except ResultsError as error:
        raise pytest.UsageError(f"{_option(config, 'resume')}: {error}") from error
    finally:
        if subject.isolation is not None and _has_workers(config):
            subject.isolation.close()


def _nameless(config: pytest.Config) -> str:
    """Why what pytest has chosen has no results; nothing where it has chosen nothing."""
    given = [option for option, name in (("-k", "keyword"), ("-m", "markexpr")) if config.getoption(name, None)]
    if not given:
        return ""
    return f"what {' and '.join(given)} chooses has no name; {_option(config, 'case')} chooses cases, which have one"


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
        if values.count(value) > 1:
            raise pytest.UsageError(
                f"{_option(config, name)}: wanted each once, got {value} {values.count(value)} times"
            )
    return values


def _row(value: object) -> dict[str, Any]:
    assert isinstance(value, dict)
    return value


def _has_workers(config: pytest.Config) -> bool:
    """Whether other processes judge for this one (pytest-xdist)."""
    return bool(config.getoption("numprocesses", None)) and not hasattr(config, "workerinput")


def _is_whole(config: pytest.Config) -> bool:
    """Whether nothing was left out, or nothing but other shards."""
    return not _are_chosen(config) and not config.getoption("rnn_precision") and not config.getoption("rnn_mode")


def _are_chosen(config: pytest.Config) -> bool:
    """Whether somebody has chosen cases of the selection."""
    return any(config.getoption(option, None) for option in ("rnn_case", "keyword", "markexpr"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "rnn_trial" not in metafunc.fixturenames:
        return
    config = metafunc.config
    workerinput = getattr(config, "workerinput", None)
    known = {row.trial for row in known_of(config)} if workerinput is None else set(workerinput[KNOWN])
    trials = [trial for trial in config.stash[SUBJECT].trials() if trial.id not in known]
    metafunc.parametrize("rnn_trial", trials, ids=[trial.id for trial in trials])


def rows_of(report: pytest.TestReport) -> list[Row]:
    """The rows of a trial that has just been judged."""
    properties = report.user_properties if report.when == "call" else []
    return [Row.from_json(_row(value)) for name, value in properties if name == "rnnspec"]


class _Collector:
    """Keeps the rows of the trials, whichever process ran them."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.rows = config.stash[ROWS]

    def pytest_keyboard_interrupt(self) -> None:
        self.config.stash[INTERRUPTED] = True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        keeper = self.config.stash.get(KEEPER, None)
        for row in rows_of(report):
            self.rows.append(row)
            if keeper is not None:
                keeper.add(row)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if not self.rows or hasattr(session.config, "workerinput"):
            return
        if exitstatus in FINISHED:
            _draw(session.config)
        if not _write(session.config) or any(row.verdict in WRONG for row in known_of(session.config)):
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


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
    try:
        with INTERRUPTS.seen():
            config.stash[STREAM] = stream_of(config.stash[SUBJECT], draws, seed, progress, limit_s=limit_s)
    except KeyboardInterrupt:
        config.stash[INTERRUPTED] = True


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
    if session.config.stash.get(INTERRUPTED, False):
        session.exitstatus = pytest.ExitCode.INTERRUPTED


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


def tell(config: pytest.Config, run: Run, console: Console, **how: Any) -> None:
    """Print the end of the session; `how` goes to `ending.tell`."""
    *said, verdict = last_lines(config, run)
    draws, mistakes = _of_stream(config)
    ending.tell(console, run, draws=draws, mistakes=mistakes, said=said, verdict=verdict, **how)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """What is said before the first case of a session that goes on with a run."""
    keeper = config.stash.get(KEEPER, None)
    return [] if keeper is None or not config.getoption("rnn_resume") else [keeper.resumed(count_of(config))]


def last_lines(config: pytest.Config, run: Run) -> list[str]:
    """What is said last: where the results are, whether the run can be one, and the verdict."""
    error = _provenance(config).error
    said = [config.stash.get(WRITTEN, None), f"what was judged does not say what it is: {error}" if error else None]
    verdict = terminal.verdict_of(run.rows, run.stream)
    is_interrupted, judged, count = config.stash.get(INTERRUPTED, False), len(run.rows), count_of(config)
    if is_interrupted or (judged < count and not _nameless(config)):
        counts, how = verdict.partition(". ")[0], "interrupted" if is_interrupted else "ended"
        verdict = f"{how} after {judged} of {count} trials: {counts}. This is no result"
    return [*filter(None, said), verdict]


def _of_stream(config: pytest.Config) -> tuple[list[str], list[str]]:
    """What is said of the draws, and of each mistake, whose smallest problem is written to a file."""
    stream = config.stash.get(STREAM, None)
    if stream is None:
        return [], []
    found = list(telling.mistakes_of(stream, config.stash[SUBJECT], FAILURES))
    return [*telling.summary_of(stream), telling.verdict_of(stream)], found


def _write(config: pytest.Config) -> bool:
    """Write the results where that was asked for: False where it was not possible."""
    if config.getoption("rnn_results") is None:
        return True
    keeper, run = config.stash.get(KEEPER, None), run_of(config)
    if keeper is None:
        config.stash[WRITTEN] = f"no results are written: {_nameless(config)}"
        return True
    is_complete = run is not None and len(run.rows) == count_of(config) and not config.stash.get(INTERRUPTED, False)
    if run is None or not is_complete:
        config.stash[WRITTEN] = keeper.left()
        return True
    config.stash[WRITTEN], is_written = keeper.finish(run)
    return is_written


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    run = run_of(config)
    if run is None:
        return
    text = io.StringIO()
    # pytest itself tells every failure
    tell(config, run, Console(file=text, width=120), detail=config.get_verbosity(), fully=0)
    terminalreporter.write_line(text.getvalue())
