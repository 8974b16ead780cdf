"""The kill matrix as tables for a terminal."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table

from rnnspec_workshop.kill_matrix.classes import CLASSES
from rnnspec_workshop.kill_matrix.kill_matrix_json import Report
from rnnspec_workshop.kill_matrix.killing import JUDGED_IN

ONNX_COLUMNS = ("caught by\nONNX", "missed by\nONNX", "no such cell\nin ONNX's tests", "not to be\nseen in a node")


def show(console: Console, *, suite: Report | None, onnx: Report | None) -> None:
    """Print what there is: mutants one by one, node tests, and classes."""
    if suite is not None:
        console.print(_mutants(suite))
    if onnx is not None:
        console.print(_node_tests(onnx))
    console.print(_classes(suite, onnx))
    if onnx is not None:
        passed = sum(test["reference_passes"] for test in onnx["tests"])
        version = onnx["provenance"]["onnx"]
        sentence = f"The reference passes {passed} of the {len(onnx['tests'])} node tests of onnx {version}."
        console.print(sentence, highlight=False)


def onnx_counts(entries: list[Report]) -> tuple[int, int, int, int]:
    """Of these mutants: caught, missed, not tested because no test has such a cell, and because no node shows them."""
    caught = sum(bool(entry["caught_by"]) for entry in entries)
    reach = [entry["reach"] for entry in entries]
    return caught, reach.count("tested") - caught, reach.count("untested"), reach.count("none")


def _mutants(suite: Report) -> Table:
    table = Table("rule", "misreading", box=box.SIMPLE_HEAD)
    for precision in JUDGED_IN:
        table.add_column(f"killed by\n{precision}", justify="right")
        table.add_column(f"margin\n{precision}", justify="right")
    for entry in suite["mutants"]:
        cells = []
        for precision in JUDGED_IN:
            margin = entry["margin"][precision]
            cells += [str(entry["killed_by"][precision]), "no number" if margin is None else f"{margin:.0e}"]
        table.add_row(entry["rule"], entry["sentence"], *cells)
    return table


def _node_tests(onnx: Report) -> Table:
    table = Table("node test", "inputs", "attributes", "compares", box=box.SIMPLE_HEAD)
    table.add_column("mutants\ncaught", justify="right")
    for test in onnx["tests"]:
        attributes = ", ".join(f"{name}={value}" for name, value in test["attributes"].items())
        compared = ", ".join(test["compares"])
        table.add_row(test["id"], ", ".join(test["inputs"]), attributes, compared, str(test["catches"]))
    return table


def _classes(suite: Report | None, onnx: Report | None) -> Table:
    table = Table("class", box=box.SIMPLE_HEAD, show_footer=True)
    columns: list[tuple[str, list[int]]] = []
    given: Report = suite or onnx or {"mutants": []}
    names = [name for name in (of_class.name for of_class in CLASSES) if _of_class(given, name)]
    columns.append(("mutants", [len(_of_class(given, name)) for name in names]))
    if suite is not None:
        columns += [
            (
                f"killed in\n{precision}",
                [sum(m["killed_by"][precision] > 0 for m in _of_class(suite, name)) for name in names],
            )
            for precision in JUDGED_IN
        ]
    if onnx is not None:
        counts = [onnx_counts(_of_class(onnx, name)) for name in names]
        columns += list(zip(ONNX_COLUMNS, map(list, zip(*counts, strict=True)), strict=True))
    table.columns[0].footer = "all"
    for title, numbers in columns:
        table.add_column(title, str(sum(numbers)), justify="right")
    for position, name in enumerate(names):
        table.add_row(name, *(str(numbers[position]) for _, numbers in columns))
    return table


def _of_class(report: Report, name: str) -> list[Report]:
    return [entry for entry in report["mutants"] if entry["class"] == name]
