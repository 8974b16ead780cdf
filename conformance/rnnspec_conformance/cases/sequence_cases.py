"""Directions, lengths, states and stacks; and the options of sequences."""

from __future__ import annotations

from collections.abc import Iterator

from rnnspec import GRU, LSTM, RNN
from rnnspec_conformance.cases.case import Case, declare
from rnnspec_conformance.cases.case_cells import PLAIN


def cases() -> Iterator[Case]:
    """All cases of this family."""
    yield from _sequences()
    yield from _options()


def _sequences() -> Iterator[Case]:
    """Directions, lengths, states and stacks."""
    for position, (name, cell) in enumerate(PLAIN.items()):
        seed = 300 + 20 * position
        yield declare(
            f"{name}-without-initial-states",
            ("SEQ-2",),
            "absent initial states are zeros",
            ("time-reversed",),
            cells=(cell,),
            seed=seed,
            initial=False,
        )
        yield declare(
            f"{name}-initial-states",
            ("SEQ-2", "SEQ-10"),
            "each sequence starts from its own initial state",
            ("initial-states-ignored", "sequences-share-a-state"),
            cells=(cell,),
            seed=seed + 1,
            T=2,
            I=5,
        )
        yield declare(
            f"{name}-reverse",
            ("SEQ-5", "SEQ-6"),
            "the reverse direction reads from the last step to the first and returns its outputs in time order",
            ("reverse-output-in-processing-order", "reverse-reads-forward", "reverse-final-state-of-the-last-step"),
            cells=(cell,),
            seed=seed + 2,
            direction="reverse",
        )
        yield declare(
            f"{name}-reverse-lengths",
            ("SEQ-5", "SEQ-6", "SEQ-10"),
            "the reverse direction starts at the last valid step of each sequence",
            ("reverse-starts-in-the-padding", "reverse-output-in-processing-order"),
            cells=(cell,),
            seed=seed + 3,
            direction="reverse",
            lengths=(2, 5, 4),
        )
        yield declare(
            f"{name}-bidirectional",
            ("SEQ-7", "SEQ-5", "SEQ-6"),
            "two directions with their own parameters and states; y is the forward half, then the reverse half",
            (
                "directions-exchanged",
                "direction-parameters-exchanged",
                "direction-states-exchanged",
                "directions-added",
            ),
            cells=(cell,),
            seed=seed + 4,
            direction="bidirectional",
        )
        yield declare(
            f"{name}-bidirectional-lengths",
            ("SEQ-7", "SEQ-3", "SEQ-4", "SEQ-5"),
            "with lengths, both directions of a sequence cover its valid steps and nothing else",
            ("directions-exchanged", "reverse-starts-in-the-padding", "final-state-runs-over-the-padding"),
            cells=(cell,),
            seed=seed + 5,
            direction="bidirectional",
            lengths=(4, 2, 5),
        )
        yield declare(
            f"{name}-lengths",
            ("SEQ-3", "SEQ-4", "SEQ-10"),
            "the final state is that of the last valid step, and padded outputs are zero",
            (
                "final-state-runs-over-the-padding",
                "final-state-of-the-padded-output",
                "padded-outputs-repeat",
                "padded-outputs-nearly-zero",
                "padded-outputs-run-on",
            ),
            cells=(cell,),
            seed=seed + 6,
            lengths=(2, 5, 3),
        )
        yield declare(
            f"{name}-lengths-none-full",
            ("SEQ-9", "SEQ-3"),
            "no sequence needs to be of length T",
            ("lengths-ignored", "lengths-one-short", "sequences-exchanged"),
            cells=(cell,),
            seed=seed + 7,
            lengths=(4, 1, 2),
        )
        yield declare(
            f"{name}-length-zero",
            ("SEQ-9", "SEQ-4"),
            "a sequence of length 0 has zero outputs, and its final state is its initial one",
            ("empty-sequence-forgets-its-state",),
            cells=(cell,),
            seed=seed + 8,
            lengths=(3, 0, 5),
        )
        yield declare(
            f"{name}-two-layers",
            ("SEQ-8",),
            "the second layer reads the outputs of the first",
            ("layer-states-exchanged", "final-states-of-the-layers-exchanged"),
            cells=(cell, cell),
            seed=seed + 9,
        )
        yield declare(
            f"{name}-two-layers-bidirectional-lengths",
            ("SEQ-8", "SEQ-7", "SEQ-4"),
            "each layer reads both directions of the one below, and every layer keeps to the lengths",
            ("direction-parameters-exchanged", "layer-states-exchanged"),
            cells=(cell, cell),
            seed=seed + 10,
            direction="bidirectional",
            lengths=(3, 5, 1),
        )
        yield declare(
            f"{name}-three-layers",
            ("SEQ-8",),
            "three layers are three layers",
            ("layer-states-exchanged",),
            cells=(cell, cell, cell),
            seed=seed + 11,
            T=3,
            B=2,
            I=5,
        )
    yield declare(
        "stack-of-gru-and-lstm",
        ("SEQ-8",),
        "layers of different kinds stack: a GRU below, an LSTM on top",
        ("lstm-gates-ofgi", "gru-gates-zrn"),
        cells=(GRU(), LSTM()),
        seed=380,
    )
    yield declare(
        "stack-of-three-kinds",
        ("SEQ-8", "SEQ-7"),
        "layers of different kinds stack in both directions: RNN, GRU, LSTM",
        ("rnn-recurrent-matrix-transposed", "gru-recurrent-matrix-transposed", "lstm-recurrent-matrix-transposed"),
        cells=(RNN(), GRU(), LSTM()),
        seed=381,
        direction="bidirectional",
        lengths=(5, 2, 4),
        T=5,
    )


