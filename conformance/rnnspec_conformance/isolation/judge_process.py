"""Isolation: trials in a process of their own, which may crash, hang or run out of memory without ending the run.

The process is a fresh interpreter, never a copy of this one, and is kept from trial to trial. When it does not answer,
it is ended with all that it has started, and the next trial gets a new one.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rnnspec_adapters.program.offspring import end_marked, environment_with, new_mark
from rnnspec_conformance.defaults import TRIAL_S
from rnnspec_conformance.isolation.exchange import packed, unpacked, unpacked_judgement
from rnnspec_conformance.isolation.self_description import Description, NoAnswer, Provenance, Refusal
from rnnspec_conformance.judging import Judgement

START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from rnnspec_conformance.isolation.worker import main; main(*map(int, sys.argv[2:]))"
)
PIPE_BYTES = 1 << 16
PRINTED_BYTES = 1 << 14
PRINTED_LINES = 24
PRINTED_COLUMNS = 160
GLANCE = 0.1
"""Seconds after which a process that says nothing is looked at: it may have ended while its children live on."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a trial may take: seconds, and mebibytes of memory (0 for as many as there are)."""

    seconds: float = TRIAL_S
    memory: int = 0

    def options(self) -> str:
        """The options of the command line that set these limits."""
        memory = f" --memory-limit {self.memory}" if self.memory else ""
        return f"--isolate --time-limit {self.seconds:g}{memory}"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of a request, and the last lines that were printed meanwhile."""

    value: dict[str, Any]
    printed: tuple[str, ...]


class Process:
    """One process that judges, and the descriptors that lead to it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._number = 0
        self._unread = b""
        self._printed = b""
        requests, self._requests = os.pipe()
        self._answers, answers = os.pipe()
        self._mark = new_mark()
        arguments = [json.dumps(sys.path), str(requests), str(answers), str(limits.memory)]
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", START, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                bufsize=0,
                pass_fds=(requests, answers),
                start_new_session=True,
                env=environment_with(self._mark),
            )
        finally:
            os.close(requests)
            os.close(answers)
        assert self._process.stdout is not None
        self._selector = selectors.DefaultSelector()
        for descriptor, read in ((self._answers, self._hear), (self._process.stdout.fileno(), self._overhear)):
            os.set_blocking(descriptor, False)
            self._selector.register(descriptor, selectors.EVENT_READ, read)

    def ask(self, request: str, **arguments: Any) -> Answer:
        """The answer to a request.

        Raises
        ------
        NoAnswer
            When the process ends, falls silent for longer than it may, or answers nonsense. It has been ended then.
        Refusal
            When the answer is an error.
        """
        self._number += 1
        self._printed = b""
        deadline = time.monotonic() + self._limits.seconds
        with contextlib.suppress(BrokenPipeError):  # it has ended, as will be found below
            os.write(self._requests, packed({"number": self._number, "request": request, **arguments}))
        message = self._answer()
        while message is None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise self._ended(f"no answer within {self._limits.seconds:g} s")
            self._read(min(left, GLANCE))
            message = self._answer()
            if message is None and self._process.poll() is not None:
                self._read(0)
                message = self._answer()
                if message is None:
                    raise self._ended(_end_of(self._process.returncode))
        self._read(0)
        if "error" in message:
            raise Refusal(str(message["error"]))
        return Answer(value=message["answer"], printed=self.printed())

    def printed(self) -> tuple[str, ...]:
        """The last lines that the process has printed since the last request."""
        lines = self._printed.decode("utf-8", errors="replace").splitlines()
        return last(lines)

    def end(self) -> None:
        """End the process and all that it has started, in sessions of their own too."""
        if self._requests < 0:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        end_marked(self._mark)
        self._process.wait()
        self._selector.close()
        assert self._process.stdout is not None
        self._process.stdout.close()
        for descriptor in (self._requests, self._answers):
            os.close(descriptor)
        self._requests = -1

    def _ended(self, reason: str) -> NoAnswer:
        self._read(0)
        self.end()
        return NoAnswer(reason)

    def _answer(self) -> dict[str, Any] | None:
        """The answer to the last request, if it has come; what else stands on the line is nobody's answer."""
        while b"\n" in self._unread:
            line, _, self._unread = self._unread.partition(b"\n")
            message = unpacked(line)
            if message is not None and message.get("number") == self._number and {"answer", "error"} & set(message):
                return message
        return None

    def _read(self, seconds: float) -> None:
        """Wait so long, at most, until something is there, and read once: somebody may print without end."""
        for key, _ in self._selector.select(seconds):
            read: Callable[[bytes], None] = key.data
            piece = os.read(key.fd, PIPE_BYTES)
            read(piece)
            if not piece:
                self._selector.unregister(key.fileobj)

    def _hear(self, piece: bytes) -> None:
        self._unread += piece

    def _overhear(self, piece: bytes) -> None:
        self._printed = (self._printed + piece)[-PRINTED_BYTES:]


