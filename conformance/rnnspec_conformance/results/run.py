"""Rows and runs, and their JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

SCHEMA = 3
"""The number of the format of a file; it changes with the names or the meaning of what is in it."""

VERDICTS = ("passed", "differs", "outdated", "deviates", "unsupported", "errored")
WRONG = ("differs", "outdated", "errored")
"""The verdicts that make a run fail."""

FIGURES = ("ratio", "error", "tolerance")


@dataclass(frozen=True, kw_only=True)
class Row:
    """What came of one case in one precision and mode; what the case is, the catalogue says (`results.catalogued`).

    Attributes
    ----------
    verdict
        One of `VERDICTS`; ``deviates`` is to differ as recorded, ``outdated`` not to do so any more.
    ratio
        The largest error in units of its tolerance; infinite where no number says it, None where nothing was compared.
    error, tolerance
        The two numbers that it is the ratio of; None where there is no such number, or nothing is allowed.
    field
        Where that error is.
    reason
        Why the verdict is not ``passed``, where the figures do not say it.
    rule
        The rule that is broken.
    message
        All that a person needs to find the fault of a wrong row; empty for the others.
    """

    case: str
    precision: str
    mode: str
    verdict: str
    ratio: float | None = None
    error: float | None = None
    tolerance: float | None = None
    field: str = ""
    reason: str = ""
    rule: str | None = None
    message: str = ""

    @property
    def trial(self) -> str:
        """E.g. ``lstm-forward-float32-time-major``."""
        return f"{self.case}-{self.precision}-{self.mode}"

    def as_json(self) -> dict[str, Any]:
        """The row in JSON values: nothing that is empty, no infinity, figures to two digits, text that UTF-8 holds."""
        row = {name: _figure(value) if name in FIGURES else value for name, value in asdict(self).items()}
        text = {name: _utf8(value) if isinstance(value, str) else value for name, value in row.items()}
        return {name: value for name, value in text.items() if value not in (None, "")}

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> Row:
        """The inverse of `as_json`: a ratio that is not there although its field is known was infinite."""
        return Row(**{"ratio": math.inf if "field" in row else None, **row})


def _figure(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(f"{value:.2g}")


def _utf8(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


@dataclass(frozen=True, kw_only=True)
class Run:
    """All rows of a run, and what was judged.

    Attributes
    ----------
    selection
        The name of the selection of cases.
    precisions, modes
        What every case of the selection was judged in.
    shard
        None, or which part of how many parts this is, counted from 1.
    rows
        In the order of the catalogue: by precision, then by mode, then by case.
    stream
        What came of the draws, in JSON values (`stream.telling.as_json`); None where none were made.
    """

    adapter: str
    device: str
    specification: str
    provenance: Mapping[str, str]
    rows: Sequence[Row]
    precisions: tuple[str, ...]
    modes: tuple[str, ...]
    selection: str = "default"
    shard: tuple[int, int] | None = None
    stream: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        strange = [row.trial for row in self.rows if row.precision not in self.precisions or row.mode not in self.modes]
        if strange:
            wanted = f"precisions {', '.join(self.precisions)} and modes {', '.join(self.modes)}"
            raise ValueError(f"rows: wanted rows of the {wanted}, got {strange[0]}")

    @property
    def title(self) -> str:
        """E.g. ``torch on cpu``; the selection and the shard are named where they are not the whole default one."""
        words = [f"{self.adapter} on {self.device}"]
        words += [] if self.selection == "default" else [f"selection {self.selection}"]
        words += [] if self.shard is None else ["shard {} of {}".format(*self.shard)]
        return ", ".join(words)

    def facts(self) -> list[tuple[str, str]]:
        """What was judged, by what, and how: names and values for a person."""
        judged = [("specification", f"rnnspec {self.specification}"), ("selection", self.selection)]
        return [*judged, *self.provenance.items(), ("modes", ", ".join(self.modes))]

    def head(self) -> dict[str, Any]:
        """Everything but the rows, in JSON values."""
        return {
            "schema": SCHEMA,
            "adapter": self.adapter,
            "device": self.device,
            "specification": self.specification,
            "provenance": dict(self.provenance),
            "selection": self.selection,
            "precisions": list(self.precisions),
            "modes": list(self.modes),
            "shard": None if self.shard is None else list(self.shard),
        }

    def dump(self) -> str:
        """The file: one line a row, under its precision and mode."""
        parts = [
            f'"{precision}": {{\n'
            + ",\n".join(f"      {json.dumps(mode)}: {self._lines(precision, mode)}" for mode in self.modes)
            + "\n    }"
            for precision in self.precisions
        ]
        results = ",\n".join(f"    {part}" for part in parts)
        stream = "" if self.stream is None else f',\n  "stream": {_section(self.stream)}'
        head = json.dumps(self.head(), indent=2, ensure_ascii=False)[:-2]
        return f'{head},\n  "results": {{\n{results}\n  }}{stream}\n}}\n'

    def _lines(self, precision: str, mode: str) -> str:
        rows = [row.as_json() for row in self.rows if (row.precision, row.mode) == (precision, mode)]
        bare = [{name: value for name, value in row.items() if name not in ("precision", "mode")} for row in rows]
        lines = ",\n".join(f"        {json.dumps(row, ensure_ascii=False)}" for row in bare)
        return f"[\n{lines}\n      ]" if lines else "[]"


def _section(entries: Mapping[str, Any]) -> str:
    """An object, one line an entry."""
    lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(value)}" for name, value in entries.items())
    return f"{{\n{lines}\n  }}"
