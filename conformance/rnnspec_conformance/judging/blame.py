"""Which rule a difference is blamed on: that of the known misreading it is equal to, or that of its field.

A rule is broken where a misreading of it explains the difference, or where a case is about that rule alone and what
differs is what the rule speaks of. Of any other difference no more is known than what the case is about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rnnspec_conformance.cases import Case
from rnnspec_conformance.judging.compare import Difference
from rnnspec_conformance.judging.likeness import deciding, is_forward, kind_of


def rule_of(case: Case, difference: Difference) -> str:
    """The rule that a difference speaks of when nothing more is known of its cause."""
    if difference.rule is not None:
        return difference.rule
    if case.kind == "twice":
        return case.rules[-1]  # its first answer is wrong, and so is the second: nothing is said about call behaviour
    if case.kind == "layout-probe":
        return "LAY-5" if difference.block.startswith("b") else "LAY-1"
    field = difference.field
    if field.startswith("gradients.") and case.chapter != "SEQ":
        letter = field.rpartition(".")[2]
        if field.startswith("gradients.x"):
            return "GRAD-8"
        if field.startswith("gradients.initial"):
            return "GRAD-9"
        return {"p": "GRAD-4"}.get(letter.split("_")[0], "GRAD-7")
    return case.rules[0]


FIELDS = {
    "GRAD-8": r"gradients\.x",
    "GRAD-9": r"gradients\.initial.*",
    "GRAD-11": r"gradients\.x",
    "GRAD": r"gradients\..*",
    "SEC": r".*",
    "LAY": r".*",
    "COND": r".*",
    "NUM": r".*",
}
"""By rule, or by chapter, the kinds of arrays that it speaks of; of all others, outputs and final states."""


def is_broken(case: Case, differences: Sequence[Difference], rule: str) -> bool:
    """Whether `rule` is broken by these differences, which no misreading explains.

    It is where the first difference tells its rule itself, and where the case is about that rule alone and everything
    that differs is what the rule speaks of.
    """
    if differences[0].rule is not None:
        return True
    if case.rules != (rule,) or case.kind == "twice":
        return False
    kinds = {kind_of(difference.field) for difference in differences}
    pattern = FIELDS.get(rule) or FIELDS.get(rule.partition("-")[0])
    if pattern is None:
        return bool(kinds) and all(map(is_forward, deciding(sorted(kinds))))
    return all(re.fullmatch(pattern, kind) for kind in kinds)
