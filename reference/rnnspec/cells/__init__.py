"""The cells: what is computed in one step.

A cell is data (a frozen dataclass of options). `bind` joins it with parameters to a kernel, whose `forward` and
`adjoint` stand side by side in the letters of the text.
"""

from rnnspec.cells.gru import GRU
from rnnspec.cells.lstm import LSTM
from rnnspec.cells.rnn import RNN

Cell = LSTM | GRU | RNN

__all__ = ["GRU", "LSTM", "RNN", "Cell"]
