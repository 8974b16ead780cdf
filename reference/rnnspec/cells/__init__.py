"""The cells: what is computed in one step.

A cell is data (a frozen dataclass of options). `rnnspec.steps` makes it and its parameters into a step.
"""

from rnnspec.cells.gru import GRU
from rnnspec.cells.lstm import LSTM
from rnnspec.cells.recurrent_cell import ClipDerivative
from rnnspec.cells.rnn import RNN

Cell = LSTM | GRU | RNN

__all__ = ["GRU", "LSTM", "RNN", "Cell", "ClipDerivative"]
