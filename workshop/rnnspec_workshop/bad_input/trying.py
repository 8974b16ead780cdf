"""A call in a process of its own, so that one that ends the process is a verdict like the others.

The processes are forks of one that has only imported the framework, and has not called it yet: to import TensorFlow
takes seconds. Where there are no forks, each process imports it itself.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import pkgutil
import signal
import warnings
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any, Literal

from rnnspec_workshop.bad_input import frameworks
from rnnspec_workshop.bad_input.called_layer import Layer
from rnnspec_workshop.bad_input.probe import Probe, Shapes
from rnnspec_workshop.bad_input.verdict import Verdict, first_line, of_error, plain

SECONDS = 120
"""How long a call may take, with the import of its framework."""

CALLS = "_calls"
"""What the names of the modules of `frameworks` end with."""

METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What came of a probe: the verdict, the first line of the message, and what was returned, if anything was."""

    layer: str
    mistake: str
    verdict: Verdict
    message: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of a call.

    Attributes
    ----------
    kind
        Whether it returned, raised, or ended the process.
    returned
        What it returned.
    message
        What was said where it did not return.
    """

    kind: Literal["returned", "raised", "ended"]
    returned: Any = None
    message: str = ""


def known_frameworks() -> list[str]:
    """The frameworks whose layers are described: each in a module that is named for it."""
    return sorted(module.name.removesuffix(CALLS) for module in pkgutil.iter_modules(frameworks.__path__))


def module_of(framework: str) -> ModuleType:
    """The module that describes the layers of a framework. Imports it."""
    return importlib.import_module(f"{frameworks.__name__}.{framework}{CALLS}")


def layers_of(framework: str) -> list[Layer]:
    """The layers of a framework. Imports it."""
    return list(module_of(framework).layers())


def versions_of(framework: str) -> dict[str, str]:
    """The versions of what takes part. Imports the framework."""
    return dict(module_of(framework).versions())


def import_once(framework: str) -> None:
    """Have the processes that follow begin with the framework imported. To be called before all others."""
    multiprocessing.get_context(METHOD).set_forkserver_preload(["__main__", module_of(framework).__name__])


def attempt(probe: Probe, *, seconds: float = SECONDS) -> Finding:
    """Try `probe` in a process of its own."""
    answer = answer_of(probe.call, seconds=seconds)
    message = answer.message
    verdict: Verdict = "crashed"
    if answer.kind == "returned":
        shapes: Shapes = answer.returned
        said = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        verdict, message = "accepted silently", f"returned {said}"
    elif answer.kind == "raised":
        message = plain(message)
        verdict, message = of_error(message, probe.names, probe.pair), first_line(message)
    return Finding(layer=probe.layer, mistake=probe.mistake, verdict=verdict, message=message)


def answer_of(call: Callable[[], Any], *, seconds: float = SECONDS) -> Answer:
    """What comes of `call` in a process of its own, which has so much time."""
    context: Any = multiprocessing.get_context(METHOD)
    receiver, sender = context.Pipe(duplex=False)
    with TemporaryDirectory() as folder, closing(receiver):
        errors = Path(folder) / "stderr"
        errors.touch()
        process = context.Process(target=_answer, args=(call, sender, str(errors)), daemon=True)
        with closing(sender):
            process.start()
        process.join(seconds)
        late = process.is_alive()
        process.kill()
        process.join()
        status = process.exitcode
        process.close()
        if late:
            return Answer(kind="ended", message=f"no answer in {seconds:g} s")
        if status == 0 and receiver.poll():
            answer: Answer = receiver.recv()
            return answer
        return Answer(kind="ended", message=_end_of(status, errors.read_text(encoding="utf-8", errors="replace")))


def _end_of(status: int, errors: str) -> str:
    if status < 0:
        return f"ended by {signal.Signals(-status).name}"
    return f"ended with status {status}: {first_line(errors)}"


def _answer(call: Callable[[], Any], sender: Connection, errors: str) -> None:
    """Make the call and send what came of it; what the framework prints goes elsewhere."""
    for path, stream in ((os.devnull, 1), (errors, 2)):
        os.dup2(os.open(path, os.O_WRONLY), stream)
    warnings.simplefilter("ignore")
    try:
        answer = Answer(kind="returned", returned=call())
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
        answer = Answer(kind="raised", message=f"{type(error).__name__}: {str(error).strip()}")
    with closing(sender):
        sender.send(answer)
