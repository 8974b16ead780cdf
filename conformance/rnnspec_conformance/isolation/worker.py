"""The process that judges: it makes the adapter, answers requests, and may be ended at any time.

It reads requests from one descriptor and writes answers to another, so that nothing an adapter prints gets between
them. When the process that asks goes away, this one ends, with all that it has started.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import queue
import signal
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rnnspec_adapters import Adapter, find_adapter
from rnnspec_adapters.program.offspring import end_marked, mark_of_this_process_by_its_parent
from rnnspec_conformance.cases import SELECTIONS, Case
from rnnspec_conformance.isolation.exchange import packed, packed_judgement, unpacked
from rnnspec_conformance.isolation.self_description import described, provenance_of, told
from rnnspec_conformance.judging import judge
from rnnspec_conformance.judging.search import Search, of_recorded
from rnnspec_conformance.stream.respondents import LocalRespondent
from rnnspec_conformance.stream.structure import Structure


class Bench:
    """Where one adapter is judged: its class, and its instances by precision and mode."""

    def __init__(self) -> None:
        self.cases: dict[str, Case] = {}
        self.adapter: type[Adapter] | None = None
        self.device = "cpu"
        self.made: dict[tuple[str, str], Adapter] = {}
        self.search = Search()

    def open(self, adapter: str, device: str, selection: str) -> dict[str, Any]:
        """Find the adapter, and the cases of a selection."""
        self.cases = {case.id: case for case in SELECTIONS[selection]}
        self.adapter, self.device = find_adapter(adapter), device
        return asdict(described(self.adapter))

    def make(self, precision: str, mode: str) -> dict[str, Any]:
        """Make the adapter for a precision and mode, once."""
        assert self.adapter is not None
        if (precision, mode) not in self.made:
            self.made[precision, mode] = self.adapter(device=self.device, precision=precision, mode=mode)
        return {}

    def judge(self, case: str, precision: str, mode: str, thoroughly: bool) -> dict[str, Any]:
        """Judge a case; `thoroughly` against all misreadings, whatever was found before."""
        search = of_recorded() if thoroughly else self.search
        return packed_judgement(judge(self.cases[case], self.made[precision, mode], precision, search=search))

    def stream_refusal(self, precision: str, mode: str, structure: dict[str, Any], seed: int) -> dict[str, Any]:
        """Ask whether a structure is supported."""
        return {"reason": self._stream(precision, mode).refusal(Structure.from_json(structure), seed)}

    def stream_ask(
        self, precision: str, mode: str, structure: dict[str, Any], refused: dict[str, Any] | None, **options: Any
    ) -> dict[str, Any]:
        """Judge a structure with the numbers of a seed."""
        example = None if refused is None else Structure.from_json(refused)
        asked = self._stream(precision, mode).ask(Structure.from_json(structure), refused=example, **options)
        return {"judgement": packed_judgement(asked.judgement), "kind": asked.kind}

    def stream_replay(self, precision: str, mode: str, path: str) -> dict[str, Any]:
        """Judge the problem of a file."""
        asked = self._stream(precision, mode).replay(Path(path))
        return {"judgement": packed_judgement(asked.judgement), "kind": asked.kind}

    def _stream(self, precision: str, mode: str) -> LocalRespondent:
        return LocalRespondent(adapter=self.made[precision, mode], precision=precision)

    def provenance(self, precision: str, mode: str) -> dict[str, Any]:
        """Ask the adapter what it is made of."""
        provenance = provenance_of(self.made[precision, mode])
        return {"versions": dict(provenance.versions), "error": provenance.error}


def answered(bench: Bench, request: dict[str, Any]) -> dict[str, Any]:
    """The answer to a request: what was asked for, or the error that came instead."""
    number, name = request.pop("number"), request.pop("request")
    try:
        return {"number": number, "answer": getattr(bench, name)(**request)}
    except BaseException as error:  # noqa: BLE001 - whatever an implementation raises, the suite is told
        return {"number": number, "error": told(error)}


def main(requests: int, answers: int, memory: int) -> None:
    """Answer requests until there are no more.

    Parameters
    ----------
    requests, answers
        Descriptors.
    memory
        The mebibytes of memory that this process may hold; 0 for as many as there are.
    """
    me = os.getpid()
    for descriptor in (requests, answers):
        os.set_inheritable(descriptor, False)
    if memory:
        limit_memory(memory)
    faulthandler.enable(all_threads=False)
    waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(requests, waiting), daemon=True).start()
    bench = Bench()
    while True:
        answer = packed(answered(bench, waiting.get()))
        if os.getpid() != me:
            os._exit(0)  # a copy that an implementation has forked off and that came back here: it answers nothing
        _flush()
        try:
            while answer:
                answer = answer[os.write(answers, answer) :]
        except BrokenPipeError:
            _end()


def limit_memory(mebibytes: int) -> None:
    """Let this process hold no more memory of its own than that."""
    import resource  # noqa: PLC0415 - there is none on Windows, where nothing is limited

    resource.setrlimit(resource.RLIMIT_DATA, (mebibytes << 20, mebibytes << 20))


def _receive(requests: int, waiting: queue.SimpleQueue[dict[str, Any]]) -> None:
    with os.fdopen(requests, "rb") as lines:
        for line in lines:
            request = unpacked(line)
            assert request is not None
            waiting.put(request)
    _end()


def _end() -> None:
    """Nobody asks any more: end, and let nothing stay that was started here."""
    mark = mark_of_this_process_by_its_parent()
    if mark is not None:
        end_marked(mark, but=[os.getpid()])
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # an implementation may have closed or replaced it
            stream.flush()
