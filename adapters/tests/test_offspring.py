"""What a program has started ends with it, and with the process that uses it, however that ends."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rnnspec_adapters.program import Program, ProgramError
from rnnspec_adapters.program.offspring import can_be_found

pytestmark = pytest.mark.skipif(not can_be_found(), reason="there is no /proc here")

LEAVING = """
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:  # a daemon: its parent is gone
        with open(sys.argv[1], "a") as file:
            file.write(f"{child.pid} {os.getpid()} {os.getppid()}\\n")
        import time
        time.sleep(600)
    os._exit(0)
for line in sys.stdin:
    while True:  # it never answers, and does not see that nobody listens any more
        pass
"""
USING = """
import sys
from rnnspec_adapters.program import Program
program = Program(sys.argv[1])
program.start()
program.exchange("{}")
"""


def is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def command(started: Path) -> str:
    return shlex.join([sys.executable, "-c", LEAVING, str(started)])


def offspring(started: Path) -> list[int]:
    """The child and the daemon that a program has started, once they are there."""
    wait_until(lambda: started.exists() and started.read_text(encoding="ascii").endswith("\n"))
    return [int(number) for number in started.read_text(encoding="ascii").split()[:2]]


def test_what_has_left_its_session_and_its_parent_ends_with_the_program(tmp_path: Path) -> None:
    started = tmp_path / "started"
    program = Program(command(started), time_limit=0.2)
    program.start()
    children = offspring(started)
    assert all(map(is_running, children))
    with pytest.raises(ProgramError, match=r"no answer within 0\.2 s"):
        program.exchange("{}")
    wait_until(lambda: not any(map(is_running, children)))


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_program_that_loops_ends_with_the_process_that_uses_it(sent: signal.Signals, tmp_path: Path) -> None:
    started = tmp_path / "started"
    interruptible = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    with subprocess.Popen(
        [sys.executable, "-c", interruptible + USING, command(started)], stderr=subprocess.DEVNULL
    ) as using:
        children = offspring(started)
        using.send_signal(sent)
        using.wait(timeout=60)
    wait_until(lambda: not any(map(is_running, children)))


def test_what_was_not_started_here_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True) as other:
        program = Program(command(tmp_path / "started"))
        program.start()
        offspring(tmp_path / "started")
        program.stop()
        assert is_running(other.pid)
        assert is_running(os.getpid())
        other.kill()
