"""Commands as users give them: in a process and a folder of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from rnnspec_conformance.own_process import CACHE

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def run(arguments: list[str], folder: Path, *, modules: Path = HERE) -> subprocess.CompletedProcess[str]:
    """Run ``python -m`` with `arguments` in `folder`, where the modules of another folder can be imported."""
    path = os.pathsep.join(filter(None, [str(modules), os.environ.get("PYTHONPATH")]))
    kept = str(folder.parent / "kept-expectations")  # beside the folders of other tests, which find them, too
    environment = {**os.environ, "PYTHONPATH": path, "COLUMNS": "120", CACHE: kept}
    environment.pop("PYTEST_ADDOPTS", None)
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as in the background; what is started would ignore it, too
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def validate(*arguments: str, folder: Path, modules: Path = HERE) -> subprocess.CompletedProcess[str]:
    """``rnnspec validate`` with `arguments`; it draws no problems unless they say how many."""
    draws = [] if "--draws" in arguments else ["--draws", "0"]
    return run(["rnnspec_conformance.cli", "validate", *arguments, *draws], folder, modules=modules)


def run_pytest(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """``pytest --pyargs rnnspec_conformance.suite`` with `arguments`, without draws."""
    return run(["pytest", "--pyargs", "rnnspec_conformance.suite", *arguments, "--rnn-draws", "0"], folder)


def last_line(output: str) -> str:
    """The last line that is not empty."""
    return [line for line in output.splitlines() if line.strip()][-1]
