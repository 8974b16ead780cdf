"""Rows and runs, and their JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

SCHEMA = 3
"""The number of the format of a file; it changes with the names or the meaning of what is in it."""

VERDICTS = ("passed", "differs", "deviates", "unsupported", "errored")
WRONG = ("differs", "errored")
"""The verdicts that make a run fail."""

FIGURES = ("ratio", "error", "tolerance")


@dataclass(frozen=True, kw_only=True)
class Row:
    """What came of one case in one precision and mode.

    Attributes
    ----------
    verdict
        One of `VERDICTS`; ``deviates`` is to differ as recorded.
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
    chapter: str
    rules: tuple[str, ...]
    sentence: str
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
        """The row in JSON values: no infinity, figures to two digits, text that UTF-8 can hold."""
        row: dict[str, Any] = asdict(self)
        row |= {name: _utf8(value) for name, value in row.items() if isinstance(value, str)}
        row |= {name: _figure(row[name]) for name in FIGURES}
        return row | {"rules": list(self.rules)}

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> Row:
        """The inverse of `as_json`: a ratio that is null although its field is known was infinite."""
        beyond_numbers = row["ratio"] is None and row["field"] != ""
        ratio = math.inf if beyond_numbers else row["ratio"]
        return Row(**{**row, "rules": tuple(row["rules"]), "ratio": ratio})


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
        """The file: one line a row."""
        lines = ",\n".join("    " + json.dumps(row.as_json(), ensure_ascii=False) for row in self.rows)
        return json.dumps(self.head(), indent=2, ensure_ascii=False)[:-2] + f',\n  "results": [\n{lines}\n  ]\n}}\n'
