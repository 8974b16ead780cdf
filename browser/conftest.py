"""The site under test, and the browser that opens it: one for all pages, and another one after a page that hung it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from chromium import Browser
from serving import served

Report = Generator[None, pytest.TestReport, pytest.TestReport]
HUNG = pytest.StashKey[bool]()
"""Whether a test ended in another way than by what it found."""


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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Report:
    """Note what no assertion ended: the browser may answer nothing any more."""
    if call.when == "call":
        item.stash[HUNG] = call.excinfo is not None and not call.excinfo.errisinstance(AssertionError)
    return (yield)


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
def browser() -> Iterator[Browser]:
    """The browser, which may have to be started anew."""
    browser = Browser()
    yield browser
    browser.quit()


@pytest.fixture
def chrome(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Chrome]:
    """The browser for one test."""
    yield browser.chrome()
    if request.node.stash.get(HUNG, False):
        browser.kill()
