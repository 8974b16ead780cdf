"""A run held against the catalogue that is installed: whether its file can be what it says it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

import rnnspec
from rnnspec import PRECISIONS
from rnnspec_conformance.cases import SELECTIONS
from rnnspec_conformance.results.files import ResultsError
from rnnspec_conformance.results.run import Run
from rnnspec_conformance.results.shards import dealt
from rnnspec_conformance.results.whole import Key, trials_of
from rnnspec_conformance.rules import known_rules


def check_against_catalogue(where: str, run: Run) -> None:
    """Raise `ResultsError` unless the rows of a run are those of its selection, and its rules those of the text.

    Nothing is known here of a run of another version of the specification.
    """
    if run.specification != rnnspec.__version__:
        return
    unknown = [precision for precision in run.precisions if precision not in PRECISIONS]
    if unknown:
        raise ResultsError(f"{where}: precisions: wanted some of {', '.join(PRECISIONS)}, got {unknown[0]!r}")
    if run.selection not in SELECTIONS:
        raise ResultsError(f"{where}: selection: wanted one of {', '.join(SELECTIONS)}, got {run.selection!r}")
    strange = next((row for row in run.rows if row.rule is not None and row.rule not in known_rules()), None)
    if strange is not None:
        raise ResultsError(f"{where}: {strange.trial}: rule: wanted one of the specification, got {strange.rule!r}")
    wanted = list(_trials(where, run))
    _check_rows(where, wanted, [(row.case, row.precision, row.mode) for row in run.rows])


def _trials(where: str, run: Run) -> Iterable[Key]:
    """The trials of the run, in the order of the catalogue."""
    patterns = run.chosen.get("cases", ("*",))
    keys = [key for key in trials_of(run) if any(fnmatchcase(key[0], pattern) for pattern in patterns)]
    if run.shard is None:
        return keys
    if run.shard[1] > len(keys):
        raise ResultsError(
            f"{where}: shard: wanted at most {len(keys)} parts of {len(keys)} trials, got {run.shard[1]}"
        )
    ids = dealt(("-".join(key) for key in keys), run.shard)
    return [key for key in keys if "-".join(key) in ids]


def _check_rows(where: str, wanted: Sequence[Key], got: Sequence[Key]) -> None:
    if wanted == got:
        return
    has, known = set(got), set(wanted)
    for key in got:
        if key not in known:
            raise ResultsError(f"{where}: results: wanted rows of this selection only, got {'-'.join(key)}")
    missing = ["-".join(key) for key in wanted if key not in has]
    if missing:
        wanted_rows = f"wanted all {len(wanted)} rows of this selection"
        raise ResultsError(f"{where}: results: {wanted_rows}, got {len(got)}: {missing[0]} is missing")
    raise ResultsError(f"{where}: results: wanted the rows in the order of the catalogue, got another one")
