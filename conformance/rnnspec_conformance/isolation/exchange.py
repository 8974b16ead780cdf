"""What travels between the suite and the process that judges: one line of JSON for each request and each answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rnnspec_conformance.judging import Judgement
from rnnspec_conformance.judging.compare import Difference
from rnnspec_conformance.judging.likeness import Likeness


def packed(message: Mapping[str, Any]) -> bytes:
    """A message as a line."""
    return json.dumps(message, default=_number).encode() + b"\n"


def unpacked(line: bytes) -> dict[str, Any] | None:
    """The message of a line; None when it holds none."""
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def packed_judgement(judgement: Judgement) -> dict[str, Any]:
    """A judgement in JSON values, infinities among them."""
    return asdict(judgement)


def unpacked_judgement(data: Mapping[str, Any]) -> Judgement:
    """The inverse of `packed_judgement`."""
    return Judgement(
        **{
            **data,
            "differences": tuple(Difference(**entry) for entry in data["differences"]),
            "likeness": _likeness(**data["likeness"]),
        }
    )


def _likeness(wrong: Sequence[str], where: Sequence[str], looks: str) -> Likeness:
    return Likeness(wrong=tuple(wrong), where=tuple(where), looks=looks)


def _number(value: Any) -> Any:
    return value.item()
