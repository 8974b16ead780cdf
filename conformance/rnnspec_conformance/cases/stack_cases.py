"""Layers that are not alike, states that are absent, lengths that are 0 or T, and sizes at which tiles end."""

from __future__ import annotations

from collections.abc import Iterator

from rnnspec import GRU, LSTM
from rnnspec_conformance.cases.case import Case, declare
from rnnspec_conformance.cases.case_cells import PLAIN


def cases() -> Iterator[Case]:
    """All cases of this family."""
    yield from _stacks()
    yield from _merged()
    yield from _lengths()
    yield from _sizes()


def _stacks() -> Iterator[Case]:
    """Layers of their own, and states of stacks."""
    for name, cell in PLAIN.items():
        yield declare(
            f"{name}-two-layers-bidirectional-without-initial-states",
            ("SEQ-2", "SEQ-8", "SEQ-7"),
            "absent initial states are zeros in every layer and direction",
            ("absent-states-come-from-the-layer-below",),
            cells=(cell, cell),
            direction="bidirectional",
            initial=False,
        )
        yield declare(
            f"{name}-three-layers-bidirectional",
            ("SEQ-8", "SEQ-7", "SEQ-2"),
            "states go from layer to layer, and within a layer from direction to direction",
            ("states-of-one-direction-first",),
            cells=(cell,) * 3,
            direction="bidirectional",
            T=3,
            B=2,
            I=5,
        )
        yield declare(
            f"{name}-forward-over-bidirectional",
            ("SEQ-8", "SEQ-7"),
            "a layer of one direction reads both halves of the layer below",
            ("upper-layers-read-the-forward-half",),
            cells=(cell, cell),
            direction=("bidirectional", "forward"),
        )
        yield declare(
            f"{name}-layers-of-unequal-sizes",
            ("SEQ-8", "PAR-1"),
            "each layer has its own hidden size",
            ("input-columns-reversed-above",),
            cells=(cell, cell),
            H=(5, 3),
        )
    yield declare(
        "lstm-bidirectional-over-forward",
        ("SEQ-8", "SEQ-7"),
        "a layer of two directions reads a layer of one",
        ("directions-of-the-last-layer-exchanged",),
        cells=(LSTM(), LSTM()),
        direction=("forward", "bidirectional"),
        lengths=(3, 5, 2),
    )
    yield declare(
        "gru-layers-of-unequal-options",
        ("SEQ-8", "GRU-3", "GRU-4"),
        "each layer has its own options",
        ("options-of-the-first-layer-for-all",),
        cells=(GRU(bias=False), GRU(reset="before", bias=False)),
    )


def _merged() -> Iterator[Case]:
    """Merges and the order of processing below the top."""
    yield declare(
        "lstm-merge-sum-below",
        ("SEQ-13", "SEQ-8", "GRAD-19"),
        "a layer reads the sum of the directions below",
        ("merge-below-the-top-taken-for-mean",),
        cells=(LSTM(), LSTM()),
        direction="bidirectional",
        merge=("sum", "concat"),
        lengths=(3, 5, 2),
    )
    yield declare(
        "lstm-processing-order-below",
        ("SEQ-12", "SEQ-8"),
        "a layer reads the outputs below in the order of processing",
        ("processing-order-below-the-top-ignored",),
        cells=(LSTM(), LSTM()),
        direction="reverse",
        reverse_outputs=("processing", "time"),
    )
    yield declare(
        "lstm-repeat-reverse",
        ("SEQ-11", "SEQ-5", "GRAD-18"),
        "padded outputs of the reverse direction repeat its output at the last valid step",
        ("repeated-outputs-zero",),
        cells=(LSTM(),),
        direction="reverse",
        lengths=(3, 5, 2),
        padded_outputs="repeat",
    )
    yield declare(
        "lstm-repeat-two-layers-bidirectional",
        ("SEQ-11", "SEQ-8", "SEQ-7", "GRAD-18"),
        "padded outputs repeat in stacks of two directions",
        ("repeated-outputs-zero", "cotangents-of-repeated-outputs-ignored"),
        cells=(LSTM(), LSTM()),
        direction="bidirectional",
        lengths=(3, 5, 2),
        padded_outputs="repeat",
    )


def _lengths() -> Iterator[Case]:
    """Lengths that are 0 or T."""
    for name, cell in PLAIN.items():
        yield declare(
            f"{name}-lengths-all-full",
            ("SEQ-9", "SEQ-3"),
            "lengths that are all T say the same as none",
            ("full-batches-are-one-short",),
            cells=(cell,),
            lengths=(5, 5, 5),
        )
        yield declare(
            f"{name}-empty-among-full",
            ("SEQ-9", "SEQ-4"),
            "a sequence of length 0 may stand among sequences of length T",
            ("empty-among-full-ignored",),
            cells=(cell,),
            lengths=(5, 0, 5),
        )
    yield declare(
        "lstm-first-empty-bidirectional",
        ("SEQ-9", "SEQ-7", "SEQ-4"),
        "the first sequence may be of length 0, in both directions",
        ("empty-sequence-forgets-its-state",),
        cells=(LSTM(),),
        direction="bidirectional",
        lengths=(0, 5, 3),
    )
    yield declare(
        "gru-empty-alone",
        ("SEQ-9", "SEQ-4"),
        "all sequences may be of length 0",
        ("empty-sequence-forgets-its-state",),
        cells=(GRU(),),
        B=2,
        I=3,
        lengths=(0, 0),
    )


def _sizes() -> Iterator[Case]:
    """Sizes on either side of those at which tiles and vectors end, and one of production."""
    for name, cell in PLAIN.items():
        yield declare(
            f"{name}-of-33-units",
            ("PAR-1", "GRAD-1"),
            "a state has any number of units",
            ("units-beyond-32-not-recurrent",),
            cells=(cell,),
            H=33,
        )
    for name in ("lstm", "gru"):
        yield declare(
            f"{name}-of-256-units",
            ("PAR-1", "SEQ-1"),
            "layers have the sizes of production",
            ("units-beyond-255-too-large", "sequences-beyond-32-too-large"),
            cells=(PLAIN[name],),
            H=256,
            T=2,
            B=33,
            I=3,
            scale=0.2,
        )
    yield declare(
        "lstm-of-129-inputs",
        ("PAR-1", "SEQ-1"),
        "an input has any number of features",
        ("inputs-beyond-128-ignored",),
        cells=(LSTM(),),
        I=129,
        scale=0.2,
    )
    yield declare(
        "gru-of-129-sequences",
        ("SEQ-10", "SEQ-1"),
        "a batch has any number of sequences",
        ("sequences-beyond-128-start-from-zero",),
        cells=(GRU(),),
        B=129,
        T=3,
        lengths=tuple(1 + k % 3 for k in range(129)),
    )
    yield declare(
        "rnn-of-257-steps",
        ("SEQ-1", "GRAD-1"),
        "a sequence has any number of steps",
        ("steps-beyond-256-ignored",),
        cells=(PLAIN["rnn"],),
        T=257,
        B=2,
        I=4,
        H=3,
    )
