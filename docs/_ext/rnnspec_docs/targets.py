"""Links to the sections that directives make, which have no names that Sphinx knows."""

from __future__ import annotations

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx


def to_section(docname: str, anchor: str, words: str, here: str, *, code: bool = False) -> addnodes.pending_xref:
    """A link from the page `here`; only its words where the other page is not there."""
    content = nodes.literal("", words) if code else nodes.inline("", words)
    made = addnodes.pending_xref("", content, refdoc=here, reftype="section-of-directive", refdomain="")
    made["reftarget"] = f"{docname}#{anchor}"
    return made


def resolve(app: Sphinx, *event: object) -> nodes.Node | None:
    """What such a link becomes."""
    _, node, content = event
    if not isinstance(node, addnodes.pending_xref) or node["reftype"] != "section-of-directive":
        return None
    assert isinstance(content, nodes.TextElement)
    docname, _, anchor = node["reftarget"].partition("#")
    if docname not in app.env.found_docs:
        return content
    uri = f"{app.builder.get_relative_uri(node['refdoc'], docname)}#{anchor}"
    return nodes.reference("", "", content, refuri=uri, internal=True)


def setup(app: Sphinx) -> None:
    """Resolve them."""
    app.connect("missing-reference", resolve)
