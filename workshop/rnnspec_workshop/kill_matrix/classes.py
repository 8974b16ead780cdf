"""The classes of the mutants: families of misreadings, by which the kill matrix is summed up."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from rnnspec_conformance.mutants import Mutant


@dataclass(frozen=True, kw_only=True)
class MutantClass:
    """A family of misreadings.

    Attributes
    ----------
    name
        What its mutants get wrong.
    patterns
        Shell patterns of ``RULE id``, e.g. ``LAY-1 gru-gates-*``.
    """

    name: str
    patterns: tuple[str, ...]

    def holds(self, mutant: Mutant) -> bool:
        """Whether `mutant` belongs to this class."""
        return any(fnmatchcase(f"{mutant.rule} {mutant.id}", pattern) for pattern in self.patterns)


def _class(name: str, *patterns: str) -> MutantClass:
    return MutantClass(name=name, patterns=patterns)


CLASSES: tuple[MutantClass, ...] = (
    _class("gate orders of the LSTM", "LAY-1 lstm-gates-*"),
    _class("gate orders of the GRU", "LAY-1 gru-gates-*"),
    _class("gate orders of the peepholes", "PEEP-2 peephole-gates-*"),
    _class("matrices", "PAR-[13] *"),
    _class("biases", "PAR-[245] *", "GRU-3 gru-b-*", "LAY-6 lstm-*"),
    _class("peepholes", "PEEP-[!2]* *", "PEEP-2 peephole-[!g]*"),
    _class("equations of the LSTM", "LSTM-[!7]* *"),
    _class("equations of the GRU", "GRU-[124567] *", "GRU-3 gru-[!b]*", "GRU-1[!0]* *"),
    _class("absent, coupled and further gates", "VAR-[!8]* *", "GRU-[89] *"),
    _class("activations", "VAR-8 *", "GRU-10 *", "RNN-* *", "ACT-[12] *"),
    _class("clips and projections", "CLIP-[!45]* *", "PROJ-* *"),
    _class("time and directions", "SEQ-[1567] *", "SEQ-1[234] *"),
    _class("lengths and padding", "SEQ-[349] *", "SEQ-10 *[!e]", "SEQ-10 *-large", "SEQ-11 *"),
    _class("states", "SEQ-2 *", "SEQ-10 *-state", "SEQ-15 *", "LSTM-7 *"),
    _class("layers", "SEQ-8 *"),
    _class("gradients", "GRAD-* *", "ACT-3 *", "CLIP-[45] *"),
    _class("second order", "SEC-* *"),
    _class("layouts", "LAY-? layout-*"),
    _class("numerics", "NUM-* *"),
    _class("call behaviour", "COND-* *"),
)


def class_of(mutant: Mutant) -> str:
    """The name of the one class that `mutant` belongs to.

    Raises
    ------
    ValueError
        When it belongs to no class, or to several.
    """
    names = [of_class.name for of_class in CLASSES if of_class.holds(mutant)]
    if len(names) != 1:
        came = ", ".join(names) or "none"
        raise ValueError(f"the class of mutant {mutant.id}: wanted one of CLASSES, got {came} [{mutant.rule}]")
    return names[0]
