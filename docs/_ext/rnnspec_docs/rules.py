"""Numbered rules: the directive that states one, the role that cites one, and the index of them all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.domains import Domain, ObjType
from sphinx.environment import BuildEnvironment
from sphinx.roles import XRefRole
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from rnnspec_docs.tables import Cell, table

logger = logging.getLogger(__name__)

CHAPTERS = {
    "PAR": "spec/parameters",
    "ACT": "spec/activations",
    "RNN": "spec/rnn",
    "LSTM": "spec/lstm",
    "PEEP": "spec/peephole",
    "VAR": "spec/variants",
    "PROJ": "spec/projection",
    "CLIP": "spec/clips",
    "GRU": "spec/gru",
    "SEQ": "spec/sequences",
    "GRAD": "spec/gradients",
    "SEC": "spec/second-order",
    "LAY": "spec/layouts",
    "NUM": "spec/numerics",
    "COND": "spec/conduct",
}
CITATION = re.compile(rf"(?<!`)\b(?:{'|'.join(CHAPTERS)})-[1-9][0-9]*\b")
ARGUMENT = re.compile(r"(?P<id>(?P<prefix>[A-Z]+)-(?P<number>[1-9][0-9]*)) (?P<title>\S.*)")


class Rule(NamedTuple):
    """Where a rule is written, and what it is called."""

    docname: str
    anchor: str
    title: str


def reference(rule_id: str, docname: str) -> addnodes.pending_xref:
    """A citation of a rule from a page, as the role makes it."""
    link = addnodes.pending_xref("", nodes.inline("", rule_id), refdoc=docname, refwarn=True)
    link.attributes |= {"refdomain": "rnnspec", "reftype": "rule", "reftarget": rule_id, "refexplicit": False}
    return link


class RuleDirective(SphinxDirective):
    """``:::{rule} LSTM-4 New cell``: a box with the text of the rule, under an anchor that never changes."""

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        match = ARGUMENT.fullmatch(self.arguments[0])
        if match is None:
            raise self.error(f"wanted an id and a title, as 'LSTM-4 New cell', got {self.arguments[0]!r}")
        rule_id, title, page = match["id"], match["title"], CHAPTERS.get(match["prefix"])
        if page != self.env.docname:
            raise self.error(f"the rule {rule_id} belongs to {page or 'no chapter'}, not to {self.env.docname}")
        anchor = rule_id.lower()
        domain = self.env.domains["rnnspec"]
        assert isinstance(domain, RulesDomain)
        domain.note(rule_id, Rule(self.env.docname, anchor, title), self.get_location())
        box = nodes.container("", ids=[anchor], classes=["rule"])
        self.set_source_info(box)
        link = nodes.reference("", rule_id, refuri=f"#{anchor}", internal=True, classes=["rule-id"])
        box += nodes.paragraph("", "", link, nodes.Text(title), classes=["rule-title"])
        self.state.nested_parse(self.content, self.content_offset, box)
        return [box]


class RuleRole(XRefRole):
    """``{rule}`LSTM-4```: a link to the rule; an unknown one fails the build."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        self.name = "rnnspec:rule"
        return super().run()


class RulesDomain(Domain):
    """All rules of the site, which are also found by its search and by other sites through its inventory."""

    name = "rnnspec"
    label = "rnnspec"
    object_types: ClassVar[dict[str, ObjType]] = {"rule": ObjType("rule", "rule")}
    directives: ClassVar[dict[str, type[Any]]] = {"rule": RuleDirective}
    roles: ClassVar[dict[str, Any]] = {"rule": RuleRole(innernodeclass=nodes.inline, warn_dangling=True)}
    initial_data: ClassVar[dict[str, Any]] = {"rules": {}}
    dangling_warnings: ClassVar[dict[str, str]] = {"rule": "no rule has the number %(target)s"}

    @property
    def rules(self) -> dict[str, Rule]:
        """Every rule by its id."""
        rules: dict[str, Rule] = self.data["rules"]
        return rules

    def note(self, rule_id: str, rule: Rule, location: str | None) -> None:
        """Add a rule; a second one of the same id is a warning."""
        known = self.rules.get(rule_id)
        if known is not None:
            logger.warning("the rule %s is already written in %s", rule_id, known.docname, location=location)
        self.rules[rule_id] = rule

    def clear_doc(self, docname: str) -> None:
        for rule_id in [rule_id for rule_id, rule in self.rules.items() if rule.docname == docname]:
            del self.rules[rule_id]

    def merge_domaindata(self, docnames: Iterable[str], otherdata: dict[str, Any]) -> None:
        for rule_id, rule in otherdata["rules"].items():
            if rule.docname in docnames:
                self.note(rule_id, rule, rule.docname)

    def resolve_xref(  # noqa: PLR0917 - the arguments that Sphinx gives
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        typ: str,
        target: str,
        node: addnodes.pending_xref,
        contnode: nodes.Element,
    ) -> nodes.reference | None:
        rule = self.rules.get(target)
        if rule is None:
            return None
        contnode["classes"] = ["rule-ref"]
        return make_refnode(builder, fromdocname, rule.docname, rule.anchor, contnode, rule.title)

    def resolve_any_xref(  # noqa: PLR0917 - the arguments that Sphinx gives
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        target: str,
        node: addnodes.pending_xref,
        contnode: nodes.Element,
    ) -> list[tuple[str, nodes.reference]]:
        found = self.resolve_xref(env, fromdocname, builder, "rule", target, node, contnode)
        return [] if found is None else [("rnnspec:rule", found)]

    def get_objects(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        for rule_id, rule in self.rules.items():
            yield rule_id, f"{rule_id} {rule.title}", "rule", rule.docname, rule.anchor, 1


class rule_index(nodes.General, nodes.Element):
    """Stands for the index until all pages are read."""


class RuleIndexDirective(SphinxDirective):
    """``rule-index``: a table of all rules, chapter by chapter."""

    def run(self) -> list[nodes.Node]:
        return [rule_index()]


def fill_rule_index(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the table in the place of every `rule_index` of a page."""
    domain = app.env.domains["rnnspec"]
    assert isinstance(domain, RulesDomain)
    for placeholder in list(doctree.findall(rule_index)):
        rows: list[list[Cell]] = []
        for rule_id, rule in sorted(domain.rules.items(), key=_chapter_and_number):
            text = nodes.inline("", rule_id, classes=["rule-ref"])
            link = make_refnode(app.builder, docname, rule.docname, rule.anchor, text)
            page_title = nodes.Text(app.env.titles[rule.docname].astext())
            page = make_refnode(app.builder, docname, rule.docname, "", page_title)
            rows.append([[link], [nodes.Text(rule.title)], [page]])
        placeholder.replace_self(table(["rule", "title", "page"], rows))


def _chapter_and_number(item: tuple[str, Rule]) -> tuple[int, int]:
    prefix, number = item[0].split("-")
    return list(CHAPTERS).index(prefix), int(number)


def cite_in_docstring(*event: Any) -> None:
    """Make a link of every rule that a docstring names."""
    lines: list[str] = event[-1]
    lines[:] = [CITATION.sub(r":rule:`\g<0>`", line) for line in lines]


def setup(app: Sphinx) -> None:
    """Register the domain, and its directives and role also without a prefix."""
    app.add_domain(RulesDomain)
    app.add_directive("rule", RuleDirective)
    app.add_role("rule", RulesDomain.roles["rule"])
    app.add_node(rule_index)
    app.add_directive("rule-index", RuleIndexDirective)
    app.connect("doctree-resolved", fill_rule_index)
    app.connect("autodoc-process-docstring", cite_in_docstring)
