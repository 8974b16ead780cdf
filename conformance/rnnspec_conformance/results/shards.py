"""Shards of one run, made the run again that was never cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

import rnnspec
from rnnspec_conformance.cases import SELECTIONS, Case
from rnnspec_conformance.processor import PROCESSOR
from rnnspec_conformance.results.files import ResultsError
from rnnspec_conformance.results.run import Run

SHOWN = 5


def merge(shards: Mapping[str, Run]) -> Run:
    """The run that these are all shards of, its rows in the order of the catalogue.

    Parameters
    ----------
    shards
        Each under the name by which a message is to call it, as its path.

    Raises
    ------
    ResultsError
        When one is no shard or of another run, when a shard is missing or there twice, and when a trial is.
    """
    _check_heads(shards)
    run = next(iter(shards.values()))
    _check_shards(shards)
    cases = _cases(run)
    position = {
        (case.id, precision, mode): number
        for number, (precision, mode, case) in enumerate(
            (precision, mode, case) for precision in run.precisions for mode in run.modes for case in cases
        )
        if precision in case.precisions
    }
    rows = [row for shard in shards.values() for row in shard.rows]
    counts = Counter((row.case, row.precision, row.mode) for row in rows)
    _refuse("trials of this selection only", "also", (key for key in counts if key not in position))
    _refuse("every trial once", "several times", (key for key, count in counts.items() if count > 1))
    _refuse("every trial", "none for", (key for key in position if key not in counts))
    rows.sort(key=lambda row: position[row.case, row.precision, row.mode])
    stream = next((shard.stream for shard in shards.values() if shard.stream is not None), None)
    return replace(run, shard=None, rows=rows, stream=stream, provenance=_provenance(shards.values()))


def _provenance(shards: Iterable[Run]) -> dict[str, str]:
    """That of all, with every processor that took part."""
    of_all = [dict(shard.provenance) for shard in shards]
    processors = dict.fromkeys(one[PROCESSOR] for one in of_all if PROCESSOR in one)
    return {**of_all[0], **({PROCESSOR: ", ".join(processors)} if processors else {})}


def _cases(run: Run) -> tuple[Case, ...]:
    if run.specification != rnnspec.__version__:
        raise ResultsError(
            f"specification: wanted {rnnspec.__version__}, whose cases are installed here, got {run.specification}"
        )
    if run.selection not in SELECTIONS:
        raise ResultsError(f"selection: wanted one of {', '.join(SELECTIONS)}, got {run.selection!r}")
    return SELECTIONS[run.selection]


def _check_heads(shards: Mapping[str, Run]) -> None:
    if not shards:
        raise ResultsError("shards: wanted at least one, got none")
    heads = {name: {**run.head(), "shard": None} for name, run in shards.items()}
    for head in heads.values():
        head["provenance"].pop(PROCESSOR, None)  # shards may be judged on machines of several kinds
    (first, wanted), *others = heads.items()
    for name, head in others:
        for entry, value in wanted.items():
            if head[entry] != value:
                raise ResultsError(f"{name}: {entry}: wanted {value!r} as in {first}, got {head[entry]!r}")


def _check_shards(shards: Mapping[str, Run]) -> None:
    seen: dict[int, str] = {}
    total = None
    for name, run in shards.items():
        if run.shard is None:
            raise ResultsError(f"{name}: shard: wanted one, got a whole run")
        number, of = run.shard
        total = total or of
        if of != total:
            raise ResultsError(f"{name}: shard: wanted one of {total}, got one of {of}")
        if number in seen:
            raise ResultsError(f"{name}: shard: wanted each once, got {number} of {of} also in {seen[number]}")
        seen[number] = name
    missing = [str(number) for number in range(1, (total or 0) + 1) if number not in seen]
    if missing:
        raise ResultsError(f"shards: wanted all {total}, got no {', '.join(missing)}")


def _refuse(wanted: str, got: str, keys: Iterable[tuple[str, str, str]]) -> None:
    names = ["-".join(key) for key in keys]
    if names:
        more = "" if len(names) <= SHOWN else f" and {len(names) - SHOWN} more"
        raise ResultsError(f"results: wanted {wanted}, got {got} {', '.join(names[:SHOWN])}{more}")
