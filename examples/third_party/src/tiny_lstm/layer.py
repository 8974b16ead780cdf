"""The layer itself. It knows nothing of rnnspec."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def lstm(x: Array, lengths: Array, weights: Sequence[Array], state: Sequence[Array]) -> tuple[Array, Array, Array]:
    """Run an LSTM over a padded batch.

    Parameters
    ----------
    x
        [T, B, I].
    lengths
        Valid steps of each sequence, [B].
    weights
        Kernel [4 H, I], recurrent kernel [4 H, H] and bias [4 H], gates stacked in the order i, f, g, o.
    state
        The initial h and c, [B, H] each.

    Returns
    -------
    tuple
        Outputs [T, B, H], zero in the padding, and the final h and c.
    """
    kernel, recurrent, bias = weights
    h, c = state
    outputs = []
    for t, step in enumerate(x):
        a = step @ kernel.T + h @ recurrent.T + bias
        i, f, g, o = np.split(a, 4, axis=-1)
        valid = (t < lengths)[:, None]
        c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
        h = _sigmoid(o) * np.tanh(c)
        outputs.append(np.where(valid, h, 0))
    return np.stack(outputs), h, c


def _sigmoid(a: Array) -> Array:
    return np.asarray((1 + np.tanh(a / 2)) / 2)
