"""Whether a person has interrupted this process, or an implementation only says so by raising `KeyboardInterrupt`."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class Interrupts:
    """What is known of interruptions of this process."""

    def __init__(self) -> None:
        self.are_seen = False
        self.came = False

    def is_real(self) -> bool:
        """Whether a `KeyboardInterrupt` that was caught is one; it is where that cannot be told."""
        return self.came or not self.are_seen

    @contextmanager
    def seen(self) -> Iterator[None]:
        """Meanwhile, see whether an interruption comes; where something else handles them, it is left to that."""
        before: Any = signal.getsignal(signal.SIGINT)
        is_handled = before not in (signal.default_int_handler, signal.SIG_IGN)
        if is_handled or threading.current_thread() is not threading.main_thread():
            yield
            return
        if before is signal.default_int_handler:  # otherwise none can come
            signal.signal(signal.SIGINT, self._come)
        self.are_seen, self.came = True, False
        try:
            yield
        finally:
            if before is signal.default_int_handler:
                signal.signal(signal.SIGINT, before)
            self.are_seen = False

    def _come(self, number: int, frame: FrameType | None) -> None:
        self.came = True
        signal.default_int_handler(number, frame)


INTERRUPTS = Interrupts()
"""Those of this process."""
