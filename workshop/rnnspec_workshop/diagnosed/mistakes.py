"""Mistakes that no mutant has, each with what the first line of the diagnosis has to say of it.

Most leave the outcome of the reference as it is but for one thing, as a slip in a kernel does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rnnspec import (
    PRECISIONS,
    Array,
    Cell,
    Gradients,
    Layer,
    Outcome,
    Parameters,
    Precision,
    Problem,
    State,
    map_records,
    solve,
)
from rnnspec.solving import evaluate
from rnnspec.steps.binding import bind
from rnnspec.steps.step import Letters, Named, Step, Summands
from rnnspec_conformance.judging.laws import chosen
from rnnspec_conformance.mutants.mutant import with_gradients, with_layer_gradients, with_parameters

Wrong = Callable[[Problem, Precision], Outcome]


@dataclass(frozen=True, kw_only=True)
class Slip:
    """A mistake, and the right diagnosis.

    Attributes
    ----------
    fields
        What the first line says that differs.
    looks
        What it says that the error looks like or is: one of these.
    precision
        What it is judged in.
    """

    id: str
    sentence: str
    wrong: Wrong
    fields: str
    looks: tuple[str, ...]
    precision: str = "float64"


def _y(change: Callable[[Array, Problem], Array]) -> Wrong:
    """The outputs changed, and nothing else."""

    def wrong(problem: Problem, precision: Precision) -> Outcome:
        outcome = solve(problem, precision=precision)
        return replace(outcome, y=change(outcome.y, problem))

    return wrong


def _final(name: str, factor: float) -> Wrong:
    """One of the final states multiplied."""

    def wrong(problem: Problem, precision: Precision) -> Outcome:
        outcome = solve(problem, precision=precision)
        return replace(outcome, final=_states(outcome.final, name, factor))

    return wrong


def _states(states: Any, name: str, factor: float) -> Any:
    def changed(state: State) -> State:
        return state.replace(**{name: state[name] * state[name].dtype.type(factor)}) if name in state else state

    return None if states is None else tuple(tuple(map(changed, layer)) for layer in states)


def _of_x(change: Callable[[Array], Array]) -> Wrong:
    """The gradient of x changed."""
    return _gradients(lambda d: replace(d, x=change(d.x)))


def _of_initial(name: str, factor: float) -> Wrong:
    """The gradient of one of the initial states multiplied."""
    return _gradients(lambda d: replace(d, initial=_states(d.initial, name, factor)))


def _gradients(change: Callable[[Gradients], Gradients]) -> Wrong:
    return lambda problem, precision: with_gradients(solve(problem, precision=precision), change)


def _of_parameters(pattern: str, change: Callable[[Array], Array]) -> Wrong:
    """The gradients of a letter, or of one name, changed."""

    def of(_: Layer, d: Parameters) -> Parameters:
        return d.replace(**{n: change(a) for n, a in d.items() if n == pattern or n.split("_")[0] == pattern})

    return lambda problem, precision: with_layer_gradients(solve(problem, precision=precision), problem, of)


def _at(is_wrong: Callable[[int, int], bool], factor: float) -> Wrong:
    """The gradients of the parameters of some layers and directions multiplied."""

    def times(p: Parameters) -> Parameters:
        return p.map(lambda a: a * a.dtype.type(factor))

    def of(d: Gradients) -> Gradients:
        layers = tuple(
            tuple(times(p) if is_wrong(layer, direction) else p for direction, p in enumerate(of_layer))
            for layer, of_layer in enumerate(d.layers)
        )
        return replace(d, layers=layers)

    return _gradients(of)


def _without_sequence(letter: str) -> Wrong:
    """The gradients of a letter without the last sequence of the batch."""

    def wrong(problem: Problem, precision: Precision) -> Outcome:
        outcome, B = solve(problem, precision=precision), problem.x.shape[1]
        if outcome.gradients is None or B == 1:
            return outcome
        rest = solve(chosen(problem, np.arange(B - 1)), precision=precision).gradients
        assert rest is not None

        def of(d: Parameters, other: Parameters) -> Parameters:
            return d.replace(**{n: a for n, a in other.items() if n.split("_")[0] == letter})

        layers = map_records(outcome.gradients.layers, of, rest.layers)
        return replace(outcome, gradients=replace(outcome.gradients, layers=layers))

    return wrong


class _NewState(Step):
    """A step whose gradient of R takes the new h for the old one."""

    def __init__(self, step: Step) -> None:
        super().__init__(step.bound, step.lines, tuple(step.old))
        self.summed.add("h_new")

    def gradients(self, steps: Any, d_u: Array) -> Named:
        of_new = [Summands(v=Letters({**vars(s.v), "h": s.v["h_new"]}), d=s.d) for s in steps]
        return super().gradients(of_new, d_u)


def _new_state(problem: Problem, precision: Precision) -> Outcome:
    def made(cell: Cell, parameters: Parameters, precision: Precision) -> Step:
        return _NewState(bind(cell, parameters, precision))

    return evaluate(problem, precision, made)


def _read(pattern: str, change: Callable[[Array], Array], *, above: bool = False) -> Wrong:
    """The parameters of a letter, or one of them, read wrong; `above` the first layer alone."""

    def wrong(problem: Problem, precision: Precision) -> Outcome:
        def of(layer: Layer, p: Parameters) -> Parameters:
            if above and layer is problem.layers[0]:
                return p
            return p.replace(**{n: change(a) for n, a in p.items() if n == pattern or n.split("_")[0] == pattern})

        return solve(with_parameters(problem, of), precision=precision)

    return wrong


def _in_numbers_of(name: str) -> Wrong:
    """Computed in another precision."""

    def wrong(problem: Problem, precision: Precision) -> Outcome:
        return solve(problem, precision=PRECISIONS[name]).map(lambda a: a.astype(precision.dtype))

    return wrong


def _rounded(name: str) -> Callable[[Array], Array]:
    return lambda a: PRECISIONS[name].nearest(a).astype(a.dtype)


def _truncated(problem: Problem, precision: Precision) -> Outcome:
    """Inputs and matrices cut to the significand of TF32, not rounded to it."""

    def cut(a: Array) -> Array:
        bits = np.ascontiguousarray(a, dtype=np.float32).view(np.uint32) & np.uint32(2**32 - 2**13)
        return bits.view(np.float32).astype(a.dtype)

    def of(_: Layer, p: Parameters) -> Parameters:
        return p.replace(**{n: cut(a) for n, a in p.items() if a.ndim == 2})

    return solve(replace(with_parameters(problem, of), x=cut(problem.x)), precision=precision)


def _shifted_x(problem: Problem, precision: Precision) -> Outcome:
    return solve(replace(problem, x=np.roll(problem.x, -1, axis=0)), precision=precision)


def _initial_read(problem: Problem, precision: Precision) -> Outcome:
    return solve(replace(problem, initial=_states(problem.initial, "h", -1.0)), precision=precision)


def _noisy(problem: Problem, precision: Precision) -> Outcome:
    """Every output a few hundred roundings off: sums in an unlucky order."""
    outcome = solve(problem, precision=precision)
    wave = np.sin(np.arange(outcome.y.size)).reshape(outcome.y.shape)
    return replace(outcome, y=(outcome.y * (1 + 100 * precision.eps * wave)).astype(outcome.y.dtype))


def _half(a: Array, problem: Problem) -> Array:
    """The half of y that is of the reverse direction, negated."""
    layer = problem.layers[-1]
    if layer.direction == "reverse":
        return -a
    if layer.directions == 1 or layer.merge != "concat":
        return a
    half = a.shape[-1] // 2
    return np.concatenate([a[..., :half], -a[..., half:]], axis=-1)


def _last_sequence(a: Array, _: Problem) -> Array:
    a = a.copy()
    a[:, -1] *= 1.25
    return a


def _tile(a: Array, _: Problem) -> Array:
    """The units beyond a whole number of tiles of 16, 10% too large, where there is one whole tile."""
    a = a.copy()
    if a.ndim == 3 and a.shape[-1] > 16:
        a[..., 16 * (a.shape[-1] // 16) :] *= 1.1
    return a


SLIPS: tuple[Slip, ...] = (
    Slip(
        id="gradient-of-R-with-the-new-h",
        sentence="the gradients of R are sums over the new h",
        wrong=_new_state,
        fields="only R_* gradients differ",
        looks=("one step off in time",),
    ),
    Slip(
        id="gradient-of-b-without-a-sequence",
        sentence="the gradients of b leave out the last sequence",
        wrong=_without_sequence("b"),
        fields="only b_* gradients differ",
        looks=("left out the last sequence",),
    ),
    Slip(
        id="gradient-of-W-without-a-sequence",
        sentence="the gradients of W leave out the last sequence",
        wrong=_without_sequence("W"),
        fields="only W_* gradients differ",
        looks=("left out the last sequence",),
    ),
    Slip(
        id="gradient-of-b-halved",
        sentence="the gradients of b are halved, as where a bias is split in two",
        wrong=_of_parameters("b", lambda a: a / 2),
        fields="only b_* gradients differ",
        looks=("a factor of 1/2",),
    ),
    Slip(
        id="gradient-of-b-f-tripled",
        sentence="the gradient of the bias of the forget gate is tripled",
        wrong=_of_parameters("b_f", lambda a: 3 * a),
        fields="only b_f gradients differ",
        looks=("a factor of 3",),
    ),
    Slip(
        id="gradient-of-R-negated",
        sentence="the gradients of R have the other sign",
        wrong=_of_parameters("R", np.negative),
        fields="only R_* gradients differ",
        looks=("the other sign",),
    ),
    Slip(
        id="gradient-of-p-negated",
        sentence="the gradients of the peepholes have the other sign",
        wrong=_of_parameters("p", np.negative),
        fields="only p_* gradients differ",
        looks=("the other sign",),
    ),
    Slip(
        id="gradient-of-initial-h-negated",
        sentence="the gradient of the initial h has the other sign",
        wrong=_of_initial("h", -1.0),
        fields="only initial h gradients differ",
        looks=("the other sign",),
    ),
    Slip(
        id="gradient-of-initial-c-quartered",
        sentence="the gradient of the initial c is a quarter",
        wrong=_of_initial("c", 0.25),
        fields="only initial c gradients differ",
        looks=("a factor of 1/4",),
    ),
    Slip(
        id="gradient-of-x-one-step-early",
        sentence="the gradient of x stands one step early",
        wrong=_of_x(lambda a: np.roll(a, -1, axis=0)),
        fields="only x gradients differ",
        looks=("one step off in time",),
    ),
    Slip(
        id="gradient-of-x-in-another-order",
        sentence="the gradient of x stands in the rows of the sequences before",
        wrong=_of_x(lambda a: np.roll(a, 1, axis=1)),
        fields="only x gradients differ",
        looks=("sequences in another order",),
    ),
    Slip(
        id="gradient-of-W-transposed",
        sentence="the gradients of W are written with columns first",
        wrong=_of_parameters("W", lambda a: a.T.reshape(a.shape)),
        fields="only W_* gradients differ",
        looks=("a transposition",),
    ),
    Slip(
        id="gradient-of-R-units-reversed",
        sentence="the gradients of R have the units in the opposite order",
        wrong=_of_parameters("R", lambda a: a[::-1]),
        fields="only R_* gradients differ",
        looks=("units in another order",),
    ),
    Slip(
        id="gradient-of-W-in-float16",
        sentence="the gradients of W pass through float16",
        wrong=_of_parameters("W", _rounded("float16")),
        fields="only W_* gradients differ",
        looks=("numbers of float16",),
        precision="float32",
    ),
    Slip(
        id="gradients-of-the-reverse-direction-doubled",
        sentence="the gradients of the parameters of the reverse direction are doubled",
        wrong=_at(lambda _, direction: direction == 1, 2.0),
        fields="of the reverse direction differ",
        looks=("a factor of 2",),
    ),
    Slip(
        id="gradients-of-the-second-layer-halved",
        sentence="the gradients of the parameters of the second layer are halved",
        wrong=_at(lambda layer, _: layer == 1, 0.5),
        fields="of layers above the first differ",
        looks=("a factor of 1/2",),
    ),
    Slip(
        id="y-reversed",
        sentence="the outputs stand in the opposite order, and nothing else is wrong",
        wrong=_y(lambda y, _: y[::-1]),
        fields="only y differs",
        looks=("the steps in the opposite order",),
    ),
    Slip(
        id="y-one-step-late",
        sentence="the outputs stand one step late",
        wrong=_y(lambda y, _: np.roll(y, 1, axis=0)),
        fields="only y differs",
        looks=("one step off in time",),
    ),
    Slip(
        id="y-units-reversed",
        sentence="the outputs have the units in the opposite order",
        wrong=_y(lambda y, _: y[..., ::-1]),
        fields="only y differs",
        looks=("units in another order",),
    ),
    Slip(
        id="y-reverse-half-negated",
        sentence="the outputs of the reverse direction have the other sign",
        wrong=_y(_half),
        fields="only y of the reverse direction differs",
        looks=("the other sign",),
    ),
    Slip(
        id="y-last-sequence",
        sentence="the outputs of the last sequence are a quarter too large",
        wrong=_y(_last_sequence),
        fields="only y of the last sequence differs",
        looks=("a factor of 1.25",),
    ),
    Slip(
        id="y-beyond-the-last-tile",
        sentence="the outputs of units beyond the last whole tile of 16 are 10% too large",
        wrong=_y(_tile),
        fields="only y of the last unit differs",
        looks=("a factor of 1.1",),
    ),
    Slip(
        id="final-h-negated",
        sentence="the final h has the other sign",
        wrong=_final("h", -1.0),
        fields="only final h differ",
        looks=("the other sign",),
    ),
    Slip(
        id="one-gate-of-W-transposed",
        sentence="W of one gate is read with columns first",
        wrong=_read("W_f", lambda a: a.T.reshape(a.shape)),
        fields="outputs and final states differ",
        looks=("W_f were transposed",),
    ),
    Slip(
        id="one-gate-of-R-negated",
        sentence="R of the reset gate has the other sign",
        wrong=_read("R_r", np.negative),
        fields="outputs and final states differ",
        looks=("R_r were of the other sign",),
    ),
    Slip(
        id="bias-above-ignored",
        sentence="the biases above the first layer are ignored",
        wrong=_read("b", np.zeros_like, above=True),
        fields="of layers above the first differ",
        looks=("b_* above the first layer were zero", "b above the first layer were zero"),
    ),
    Slip(
        id="x-one-step-early",
        sentence="a step reads the x of the step after",
        wrong=_shifted_x,
        fields="outputs and final states differ",
        looks=("x were that of the step after",),
    ),
    Slip(
        id="initial-h-negated",
        sentence="the initial h is read with the other sign",
        wrong=_initial_read,
        fields="outputs and final states differ",
        looks=("the initial h were of the other sign",),
    ),
    Slip(
        id="matrices-cut-to-tf32",
        sentence="matrices and inputs are cut to the significand of TF32",
        wrong=_truncated,
        fields="outputs and final states differ",
        looks=("rounding as in TF32 or float16",),
        precision="float32",
    ),
    Slip(
        id="sums-in-float16",
        sentence="everything is computed in float16",
        wrong=_in_numbers_of("float16"),
        fields="outputs and final states differ",
        looks=("numbers of float16",),
        precision="float32",
    ),
    Slip(
        id="computed-in-bfloat16",
        sentence="everything is computed in bfloat16",
        wrong=_in_numbers_of("bfloat16"),
        fields="outputs and final states differ",
        looks=("numbers of bfloat16",),
        precision="float32",
    ),
    Slip(
        id="outputs-a-hundred-roundings-off",
        sentence="every output is up to a hundred roundings off",
        wrong=_noisy,
        fields="only y differs",
        looks=("rounding that piles up",),
    ),
)
"""All of them."""
