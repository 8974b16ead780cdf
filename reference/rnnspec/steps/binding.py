"""A cell and its parameters, made into a step."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from rnnspec.activations import Activate, value_of
from rnnspec.cells import GRU, LSTM, RNN, Cell
from rnnspec.precision import Precision
from rnnspec.records import Parameters
from rnnspec.steps.gru_step import gru_lines
from rnnspec.steps.lstm_step import lstm_lines
from rnnspec.steps.rnn_step import rnn_lines
from rnnspec.steps.step import Bound, Lines, Step

Bind = Callable[[Cell, Parameters, Precision], Step]


def bind(cell: Cell, parameters: Parameters, precision: Precision, activate: Activate = value_of) -> Step:
    """The step of `cell` with these parameters, in which `activate` computes the values of activations."""
    bound = Bound(gates=cell.gates, parameters=parameters, precision=precision, activate=activate)
    return Step(bound, lines_of(cell, bound), cell.states)


def lines_of(cell: Cell, bound: Bound) -> Lines:
    """The lines of one step of `cell`."""
    match cell:
        case LSTM():
            return lstm_lines(cell, bound)
        case GRU():
            return gru_lines(cell, bound)
        case RNN():
            return rnn_lines(cell, bound)
        case _:
            assert_never(cell)
