"""What has to agree before a release."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import rnnspec

ROOT = Path(__file__).parents[2]

# Where the version stands besides, and what stands around it.
SAID = {
    "pyproject.toml": r'^version = "(.*)"$',
    "CITATION.cff": r'^ *version: "(.*)"$',
    "CHANGELOG.md": r"^## (.*) \(\d{4}-\d\d-\d\d\)$",
}


def mistakes(tag: str, version: str = rnnspec.__version__, root: Path = ROOT) -> Iterator[str]:
    """A sentence for each place that does not say the version of a tag such as ``v0.1.0``.

    The changelog says it by the day of the release.
    """
    if tag != f"v{version}":
        yield f"tag: wanted v{version}, the version of the reference, got {tag}"
    for name, pattern in SAID.items():
        found = re.findall(pattern, (root / name).read_text(encoding="utf-8"), re.MULTILINE)
        said = found[:1] if name == "CHANGELOG.md" else found  # the newest stands first
        if not said or set(said) != {version}:
            yield f"{name}: wanted {version} as in {pattern}, got {', '.join(said) or 'nothing'}"


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("tag", help="the tag of the release, such as v0.1.0")


def run(given: argparse.Namespace) -> int:
    """Tell what does not agree; the exit status is 1 where something does not."""
    found = list(mistakes(given.tag))
    for mistake in found:
        print(mistake, file=sys.stderr)
    return 1 if found else 0
