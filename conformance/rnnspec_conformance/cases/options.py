"""Variants of the cells, and their activations."""

from __future__ import annotations

from collections.abc import Iterator

from rnnspec import RNN, Activation
from rnnspec_conformance.cases.case import Case, declare
from rnnspec_conformance.cases.cells import VARIANTS

CONSTANTS: dict[str, tuple[float | None, float | None]] = {
    "affine": (0.8, 0.3),
    "leaky_relu": (0.2, None),
    "thresholded_relu": (0.3, None),
    "scaled_tanh": (0.7, 1.3),
    "hard_sigmoid": (0.3, 0.4),
    "elu": (0.6, None),
}
"""Constants other than the default ones, for the activations that have some."""

FORMS = ("sigmoid", "identity", "softsign", "softplus")
"""Activations without constants that no other case uses in a simple recurrent layer."""


def cases() -> Iterator[Case]:
    """All cases of this family."""
    yield from _variants()
    yield from _activations()


def _variants() -> Iterator[Case]:
    for position, (name, (cell, rules, catches, sentence)) in enumerate(VARIANTS.items()):
        yield declare(name, rules, sentence, catches, cells=(cell,), seed=600 + position, B=6 if "clip" in name else 3)
        yield declare(
            f"{name}-bidirectional-lengths",
            (*rules, "SEQ-7", "SEQ-9"),
            f"{sentence}; in both directions and with padding",
            ("direction-parameters-exchanged", "lengths-ignored"),
            cells=(cell,),
            seed=630 + position,
            direction="bidirectional",
            lengths=(3, 5, 2),
        )


def _activations() -> Iterator[Case]:
    for position, (name, (alpha, beta)) in enumerate(CONSTANTS.items()):
        yield declare(
            f"{name.replace('_', '-')}-constants",
            ("ACT-1",),
            f"{name} with constants of its own",
            ("activation-constants-ignored",),
            cells=(RNN(activation=Activation(name=name, alpha=alpha, beta=beta)),),
            seed=660 + position,
        )
    for position, name in enumerate(FORMS):
        yield declare(
            f"{name}-activation",
            ("ACT-1",),
            f"{name} as the activation of a simple recurrent layer",
            ("rnn-activations-ignored",),
            cells=(RNN(activation=name),),
            seed=670 + position,
            scale=0.5,
        )
    for position, name in enumerate(("leaky_relu", "elu")):
        constants = Activation(name=name, alpha=0.5)
        yield declare(
            f"{name.replace('_', '-')}-at-the-kink",
            ("ACT-3",),
            f"where the pre-activation is exactly 0, the derivative of {name} is 1",
            ("kinks-from-the-left",),
            cells=(RNN(activation=constants, bias=False),),
            seed=680 + position,
            scale=0.0,
        )
