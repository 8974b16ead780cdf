"""Lines of the tests of the workshop for the end of the report."""

from __future__ import annotations

from typing import Any

from .places import SUMMARY


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what tests have recorded under the name `SUMMARY`."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) == "call":
                for name, value in report.user_properties:
                    if name == SUMMARY:
                        terminalreporter.write_line(str(value))
