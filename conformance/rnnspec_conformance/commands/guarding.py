"""What an implementation may not do to the process that judges it: end it as if all were well."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

ENDED = 3
"""The exit status where an implementation has ended the process with status 0."""


@contextmanager
def without_quiet_end(last_words: Callable[[], str]) -> Iterator[None]:
    """Meanwhile, ``os._exit`` in this process says that the run was ended, and never with status 0.

    `last_words` are asked what there is to say besides.
    """
    process, really_exit = os.getpid(), os._exit
    screen = os.dup(2)  # what is printed meanwhile is kept, and goes with the process

    def told(status: int) -> NoReturn:
        if os.getpid() == process:  # children of this process end as they like
            what = f"the implementation has ended the process that judges it, with status {status}"
            os.write(screen, f"rnnspec: {what}; --isolate judges the rest\n{last_words()}\n".encode())
            status = status or ENDED
        really_exit(status)

    os._exit = told
    try:
        yield
    finally:
        os._exit = really_exit
        os.close(screen)


def end_in_spite_of_threads(status: int) -> None:
    """End this process where an implementation has left a thread for which Python would wait, perhaps for ever."""
    left = [thread for thread in threading.enumerate() if thread is not threading.main_thread() and not thread.daemon]
    if not left:
        return
    names = ", ".join(repr(thread.name[:40]) for thread in left)
    print(f"rnnspec: ended without waiting for threads that run on: {names}", file=sys.stderr)
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)
