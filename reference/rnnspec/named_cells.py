"""Cells by the names under which papers and lectures know them: ``spec/variants.md``."""

from __future__ import annotations

from rnnspec.activations import Activation
from rnnspec.cells import GRU, LSTM, RNN, Cell

_SQUASH_2 = Activation(name="scaled_tanh", alpha=2.0, beta=0.5)
_SQUASH_1 = Activation(name="scaled_tanh", alpha=1.0, beta=0.5)

NAMED_CELLS: dict[str, Cell] = {
    # Greff et al. 2017: the vanilla LSTM and its eight variants.
    "V": LSTM(peephole="new"),
    "NIG": LSTM(peephole="new", input_gate=False),
    "NFG": LSTM(peephole="new", forget_gate=False),
    "NOG": LSTM(peephole="new", output_gate=False),
    "NIAF": LSTM(peephole="new", candidate_activation="identity"),
    "NOAF": LSTM(peephole="new", output_activation="identity"),
    "NP": LSTM(),
    "CIFG": LSTM(peephole="new", coupling="forget"),
    "FGR": LSTM(peephole="new", gate_recurrence=True),
    # Hochreiter and Schmidhuber 1997: no forget gate, g = 4 sigmoid(a) - 2, h = 2 sigmoid(c) - 1.
    "LSTM 1997": LSTM(forget_gate=False, candidate_activation=_SQUASH_2, output_activation=_SQUASH_1),
    # Zhou et al. 2016.
    "MGU": GRU(minimal=True, reset="before", update="take"),
    # Elman 1990.
    "simple": RNN(),
}
"""Name: the cell. `Activation` spells out the squashing functions of 1997: 4 sigmoid(a) - 2 = 2 tanh(a / 2)."""
