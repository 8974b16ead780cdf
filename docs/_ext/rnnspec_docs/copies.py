"""What is written once and shown twice: a rule, and the fold that derives it, on other pages than their own."""

from __future__ import annotations

from collections.abc import Iterable

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from rnnspec_docs.rule_texts import CHAPTERS, RulesDomain, reference
from rnnspec_docs.targets import to_doc

logger = logging.getLogger(__name__)


class adjoint(nodes.General, nodes.Element):
    """Stands for a rule and its derivation until all pages are read."""


class AdjointDirective(SphinxDirective):
    """``adjoint GRAD-3``: the rule, and below it the fold that derives it, as they stand in their chapter."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        rule_id = self.arguments[0]
        page = CHAPTERS.get(rule_id.split("-")[0])
        if page is None:
            raise self.error(f"adjoint: wanted the number of a rule, as GRAD-3, got {rule_id!r}")
        self.env.note_dependency(str(self.env.doc2path(page)))
        placeholder = adjoint("", rule=rule_id)
        self.set_source_info(placeholder)
        return [placeholder]


class Pages:
    """The pages as they were read, each taken from its file once."""

    def __init__(self, env: BuildEnvironment) -> None:
        self.env = env
        self.by_id: dict[str, dict[str, nodes.Element]] = {}

    def with_id(self, page: str, ids: Iterable[str], docname: str) -> list[nodes.Element]:
        """Copies of the elements of `page` that have these ids, without any id and with links that start at `docname`.

        Raises
        ------
        LookupError
            When the page has no element of an id.
        """
        if page not in self.by_id:
            document = self.env.get_doctree(page)
            self.by_id[page] = {name: node for node in document.findall(nodes.Element) for name in node["ids"]}
        by_id = self.by_id[page]
        if missing := [id for id in ids if id not in by_id]:
            raise LookupError(f"{page} has no element with the id {', '.join(missing)}")
        return [without_ids(whole(by_id[id]).deepcopy(), docname) for id in ids]

    def rule(self, rule_id: str, docname: str) -> nodes.Element:
        """A copy of the box of a rule, whose number leads to the rule itself."""
        rule = rules_of(self.env).rules[rule_id]
        [box] = self.with_id(rule.docname, [rule.anchor], docname)
        box["classes"].append("rule-copy")
        own = next(link for link in box.findall(nodes.reference) if "rule-id" in link["classes"])
        own.replace_self(reference(rule_id, docname))
        return box

    def derivation(self, rule_id: str, docname: str) -> nodes.Element:
        """A copy of the fold that derives a rule, which says where the steps are that it counts."""
        rule = rules_of(self.env).rules[rule_id]
        [fold] = self.with_id(rule.docname, [f"derivation-{rule.anchor}"], docname)
        link = to_doc(rule.docname, self.env.titles[rule.docname].astext(), docname)
        fold += nodes.paragraph("", "The four steps are listed in ", link, nodes.Text("."))
        return fold


def rules_of(env: BuildEnvironment) -> RulesDomain:
    """The domain that knows all rules."""
    domain = env.domains["rnnspec"]
    assert isinstance(domain, RulesDomain)
    return domain


def whole(node: nodes.Element) -> nodes.Element:
    """What an id stands for: that of a fold is kept by its title."""
    return node.parent if isinstance(node, nodes.rubric) and node.parent is not None else node


def without_ids(copy: nodes.Element, docname: str) -> nodes.Element:
    """The copy, which nobody can link to, and whose own links start at `docname`."""
    for node in copy.findall(nodes.Element):
        node["ids"], node["names"] = [], []
        if isinstance(node, addnodes.pending_xref):
            node["refdoc"] = docname
    return copy


class CopyAdjoints(SphinxPostTransform):
    """Put the rule and its derivation in the place of every `adjoint`, before links are resolved."""

    default_priority = 5

    def run(self, **_: object) -> None:
        pages = Pages(self.env)
        for placeholder in list(self.document.findall(adjoint)):
            rule_id, docname = placeholder["rule"], self.env.current_document.docname
            try:
                placeholder.replace_self([pages.rule(rule_id, docname), pages.derivation(rule_id, docname)])
            except LookupError as error:
                logger.warning("adjoint: nothing to show for %s: %s", rule_id, error, location=placeholder)
                placeholder.parent.remove(placeholder)


def setup(app: Sphinx) -> None:
    """Register the directive, and what fills its place."""
    app.add_node(adjoint)
    app.add_directive("adjoint", AdjointDirective)
    app.add_post_transform(CopyAdjoints)
