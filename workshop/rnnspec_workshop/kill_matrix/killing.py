"""Every mutant against every case: which cases kill it, and by how much."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_all_start_methods, get_context

from rich.console import Console
from rich.progress import track

from rnnspec_adapters.reference import ReferenceAdapter
from rnnspec_conformance.cases import CASES, SELECTIONS, Case
from rnnspec_conformance.judging import judge
from rnnspec_conformance.mutants import MUTANTS, Mutant

JUDGED_IN = ("float64", "float32")
MARGIN = 10.0
"""The least margin, in units of the tolerance, by which every mutant is to be killed in every precision."""


@dataclass(frozen=True, kw_only=True)
class Kills:
    """The cases that kill a mutant in one precision: case id to the error in units of the tolerance."""

    mutant: Mutant
    precision: str
    ratios: dict[str, float]

    @property
    def margin(self) -> float:
        """The largest ratio; 0 when no case kills it."""
        return max(self.ratios.values(), default=0.0)

    @property
    def best_case(self) -> str:
        """The case that kills it by the largest margin."""
        return max(self.ratios, key=lambda id: self.ratios[id], default="")


def kills(mutant: Mutant, precision: str, cases: Iterable[Case] = SELECTIONS["default"]) -> Kills:
    """Judge a mutant on `cases` in `precision`.

    Raises
    ------
    RuntimeError
        When the mutant raises on a case: it is killed by no margin at all, and that is an error here.
    """
    adapter = mutant.adapter(precision=precision)
    ratios = {}
    for case in cases:
        judgement = judge(case, adapter, precision, explain=False)
        if judgement.verdict == "errored":
            raise RuntimeError(f"{mutant.id} on {case.id}: {judgement.reason}")
        if judgement.verdict == "differs" and judgement.ratio is not None:
            ratios[case.id] = judgement.ratio
    return Kills(mutant=mutant, precision=precision, ratios=ratios)


def matrix(console: Console | None = None, *, selection: str = "default") -> list[Kills]:
    """Every mutant in every precision on the cases of a selection, on all processors."""
    jobs = [(position, precision, selection) for precision in JUDGED_IN for position in range(len(MUTANTS))]
    fork = "fork" if "fork" in get_all_start_methods() else None
    if fork:
        _remember_expectations(selection)  # before forking, so that every process has them
    with ProcessPoolExecutor(max_workers=os.cpu_count(), mp_context=get_context(fork)) as pool:
        ratios = pool.map(_ratios, jobs, chunksize=4)
        shown = track(ratios, "judging mutants", len(jobs), console=console, transient=True) if console else ratios
        return [
            Kills(mutant=MUTANTS[position], precision=precision, ratios=of_job)
            for (position, precision, _), of_job in zip(jobs, shown, strict=True)
        ]


def _ratios(job: tuple[int, str, str]) -> dict[str, float]:
    """The cases that kill a mutant; by its position, since a mutant itself does not travel between processes."""
    position, precision, selection = job
    return kills(MUTANTS[position], precision, SELECTIONS[selection]).ratios


@dataclass(frozen=True, kw_only=True)
class Catch:
    """A mutant that a case says it catches, and by how much it does in one precision; 0 when it does not."""

    case: str
    mutant: str
    precision: str
    ratio: float


def catches_of(cases: Iterable[Case], others: Mapping[str, tuple[str, ...]] | None = None) -> list[Catch]:
    """What every one of `cases` says it catches, tried in every precision on all processors.

    Parameters
    ----------
    others
        By the id of a case, more mutants that are tried on it.
    """
    positions = {case.id: position for position, case in enumerate(CASES)}
    jobs = [(positions[case.id], (others or {}).get(case.id, ())) for case in cases]
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        found = pool.map(_catches_of, jobs, chunksize=8)
        return [catch for of_case in found for catch in of_case]


def _catches_of(job: tuple[int, tuple[str, ...]]) -> list[Catch]:
    position, others = job
    case, by_id = CASES[position], {mutant.id: mutant for mutant in MUTANTS}
    found = []
    for precision in JUDGED_IN:
        for id in dict.fromkeys((*case.catches, *others)):
            ratios = kills(by_id[id], precision, [case]).ratios
            found.append(Catch(case=case.id, mutant=id, precision=precision, ratio=ratios.get(case.id, 0.0)))
    return found


def _remember_expectations(selection: str) -> None:
    for precision in JUDGED_IN:
        adapter = ReferenceAdapter(precision=precision)
        for case in SELECTIONS[selection]:
            judge(case, adapter, precision, explain=False)
