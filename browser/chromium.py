"""Chromium without a screen, as the system installs it. Nothing is downloaded and nothing is kept."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DRIVER = "chromedriver"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
LONGEST = 120
"""Seconds that a page may take to load, and a script to end."""


class BrowserMissingError(RuntimeError):
    """There is no Chromium, or nothing that drives it; the message says which."""


def programs() -> tuple[str, str]:
    """Where the browser and its driver are.

    Raises
    ------
    BrowserMissingError
        When one of them is not installed.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    driver = shutil.which(DRIVER)
    if browser is None or driver is None:
        missing = " and ".join(name for name, found in ((BROWSERS[0], browser), (DRIVER, driver)) if found is None)
        raise BrowserMissingError(f"wanted {missing} on the path; on Debian, apt-get install chromium chromium-driver")
    return browser, driver


@contextmanager
def opened() -> Iterator[Chrome]:
    """A browser with a profile of its own, that writes down what its pages ask for and complain of."""
    browser, driver = programs()
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = ChromeOptions()
        options.binary_location = browser
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        chrome = Chrome(options=options, service=Service(driver))
        chrome.set_page_load_timeout(LONGEST)
        chrome.set_script_timeout(LONGEST)
        try:
            yield chrome
        finally:
            chrome.quit()
