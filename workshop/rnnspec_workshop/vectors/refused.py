"""What must be refused: combinations of options without meaning, and problems that do not fit together."""

from __future__ import annotations

from typing import Any

from rnnspec_workshop.vectors.cell_options import Cell, activation, gru, lstm, rnn
from rnnspec_workshop.vectors.declaration import Declaration, LayerDeclaration, problem_of


def refused() -> list[dict[str, Any]]:
    """Every entry: a cell or a whole problem, why it is refused, and the rules that say so."""
    return [_entry(*cell) for cell in _cells()] + [_entry(*problem) for problem in _problems()]


def _entry(
    id: str, sentence: str, rule: str, cell: Cell | None, problem: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {"id": id, "sentence": sentence, "rules": [rule], "cell": cell, "problem": problem}


def _cells() -> list[tuple[str, str, str, Cell]]:
    of_lstm: list[tuple[str, str, dict[str, Any]]] = [
        ("coupling-without-input-gate", "an absent gate is coupled", {"coupling": "forget", "input_gate": False}),
        ("coupling-without-forget-gate", "an absent gate is coupled", {"coupling": "input", "forget_gate": False}),
        ("recurrence-without-input-gate", "an absent gate recurs", {"gate_recurrence": True, "input_gate": False}),
        ("recurrence-without-output-gate", "an absent gate recurs", {"gate_recurrence": True, "output_gate": False}),
        ("recurrence-of-coupled-gates", "coupled gates recur", {"gate_recurrence": True, "coupling": "forget"}),
        (
            "relevance-gate-on-a-projection",
            "the relevance gate has H values and h has J",
            {"relevance_gate": True, "projection": 2},
        ),
        (
            "peepholes-without-gates",
            "no gate is left to see the cell",
            {"peephole": "new", "input_gate": False, "forget_gate": False, "output_gate": False},
        ),
        ("projection-clip-alone", "there is no projection to clip", {"projection_clip": 1.0}),
        ("projection-bias-alone", "there is no projection to add a bias to", {"projection_bias": True}),
        ("output-projection-alone", "there is no recurrent projection", {"output_projection": 2}),
    ]
    cells = [(f"lstm-{id}", sentence, "VAR-9", lstm(**options)) for id, sentence, options in of_lstm]
    cells += [
        (
            "rnn-straight-through-without-a-clip",
            "there is nothing to clip",
            "CLIP-5",
            rnn(clip_derivative="straight-through"),
        ),
        ("gru-minimal-without-reset", "there is nothing to reset", "GRU-9", gru(minimal=True, reset="none")),
        ("activation-unknown", "no activation has this name", "ACT-1", rnn() | {"activation": _named("swish")}),
        ("tanh-with-alpha", "tanh has no alpha", "ACT-1", rnn() | {"activation": _named("tanh", alpha=2.0)}),
        ("elu-with-beta", "elu has no beta", "ACT-1", rnn() | {"activation": activation("elu") | {"beta": 1.0}}),
        ("leaky-relu-flat", "alpha is above 0", "ACT-1", rnn(activation=activation("leaky_relu", 0.0))),
        ("elu-upside-down", "alpha is above 0", "ACT-1", rnn(activation=activation("elu", -0.5))),
        ("scaled-tanh-of-nothing", "alpha is not 0", "ACT-1", rnn(activation=activation("scaled_tanh", 0.0))),
        ("threshold-below-zero", "alpha is at least 0", "ACT-1", rnn(activation=activation("thresholded_relu", -0.5))),
        ("clip-at-zero", "a bound is positive", "CLIP-3", rnn(preactivation_clip=0.0)),
        ("cell-clip-below-zero", "a bound is positive", "CLIP-1", lstm(cell_clip=-1.0)),
        ("projection-clip-below-zero", "a bound is positive", "CLIP-2", lstm(projection=1, projection_clip=-1.0)),
    ]
    return cells


def _named(name: str, alpha: float | None = None) -> dict[str, Any]:
    return {"name": name, "alpha": alpha, "beta": None}


def _problems() -> list[tuple[str, str, str, None, dict[str, Any]]]:
    def problem(*layers: LayerDeclaration, **others: Any) -> dict[str, Any]:
        sizes: dict[str, Any] = {"T": 2, "B": 2, "I": 1, "cotangents": "none"}
        declaration = Declaration(
            id="refused", family="refused", sentence="", subject=(), layers=layers, **(sizes | others)
        )
        return problem_of(declaration, 0)[0]

    def layer(**options: Any) -> LayerDeclaration:
        return LayerDeclaration(cell=rnn(), H=1, **options)

    one = problem(layer())
    apart = problem(layer(direction="bidirectional", merge="none"), layer())
    wrong = problem(layer(), layer())
    wrong["layers"][1]["parameters"][0]["W"] = [[0.5, 0.25]]
    return [
        ("length-above-T", "a length is at most T", "SEQ-9", None, one | {"lengths": [1, 3]}),
        ("length-below-0", "a length is at least 0", "SEQ-9", None, one | {"lengths": [-1, 2]}),
        ("length-missing", "there is a length for each sequence", "SEQ-9", None, one | {"lengths": [2]}),
        ("stack-of-wrong-sizes", "a layer reads as many features as there are below", "SEQ-8", None, wrong),
        ("stack-on-directions-apart", "directions stay apart only in the last layer", "SEQ-8", None, apart),
        ("merge-of-one-direction", "there is nothing to merge", "SEQ-13", None, _with(one, merge="sum")),
        ("merge-unknown", "no merge has this name", "SEQ-13", None, _with(one, merge="maximum")),
        (
            "processing-order-forward",
            "the order of processing is the order of time",
            "SEQ-12",
            None,
            _with(one, reverse_outputs="processing"),
        ),
        ("direction-unknown", "no direction has this name", "SEQ-5", None, _with(one, direction="backward")),
        ("padding-unknown", "no padding has this name", "SEQ-11", None, one | {"padded_outputs": "last"}),
        ("peephole-of-a-simple-layer", "a parameter that the cell does not have", "PAR-1", None, _with_peephole(one)),
    ]


def _with(problem: dict[str, Any], **options: Any) -> dict[str, Any]:
    return problem | {"layers": [problem["layers"][0] | options]}


def _with_peephole(problem: dict[str, Any]) -> dict[str, Any]:
    layer = problem["layers"][0]
    return _with(problem, parameters=[layer["parameters"][0] | {"p": [0.5]}])
