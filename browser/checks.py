"""What can be wrong with a page: each check returns sentences, and none when nothing is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from selenium.webdriver import Chrome

DESKTOP, PHONE = 1280, 360
HEIGHT = 900
SERIOUS = ("serious", "critical")
AXE = Path(__file__).with_name("node_modules") / "axe-core" / "axe.min.js"

SETTLED = """
const done = arguments[arguments.length - 1];
const ready = window.MathJax && MathJax.startup ? MathJax.startup.promise : Promise.resolve();
const frame = () => new Promise(requestAnimationFrame);
ready.then(() => document.fonts.ready).then(frame).then(frame).then(() => done(null), error => done(String(error)));
"""

FORMULAS = r"""
const found = [];
for (const node of document.querySelectorAll("mjx-merror, .MathJax_Error")) {
  found.push("cannot be rendered: " + node.textContent);
}
for (const node of document.querySelectorAll(".math")) {
  if (!node.querySelector("mjx-container")) found.push("is not rendered: " + node.textContent.slice(0, 60));
}
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode;
  if (node.parentElement.closest("pre, code, script, style, mjx-container, .math")) continue;
  if (/\$\$|\\\(|\\\[/.test(node.data)) found.push("is text: " + node.data.trim().slice(0, 60));
}
return found;
"""

WIDEST = """
const width = document.documentElement.clientWidth;
if (document.scrollingElement.scrollWidth <= width) return [];
const found = [];
for (const node of document.querySelectorAll("body *")) {
  if (node.getBoundingClientRect().right > width + 1) found.push(node.tagName + "." + node.className);
}
return ["scrolls " + document.scrollingElement.scrollWidth + " wide; " + found.slice(0, 5).join(", ")];
"""

SHORTER = """
for (const [whole, part, kept] of arguments[0]) {
  for (const node of document.querySelectorAll(whole)) {
    for (const further of [...node.querySelectorAll(part)].slice(kept)) further.remove();
  }
}
"""
ALIKE = (("tbody", ":scope > tr", 20), ("pre", ":scope > *", 400), ("body", "mjx-math", 40))
"""What axe-core looks at in a table, in a program, and of all formulas: the others are made in the same way."""

ACCESSIBLE = """
const done = arguments[arguments.length - 1];
axe.run(document, arguments[0]).then(found => done(found.violations), error => done(String(error)));
"""


def visit(chrome: Chrome, url: str, *, width: int = DESKTOP, scheme: str = "light") -> None:
    """Open a page in a window of some width, and wait until its formulas and fonts are there."""
    metrics = {"width": width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
    chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    colours = [{"name": "prefers-color-scheme", "value": scheme}]
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": colours})
    for kind in ("browser", "performance"):
        chrome.get_log(kind)  # type: ignore[no-untyped-call]  # selenium declares no types for it
    chrome.get(url)
    problem = chrome.execute_async_script(SETTLED)
    if problem:
        raise RuntimeError(f"{url}: MathJax: {problem}")


def complaints(chrome: Chrome) -> list[str]:
    """The errors that the console of the page shows."""
    log: list[dict[str, Any]] = chrome.get_log("browser")  # type: ignore[no-untyped-call]  # the same
    return [f"console: {entry['message']}" for entry in log if entry["level"] in ("SEVERE", "ERROR")]


def requests(chrome: Chrome, site: str) -> list[str]:
    """The requests of the page that failed, and those that went elsewhere."""
    found, asked = [], {}
    log: list[dict[str, Any]] = chrome.get_log("performance")  # type: ignore[no-untyped-call]  # the same
    for entry in log:
        event = json.loads(entry["message"])["message"]
        about = event["params"]
        match event["method"]:
            case "Network.requestWillBeSent":
                url = asked[about["requestId"]] = about["request"]["url"]
                if urlsplit(url).scheme not in ("data", "blob") and not url.startswith(f"{site}/"):
                    found.append(f"request to another host: {url}")
            case "Network.responseReceived" if about["response"]["status"] >= 400:
                found.append(f"request failed: {about['response']['url']} ({about['response']['status']})")
            case "Network.loadingFailed" if not about.get("canceled"):
                found.append(f"request failed: {asked.get(about['requestId'])} ({about['errorText']})")
    return found


def formulas(chrome: Chrome) -> list[str]:
    """The formulas that stand there as text or as an error."""
    found: list[str] = chrome.execute_script(FORMULAS)
    return [f"formula {sentence}" for sentence in found]


def width(chrome: Chrome) -> list[str]:
    """Whether the page scrolls sideways."""
    found: list[str] = chrome.execute_script(WIDEST)
    return found


def accessibility(chrome: Chrome, *, only: tuple[str, ...] = ()) -> list[str]:
    """What axe-core finds that is serious or critical."""
    options: dict[str, Any] = {"resultTypes": ["violations"], "iframes": False}
    if only:
        options["runOnly"] = {"type": "rule", "values": list(only)}
    chrome.execute_script(SHORTER, ALIKE)
    chrome.execute_script(AXE.read_text(encoding="utf-8"))
    found = chrome.execute_async_script(ACCESSIBLE, options)
    if isinstance(found, str):
        raise TypeError(f"axe-core: {found}")
    return [
        f"axe {finding['id']} ({finding['impact']}), {len(finding['nodes'])} times: {finding['help']}; "
        f"first at {finding['nodes'][0]['html'][:160]}"
        for finding in found
        if finding["impact"] in SERIOUS
    ]


@dataclass
class Anchors(HTMLParser):
    """The ids and the links of a page."""

    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids |= {value for name in ("id", "name") if (value := given.get(name))}
        target = given.get("href" if tag in ("a", "link") else "src")
        if target:
            self.links.append(target)


def read(page: Path) -> Anchors:
    """What a file has."""
    anchors = Anchors()
    anchors.feed(page.read_text(encoding="utf-8"))
    return anchors


def links(folder: Path) -> Iterator[str]:
    """The links within a folder of pages that lead to no file, or to no place in it."""
    pages = {page.relative_to(folder).as_posix(): read(page) for page in sorted(folder.rglob("*.html"))}
    for name, page in pages.items():
        for link in dict.fromkeys(page.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target, anchor = urldefrag(urljoin(f"/{name}", link))
            wanted = unquote(urlsplit(target).path).lstrip("/")
            if wanted.endswith("/") or not wanted:
                wanted += "index.html"
            if not (folder / wanted).is_file():
                yield f"{name}: {link} leads to no file"
            elif anchor and wanted in pages and unquote(anchor) not in pages[wanted].ids:
                yield f"{name}: {link} leads to no place of {wanted}"
