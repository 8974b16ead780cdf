"""The BibTeX entry of the specification, from CITATION.cff."""

from __future__ import annotations

import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

FIELD = re.compile(r'^  (?:  - )?(title|version|name): "(.*)"$', re.MULTILINE)


def entry(citation: str) -> str:
    """An entry of BibTeX, from the preferred citation.

    Raises
    ------
    ValueError
        When it lacks a title, a version or an author.
    """
    _, _, preferred = citation.partition("preferred-citation:")
    fields = dict(FIELD.findall(preferred))
    if fields.keys() != {"title", "version", "name"}:
        got = ", ".join(fields) or "nothing"
        raise ValueError(f"CITATION.cff, preferred-citation: wanted a title, a version and a name, got {got}")
    return (
        f"@techreport{{rnnspec,\n  author  = {{{{{fields['name']}}}}},\n  title   = {{{{{fields['title']}}}}},\n"
        f"  type    = {{Specification}},\n  number  = {{{fields['version']}}},\n  institution = {{{{rnnspec}}}},\n}}\n"
    )


class BibtexEntryDirective(SphinxDirective):
    """``bibtex-entry``: what a paper puts into its bibliography."""

    def run(self) -> list[nodes.Node]:
        path = Path(self.env.srcdir) / "CITATION.cff"
        self.env.note_dependency(str(path))
        try:
            made = entry(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise self.error(str(error)) from error
        return [nodes.literal_block(made, made, language="bibtex")]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("bibtex-entry", BibtexEntryDirective)
