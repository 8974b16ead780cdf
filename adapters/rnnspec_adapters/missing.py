"""What a registered adapter needs, read from its source, and how what is missing is installed. Nothing is imported."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, requires
from importlib.util import find_spec
from pathlib import Path

from rnnspec_adapters.base import version
from rnnspec_adapters.declarations import declared

DISTRIBUTION = "rnnspec"


def missing_of(target: str) -> tuple[str, ...]:
    """The distributions that the adapter at ``module:Class`` needs and that are not installed, as far as it says."""
    package = target.partition(":")[0].partition(".")[0]
    try:
        found = find_spec(package)
        places = [*(found.submodule_search_locations or ()), found.origin] if found else []
        facts = declared(target, Path(str(places[0])).parent) if places else {}
    except (ImportError, OSError, SyntaxError, ValueError):  # no facts that can be read: whoever imports it is told
        return ()
    return tuple(name for name in facts.get("packages", ()) if version(name) is None)


def how_to_install(missing: Sequence[str]) -> str:
    """The command that installs distributions: by the extras of this one that bring them, or else by their names."""
    extras = dict.fromkeys(next(_extras_with(name), "") for name in missing)
    named = [f"'{DISTRIBUTION}[{','.join(filter(None, extras))}]'"] if any(extras) else []
    return " ".join(["pip install", *named, *(name for name in missing if not any(_extras_with(name)))])


def _extras_with(distribution: str) -> Iterator[str]:
    """The extras that bring a distribution; the one of its name first."""
    try:
        lines = requires(DISTRIBUTION) or []
    except PackageNotFoundError:  # it is run from its source
        return
    found = []
    for line in lines:
        match = re.match(r"""([A-Za-z0-9._-]+).*;.*extra\s*==\s*['"]([^'"]+)['"]""", line)
        if match and match[1].lower() == distribution.lower():
            found.append(match[2])
    yield from sorted(found, key=lambda extra: extra != distribution)
