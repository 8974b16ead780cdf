"""A program that is spoken with line by line: started when it is needed, and never left running."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import threading
import time
import weakref
from collections import deque
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import IO

from rnnspec_adapters.program.offspring import end_marked, environment_with, new_mark
from rnnspec_adapters.program.protocol import ProgramError

TIME_LIMIT = 60.0
"""Seconds that a program has for an answer."""

FAREWELL = 5.0
"""Seconds that a program has to end after the end of its input."""

LONGEST = 2**28
"""Bytes of the longest line that is read."""

UNREAD = 1000
"""Lines that are read ahead; a program that writes more than that unasked is no longer listened to."""

STDERR_LINES = 12
"""Lines of the program's stderr that are kept."""


class Program:
    """A program, started by its first exchange and again by the first one after it has been stopped.

    What it was sent is written by a thread, and what it writes is read by others, so that neither side can wait for
    the other for ever. The process is ended at the latest with this one.

    Parameters
    ----------
    command
        The command with its arguments, quoted as for a shell. No shell is used.
    time_limit
        Seconds for one answer.

    Raises
    ------
    ProgramError
        When the command cannot be read as words.
    """

    def __init__(self, command: str, *, time_limit: float = TIME_LIMIT) -> None:
        self.command = command
        self.time_limit = time_limit
        try:
            self._words = shlex.split(command)
        except ValueError as error:
            raise ProgramError(f"{command}: wanted a command, got {error}") from error
        if not self._words:
            raise ProgramError("program: wanted a command, got nothing")
        self._running: _Running | None = None

    @property
    def runs(self) -> bool:
        """Whether the program is running."""
        return self._running is not None and self._running.process.poll() is None

    @property
    def pid(self) -> int | None:
        """The number of the process; None before it has been started and after it has been stopped."""
        return None if self._running is None else self._running.process.pid

    def start(self) -> None:
        """Start the program, unless it is running.

        Raises
        ------
        ProgramError
            When it cannot be started.
        """
        if self.runs:
            return
        self.stop()
        try:
            self._running = _Running(self._words)
        except OSError as error:
            raise ProgramError(f"{self.command}: cannot be started ({error})") from error

    def exchange(self, line: str, *, most: int = LONGEST) -> str:
        """Send a line, and return the one that answers it, of at most so many bytes.

        Raises
        ------
        ProgramError
            When the program cannot be started, has written something unasked, ends, or takes too long. It is stopped
            then.
        """
        self.start()
        running = self._running
        assert running is not None
        unasked = running.unread()
        if unasked:
            raise self.failure(f"wrote without being asked: {shortened(unasked[0])}")
        running.send(line)
        try:
            answer = running.lines.get(timeout=self.time_limit)
        except Empty:
            raise self.failure(f"no answer within {self.time_limit:g} s") from None
        if answer is None:
            raise self.failure("ended before it answered")
        if not answer.endswith(b"\n"):
            raise self.failure(f"wanted a whole line, got {shortened(answer)}")
        if len(answer) > most:
            raise self.failure(f"wanted a line of at most {most} bytes, as the problem is, got {len(answer)}")
        try:
            return answer.decode("utf-8")
        except UnicodeDecodeError as error:
            raise self.failure(f"wanted UTF-8, got {shortened(answer)}") from error

    def failure(self, what: str) -> ProgramError:
        """Stop the program: an error that says what it did, how it ended, and the last lines of its stderr."""
        if self._running is None:
            return ProgramError(f"{self.command}: {what}")
        status = self._running.wait(0.5)
        self._running.kill()
        ending = "" if status is None else f" (exit status {status})"
        stderr = " | ".join(line.strip() for line in self._running.stderr if line.strip())
        self._running = None
        return ProgramError(f"{self.command}: {what}{ending}" + (f"; its stderr ends: {stderr}" if stderr else ""))

    def stop(self) -> None:
        """End the program, if it is running, at once."""
        if self._running is not None:
            self._running.kill()
            self._running = None

    def finish(self) -> tuple[int | None, list[str]]:
        """Close the program's input and wait for its end.

        Returns
        -------
        tuple
            Its exit status, None when it had to be ended; and the lines that it wrote since its last answer.
        """
        if self._running is None:
            return None, []
        running, self._running = self._running, None
        running.close()
        status = running.wait(FAREWELL)
        running.kill()
        return status, [line.decode("utf-8", errors="replace").rstrip("\n") for line in running.unread()]


class _Running:
    """One process and the threads at its pipes."""

    def __init__(self, words: list[str]) -> None:
        pipe = subprocess.PIPE
        mark = new_mark()
        self.process = subprocess.Popen(
            words, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True, env=environment_with(mark)
        )
        assert self.process.stdin
        assert self.process.stdout
        assert self.process.stderr
        self.requests: SimpleQueue[bytes | None] = SimpleQueue()
        self.lines: SimpleQueue[bytes | None] = SimpleQueue()
        self.stderr: deque[str] = deque(maxlen=STDERR_LINES)
        self.threads = [
            threading.Thread(target=_write, args=(self.process.stdin, self.requests), daemon=True),
            threading.Thread(target=_read, args=(self.process.stdout, self.lines), daemon=True),
            threading.Thread(target=_keep, args=(self.process.stderr, self.stderr), daemon=True),
        ]
        for thread in self.threads:
            thread.start()
        self.kill = weakref.finalize(self, _kill, self.process, mark, self.requests, self.threads)

    def send(self, line: str) -> None:
        self.requests.put(line.encode("utf-8") + b"\n")

    def close(self) -> None:
        self.requests.put(None)

    def unread(self) -> list[bytes]:
        """The lines that have come and were not asked for; that there are no more is left for who asks next."""
        lines = []
        with suppress(Empty):
            while (line := self.lines.get_nowait()) is not None:
                lines.append(line)
            self.lines.put(None)
        return lines

    def wait(self, seconds: float) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            return self.process.wait(seconds)
        return None


def _write(stdin: IO[bytes], requests: SimpleQueue[bytes | None]) -> None:
    with suppress(OSError):  # the reader of the answers finds out that the program has ended
        while (line := requests.get()) is not None:
            stdin.write(line)
            stdin.flush()
    with suppress(OSError):
        stdin.close()


def _read(stdout: IO[bytes], lines: SimpleQueue[bytes | None]) -> None:
    while lines.qsize() < UNREAD and (line := stdout.readline(LONGEST)):
        lines.put(line)
    lines.put(None)


def _keep(stderr: IO[bytes], kept: deque[str]) -> None:
    for line in iter(lambda: stderr.readline(1000), b""):
        kept.append(line.decode("utf-8", errors="replace"))


def _kill(
    process: subprocess.Popen[bytes], mark: str, requests: SimpleQueue[bytes | None], threads: list[threading.Thread]
) -> None:
    """End the process and all that it has started, in sessions of their own too, and wait for the threads."""
    with suppress(OSError):  # it has ended by itself
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    end_marked(mark)
    process.wait()
    requests.put(None)
    deadline = time.monotonic() + 1
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    for pipe in (process.stdout, process.stderr):
        if pipe is not None and not any(thread.is_alive() for thread in threads):
            pipe.close()


def shortened(text: str | bytes, limit: int = 80) -> str:
    """The beginning of a text, quoted, as it is shown in messages."""
    shown = text.decode("utf-8", errors="replace") if isinstance(text, bytes) else text
    shown = shown.rstrip("\n")
    return repr(shown if len(shown) <= limit else shown[: limit - 2] + "..")
