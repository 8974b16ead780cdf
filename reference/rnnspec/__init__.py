"""The reference: exact semantics and derivatives of LSTM, GRU, peephole LSTM and the simple recurrent layer.

float64, NumPy and nothing else. `solve` is the one entry point; the rules it follows are numbered in ``spec/``, and the
numbers stand beside the lines that implement them.
"""

from rnnspec.activations import Activation
from rnnspec.cells import GRU, LSTM, RNN, Cell, ClipDerivative
from rnnspec.derivatives import Tangents, hvp, jvp
from rnnspec.errors import ProblemError
from rnnspec.named_cells import NAMED_CELLS
from rnnspec.outcome import Gradients, Outcome, named_arrays
from rnnspec.precision import BFLOAT16, FLOAT16, FLOAT32, FLOAT64, PRECISIONS, TF32, Precision
from rnnspec.problem import (
    Cotangents,
    Direction,
    Layer,
    Lengths,
    Merge,
    PaddedOutputs,
    Problem,
    ReverseOutputs,
    make_states,
)
from rnnspec.records import Array, ByLayer, Parameters, Record, State, States, map_arrays, map_records
from rnnspec.solving import solve

__version__ = "0.1.0"

__all__ = [
    "BFLOAT16",
    "FLOAT16",
    "FLOAT32",
    "FLOAT64",
    "GRU",
    "LSTM",
    "NAMED_CELLS",
    "PRECISIONS",
    "RNN",
    "TF32",
    "Activation",
    "Array",
    "ByLayer",
    "Cell",
    "ClipDerivative",
    "Cotangents",
    "Direction",
    "Gradients",
    "Layer",
    "Lengths",
    "Merge",
    "Outcome",
    "PaddedOutputs",
    "Parameters",
    "Precision",
    "Problem",
    "ProblemError",
    "Record",
    "ReverseOutputs",
    "State",
    "States",
    "Tangents",
    "hvp",
    "jvp",
    "make_states",
    "map_arrays",
    "map_records",
    "named_arrays",
    "solve",
]


def __dir__() -> list[str]:
    """The interface alone: the modules that hold it are an affair of the package."""
    return ["__version__", *__all__]
