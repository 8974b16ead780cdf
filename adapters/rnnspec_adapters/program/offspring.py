"""What was started here, wherever it has gone: found by a mark in its environment, and ended.

A child may leave its process group, its session and its parent; its environment goes with it, and with its children,
unless it clears it. Processes are found in ``/proc``: where there is none, as on macOS and Windows, nothing is found.

This file is also a program of its own, which waits until the process that has started it is gone, however it went, and
ends what that has left. So it imports little.
"""

from __future__ import annotations

import atexit
import io
import os
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator

VARIABLE = "RNNSPEC_STARTED_BY"
"""The variable that holds the marks, of every process on the way to the one that has it."""

ROUNDS = 50
"""How often processes are looked for: what is being started while others are ended is found the next time."""

_guards: dict[int, tuple[str, subprocess.Popen[bytes]]] = {}
"""By the number of a process that starts others: its mark, and the program that waits for its end."""


def can_be_found() -> bool:
    """Whether processes can be found here by their environment."""
    return os.access("/proc/self/environ", os.R_OK)


def new_mark() -> str:
    """A word that nobody else has."""
    return os.urandom(8).hex()


def environment_with(mark: str) -> dict[str, str]:
    """The environment of a process that is to be found by `mark`, and is ended at the latest when this one is."""
    return {**os.environ, VARIABLE: " ".join([*_marks(), _mark_of_this_process(), mark])}


def mark_of_this_process_by_its_parent() -> str | None:
    """The mark under which this process was started; None where it was started without one."""
    marks = _marks()
    return marks[-1] if marks else None


def end_marked(mark: str, *, but: Collection[int] = ()) -> None:
    """End every process that has a mark, but for some of them."""
    if not can_be_found():
        return
    for _ in range(ROUNDS):
        found = [process for process in _having(mark) if process not in but]
        if not found:
            return
        for process in found:
            try:
                os.kill(process, signal.SIGKILL)
            except OSError:  # it has ended meanwhile
                continue


def _marks() -> list[str]:
    return os.environ.get(VARIABLE, "").split()


def _mark_of_this_process() -> str:
    """The mark of all that this process starts; the first time, the program is started that waits for its end."""
    known = _guards.get(os.getpid())
    if known is not None:
        return known[0]
    mark = new_mark()
    if can_be_found():
        guard = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__, mark],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        _guards[os.getpid()] = (mark, guard)
        atexit.register(_release, os.getpid(), guard)
    return mark


def _release(process: int, guard: subprocess.Popen[bytes]) -> None:
    """Let the guard end what is left, and wait for that."""
    if os.getpid() == process:  # and no copy of it
        guard.communicate()


def _having(mark: str) -> Iterator[int]:
    word = mark.encode()
    name = VARIABLE.encode() + b"="
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            with io.FileIO(f"/proc/{entry.name}/environ") as file:
                variables = file.readall().split(b"\0")
        except OSError:  # it has ended, or is somebody else's
            continue
        if any(variable.startswith(name) and word in variable for variable in variables):
            yield int(entry.name)


if __name__ == "__main__":
    sys.stdin.buffer.read()  # which ends with the process at the other side of the pipe
    end_marked(sys.argv[1], but=[os.getpid()])