def last(lines: Sequence[str]) -> tuple[str, ...]:
    """As many of the last lines as are shown, none of them empty or very long."""
    return tuple([line.rstrip()[:PRINTED_COLUMNS] for line in lines if line.strip()][-PRINTED_LINES:])


def _end_of(status: int) -> str:
    if status >= 0:
        return f"the process ended with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:  # not every signal has a name
        name = f"signal {-status}"
    return f"the process ended by {name}" + (", as when memory runs out" if name == "SIGKILL" else "")


class Isolation:
    """An adapter in a process of its own; in the next process when one has ended."""

    def __init__(self, adapter: str, device: str, limits: Limits, selection: str = "default") -> None:
        self.limits = limits
        self._adapter = adapter
        self._device = device
        self._selection = selection
        self._process: Process | None = None
        self._made: set[tuple[str, str]] = set()
        self._last_words: tuple[str, ...] = ()
        atexit.register(self.close)

    def describe(self) -> Description:
        """What is known of the adapter before one is made.

        Raises
        ------
        NoAnswer, Refusal
            When it cannot be found.
        """
        value = self._open().value
        return Description(name=value["name"], **{f: tuple(value[f]) for f in ("modes", "precisions", "devices")})

    def make(self, precision: str, mode: str) -> None:
        """Make the adapter for a precision and mode, once in each process. What it takes is not counted to a trial.

        Raises
        ------
        NoAnswer, Refusal
            When it cannot be made.
        """
        if self._process is None:
            self._open()
        if (precision, mode) not in self._made:
            self._ask("make", precision=precision, mode=mode)
            self._made.add((precision, mode))

    def judge(
        self, case: str, precision: str, mode: str, *, thoroughly: bool = False
    ) -> tuple[Judgement, tuple[str, ...]]:
        """The judgement of a case, and the last lines that were printed."""
        try:
            self.make(precision, mode)
            answer = self._ask("judge", case=case, precision=precision, mode=mode, thoroughly=thoroughly)
            judgement = unpacked_judgement(answer.value)
        except (NoAnswer, Refusal) as error:
            return Judgement(verdict="errored", reason=str(error)), self._last_words
        except (KeyError, TypeError) as error:
            self.close()
            return Judgement(verdict="errored", reason=f"the process answered nonsense ({error})"), ()
        if judgement.verdict == "errored" and self.limits.memory:
            self.close()  # what it holds would be held against the next trial
        return judgement, answer.printed

    def ask(self, request: str, precision: str, mode: str, **arguments: Any) -> dict[str, Any]:
        """The answer to any other request about one precision and mode.

        Raises
        ------
        NoAnswer, Refusal
            When there is none, or it is an error.
        """
        self.make(precision, mode)
        return self._ask(request, precision=precision, mode=mode, **arguments).value

    def provenance(self, precision: str, mode: str) -> Provenance:
        """What the adapter says of its provenance."""
        try:
            self.make(precision, mode)
            return Provenance(**self._ask("provenance", precision=precision, mode=mode).value)
        except (NoAnswer, Refusal) as error:
            return Provenance(error=f"provenance: {error}")

    def close(self) -> None:
        """End the process. Another one is started when it is needed."""
        if self._process is not None:
            self._process.end()
        self._process = None
        self._made.clear()

    def _open(self) -> Answer:
        self.close()
        self._process = Process(self.limits)
        return self._ask("open", adapter=self._adapter, device=self._device, selection=self._selection)

    def _ask(self, request: str, **arguments: Any) -> Answer:
        assert self._process is not None
        process = self._process
        self._last_words = ()
        try:
            return process.ask(request, **arguments)
        except BaseException as error:
            self._last_words = process.printed()
            if not isinstance(error, Refusal):  # no answer, or an interruption that leaves one on its way
                self.close()
            raise
