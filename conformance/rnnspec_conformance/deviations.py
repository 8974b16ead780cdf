"""Recorded deviations: where an implementation is known to depart from the text. Data, strict, with a reason each.

A file is TOML. ``adapter`` names what it is about, or lists it where several adapters wrap the same code. ``since`` is
the version in which everything was seen that does not say its own. Each ``[[deviation]]`` has the fields of
`Deviation`, and an ``adapter`` where it is not about all of them. One that takes another form in several places gives
its reason once, and has a table ``[[deviation.where]]`` for each place, with ``adapter``, ``cases``, ``precisions``,
``modes``, ``needs``, ``versions`` and ``processor``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from rnnspec import PRECISIONS
from rnnspec_adapters.registry import known_adapters
from rnnspec_conformance.holding import holds_for, is_older, requirement
from rnnspec_conformance.processor import EXTENSIONS
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
        The version of the implementation in which it was first seen; an update leaves it as it is. Where it is that of
        a distribution of the provenance, as ``torch 2.13.0``, older ones may have the deviation, and need not.
    precisions, modes
        Where it holds; empty for everywhere.
    needs
        Patterns of traits of draws (``lengths: *empty*``) and sizes (``B: 4``): a draw that differs, has one of each,
        and does not differ without, differs as recorded.
    adapter
        The adapters that it is about, as the file says it.
    versions
        Distributions and their versions, each as ``torch <2.14``: it holds where all of these are installed.
    processor
        Some of `processor.EXTENSIONS`: it holds where the processor has all of these.
    entry
        Where it is recorded: the file and the entry.
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
    versions: tuple[str, ...] = ()
    processor: tuple[str, ...] = ()
    entry: str = field(default="", compare=False)

    def matches(self, case: str, precision: str, mode: str) -> bool:
        """Whether this entry speaks of that trial."""
        return any(fnmatchcase(case, pattern) for pattern in self.cases) and self.holds(precision, mode)

    def holds(self, precision: str, mode: str) -> bool:
        """Whether this entry speaks of that precision and mode."""
        return (not self.precisions or precision in self.precisions) and (not self.modes or mode in self.modes)

    def is_recorded(self, provenance: Mapping[str, str]) -> bool:
        """Whether this entry speaks of what is installed, and of this processor."""
        return holds_for(self.versions, self.processor, provenance)

    def is_owed(self, provenance: Mapping[str, str]) -> bool:
        """Whether it has to occur: not where what is installed is older than what it was seen in."""
        return not is_older(self.since, provenance)

    def contradiction(self, verdict: str, reason: str) -> str:
        """What is said of a trial with that verdict and reason, which is not what is recorded."""
        found = f"{verdict!r} ({reason})" if reason else f"{verdict!r}"
        said = f"a deviation is recorded as {self.kind!r} ({self.reason}), but the verdict is {found}"
        return f"{said}; recorded in {self.entry}" if self.entry else said


class Contradiction(NamedTuple):
    """The reason of a recorded deviation that does not hold, the verdict in its place, and where it is recorded."""

    reason: str
    verdict: str
    entry: str = ""


CONTRADICTION = re.compile(
    r"a deviation is recorded as '\w+' \((.*?)\), but the verdict is '(\w+)'(?:.*; recorded in (.*))?", re.DOTALL
)
"""What `Deviation.contradiction` says."""


def contradicted(reason: str) -> Contradiction | None:
    """What `Deviation.contradiction` has said; None for any other reason."""
    said = CONTRADICTION.match(reason)
    return Contradiction(said[1], said[2], said[3] or "") if said else None


def load(path: Path, case_ids: tuple[str, ...], adapter: str | None = None) -> tuple[Deviation, ...]:
    """The deviations of a file; those of `adapter` alone, where that is given.

    Raises
    ------
    DeviationError
        Names the file, the entry, what was wanted and what came.
    """
    data = _read(path)
    about = _listed(data, "adapter")
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


def of_adapter(given: str, name: str, case_ids: tuple[str, ...], path: Path | None = None) -> tuple[Deviation, ...]:
    """The deviations of an adapter: those of a file, or those that the suite itself keeps.

    Parameters
    ----------
    given
        The adapter as it was asked for.
    name
        What it calls itself. The suite keeps deviations of its own adapters alone: `given` has to be what is registered
        under that name.
    """
    path = path or (packaged(name) if _is_own(given, name) else None)
    return load(path, case_ids, name) if path else ()


def packaged(adapter: str) -> Path | None:
    """The file that the suite itself keeps for an adapter, if there is one."""
    return next((path for path in sorted(FOLDER.glob("*.toml")) if adapter in _listed(_read(path), "adapter")), None)


OWN = "rnnspec_adapters."
"""Where the modules of the adapters are for which the suite keeps deviations."""


def _is_own(given: str, name: str) -> bool:
    """Whether an adapter is the one of the suite itself that is registered under the name that it gives itself."""
    target = known_adapters().get(name, "")
    return target.startswith(OWN) and given in (name, target)


def _read(path: Path) -> dict[str, Any]:
    """What a file says, as a table whose entries are of their types."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DeviationError(f"{path}: wanted a file of deviations, got: {error.strerror}") from error
    except ValueError as error:
        raise DeviationError(f"{path}: wanted TOML in UTF-8, got: {error}") from error
    _check(path.name, data, {"adapter", "since", "deviation"})
    return data


