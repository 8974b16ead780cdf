"""Options that are unknown, or that have no meaning together, are refused: VAR-9, GRU-9, PROJ, CLIP, ACT, SEQ, NUM."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest

from rnnspec import FLOAT32, GRU, LSTM, RNN, TF32, Activation, Cell, Layer, Problem, ProblemError, solve

from .all_variants import LSTM_OPTIONS, choices
from .random_problems import Spec, make_problem
from .test_layer_errors import ACTIVATIONS, BOOLS, RESETS, Row, call, parameters_of, refuse, rows

NUMBER, BOUND, SIZE = "a finite number", "a finite number above 0", "an integer of at least 0"
DERIVATIVES = "one of 'true', 'straight-through'"
NO_PROJECTION = "where there is no recurrent projection"


def of_lstm(option: str, value: Any, wanted: str, rule: str, **others: Any) -> Row:
    """An option of an LSTM, beside others, that is refused."""
    sentence = f"{option}={value!r}" + "".join(f" with {name}={other}" for name, other in others.items())
    return sentence, call(LSTM, **{option: value}, **others), f"LSTM.{option}", wanted, repr(value), rule


COUPLINGS = "one of 'none', 'forget', 'input'"
ABSENT = "'none' where the input or the forget gate is absent"
UNKNOWN: list[Row] = [
    of_lstm("coupling", "both", COUPLINGS, "VAR-4"),
    of_lstm("coupling", True, COUPLINGS, "VAR-4"),
    *(
        of_lstm(option, value, BOOLS, "VAR-1")
        for option in ("input_gate", "forget_gate", "output_gate", "relevance_gate", "gate_recurrence")
        for value in (None, 1, "True")
    ),
    of_lstm("projection_bias", 1, BOOLS, "PROJ-2"),
    *(
        of_lstm(option, value, SIZE, "PROJ-1")
        for option in ("projection", "output_projection")
        for value in (-1, 2.0, None, True, np.int64(2))
    ),
    *(
        of_lstm(f"{place}_activation", value, ACTIVATIONS, "ACT-1")
        for place in ("gate", "candidate", "output")
        for value in ("swish", None, "Tanh")
    ),
    *(
        of_lstm(option, value, BOUND, rule)
        for option, rule in (("cell_clip", "CLIP-1"), ("projection_clip", "CLIP-2"), ("preactivation_clip", "CLIP-3"))
        for value in (0, 0.0, -1.0, np.inf, np.nan, True, "1", 1j)
    ),
    *(
        (
            f"{option} of 400 digits",
            call(kind, **{option: 10**400}, **others),
            f"{kind.__name__}.{option}",
            wanted,
            "an integer of 1329 bits, which no float64 holds",
            rule,
        )
        for kind, option, wanted, rule, others in (
            (LSTM, "cell_clip", BOUND, "CLIP-1", {}),
            (LSTM, "projection_clip", BOUND, "CLIP-2", {"projection": 2}),
            (GRU, "preactivation_clip", BOUND, "CLIP-3", {}),
            (Activation, "alpha", NUMBER, "ACT-1", {"name": "elu"}),
            (Activation, "beta", NUMBER, "ACT-1", {"name": "affine"}),
        )
    ),
    of_lstm("clip_derivative", "none", DERIVATIVES, "CLIP-5"),
    ("minimal=1", call(GRU, minimal=1), "GRU.minimal", BOOLS, "1", "GRU-9"),
    ("reset=False", call(GRU, reset=False), "GRU.reset", RESETS, "False", "GRU-3"),
    ("reset=None", call(GRU, reset=None), "GRU.reset", RESETS, "None", "GRU-3"),
    *(
        (
            f"{kind.__name__} {option}={value!r}",
            call(kind, **{option: value}),
            f"{kind.__name__}.{option}",
            wanted,
            came,
            r,
        )
        for kind in (GRU, RNN)
        for option, value, wanted, came, r in (
            ("preactivation_clip", -2.0, BOUND, "-2.0", "CLIP-3"),
            ("clip_derivative", "straight", DERIVATIVES, "'straight'", "CLIP-5"),
        )
    ),
    *(
        (
            f"GRU {p}_activation",
            call(GRU, **{f"{p}_activation": "x"}),
            f"GRU.{p}_activation",
            ACTIVATIONS,
            "'x'",
            "ACT-1",
        )
        for p in ("gate", "candidate")
    ),
]

CONTRADICTIONS: list[Row] = [
    *(
        of_lstm("coupling", coupling, ABSENT, "VAR-9", **{gate: False})
        for coupling in ("forget", "input")
        for gate in ("input_gate", "forget_gate")
    ),
    *(
        of_lstm("gate_recurrence", True, "False where a gate is absent", "VAR-9", **{gate: False})
        for gate in ("input_gate", "forget_gate", "output_gate")
    ),
    *(
        of_lstm("gate_recurrence", True, "False where gates are coupled", "VAR-9", coupling=coupling)
        for coupling in ("forget", "input")
    ),
    of_lstm(
        "relevance_gate",
        True,
        "False where h is a projection, which has other features than a gate",
        "VAR-9",
        projection=3,
    ),
    *(
        of_lstm(
            "peephole",
            form,
            "'none' where no gate is left to see the cell",
            "VAR-9",
            input_gate=False,
            forget_gate=False,
            output_gate=False,
        )
        for form in ("new", "old")
    ),
    of_lstm("projection_clip", 0.5, f"None {NO_PROJECTION}", "VAR-9"),
    of_lstm("projection_bias", True, f"False {NO_PROJECTION}", "VAR-9"),
    of_lstm("output_projection", 2, f"0 {NO_PROJECTION}", "VAR-9"),
    *(
        (
            f"a straight-through derivative of nothing in {kind.__name__}",
            call(kind, clip_derivative="straight-through"),
            f"{kind.__name__}.clip_derivative",
            "'true' where nothing is clipped",
            "'straight-through'",
            "CLIP-5",
        )
        for kind in (LSTM, GRU, RNN)
    ),
    (
        "minimal without a reset",
        call(GRU, minimal=True, reset="none"),
        "GRU.minimal",
        "False where there is no reset gate",
        "True",
        "GRU-9",
    ),
]

CONSTANTS: list[Row] = [
    ("an unknown name", call(Activation, name="gelu"), "Activation.name", ACTIVATIONS, "'gelu'", "ACT-1"),
    ("no name", call(Activation, name=None), "Activation.name", ACTIVATIONS, "None", "ACT-1"),
    *(
        (
            f"{letter} of {name}",
            call(Activation, name=name, **{letter: 0.5}),
            f"Activation.{letter}",
            f"None for {name}",
            "0.5",
            "ACT-1",
        )
        for letter, names in (
            ("alpha", ("sigmoid", "tanh", "relu", "identity", "softsign", "softplus")),
            ("beta", ("tanh", "leaky_relu", "thresholded_relu", "elu")),
        )
        for name in names
    ),
    *(
        (
            f"beta={value!r}",
            call(Activation, name="affine", beta=value),
            "Activation.beta",
            NUMBER,
            repr(value),
            "ACT-1",
        )
        for value in (np.nan, np.inf, "1", True, 1j, np.array(1.0))
    ),
    *(
        (
            f"alpha={value!r}",
            call(Activation, name="affine", alpha=value),
            "Activation.alpha",
            NUMBER,
            repr(value),
            "ACT-1",
        )
        for value in (-np.inf, [1.0])
    ),
]

CONSTANTS += [
    (
        f"alpha={alpha} of {name}",
        call(Activation, name=name, alpha=alpha),
        "Activation.alpha",
        f"an alpha with which the value of {name} tells its derivative",
        repr(alpha),
        "ACT-1",
    )
    for name, alphas in (
        ("leaky_relu", (0.0, -0.5)),
        ("elu", (0.0, -1.0)),
        ("thresholded_relu", (-0.1,)),
        ("scaled_tanh", (0.0,)),
    )
    for alpha in alphas
]

MERGES = "one of 'concat', 'sum', 'mean', 'product', 'none'"
ONE = "'concat' where there is one direction"
ORDERS = "one of 'time', 'processing'"


def layer(**options: Any) -> Callable[[], Layer]:
    """A layer of an RNN with the given options."""
    directions = 2 if options.get("direction") == "bidirectional" else 1
    return lambda: Layer(cell=RNN(), parameters=(parameters_of(RNN()),) * directions, **options)


SEQUENCES: list[Row] = [
    ("an unknown merge", layer(direction="bidirectional", merge="max"), "merge", MERGES, "'max'", "SEQ-13"),
    ("a merge of None", layer(direction="bidirectional", merge=None), "merge", MERGES, "None", "SEQ-13"),
    *(
        (f"{merge} of one {direction}", layer(direction=direction, merge=merge), "merge", ONE, repr(merge), "SEQ-13")
        for merge in ("sum", "mean", "product", "none")
        for direction in ("forward", "reverse")
    ),
    ("an unknown order", layer(direction="reverse", reverse_outputs="x"), "reverse_outputs", ORDERS, "'x'", "SEQ-12"),
    (
        "an order without a reverse direction",
        layer(reverse_outputs="processing"),
        "reverse_outputs",
        "'time' in a forward layer",
        "'processing'",
        "SEQ-12",
    ),
]

STACK = make_problem([Spec(RNN(), "bidirectional", "sum"), Spec(RNN(), "forward")])
APART = replace(STACK.layers[0], merge="none")


def problem(**wrong: Any) -> Callable[[], Problem]:
    return lambda: replace(STACK, **wrong)


PROBLEMS: list[Row] = [
    *(
        (
            f"padded_outputs={v!r}",
            problem(padded_outputs=v),
            "padded_outputs",
            "one of 'zero', 'repeat'",
            repr(v),
            "SEQ-11",
        )
        for v in ("last", None, True)
    ),
    (
        "directions apart below another layer",
        problem(layers=(APART, STACK.layers[1])),
        "layers[1]",
        "directions that are merged",
        "4",
        "SEQ-8",
    ),
    (
        "joined directions for a layer that reads their sum",
        problem(layers=(replace(STACK.layers[0], merge="concat"), STACK.layers[1])),
        "layers[1]",
        "input size 8",
        "4",
        "SEQ-8",
    ),
    (
        "cotangents of directions that are apart",
        lambda: replace(STACK, layers=(APART,), initial=None, cotangents=replace_y(np.zeros((6, 5, 4)))),
        "cotangents.y",
        "shape [6, 5, 2, 4]",
        "[6, 5, 4]",
        "GRAD-1",
    ),
]


def replace_y(y: Any) -> Any:
    assert STACK.cotangents is not None
    return replace(STACK.cotangents, y=y, final=None)


@rows(UNKNOWN)
def test_an_unknown_option_is_refused(row: Row) -> None:
    refuse(row)


@pytest.mark.parametrize("value", [None, 1, "other"], ids=repr)
@pytest.mark.parametrize(
    "kind, option, values",
    [(kind, option, values) for kind in get_args(Cell) for option, values in choices(kind).items()],
)
def test_an_option_has_its_values_and_no_others(kind: type[Cell], option: str, values: Any, value: Any) -> None:
    with pytest.raises(ProblemError, match=r" \[[A-Z]+-[0-9]+\]$") as caught:
        kind(**{option: value})
    assert caught.value.field == f"{kind.__name__}.{option}"
    assert caught.value.wanted == f"one of {', '.join(map(repr, values))}"
    assert caught.value.came == repr(value)


@rows(CONTRADICTIONS)
def test_options_without_a_meaning_together_are_refused(row: Row) -> None:
    refuse(row)


@rows(CONSTANTS)
def test_a_wrong_constant_of_an_activation_is_refused(row: Row) -> None:
    refuse(row)


@rows(SEQUENCES)
def test_a_wrong_merge_or_order_is_refused(row: Row) -> None:
    refuse(row)


@rows(PROBLEMS)
def test_a_wrong_padding_or_stack_is_refused(row: Row) -> None:
    refuse(row)


@pytest.mark.parametrize("precision", [FLOAT32, TF32], ids=lambda a: a.name)
def test_complex_numbers_are_refused_in_another_precision_than_float64(precision: Any) -> None:
    turned = replace(STACK, initial=None, x=STACK.x + 0j)
    wanted = "float64 for complex input"
    refuse(("", lambda: solve(turned, precision=precision), "precision", wanted, precision.name, "NUM-3"))


@pytest.mark.parametrize(
    "wrong, hint",
    [
        (None, ""),
        (64, ""),
        ("double", ""),
        ("float32", " (rnnspec.PRECISIONS['float32']?)"),
        (np.float16, " (rnnspec.PRECISIONS['float16']?)"),
    ],
    ids=repr,
)
def test_what_is_no_precision_is_refused(wrong: Any, hint: str) -> None:
    came = f"{wrong!r}{hint}"
    refuse(("", lambda: solve(STACK, precision=wrong), "precision", "a Precision", came, "NUM-3"))


WITH_FEATURES: list[tuple[Cell, dict[str, int], int]] = [
    (LSTM(), {"h": 4, "c": 4}, 4),
    (LSTM(projection=3), {"h": 3, "c": 4}, 3),
    (LSTM(projection=6, output_projection=2), {"h": 6, "c": 4}, 8),
    (LSTM(gate_recurrence=True, projection=3), {"h": 3, "c": 4, "i": 4, "f": 4, "o": 4}, 3),
    (GRU(minimal=True), {"h": 4}, 4),
    (RNN(), {"h": 4}, 4),
]


@pytest.mark.parametrize("cell, sizes, output", WITH_FEATURES, ids=lambda v: type(v).__name__)
def test_states_and_outputs_have_their_features(cell: Cell, sizes: dict[str, int], output: int) -> None:
    assert cell.state_sizes(4) == sizes
    assert cell.states == tuple(sizes)
    assert cell.output_size(4) == output
    shapes = cell.parameter_shapes(5, 4)
    letters = {"H": 4, "I": 5, "J": sizes["h"], "K": output - sizes["h"]}
    assert shapes == {name: tuple(letters[a] for a in axes.split()) for name, axes in cell.parameter_axes.items()}
    assert all(shape[1] == sizes["h"] for name, shape in shapes.items() if name in ("R", "R_g", "R_n"))
    outcome = solve(make_problem([(cell, "forward")], asked=None))
    assert outcome.y.shape[2:] == (output,)


@pytest.mark.parametrize("options", LSTM_OPTIONS, ids=str)
def test_the_parameters_follow_from_the_options(options: dict[str, Any]) -> None:
    """Which names come and go with one option, written out once more."""
    gates = [gate for gate, option in (("i", "input_gate"), ("f", "forget_gate")) if options.get(option, True)]
    gates = [gate for gate in gates if gate != {"forget": "f", "input": "i"}.get(options.get("coupling", ""), "")]
    gates += ["g", "o"] if options.get("output_gate", True) else ["g"]
    if options.get("relevance_gate"):
        gates.append("r")
    expected = {f"{letter}_{gate}" for letter in "WRb" for gate in gates if letter != "b" or options.get("bias", True)}
    if "peephole" in options:
        expected |= {"p_i", "p_f", "p_o"}
    if "gate_recurrence" in options:
        expected |= {f"R_{source}{target}" for source in "ifo" for target in "ifo"}
    expected |= {"P_h"} if "projection" in options else set()
    expected |= {"P_q"} if "output_projection" in options else set()
    if "projection_bias" in options:
        expected |= {"b_h", "b_q"} if "output_projection" in options else {"b_h"}
    assert set(LSTM(**options).parameter_axes) == expected
