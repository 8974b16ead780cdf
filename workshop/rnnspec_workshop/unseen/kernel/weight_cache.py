"""The cache of packed weights."""

from __future__ import annotations

import zlib
from collections import OrderedDict

from rnnspec import Cell, Parameters
from rnnspec_workshop.unseen.kernel.gru_operator import GRUOperator
from rnnspec_workshop.unseen.kernel.lstm_operator import LSTMOperator
from rnnspec_workshop.unseen.kernel.operator import Operator
from rnnspec_workshop.unseen.kernel.rnn_operator import RNNOperator

OPERATORS = {"RNN": RNNOperator, "LSTM": LSTMOperator, "GRU": GRUOperator}


class WeightCache:
    """Operators with packed weights by the identity of the parameters, checked against what these hold now."""

    entries: OrderedDict[int, tuple[int, Cell, Operator, Parameters]]

    def __init__(self, limit: int = 24) -> None:
        self.entries, self.limit = OrderedDict(), limit

    @staticmethod
    def stamp(parameters: Parameters) -> int:
        """A check sum over names, shapes and numbers."""
        crc = 0
        for name, array in parameters.items():
            crc = zlib.crc32(array.tobytes(), zlib.crc32(f"{name}{array.shape}".encode(), crc))
        return crc

    def get(self, cell: Cell, parameters: Parameters) -> Operator:
        """The operator of a cell with these parameters."""
        key, stamp = id(parameters), self.stamp(parameters)
        entry = self.entries.get(key)
        if entry is None or entry[0] != stamp or entry[1] != cell:
            entry = (stamp, cell, OPERATORS[type(cell).__name__](cell, parameters), parameters)
            self.entries[key] = entry
            if len(self.entries) > self.limit:
                self.entries.popitem(last=False)
        self.entries.move_to_end(key)
        return entry[2]
