"""Programs as adapters: what they are asked, what they answer, and everything that they do instead."""

from __future__ import annotations

import gc
import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rnnspec import LSTM, Cell, Outcome, Problem, named_arrays, solve
from rnnspec_adapters import AdapterError, Unsupported, find_adapter
from rnnspec_adapters.plain import plain_outcome
from rnnspec_adapters.program import Program, ProgramAdapter, ProgramError, program_adapter
from rnnspec_adapters.program.answer_sizes import has_more_than, numbers_of

from .problems import CELLS, LENGTHS, assert_identical, make_problem

HARNESS = Path(__file__).with_name("harness.py")


def command(fault: str = "none") -> str:
    return shlex.join([sys.executable, str(HARNESS), fault])


def one_step() -> Problem:
    problem = make_problem([LSTM()], cotangents=False)
    return Problem(layers=problem.layers, x=problem.x[:1], initial=problem.initial)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="module")
def honest() -> type[ProgramAdapter]:
    return program_adapter(command())


@pytest.mark.parametrize("cell", CELLS, ids=repr)
def test_every_number_survives_the_way_there_and_back(cell: Cell, honest: type[ProgramAdapter]) -> None:
    adapter = honest(precision="float64")
    problem = make_problem([cell, cell], direction=["forward", "bidirectional"], lengths=LENGTHS)
    assert adapter.supports(problem) is None
    assert_identical(adapter.solve(problem), solve(problem))


def test_numbers_are_rounded_to_the_dtype(honest: type[ProgramAdapter]) -> None:
    problem = make_problem([LSTM()])
    outcome, expected = honest(precision="float32").solve(problem), solve(problem)
    assert outcome.y.dtype == np.float32
    assert np.array_equal(outcome.y, expected.y.astype(np.float32))
    assert outcome.gradients is not None
    assert outcome.gradients.layers[0][0].W_i.dtype == np.float32


@pytest.mark.parametrize("cell", CELLS, ids=repr)
def test_as_many_numbers_are_read_as_an_outcome_has(cell: Cell) -> None:
    problem = make_problem([cell, cell], direction=["forward", "bidirectional"], lengths=LENGTHS)
    outcome = solve(problem)
    assert numbers_of(problem) == sum(array.size for array in named_arrays(outcome).values())
    plain = plain_outcome(outcome)
    assert not has_more_than(plain, numbers_of(problem))
    assert has_more_than({**plain, "one": 1.0}, numbers_of(problem))


def test_nan_and_infinity_survive(honest: type[ProgramAdapter]) -> None:
    problem = make_problem([LSTM()], cotangents=False)
    x = problem.x.copy()
    x[2, 0], x[2, 1] = np.nan, np.inf
    poisoned = Problem(layers=problem.layers, x=x, initial=problem.initial)
    with np.errstate(invalid="ignore"):
        expected = solve(poisoned)
    assert np.isnan(expected.y[2, 0]).all()
    outcome = honest().solve(poisoned)
    assert np.array_equal(outcome.y, expected.y, equal_nan=True)


def test_the_program_says_what_it_is_called_and_offers() -> None:
    adapter = program_adapter(command("three-ways"))
    assert (adapter.name, adapter.modes, adapter.precisions) == (
        "python-harness",
        ("fast", "slow"),
        ("float64", "float32"),
    )
    assert list(adapter(mode="slow", device="npu").provenance()) == ["rnnspec"]
    for wrong in ({"mode": "default"}, {"mode": "fast", "device": "cuda"}, {"mode": "fast", "precision": "tf32"}):
        with pytest.raises(ValueError, match=f"{list(wrong)[-1]}: wanted one of "):
            adapter(**wrong)


def test_a_refusal_is_the_programs_own() -> None:
    adapter = program_adapter(command("unsupported"))()
    assert adapter.supports(one_step()) == Unsupported(reason="one step is not enough")
    with pytest.raises(ProgramError, match="wanted an outcome, got unsupported: one step is not enough"):
        adapter.solve(one_step())
    assert adapter.supports(make_problem([LSTM()])) is None


def test_a_program_without_gradients_is_sent_no_cotangents() -> None:
    adapter = program_adapter(command("forward-only"))()
    refusal = adapter.supports(make_problem([LSTM()]))
    assert refusal == Unsupported(reason="python-harness computes no gradients")
    assert adapter.supports(make_problem([LSTM()], cotangents=False)) is None


@pytest.mark.parametrize(
    "fault, message",
    [
        ("error", "the program answers with an error: this kernel wants two steps"),
        ("wrong-id", r"id: wanted \d+, got \d+"),
        ("no-final", "outcome: wanted final, got nothing"),
        ("null-in-array", "outcome: y: wanted a number or one of nan, inf, -inf, got None"),
        ("ragged", "outcome: y: wanted nested lists of one shape"),
        ("too-many", r"outcome: wanted at most \d+ numbers, as the problem has, got more"),
        ("of-nothing", r"outcome: wanted at most \d+ numbers, as the problem has, got more"),
        ("too-long", r"wanted a line of at most \d+ bytes, as the problem is, got 3000014"),
        ("deep", r"wanted a line of JSON, got '\[\[\["),
        ("no-outcome", "wanted outcome, unsupported or error, got id"),
        ("garbage", r"wanted a line of JSON, got '\[1, 2"),
        ("half-a-line", "wanted a whole line, got "),
        ("not-utf8", "wanted UTF-8, got "),
        ("dies", r"ended before it answered \(exit status 3\); its stderr ends: Traceback: no memory \| segmentation"),
    ],
)
def test_whatever_is_no_answer_is_an_error_of_its_problem_alone(fault: str, message: str) -> None:
    adapter = program_adapter(command(fault))()
    with pytest.raises(ProgramError, match=message) as raised:
        adapter.supports(one_step())
    assert str(raised.value).startswith(command(fault))
    assert "\n" not in str(raised.value)
    longer = make_problem([LSTM()])
    assert adapter.supports(longer) is None
    assert_identical(adapter.solve(longer), solve(longer))


