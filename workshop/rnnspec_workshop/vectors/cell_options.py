"""The options of cells as plain data, the shapes they ask for, and the rules that a problem exercises.

Written from the text, like `rnnspec_workshop.independent_reading`: nothing here comes from the reference.
"""

from __future__ import annotations

from typing import Any

Cell = dict[str, Any]

CONSTANTS: dict[str, tuple[float | None, float | None]] = {
    "sigmoid": (None, None),
    "tanh": (None, None),
    "relu": (None, None),
    "identity": (None, None),
    "affine": (1.0, 0.0),
    "leaky_relu": (0.01, None),
    "thresholded_relu": (1.0, None),
    "scaled_tanh": (1.0, 1.0),
    "hard_sigmoid": (0.2, 0.5),
    "elu": (1.0, None),
    "softsign": (None, None),
    "softplus": (None, None),
}
"""Every activation, with its default alpha and beta (ACT-1)."""


def activation(name: str, alpha: float | None = None, beta: float | None = None) -> dict[str, Any]:
    """An activation, with the default constants where none are given (ACT-1)."""
    defaults = CONSTANTS[name]
    return {
        "name": name,
        "alpha": defaults[0] if alpha is None else alpha,
        "beta": defaults[1] if beta is None else beta,
    }


_COMMON: Cell = {"preactivation_clip": None, "clip_derivative": "true", "bias": True}


def rnn(**options: Any) -> Cell:
    """A simple recurrent layer with these options; the others at their defaults."""
    return _cell({"kind": "RNN", "activation": "tanh"} | _COMMON, options)


def lstm(**options: Any) -> Cell:
    """An LSTM with these options; the others at their defaults."""
    defaults: Cell = {
        "kind": "LSTM",
        "peephole": "none",
        "input_gate": True,
        "forget_gate": True,
        "output_gate": True,
        "coupling": "none",
        "relevance_gate": False,
        "gate_recurrence": False,
        "gate_activation": "sigmoid",
        "candidate_activation": "tanh",
        "output_activation": "tanh",
        "projection": 0,
        "output_projection": 0,
        "projection_bias": False,
        "cell_clip": None,
        "projection_clip": None,
    }
    return _cell(defaults | _COMMON, options)


def gru(**options: Any) -> Cell:
    """A GRU with these options; the others at their defaults."""
    defaults: Cell = {
        "kind": "GRU",
        "reset": "after",
        "update": "keep",
        "minimal": False,
        "gate_activation": "sigmoid",
        "candidate_activation": "tanh",
    }
    return _cell(defaults | _COMMON, options)


def _cell(defaults: Cell, options: Cell) -> Cell:
    unknown = options.keys() - defaults.keys()
    if unknown:
        raise ValueError(f"unknown options: {sorted(unknown)}")
    cell = defaults | options
    return {
        name: activation(value) if name.endswith("activation") and isinstance(value, str) else value
        for name, value in cell.items()
    }


def gates_of(cell: Cell) -> tuple[str, ...]:
    """The affine maps of a cell by name; the empty name where there is only one."""
    if cell["kind"] == "RNN":
        return ("",)
    if cell["kind"] == "GRU":
        return ("z", "n") if cell["minimal"] or cell["reset"] == "none" else ("r", "z", "n")  # GRU-8, GRU-9
    there = {
        "i": cell["input_gate"] and cell["coupling"] != "input",  # VAR-1, VAR-5
        "f": cell["forget_gate"] and cell["coupling"] != "forget",  # VAR-2, VAR-4
        "g": True,
        "o": cell["output_gate"],  # VAR-3
        "r": cell["relevance_gate"],  # VAR-6
    }
    return tuple(gate for gate, is_there in there.items() if is_there)


def parameter_shapes(cell: Cell, I: int, H: int) -> dict[str, tuple[int, ...]]:
    """The names and shapes of a cell's parameters for I inputs and H units."""
    gates = gates_of(cell)
    is_lstm = cell["kind"] == "LSTM"
    J = (cell["projection"] or H) if is_lstm else H

    def named(letter: str, gate: str) -> str:
        return f"{letter}_{gate}" if gate else letter

    shapes: dict[str, tuple[int, ...]] = {named("W", gate): (H, I) for gate in gates}  # PAR-1
    shapes |= {named("R", gate): (H, J) for gate in gates}  # PAR-1, PROJ-1
    if cell["bias"]:
        shapes |= {named("b", gate): (H,) for gate in gates}  # PAR-1, PAR-5
        if cell["kind"] == "GRU" and cell["reset"] == "after":
            shapes["b_Rn"] = (H,)  # PAR-4
    if not is_lstm:
        return shapes
    if cell["peephole"] != "none":
        shapes |= {f"p_{gate}": (H,) for gate in gates if gate in "ifo"}  # PEEP-1
    if cell["gate_recurrence"]:
        shapes |= {f"R_{source}{target}": (H, H) for target in "ifo" for source in "ifo"}  # VAR-7
    if cell["projection"]:
        shapes["P_h"] = (J, H)  # PROJ-1
    if cell["output_projection"]:
        shapes["P_q"] = (cell["output_projection"], H)  # PROJ-3
    if cell["projection_bias"]:
        shapes["b_h"] = (J,)  # PROJ-2
        if cell["output_projection"]:
            shapes["b_q"] = (cell["output_projection"],)  # PROJ-2
    return shapes


