"""What a command judges that goes without pytest: its options, and the subject that they name."""

from __future__ import annotations

import argparse
import os

from rnnspec_adapters.registry import PROGRAM
from rnnspec_conformance.defaults import TRIAL_S
from rnnspec_conformance.deviations import DeviationError
from rnnspec_conformance.isolation.judge_process import Isolation, Limits
from rnnspec_conformance.trial import Subject
from rnnspec_conformance.validate_options import OPTIONS
from rnnspec_conformance.validation import subject_of

USAGE_ERROR = 4
"""The exit status where nothing can be judged, as that of pytest."""

SHARED = ("device", "precision", "mode", "isolate", "time-limit", "memory-limit", "deviations")


def add_adapter(parser: argparse.ArgumentParser) -> None:
    """Declare how the implementation is named."""
    judged = parser.add_mutually_exclusive_group(required=True)
    judged.add_argument("--adapter", metavar="NAME", help="a registered adapter, or package.module:Class")
    judged.add_argument("--program", metavar="COMMAND", help="a program that speaks the protocol, in any language")


def add_shared(parser: argparse.ArgumentParser) -> None:
    """Declare the options that say how it is judged, as `rnnspec validate` has them."""
    for option in OPTIONS:
        if option.name in SHARED:
            option.declare(parser.add_argument, "")


def name_of(given: argparse.Namespace) -> str:
    """The implementation, as `find_adapter` takes it."""
    return given.adapter or f"{PROGRAM}{given.program}"


def subject_from(given: argparse.Namespace) -> Subject:
    """What is judged, made for all that is asked for. Whatever that raises is raised."""
    name = name_of(given)
    isolation = None
    if given.isolate or given.time_limit or given.memory_limit:
        if os.name != "posix":
            raise ValueError(f"--isolate: wanted a POSIX system, got {os.name}")
        limits = Limits(seconds=float(given.time_limit or TRIAL_S), memory=int(given.memory_limit or 0))
        isolation = Isolation(name, given.device, limits)
    try:
        subject = subject_of(
            name,
            device=given.device,
            precisions=_listed(given.precision),
            modes=_listed(given.mode),
            selection="default",
            deviations=given.deviations,
            isolation=isolation,
        )
        subject.make()
    except DeviationError as error:
        raise DeviationError(f"--deviations: {error}") from error
    return subject


def _listed(text: str | None) -> list[str] | None:
    return None if text is None else [value.strip() for value in text.split(",")]
