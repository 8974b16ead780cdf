"""Misreadings of the options: one ignored, or one taken for another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from typing import Any, get_args

import numpy as np

from rnnspec import GRU, LSTM, RNN, Activation, Cell, Layer, Merge, Outcome, Parameters, Problem, solve
from rnnspec.precision import Precision
from rnnspec_conformance.mutants.mutant import (
    Mutant,
    misreading,
    with_layer_gradients,
    with_parameters,
)

Options = dict[str, Any]
Other = Callable[[Any], Options | None]
"""The options in which a cell is misread, or None where it is not."""

BOUNDS = ("cell_clip", "projection_clip", "preactivation_clip")

OTHER_DEFAULTS: dict[str, tuple[float, float | None]] = {
    "affine": (1.0, 0.5),
    "leaky_relu": (0.2, None),
    "thresholded_relu": (0.0, None),
    "scaled_tanh": (1.7159, 2 / 3),
    "hard_sigmoid": (1 / 6, 0.5),
}
"""Default constants of others: the slope of tf.nn.leaky_relu, the threshold of ONNX Runtime, the tanh of LeCun, ..."""


def mutants() -> Iterator[Mutant]:
    """All mutants of this family."""
    yield from _absent_gates()
    yield from _variants()
    yield from _activations()
    yield from _projections()
    yield from _clips()
    yield from _sequences()


def misread(id: str, rule: str, sentence: str, kind: type, other: Other) -> Mutant:
    """A misreading in which cells of a kind are solved with other options.

    Parameters that the other options lack are dropped, and have zero gradients; parameters that they need are zero.
    """

    def exchanged(layer: Layer) -> Layer:
        options = other(layer.cell) if isinstance(layer.cell, kind) else None
        if options is None:
            return layer
        cell = replace(layer.cell, **options)
        shapes = cell.parameter_shapes(layer.input_size, layer.hidden_size)
        return replace(layer, cell=cell, parameters=tuple(fitted(p, shapes) for p in layer.parameters))

    def wrong(problem: Problem, precision: Precision) -> Outcome:
        outcome = solve(replace(problem, layers=tuple(map(exchanged, problem.layers))), precision=precision)
        return with_layer_gradients(outcome, problem, lambda layer, d: fitted(d, shapes_of(layer)))

    return misreading(id, rule, sentence, wrong)


def shapes_of(layer: Layer) -> dict[str, tuple[int, ...]]:
    """The shapes of the parameters of a layer."""
    return layer.cell.parameter_shapes(layer.input_size, layer.hidden_size)


def fitted(parameters: Parameters, shapes: dict[str, tuple[int, ...]]) -> Parameters:
    """The arrays of these names; zeros for those that are not there."""
    dtype = next(iter(parameters.values())).dtype
    return Parameters(**{name: parameters.get(name, np.zeros(shape, dtype)) for name, shape in shapes.items()})


def changed(id: str, rule: str, sentence: str, change: Callable[[Layer, Parameters], Parameters]) -> Mutant:
    """A misreading that uses other parameters; gradients are the right ones where the names allow it."""

    def wrong(problem: Problem, precision: Precision) -> Outcome:
        outcome = solve(with_parameters(problem, change), precision=precision)
        return with_layer_gradients(outcome, problem, change)

    return misreading(id, rule, sentence, wrong)


def without_gradient(id: str, rule: str, sentence: str, prefix: str, kind: Callable[[Any], bool]) -> Mutant:
    """A misreading in which arrays whose names begin with `prefix` have no gradient, in cells of a kind."""

    def cut(layer: Layer, d: Parameters) -> Parameters:
        names = [name for name in d if name.startswith(prefix)] if kind(layer.cell) else []
        return d.replace(**{name: np.zeros_like(d[name]) for name in names})

    def wrong(problem: Problem, precision: Precision) -> Outcome:
        return with_layer_gradients(solve(problem, precision=precision), problem, cut)

    return misreading(id, rule, sentence, wrong)


def _absent_gates() -> Iterator[Mutant]:
    for gate, rule in (("input", "VAR-1"), ("forget", "VAR-2"), ("output", "VAR-3")):
        option = f"{gate}_gate"

        def other(cell: Any, option: str = option) -> Options | None:
            return None if getattr(cell, option) else {option: True}

        yield misread(f"absent-{gate}-gate-is-half", rule, f"an absent {gate} gate is sigmoid(0)", LSTM, other)


def _variants() -> Iterator[Mutant]:
    def uncoupled(cell: Any) -> Options | None:
        return {"coupling": "none"} if cell.coupling != "none" else None

    yield misread("coupling-ignored", "VAR-4", "the coupled gate is sigmoid(0)", LSTM, uncoupled)
    for coupling, rule, gate, sentence in (
        ("forget", "VAR-4", "i", "the gate that is there is f, and i = 1 - f"),
        ("input", "VAR-5", "f", "the gate that is there is i, and f = 1 - i"),
    ):
        yield _coupling_exchanged(f"coupling-{coupling}-exchanged", rule, sentence, coupling=coupling, gate=gate)
    yield changed("relevance-gate-open", "VAR-6", "the relevance gate is always open", _relevance_open)
    yield changed("gate-recurrence-ignored", "VAR-7", "the gates of the step before do not enter", _recurrence_cut)
    yield changed(
        "gate-recurrence-transposed", "VAR-7", "R_if is read as the matrix from f to i", _recurrence_exchanged
    )
    yield without_gradient(
        "coupled-gate-without-gradient", "GRAD-13", "the gate that is left has no gradient", "W_i", _is_coupled_forget
    )
    yield without_gradient(
        "relevance-gate-without-gradient", "GRAD-14", "the relevance gate has no gradient", "W_r", _has_relevance
    )
    yield without_gradient(
        "gate-recurrence-without-gradient", "GRAD-15", "the matrices between gates have no gradient", "R_if", _recurs
    )

    def with_reset(cell: Any) -> Options | None:
        return {"reset": "after", "bias": cell.bias} if cell.reset == "none" else None

    def unreset(cell: Any) -> Options | None:
        return {"minimal": False} if cell.minimal else None

    yield misread("absent-reset-gate-is-half", "GRU-8", "an absent reset gate is sigmoid(0)", GRU, with_reset)
    yield misread("minimal-reset-is-half", "GRU-9", "the minimal unit has a reset gate of sigmoid(0)", GRU, unreset)
    yield without_gradient(
        "minimal-gate-without-gradient", "GRAD-17", "the gate of the minimal unit has no gradient", "W_z", _is_minimal
    )


def has(option: str, *values: object) -> Callable[[Any], bool]:
    """Whether a cell has an option, and one of `values` in it."""
    return lambda cell: getattr(cell, option, None) in values


_is_coupled_forget = has("coupling", "forget")
_has_relevance = has("relevance_gate", True)
_recurs = has("gate_recurrence", True)
_is_minimal = has("minimal", True)


def _coupling_exchanged(id: str, rule: str, sentence: str, *, coupling: str, gate: str) -> Mutant:
    to = {"i": "f", "f": "i"}[gate]

    def renamed(parameters: Parameters, old: str, new: str) -> Parameters:
        return Parameters(**{name[:-1] + new if name[-2:] == f"_{old}" else name: a for name, a in parameters.items()})

    def exchanged(layer: Layer) -> Layer:
        if not has("coupling", coupling)(layer.cell):
            return layer
        cell: Any = layer.cell
        cell = replace(cell, coupling="input" if coupling == "forget" else "forget")
        return replace(layer, cell=cell, parameters=tuple(renamed(p, gate, to) for p in layer.parameters))

    def wrong(problem: Problem, precision: Precision) -> Outcome:
        outcome = solve(replace(problem, layers=tuple(map(exchanged, problem.layers))), precision=precision)
        return with_layer_gradients(
            outcome, problem, lambda layer, d: d if set(d) == set(shapes_of(layer)) else renamed(d, to, gate)
        )

    return misreading(id, rule, sentence, wrong)


def _relevance_open(layer: Layer, p: Parameters) -> Parameters:
    if not _has_relevance(layer.cell) or "b_r" not in p:
        return p
    return p.replace(W_r=0 * p.W_r, R_r=0 * p.R_r, b_r=np.full_like(p.b_r, 1e3))


def _recurrence_cut(layer: Layer, p: Parameters) -> Parameters:
    if not _recurs(layer.cell):
        return p
    return p.replace(**{f"R_{a}{b}": 0 * p[f"R_{a}{b}"] for a in "ifo" for b in "ifo"})


def _recurrence_exchanged(layer: Layer, p: Parameters) -> Parameters:
    if not _recurs(layer.cell):
        return p
    return p.replace(**{f"R_{a}{b}": p[f"R_{b}{a}"] for a in "ifo" for b in "ifo"})


def _activations() -> Iterator[Mutant]:
    for kind, rule in ((LSTM, "VAR-8"), (GRU, "GRU-10"), (RNN, "RNN-2")):
        default = kind()

        def other(_: Any, default: Any = default) -> Options | None:
            return {name: value for name, value in vars(default).items() if name.endswith("activation")}

        name = kind.__name__
        yield misread(
            f"{name.lower()}-activations-ignored", rule, "activations are those of the plain cell", kind, other
        )

    def exchange(given: Any) -> Any:
        if not isinstance(given, Activation) or given.name != "hard_sigmoid":
            return given
        return replace(given, alpha=0.2 if given.alpha != 0.2 else 1 / 6)

    def constants(given: Any) -> Any:
        return Activation(name=given.name) if isinstance(given, Activation) else given

    def defaults(given: Any) -> Any:
        alpha, beta = OTHER_DEFAULTS.get(given, (None, None)) if isinstance(given, str) else (None, None)
        return given if alpha is None else Activation(name=given, alpha=alpha, beta=beta)

    for id, rule, sentence, change in (
        ("hard-sigmoids-exchanged", "ACT-2", "the factor alpha of the hard sigmoid is the other one", exchange),
        ("activation-constants-ignored", "ACT-1", "alpha and beta are the default ones", constants),
        (
            "default-constants-of-others",
            "ACT-1",
            "alpha and beta that are not given are those of other tables",
            defaults,
        ),
    ):

        def of_rnn(cell: Any, change: Callable[[Any], Any] = change) -> Options | None:
            return {"activation": change(cell.activation)}

        yield misread(id, rule, sentence, RNN, of_rnn)


def _projections() -> Iterator[Mutant]:
    def reversed_columns(_: Layer, p: Parameters) -> Parameters:
        return p.replace(P_h=p.P_h[:, ::-1]) if "P_h" in p else p

    def no_bias(_: Layer, p: Parameters) -> Parameters:
        return p.replace(**{name: 0 * p[name] for name in ("b_h", "b_q") if name in p})

    yield changed("projection-columns-reversed", "PROJ-1", "P_h reads the units backwards", reversed_columns)
    yield changed("projection-bias-dropped", "PROJ-2", "the biases of the projections are ignored", no_bias)
    yield misreading(
        "projections-exchanged",
        "PROJ-3",
        "the non-recurrent projection comes first in the output",
        _projections_exchanged,
    )
    for letter in ("h", "q"):
        yield without_gradient(
            f"projection-{letter}-without-gradient", "GRAD-16", f"P_{letter} has no gradient", f"P_{letter}", _projects
        )


def _projects(cell: Any) -> bool:
    return getattr(cell, "projection", 0) > 0


def _projections_exchanged(problem: Problem, precision: Precision) -> Outcome:
    outcome = solve(problem, precision=precision)
    layer = problem.layers[-1]
    behind = getattr(layer.cell, "output_projection", 0)
    return replace(outcome, y=np.roll(outcome.y, behind, axis=-1)) if behind and layer.directions == 1 else outcome


def _clips() -> Iterator[Mutant]:
    def unclipped(option: str) -> Other:
        def other(cell: Any) -> Options | None:
            if getattr(cell, option) is None:
                return None
            left = [name for name in BOUNDS if name != option and getattr(cell, name, None) is not None]
            return {option: None} | ({} if left else {"clip_derivative": "true"})

        return other

    def other_place(cell: Any) -> Options | None:
        return {"cell_clip": None, "preactivation_clip": cell.cell_clip} if cell.cell_clip else None

    def cell_instead(cell: Any) -> Options | None:
        return {"cell_clip": cell.preactivation_clip, "preactivation_clip": None} if cell.preactivation_clip else None

    yield misread("cell-clip-ignored", "CLIP-1", "the cell is not clipped", LSTM, unclipped("cell_clip"))
    yield misread("cell-clip-on-pre-activations", "CLIP-1", "the bound is that of pre-activations", LSTM, other_place)
    yield misread("projection-clip-ignored", "CLIP-2", "h is not clipped", LSTM, unclipped("projection_clip"))
    yield misread("pre-activation-clip-on-the-cell", "CLIP-3", "the bound is that of the cell", LSTM, cell_instead)
    for kind in get_args(Cell):
        yield misread(
            f"{kind.__name__.lower()}-pre-activation-clip-ignored",
            "CLIP-3",
            "pre-activations are not clipped",
            kind,
            unclipped("preactivation_clip"),
        )
    derivatives = (("true", "straight-through", "CLIP-4"), ("straight-through", "true", "CLIP-5"))
    for clipping, (given, taken, rule) in product(get_args(Cell), derivatives):

        def derivative(cell: Any, given: str = given, taken: str = taken) -> Options | None:
            clips = any(getattr(cell, bound, None) is not None for bound in BOUNDS)
            return {"clip_derivative": taken} if clips and cell.clip_derivative == given else None

        id = f"{clipping.__name__.lower()}-clip-derivative-{taken}"
        yield misread(id, rule, f"the derivative of a clip is the one called {taken}", clipping, derivative)


def _sequences() -> Iterator[Mutant]:
    def zero(problem: Problem) -> Problem:
        return replace(problem, padded_outputs="zero")

    yield _problem("repeated-outputs-zero", "SEQ-11", "padded outputs are zero", zero)
    yield _layers("processing-order-ignored", "SEQ-12", "reverse outputs are in the order of time", _in_time)
    exchanges: tuple[tuple[Merge, Merge], ...] = (("sum", "mean"), ("mean", "sum"), ("product", "sum"))
    for given, taken in exchanges:

        def merged(layer: Layer, given: Merge = given, taken: Merge = taken) -> Layer:
            return replace(layer, merge=taken) if layer.merge == given else layer

        yield _layers(f"merge-{given}-taken-for-{taken}", "SEQ-13", f"{given} is {taken}", merged)
    yield misreading("directions-apart-exchanged", "SEQ-14", "the reverse direction comes first", _apart_exchanged)
    yield misreading(
        "cotangents-of-repeated-outputs-ignored",
        "GRAD-18",
        "repeated outputs have no part in the gradients",
        _no_repeat,
    )
    yield misreading("product-merge-gradient-of-sum", "GRAD-19", "the gradient of a product is that of a sum", _as_sum)


def _problem(id: str, rule: str, sentence: str, change: Callable[[Problem], Problem]) -> Mutant:
    return misreading(id, rule, sentence, lambda problem, precision: solve(change(problem), precision=precision))


def _layers(id: str, rule: str, sentence: str, change: Callable[[Layer], Layer]) -> Mutant:
    return _problem(id, rule, sentence, lambda problem: replace(problem, layers=tuple(map(change, problem.layers))))


def _in_time(layer: Layer) -> Layer:
    return replace(layer, reverse_outputs="time")


def _apart_exchanged(problem: Problem, precision: Precision) -> Outcome:
    outcome = solve(problem, precision=precision)
    return replace(outcome, y=outcome.y[..., ::-1, :]) if outcome.y.ndim > 3 else outcome


def _no_repeat(problem: Problem, precision: Precision) -> Outcome:
    right = solve(problem, precision=precision)
    return replace(right, gradients=solve(replace(problem, padded_outputs="zero"), precision=precision).gradients)


def _as_sum(problem: Problem, precision: Precision) -> Outcome:
    def summed(layer: Layer) -> Layer:
        return replace(layer, merge="sum") if layer.merge == "product" else layer

    right = solve(problem, precision=precision)
    wrong = solve(replace(problem, layers=tuple(map(summed, problem.layers))), precision=precision)
    return replace(right, gradients=wrong.gradients)
