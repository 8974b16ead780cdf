"""Raise the pins of frameworks in ``pyproject.toml``, as ``raise-pins torch==2.14.0`` or ``raise-pins torch``.

A pin is a requirement of a dependency group with ``==`` and a whole version. Nothing else in the file changes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import tomlkit
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

FRAMEWORK = "framework-"
"""How the names of the groups begin that pin frameworks."""


class PinError(ValueError):
    """What was asked for is not pinned, or cannot be had; the message says what was wanted and what came."""


class Pin(NamedTuple):
    """A distribution and its version."""

    name: str
    version: str


class Change(NamedTuple):
    """A pin that is another one than before."""

    group: str
    name: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.group}: {self.name} {self.old} -> {self.new}"


def newest_release(name: str) -> str:
    """The newest release of a distribution that pip would install here, by itself.

    Raises
    ------
    PinError
        When there is none.
    """
    asking = ["install", "--dry-run", "--ignore-installed", "--no-deps", "--quiet", "--report", "-", name]
    done = subprocess.run([sys.executable, "-m", "pip", *asking], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        got = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise PinError(f"{name}: wanted a release that can be installed here, got: {got}")
    (found,) = json.loads(done.stdout)["install"]
    return str(found["metadata"]["version"])


def raised(text: str, asked: Sequence[str], newest: Callable[[str], str] = newest_release) -> tuple[str, list[Change]]:
    """The text of ``pyproject.toml`` with other pins, and what has changed.

    Parameters
    ----------
    text
        As it is.
    asked
        Each ``NAME==VERSION``, or ``NAME`` for its newest release, or a group for all that it pins and includes;
        nothing for all groups of frameworks.
    newest
        Tells the newest release of a distribution.

    Raises
    ------
    PinError
        When something is asked for that is not pinned, or has no release.
    """
    document = tomlkit.parse(text)
    groups: Any = document["dependency-groups"]
    wanted = _wanted(groups, asked or [group for group in groups if group.startswith(FRAMEWORK)], newest)
    changes = []
    for group, entries in groups.items():
        for position, entry in enumerate(entries):
            pin = _pin(entry)
            if pin is None or wanted.get(pin.name, pin.version) == pin.version:
                continue
            entries[position] = entry.replace(f"=={pin.version}", f"=={wanted[pin.name]}")
            changes.append(Change(group, pin.name, pin.version, wanted[pin.name]))
    return tomlkit.dumps(document), changes


def _wanted(groups: Mapping[str, Any], asked: Sequence[str], newest: Callable[[str], str]) -> dict[str, str]:
    """The version that each of these is to have."""
    pinned = {pin.name for group in groups for pin in _pins(groups, group)}
    wanted: dict[str, str] = {}
    for words in asked:
        if words in groups:
            wanted |= {pin.name: newest(pin.name) for pin in _pins(groups, words)}
            continue
        try:
            requirement = Requirement(words)
        except InvalidRequirement as error:
            raise PinError(f"{words}: wanted NAME or NAME==VERSION, got: {error}") from error
        version = _exact(requirement)
        if requirement.specifier and version is None:
            raise PinError(f"{words}: wanted NAME or NAME==VERSION, got {requirement.specifier}")
        name = canonicalize_name(requirement.name)
        if name not in pinned:
            raise PinError(f"{words}: wanted a group, or one of {', '.join(sorted(pinned))}")
        wanted[name] = version or newest(name)
    return wanted


def _pins(groups: Mapping[str, Any], group: str) -> Iterator[Pin]:
    """The pins of a group, and of those that it includes."""
    for entry in groups[group]:
        if not isinstance(entry, str):
            yield from _pins(groups, entry["include-group"])
        elif (pin := _pin(entry)) is not None:
            yield pin


def _pin(entry: Any) -> Pin | None:
    """The pin that an entry of a group is; None where it is something else."""
    if not isinstance(entry, str):
        return None
    requirement = Requirement(entry)
    version = _exact(requirement)
    return None if version is None else Pin(canonicalize_name(requirement.name), version)


def _exact(requirement: Requirement) -> str | None:
    """The one version that a requirement allows; None where it allows several."""
    specifiers = list(requirement.specifier)
    if len(specifiers) != 1 or specifiers[0].operator != "==" or specifiers[0].version.endswith(".*"):
        return None
    return specifiers[0].version


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    what = "NAME==VERSION, NAME for its newest release, or a group of pyproject.toml; nothing for every framework"
    parser.add_argument("asked", nargs="*", metavar="NAME", help=what)
    parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
    parser.add_argument("--pins-only", action="store_true", help="for nox -s update: judge nothing")
    parser.add_argument("--file", type=Path, default=Path("pyproject.toml"), help=argparse.SUPPRESS)


def run(given: argparse.Namespace) -> int:
    """Raise what is asked for, and say it; the exit status is 2 where that cannot be."""
    try:
        text, changes = raised(given.file.read_text(encoding="utf-8"), given.asked)
    except PinError as error:
        print(f"raise-pins: {error}", file=sys.stderr)
        return 2
    print("\n".join(map(str, changes)) or "every pin is as it was asked for")
    if not given.dry_run:
        given.file.write_text(text, encoding="utf-8")
    return 0
