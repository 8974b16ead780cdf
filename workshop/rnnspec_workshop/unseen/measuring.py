"""What notices a mistake: which case of the catalogue, and after how many draws the stream."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

from rnnspec_conformance.cases import SELECTIONS
from rnnspec_conformance.defaults import DRAWS, SEED
from rnnspec_conformance.judging import judge
from rnnspec_conformance.stream.mistakes import Judge
from rnnspec_conformance.stream.respondents import LocalRespondent
from rnnspec_workshop.unseen.altered_kernels import adapter_of
from rnnspec_workshop.unseen.mistake_sets import Mistake, MistakeSet

WRONG = ("differs", "errored")
"""The verdicts by which a case notices a mistake."""


@dataclass(frozen=True, kw_only=True)
class Noticed:
    """What notices a mistake.

    Attributes
    ----------
    case
        The first case of the default catalogue that does; None where none does.
    after
        After how many draws the stream does: 1 where the first draw does. None where no draw did that was tried.
    tried
        How many draws were tried. The search ends with the first that notices the mistake.
    """

    case: str | None
    after: int | None
    tried: int

    def by(self, draws: int, *, cases: bool = True) -> bool:
        """Whether so many draws notice it, or, with `cases`, the catalogue does."""
        return (cases and self.case is not None) or (self.after is not None and self.after <= draws)

    def is_settled(self, draws: int) -> bool:
        """Whether a search through so many draws would find nothing else."""
        return self.after is not None or self.tried >= wanted(self.case, draws)


def wanted(case: str | None, draws: int) -> int:
    """How many draws are tried: no more than those of a default run where a case notices the mistake already."""
    return draws if case is None else min(draws, DRAWS)


def first_case(of_set: MistakeSet, mistake: Mistake) -> str | None:
    """The first case of the default catalogue that notices a mistake."""
    adapter = adapter_of(of_set, mistake)
    for case in SELECTIONS["default"]:
        if judge(case, adapter, of_set.precision, explain=False).verdict in WRONG:
            return case.id
    return None


def first_draw(of_set: MistakeSet, mistake: Mistake, *, draws: int, seed: int) -> int | None:
    """After how many draws the stream notices a mistake; None where so many do not."""
    respondent = LocalRespondent(adapter=adapter_of(of_set, mistake), precision=of_set.precision)
    judging = Judge({(of_set.precision, "default"): respondent}, seed=seed, quick=True, seconds=0)
    for number in range(draws):
        asked = judging.judge(number)
        if asked is not None and asked.is_wrong:
            return number + 1
    return None


def noticed(of_set: MistakeSet, mistake: Mistake, *, draws: int, seed: int = SEED) -> Noticed:
    """Judge one mistake by the catalogue and by draws."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a wrong kernel warns of is no verdict on it
        case = first_case(of_set, mistake)
        most = wanted(case, draws)
        after = first_draw(of_set, mistake, draws=most, seed=seed)
    return Noticed(case=case, after=after, tried=most if after is None else after)
