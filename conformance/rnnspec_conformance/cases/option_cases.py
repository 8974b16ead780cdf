"""Variants of the cells, and their activations."""

from __future__ import annotations

from collections.abc import Iterator

from rnnspec import RNN, Activation
from rnnspec_conformance.cases import combinations
from rnnspec_conformance.cases.case import Case, declare
from rnnspec_conformance.cases.case_cells import VARIANTS

CONSTANTS: dict[str, tuple[float | None, float | None]] = {
    "affine": (0.8, 0.3),
    "leaky_relu": (0.2, None),
    "thresholded_relu": (0.3, None),
    "scaled_tanh": (0.7, 1.3),
    "hard_sigmoid": (0.3, 0.4),
    "elu": (0.6, None),
}
"""Constants other than the default ones, for the activations that have some."""

KINKS: tuple[tuple[Activation, int, str], ...] = (
    (Activation(name="leaky_relu", alpha=0.5), 1, "kinks-from-the-left"),
    (Activation(name="elu", alpha=0.5), 1, "kinks-from-the-left"),
    (Activation(name="thresholded_relu", alpha=0.0), 0, "kinks-from-the-right"),
    (Activation(name="hard_sigmoid", alpha=0.5, beta=0.0), 0, "kinks-from-the-right"),
)
"""Activations with a kink at 0, the one number that rounding leaves where it is; the derivative; what is caught."""

DEFAULTS = {"affine": 0.5, "leaky_relu": 0.9, "thresholded_relu": 2.0, "scaled_tanh": 0.9}
"""Activations whose default constants no other case has, and the scale at which pre-activations are on both sides."""

FORMS = ("sigmoid", "identity", "softsign", "softplus")
"""Activations without constants that no other case uses in a simple recurrent layer."""


def cases() -> Iterator[Case]:
    """All cases of this family."""
    yield from _variants()
    yield from _activations()
    yield from combinations.cases()


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
    for position, (constants, derivative, catches) in enumerate(KINKS):
        name = constants.name
        yield declare(
            f"{name.replace('_', '-')}-at-the-kink",
            ("ACT-3",),
            f"where the pre-activation is exactly 0, the derivative of {name} is {derivative}",
            (catches,),
            cells=(RNN(activation=constants, bias=False),),
            seed=680 + position,
            scale=0.0,
        )
    for position, (name, scale) in enumerate(DEFAULTS.items()):
        yield declare(
            f"{name.replace('_', '-')}-default-constants",
            ("ACT-1",),
            f"{name} without constants has those of the table",
            ("default-constants-of-others",),
            cells=(RNN(activation=name),),
            seed=690 + position,
            scale=scale,
        )
