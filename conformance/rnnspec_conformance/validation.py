"""Judging an adapter from Python, without pytest."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from rnnspec import PRECISIONS
from rnnspec_adapters import Adapter, find_adapter
from rnnspec_conformance.cases import CASES, SELECTIONS
from rnnspec_conformance.defaults import DRAW_S, DRAWS, SEED
from rnnspec_conformance.deviations import of_adapter
from rnnspec_conformance.isolation.judge_process import Isolation
from rnnspec_conformance.isolation.self_description import Named, described
from rnnspec_conformance.results import Run
from rnnspec_conformance.stream.mistakes import stream_of
from rnnspec_conformance.stream.telling import as_json
from rnnspec_conformance.trial import Subject


def validate(
    adapter: str | type[Adapter],
    *,
    device: str = "cpu",
    precisions: Collection[str] | None = None,
    modes: Collection[str] | None = None,
    selection: str = "default",
    patterns: Collection[str] = (),
    deviations: Path | None = None,
    draws: int | None = None,
    seed: int = SEED,
) -> Run:
    """Judge an adapter in this process, as ``rnnspec validate`` does.

    Parameters
    ----------
    adapter
        The name of a registered one, ``package.module:Class``, ``program:COMMAND``, or a class.
    precisions
        Some of `rnnspec.PRECISIONS`; those that the adapter is judged in by default where None.
    modes
        Some of those of the adapter; all where None.
    selection
        One of `SELECTIONS`.
    patterns
        Only the cases whose ids match one of these, as ``lstm-*``; all of the selection where there are none.
    deviations
        A file of recorded deviations; the one that the suite keeps for the adapter, if any, where None.
    draws
        How many problems are drawn after the cases. None: with `patterns` none, else as many as ``rnnspec validate``.
    seed
        Of the draws.

    Returns
    -------
    Run
        A row for each case in each precision and mode. An error or a wrong outcome of the adapter is a verdict in it.

    Raises
    ------
    ValueError
        When a precision, a mode, the selection or all patterns name nothing, or the file of deviations is not valid.
    AdapterError
        When there is no such adapter.
    """
    subject = subject_of(
        adapter,
        device=device,
        precisions=precisions,
        modes=modes,
        selection=selection,
        patterns=patterns,
        deviations=deviations,
    )
    trials = list(subject.trials())
    if not trials:
        raise ValueError(f"patterns: wanted one that matches a case, got {patterns!r}")
    subject.make()
    run = subject.run_of(trial.run().row for trial in trials)
    limit_s = DRAW_S if draws is None else None
    if draws is None:
        draws = 0 if subject.patterns else DRAWS
    return replace(run, stream=as_json(stream_of(subject, draws, seed, limit_s=limit_s))) if draws else run


def subject_of(
    adapter: str | type[Adapter],
    *,
    device: str,
    precisions: Collection[str] | None,
    modes: Collection[str] | None,
    selection: str,
    patterns: Collection[str] = (),
    deviations: Path | None = None,
    isolation: Isolation | None = None,
) -> Subject:
    """What is judged, from the arguments of `validate`: in this process, or in that of `isolation`."""
    if selection not in SELECTIONS:
        raise ValueError(f"selection: wanted one of {', '.join(SELECTIONS)}, got {selection!r}")
    given = adapter if isinstance(adapter, str) else f"{adapter.__module__}:{adapter.__qualname__}"
    found: Named
    if isolation is None:
        found = find_adapter(adapter) if isinstance(adapter, str) else adapter
        description = described(found)
    else:
        found = description = isolation.describe()
    return Subject(
        given=given,
        adapter=found,
        device=device,
        precisions=_some_of("precisions", PRECISIONS, precisions, description.precisions),
        modes=_some_of("modes", found.modes, modes, found.modes),
        selection=selection,
        patterns=tuple([patterns] if isinstance(patterns, str) else patterns),
        deviations=of_adapter(given, description.name, tuple(case.id for case in CASES), deviations),
        isolation=isolation,
    )


def _some_of(
    name: str, allowed: Collection[str], given: Collection[str] | None, default: tuple[str, ...]
) -> tuple[str, ...]:
    if given is None:
        return default
    if isinstance(given, str) or not given or not set(given) <= set(allowed):
        raise ValueError(f"{name}: wanted a list of some of {', '.join(allowed)}, got {given!r}")
    return tuple(given)
