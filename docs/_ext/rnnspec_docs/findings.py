"""What implementations do other than they should: recorded deviations, and findings with their programs."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from rnnspec_conformance.cases import CASES
from rnnspec_conformance.deviations import FOLDER, Deviation, load
from rnnspec_docs.adapter_families import registered
from rnnspec_docs.reports import folded
from rnnspec_docs.tables import Cell, table, text
from rnnspec_docs.targets import to_section

NAMES = {"gru": "GRU", "lstm": "LSTM", "rnn": "RNN", "jax": "JAX", "onnx": "ONNX", "onnxruntime": "ONNX Runtime"}
"""Words that are written in capitals in the title of a finding."""


class Finding(NamedTuple):
    """One program of ``conformance/findings/``."""

    name: str
    sentence: str
    about: str
    program: str

    @property
    def title(self) -> str:
        """Its name as words."""
        words = " ".join(NAMES.get(word, word) for word in self.name.split("_"))
        return words[0].upper() + words[1:]

    @property
    def anchor(self) -> str:
        """The id of its section."""
        return nodes.make_id(f"finding-{self.name}")


def findings(root: Path) -> list[Finding]:
    """All of them, by name."""
    found = []
    for path in sorted((root / "conformance" / "findings").glob("*.py")):
        program = path.read_text(encoding="utf-8")
        sentence, _, about = (ast.get_docstring(ast.parse(program)) or "").partition("\n\n")
        found.append(Finding(path.stem, " ".join(sentence.split()), about, program))
    return found


class FindingsDirective(SphinxDirective):
    """``findings``: every finding, with what is known of it and the program that shows it."""

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()
        return [self.section(finding) for finding in findings(Path(self.env.srcdir))]

    def section(self, finding: Finding) -> nodes.section:
        """One finding."""
        section = nodes.section("", nodes.title("", finding.title), ids=[finding.anchor], names=[])
        self.set_source_info(section)
        for paragraph in (finding.sentence, *finding.about.split("\n\n")):
            section += nodes.paragraph("", "", *prose(paragraph))
        block = nodes.literal_block(finding.program, finding.program, language="python")
        section += folded("The program", block)
        return section


class DeviationsDirective(SphinxDirective):
    """``deviations torch``: what is recorded of the adapters of a framework, and links to its findings."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()
        root, family = Path(self.env.srcdir), self.arguments[0]
        names = [name for name, found in registered(root).items() if found == family]
        if not names:
            raise self.error(f"deviations: wanted the family of a registered adapter, got {family!r}")
        rows = self.rows(names)
        header = ["adapter", "cases", "verdict", "what it does instead", "since", "upstream"]
        found: list[nodes.Node] = [table(header, rows)] if rows else [nodes.paragraph("", "No deviation is recorded.")]
        words = {name.split("-")[0] for name in names} | {family}
        told = [finding for finding in findings(root) if finding.name.split("_")[0] in words]
        items = [
            nodes.list_item(
                "",
                nodes.paragraph(
                    "", "", to_section("docs/findings", finding.anchor, plain(finding.sentence), self.env.docname)
                ),
            )
            for finding in told
        ]
        found += [nodes.paragraph("", "Findings:"), nodes.bullet_list("", *items)] if items else []
        return found

    def rows(self, names: Sequence[str]) -> list[Sequence[Cell]]:
        """A row for each deviation of these adapters."""
        case_ids = tuple(case.id for case in CASES)
        recorded = [deviation for path in sorted(FOLDER.glob("*.toml")) for deviation in load(path, case_ids)]
        return [
            [text(words) for words in (", ".join(one.adapter), ", ".join(one.cases), one.kind, one.reason, held(one))]
            + [report(one.link)]
            for one in recorded
            if set(one.adapter) & set(names)
        ]


def held(one: Deviation) -> str:
    """Since which version a deviation holds, and with what alone."""
    processors = [f"processors with {', '.join(one.processor)}"] if one.processor else []
    only = ", ".join([*one.versions, *processors])
    return f"{one.since}; only {only}" if only else one.since


def report(link: str) -> Cell:
    """A link to a report, or the words that there is none."""
    if not link.startswith("https://"):
        return text(link)
    owner = link.removeprefix("https://github.com/").replace("/issues/", "#").replace("/pull/", "#")
    return [nodes.reference("", owner, refuri=link)]


def plain(sentence: str) -> str:
    """A sentence of a docstring without its marks."""
    return sentence.replace("`", "")


def prose(paragraph: str) -> list[nodes.Node]:
    """A paragraph of a docstring: what stands between marks is code, and an address is a link."""
    found: list[nodes.Node] = []
    for position, part in enumerate(" ".join(paragraph.split()).replace("``", "`").split("`")):
        if position % 2:
            found.append(nodes.literal("", part))
            continue
        for word in part.split(" "):
            address = word.rstrip(".,;)")
            known = address.startswith("https://")
            found.append(nodes.reference("", address, refuri=address) if known else nodes.Text(address))
            found.append(nodes.Text(f"{word[len(address) :]} "))
        found[-1] = nodes.Text(found[-1].astext()[:-1])
    return found


def setup(app: Sphinx) -> None:
    """Register the directives."""
    app.add_directive("findings", FindingsDirective)
    app.add_directive("deviations", DeviationsDirective)
