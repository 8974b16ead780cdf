"""Compute the kill matrix and, where asked for, write it: the site shows it."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from rnnspec_conformance.cases import SELECTIONS
from rnnspec_workshop.kill_matrix.kill_matrix_json import Report, settle, suite_report
from rnnspec_workshop.kill_matrix.killing import JUDGED_IN, MARGIN, Kills, matrix

SUITE_FILE = "mutants.json"
ONNX_FILE = "onnx-node-tests.json"
SHOWN = 6


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument(
        "--results", type=Path, metavar="FOLDER", help=f"write {SUITE_FILE} and {ONNX_FILE} there, where they differ"
    )
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a file there differs")
    parser.add_argument("--cases", choices=tuple(SELECTIONS), default="default", help="the selection of cases")
    parser.add_argument("--only", choices=("suite", "onnx"), help="leave the other part out")
    parser.set_defaults(refuse=parser.error)


def run(given: argparse.Namespace) -> int:
    """Compute and, where asked for, write or check the matrix; print what it comes to.

    Returns
    -------
    int
        0 only when every mutant is killed by the margin, the reference passes every node test, and with ``--check`` the
        files are as computed.
    """
    if given.check and not given.results:
        given.refuse("--check: wanted --results FOLDER with the files to check, got none")
    if given.only != "suite" and importlib.util.find_spec("onnx") is None:
        given.refuse(
            "the package onnx, whose node tests are a part of the matrix, is not installed; install it, or leave that "
            "part out with --only suite"
        )
    console = Console()
    reports: dict[str, Report] = {}
    rows: list[Kills] = []
    if given.only != "onnx":
        rows = matrix(console, selection=given.cases)
        reports[SUITE_FILE] = suite_report(rows, selection=given.cases, cases=len(SELECTIONS[given.cases]))
    if given.only != "suite":
        # Imported here alone: this part needs onnx, the other does not.
        onnx_part = importlib.import_module("rnnspec_workshop.onnx_node_tests.node_tests_json")
        reports[ONNX_FILE] = onnx_part.report(console)
    for name in (SUITE_FILE, ONNX_FILE):
        if name not in reports:
            console.print(f"--only {given.only}: {name} was left out", highlight=False)
    sound = [_all_killed(rows, console), _reference_passes(reports.get(ONNX_FILE), console)]
    if given.results:
        sound.append(_settled(reports, given.results, console, check=given.check))
    return 0 if all(sound) else 1


def _all_killed(rows: Sequence[Kills], console: Console) -> bool:
    if not rows:
        return True
    mutants = {row.mutant.id for row in rows}
    weakest = min(rows, key=lambda row: row.margin)
    alive = sorted({row.mutant.id for row in rows if row.margin < MARGIN})
    console.print(
        f"{len(mutants)} mutants, {len(mutants) - len(alive)} killed by at least {MARGIN:g} times the tolerance in "
        f"{' and '.join(JUDGED_IN)}; the smallest margin is "
        f"{weakest.margin:.3g} ({weakest.mutant.id}, {weakest.precision})",
        highlight=False,
    )
    if alive:
        console.print(f"not killed: {', '.join(alive)}", highlight=False)
    return not alive


def _reference_passes(onnx: Report | None, console: Console) -> bool:
    if onnx is None:
        return True
    failed = [test["id"] for test in onnx["tests"] if not test["reference_passes"]]
    caught, version = sum(bool(entry["caught_by"]) for entry in onnx["mutants"]), onnx["provenance"]["onnx"]
    console.print(f"{len(onnx['tests'])} node tests of onnx {version} catch {caught} mutants", highlight=False)
    if failed:
        console.print(f"the reference fails: {', '.join(failed)}", highlight=False)
    return not failed


def _settled(reports: dict[str, Report], folder: Path, console: Console, *, check: bool) -> bool:
    """Write or check the files; whether there is nothing to object to."""
    stale = settle(reports, folder, check=check)
    for name in reports:
        found = stale.get(name, [])
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        verdict = f"{'differs' if check else 'written; it differed'} in {', '.join(found[:SHOWN])}{more}"
        console.print(f"{name}: {verdict if found else 'up to date'}", highlight=False)
    return not (check and stale)
