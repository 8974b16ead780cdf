"""Chromium without a screen, as the system installs it. Nothing is downloaded and nothing is kept."""

from __future__ import annotations

import os
import shutil
import signal
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
LONGEST = 180
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


class Browser:
    """A browser that is started when it is wanted, and anew after it was killed: what hangs it spoils one page.

    `longest` is the number of seconds that a page may take to load, and a script to end.
    """

    def __init__(self, *, longest: float = LONGEST) -> None:
        self.longest = longest
        self._chrome: Chrome | None = None
        self._profile: TemporaryDirectory[str] | None = None

    def chrome(self) -> Chrome:
        """The browser, with a profile of its own, that writes down what its pages ask for and complain of.

        Raises
        ------
        BrowserMissingError
            When it or its driver is not installed.
        """
        if self._chrome is None:
            browser, driver = programs()
            self._profile = TemporaryDirectory(ignore_cleanup_errors=True)
            options = ChromeOptions()
            options.binary_location = browser
            for flag in (*FLAGS, f"--user-data-dir={self._profile.name}"):
                options.add_argument(flag)
            options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
            # A session of its own: driver and browser are one group of processes, which can be killed as one.
            self._chrome = Chrome(options=options, service=Service(driver, popen_kw={"start_new_session": True}))
            self._chrome.set_page_load_timeout(self.longest)
            self._chrome.set_script_timeout(self.longest)
        return self._chrome

    def kill(self) -> None:
        """End it, whether it answers or not. The next page has another one."""
        if self._chrome is not None:
            driver = self._chrome.service.process
            assert driver is not None
            os.killpg(driver.pid, signal.SIGKILL)
            driver.wait()
        self._forget()

    def quit(self) -> None:
        """End it."""
        if self._chrome is not None:
            self._chrome.quit()
        self._forget()

    def _forget(self) -> None:
        if self._profile is not None:
            self._profile.cleanup()
        self._chrome = self._profile = None
