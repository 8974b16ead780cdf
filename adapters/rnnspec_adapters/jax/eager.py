"""The same libraries where nothing is compiled as a whole, as in calls without `jax.jit`.

They are adapters of their own, with one mode, since every operation and the body of every loop is compiled apart for
each shape, which takes minutes.
"""

from __future__ import annotations

from typing import ClassVar

from rnnspec_adapters.jax.equinox_cells import EquinoxAdapter
from rnnspec_adapters.jax.flax_linen import LinenAdapter
from rnnspec_adapters.jax.flax_nnx import NnxAdapter
from rnnspec_adapters.jax.haiku_cores import HaikuAdapter
from rnnspec_adapters.jax.jax_adapter import JaxAdapter
from rnnspec_adapters.jax.jax_rnn import LstmRefAdapter


class Eager(JaxAdapter):
    """The one mode ``eager``."""

    modes: ClassVar[tuple[str, ...]] = ("eager",)
    session: ClassVar[str] = "jax-modes"
    slow: ClassVar[bool] = True


class LinenEager(Eager, LinenAdapter):
    """The recurrent layers of ``flax.linen``, time first."""

    name: ClassVar[str] = "flax-linen-eager"


class NnxEager(Eager, NnxAdapter):
    """The recurrent layers of ``flax.nnx``, time first."""

    name: ClassVar[str] = "flax-nnx-eager"


class EquinoxEager(Eager, EquinoxAdapter):
    """The recurrent cells of Equinox."""

    name: ClassVar[str] = "equinox-eager"


class HaikuEager(Eager, HaikuAdapter):
    """The recurrent cores of Haiku, batch first."""

    name: ClassVar[str] = "haiku-eager"


class LstmRefEager(Eager, LstmRefAdapter):
    """``jax.experimental.rnn.lstm_ref``."""

    name: ClassVar[str] = "jax-rnn-eager"
