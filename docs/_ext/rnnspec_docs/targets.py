"""Links to what Sphinx knows no names of: the sections that directives make, and the pages that the build makes."""

from __future__ import annotations

from collections.abc import Sequence

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

BUILDERS = ("html", "dirhtml")
"""The builders that write pages for which there is no source; one that puts all on one page does not."""

SECTION, PAGE = "section-of-directive", "page-of-build"


def to_section(docname: str, anchor: str, words: str, here: str, *, code: bool = False) -> addnodes.pending_xref:
    """A link from the page `here`; only its words where the other page is not there."""
    return _link(SECTION, f"{docname}#{anchor}", nodes.literal("", words) if code else nodes.inline("", words), here)


def to_page(
    name: str, anchor: str, words: str, here: str, *, classes: Sequence[str] = (), hint: str = ""
) -> addnodes.pending_xref:
    """A link from the page `here` to one that the build makes; only its words where the builder makes none.

    The `hint` is shown by a pointer that rests on the link.
    """
    content = nodes.inline("", words, classes=list(classes))
    return _link(PAGE, f"{name}#{anchor}" if anchor else name, content, here, hint)


def to_doc(docname: str, words: str, here: str) -> addnodes.pending_xref:
    """A link from the page `here` to one that has a source."""
    made = addnodes.pending_xref("", nodes.inline("", words), refdoc=here, refwarn=True)
    made.attributes |= {"refdomain": "std", "reftype": "doc", "refexplicit": True, "reftarget": f"/{docname}"}
    return made


def _link(kind: str, target: str, content: nodes.TextElement, here: str, hint: str = "") -> addnodes.pending_xref:
    made = addnodes.pending_xref("", content, refdoc=here, reftype=kind, refdomain="", reftarget=target)
    made["hint"] = hint
    return made


def resolve(app: Sphinx, *event: object) -> nodes.Node | None:
    """What such a link becomes."""
    _, node, content = event
    if not isinstance(node, addnodes.pending_xref) or node["reftype"] not in (SECTION, PAGE):
        return None
    assert isinstance(content, nodes.TextElement)
    docname, mark, anchor = node["reftarget"].partition("#")
    there = docname in app.env.found_docs if node["reftype"] == SECTION else app.builder.name in BUILDERS
    if not there:
        return content
    uri = f"{app.builder.get_relative_uri(node['refdoc'], docname)}{mark}{anchor}"
    hint = {"reftitle": node["hint"]} if node["hint"] else {}
    return nodes.reference("", "", content, refuri=uri, internal=True, **hint)


def setup(app: Sphinx) -> None:
    """Resolve them."""
    app.connect("missing-reference", resolve)
