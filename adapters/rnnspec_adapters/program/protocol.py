"""The messages of the protocol: requests as lines, and lines as answers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import rnnspec
from rnnspec import PRECISIONS, Outcome, Problem
from rnnspec_adapters.contract import Unsupported
from rnnspec_adapters.plain import outcome_of, plain_problem
from rnnspec_adapters.program.answer_sizes import has_more_than

PROTOCOL = 1
"""The version of the protocol."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""What programs (files of results are named after them), precisions, modes and devices may be called."""

Message = dict[str, Any]


class ProgramError(RuntimeError):
    """A program cannot be started, or does not keep to the protocol; the message says how."""


@dataclass(frozen=True, kw_only=True)
class Hello:
    """What a program says of itself.

    Attributes
    ----------
    name
        Its name; results are named after it.
    provenance
        The name and version of everything that takes part.
    precisions
        The precisions in which it can compute: keys of `rnnspec.PRECISIONS`.
    gradients
        Whether it computes gradients where a problem has cotangents.
    modes, devices
        The ways in which, and the devices on which, it can run.
    """

    name: str
    provenance: Mapping[str, str]
    precisions: tuple[str, ...]
    gradients: bool
    modes: tuple[str, ...] = ("default",)
    devices: tuple[str, ...] = ("cpu",)


def line_of(message: Message) -> str:
    """A message as one line, without its end."""
    return json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def hello_request(id: int) -> Message:
    """The first request."""
    return {"id": id, "request": "hello", "protocol": PROTOCOL, "specification": rnnspec.__version__}


def solve_request(id: int, problem: Problem, *, precision: str, mode: str, device: str) -> Message:
    """The request of an outcome."""
    return {
        "id": id,
        "request": "solve",
        "precision": precision,
        "mode": mode,
        "device": device,
        "problem": plain_problem(problem),
    }


def answer_of(line: str, id: int) -> Message:
    """The answer that a line holds.

    Raises
    ------
    ProgramError
        When it is no JSON object, or not the answer to request `id`.
    """
    try:
        answer = json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ProgramError(f"wanted a line of JSON, got {line[:80]!r} ({error})") from error
    if not isinstance(answer, dict):
        raise ProgramError(f"wanted a JSON object, got {line[:80]!r}")
    if type(answer.get("id")) is not int or answer["id"] != id:
        raise ProgramError(f"id: wanted {id}, got {answer.get('id')!r}")
    return answer


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"JSON has no {constant}")


def hello_of(answer: Message) -> Hello:
    """What the answer to a `hello_request` says.

    Raises
    ------
    ProgramError
        Names the field, what was wanted and what came.
    """
    _refuse_error(answer)
    if answer.get("protocol") != PROTOCOL:
        raise ProgramError(f"protocol: wanted {PROTOCOL}, got {answer.get('protocol')!r}")
    name, provenance = answer.get("name"), answer.get("provenance")
    if not isinstance(name, str) or not _is_name(name):
        raise ProgramError(f"name: wanted letters, digits, '.', '_' and '-', got {name!r}")
    versions = provenance.values() if isinstance(provenance, dict) else ()
    if not isinstance(provenance, dict) or not versions or not all(isinstance(v, str) and v for v in versions):
        raise ProgramError(f"provenance: wanted names and versions, got {provenance!r}")
    if not isinstance(answer.get("gradients"), bool):
        raise ProgramError(f"gradients: wanted true or false, got {answer.get('gradients')!r}")
    precisions = _words("precisions", answer.get("precisions"))
    unknown = [precision for precision in precisions if precision not in PRECISIONS]
    if unknown:
        raise ProgramError(f"precisions: wanted some of {', '.join(PRECISIONS)}, got {unknown[0]!r}")
    others = {key: _words(key, answer[key]) for key in ("modes", "devices") if key in answer}
    return Hello(name=name, provenance=provenance, precisions=precisions, gradients=answer["gradients"], **others)


def _words(field: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(_is_name(word) for word in value):
        raise ProgramError(f"{field}: wanted a list of words, got {value!r}")
    return tuple(value)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and NAME.fullmatch(value) is not None


def _refuse_error(answer: Message) -> None:
    if "error" in answer:
        raise ProgramError(f"the program answers with an error: {answer['error']}")


def solved_of(answer: Message, *, most: int | None = None) -> Outcome | Unsupported:
    """What the answer to a `solve_request` holds: an outcome of at most so many numbers, or a refusal.

    Raises
    ------
    ProgramError
        When the program answers with an error, or with anything but an outcome or a refusal.
    """
    _refuse_error(answer)
    if "unsupported" in answer:
        reason = answer["unsupported"]
        if not isinstance(reason, str) or not reason.strip():
            raise ProgramError(f"unsupported: wanted a sentence, got {reason!r}")
        return Unsupported(reason=reason)
    if "outcome" not in answer:
        raise ProgramError(f"wanted outcome, unsupported or error, got {', '.join(answer)}")
    if most is not None and has_more_than(answer["outcome"], most):
        raise ProgramError(f"outcome: wanted at most {most} numbers, as the problem has, got more")
    try:
        return outcome_of(answer["outcome"])
    except KeyError as error:
        raise ProgramError(f"outcome: wanted {error.args[0]}, got nothing") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise ProgramError(f"outcome: {error}") from error
