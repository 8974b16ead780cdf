"""Adapters that do what no adapter should: each misbehaves in one way, most of them where a sequence has one step."""

from __future__ import annotations

import ctypes
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, NoReturn, cast

import numpy as np
import pytest

from rnnspec import Outcome, Problem
from rnnspec_adapters import Unsupported
from rnnspec_adapters.reference import ReferenceAdapter

STARTED = Path("started")
"""Where adapters write the numbers of the processes that they start."""


class Hostile(ReferenceAdapter):
    """Right but where a sequence has one step."""

    name: ClassVar[str] = "hostile"

    def solve(self, problem: Problem) -> Outcome:
        outcome = super().solve(problem)
        return self.misbehave(outcome) if len(problem.x) == 1 else outcome

    def misbehave(self, outcome: Outcome) -> Outcome:
        """What it does where a sequence has one step."""
        return outcome


class Exiting(Hostile):
    """Ends its process, and nothing can be caught."""

    def misbehave(self, outcome: Outcome) -> Outcome:
        os._exit(3)


class Crashing(Hostile):
    """Reads where there is no memory."""

    def misbehave(self, outcome: Outcome) -> Outcome:
        ctypes.string_at(0)
        return outcome


class CountingAndCrashing(Crashing):
    """Leaves a file for each instance that is made."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        Path(f"made-{time.monotonic_ns()}").touch()


class Killed(Hostile):
    """Is killed, as by the system when memory runs out."""

    def misbehave(self, outcome: Outcome) -> Outcome:
        os.kill(os.getpid(), signal.SIGKILL)
        return outcome


class Hanging(Hostile):
    """Never answers."""

    def misbehave(self, outcome: Outcome) -> Outcome:
        while True:
            time.sleep(1)


class HangingOn(Hostile):
    """Never answers, will not be told to stop, prints without end, and has a child that does the same."""

    def misbehave(self, outcome: Outcome) -> Outcome:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        STARTED.write_text(f"{os.getpid()} {child.pid}", encoding="ascii")
        while True:
            os.write(1, b"still here\n" * 100)


class Exhausting(Hostile):
    """Takes memory until there is none."""

    def misbehave(self, outcome: Outcome) -> Outcome:
        self.taken = [np.ones(1 << 22)]
        while True:
            self.taken.append(np.ones(1 << 22))


class Leaking(Hostile):
    """Keeps what it has computed."""

    kept: ClassVar[list[Outcome]] = []

    def solve(self, problem: Problem) -> Outcome:
        self.kept.append(super().solve(problem))
        return super().solve(problem)


class NotANumber(Hostile):
    """Answers NaN."""

    def misbehave(self, outcome: Outcome) -> Outcome:
        return replace(outcome, y=np.full_like(outcome.y, np.nan))


class OtherShape(Hostile):
    """Answers in another shape."""

    def misbehave(self, outcome: Outcome) -> Outcome:
        return replace(outcome, y=outcome.y[..., :1].copy())


class OtherType(Hostile):
    """Answers in another type."""

    def misbehave(self, outcome: Outcome) -> Outcome:
        return replace(outcome, y=outcome.y.astype(np.float16))


class NoArray(Hostile):
    """Answers with lists."""

    def misbehave(self, outcome: Outcome) -> Outcome:
        return replace(outcome, y=outcome.y.tolist())


class NoOutcome(Hostile):
    """Answers something else."""

    def misbehave(self, outcome: Outcome) -> Outcome:
        return cast(Outcome, "done")


class Viewing(Hostile):
    """Answers with two views of one array."""

    def misbehave(self, outcome: Outcome) -> Outcome:
        ((state,),) = outcome.final
        return replace(outcome, final=((state.replace(h=outcome.y[-1]),),))


class ViewingItsInput(Hostile):
    """Answers in the memory of what it was given."""

    def solve(self, problem: Problem) -> Outcome:
        outcome = super().solve(problem)
        if len(problem.x) > 1 or problem.initial is None:
            return outcome
        given, ((state,),) = problem.initial[0][0], outcome.final
        given.h[...] = state.h
        return replace(outcome, final=((state.replace(h=given.h),),))


class ModifyingItsInput(Hostile):
    """Uses its input as working space."""

    def solve(self, problem: Problem) -> Outcome:
        outcome = super().solve(problem)
        if len(problem.x) == 1:
            problem.x[...] = 0
        return outcome


class Alternating(Hostile):
    """Is wrong on every third call."""

    calls = 0

    def solve(self, problem: Problem) -> Outcome:
        outcome = super().solve(problem)
        self.calls += 1
        return outcome if self.calls % 3 else replace(outcome, y=outcome.y + 1)


class Seeded(Hostile):
    """Looks at a global generator of random numbers."""

    def solve(self, problem: Problem) -> Outcome:
        outcome = super().solve(problem)
        return replace(outcome, y=outcome.y * (1 + 1e-3 * random.random()))


class Printing(Hostile):
    """Prints, by all ways that there are."""

    def __init__(self, **options: Any) -> None:
        print("made")
        super().__init__(**options)

    def misbehave(self, outcome: Outcome) -> Outcome:
        print('{"number": 1, "answer": "print"}')
        print("to stderr", file=sys.stderr)
        os.write(1, b"below Python\n" * 20_000)
        return outcome


class PrintingAndRaising(Printing):
    """Prints, and raises."""

    def misbehave(self, outcome: Outcome) -> Outcome:
        super().misbehave(outcome)
        print("the last words")
        raise RuntimeError("no more")


class Raising(Hostile):
    """Claims support, and raises."""

    def misbehave(self, outcome: Outcome) -> Outcome:
        raise NotImplementedError("not yet")


class RaisingInSupports(Hostile):
    """Raises when asked."""

    def supports(self, problem: Problem) -> Unsupported | None:
        if len(problem.x) == 1:
            raise KeyError("steps")
        return None


class RaisingOddly(Hostile):
    """Raises what is no `Exception`."""

    def misbehave(self, outcome: Outcome) -> Outcome:
        raise GeneratorExit("odd")


class RaisingTheUnspeakable(Hostile):
    """Raises an error that cannot say what it is."""

    def misbehave(self, outcome: Outcome) -> Outcome:
        class UnspeakableError(Exception):
            def __str__(self) -> str:
                raise RuntimeError("no words")

        raise UnspeakableError


class Skipping(Hostile):
    """Would like not to be judged."""

    def misbehave(self, outcome: Outcome) -> Outcome:
        pytest.skip("not today")


class Closing(Hostile):
    """Closes every descriptor that there is."""

    def misbehave(self, outcome: Outcome) -> Outcome:
        os.closerange(0, 256)
        return outcome


class Forking(Hostile):
    """Comes back twice."""

    def misbehave(self, outcome: Outcome) -> Outcome:
        os.fork()
        return outcome


class WithoutProvenance(Hostile):
    """Does not say what it is."""

    def provenance(self) -> Mapping[str, str]:
        raise RuntimeError("who wants to know?")


class WithSillyProvenance(Hostile):
    """Says what it is in numbers."""

    def provenance(self) -> Mapping[str, str]:
        return cast(Mapping[str, str], {"hostile": 1.0})


class WithCrashingProvenance(Hostile):
    """Crashes when asked what it is."""

    def provenance(self) -> Mapping[str, str]:
        os.abort()


class HangingWhenMade(Hostile):
    """Cannot be made, and does not say so."""

    def __init__(self, **options: Any) -> None:
        time.sleep(600)


class ExitingWhenMade(Hostile):
    """Cannot be made, and ends the process."""

    def __init__(self, **options: Any) -> None:
        os._exit(7)


class WithoutModes(Hostile):
    """Has no way to run."""

    modes: ClassVar[tuple[str, ...]] = ()


class NamedLikeAPath(Hostile):
    """Would like its results elsewhere."""

    name: ClassVar[str] = "../elsewhere"


class Ending(Hostile):
    """It ends the process as if all were well."""

    name: ClassVar[str] = "ending"

    def solve(self, problem: Problem) -> Outcome:
        os._exit(0)


def press_ctrl_c() -> NoReturn:
    """Interrupt this process, as a person does."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in what a shell runs in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(60)
    raise AssertionError("nobody was interrupted")


