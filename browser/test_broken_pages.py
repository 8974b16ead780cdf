"""Every check reports a page that is broken in its way, and says nothing of one that is not."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.common.exceptions import TimeoutException
from selenium.webdriver import Chrome
from selenium.webdriver.support.ui import WebDriverWait

import checks
import chromium
from serving import served

SOUND = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Page</title></head><body>{}</body></html>'
BROKEN: dict[str, tuple[str, str]] = {
    "console": ("<main><h1>A</h1></main><script>throw new Error('boom')</script>", "console: .*boom"),
    "request": ("<main><h1>A</h1></main><script src='absent.js'></script>", "request failed: .*absent.js"),
    "host": ("<main><h1>A</h1><img alt='' src='http://127.0.0.2:9/a.png'></main>", "another host: http://127.0.0.2"),
    "formula as text": ("<main><h1>A</h1><p>$$x^2$$</p></main>", "formula is text: "),
    "formula not rendered": ("<main><h1>A</h1><p class='math'>\\(x\\)</p></main>", "formula is not rendered: "),
    "formula with an error": ("<main><h1>A</h1><mjx-merror>x</mjx-merror></main>", "formula cannot be rendered: x"),
    "wide": ("<main><h1>A</h1><p style='width: 900px'>wide</p></main>", "scrolls 9.. wide; P"),
    "button without a name": ("<main><h1>A</h1><button></button></main>", "axe button-name"),
    "pale": ("<main><h1>A</h1><p style='color: #ddd; background: #fff'>pale</p></main>", "axe color-contrast"),
}


@pytest.fixture
def shown(chrome: Chrome, tmp_path: Path) -> Iterator[Callable[[str, int], list[str]]]:
    """What all checks say of a page with some body."""
    with served(tmp_path) as address:

        def of(body: str, width: int) -> list[str]:
            (tmp_path / "page.html").write_text(SOUND.format(body), encoding="utf-8")
            (tmp_path / "favicon.ico").write_bytes(b"")
            checks.visit(chrome, f"{address}/page.html", width=width)
            found = [*checks.complaints(chrome), *checks.requests(chrome, address), *checks.formulas(chrome)]
            return [*found, *checks.width(chrome), *checks.accessibility(chrome)]

        yield of


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_page_is_reported(kind: str, shown: Callable[[str, int], list[str]]) -> None:
    body, sentence = BROKEN[kind]
    with pytest.raises(AssertionError, match=sentence):
        assert not (found := shown(body, checks.PHONE)), "\n".join(found)


def test_a_sound_page_is_not(shown: Callable[[str, int], list[str]]) -> None:
    assert shown("<main><h1>Heading</h1><p>Text, and <code>$$</code> in code.</p></main>", checks.PHONE) == []


def test_a_page_that_hangs_spoils_no_other(tmp_path: Path) -> None:
    (tmp_path / "hangs.html").write_text(SOUND.format("<main><h1>A</h1></main><script>while (true);</script>"))
    (tmp_path / "sound.html").write_text(SOUND.format("<main><h1>A</h1></main>"))
    browser = chromium.Browser(longest=3)
    with served(tmp_path) as address:
        first = browser.chrome()
        with pytest.raises(TimeoutException):
            checks.visit(first, f"{address}/hangs.html")
        browser.kill()
        address_of_first = first.capabilities["goog:chromeOptions"]["debuggerAddress"]
        assert WebDriverWait(address_of_first, 30).until(is_silent)
        checks.visit(browser.chrome(), f"{address}/sound.html")
        assert browser.chrome() is not first
        browser.quit()


def is_silent(address: str) -> bool:
    """Whether nothing answers there."""
    host, _, port = address.partition(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except OSError:
        return True
    return False


def test_links_to_nothing_are_reported(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<a href='b.html#there'>1</a><a href='b.html#gone'>2</a><a href='c.html'>3</a>")
    (tmp_path / "b.html").write_text("<p id='there'></p><a href='a.html'>4</a><a href='https://example.org/x'>5</a>")
    assert list(checks.links(tmp_path)) == [
        "a.html: b.html#gone leads to no place of b.html",
        "a.html: c.html leads to no file",
    ]


def test_a_missing_browser_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(chromium.BrowserMissingError, match="wanted chromium and chromedriver on the path"):
        chromium.programs()
