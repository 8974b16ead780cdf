"""Problems for the adapters of JAX libraries, in the sizes of the suite: JAX keeps what it has compiled for them."""

from __future__ import annotations

from functools import partial
from typing import Any

from rnnspec import LSTM, Cell, Problem
from rnnspec_adapters.jax.flax_sequences import FlaxAdapter
from rnnspec_adapters.jax.jax_adapter import JaxAdapter
from rnnspec_adapters.jax.jax_rnn import LstmRefAdapter

from . import problems

T, B, I, H = 5, 3, 2, 4
LENGTHS = (3, 5, 1)

make_problem = partial(problems.make_problem, sizes=(T, B, I, H))


def problem_for(kind: type[JaxAdapter], *cells: Cell, **options: Any) -> Problem:
    """Layers of `cells`, or one LSTM; with lengths where the library takes any."""
    lengths = LENGTHS if issubclass(kind, FlaxAdapter | LstmRefAdapter) else None
    return make_problem(cells or [LSTM()], **{"lengths": lengths, **options})
