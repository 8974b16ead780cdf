"""The soak: conforming implementations under many other seeds; every verdict but ``passed`` would be a false alarm.

The cases of every family are taken in turn, each time with another seed, until as many seeds as asked for were judged
in every precision of the adapter.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table

import rnnspec
from rnnspec_adapters import find_adapter
from rnnspec_conformance import validation
from rnnspec_conformance.cases import CASES, SELECTIONS, Case
from rnnspec_conformance.cases.catalogue import FAMILIES
from rnnspec_conformance.cases.forward import forward_cases
from rnnspec_conformance.judging import forget
from rnnspec_conformance.reports.histogram import EDGES, counts_of
from rnnspec_conformance.trial import Result, Subject, Trial

POOLS = {"all": CASES, "default": SELECTIONS["default"], "forward": forward_cases(CASES)}
"""By selection, the cases to choose from: all there are, those that are judged by default, all without cotangents."""

SCHEMA = 2
SEEDS = 200
FIRST_SEED = 2**32
"""Above all seeds of the cases themselves."""


@dataclass(frozen=True, kw_only=True)
class FamilyResult:
    """What came of one family in one precision.

    Attributes
    ----------
    judged
        Trials that came to a verdict other than a refusal.
    seeds
        Seeds among them.
    alarms
        Trials that differ or erred, each with the way to see it again.
    worst
        The largest ratio of error to tolerance, and its case.
    counts
        How many ratios lie between which edges (`reports.histogram.EDGES`).
    """

    family: str
    precision: str
    judged: int
    seeds: int
    alarms: tuple[str, ...]
    worst: float
    worst_case: str
    counts: tuple[int, ...]

    def as_json(self) -> dict[str, Any]:
        """In JSON values; figures to two digits."""
        values = {name: getattr(self, name) for name in ("family", "precision", "judged", "seeds", "worst_case")}
        return values | {"alarms": list(self.alarms), "worst": float(f"{self.worst:.2g}"), "counts": list(self.counts)}


@dataclass
class _Counts:
    judged: int = 0
    seeds: set[int] = field(default_factory=set)
    alarms: list[str] = field(default_factory=list)
    ratios: list[tuple[float, str]] = field(default_factory=list)

    def add(self, seed: int, result: Result) -> None:
        row = result.row
        if row.verdict in ("unsupported", "deviates"):
            return
        self.judged += 1
        self.seeds.add(seed)
        if row.verdict != "passed":
            what = row.reason or f"{row.field} is {row.ratio:.3g} times its tolerance off"
            self.alarms.append(f"{row.case}, seed {seed}, {row.precision}, {row.mode} {row.verdict}: {what}")
        if row.ratio is not None:
            self.ratios.append((row.ratio, row.case))


def soak(subject: Subject, precision: str, family: str, seeds: int) -> FamilyResult:
    """Judge the cases of `family` in turn under `seeds` new seeds each time one of them is supported."""
    cases = [case for case in POOLS[subject.selection] if case.family == family and precision in case.precisions]
    counts = _Counts()
    numbers = count(FIRST_SEED)
    while cases and len(counts.seeds) < seeds:
        for case in tuple(cases):
            if len(counts.seeds) == seeds:
                break
            seed = next(numbers)
            results = list(_results(subject, precision, case, seed))
            forget()
            if all(result.row.verdict in ("unsupported", "deviates") for result in results):
                cases.remove(case)
            for result in results:
                counts.add(seed, result)
    worst, worst_case = max(counts.ratios, default=(0.0, ""))
    return FamilyResult(
        family=family,
        precision=precision,
        judged=counts.judged,
        seeds=len(counts.seeds),
        alarms=tuple(counts.alarms),
        worst=worst,
        worst_case=worst_case,
        counts=tuple(counts_of([ratio for ratio, _ in counts.ratios])),
    )


def _results(subject: Subject, precision: str, case: Case, seed: int) -> Iterator[Result]:
    reseeded = replace(case, recipe=replace(case.recipe, seed=seed))
    for mode in subject.modes:
        yield Trial(subject=subject, case=reseeded, precision=precision, mode=mode).run()


def precisions_of(adapter: Any, device: str) -> tuple[str, ...]:
    """The precisions that the adapter is judged in unless asked otherwise; all that it offers where it says none."""
    if hasattr(adapter, "precisions"):
        return tuple(adapter.precisions)
    offered = []
    for precision in rnnspec.PRECISIONS:
        try:
            adapter(device=device, precision=precision, mode=adapter.modes[0])
        except ValueError:
            continue
        offered.append(precision)
    return tuple(offered)


def dump(subject: Subject, provenance: Mapping[str, str], seeds: int, results: Sequence[FamilyResult]) -> str:
    """The file: one line for each family and precision."""
    head = {
        "schema": SCHEMA,
        "soak": subject.adapter.name,
        "device": subject.device,
        "specification": rnnspec.__version__,
        "provenance": dict(provenance),
        "selection": subject.selection,
        "seeds": seeds,
        "edges": [float(f"{edge:.3g}") for edge in EDGES],
    }
    lines = ",\n".join("    " + json.dumps(result.as_json(), ensure_ascii=False) for result in results)
    return json.dumps(head, indent=2, ensure_ascii=False)[:-2] + f',\n  "families": [\n{lines}\n  ]\n}}\n'


def show(results: Sequence[FamilyResult], console: Console) -> None:
    """Print a line for each family and precision."""
    table = Table("family", "precision", box=box.SIMPLE_HEAD)
    for title in ("seeds", "judged", "false alarms", "worst ratio"):
        table.add_column(title, justify="right")
    table.add_column("worst case")
    for result in results:
        figures = (result.seeds, result.judged, len(result.alarms), f"{result.worst:.2g}")
        table.add_row(result.family, result.precision, *map(str, figures), result.worst_case)
    console.print(table)
    for result in results:
        for alarm in result.alarms:
            console.print(f"false alarm: {alarm}", highlight=False, markup=False)


@cache
def subject_of(given: str, device: str, precisions: str | None, selection: str) -> Subject:
    """The implementation, made once in each process, in these precisions or in all that it offers."""
    adapter = find_adapter(given)
    asked = tuple(precisions.split(",")) if precisions else precisions_of(adapter, device)
    return validation.subject_of(given, device=device, precisions=asked, modes=None, selection=selection)


def _soaked(judged: tuple[str, str, str], precision: str, family: str, seeds: int) -> FamilyResult:
    given, device, selection = judged
    return soak(subject_of(given, device, None, selection), precision, family, seeds)


def all_families(subject: Subject, seeds: int, console: Console) -> list[FamilyResult]:
    """Every family in every precision, on all processors, in processes that no framework was loaded before."""
    pairs = [(precision, family) for precision in subject.precisions for family in FAMILIES]
    judged = (subject.given, subject.device, subject.selection)
    with ProcessPoolExecutor(max_workers=os.cpu_count(), mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(_soaked, judged, precision, family, seeds) for precision, family in pairs]
        results = []
        for position, soaked in enumerate(track(waiting, "soaking", console=console, transient=True), start=1):
            results.append(soaked.result())
            if not console.is_terminal:
                done = results[-1]
                console.print(f"soaked {position} of {len(pairs)}: {done.family} in {done.precision}", highlight=False)
        return results


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--adapter", required=True, metavar="NAME", help="a registered adapter, or module:Class")
    parser.add_argument("--device", default="cpu", metavar="DEVICE", help="cpu (default) or cuda")
    parser.add_argument("--cases", default="all", choices=tuple(POOLS), help="the cases to choose from (default: all)")
    parser.add_argument(
        "--precision", metavar="LIST", help="precisions, separated by commas (default: those of the adapter)"
    )
    parser.add_argument("--seeds", type=int, default=SEEDS, metavar="N", help=f"seeds a family (default {SEEDS})")
    parser.add_argument("--results", type=Path, metavar="FOLDER", help="write soak-NAME-DEVICE.json there")


def run(given: argparse.Namespace) -> int:
    """Soak an adapter: the exit status is 0 only when something was judged and nothing gave an alarm."""
    console = Console()
    subject = subject_of(given.adapter, given.device, given.precision, given.cases)
    results = all_families(subject, given.seeds, console)
    show(results, console)
    if given.results:
        provenance = subject.instance(subject.precisions[0], subject.modes[0]).provenance()
        text = dump(subject, provenance, given.seeds, results)
        (given.results / f"soak-{subject.adapter.name}-{given.device}.json").write_text(text, encoding="utf-8")
    alarms = sum(len(result.alarms) for result in results)
    judged = sum(result.judged for result in results)
    console.print(f"{judged} trials under {given.seeds} seeds a family: {alarms} false alarms", highlight=False)
    return 0 if judged and not alarms else 1
