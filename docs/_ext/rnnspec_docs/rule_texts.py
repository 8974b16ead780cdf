"""Numbered rules: the directive that states one, and the role that cites one.

They are not needs of sphinx-needs; CONTRIBUTING.md says why.
"""

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
    "COND": "spec/call-behaviour",
    "CONF": "spec/conformance",
}
CITATION = re.compile(rf"(?<!`)\b(?:{'|'.join(CHAPTERS)})-[1-9][0-9]*\b")
VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
ARGUMENT = re.compile(r"(?P<id>(?P<prefix>[A-Z]+)-(?P<number>[1-9][0-9]*)) (?P<title>\S.*)")


class Rule(NamedTuple):
    """Where a rule is written, what it is called, and the versions that brought and changed it."""

    docname: str
    anchor: str
    title: str
    since: str
    changed: tuple[str, ...]

    @property
    def history(self) -> str:
        """When it came, and when it changed, in words."""
        return ", ".join([f"since {self.since}", *(f"changed in {version}" for version in self.changed)])


def version(argument: str | None) -> str:
    """The argument of an option that is one version."""
    if argument is None or VERSION.fullmatch(argument) is None:
        raise ValueError(f"wanted a version, as 0.1.0, got {argument!r}")
    return argument


def versions(argument: str | None) -> tuple[str, ...]:
    """The argument of an option that is several versions, with commas between them, from the first to the last."""
    found = [version(part.strip()) for part in (argument or "").split(",")]
    if found != sorted(set(found), key=numbers):
        raise ValueError(f"wanted versions in their order, got {argument!r}")
    return tuple(found)


def numbers(of: str) -> list[int]:
    """The numbers of a version, which put versions in their order."""
    return [int(number) for number in of.split(".")]


def reference(rule_id: str, docname: str) -> addnodes.pending_xref:
    """A citation of a rule from a page, as the role makes it."""
    link = addnodes.pending_xref("", nodes.inline("", rule_id), refdoc=docname, refwarn=True)
    link.attributes |= {"refdomain": "rnnspec", "reftype": "rule", "reftarget": rule_id, "refexplicit": False}
    return link


class RuleDirective(SphinxDirective):
    """``:::{rule} LSTM-4 New cell state``: a box with the text of the rule, under an anchor that never changes.

    ``:since:`` is the version that brought the rule, ``:changed:`` are those that changed what it asks for.
    """

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Any]] = {"since": version, "changed": versions}

    def run(self) -> list[nodes.Node]:
        match = ARGUMENT.fullmatch(self.arguments[0])
        if match is None:
            raise self.error(f"wanted an id and a title, as 'LSTM-4 New cell state', got {self.arguments[0]!r}")
        rule_id, title, page = match["id"], match["title"], CHAPTERS.get(match["prefix"])
        if page != self.env.docname:
            raise self.error(f"the rule {rule_id} belongs to {page or 'no chapter'}, not to {self.env.docname}")
        if "since" not in self.options:
            raise self.error(f"the rule {rule_id} wants the version that brought it, as ':since: 0.1.0'")
        changed: tuple[str, ...] = self.options.get("changed", ())
        if changed and numbers(changed[0]) <= numbers(self.options["since"]):
            raise self.error(f"the rule {rule_id} changed in {changed[0]}, before it came in {self.options['since']}")
        rule = Rule(self.env.docname, rule_id.lower(), title, self.options["since"], changed)
        domain = self.env.domains["rnnspec"]
        assert isinstance(domain, RulesDomain)
        domain.note(rule_id, rule, self.get_location())
        box = nodes.container("", ids=[rule.anchor], classes=["rule"])
        self.set_source_info(box)
        link = nodes.reference("", rule_id, refuri=f"#{rule.anchor}", internal=True, classes=["rule-id"])
        history = nodes.inline("", rule.history, classes=["rule-history"])
        box += nodes.paragraph("", "", link, nodes.Text(f"{title} "), history, classes=["rule-title"])
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


def chapter_and_number(rule_id: str) -> tuple[int, int]:
    """What puts rules in the order of the text."""
    prefix, number = rule_id.split("-")
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
    app.connect("autodoc-process-docstring", cite_in_docstring)
