"""The claims and their numbers as JSON that a person can read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import numpy as np

from rnnspec_workshop.claims.claim import Claim

DIGITS = 6
"""How many significant digits are written, so that the file hardly depends on the machine."""


def entry(claim: Claim) -> dict[str, Any]:
    """A claim with everything that was found, rounded."""
    findings = claim.findings
    return {
        "id": claim.id,
        "claim": claim.sentence,
        "verdict": claim.verdict,
        "because": claim.because,
        "rules": list(claim.rules),
        "numbers": rounded(findings.numbers),
        "series": {
            name: {field.name: rounded(getattr(series, field.name)) for field in fields(series)}
            for name, series in findings.series.items()
        },
    }


def rounded(value: Any) -> Any:
    """`value` with every float in it rounded to `DIGITS` significant digits."""
    if isinstance(value, dict):
        return {str(name): rounded(part) for name, part in value.items()}
    if isinstance(value, str | bool | int):
        return value
    if isinstance(value, float | np.floating):
        return float(f"{value:.{DIGITS}g}") + 0.0  # no negative zero
    return [rounded(part) for part in value]


def text_of(claims: Iterable[Claim]) -> str:
    """The file: one name a line, a list of numbers on one line."""
    return _text({"schema": 1, "claims": [entry(claim) for claim in claims]}, "") + "\n"


def _text(value: Any, indent: str) -> str:
    deeper = indent + "  "
    if isinstance(value, dict) and value:
        lines = [f"{deeper}{json.dumps(name)}: {_text(part, deeper)}" for name, part in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(deeper + _text(part, deeper) for part in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
