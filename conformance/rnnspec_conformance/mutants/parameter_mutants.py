"""Misreadings of the parameters: gates in another order, matrices the wrong way round, biases lost or moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations
from typing import get_args

import numpy as np

from rnnspec import GRU, LSTM, Array, Cell, Layer, Outcome, Parameters, Problem, solve
from rnnspec.precision import Precision
from rnnspec_conformance.mutants.mutant import Mutant, misreading, with_layer_gradients, with_parameters

Change = Callable[[Layer, Parameters], Parameters]


def mutants() -> Iterator[Mutant]:
    """All mutants of this family."""
    yield from _gate_orders("lstm", LSTM, "ifgo", ("W", "R", "b"), "LAY-1")
    yield from _gate_orders("gru", GRU, "rzn", ("W", "R", "b"), "LAY-1")
    yield from _gate_orders("peephole", LSTM, "ifo", ("p",), "PEEP-2")
    for kind in get_args(Cell):
        name = kind.__name__.lower()
        yield _linear(
            f"{name}-recurrent-matrix-transposed",
            "PAR-3",
            "the recurrent matrices are applied transposed",
            kind,
            change=_each("R", _transposed),
            back=_each("R", _transposed),
        )
        yield _linear(
            f"{name}-recurrent-matrix-scaled",
            "PAR-3",
            "the recurrent matrices are divided by the square root of the number of units",
            kind,
            change=_each("R", _per_unit),
            back=_each("R", _per_unit),
        )
        yield _scaled(f"{name}-bias-dropped", "PAR-2", "the biases are ignored", kind, name="b", factor=0.0)
        yield _scaled(f"{name}-bias-doubled", "PAR-2", "the biases are added twice", kind, name="b", factor=2.0)
        yield _linear(
            f"{name}-inputs-reversed",
            "PAR-1",
            "the input matrices are read with their columns in the opposite order",
            kind,
            change=_each("W", lambda a: a[:, ::-1]),
            back=_each("W", lambda a: a[:, ::-1]),
        )
    yield _linear(
        "gru-b-rn-outside-the-reset-product",
        "GRU-3",
        "b_Rn is added to b_n, outside the reset product",
        GRU,
        change=lambda _, p: p.replace(b_n=p.b_n + p.b_Rn, b_Rn=0 * p.b_Rn) if "b_Rn" in p else p,
        back=lambda _, d: d.replace(b_Rn=d.b_n.copy()) if "b_Rn" in d else d,
    )
    yield _linear(
        "gru-b-n-inside-the-reset-product",
        "GRU-3",
        "b_n is added to b_Rn, inside the reset product",
        GRU,
        change=lambda _, p: p.replace(b_Rn=p.b_n + p.b_Rn, b_n=0 * p.b_n) if "b_Rn" in p else p,
        back=lambda _, d: d.replace(b_n=d.b_Rn.copy()) if "b_Rn" in d else d,
    )
    yield _scaled("gru-b-rn-dropped", "PAR-4", "b_Rn is ignored", GRU, name="b_Rn", factor=0.0)
    yield _linear(
        "lstm-forget-bias-added",
        "LAY-6",
        "1 is added to the bias of the forget gate",
        LSTM,
        change=lambda _, p: p.replace(b_f=p.b_f + 1) if "b_f" in p else p,
        back=lambda _, d: d,
    )
    yield _linear(
        "peephole-of-the-neighbour",
        "PEEP-1",
        "the peephole of a unit acts on the gate of its neighbour",
        LSTM,
        change=_each("p", lambda a: np.roll(a, 1)),
        back=_each("p", lambda a: np.roll(a, -1)),
    )
    yield _scaled("peephole-output-dropped", "PEEP-3", "the output gate sees no peephole", LSTM, name="p_o", factor=0.0)
    for gate in ("i", "f"):
        yield _scaled(
            f"peephole-{gate}-dropped",
            "PEEP-2",
            f"the gate {gate} sees no peephole",
            LSTM,
            name=f"p_{gate}",
            factor=0.0,
        )


def _transposed(a: Array) -> Array:
    return a.T if a.shape[0] == a.shape[1] else a


def _per_unit(a: Array) -> Array:
    return np.asarray(a / np.sqrt(a.dtype.type(a.shape[-1])))


def _linear(id: str, rule: str, sentence: str, kind: type, *, change: Change, back: Change) -> Mutant:
    """A misreading in which other parameters are used; `back` carries the gradients to those that were given."""

    def only(action: Change) -> Change:
        return lambda layer, parameters: action(layer, parameters) if isinstance(layer.cell, kind) else parameters

    def wrong(problem: Problem, precision: Precision) -> Outcome:
        outcome = solve(with_parameters(problem, only(change)), precision=precision)
        return with_layer_gradients(outcome, problem, only(back))

    return misreading(id, rule, sentence, wrong)


def _each(letter: str, action: Callable[[Array], Array]) -> Change:
    """Change every array whose name begins with `letter`."""

    def change(_: Layer, parameters: Parameters) -> Parameters:
        changed = {name: action(array) for name, array in parameters.items() if name.split("_")[0] == letter}
        return parameters.replace(**changed)

    return change


def _scaled(id: str, rule: str, sentence: str, kind: type, *, name: str, factor: float) -> Mutant:
    """A misreading in which arrays (one name, or all of one letter) are multiplied by `factor`."""

    def change(_: Layer, parameters: Parameters) -> Parameters:
        chosen = {k: a * a.dtype.type(factor) for k, a in parameters.items() if name in (k, k.split("_")[0])}
        return parameters.replace(**chosen)

    return _linear(id, rule, sentence, kind, change=change, back=change)


def _gate_orders(name: str, kind: type, gates: str, letters: tuple[str, ...], rule: str) -> Iterator[Mutant]:
    """Every order of the gates but the right one."""
    for order in permutations(gates):
        if "".join(order) == gates:
            continue
        to = dict(zip(gates, order, strict=True))
        back = {right: left for left, right in to.items()}
        yield _linear(
            f"{name}-gates-{''.join(order)}",
            rule,
            f"the gates {' '.join(gates)} are taken for {' '.join(order)}",
            kind,
            change=_renamed(letters, to),
            back=_renamed(letters, back),
        )


def _renamed(letters: tuple[str, ...], to: dict[str, str]) -> Change:
    def change(_: Layer, parameters: Parameters) -> Parameters:
        names = {
            f"{letter}_{gate}": f"{letter}_{other}"
            for letter in letters
            for gate, other in to.items()
            if f"{letter}_{gate}" in parameters
        }
        if not set(names.values()) <= set(parameters):
            return parameters  # a variant that has not all of these gates
        return parameters.replace(**{name: parameters[other] for name, other in names.items()})

    return change
