"""What the tests of the suite share: the kill matrix, computed once, and lines for the end of the report."""

from __future__ import annotations

from typing import Any

import pytest

from rnnspec_workshop.kill_matrix import Kills, matrix

from .places import SUMMARY


@pytest.fixture(scope="session")
def rows() -> list[Kills]:
    """Every mutant in every precision, judged on every case. This takes a minute."""
    return matrix()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what tests have recorded under the name `SUMMARY`."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) == "call":
                for name, value in report.user_properties:
                    if name == SUMMARY:
                        terminalreporter.write_line(str(value))
