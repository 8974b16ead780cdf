"""docs/ and spec/ as one site, built from the root: ``sphinx-build -n -W -c docs . docs/_build/html``."""

import re
import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

import rnnspec

sys.path[:0] = [str(Path(__file__).parent / "_ext"), str(Path(__file__).parents[1] / "figures")]

project = "rnnspec"
author = "the rnnspec developers"
copyright = author
version = release = rnnspec.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinx_design",
    "rnnspec_docs",
]
include_patterns = ["docs/**", "spec/**"]
exclude_patterns = ["docs/_*", "docs/_*/**"]
root_doc = "docs/index"
nitpicky = True
# Names of other projects, for finding them would need the network; and type variables, which have no page.
nitpick_ignore_regex = [("py:class", r"(numpy|collections)\..*|rnnspec\.records\.[RS]")]

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

# The copy of MathJax that the extension puts beside the pages: no page asks the network for anything.
# Its context menu would load further files on demand, and is off.
mathjax_path = "mathjax/tex-chtml.js"
mathjax3_config = {"options": {"enableMenu": False}}

autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
autodoc_preserve_defaults = True
autodoc_typehints = "signature"
autodoc_type_aliases = {name: f"rnnspec.{name}" for name in ("Array", "Cell", "Direction", "States")}
python_use_unqualified_type_names = True
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_attr_annotations = False

bibtex_bibfiles = ["../spec/references.bib"]
bibtex_reference_style = "author_year_round"
bibtex_default_style = "author_year"

html_theme = "furo"
html_title = f"rnnspec {version}"
html_static_path = ["_static"]
html_css_files = ["rnnspec.css"]
html_js_files = ["reachable.js"]
html_favicon = "_static/favicon.svg"
html_extra_path = ["_extra"]
templates_path = ["_templates"]
html_copy_source = False
html_show_sourcelink = False


COLON = "\uf8ff"
"""A character of the private use area."""


def name_aliases(*event: Any) -> tuple[str | None, ...]:
    """Write a type alias inside a union by its name, as Sphinx does everywhere else."""
    return tuple(part and re.sub(r"TypeAliasForwardRef\('([^']+)'\)", r"\1", part) for part in event[-2:])


def keep_colons(*event: Any) -> None:
    """Hide the colons of a property's docstring from napoleon, which reads what stands before one as a type."""
    if event[1] == "property":
        event[-1][:] = [line.replace(": ", f"{COLON} ") for line in event[-1]]


def restore_colons(*event: Any) -> None:
    """Bring them back."""
    event[-1][:] = [line.replace(COLON, ":") for line in event[-1]]


def mend_roles(*event: Any) -> None:
    """Make roles that Sphinx and docutils give valid: headings have a level, and a list has none but list items."""
    context = event[3]
    if "furo_navigation_tree" in context:
        tree = str(context["furo_navigation_tree"])
        context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')
    if "body" in context:
        citations = '<div role="list" class="citation-list">'
        context["body"] = context["body"].replace(citations, '<div class="citation-list">')


def setup(app: Sphinx) -> None:
    """Adjust signatures, docstrings and the navigation."""
    app.connect("html-page-context", mend_roles, priority=900)
    app.connect("autodoc-process-signature", name_aliases)
    app.connect("autodoc-process-docstring", keep_colons, priority=400)
    app.connect("autodoc-process-docstring", restore_colons, priority=600)
