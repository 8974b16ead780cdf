"""The process that judges: what travels to it and back, how long it lives, and what is left of it."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from rnnspec_conformance.isolation.exchange import packed, packed_judgement, unpacked, unpacked_judgement
from rnnspec_conformance.isolation.judge_process import Isolation, Limits
from rnnspec_conformance.isolation.self_description import NoAnswer, Refusal
from rnnspec_conformance.judging import Judgement
from rnnspec_conformance.judging.compare import Difference
from rnnspec_conformance.judging.likeness import Likeness

from .commands import HERE

pytestmark = pytest.mark.skipif(os.name != "posix", reason="isolation wants a POSIX system")


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Isolation]:
    """An adapter that leaves a file for each instance that is made, and crashes where a sequence has one step."""
    monkeypatch.syspath_prepend(str(HERE))
    monkeypatch.chdir(tmp_path)
    with isolated("hostile_adapters:CountingAndCrashing") as isolation:
        yield isolation


def isolated(adapter: str, device: str = "cpu", seconds: float = 60) -> closing[Isolation]:
    """An isolated adapter, whose process ends with the block."""
    return closing(Isolation(adapter, device, Limits(seconds=seconds)))


def test_a_judgement_travels_whole() -> None:
    judgement = Judgement(
        verdict="differs",
        ratio=math.inf,
        field="y",
        differences=(
            Difference(field="y", ratio=math.inf, what="a\nb", rule="LSTM-4"),
            Difference(field="final[0][0].h", ratio=1.0 + 2**-50, what="“c”", block="W_i"),
        ),
        rule="LSTM-4",
        blamed=False,
        misreading="a misreading",
        likeness=Likeness(wrong=("y", "final.h"), where=("layer 1",), looks="zeros"),
    )
    line = packed({"answer": packed_judgement(judgement)})
    assert line.count(b"\n") == 1
    message = unpacked(line)
    assert message is not None
    assert unpacked_judgement(message["answer"]) == judgement


@pytest.mark.parametrize("line", [b"hello\n", b"[1]\n", b"\n", b"\xff\n"])
def test_what_is_no_message_is_none(line: bytes) -> None:
    assert unpacked(line) is None


def test_a_process_is_kept_until_it_ends(counting: Isolation, tmp_path: Path) -> None:
    def verdict(case: str) -> str:
        return counting.judge(case, "float64", "default")[0].verdict

    assert counting.describe().name == "hostile"
    assert [verdict("lstm-forward") for _ in range(3)] == ["passed", "passed", "passed"]
    assert len(list(tmp_path.iterdir())) == 1
    assert verdict("lstm-one-step") == "errored"
    assert [verdict("lstm-forward") for _ in range(2)] == ["passed", "passed"]
    assert len(list(tmp_path.iterdir())) == 2


def test_the_seconds_of_a_trial_are_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(HERE))
    with isolated("hostile_adapters:Hanging", seconds=3) as isolation:
        isolation.make("float64", "default")
        start = time.monotonic()
        judgement, _ = isolation.judge("lstm-one-step", "float64", "default")
    assert time.monotonic() - start >= 3
    assert (judgement.verdict, judgement.reason) == ("errored", "no answer within 3 s")


def test_what_cannot_be_found_or_made_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(HERE))
    with isolated("nobody") as isolation, pytest.raises(Refusal, match=r"wanted package\.module:Class or one of "):
        isolation.describe()
    ending = isolated("hostile_adapters:ExitingWhenMade")
    with ending as isolation, pytest.raises(NoAnswer, match="the process ended with status 7"):
        isolation.make("float64", "default")
    elsewhere = isolated("hostile_adapters:Hostile", device="abacus")
    with elsewhere as isolation, pytest.raises(Refusal, match="device: wanted 'cpu', got 'abacus'"):
        isolation.make("float64", "default")


def test_limits_are_said_as_options() -> None:
    assert Limits().options() == "--isolate --time-limit 60"
    assert Limits(seconds=0.5, memory=2048).options() == "--isolate --time-limit 0.5 --memory-limit 2048"
