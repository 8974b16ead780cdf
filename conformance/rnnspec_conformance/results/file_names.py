"""What files of results are called."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from rnnspec_conformance.results.run import Run

LONGEST = 80
"""The most characters by which a name says what was chosen."""

JOURNAL = ".part"
"""What the name of a journal ends with, behind that of the file which the run is to become."""


def file_name(run: Run) -> str:
    """E.g. ``torch-cpu.json``, ``torch-cpu-all.json`` for another selection, ``torch-cpu.shard-2-of-8.json``.

    What was chosen of a whole run is named, too: ``torch-cpu.float32.json``, ``torch-cpu.case-lstm-forward.json``.
    """
    selection = "" if run.selection == "default" else f"-{run.selection}"
    shard = "" if run.shard is None else ".shard-{}-of-{}".format(*run.shard)
    return f"{run.adapter}-{run.device}{selection}{_part(run.chosen)}{shard}.json"


def _part(chosen: Mapping[str, Sequence[str]]) -> str:
    """What was chosen, as a part of a name; no two choices have the same."""
    marks = {"precisions": "", "modes": "mode-", "cases": "case-"}
    said = "".join(f".{mark}{'+'.join(map(_safe, chosen[axis]))}" for axis, mark in marks.items() if axis in chosen)
    if len(said) <= LONGEST:
        return said
    return f".part-{hashlib.blake2b(said.encode(), digest_size=8).hexdigest()}"


def _safe(word: str) -> str:
    """A word of a name: ``_`` stands for ``*``, and what no name of a file should hold is written as in an address."""
    return quote(word, safe="*").replace("_", "%5F").replace(".", "%2E").replace("*", "_")
