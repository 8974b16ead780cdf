"""How what is judged is named on the command line."""

from __future__ import annotations

from shlex import quote

from rnnspec_adapters.registry import PROGRAM


def option_of(given: str) -> tuple[str, str]:
    """The option of the commands that names an implementation, without its dashes, and the value of the option."""
    return ("program", given.removeprefix(PROGRAM)) if given.startswith(PROGRAM) else ("adapter", given)


def typed(given: str) -> str:
    """What is typed to name an implementation, e.g. ``--adapter torch`` or ``--program './lstm -v'``."""
    option, value = option_of(given)
    return f"--{option} {quote(value)}"
