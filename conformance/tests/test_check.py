"""``check``: from a plain function to a verdict, and to the convention under which it is right."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rnnspec import LSTM
from rnnspec_adapters import AdapterError, find_adapter
from rnnspec_adapters.functions import FunctionAdapter, convention, from_function
from rnnspec_adapters.layouts_in_words import layout_in_words
from rnnspec_conformance import check
from rnnspec_conformance.checking import hint_of
from rnnspec_conformance.cli import main

from . import functions_to_check as functions

RIGHT: list[tuple[Callable[..., Any], dict[str, Any]]] = [
    (functions.lstm, {"like": "torch.nn.LSTM"}),
    (functions.lstm, {"like": "LSTM: i f g o, rows, two biases"}),
    (functions.lstm_iofg, {"like": "LSTM: i o f c, rows, two biases"}),
    (functions.lstm_batch_first, {"like": "torch.nn.LSTM", "batch_first": True}),
    (functions.gru, {"like": "torch.nn.GRU"}),
    (functions.rnn, {"like": "RNN: rows, one bias", "takes": "x W R b h", "gives": "y"}),
]


@pytest.mark.parametrize("function, how", RIGHT, ids=[f"{f.__name__}-{how['like']}" for f, how in RIGHT])
def test_a_right_function_is_right(function: Callable[..., Any], how: dict[str, Any]) -> None:
    report = check(function, **how, precisions=("float64",), draws=4)
    assert report.ok, str(report)
    assert report.hint == ""
    counts = Counter(row.verdict for row in report.run.rows)
    assert counts["passed"] >= 20
    assert counts["differs"] == counts["errored"] == 0
    assert report.run.stream is not None
    assert report.run.stream["judged"] == 4


HINTS: list[tuple[Callable[..., Any], str, str]] = [
    (functions.lstm_iofg, "torch.nn.LSTM", "the gates are i o f g"),
    (functions.lstm_with_a_forget_bias, "torch.nn.LSTM", "1 is added to the forget bias"),
    (functions.lstm_batch_first, "torch.nn.LSTM", "x and y are [B, T, ..]"),
    (functions.gru_that_takes, "torch.nn.GRU", "the update gate takes the candidate (GRU-6)"),
    (functions.gru_zrn, "torch.nn.GRU", "the gates are z r n"),
    (
        functions.gru_zrn_that_takes,
        "torch.nn.GRU",
        "the gates are z r n and the update gate takes the candidate (GRU-6)",
    ),
]


@pytest.mark.parametrize("function, like, words", HINTS, ids=[function.__name__ for function, _, _ in HINTS])
def test_a_wrong_guess_is_met_with_the_right_one(function: Callable[..., Any], like: str, words: str) -> None:
    adapter = from_function(function, like=like)
    assert hint_of(adapter, "float64") == f"{function.__name__} is right if {words}"


def test_no_convention_is_named_for_a_mistake() -> None:
    adapter = from_function(functions.lstm_that_forgets_its_input, like="torch.nn.LSTM")
    assert hint_of(adapter, "float64") == ""


def test_a_report_is_a_table_with_a_verdict_and_the_hint() -> None:
    report = check(functions.lstm_iofg, like="torch.nn.LSTM", precisions=("float64",), draws=0)
    said = str(report)
    assert not report.ok
    assert "LAY-1" in said
    assert "lstm_iofg is right if the gates are i o f g" in said
    assert re.search(r"\bdiffers\b", said.splitlines()[-1])


def test_states_and_parameters_come_in_the_order_that_is_said() -> None:
    adapter = from_function(
        functions.lstm_in_columns,
        like="tf.compat.v1.nn.rnn_cell.LSTMCell",
        takes="x c h kernel bias",
        gives="c y h",
    )
    assert hint_of(adapter, "float64") == "lstm_in_columns is right if nothing is added to the forget bias"


@pytest.mark.parametrize(
    "given, said",
    [
        ({"like": "torch.nn.LSMT"}, "like: wanted one of torch.nn.LSTM,"),
        ({"like": "Lstm: i f g o"}, "like: wanted a cell before the colon, one of RNN(), LSTM(),"),
        (
            {"like": "torch.nn.LSTM", "cell": "LSTM(projection=3)"},
            "cell: wanted one of LSTM(), LSTM(projection=2), got",
        ),
        ({"like": "torch.nn.LSTM", "takes": "x h c W"}, "takes: wanted some of x h c lengths weight_ih_l0"),
        (
            {"like": "torch.nn.LSTM", "takes": "x h c"},
            "takes: wanted weight_ih_l0 weight_hh_l0 bias_ih_l0 bias_hh_l0 too",
        ),
        ({"like": "torch.nn.LSTM", "gives": "y h"}, "gives: wanted c too, got y h [CONF-4]"),
        ({"like": "torch.nn.LSTM", "gives": "y y"}, "gives: wanted some of y h c, each once, got y y"),
        (
            {"like": "torch.nn.LSTM", "arrays": "cupy"},
            "arrays: wanted one of numpy, torch, jax, tensorflow, got 'cupy'",
        ),
    ],
)
def test_words_that_mean_nothing_are_told(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        from_function(functions.lstm, **given)


@pytest.mark.parametrize(
    "words, said",
    [
        ("i f g", "two biases, got 'i f g' [LAY-1]"),
        ("i f g o, three biases", "got 'three biases' [LAY-1]"),
        ("i f g o, no bias", "which say R_f, R_g, R_i, R_o, W_f, W_g, W_i, W_o [LAY-5]"),
    ],
)  # fmt: skip
def test_a_layout_in_wrong_words_is_told(words: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        layout_in_words(LSTM(), words)


def test_a_function_that_raises_is_told_with_its_error() -> None:
    takes = "x h c weight_ih_l0 weight_hh_l0 bias_ih_l0 bias_hh_l0"
    said = f"function: wanted one that takes {takes}, got numpy: RuntimeError: no kernel for this shape (line "
    with pytest.raises(ValueError, match=re.escape(said)):
        from_function(functions.raising, like="torch.nn.LSTM")


def test_a_precision_that_numpy_does_not_have_is_refused() -> None:
    adapter = from_function(functions.lstm, like="torch.nn.LSTM")
    with pytest.raises(ValueError, match="precision: wanted one of float64, float32, float16, got 'bfloat16'"):
        adapter(precision="bfloat16")


def test_the_provenance_names_the_module_of_the_function() -> None:
    adapter = from_function(functions.lstm, like="torch.nn.LSTM")
    module = functions.lstm.__module__.partition(".")[0]
    assert adapter().provenance()[module] == "no version"


def test_a_function_in_the_place_of_an_adapter_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    with pytest.raises(AdapterError, match="wanted a class, got a function; rnnspec check judges a function"):
        find_adapter(f"{HERE}:lstm")


def test_the_number_of_arrays_is_checked() -> None:
    with pytest.raises(ValueError, match="wanted 1 arrays, y, got 2"):
        from_function(functions.gru, like="torch.nn.GRU", gives="y")


HERE = "functions_to_check"


def test_a_function_is_an_adapter_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    adapter = find_adapter(f"function:{HERE}:lstm --like torch.nn.LSTM")
    assert issubclass(adapter, FunctionAdapter)
    assert adapter.convention == convention("torch.nn.LSTM")
    with pytest.raises(AdapterError, match="the following arguments are required: --like"):
        find_adapter(f"function:{HERE}:lstm")
    with pytest.raises(AdapterError, match=f"{HERE} has no lstmm"):
        find_adapter(f"function:{HERE}:lstmm --like torch.nn.LSTM")


def test_the_command_ends_with_the_convention(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    case = ("--case", "lstm-forward", "--precision", "float64")
    assert main(["check", f"{HERE}:lstm", "--like", "torch.nn.LSTM", *case]) == 0
    assert "1 passed" in capsys.readouterr().out
    assert main(["check", f"{HERE}:lstm_iofg", "--like", "torch.nn.LSTM", *case]) == 1
    said = capsys.readouterr().out
    assert said.splitlines()[-1] == "lstm_iofg is right if the gates are i o f g"
    assert f"rnnspec check {HERE}:lstm_iofg --like torch.nn.LSTM --device cpu --precision float64" in said
    assert main(["check", f"{HERE}:lstm", "--like", "torch.nn.LSMT"]) == 4
    assert capsys.readouterr().err.startswith("rnnspec check: adapter function:")
