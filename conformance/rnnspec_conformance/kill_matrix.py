"""The kill matrix: every mutant against every case, in float64 and in float32.

``python -m rnnspec_conformance.kill_matrix --results FOLDER`` computes it, prints it and writes ``mutants.json``.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table

from rnnspec_adapters.reference import ReferenceAdapter
from rnnspec_conformance.cases import CASES, Case
from rnnspec_conformance.judge import judge
from rnnspec_conformance.mutants import MUTANTS, Mutant
from rnnspec_conformance.rules import sort_key

DTYPES = ("float64", "float32")
MARGIN = 10.0
"""The least margin, in units of the allowance, by which every mutant is to be killed in every dtype."""


@dataclass(frozen=True, kw_only=True)
class Kills:
    """The cases that kill a mutant in one dtype: case id to the error in units of the allowance."""

    mutant: Mutant
    dtype: str
    ratios: dict[str, float]

    @property
    def margin(self) -> float:
        """The largest ratio; 0 when no case kills it."""
        return max(self.ratios.values(), default=0.0)

    @property
    def best_case(self) -> str:
        """The case that kills it by the largest margin."""
        return max(self.ratios, key=lambda id: self.ratios[id], default="")


def kills(mutant: Mutant, dtype: str, cases: Iterable[Case] = CASES) -> Kills:
    """Judge a mutant on `cases` in `dtype`. A mutant that raises is killed by no margin at all: it is an error here."""
    adapter = mutant.adapter(dtype=dtype)
    ratios = {}
    for case in cases:
        judgement = judge(case, adapter, dtype, explain=False)
        if judgement.verdict == "errored":
            raise RuntimeError(f"{mutant.id} on {case.id}: {judgement.reason}")
        if judgement.verdict == "differs" and judgement.ratio is not None:
            ratios[case.id] = judgement.ratio
    return Kills(mutant=mutant, dtype=dtype, ratios=ratios)


def matrix(console: Console | None = None) -> list[Kills]:
    """Every mutant in every dtype, on all processors."""
    pairs = [(position, dtype) for dtype in DTYPES for position in range(len(MUTANTS))]
    fork = "fork" if "fork" in get_all_start_methods() else None
    if fork:
        _remember_expectations()  # before forking, so that every process has them
    with ProcessPoolExecutor(max_workers=os.cpu_count(), mp_context=get_context(fork)) as pool:
        ratios = pool.map(_ratios, pairs, chunksize=4)
        shown = track(ratios, "judging mutants", len(pairs), console=console, transient=True) if console else ratios
        return [
            Kills(mutant=MUTANTS[position], dtype=dtype, ratios=of_pair)
            for (position, dtype), of_pair in zip(pairs, shown, strict=True)
        ]


def _ratios(pair: tuple[int, str]) -> dict[str, float]:
    """The cases that kill a mutant; by its position, since a mutant itself does not travel between processes."""
    position, dtype = pair
    return kills(MUTANTS[position], dtype).ratios


def _remember_expectations() -> None:
    for dtype in DTYPES:
        adapter = ReferenceAdapter(dtype=dtype)
        for case in CASES:
            judge(case, adapter, dtype, explain=False)


def summary(rows: Sequence[Kills]) -> list[dict[str, Any]]:
    """One entry a mutant, by the number of its rule: cases that kill it, margins by dtype, the best case."""
    by_mutant: dict[str, list[Kills]] = {}
    for row in rows:
        by_mutant.setdefault(row.mutant.id, []).append(row)
    entries = [
        {
            "id": of_mutant[0].mutant.id,
            "rule": of_mutant[0].mutant.rule,
            "sentence": of_mutant[0].mutant.sentence,
            "killed_by": {row.dtype: len(row.ratios) for row in of_mutant},
            "margin": {row.dtype: _figure(row.margin) for row in of_mutant},
            "best_case": of_mutant[0].best_case,
        }
        for of_mutant in by_mutant.values()
    ]
    return sorted(entries, key=lambda entry: (sort_key(str(entry["rule"])), str(entry["id"])))


def _figure(margin: float) -> float | None:
    """One digit, so that the file hardly depends on the machine; None where no number can say it."""
    return None if math.isinf(margin) else float(f"{margin:.1g}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Compute, print and, where asked for, write the matrix; the exit status is 0 only when every mutant is killed."""
    parser = argparse.ArgumentParser(prog="kill_matrix", description=__doc__)
    parser.add_argument("--results", type=Path, metavar="FOLDER", help="write mutants.json there")
    given = parser.parse_args(arguments)
    console = Console()
    rows = matrix(console)
    entries = summary(rows)
    table = Table("rule", "wrong reading", box=box.SIMPLE_HEAD)
    for dtype in DTYPES:
        table.add_column(f"killed by\n{dtype}", justify="right")
        table.add_column(f"margin\n{dtype}", justify="right")
    for entry in entries:
        cells = []
        for dtype in DTYPES:
            margin = entry["margin"][dtype]
            cells += [str(entry["killed_by"][dtype]), "no number" if margin is None else f"{margin:.0e}"]
        table.add_row(entry["rule"], entry["sentence"], *cells)
    console.print(table)
    if given.results:
        lines = ",\n".join("    " + json.dumps(entry, ensure_ascii=False) for entry in entries)
        text = f'{{\n  "schema": 1,\n  "cases": {len(CASES)},\n  "mutants": [\n{lines}\n  ]\n}}\n'
        (given.results / "mutants.json").write_text(text, encoding="utf-8")
    weakest = min(rows, key=lambda row: row.margin)
    alive = sorted({row.mutant.id for row in rows if row.margin < MARGIN})
    console.print(
        f"{len(entries)} mutants, {len(entries) - len(alive)} killed by at least {MARGIN:g} times the allowance in "
        f"{' and '.join(DTYPES)}; the smallest margin is {weakest.margin:.3g} ({weakest.mutant.id}, {weakest.dtype})",
        highlight=False,
    )
    if alive:
        console.print(f"not killed: {', '.join(alive)}", highlight=False)
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main())
