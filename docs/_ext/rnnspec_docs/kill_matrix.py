"""The kill matrix: ``mutants.json`` and ``onnx-node-tests.json`` of ``conformance/results/``, as tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from docutils import nodes
from sphinx.application import Sphinx

from rnnspec_docs.reports import Entry, ReportDirective, folded
from rnnspec_docs.tables import Cell, table, text

MUTANTS = "mutants.json"
NODE_TESTS = "onnx-node-tests.json"
SCHEMA = 1

GATE_ORDERS = {"LSTM": "gate orders of the LSTM", "GRU": "gate orders of the GRU"}
PEEPHOLE_ORDERS = "gate orders of the peepholes"

REACH = {"tested": "missed", "untested": "no such cell", "none": "does not show"}
"""What is said of a mutant that no node test catches."""


class KillMatrixDirective(ReportDirective):
    """``kill-matrix PART``: mutants by class (``classes``), the node tests of ONNX, every mutant (``mutants``)."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        parts: dict[str, Callable[[], list[nodes.Node]]] = {
            "classes": self.classes,
            "node-tests": self.node_tests,
            "mutants": self.mutants,
        }
        part = self.arguments[0]
        if part not in parts:
            raise self.error(f"kill-matrix: wanted one of {', '.join(parts)}, got {part!r}")
        self.suite, self.onnx = (
            self.check(path, self.read(path), SCHEMA) for path in (self.folder / MUTANTS, self.folder / NODE_TESTS)
        )
        of_onnx = {entry["id"]: entry for entry in self.onnx["mutants"]}
        if set(of_onnx) != {mutant["id"] for mutant in self.suite["mutants"]}:
            raise self.error(
                f"{NODE_TESTS}: wanted the mutants of {MUTANTS}, got others; nox -s kill-matrix writes both"
            )
        self.entries: list[Entry] = [mutant | of_onnx[mutant["id"]] for mutant in self.suite["mutants"]]
        self.of_class: dict[str, list[Entry]] = {entry["class"]: [] for entry in self.onnx["mutants"]}
        for entry in self.entries:
            self.of_class[entry["class"]].append(entry)
        self.precisions = list(self.entries[0]["margin"])
        return parts[part]()

    def classes(self) -> list[nodes.Node]:
        """One row a class, and their sums."""
        header = ["misreadings", "mutants", *(f"killed by rnnspec, {precision}" for precision in self.precisions)]
        header += ["caught by ONNX", "missed by ONNX", "no such cell in the tests of ONNX", "does not show in a node"]
        rows = [[name, *self.counts(entries)] for name, entries in self.of_class.items()]
        rows.append(["all", *self.counts(self.entries)])
        lead = (
            f"{len(self.entries)} misreadings, {self.suite['cases']} cases of rnnspec, "
            f"{len(self.onnx['tests'])} node tests of onnx {self.onnx['provenance']['onnx']}."
        )
        return [nodes.paragraph("", lead), table(header, [[text(cell) for cell in row] for row in rows])]

    def counts(self, entries: Sequence[Entry]) -> list[int]:
        """How many mutants there are, rnnspec kills, and the node tests catch, miss, and do not test."""
        reach = [entry["reach"] for entry in entries]
        caught = sum(bool(entry["caught_by"]) for entry in entries)
        killed = [sum(entry["killed_by"][precision] > 0 for entry in entries) for precision in self.precisions]
        return [len(entries), *killed, caught, reach.count("tested") - caught, *map(reach.count, ("untested", "none"))]

    def node_tests(self) -> list[nodes.Node]:
        """One row a node test, after what was run."""
        tests: list[Entry] = self.onnx["tests"]
        versions = ", ".join(f"{name} {version}" for name, version in self.onnx["provenance"].items())
        passed = sum(test["reference_passes"] for test in tests)
        lead = nodes.paragraph("", f"{versions}. The reference passes {passed} of {len(tests)} node tests. Made in")
        for position, source in enumerate(dict.fromkeys(test["source"] for test in tests)):
            lead += [nodes.Text(", " if position else " "), nodes.literal("", source)]
        lead += nodes.Text(".")
        lead["classes"].append("provenance")
        header = ["node test", "inputs and attributes", "compares", "mutants caught", "wrong orders caught"]
        return [lead, table(header, [self.node_test(test) for test in tests])]

    def node_test(self, test: Entry) -> Sequence[Cell]:
        """One node test."""
        attributes = [f"{name} = {value}" for name, value in test["attributes"].items()]
        orders = [GATE_ORDERS[test["operator"]]] if test["operator"] in GATE_ORDERS else []
        orders += [PEEPHOLE_ORDERS] if "P" in test["inputs"] else []
        return [
            [nodes.literal("", test["id"])],
            text(", ".join([*test["inputs"], *attributes])),
            text(", ".join(test["compares"])),
            text(test["catches"]),
            text("; ".join(self.caught_of(name, test) for name in orders)),
        ]

    def caught_of(self, name: str, test: Entry) -> str:
        """How many mutants of a class a node test catches."""
        caught = sum(test["id"] in entry["caught_by"] for entry in self.of_class[name])
        return f"{caught} of {len(self.of_class[name])}" + (" peepholes" if name == PEEPHOLE_ORDERS else " gates")

    def mutants(self) -> list[nodes.Node]:
        """One row a mutant, behind a line that opens them."""
        precisions = " and ".join(self.precisions)
        header = [
            "mutant",
            "rule",
            "misreading",
            f"killed by, {precisions}",
            f"margin, {precisions}",
            "best case",
            "ONNX",
        ]
        rows = [self.mutant(entry) for entry in self.entries]
        return [folded(f"All {len(rows)} misreadings", table(header, rows))]

    def mutant(self, entry: Entry) -> Sequence[Cell]:
        """One misreading."""
        margins = [entry["margin"][precision] for precision in self.precisions]
        by_onnx = [name.removeprefix("test_") for name in entry["caught_by"]]
        return [
            [nodes.literal("", entry["id"])],
            self.rules([entry["rule"]]),
            text(entry["sentence"]),
            text(", ".join(str(entry["killed_by"][precision]) for precision in self.precisions)),
            text(", ".join("no number" if margin is None else f"{margin:.0e}" for margin in margins)),
            text(entry["best_case"]),
            text(", ".join(by_onnx) or REACH[entry["reach"]]),
        ]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("kill-matrix", KillMatrixDirective)
