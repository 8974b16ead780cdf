"""A probe in a process of its own, so that one that ends the process is a verdict like the others."""

from __future__ import annotations

import importlib
import json
import pkgutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from rnnspec_conformance.bad_input import frameworks
from rnnspec_conformance.bad_input.probe import Probe
from rnnspec_conformance.bad_input.verdict import Verdict, first_line, of_error

SECONDS = 120
"""How long a probe may take, with the import of its framework."""

MARK = "rnnspec-bad-input:"
"""What the line begins with in which a process says what came of its probe."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What came of a probe: the verdict, the first line of the message, and what was returned, if anything was."""

    layer: str
    mistake: str
    verdict: Verdict
    message: str


def known_frameworks() -> list[str]:
    """The frameworks that there are probes of, by the names of their modules."""
    return sorted(module.name for module in pkgutil.iter_modules(frameworks.__path__))


def probes_of(framework: str) -> dict[str, Probe]:
    """The probes of a framework, by id. Imports it."""
    module = importlib.import_module(f"{frameworks.__name__}.{framework}")
    return {probe.id: probe for probe in module.probes()}


def versions_of(framework: str) -> dict[str, str]:
    """The versions of what takes part. Imports the framework."""
    return dict(importlib.import_module(f"{frameworks.__name__}.{framework}").versions())


def attempt(framework: str, probe: Probe, *, seconds: float = SECONDS) -> Finding:
    """Try `probe` in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-m", __name__, framework, probe.id]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return _finding(probe, "crashed", f"no answer in {seconds:g} s")
    said = [line.removeprefix(MARK) for line in done.stdout.splitlines() if line.startswith(MARK)]
    if done.returncode != 0 or not said:
        return _finding(probe, "crashed", _end_of(done))
    answer = json.loads(said[-1])
    if answer["error"] is None:
        shapes = ", ".join(f"{name} {shape}" for name, shape in answer["shapes"].items())
        return _finding(probe, "accepted silently", f"returned {shapes}")
    verdict = of_error(answer["message"], probe.names, probe.pair)
    return _finding(probe, verdict, f"{answer['error']}: {first_line(answer['message'])}")


def _finding(probe: Probe, verdict: Verdict, message: str) -> Finding:
    return Finding(layer=probe.layer, mistake=probe.mistake, verdict=verdict, message=message)


def _end_of(done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode < 0:
        return f"ended by {signal.Signals(-done.returncode).name}"
    return f"ended with status {done.returncode}: {first_line(done.stderr)}"


def main(framework: str, id: str) -> None:
    """Make one call and say on a line of its own what came of it."""
    probe = probes_of(framework)[id]
    answer: dict[str, Any]
    try:
        answer = {"error": None, "shapes": probe.call()}
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
        answer = {"error": type(error).__name__, "message": str(error)}
    print(f"{MARK}{json.dumps(answer)}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
