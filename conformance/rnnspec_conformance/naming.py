"""How what is judged is named on the command line."""

from __future__ import annotations

from shlex import quote

from rnnspec_adapters.registry import FUNCTION, PROGRAM


def option_of(given: str) -> tuple[str, str]:
    """The option of the commands that names an implementation, without its dashes, and the value of the option."""
    return ("program", given.removeprefix(PROGRAM)) if given.startswith(PROGRAM) else ("adapter", given)


def command_of(given: str) -> str:
    """The command that judges an implementation: ``rnnspec check`` for a function."""
    if given.startswith(FUNCTION):
        return f"rnnspec check {given.removeprefix(FUNCTION)}"
    return f"rnnspec validate {typed(given)}"


def typed(given: str) -> str:
    """What is typed to name an implementation, e.g. ``--adapter torch`` or ``--program './lstm -v'``."""
    option, value = option_of(given)
    return f"--{option} {quote(value)}"
