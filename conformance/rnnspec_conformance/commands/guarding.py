"""What an implementation may not do to the process that judges it: end it as if all were well."""

from __future__ import annotations

import os
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
