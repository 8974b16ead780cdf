"""The site under test, and the browser that opens it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from chromium import opened
from serving import served


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--site FOLDER``: where sphinx-build wrote the pages."""
    parser.addoption("--site", type=Path, help="the folder that sphinx-build wrote")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test for every page."""
    if "page" in metafunc.fixturenames:
        site: Path | None = metafunc.config.getoption("--site")
        if site is None or not (site / "index.html").is_file():
            raise pytest.UsageError(f"--site: wanted a folder that sphinx-build wrote, got {site}")
        pages = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
        metafunc.parametrize("page", pages)


@pytest.fixture(scope="session")
def site(request: pytest.FixtureRequest) -> Path:
    """The folder of the site."""
    folder: Path = request.config.getoption("--site")
    return folder


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Where the site is served."""
    with served(site) as found:
        yield found


@pytest.fixture(scope="session")
def chrome() -> Iterator[Chrome]:
    """The browser."""
    with opened() as browser:
        yield browser
