"""Where something holds that was seen of an implementation: in which versions, and on which processors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from rnnspec_conformance.processor import PROCESSOR

SEEN = re.compile(r"([A-Za-z][\w.-]*) (\d[\w.+!-]*)")
"""A distribution and a version of it, as in ``since``."""


def requirement(text: str) -> Requirement:
    """The distribution and the versions that ``torch <2.14`` names.

    Raises
    ------
    ValueError
        When `text` is anything else.
    """
    try:
        found = Requirement(text)
    except InvalidRequirement:
        found = None
    if found is None or not found.specifier or found.url or found.extras or found.marker:
        raise ValueError(f"wanted a distribution and versions of it, as 'torch <2.14', got {text!r}")
    return found


def holds_for(versions: Iterable[str], processor: Iterable[str], provenance: Mapping[str, str]) -> bool:
    """Whether what `provenance` names is of all these versions, and has all these extensions.

    A version that is no number, as ``not installed``, is of no versions.
    """
    installed = installed_of(provenance)
    wanted = map(requirement, versions)
    return all(
        (version := installed.get(canonicalize_name(one.name))) is not None
        and one.specifier.contains(version, prereleases=True)
        for one in wanted
    ) and set(processor) <= set(provenance.get(PROCESSOR, "").split())


def unnamed(versions: Iterable[str], provenance: Mapping[str, str]) -> str | None:
    """The first distribution of `versions` that `provenance` does not name; None where it names all."""
    named = {canonicalize_name(name) for name in provenance}
    return next((one.name for one in map(requirement, versions) if canonicalize_name(one.name) not in named), None)


def is_older(since: str, provenance: Mapping[str, str]) -> bool:
    """Whether an older version is installed than one in which something was seen first, as ``jax 0.10.2``."""
    installed = installed_of(provenance)
    return any(name in installed and installed[name] < version for name, version in seen_in(since))


def seen_in(since: str) -> Iterator[tuple[str, Version]]:
    """The distributions that a text names, and their versions."""
    for name, version in SEEN.findall(since):
        yield from installed_of({name: version}).items()


def installed_of(provenance: Mapping[str, str]) -> dict[str, Version]:
    """The versions that a provenance names, without the name of a build."""
    found: dict[str, Version] = {}
    for name, text in provenance.items():
        try:
            found[canonicalize_name(name)] = Version(Version(text).public)
        except InvalidVersion:
            continue
    return found
