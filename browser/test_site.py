"""Every page of the site, opened in a browser."""

from __future__ import annotations

from pathlib import Path

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

import checks


def test_a_page_loads_renders_and_is_accessible(chrome: Chrome, address: str, page: str) -> None:
    checks.visit(chrome, f"{address}/{page}")
    found = [*checks.complaints(chrome), *checks.requests(chrome, address), *checks.formulas(chrome)]
    found += checks.accessibility(chrome)
    assert not found, "\n".join(found)


def test_a_page_fits_a_phone_and_can_be_read_in_the_dark(chrome: Chrome, address: str, page: str) -> None:
    checks.visit(chrome, f"{address}/{page}", width=checks.PHONE, scheme="dark")
    found = [*checks.width(chrome), *checks.accessibility(chrome, only=("color-contrast",))]
    assert not found, "\n".join(found)


def test_no_internal_link_is_broken(site: Path) -> None:
    found = list(checks.links(site))
    assert not found, "\n".join(found)


def test_the_search_finds_a_rule(chrome: Chrome, address: str) -> None:
    checks.visit(chrome, f"{address}/search.html?q=peephole")
    results = WebDriverWait(chrome, 30).until(lambda page: page.find_elements(By.CSS_SELECTOR, "#search-results li a"))
    assert any("spec/peephole" in str(result.get_attribute("href")) for result in results)
    assert checks.complaints(chrome) == []