def _listed(data: dict[str, Any], name: str) -> list[str]:
    """The names that a table has in this entry, where one may stand without a list."""
    given = data.get(name, [])
    return [given] if isinstance(given, str) else list(given)


def _places(where: str, entry: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """An entry as it is, or once for each place that it lists, and how a message is to call it."""
    if "where" not in entry:
        yield where, entry
        return
    shared = {name: value for name, value in entry.items() if name != "where"}
    _check(where, shared, {"kind", "reason", "link", "since", "needs", "versions", "processor"})
    _check(where, {"where": entry["where"]}, {"where"})
    if not entry["where"]:
        raise DeviationError(f"{where}: where: wanted at least one place, got none")
    for number, place in enumerate(entry["where"], start=1):
        known = {"adapter", "cases", "precisions", "modes", "needs", "versions", "processor"}
        _check(f"{where}, where {number}", place, known)
        yield f"{where}, where {number}", shared | place


def _deviation(where: str, entry: dict[str, Any], about: list[str], case_ids: tuple[str, ...]) -> Deviation:
    _check(where, entry, {field.name for field in fields(Deviation)} - {"entry"})
    for name in ("adapter", "cases", "kind", "reason", "link", "since"):
        if not entry.get(name) and not (name == "cases" and entry.get("needs")):
            raise DeviationError(f"{where}: wanted {name}, got nothing")
    if not (entry["link"].startswith("https://") or entry["link"] == "no upstream report found"):
        raise DeviationError(f"{where}: link: wanted https://.. or 'no upstream report found', got {entry['link']!r}")
    allowed = {"kind": get_args(Kind), "adapter": about, "precisions": PRECISIONS, "processor": EXTENSIONS}
    for name, known in allowed.items():
        for word in _listed(entry, name):
            if word not in known:
                raise DeviationError(f"{where}: {name}: wanted one of {', '.join(known)}, got {word!r}")
    for pattern in entry.get("needs", ()):
        if not SIZE.fullmatch(pattern) and not any(fnmatchcase(": ".join(trait), pattern) for trait in all_traits()):
            raise DeviationError(f"{where}: needs: wanted a pattern that matches a trait of draws, got {pattern!r}")
    _check_cases(where, entry.get("cases", ()), case_ids)
    for text in entry.get("versions", ()):
        try:
            requirement(text)
        except ValueError as error:
            raise DeviationError(f"{where}: versions: {error}") from error
    lists = {name: tuple(_listed(entry, name)) for name in LISTS}
    return Deviation(**{**entry, **lists, "entry": where.replace(": ", ", ", 1)})


def _check_cases(where: str, patterns: Collection[str], case_ids: tuple[str, ...]) -> None:
    """Raise `DeviationError` when a pattern matches no case, or all of them match every case."""
    left = set(case_ids)
    for pattern in patterns:
        matched = {id for id in case_ids if fnmatchcase(id, pattern)}
        if not matched:
            raise DeviationError(f"{where}: cases: wanted a pattern that matches a case, got {pattern!r}")
        left -= matched
    if patterns and not left:
        raise DeviationError(f"{where}: cases: wanted patterns that leave a case out, got {_shown(list(patterns))}")


LISTS = ("adapter", "cases", "precisions", "modes", "needs", "versions", "processor")
TEXTS = ("kind", "reason", "link", "since")
TABLES = ("deviation", "where")
ONE = ("adapter",)
"""Of `LISTS`, what may be one string as well."""


def _check(where: str, table: dict[str, Any], known: set[str]) -> None:
    """Raise `DeviationError` when a table has an entry that is not known, or is of another type."""
    if unknown := sorted(table.keys() - known):
        raise DeviationError(f"{where}: wanted {', '.join(sorted(known))}, got {', '.join(unknown)}")
    for name, value in table.items():
        kind, what = (dict, "tables") if name in TABLES else (str, "strings")
        is_list = isinstance(value, list) and all(isinstance(one, kind) for one in value)
        if name in TEXTS and not isinstance(value, str):
            raise DeviationError(f"{where}: {name}: wanted a string, got {_shown(value)}")
        if name not in TEXTS and not is_list and not (name in ONE and isinstance(value, str)):
            one = "a string or " if name in ONE else ""
            raise DeviationError(f"{where}: {name}: wanted {one}a list of {what}, got {_shown(value)}")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
