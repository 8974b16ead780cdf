"""Recorded deviations: where an implementation is known to depart from the text. Data, strict, with a reason each.

A file is TOML. ``adapter`` names what it is about, or lists it where several adapters wrap the same code. ``since`` is
the version in which everything was seen that does not say its own. Each ``[[deviation]]`` has the fields of
`Deviation`, and an ``adapter`` where it is not about all of them. One that takes another form in several places gives
its reason once, and has a table ``[[deviation.where]]`` for each place, with ``adapter``, ``cases``, ``precisions``,
``modes`` and ``needs``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from rnnspec_conformance.stream.abilities import all_traits

SIZE = re.compile(r"[TBIH]: [1-9]\d*")
"""A size that a draw may need."""

FOLDER = Path(__file__).with_name("deviations")
Kind = Literal["differs", "unsupported"]


class DeviationError(ValueError):
    """A file of deviations is not valid, or an entry matches nothing."""


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """One deviation, in one place.

    Attributes
    ----------
    cases
        Patterns of case ids (``*`` matches anything); each must match a case.
    kind
        The verdict that these cases are known to end with.
    reason
        What the implementation does instead.
    link
        The upstream report, or the words ``no upstream report found``.
    since
        The version of the implementation in which it was first seen; an update leaves it as it is.
    precisions, modes
        Where it holds; empty for everywhere.
    needs
        Patterns of traits of draws (``lengths: *empty*``) and sizes (``B: 4``): a draw that differs, has one of each,
        and does not differ without, differs as recorded.
    adapter
        The adapters that it is about, as the file says it.
    """

    cases: tuple[str, ...]
    kind: Kind
    reason: str
    link: str
    since: str
    precisions: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    adapter: tuple[str, ...] = ()

    def matches(self, case: str, precision: str, mode: str) -> bool:
        """Whether this entry speaks of that trial."""
        return any(fnmatchcase(case, pattern) for pattern in self.cases) and self.holds(precision, mode)

    def holds(self, precision: str, mode: str) -> bool:
        """Whether this entry speaks of that precision and mode."""
        return (not self.precisions or precision in self.precisions) and (not self.modes or mode in self.modes)

    def contradiction(self, verdict: str, reason: str) -> str:
        """What is said of a trial with that verdict and reason, which is not what is recorded."""
        found = f"{verdict!r} ({reason})" if reason else f"{verdict!r}"
        return f"a deviation is recorded as {self.kind!r} ({self.reason}), but the verdict is {found}"


class Contradiction(NamedTuple):
    """The reason of a recorded deviation that does not hold, and the verdict in its place."""

    reason: str
    verdict: str


def contradicted(reason: str) -> Contradiction | None:
    """What `Deviation.contradiction` has said; None for any other reason."""
    said = re.match(r"a deviation is recorded as '\w+' \((.*?)\), but the verdict is '(\w+)'", reason)
    return Contradiction(said[1], said[2]) if said else None


def load(path: Path, case_ids: tuple[str, ...], adapter: str | None = None) -> tuple[Deviation, ...]:
    """The deviations of a file; those of `adapter` alone, where that is given.

    Raises
    ------
    DeviationError
        Names the file, the entry, what was wanted and what came.
    """
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    _check(path.name, data, {"adapter", "since", "deviation"})
    about = _adapters(data)
    if adapter is not None and adapter not in about:
        got = ", ".join(map(repr, about)) or "nothing"
        raise DeviationError(f"{path.name}: adapter: wanted {adapter!r}, which is judged, got {got}")
    given = {name: data[name] for name in ("adapter", "since") if name in data}
    found = [
        _deviation(where, given | entry, about, case_ids)
        for number, entry in enumerate(data.get("deviation", []), start=1)
        for where, entry in _places(f"{path.name}: deviation {number}", entry)
    ]
    return tuple(deviation for deviation in found if adapter is None or adapter in deviation.adapter)


def of_adapter(adapter: str, case_ids: tuple[str, ...], path: Path | None = None) -> tuple[Deviation, ...]:
    """The deviations of `adapter` in a file, by default in the one that the suite itself keeps, if there is one."""
    path = path or packaged(adapter)
    return load(path, case_ids, adapter) if path else ()


def packaged(adapter: str) -> Path | None:
    """The file that the suite itself keeps for an adapter, if there is one."""
    files = {path: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml"))}
    return next((path for path, data in files.items() if adapter in _adapters(data)), None)


def _adapters(data: dict[str, Any]) -> list[str]:
    """The adapters that a file is about."""
    given = data.get("adapter", [])
    return [given] if isinstance(given, str) else list(given)


def _places(where: str, entry: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """An entry as it is, or once for each place that it lists, and how a message is to call it."""
    if "where" not in entry:
        yield where, entry
        return
    shared = {name: value for name, value in entry.items() if name != "where"}
    _check(where, shared, {"kind", "reason", "link", "since", "needs"})
    if not entry["where"]:
        raise DeviationError(f"{where}: where: wanted at least one place, got none")
    for number, place in enumerate(entry["where"], start=1):
        _check(f"{where}, where {number}", place, {"adapter", "cases", "precisions", "modes", "needs"})
        yield f"{where}, where {number}", shared | place


def _deviation(where: str, entry: dict[str, Any], about: list[str], case_ids: tuple[str, ...]) -> Deviation:
    _check(where, entry, {field.name for field in fields(Deviation)})
    for name in ("adapter", "cases", "kind", "reason", "link", "since"):
        if not entry.get(name) and not (name == "cases" and entry.get("needs")):
            raise DeviationError(f"{where}: wanted {name}, got nothing")
    if entry["kind"] not in get_args(Kind):
        raise DeviationError(f"{where}: kind: wanted one of {', '.join(get_args(Kind))}, got {entry['kind']!r}")
    if not (entry["link"].startswith("https://") or entry["link"] == "no upstream report found"):
        raise DeviationError(f"{where}: link: wanted https://.. or 'no upstream report found', got {entry['link']!r}")
    for adapter in _adapters(entry):
        if adapter not in about:
            raise DeviationError(f"{where}: adapter: wanted one of {', '.join(about)}, got {adapter!r}")
    for pattern in entry.get("needs", ()):
        if not SIZE.fullmatch(pattern) and not any(fnmatchcase(": ".join(trait), pattern) for trait in all_traits()):
            raise DeviationError(f"{where}: needs: wanted a pattern that matches a trait of draws, got {pattern!r}")
    for pattern in entry.get("cases", ()):
        if not any(fnmatchcase(id, pattern) for id in case_ids):
            raise DeviationError(f"{where}: cases: wanted a pattern that matches a case, got {pattern!r}")
    lists = {name: tuple(entry.get(name, ())) for name in ("cases", "precisions", "modes", "needs")}
    return Deviation(**{**entry, **lists, "adapter": tuple(_adapters(entry))})


def _check(where: str, table: dict[str, Any], known: set[str]) -> None:
    if unknown := sorted(table.keys() - known):
        raise DeviationError(f"{where}: wanted {', '.join(sorted(known))}, got {', '.join(unknown)}")
