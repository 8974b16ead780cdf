"""The pytest plugin: options, trials, results. Run by ``pytest --pyargs rnnspec_conformance --rnn-adapter ..``."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import rnnspec
from rnnspec_adapters import Adapter, AdapterError, find_adapter
from rnnspec_conformance import deviations, report, results
from rnnspec_conformance.cases import CASES, SELECTIONS
from rnnspec_conformance.results import Row, Run
from rnnspec_conformance.trial import Subject

DEFAULT_DTYPES = ("float64", "float32")
SUBJECT = pytest.StashKey[Subject]()
ROWS = pytest.StashKey[list[Row]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("rnnspec", "rnnspec: conformance of recurrent layers")
    group.addoption("--rnn-adapter", metavar="NAME", help="a registered adapter, or package.module:Class")
    group.addoption("--rnn-device", default="cpu", metavar="DEVICE", help="cpu (default) or cuda")
    group.addoption(
        "--rnn-dtype", metavar="LIST", help=f"arithmetics, separated by commas (default {','.join(DEFAULT_DTYPES)})"
    )
    group.addoption("--rnn-mode", metavar="LIST", help="modes of the adapter, separated by commas (default: all)")
    group.addoption(
        "--rnn-cases", default="default", choices=tuple(SELECTIONS), help="the selection of cases (default: default)"
    )
    group.addoption(
        "--rnn-case", action="append", default=[], metavar="PATTERN", help="only these cases; may be repeated"
    )
    group.addoption("--rnn-deviations", type=Path, metavar="FILE", help="recorded deviations (default: those packaged)")
    group.addoption("--rnn-results", type=Path, metavar="FOLDER", help="write the result of a whole run there")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[ROWS] = []
    if config.getoption("rnn_adapter"):
        config.stash[SUBJECT] = _subject(config)


def _subject(config: pytest.Config) -> Subject:
    given = config.getoption("rnn_adapter")
    try:
        adapter = find_adapter(given)
    except AdapterError as error:
        raise pytest.UsageError(f"--rnn-adapter: {error}") from error
    case_ids = tuple(case.id for case in CASES)
    try:
        path = config.getoption("rnn_deviations") or deviations.packaged(adapter.name)
        subject = Subject(
            given=given,
            adapter=adapter,
            device=config.getoption("rnn_device"),
            dtypes=_list(config.getoption("rnn_dtype"), _dtypes(adapter), tuple(rnnspec.ARITHMETICS), "--rnn-dtype"),
            modes=_list(config.getoption("rnn_mode"), adapter.modes, adapter.modes, "--rnn-mode"),
            selection=config.getoption("rnn_cases"),
            patterns=tuple(config.getoption("rnn_case")),
            deviations=deviations.load(path, case_ids) if path else (),
        )
        if _is_whole(config):
            subject.check_deviations()
        for dtype in subject.dtypes:
            for mode in subject.modes:
                subject.instance(dtype, mode)
    except pytest.UsageError:
        raise
    except (deviations.DeviationError, OSError, ValueError) as error:
        raise pytest.UsageError(f"--rnn-adapter {given}: {error}") from error
    except Exception as error:
        raise pytest.UsageError(f"--rnn-adapter {given}: {type(error).__name__}: {error}") from error
    if not any(subject.trials()):
        raise pytest.UsageError(f"--rnn-case: wanted a pattern that matches a case, got {' '.join(subject.patterns)}")
    return subject


def _dtypes(adapter: type[Adapter]) -> tuple[str, ...]:
    """The arithmetics that are judged where none is asked for: those that the adapter lists, if it lists any."""
    listed: tuple[str, ...] = getattr(adapter, "dtypes", DEFAULT_DTYPES)
    return listed


def _row(value: object) -> dict[str, Any]:
    assert isinstance(value, dict)
    return value


def _list(given: str | None, default: tuple[str, ...], allowed: tuple[str, ...], option: str) -> tuple[str, ...]:
    values = default if given is None else tuple(value.strip() for value in given.split(","))
    for value in values:
        if value not in allowed:
            raise pytest.UsageError(f"{option}: wanted some of {', '.join(allowed)}, got {value!r}")
    return values


def _is_whole(config: pytest.Config) -> bool:
    """Whether nothing was left out: only such a run is a result."""
    narrowed = ("rnn_dtype", "rnn_mode", "rnn_case", "keyword", "markexpr")
    return not any(config.getoption(option, None) for option in narrowed)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "rnn_trial" not in metafunc.fixturenames:
        return
    subject = metafunc.config.stash.get(SUBJECT, None)
    if subject is None:
        raise pytest.UsageError("--rnn-adapter: wanted the implementation to judge, got nothing")
    trials = list(subject.trials())
    metafunc.parametrize("rnn_trial", trials, ids=[trial.id for trial in trials])


class _Collector:
    """Keeps the rows of the trials, whichever process ran them."""

    def __init__(self, config: pytest.Config) -> None:
        self.rows = config.stash[ROWS]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self.rows += [Row.from_json(_row(value)) for name, value in report.user_properties if name == "rnnspec"]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    session.config.pluginmanager.register(_Collector(session.config), "rnnspec-collector")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    rows = session.config.stash[ROWS]
    if rows and not report.judged(rows):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def run_of(config: pytest.Config) -> Run | None:
    """What the session has judged; None when that is nothing."""
    subject = config.stash.get(SUBJECT, None)
    rows = config.stash[ROWS]
    if subject is None or not rows:
        return None
    provenance = subject.instance(subject.dtypes[0], subject.modes[0]).provenance()
    order = {trial.id: position for position, trial in enumerate(subject.trials())}
    return Run(
        adapter=subject.adapter.name,
        device=subject.device,
        specification=rnnspec.__version__,
        provenance=provenance,
        selection=subject.selection,
        dtypes=subject.dtypes,
        modes=subject.modes,
        rows=sorted(rows, key=lambda row: order[f"{row.case}-{row.dtype}-{row.mode}"]),
    )


def write_results(config: pytest.Config, run: Run) -> str | None:
    """Write the results where that was asked for: a sentence that says what was done, or None."""
    folder = config.getoption("rnn_results")
    if folder is None:
        return None
    if not _is_whole(config) or len(run.rows) != len(list(config.stash[SUBJECT].trials())):
        return "results are written by whole runs only"
    path, changed = results.write(run, folder)
    return f"results {'written to' if changed else 'unchanged in'} {path}"


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    run = run_of(config)
    if run is None:
        return
    text = io.StringIO()
    report.show(run, Console(file=text, width=120))
    terminalreporter.write_line(text.getvalue())
    for line in (write_results(config, run), report.verdict_of(run.rows)):
        if line:
            terminalreporter.write_line(line)
