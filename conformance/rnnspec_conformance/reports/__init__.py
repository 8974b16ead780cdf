"""Reports of runs as files: one page, JUnit's XML, a badge. Each is built of elements, so that no text is markup."""

from rnnspec_conformance.reports.badge import badge
from rnnspec_conformance.reports.html_page import page
from rnnspec_conformance.reports.junit import junit

__all__ = ["badge", "junit", "page"]
