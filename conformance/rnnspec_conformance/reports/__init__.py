"""Reports of runs as files: one page, JUnit's XML, a badge. Each is built of elements, so that no text is markup."""

from rnnspec_conformance.reports.badge import badge
from rnnspec_conformance.reports.claim import NoClaimError, claim_of
from rnnspec_conformance.reports.html_page import page
from rnnspec_conformance.reports.junit import junit

__all__ = ["NoClaimError", "badge", "claim_of", "junit", "page"]
