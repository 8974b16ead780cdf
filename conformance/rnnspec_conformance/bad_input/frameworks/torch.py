"""Mistakes in calls of ``torch.nn.RNN``, ``LSTM`` and ``GRU``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnnspec_conformance.bad_input.mistakes import WRONG_B, WRONG_H, WRONG_I, WRONG_T, B, H, I, T
from rnnspec_conformance.bad_input.probe import DOUBLES, FLOATS, INTEGERS, Probe, Shapes, sizes

GATES = {"RNN": 1, "LSTM": 4, "GRU": 3}
STATE = ("hx", "hidden", "h_0", "h0", "state")
CELL = ("c_0", "c0", "cell", *STATE)
INPUT = ("input", "x")


def call(
    kind: str,
    *,
    x: torch.Tensor | None = None,
    state: torch.Tensor | None = None,
    cell: torch.Tensor | None = None,
    lengths: torch.Tensor | None = None,
    parameters: dict[str, torch.Tensor] | None = None,
    bidirectional: bool = False,
) -> Shapes:
    """One call of a layer, right in all that is not given."""
    layer = getattr(torch.nn, kind)(I, H, bidirectional=bidirectional)
    for name, parameter in (parameters or {}).items():
        setattr(layer, name, torch.nn.Parameter(parameter))
    given: Any = torch.zeros(T, B, I) if x is None else x
    start: Any = state
    if kind == "LSTM" and (state is not None or cell is not None):
        right = torch.zeros(1, B, H)
        start = tuple(right if part is None else part for part in (state, cell))
    packed = lengths is not None
    y, end = layer(pack_padded_sequence(given, lengths, enforce_sorted=False) if packed else given, start)
    y = pad_packed_sequence(y)[0] if packed else y
    return {"output": list(y.shape), "h_n": list((end[0] if isinstance(end, tuple) else end).shape)}


def probes() -> Iterator[Probe]:
    """Every mistake that the layers can be given."""
    for kind, gates in GATES.items():
        make = partial(_probe, kind)
        rows = gates * H
        yield make("input-size", INPUT, {"x": torch.zeros(T, B, WRONG_I)}, pair=sizes(I, WRONG_I))
        yield make("input-axes", INPUT, {"x": torch.zeros(1, T, B, I)}, pair=(("2", "3", "2-D", "3-D"), ("4", "4-D")))
        yield make("input-integers", INPUT, {"x": torch.zeros(T, B, I, dtype=torch.int64)}, pair=(FLOATS, INTEGERS))
        yield make("input-float64", INPUT, {"x": torch.zeros(T, B, I, dtype=torch.float64)}, pair=(FLOATS, DOUBLES))
        yield make("no-sequences", ("batch", *INPUT), {"x": torch.zeros(T, 0, I)})
        yield make("no-steps", ("sequence", "length", *INPUT), {"x": torch.zeros(0, B, I)})
        yield make("state-units", STATE, {"state": torch.zeros(1, B, WRONG_H)}, pair=sizes(H, WRONG_H))
        yield make("state-batch", STATE, {"state": torch.zeros(1, WRONG_B, H)}, pair=sizes(B, WRONG_B))
        yield make("state-one-sequence", STATE, {"state": torch.zeros(1, 1, H)}, pair=sizes(B, 1))
        yield make("state-directions", STATE, {"state": torch.zeros(1, B, H), "bidirectional": True}, pair=sizes(2, 1))
        if kind == "LSTM":
            yield make("cell-units", CELL, {"cell": torch.zeros(1, B, WRONG_H)}, pair=sizes(H, WRONG_H))
        lengths = torch.full((B,), T)
        yield make("length-above-T", ("lengths",), {"lengths": _with_first(lengths, WRONG_T)}, pair=sizes(T, WRONG_T))
        yield make("length-negative", ("lengths", "length"), {"lengths": _with_first(lengths, -3)})
        yield make("lengths-too-few", ("lengths",), {"lengths": lengths[1:]}, pair=sizes(B, B - 1))
        yield make("lengths-fractions", ("lengths",), {"lengths": lengths - 0.5})
        shapes = {
            "input-weights-rows": ("weight_ih_l0", (rows - 1, I), sizes(rows, rows - 1)),
            "input-weights-columns": ("weight_ih_l0", (rows, WRONG_I), sizes(I, WRONG_I)),
            "recurrent-weights-columns": ("weight_hh_l0", (rows, WRONG_H), sizes(H, WRONG_H)),
            "bias-too-short": ("bias_ih_l0", (rows - 1,), sizes(rows, rows - 1)),
        }
        for mistake, (name, shape, pair) in shapes.items():
            yield make(mistake, (name,), {"parameters": {name: torch.zeros(shape)}}, pair=pair)


def _probe(kind: str, mistake: str, names: tuple[str, ...], given: dict[str, Any], **more: Any) -> Probe:
    made: Callable[[], Shapes] = partial(call, kind, **given)
    return Probe(layer=f"torch.nn.{kind}", mistake=mistake, call=made, names=names, **more)


def _with_first(lengths: torch.Tensor, length: int) -> torch.Tensor:
    changed = lengths.clone()
    changed[0] = length
    return changed


def versions() -> dict[str, str]:
    """The version of PyTorch."""
    return {"torch": torch.__version__}
