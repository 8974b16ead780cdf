"""Citations of the literature by author and year, in round brackets, and a list of it under the same names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pybtex.database import Entry
from pybtex.plugin import register_plugin as register_style
from pybtex.style.formatting.unsrt import Style
from pybtex.style.labels import BaseLabelStyle
from sphinx.application import Sphinx
from sphinxcontrib.bibtex.plugin import register_plugin
from sphinxcontrib.bibtex.style.referencing import BracketStyle
from sphinxcontrib.bibtex.style.referencing.author_year import AuthorYearReferenceStyle

CITATIONS, LIST = "author_year_round", "author_year"
"""The names that conf.py gives to the style of citations, and to that of the list."""


def round_brackets() -> BracketStyle:
    """(Elman, 1990)."""
    return BracketStyle(left="(", right=")")


@dataclass
class RoundAuthorYear(AuthorYearReferenceStyle):
    """Elman (1990) in a sentence, (Elman, 1990) behind one."""

    bracket_parenthetical: BracketStyle = field(default_factory=round_brackets)
    bracket_textual: BracketStyle = field(default_factory=round_brackets)


class AuthorYearLabels(BaseLabelStyle):  # type: ignore[misc]  # pybtex has no types
    """Elman, 1990; Schuster and Paliwal, 1997; Greff et al., 2017."""

    def format_labels(self, sorted_entries: Iterable[Entry]) -> Iterator[str]:
        for entry in sorted_entries:
            names = ["".join(str(name) for name in person.rich_last_names) for person in entry.persons["author"]]
            authors = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
            yield f"{authors}, {entry.fields['year']}"


class AuthorYearList(Style):  # type: ignore[misc]  # the same
    """The list, sorted by author and year."""

    default_label_style = AuthorYearLabels
    default_sorting_style = "author_year_title"


def setup(app: Sphinx) -> None:
    """Register the styles."""
    app.setup_extension("sphinxcontrib.bibtex")
    register_plugin("sphinxcontrib.bibtex.style.referencing", CITATIONS, RoundAuthorYear)
    register_style("pybtex.style.formatting", LIST, AuthorYearList)