def test_a_program_that_hangs_is_ended_and_started_again() -> None:
    adapter = program_adapter(command("hangs"))()
    program = adapter.conversation.program
    pid = program.pid
    assert pid is not None
    program.time_limit = 0.1
    with pytest.raises(ProgramError, match=r"no answer within 0\.1 s"):
        adapter.supports(one_step())
    assert not is_running(pid)
    program.time_limit = 60
    assert adapter.supports(make_problem([LSTM()])) is None
    assert program.pid != pid


def test_what_is_written_unasked_is_an_error() -> None:
    adapter = program_adapter(command("chatter"))()
    with pytest.raises(ProgramError, match=r"wanted a line of JSON, got 'loss: 0\.25"):
        adapter.supports(one_step())
    early = "import os; os.write(1, b'hi\\nthere\\n'); os.close(1); input()"
    program = Program(shlex.join([sys.executable, "-c", early]))
    program.start()
    assert program._running is not None
    program._running.threads[1].join(60)  # it has read to the end
    with pytest.raises(ProgramError, match="wrote without being asked: 'hi'"):
        program.exchange("one")


def test_large_messages_and_a_full_stderr_do_not_block() -> None:
    adapter = program_adapter(command("flood"))()
    problem = make_problem([LSTM()], cotangents=False)
    large = Problem(layers=problem.layers, x=np.random.default_rng(2).normal(size=(2000, 20, 3)))
    assert adapter.supports(large) is None
    assert np.array_equal(adapter.solve(large).y, solve(large).y)


@pytest.mark.parametrize(
    "fault, message",
    [
        ("no-name", "name: wanted letters, digits, .* got None"),
        ("path-as-name", r"name: wanted .* got '\.\./results'"),
        ("unknown-precision", "precisions: wanted some of float64, .* got 'float99'"),
        ("no-provenance", "provenance: wanted names and versions, got {}"),
        ("other-protocol", "protocol: wanted 1, got 2"),
        ("gradients-as-word", "gradients: wanted true or false, got 'yes'"),
        ("no-modes", r"modes: wanted a list of words, got \[\]"),
    ],
)
def test_a_hello_that_is_none_is_refused(fault: str, message: str) -> None:
    with pytest.raises(AdapterError, match=message):
        find_adapter(f"program:{command(fault)}")


@pytest.mark.parametrize(
    "words, message",
    [
        ("", "wanted a command, got nothing"),
        ("'half", "wanted a command, got No closing quotation"),
        ("no-such-program --fast", r"no-such-program --fast: cannot be started \("),
        (
            shlex.join([sys.executable, "-c", "raise SystemExit('no licence')"]),
            "exit status 1.* stderr ends: no licence",
        ),
    ],
)
def test_a_program_that_cannot_be_started_is_told_in_one_line(words: str, message: str) -> None:
    with pytest.raises(AdapterError, match=message):
        find_adapter(f"program:{words}")


def test_a_program_that_ends_between_its_start_and_its_first_task_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = Program(shlex.join([sys.executable, "-c", "raise SystemExit(3)"]), time_limit=1)
    program.start()
    running = program._running
    assert running is not None
    running.process.wait()
    for thread in running.threads[1:]:
        thread.join()
    monkeypatch.setattr(program, "start", lambda: None)
    with pytest.raises(ProgramError, match=r"ended before it answered \(exit status 3\)"):
        program.exchange("{}")


def test_a_program_is_found_by_its_command() -> None:
    adapter = find_adapter(f"program:{command()}")
    assert adapter.name == "python-harness"
    assert isinstance(adapter().solve(one_step()), Outcome)


def test_the_program_ends_with_the_adapter() -> None:
    adapter = program_adapter(command("stays"))
    pid = adapter.conversation.program.pid
    assert pid is not None
    assert is_running(pid)
    del adapter
    gc.collect()
    assert not is_running(pid)


def test_the_program_ends_with_the_process_that_uses_it() -> None:
    use = (
        "import sys; from rnnspec_adapters.program import program_adapter; "
        "print((kept := program_adapter(sys.argv[1])).conversation.program.pid)"
    )
    done = subprocess.run(
        [sys.executable, "-c", use, command("stays")], capture_output=True, text=True, check=True, timeout=60
    )
    assert not is_running(int(done.stdout))


def test_a_program_that_is_asked_to_finish_ends_by_itself() -> None:
    program = Program(command())
    program.start()
    assert program.finish() == (0, [])
    assert not program.runs