class Interrupting(Hostile):
    """Somebody presses Ctrl-C while it computes."""

    name: ClassVar[str] = "interrupting"

    def solve(self, problem: Problem) -> Outcome:
        return press_ctrl_c()


class AnsweringEmptily(Hostile):
    """Its outputs are empty."""

    name: ClassVar[str] = "answering-emptily"

    def solve(self, problem: Problem) -> Outcome:
        outcome = super().solve(problem)
        return replace(outcome, y=outcome.y[:0])


class LeavingAThread(Hostile):
    """Leaves a thread behind that never ends, and for which Python waits."""

    name: ClassVar[str] = "leaving-a-thread"

    def misbehave(self, outcome: Outcome) -> Outcome:
        threading.Thread(target=time.sleep, args=(600,), name="forever").start()
        return outcome


class RaisingKeyboardInterrupt(Hostile):
    """Says that somebody has pressed Ctrl-C, which nobody has."""

    name: ClassVar[str] = "raising-keyboard-interrupt"

    def misbehave(self, outcome: Outcome) -> Outcome:
        raise KeyboardInterrupt


class EndingLater(Hostile):
    """Ends the process, as if all were well, where a sequence has one step."""

    name: ClassVar[str] = "ending-later"

    def misbehave(self, outcome: Outcome) -> Outcome:
        os._exit(0)


class InterruptingLater(Hostile):
    """Somebody presses Ctrl-C where a sequence has more than one step."""

    name: ClassVar[str] = "interrupting-later"

    def solve(self, problem: Problem) -> Outcome:
        if len(problem.x) > 1:
            return press_ctrl_c()
        return super().solve(problem)


def is_drawn(problem: Problem) -> bool:
    """Whether a problem is none of the case ``lstm-one-step``."""
    return problem.x.shape != (1, 3, 2) or len(problem.layers) > 1


class InterruptingDraws(Hostile):
    """Somebody presses Ctrl-C during the draws."""

    name: ClassVar[str] = "interrupting-draws"

    def solve(self, problem: Problem) -> Outcome:
        return press_ctrl_c() if is_drawn(problem) else super().solve(problem)


class WrongInDraws(Hostile):
    """It is wrong where no case looks."""

    name: ClassVar[str] = "wrong-in-draws"

    def solve(self, problem: Problem) -> Outcome:
        outcome = super().solve(problem)
        return replace(outcome, y=2 * outcome.y) if is_drawn(problem) else outcome


class Deaf(Hostile):
    """It takes any device, and uses none of them."""

    name: ClassVar[str] = "deaf"

    def __init__(self, *, device: str = "cpu", precision: str = "float64", mode: str = "default") -> None:
        super().__init__(precision=precision, mode=mode)
        self.asked = device
