"""Plain functions of NumPy, each right under one convention."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any


def sigmoid(a: Array) -> Array:
    return 0.5 * (1 + np.tanh(a / 2))


def hard_sigmoid(a: Array) -> Array:
    return np.clip(0.2 * a + 0.5, 0, 1)


def lstm(  # noqa: PLR0917 - as its author wrote it
    x: Array, h: Array, c: Array, W: Array, R: Array, b_W: Array, b_R: Array, **how: Any
) -> Any:
    """As torch.nn.LSTM, but for what `how` says."""
    gate = how.get("gate", sigmoid)
    y = []
    for step in x:
        by_gate = dict(
            zip(how.get("order", "ifgo"), np.split(step @ W.T + h @ R.T + b_W + b_R, 4, axis=-1), strict=True)
        )
        c = gate(by_gate["f"] + how.get("forget", 0.0)) * c + gate(by_gate["i"]) * np.tanh(by_gate["g"])
        h = gate(by_gate["o"]) * np.tanh(c)
        y.append(h)
    return np.stack(y), (h, c)


def lstm_iofg(*given: Array) -> Any:
    return lstm(*given, order="iofg")


def lstm_with_a_forget_bias(*given: Array) -> Any:
    return lstm(*given, forget=1.0)


def lstm_with_hard_gates(*given: Array) -> Any:
    return lstm(*given, gate=hard_sigmoid)


def lstm_batch_first(x: Array, *given: Array) -> Any:
    y, state = lstm(x.swapaxes(0, 1), *given)
    return y.swapaxes(0, 1), state


def lstm_in_columns(x: Array, c: Array, h: Array, kernel: Array, bias: Array) -> Any:
    """As the cell of TensorFlow 1, with the state in the other order, but without its forget bias."""
    inputs = x.shape[-1]
    W, R = kernel[:inputs].T, kernel[inputs:].T
    y, (h, c) = lstm(x, h, c, W, R, bias, 0.0, order="igfo")
    return c, y, h


def lstm_that_forgets_its_input(x: Array, *given: Array) -> Any:
    return lstm(0 * x, *given)


def gru(  # noqa: PLR0917 - as its author wrote it
    x: Array, h: Array, W: Array, R: Array, b_W: Array, b_R: Array, *, take: bool = False, order: str = "rzn"
) -> Any:
    """As torch.nn.GRU, but for what the options say."""
    y = []
    for step in x:
        a = dict(zip(order, np.split(step @ W.T + b_W, 3, axis=-1), strict=True))
        u = dict(zip(order, np.split(h @ R.T + b_R, 3, axis=-1), strict=True))
        r, z = sigmoid(a["r"] + u["r"]), sigmoid(a["z"] + u["z"])
        n = np.tanh(a["n"] + r * u["n"])
        h = (1 - z) * h + z * n if take else z * h + (1 - z) * n
        y.append(h)
    return np.stack(y), h


def gru_that_takes(*given: Array) -> Any:
    return gru(*given, take=True)


def gru_zrn(*given: Array) -> Any:
    return gru(*given, order="zrn")


def gru_zrn_that_takes(*given: Array) -> Any:
    return gru(*given, order="zrn", take=True)


def rnn(x: Array, W: Array, R: Array, b: Array, h: Array) -> Any:
    """Returns outputs alone."""
    y = []
    for step in x:
        h = np.tanh(step @ W.T + h @ R.T + b)
        y.append(h)
    return np.stack(y)


def raising(*_given: Array) -> Any:
    raise RuntimeError("no kernel for this shape")
