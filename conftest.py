"""The Python examples of README.md, docs/ and spec/ are tests: what a page shows has been run.

A fence that begins with ``>>>`` is a doctest; any other ``python`` fence is executed. The examples of a page share one
namespace, from top to bottom. Which pages are read is said by `testpaths` in pyproject.toml.
"""

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("RNNSPEC_CACHE", "")  # what a test has changed must not be kept for the next run


@cache
def collector() -> Any:
    """What makes tests of a page. Imported here, so that validating an adapter in a checkout does not need Sybil."""
    from sybil import Sybil  # noqa: PLC0415 - see above
    from sybil.parsers.myst import PythonCodeBlockParser, SkipParser  # noqa: PLC0415 - see above

    return Sybil(parsers=[PythonCodeBlockParser(), SkipParser()], pattern="*.md").pytest()


LONGEST = "test_mutants.py"
"""Its tests run first: workers that share the files out would wait for it at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest file first."""
    items.sort(key=lambda item: item.path.name != LONGEST)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the examples of a page."""
    if file_path.suffix != ".md":
        return None
    page: pytest.Collector = Page.from_parent(parent, path=file_path)
    return page


class Page(pytest.File):
    """A page, which is read where its examples are asked for: whoever tests the reference alone needs no Sybil."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """The examples."""
        assert self.parent is not None
        found: pytest.Collector = collector()(self.path, self.parent)
        return found.collect()
