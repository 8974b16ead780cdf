"""Recorded deviations that no longer occur: what is to be deleted, and where."""

from __future__ import annotations

from collections.abc import Sequence

from rnnspec_conformance.deviations import contradicted
from rnnspec_conformance.results import Row

SHOWN = 5
"""How many cases of an entry are named, and how many entries."""


def outdated_sentences(rows: Sequence[Row]) -> list[str]:
    """A sentence for each entry of a file of deviations that has such cases; nothing where none has.

    A case that deviates elsewhere in the run is named with its precision and mode: the entry is still about it.
    """
    elsewhere = {row.case for row in rows if row.verdict == "deviates"}
    entries: dict[str, list[str]] = {}
    for row in rows:
        if row.verdict == "outdated":
            said = contradicted(row.reason)
            names = entries.setdefault(said.entry if said else "", [])
            name = f"{row.case} ({row.precision}, {row.mode})" if row.case in elsewhere else row.case
            names += [] if name in names else [name]
    sentences = [_sentence(entry, names) for entry, names in entries.items()]
    more = [f"And of {len(sentences) - SHOWN} more entries"] if len(sentences) > SHOWN else []
    return sentences[:SHOWN] + more


def _sentence(entry: str, names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    where = f"; delete them from {entry}" if entry else ""
    return f"Recorded deviations that no longer occur: {', '.join(names[:SHOWN])}{more}{where}"
