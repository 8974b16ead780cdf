"""Recorded deviations: where an implementation is known to depart from the text. Data, strict, with a reason each.

A file is TOML: ``adapter = "torch"``, or a list where several adapters wrap the same code, and any number of
``[[deviation]]`` tables with the fields of `Deviation`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, get_args

FOLDER = Path(__file__).with_name("deviations")
Kind = Literal["differs", "unsupported"]


class DeviationError(ValueError):
    """A file of deviations is not valid, or an entry matches nothing."""


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """One deviation.

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
        The version of the implementation in which it was seen.
    precisions, modes
        Where it holds; empty for everywhere.
    """

    cases: tuple[str, ...]
    kind: Kind
    reason: str
    link: str
    since: str
    precisions: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()

    def matches(self, case: str, precision: str, mode: str) -> bool:
        """Whether this entry speaks of that trial."""
        return (
            any(fnmatchcase(case, pattern) for pattern in self.cases)
            and (not self.precisions or precision in self.precisions)
            and (not self.modes or mode in self.modes)
        )


def load(path: Path, case_ids: tuple[str, ...], adapter: str | None = None) -> tuple[Deviation, ...]:
    """The deviations of a file; it has to be about `adapter`, where that is given.

    Raises
    ------
    DeviationError
        Names the file, the entry, what was wanted and what came.
    """
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    unknown = set(data) - {"adapter", "deviation"}
    if unknown:
        raise DeviationError(f"{path.name}: wanted adapter and deviation, got {', '.join(sorted(unknown))}")
    about = _adapters(data)
    if adapter is not None and adapter not in about:
        got = ", ".join(map(repr, about)) or "nothing"
        raise DeviationError(f"{path.name}: adapter: wanted {adapter!r}, which is judged, got {got}")
    return tuple(
        _entry(f"{path.name}: deviation {number}", entry, case_ids)
        for number, entry in enumerate(data.get("deviation", []), start=1)
    )


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


def _entry(where: str, entry: dict[str, Any], case_ids: tuple[str, ...]) -> Deviation:
    known = {field.name for field in fields(Deviation)}
    if set(entry) - known:
        raise DeviationError(f"{where}: wanted {', '.join(sorted(known))}, got {', '.join(sorted(set(entry) - known))}")
    for name in ("cases", "kind", "reason", "link", "since"):
        if not entry.get(name):
            raise DeviationError(f"{where}: wanted {name}, got nothing")
    if entry["kind"] not in get_args(Kind):
        raise DeviationError(f"{where}: kind: wanted one of {', '.join(get_args(Kind))}, got {entry['kind']!r}")
    if not (entry["link"].startswith("https://") or entry["link"] == "no upstream report found"):
        raise DeviationError(f"{where}: link: wanted https://.. or 'no upstream report found', got {entry['link']!r}")
    for pattern in entry["cases"]:
        if not any(fnmatchcase(id, pattern) for id in case_ids):
            raise DeviationError(f"{where}: cases: wanted a pattern that matches a case, got {pattern!r}")
    lists = {name: tuple(entry.get(name, ())) for name in ("cases", "precisions", "modes")}
    return Deviation(**{**entry, **lists})
