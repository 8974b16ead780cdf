"""The Sphinx extension of these pages: numbered rules, results tables, and equations without a network."""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from rnnspec_docs import (
    bad_input,
    cases,
    citation,
    conformance_matrix,
    copies,
    diagnosed,
    draws,
    figures,
    findings,
    headline,
    implementations,
    kill_matrix,
    layout_tables,
    mathjax,
    references,
    reports,
    results,
    rule_index,
    rule_texts,
    single_page,
    sources,
    targets,
    unseen,
)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the parts of the extension with Sphinx."""
    rule_texts.setup(app)
    references.setup(app)
    copies.setup(app)
    sources.setup(app)
    rule_index.setup(app)
    implementations.setup(app)
    reports.setup(app)
    results.setup(app)
    draws.setup(app)
    unseen.setup(app)
    diagnosed.setup(app)
    bad_input.setup(app)
    cases.setup(app)
    targets.setup(app)
    layout_tables.setup(app)
    figures.setup(app)
    citation.setup(app)
    headline.setup(app)
    findings.setup(app)
    conformance_matrix.setup(app)
    kill_matrix.setup(app)
    mathjax.setup(app)
    single_page.setup(app)
    return {"version": "1", "env_version": 2, "parallel_read_safe": True, "parallel_write_safe": True}