def _options() -> Iterator[Case]:
    for position, (name, cell) in enumerate({"lstm": LSTM(), "gru": GRU(), "projection": LSTM(projection=3)}.items()):
        seed = 700 + 20 * position
        yield declare(
            f"{name}-repeat",
            ("SEQ-11", "GRAD-18"),
            "padded outputs repeat the last output, and their cotangents add to its own",
            ("repeated-outputs-zero", "cotangents-of-repeated-outputs-ignored"),
            cells=(cell,),
            seed=seed,
            lengths=(3, 5, 2),
            padded_outputs="repeat",
        )
        yield declare(
            f"{name}-processing-order",
            ("SEQ-12",),
            "outputs of the reverse direction stay in the order of processing",
            ("processing-order-ignored",),
            cells=(cell,),
            seed=seed + 1,
            direction="reverse",
            lengths=(3, 5, 2),
            reverse_outputs="processing",
        )
        for offset, merge in enumerate(("sum", "mean", "product")):
            taken = {"sum": "mean", "mean": "sum", "product": "sum"}[merge]
            yield declare(
                f"{name}-merge-{merge}",
                ("SEQ-13", "GRAD-19"),
                f"the output is the {merge} of the directions, element by element",
                (f"merge-{merge}-taken-for-{taken}",)
                + (("product-merge-gradient-of-sum",) if merge == "product" else ()),
                cells=(cell,),
                seed=seed + 2 + offset,
                direction="bidirectional",
                merge=merge,
                lengths=(3, 5, 2),
            )
        yield declare(
            f"{name}-merge-none",
            ("SEQ-14",),
            "the outputs of the directions stay apart",
            ("directions-apart-exchanged",),
            cells=(cell,),
            seed=seed + 6,
            direction="bidirectional",
            merge="none",
        )
        yield declare(
            f"{name}-chunks",
            ("SEQ-15", "SEQ-2"),
            "a sequence cut in two, the state handed on, gives what it gives in one piece",
            ("initial-states-ignored",),
            kind="chunks",
            cells=(cell,),
            seed=seed + 7,
            T=6,
            cotangents="none",
        )
