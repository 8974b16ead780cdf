"""Adapters by name.

Those that register an entry point in the group ``rnnspec.adapters``, any ``module:Class``, and any program that speaks
the protocol, as ``program:COMMAND``.
"""

from __future__ import annotations

import importlib
import importlib.metadata
from difflib import get_close_matches
from typing import Any

from rnnspec_adapters.contract import Adapter
from rnnspec_adapters.missing import how_to_install, missing_of
from rnnspec_adapters.named_functions import named_function
from rnnspec_adapters.program import ProgramError, program_adapter

GROUP = "rnnspec.adapters"
FUNCTION = "function:"
"""What the name of an adapter begins with when the rest of it is a function, and how it is called."""
PROGRAM = "program:"
"""What the name of an adapter begins with when the rest of it is the command of a program."""


class AdapterError(LookupError):
    """No adapter can be had under a name; the message says why."""


def known_adapters() -> dict[str, str]:
    """The registered adapters: name to ``module:Class``. Nothing is imported."""
    entries = importlib.metadata.entry_points(group=GROUP)
    return {entry.name: entry.value for entry in sorted(entries, key=lambda entry: entry.name)}


def find_adapter(name: str) -> type[Adapter]:
    """The adapter class registered as `name`, or the one at ``package.module:Class``, or one that is made.

    ``program:COMMAND`` is that of a program, and ``function:package.module:function --like LAYER`` that of a function
    (`rnnspec_adapters.named_functions`).

    Raises
    ------
    AdapterError
        When there is none, its module cannot be imported, or the program does not say hello.
    """
    if name.startswith(FUNCTION):
        try:
            return named_function(name.removeprefix(FUNCTION), _imported)
        except ValueError as error:
            raise AdapterError(f"adapter {name}: {error}") from error
    if name.startswith(PROGRAM):
        try:
            return program_adapter(name.removeprefix(PROGRAM))
        except ProgramError as error:
            raise AdapterError(str(error)) from error
    known = known_adapters()
    target = name if ":" in name else known.get(name)
    if target is None:
        near = get_close_matches(name, known, n=3)
        meant = f"{' or '.join(near)}?" if near else f"one of {', '.join(known)}"
        raise AdapterError(f"adapter: wanted package.module:Class or {meant}, got {name!r}")
    found: type[Adapter] = _imported(target, name)
    if not isinstance(found, type):
        other = "; rnnspec check judges a function" if callable(found) else ""
        raise AdapterError(f"adapter {name}: wanted a class, got a {type(found).__name__}{other}")
    return found


def _imported(target: str, name: str) -> Any:
    """What stands at ``module:attribute``; `name` is what was asked for."""
    module_name, _, attribute = target.partition(":")
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        missing = missing_of(target)
        if missing:
            needs = f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed"
            raise AdapterError(f"adapter {name}: {needs}: {how_to_install(missing)}") from error
        raise AdapterError(f"adapter {name}: {module_name} cannot be imported ({error})") from error
    try:
        return getattr(module, attribute)
    except AttributeError as error:
        raise AdapterError(f"adapter {name}: {module_name} has no {attribute}") from error
