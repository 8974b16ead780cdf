"""Where the repository is, and lines for the end of the report."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]

SUMMARY = "rnnspec-summary"
"""The name of a property whose value is shown at the end of the report."""
