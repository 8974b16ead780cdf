"""What an implementation says of itself, checked: its name, its modes, its provenance."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from rnnspec import PRECISIONS
from rnnspec_adapters import Adapter, AdapterError
from rnnspec_conformance.defaults import DEFAULT_DEVICES, DEFAULT_PRECISIONS
from rnnspec_conformance.judging import in_one_line, printable
from rnnspec_conformance.processor import PROCESSOR, processor

NAME = re.compile(r"[^\s/\\.][^/\\\x00-\x1f]{0,99}")
"""A name stands in the name of a file."""


class NoAnswer(RuntimeError):
    """The process that judges did not answer; the message says why. It has been ended."""


class Refusal(RuntimeError):
    """The process that judges answered that it cannot do what was asked for; the message says why."""


class Named(Protocol):
    """What is known of an adapter before one is made: a class of adapters, or a `Description`."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def modes(self) -> tuple[str, ...]:
        """The ways in which it can run."""


@dataclass(frozen=True, kw_only=True)
class Description:
    """What is known of an adapter before one is made.

    Attributes
    ----------
    name
        What it is called.
    modes
        The ways in which it can run.
    precisions
        The precisions in which it is judged where none is asked for.
    devices
        The devices that it can run on.
    """

    name: str
    modes: tuple[str, ...]
    precisions: tuple[str, ...] = DEFAULT_PRECISIONS
    devices: tuple[str, ...] = DEFAULT_DEVICES


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """The versions that an adapter names, or why it names none."""

    versions: Mapping[str, str] = field(default_factory=dict)
    error: str = ""

    def entries(self) -> dict[str, str]:
        """What stands in the results: the versions and the processor, or one entry that says what went wrong.

        An implementation that runs elsewhere may name its own processor.
        """
        return {"error": self.error} if self.error else {**self.versions, PROCESSOR: self.processor}

    @property
    def processor(self) -> str:
        """The processor that it names, or else this one."""
        return self.versions.get(PROCESSOR) or processor()


def described(adapter: type[Adapter]) -> Description:
    """The name, the modes, the precisions and the devices of a class of adapters.

    Raises
    ------
    ValueError
        When the name is no name, or the modes are not a tuple of names.
    AttributeError
        When there are none.
    """
    name: object = adapter.name
    modes: object = adapter.modes
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ValueError(f"name: wanted a word that can stand in the name of a file, got {name!r}")
    names = modes if isinstance(modes, tuple) else ()
    if not names or not all(isinstance(mode, str) and mode for mode in names):
        raise ValueError(f"modes: wanted a tuple of one name or more, got {modes!r}")
    precisions: object = getattr(adapter, "precisions", DEFAULT_PRECISIONS)
    if (
        not isinstance(precisions, tuple)
        or not precisions
        or not all(precision in PRECISIONS for precision in precisions)
    ):
        raise ValueError(f"precisions: wanted some of {', '.join(PRECISIONS)}, got {precisions!r}")
    devices: object = getattr(adapter, "devices", DEFAULT_DEVICES)
    known = devices if isinstance(devices, tuple) else ()
    if not known or not all(isinstance(device, str) and NAME.fullmatch(device) for device in known):
        raise ValueError(f"devices: wanted a tuple of one name or more, got {devices!r}")
    return Description(name=name, modes=names, precisions=precisions, devices=known)


def told(error: BaseException) -> str:
    """Why an adapter cannot be had, in one line: messages that speak for themselves stand without their type."""
    if isinstance(error, AdapterError | OSError | ValueError | Refusal | NoAnswer):
        return printable(str(error).split("\n", maxsplit=1)[0]) or type(error).__name__
    return in_one_line(error)


def provenance_of(adapter: Adapter) -> Provenance:
    """What `adapter` says of its provenance. Whatever it does instead of saying so is told as an error."""
    try:
        versions: object = adapter.provenance()
        if not isinstance(versions, Mapping):
            return Provenance(error=f"provenance: wanted a mapping of strings, got {type(versions).__name__}")
        for name, version in versions.items():
            if not isinstance(name, str) or not isinstance(version, str):
                return Provenance(error=f"provenance: wanted a mapping of strings, got {name!r}: {version!r} in it")
        if not versions:
            return Provenance(error="provenance: wanted at least one name and version (CONF-5), got none")
        return Provenance(versions={printable(name): printable(version) for name, version in versions.items()})
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever an implementation raises is told, and ends nothing
        return Provenance(error=f"provenance: {in_one_line(error)}")