def rules_of(problem: dict[str, Any]) -> set[str]:
    """The rules that the options of a problem bring into play, forward and backward."""
    rules = {"PAR-1", "PAR-3", "SEQ-1", "SEQ-2"}
    differentiated = problem["cotangents"] is not None
    for layer in problem["layers"]:
        cell = layer["cell"]
        rules |= {"PAR-2"} if cell["bias"] else {"PAR-5"}
        rules |= _OF_KIND[cell["kind"]](cell, differentiated=differentiated)
        rules |= _of_clips(cell)
        rules |= _of_activations(cell)
        rules |= _of_direction(layer, differentiated=differentiated)
    rules |= _of_batch(problem, differentiated=differentiated)
    if differentiated:
        rules |= {"GRAD-1", "GRAD-7", "GRAD-8"}
        if problem["initial"] is not None:
            rules.add("GRAD-9")
        if problem["cotangents"]["final"] is not None:
            rules.add("GRAD-10")
    return rules


def _of_rnn(cell: Cell, *, differentiated: bool) -> set[str]:
    rules = {"RNN-1"} | ({"GRAD-2"} if differentiated else set())
    return rules | {"RNN-2"} if cell["activation"]["name"] in ("tanh", "relu") else rules


def _of_lstm(cell: Cell, *, differentiated: bool) -> set[str]:
    gates = gates_of(cell)
    rules = {"LSTM-3", "LSTM-4", "LSTM-6", "LSTM-7"}
    rules |= {rule for gate, rule in (("i", "LSTM-1"), ("f", "LSTM-2"), ("o", "LSTM-5")) if gate in gates}
    absent = (("input_gate", "VAR-1"), ("forget_gate", "VAR-2"), ("output_gate", "VAR-3"))
    rules |= {rule for option, rule in absent if not cell[option]}
    grad = {"GRAD-3"}
    if cell["coupling"] != "none":
        rules.add("VAR-4" if cell["coupling"] == "forget" else "VAR-5")
        grad.add("GRAD-13")
    if cell["peephole"] != "none":
        rules |= {"PEEP-1", "PEEP-5"}
        rules |= {"PEEP-2"} if {"i", "f"} & set(gates) else set()
        if "o" in gates:
            rules.add("PEEP-3" if cell["peephole"] == "new" else "PEEP-4")
        grad.add("GRAD-4")
    if cell["relevance_gate"]:
        rules.add("VAR-6")
        grad.add("GRAD-14")
    if cell["gate_recurrence"]:
        rules.add("VAR-7")
        grad.add("GRAD-15")
    if cell["projection"]:
        rules.add("PROJ-1")
        rules |= {"PROJ-2"} if cell["projection_bias"] else set()
        rules |= {"PROJ-3"} if cell["output_projection"] else set()
        grad.add("GRAD-16")
    usual = (("gate_activation", "sigmoid"), ("candidate_activation", "tanh"), ("output_activation", "tanh"))
    if any(cell[option]["name"] != name for option, name in usual):
        rules.add("VAR-8")
    return rules | grad if differentiated else rules


def _of_gru(cell: Cell, *, differentiated: bool) -> set[str]:
    rules = {"GRU-2", "GRU-5" if cell["update"] == "keep" else "GRU-6"}
    rules.add({"after": "GRU-3", "before": "GRU-4", "none": "GRU-8"}[cell["reset"]])
    grad = {"GRAD-6" if cell["reset"] == "before" else "GRAD-5"}
    if cell["minimal"]:
        rules.add("GRU-9")
        grad.add("GRAD-17")
    elif cell["reset"] != "none":
        rules.add("GRU-1")
    if cell["reset"] == "after" and cell["bias"]:
        rules.add("PAR-4")
    if (cell["gate_activation"]["name"], cell["candidate_activation"]["name"]) != ("sigmoid", "tanh"):
        rules.add("GRU-10")
    return rules | grad if differentiated else rules


_OF_KIND = {"RNN": _of_rnn, "LSTM": _of_lstm, "GRU": _of_gru}


def _of_clips(cell: Cell) -> set[str]:
    bounds = (("cell_clip", "CLIP-1"), ("projection_clip", "CLIP-2"), ("preactivation_clip", "CLIP-3"))
    rules = {rule for option, rule in bounds if cell.get(option) is not None}
    if not rules:
        return rules
    return rules | {"CLIP-4" if cell["clip_derivative"] == "true" else "CLIP-5"}


def _of_activations(cell: Cell) -> set[str]:
    names = {value["name"] for name, value in cell.items() if name.endswith("activation")}
    rules = {"ACT-1"} if names - {"sigmoid", "tanh"} else set()
    return rules | {"ACT-2"} if "hard_sigmoid" in names else rules


def _of_direction(layer: dict[str, Any], *, differentiated: bool) -> set[str]:
    rules = set()
    if layer["direction"] != "reverse":
        rules.add("SEQ-3")
    if layer["direction"] != "forward":
        rules |= {"SEQ-6", "SEQ-5" if layer["reverse_outputs"] == "time" else "SEQ-12"}
    if layer["direction"] == "bidirectional":
        rules.add("SEQ-7")
        if layer["merge"] != "concat":
            rules.add("SEQ-14" if layer["merge"] == "none" else "SEQ-13")
            rules |= {"GRAD-19"} if differentiated else set()
    return rules


def _of_batch(problem: dict[str, Any], *, differentiated: bool) -> set[str]:
    T, B = len(problem["x"]), len(problem["x"][0])
    rules = {"SEQ-10"} if B > 1 else set()
    if len(problem["layers"]) > 1:
        rules.add("SEQ-8")
    if problem["lengths"] is None:
        return rules
    rules.add("SEQ-9")
    if any(length < T for length in problem["lengths"]):
        repeat = problem["padded_outputs"] == "repeat"
        rules |= {"SEQ-11" if repeat else "SEQ-4", "SEQ-10"}
        if differentiated:
            rules |= {"GRAD-11", "GRAD-18"} if repeat else {"GRAD-11"}
    return rules
