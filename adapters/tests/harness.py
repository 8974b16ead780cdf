"""A program that speaks the protocol for the reference: honestly, or with the fault that its argument names.

Faults of answers to problems show where a problem has one step; longer ones are answered.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import rnnspec
from rnnspec_adapters import plain

Message = dict[str, Any]

HELLO: Message = {
    "protocol": 1,
    "name": "python-harness",
    "provenance": {"rnnspec": rnnspec.__version__},
    "precisions": ["float64", "float32"],
    "gradients": True,
}


def honest(line: str) -> Message:
    """The answer that the protocol asks for."""
    id = None
    try:
        request = json.loads(line)
        id = request["id"]
        if request["request"] == "hello":
            return {"id": id, **HELLO}
        if request["request"] != "solve":
            return {"id": id, "error": f"request: wanted hello or solve, got {request['request']!r}"}
        problem = plain.problem_of(request["problem"])
        return {"id": id, "outcome": plain.plain_outcome(rnnspec.solve(problem))}
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
        return {"id": id, "error": f"{type(error).__name__}: {error}"}


def has_one_step(line: str) -> bool:
    """Whether a line asks for an outcome of one step."""
    return '"solve"' in line and '"problem"' in line and len(json.loads(line)["problem"]["x"]) == 1


def write(text: str) -> None:
    """Write a line and let it go."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def changed(change: Callable[[Message], None]) -> Callable[[str], None]:
    """A fault that changes the honest answer to a problem of one step."""

    def answer(line: str) -> None:
        message = honest(line)
        if has_one_step(line):
            change(message)
        write(json.dumps(message))

    return answer


def of_hello(change: Callable[[Message], None]) -> Callable[[str], None]:
    """A fault that changes the honest hello."""

    def answer(line: str) -> None:
        message = honest(line)
        if "protocol" in message:
            change(message)
        write(json.dumps(message))

    return answer


def instead(act: Callable[[str], None]) -> Callable[[str], None]:
    """A fault that does something else than answer a problem of one step."""
    return lambda line: act(line) if has_one_step(line) else write(json.dumps(honest(line)))


def refuse(message: Message) -> None:
    del message["outcome"]
    message["unsupported"] = "one step is not enough"


def fail(message: Message) -> None:
    del message["outcome"]
    message["error"] = "this kernel wants two steps"


def die(_: str) -> None:
    sys.stderr.write("Traceback: no memory\nsegmentation fault\n")
    sys.stderr.flush()
    os._exit(3)


def half_a_line(_: str) -> None:
    sys.stdout.write('{"id"')
    sys.stdout.flush()
    os._exit(0)


def not_utf8(_: str) -> None:
    sys.stdout.buffer.write(b"\xff\n")
    sys.stdout.buffer.flush()


def die_on_garbage(line: str) -> None:
    write(json.dumps({"id": json.loads(line)["id"]} | honest(line)))


def chatter(line: str) -> None:
    if '"solve"' in line:
        write("loss: 0.25")
    write(json.dumps(honest(line)))


def chatter_afterwards(line: str) -> None:
    write(json.dumps(honest(line)))
    write("done")


def remember(line: str, seen: list[float] = [0.0]) -> None:  # noqa: B006 - it is to remember
    message = honest(line)
    if "outcome" in message:
        seen[0] += 1
        message["outcome"]["y"] = (plain.array_of(message["outcome"]["y"], "y") + seen[0]).tolist()
    write(json.dumps(message))


def zero_for_nan(line: str) -> None:
    write(json.dumps(honest(line)).replace('"nan"', "0.0"))


def bare_nan(line: str) -> None:
    write(json.dumps(honest(line)).replace('"nan"', "NaN"))


def flood(line: str) -> None:
    sys.stderr.write("note\n" * 200_000)
    write(json.dumps(honest(line)))


def refuse_all(line: str) -> None:
    message = honest(line)
    write(json.dumps({"id": message["id"], "unsupported": "nothing yet"} if "outcome" in message else message))


FAULTS: dict[str, Callable[[str], None]] = {
    "none": lambda line: write(json.dumps(honest(line))),
    "unsupported": changed(refuse),
    "error": changed(fail),
    "wrong-id": changed(lambda message: message.update(id=message["id"] + 1)),
    "no-final": changed(lambda message: message["outcome"].pop("final")),
    "null-in-array": changed(lambda message: message["outcome"].update(y=[[[None]]])),
    "ragged": changed(lambda message: message["outcome"].update(y=[[[1.0], [1.0, 2.0]]])),
    "too-many": changed(lambda message: message["outcome"].update(y=[[[1.0] * 10_000]])),
    "of-nothing": changed(lambda message: message["outcome"].update(y=[[]] * 100_000)),
    "too-long": instead(lambda _: write(json.dumps({"error": "x" * 3_000_000}))),
    "deep": instead(lambda _: write("[" * 100_000)),
    "wrong-shape": changed(lambda message: message["outcome"].update(y=[message["outcome"]["y"]])),
    "extra-field": changed(lambda message: message.update(took="2 ms")),
    "no-outcome": changed(lambda message: message.pop("outcome")),
    "garbage": instead(lambda _: write("[1, 2")),
    "half-a-line": instead(half_a_line),
    "not-utf8": instead(not_utf8),
    "dies": instead(die),
    "hangs": instead(lambda _: time.sleep(600)),
    "no-name": of_hello(lambda message: message.pop("name")),
    "path-as-name": of_hello(lambda message: message.update(name="../results")),
    "unknown-precision": of_hello(lambda message: message.update(precisions=["float99"])),
    "no-provenance": of_hello(lambda message: message.update(provenance={})),
    "other-protocol": of_hello(lambda message: message.update(protocol=2)),
    "gradients-as-word": of_hello(lambda message: message.update(gradients="yes")),
    "no-modes": of_hello(lambda message: message.update(modes=[])),
    "forward-only": of_hello(lambda message: message.update(gradients=False)),
    "three-ways": of_hello(lambda message: message.update(modes=["fast", "slow"], devices=["cpu", "npu"])),
    "dies-on-garbage": die_on_garbage,
    "chatter": chatter,
    "chatter-afterwards": chatter_afterwards,
    "remembers": remember,
    "zero-for-nan": zero_for_nan,
    "bare-nan": bare_nan,
    "flood": flood,
    "refuses-all": refuse_all,
    "stays": lambda line: write(json.dumps(honest(line))),
}


def main() -> None:
    """Answer until the input ends."""
    fault = sys.argv[1]
    if fault == "stays":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for line in sys.stdin:
        FAULTS[fault](line)
    if fault == "stays":
        time.sleep(600)
    sys.exit(5 if fault == "bad-status" else 0)


FAULTS["bad-status"] = FAULTS["none"]

if __name__ == "__main__":
    main()
