"""Draws judged one after the other: what is wrong is made small, and failures of one mistake are one report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from itertools import islice

from rnnspec import RNN
from rnnspec_conformance.defaults import SEED
from rnnspec_conformance.deviations import Deviation
from rnnspec_conformance.judging import Judgement
from rnnspec_conformance.reports.histogram import counts_of
from rnnspec_conformance.stream.abilities import Abilities
from rnnspec_conformance.stream.asking import Asked
from rnnspec_conformance.stream.coverage import Coverage
from rnnspec_conformance.stream.drawing import structure_of
from rnnspec_conformance.stream.neighbours import neighbours, weight_of
from rnnspec_conformance.stream.respondents import UNBOUNDED, Place, Respondent, respondents_of
from rnnspec_conformance.stream.shrinking import Small, shrunk
from rnnspec_conformance.stream.structure import LayerDraft, Structure
from rnnspec_conformance.stream.traits import Trait, sentence_of, sizes_of, traits_of
from rnnspec_conformance.trial import Subject

MEASURED = 7
"""In every draw whose number this divides, it is measured how far off the outcome is: that takes longest by far."""

SECONDS = 30.0
"""What making one failure small may take."""

MISTAKES = 6
"""So many mistakes are made small; failures beyond them are counted."""

ABLATIONS = 6
"""A failure that passes in one of so many forms without what a known mistake needs is one of that mistake."""

SIMPLEST = Structure(layers=(LayerDraft(cell=RNN(), H=1),), T=1, B=1, I=1)
"""What it has goes without saying."""

LOOSE = ("type of lengths", "memory", "T", "B", "I", "H")
"""Axes on which failures of one mistake may stand in several places."""


def _is_told(trait: Trait) -> bool:
    """Whether a need tells mistakes apart: that there are two of something does not."""
    return trait.axis not in ("T", "B", "I", "H") or not trait.value.startswith("2 ")


@dataclass(kw_only=True)
class Mistake:
    """One mistake: the smallest problem that shows it, and the draws that did.

    Attributes
    ----------
    kind
        What differs: ``outputs``, ``gradients``, a rule of call behaviour or of types, or the type of an error.
    structure, seed
        The smallest problem that fails.
    precision, mode
        Where it does.
    judgement
        What comes of it.
    is_smallest
        False where time ran out before that was known.
    draws
        The numbers of the draws that fail by it.
    """

    kind: str
    structure: Structure
    seed: int
    precision: str
    mode: str
    judgement: Judgement
    is_smallest: bool = True
    draws: list[int] = field(default_factory=list)

    @property
    def needs(self) -> frozenset[Trait]:
        """What the smallest problem has beyond the simplest one."""
        return traits_of(self.structure) - traits_of(SIMPLEST)

    def has_needs(self, structure: Structure) -> bool:
        """Whether a structure has all of that."""
        return self.needs <= traits_of(structure)

    @property
    def signature(self) -> tuple[str, ...]:
        """The same for failures of one mistake: its kind, and its needs, without what may be of one size or another."""
        needs = {trait.axis if trait.axis in LOOSE else ": ".join(trait) for trait in self.needs if _is_told(trait)}
        return (self.kind, *sorted(needs))

    @property
    def sentence(self) -> str:
        """What the smallest problem is, in words."""
        return sentence_of(self.structure)


@dataclass(kw_only=True)
class Stream:
    """What came of the draws.

    Attributes
    ----------
    seed
        Of the draws.
    places
        The precisions and modes, which the draws take in turn.
    drawn
        How many draws were made.
    judged
        How many of them came to a verdict.
    outside
        Draws near which nothing is supported.
    unbounded
        Draws whose outcome grows beyond what can be compared.
    changed
        Draws that were brought back.
    coverage
        What was tried.
    refused
        What the implementation refuses by itself, and why.
    mistakes
        What is wrong.
    deviating
        By the reason of a recorded deviation, the draws that differ by it.
    beyond
        Failures that were not made small.
    worst
        The largest ratio of error to tolerance that was measured in a draw that passed, and the number of that draw.
    ratios
        How many of these ratios lie between which edges (`reports.histogram.EDGES`).
    limit_s
        The seconds after which no more was drawn; None where only the number of draws ends them.
    """

    seed: int
    places: tuple[Place, ...]
    drawn: int = 0
    judged: int = 0
    outside: int = 0
    unbounded: int = 0
    changed: int = 0
    coverage: Coverage = field(default_factory=Coverage)
    refused: dict[Trait, str] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    deviating: dict[str, list[int]] = field(default_factory=dict)
    beyond: list[int] = field(default_factory=list)
    worst: tuple[float, int] = (0.0, -1)
    ratios: list[int] = field(default_factory=lambda: counts_of([]))
    limit_s: float | None = None

    @property
    def failures(self) -> int:
        """How many draws failed."""
        return sum(len(mistake.draws) for mistake in self.mistakes) + len(self.beyond)


class Judge:
    """Judges draws of one seed on one implementation, as many as are asked for.

    Parameters
    ----------
    respondents
        The implementation, in each precision and mode.
    seed
        Of the draws.
    seconds
        What making one failure small may take.
    known
        Recorded deviations; those that say what a draw needs are no mistakes.
    quick
        Whether a tolerance is computed only where it can decide, in every draw and not in six of seven. Verdicts are
        the same; how far off an outcome is, is not known.
    """

    def __init__(
        self,
        respondents: Mapping[Place, Respondent],
        *,
        seed: int = SEED,
        seconds: float = SECONDS,
        quick: bool = False,
        known: Sequence[Deviation] = (),
    ) -> None:
        self.known = tuple(deviation for deviation in known if deviation.needs)
        self.respondents = dict(respondents)
        self.seconds = seconds
        self.quick = quick
        self.stream = Stream(seed=seed, places=tuple(self.respondents))
        self._abilities: dict[Place, Abilities] = {}

    def place_of(self, number: int) -> Place:
        """The precision and the mode in which a draw is judged. They change with each round of themes."""
        places = self.stream.places
        return places[(number + number // len(places)) % len(places)]

    def abilities(self, place: Place) -> Abilities:
        """What the implementation can do there; explored once."""
        if place not in self._abilities:
            respondent = self.respondents[place]
            abilities = Abilities.explore(lambda structure: respondent.refusal(structure, self.stream.seed))
            self._abilities[place] = abilities
            self.stream.refused |= abilities.refused
        return self._abilities[place]

    def draw(self, number: int) -> Structure | None:
        """The structure of a draw, inside what the implementation can do; None where nothing near it is."""
        return self.abilities(self.place_of(number)).brought_back(structure_of(self.stream.seed, number))

    def judge(self, number: int) -> Asked | None:
        """Judge a draw, and keep what comes of it; None where there is nothing to judge."""
        stream, place = self.stream, self.place_of(number)
        stream.drawn += 1
        structure = self.draw(number)
        if structure is None:
            stream.outside += 1
            return None
        seed = stream.seed + number
        quick = self.quick or number % MEASURED != 0
        asked = self._ask(place, structure, seed, quick=quick)
        if asked.judgement.verdict == "unsupported":
            if asked.judgement.reason == UNBOUNDED:
                stream.unbounded += 1
            else:
                stream.outside += 1
            return None
        stream.judged += 1
        stream.changed += structure != structure_of(stream.seed, number)
        stream.coverage.add(structure)
        if asked.is_wrong:
            self._keep(number, place, structure, seed, asked)
        elif asked.judgement.ratio is not None and not quick:
            stream.worst = max(stream.worst, (asked.judgement.ratio, number), key=lambda worst: worst[0])
            stream.ratios = [sum(both) for both in zip(stream.ratios, counts_of([asked.judgement.ratio]), strict=True)]
        return asked

    def judged(self, numbers: Iterable[int], *, limit_s: float | None = None) -> Iterator[int]:
        """Judge the draws of these numbers, of which none is begun after `limit_s` seconds: each number, when it is."""
        self.stream.limit_s = limit_s
        deadline = float("inf") if limit_s is None else time.monotonic() + limit_s
        for number in numbers:
            if time.monotonic() > deadline:
                return
            self.judge(number)
            yield number

    def _ask(
        self, place: Place, structure: Structure, seed: int, *, quick: bool = False, explain: bool = False
    ) -> Asked:
        refused = self.abilities(place).example
        return self.respondents[place].ask(structure, seed, refused=refused, quick=quick, explain=explain)

    def _fails(self, place: Place, kind: str) -> Callable[[Structure, int], Asked | None]:
        """Whether a structure fails there as others of that kind do."""

        def fails(structure: Structure, seed: int) -> Asked | None:
            asked = self._ask(place, structure, seed, quick=True)
            return asked if asked.is_wrong and asked.kind == kind else None

        return fails

    def _keep(self, number: int, place: Place, structure: Structure, seed: int, asked: Asked) -> None:
        fails = self._fails(place, asked.kind)
        known = [deviation for deviation in self.known if deviation.holds(*place)]
        if self._is_excused(known, number, structure, seed, fails):
            return
        for mistake in self.stream.mistakes:
            if mistake.kind == asked.kind and self._is_of(mistake.has_needs, structure, seed, fails):
                mistake.draws.append(number)
                return
        if len(self.stream.mistakes) >= MISTAKES:
            self.stream.beyond.append(number)
            return
        small = shrunk(structure, seed, asked, fails, seconds=self.seconds)
        if self._is_excused(known, number, small.structure, small.seed, fails):
            return
        precision, mode = place
        found = Mistake(
            kind=asked.kind,
            structure=small.structure,
            seed=small.seed,
            precision=precision,
            mode=mode,
            judgement=small.failure.judgement,
            is_smallest=small.is_smallest,
            draws=[number],
        )
        for mistake in self.stream.mistakes:
            if mistake.signature == found.signature:
                mistake.draws.append(number)
                return
        found.judgement = self._explained(place, small, structure, seed)
        self.stream.mistakes.append(found)

    def _explained(self, place: Place, small: Small[Asked], structure: Structure, seed: int) -> Judgement:
        """What came of the smallest problem, with the misreading that explains the draw, which has more numbers."""
        judgement = self._ask(place, small.structure, small.seed).judgement
        if judgement.verdict == "errored" or judgement.rule is not None:
            return judgement
        of_draw = self._ask(place, structure, seed, explain=True).judgement
        if of_draw.misreading is not None:
            return replace(judgement, rule=of_draw.rule, misreading=of_draw.misreading)
        return judgement if small.structure.call == "once" else replace(judgement, rule="COND-3")

    def _is_excused(
        self,
        known: Sequence[Deviation],
        number: int,
        structure: Structure,
        seed: int,
        fails: Callable[[Structure, int], Asked | None],
    ) -> bool:
        """Whether recorded deviations explain all of a failure; then the draw is counted to them."""
        excuses = self._excuses(known, structure, seed, fails)
        for reason in dict.fromkeys(deviation.reason for deviation in excuses):
            self.stream.deviating.setdefault(reason, []).append(number)
        return bool(excuses)

    def _excuses(
        self,
        known: Sequence[Deviation],
        structure: Structure,
        seed: int,
        fails: Callable[[Structure, int], Asked | None],
    ) -> list[Deviation]:
        """The recorded deviations without whose needs `structure` passes; none where it fails without them too."""
        held = [deviation for deviation in known if _has(deviation.needs)(structure)]
        if not held:
            return []
        first, *others = held
        without = list(_without(_has(first.needs), structure))
        if any(fails(other, seed) is None for other in without):
            return [first]
        more = self._excuses(others, without[0], seed, fails) if without else []
        return [first, *more] if more else self._excuses(others, structure, seed, fails)

    def _is_of(
        self,
        has_needs: Callable[[Structure], bool],
        structure: Structure,
        seed: int,
        fails: Callable[[Structure, int], Asked | None],
    ) -> bool:
        """Whether `structure` has all that is needed to fail, and passes without."""
        if not has_needs(structure):
            return False
        if has_needs(SIMPLEST):
            return True
        return any(fails(other, seed) is None for other in _without(has_needs, structure))


def _without(has_needs: Callable[[Structure], bool], structure: Structure) -> Iterator[Structure]:
    """Some lighter forms of a structure, without what is needed."""
    weight = weight_of(structure)
    lighter = (other for other in neighbours(structure) if weight_of(other) < weight and not has_needs(other))
    return islice(lighter, ABLATIONS)


def _has(needs: Sequence[str]) -> Callable[[Structure], bool]:
    """Whether a structure, or the problem between its calls, has a trait, or a size, for each of these patterns."""

    def has_all(structure: Structure) -> bool:
        names = {": ".join(trait) for trait in traits_of(structure) | sizes_of(structure)}
        return all(any(fnmatchcase(name, pattern) for name in names) for pattern in needs)

    def has(structure: Structure) -> bool:
        return any(map(has_all, filter(None, (structure, structure.other))))

    return has


def judge_of(subject: Subject, seed: int = SEED) -> Judge:
    """A judge of draws for everything that `subject` is judged in."""
    return Judge(respondents_of(subject), seed=seed, known=subject.recorded)


def stream_of(
    subject: Subject,
    draws: int,
    seed: int,
    progress: Callable[[int], None] | None = None,
    *,
    limit_s: float | None = None,
) -> Stream:
    """Judge so many draws, or as many as can be begun in `limit_s` seconds; `progress` is told each number."""
    judge = judge_of(subject, seed)
    for number in judge.judged(range(draws), limit_s=limit_s):
        if progress is not None:
            progress(number)
    return judge.stream
