"""What can be wrong with a call of a recurrent layer, and the sizes with which it is tried.

All sizes differ, also from the wrong ones, so that a message that has two of them speaks of the mistake.
"""

from __future__ import annotations

T, B, I, H = 11, 7, 13, 17
"""Steps, sequences, inputs, units."""

WRONG_T, WRONG_B, WRONG_I, WRONG_H = 31, 29, 19, 23
"""What comes where those are wanted."""

MISTAKES = {
    "input-size": f"the input has {WRONG_I} features instead of {I}",
    "input-axes": "the input has four axes instead of three",
    "input-integers": "the input is integers",
    "input-float64": "the input is float64, the parameters are float32",
    "no-sequences": "the batch has no sequences",
    "no-steps": "the sequences have no steps",
    "state-units": f"the initial state h has {WRONG_H} units instead of {H}",
    "cell-units": f"the initial cell c has {WRONG_H} units instead of {H}",
    "state-batch": f"the initial state is for {WRONG_B} sequences instead of {B}",
    "state-one-sequence": f"the initial state is for one sequence instead of {B}",
    "state-directions": "the initial state is for one direction instead of two",
    "length-above-T": f"a length is {WRONG_T} where there are {T} steps",
    "length-negative": "a length is -3",
    "lengths-too-few": f"there are lengths for {B - 1} sequences instead of {B}",
    "lengths-fractions": "the lengths are fractions",
    "input-weights-rows": "the input weights lack a row",
    "input-weights-columns": f"the input weights have {WRONG_I} columns instead of {I}",
    "recurrent-weights-columns": f"the recurrent weights have {WRONG_H} columns instead of {H}",
    "bias-too-short": "the bias lacks an element",
}
"""By name, what is wrong. Not every implementation can be given each."""
