"""All on one page: links stay on it, and what leads to a page that is not there is words.

Sphinx writes the address of a place as that of its page and that of the place, ``#document-spec/lstm#lstm-4``.
"""

from __future__ import annotations

from collections import Counter

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.singlehtml import SingleFileHTMLBuilder

PAGE = "#document-"
SIDEBARS = [f"sidebar/{name}.html" for name in ("brand", "scroll-start", "navigation", "scroll-end")]


def leave_out(app: Sphinx) -> None:
    """Leave out the search and the index, which are pages of their own."""
    if isinstance(app.builder, SingleFileHTMLBuilder):
        app.builder.search = False
        app.config.html_use_index = False
        app.config.html_sidebars = {"**": SIDEBARS}


def mend(app: Sphinx, document: nodes.document, _: str) -> None:
    """Mend the links of the page."""
    if not isinstance(app.builder, SingleFileHTMLBuilder):
        return
    pages = {f"{PAGE}{part['docname']}" for part in document.findall(addnodes.start_of_file)}
    ids = Counter(id for node in document.findall(nodes.Element) for id in node["ids"])
    for link in [link for link in document.findall(nodes.reference) if link.get("refuri", "").startswith(PAGE)]:
        page, _, anchor = link["refuri"].rpartition("#")
        if ids[anchor] == 1:
            link["refuri"] = f"#{anchor}"
        elif link["refuri"] not in pages and page in pages:
            link["refuri"] = page
        elif link["refuri"] not in pages:
            link.replace_self(link.children)


def setup(app: Sphinx) -> None:
    """Do both for the builder of one page."""
    app.connect("builder-inited", leave_out)
    app.connect("doctree-resolved", mend)
