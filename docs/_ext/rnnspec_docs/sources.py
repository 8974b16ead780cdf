"""The code that cites rules, as pages with an anchor for every line."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

from rnnspec_docs.targets import to_page
from rnnspec_workshop.rule_list import Citation, citations

FOLDERS = ("reference/rnnspec", "adapters/rnnspec_adapters", "conformance/rnnspec_conformance")
"""Where the line is looked for that implements a rule; the first folder that has one is named."""

MANNERS = ("comment", "name", "prose")
"""How a line cites a rule, the most telling first."""

NUMBERED: dict[str, Any] = {"linenos": "inline", "lineanchors": "L", "anchorlinenos": True}
"""What makes Pygments number the lines, each with an anchor."""


def implementing(root: Path) -> dict[str, list[Citation]]:
    """The lines that implement each rule: those with the number in a comment, or else those that cite it otherwise."""
    found: dict[str, list[Citation]] = {}
    for folder in FOLDERS:
        for rule_id, cited in citations(root / folder).items():
            best = min((citation.manner for citation in cited), key=MANNERS.index)
            found.setdefault(rule_id, [citation for citation in cited if citation.manner == best])
    return found


def page_of(citation: Citation, root: Path) -> str:
    """The name of the page that shows the file of a citation."""
    return f"code/{citation.path.relative_to(root).with_suffix('').as_posix()}"


def link(citation: Citation, root: Path, here: str) -> nodes.Node:
    """The file and the line, as a link where the builder writes pages of code."""
    name = f"{citation.path.relative_to(root).as_posix()}, line {citation.line}"
    return to_page(page_of(citation, root), f"L-{citation.line}", name, here)


def pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """A page for each file that some rule's entry in the index leads to."""
    assert isinstance(app.builder, StandaloneHTMLBuilder)
    root, highlighter = Path(app.srcdir), app.builder.highlighter
    cited = [citation for found in implementing(root).values() for citation in found]
    for page, path in sorted({(page_of(citation, root), citation.path) for citation in cited}):
        head = f"<h1>{escape(path.name)}</h1>\n<p><code>{escape(path.relative_to(root).as_posix())}</code></p>\n"
        body = highlighter.highlight_block(path.read_text(encoding="utf-8"), "python", **NUMBERED)
        yield page, {"title": path.name, "body": head + body}, "page.html"


def setup(app: Sphinx) -> None:
    """Let the pages be written."""
    app.connect("html-collect-pages", pages)
