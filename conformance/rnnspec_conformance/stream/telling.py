"""What is said of the draws: to a person, in the results, and as files that show each mistake again."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from shlex import quote
from typing import Any

from rnnspec import PRECISIONS, __version__
from rnnspec_conformance.judging import Judgement
from rnnspec_conformance.naming import typed
from rnnspec_conformance.processor import PROCESSOR
from rnnspec_conformance.rules import named
from rnnspec_conformance.stream.abilities import all_traits
from rnnspec_conformance.stream.mistakes import Mistake, Stream
from rnnspec_conformance.stream.python_lines import lines_of
from rnnspec_conformance.stream.question import question_of, read
from rnnspec_conformance.stream.respondents import Place, Respondent
from rnnspec_conformance.stream.traits import AXES, Trait
from rnnspec_conformance.trial import Subject
from rnnspec_conformance.whole_files import write_whole

SCHEMA = 1
"""Of the files that `write_results` writes."""

SHOWN = 4
NUMBERS = 12
WHAT = {"outputs": "outputs or final states differ", "gradients": "gradients differ"}
"""By the kind of a mistake: what is said of it. Other kinds are rules and types of errors, which say themselves."""


def never_reached(stream: Stream) -> dict[str, list[str]]:
    """By axis, what was neither tried nor refused by itself."""
    known = stream.coverage.traits.keys() | stream.refused.keys()
    return {
        axis: values
        for axis in AXES
        if (values := sorted(trait.value for trait in all_traits() - known if trait.axis == axis))
    }


def summary_of(stream: Stream) -> Iterator[str]:
    """The draws in a few lines: how many, what was tried together, what deviates."""
    first = f"{stream.drawn} draws of seed {stream.seed}"
    first += f" in {stream.limit_s:g} s" if stream.limit_s is not None else ""
    first += f": {stream.judged} judged"
    if stream.changed:
        first += f", {stream.changed} of them brought back to what is supported"
    for count, why in ((stream.outside, "refused altogether"), (stream.unbounded, "beyond what can be compared")):
        first += f", {count} {why}" if count else ""
    yield first
    pairs, triples = len(stream.coverage.pairs), len(stream.coverage.triples)
    yield f"tried together: {pairs} pairs and {triples} triples of traits"
    if stream.worst[1] >= 0:
        yield f"worst of those that passed: {stream.worst[0]:.2g} times the tolerance, in draw {stream.worst[1]}"
    for reason, draws in stream.deviating.items():
        yield f"deviates in {len(draws)} draws: {reason}"


def left_out(stream: Mapping[str, Any], *, with_refused: bool = True) -> Iterator[str]:
    """What the draws did not try, from their section of the results: what was refused by itself, or not reached."""
    if with_refused:
        options: list[str] = []
        for reason, traits in stream.get("refused", {}).items():
            split = [Trait(*trait.split(": ", 1)) for trait in traits]
            options += [trait.value.partition("=")[0] for trait in split if trait.axis == "option"]
            others = [trait for trait in split if trait.axis != "option"]
            if others:
                yield f"refused: {_listed(others)}: {reason}"
        if options:
            yield f"refused: values of the options {', '.join(dict.fromkeys(options))}"
    never = [f"{axis}: {_shortened(values)}" for axis, values in stream.get("never", {}).items()]
    if never:
        yield f"never reached: {'; '.join(never)}"


def refused_by_reason(stream: Stream) -> dict[str, list[Trait]]:
    """What is refused, by the reason."""
    by_reason: dict[str, list[Trait]] = {}
    for trait, reason in stream.refused.items():
        by_reason.setdefault(reason, []).append(trait)
    return by_reason


def _listed(traits: Iterable[Trait]) -> str:
    by_axis: dict[str, list[str]] = {}
    for trait in traits:
        by_axis.setdefault(trait.axis, []).append(trait.value)
    return "; ".join(f"{axis} {_shortened(values)}" for axis, values in by_axis.items())


def _shortened(values: list[str]) -> str:
    more = f" and {len(values) - SHOWN} more" if len(values) > SHOWN + 1 else ""
    return ", ".join(values[:SHOWN] if more else values) + more


def message_of(mistake: Mistake, given: str, path: Path, options: str = "") -> list[str]:
    """What a person needs to find a mistake: what it needs, what differs, why, and how to see it again."""
    judgement = mistake.judgement
    rule = f": {named(judgement.rule)}" if judgement.rule else ""
    what = WHAT.get(mistake.kind, mistake.kind)
    numbers = ", ".join(map(str, mistake.draws[:NUMBERS])) + (", .." if len(mistake.draws) > NUMBERS else "")
    draws = f"{len(mistake.draws)} draw{'s' if len(mistake.draws) > 1 else ''}"
    lines = [f"{what} in {draws} ({numbers}){rule}"]
    smallest = "the smallest that fails" if mistake.is_smallest else "the smallest that was found in time"
    lines.append(f"  needs      {mistake.sentence} ({smallest})")
    lines += _found(judgement)
    lines.append(f"  see again  {reproduction(mistake, given, path)}{options and ' '}{options}")
    question = question_of(mistake.structure, mistake.seed, PRECISIONS[mistake.precision])
    assert question is not None
    python = lines_of(question, given, mistake.mode, str(path))
    lines += [f"  {'' if position else 'in Python':<11}{line}".rstrip() for position, line in enumerate(python)]
    return lines


def _found(judgement: Judgement) -> Iterator[str]:
    """Why, what differs, and as if what."""
    if judgement.reason:
        yield f"  reason     {judgement.reason}"
    for difference in judgement.differences[:SHOWN]:
        yield f"  differs    {difference.field} {difference.what}; {difference.ratio:.3g} times the tolerance"
    if len(judgement.differences) > SHOWN:
        yield f"             and {len(judgement.differences) - SHOWN} more fields"
    if judgement.misreading:
        yield f"  as if      {judgement.misreading}"


def judgement_of(judgement: Judgement, what: str) -> Iterator[str]:
    """What came of one problem."""
    rule = f": {named(judgement.rule)}" if judgement.rule else ""
    ratio = f", {judgement.ratio:.2g} times the tolerance" if judgement.verdict == "passed" else ""
    yield f"{what} {judgement.verdict}{ratio}{rule}"
    yield from _found(judgement)


def reproduction(mistake: Mistake, given: str, path: Path) -> str:
    """The one line that shows a mistake again."""
    return f"rnnspec validate {typed(given)} --mode {mistake.mode} --problem {quote(str(path))}"


def folder_of(folder: Path, adapter: str) -> Path:
    """Where the problems of one adapter are kept."""
    return folder / _slug(adapter)


def _slug(text: str) -> str:
    return re.sub(r"[^a-zA-Z0-9]+", "-", text).strip("-")[:80]


def write(mistakes: Iterable[Mistake], folder: Path, adapter: str) -> list[Path]:
    """Write the smallest problem of each mistake there: the paths."""
    paths = []
    for mistake in mistakes:
        question = question_of(mistake.structure, mistake.seed, PRECISIONS[mistake.precision])
        assert question is not None
        about = {
            "adapter": adapter,
            "mode": mistake.mode,
            "kind": mistake.kind,
            "needs": mistake.sentence,
            "rule": mistake.judgement.rule,
            "structure": mistake.structure.as_json(),
            "seed": mistake.seed,
        }
        text = json.dumps(question.as_json() | {"about": about}, indent=1)
        digest = hashlib.blake2b("; ".join(mistake.signature).encode(), digest_size=4).hexdigest()
        path = folder_of(folder, adapter) / f"{_slug(mistake.kind)}-{digest}.json"
        with suppress(OSError):  # the mistake is told all the same
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, text)
        paths.append(path)
    return paths


def told(stream: Stream, subject: Subject, folder: Path) -> Iterator[str]:
    """The summary, and behind it each mistake with its file, which is written."""
    yield from summary_of(stream)
    yield from left_out(as_json(stream))
    yield from mistakes_of(stream, subject, folder)
    yield verdict_of(stream)


def mistakes_of(stream: Stream, subject: Subject, folder: Path) -> Iterator[str]:
    """Each mistake, with its file, which is written."""
    given, options = subject.given, "" if subject.isolation is None else subject.isolation.limits.options()
    paths = write(stream.mistakes, folder, given)
    for position, (mistake, path) in enumerate(zip(stream.mistakes, paths, strict=True), start=1):
        yield f"\nmistake {position} of {len(paths)}: " + "\n".join(message_of(mistake, given, path, options))
        if not path.exists():
            yield f"  not kept   {path.parent} cannot be written to from {Path.cwd()}"


def verdict_of(stream: Stream) -> str:
    """The last line."""
    if not stream.judged:
        return "no draw was judged: this is an error, not a result"
    if not stream.failures:
        return f"Nothing differs in {stream.judged} draws"
    beyond = f", and {len(stream.beyond)} draws that were not looked into" if stream.beyond else ""
    many = len(stream.mistakes)
    return f"{stream.failures} of {stream.judged} draws fail: {many} mistake{'s' if many != 1 else ''}{beyond}"


def respondent_for(path: Path, respondents: Mapping[Place, Respondent]) -> Respondent | None:
    """Where the problem of a file is asked again: in its precision and, where that is there, in the mode of its file.

    None where its precision is not judged.

    Raises
    ------
    QuestionError
        When the file holds no question.
    """
    question, plain = read(path)
    about = plain.get("about", {})
    mode = about.get("mode") if isinstance(about, dict) else None
    here = [place for place in respondents if place[0] == question.precision.name]
    best = [place for place in here if place[1] == mode] or here
    return respondents[best[0]] if best else None


def write_results(stream: Stream, subject: Subject, folder: Path) -> Path:
    """Write what came of the draws of one implementation: the path.

    A file that holds more draws of the same seed and the same versions is kept, whatever processor made them.
    """
    head = {
        "schema": SCHEMA,
        "drawn": subject.adapter.name,
        "device": subject.device,
        "specification": __version__,
        "provenance": subject.provenance().entries(),
        "precisions": list(subject.precisions),
        "modes": list(subject.modes),
    }
    path = folder / f"draws-{subject.adapter.name}-{subject.device}.json"
    sections = (f"    {json.dumps(name)}: {json.dumps(value)}" for name, value in as_json(stream).items())
    text = json.dumps(head, indent=2)[:-2] + ',\n  "stream": {\n' + ",\n".join(sections) + "\n  }\n}\n"
    if not _holds_more(path, head["provenance"], stream):
        write_whole(path, text)
    return path


def _holds_more(path: Path, provenance: Any, stream: Stream) -> bool:
    if not path.exists():
        return False
    known = json.loads(path.read_text(encoding="utf-8"))
    versions, before = ({**entries, PROCESSOR: None} for entries in (provenance, known["provenance"]))
    same = (known["schema"], before, known["stream"]["seed"]) == (SCHEMA, versions, stream.seed)
    return same and bool(known["stream"]["draws"] > stream.drawn)


def as_json(stream: Stream) -> dict[str, Any]:
    """The section of the results: what was drawn, reached, refused and found; nothing of single draws."""
    ratio, number = stream.worst
    return {
        "seed": stream.seed,
        "draws": stream.drawn,
        "limit_s": stream.limit_s,
        "judged": stream.judged,
        "brought_back": stream.changed,
        "outside": stream.outside,
        "unbounded": stream.unbounded,
        "failures": stream.failures,
        "worst": None if number < 0 else {"ratio": float(f"{ratio:.2g}"), "draw": number},
        "ratios": stream.ratios,
        "reached": stream.coverage.by_axis(),
        "pairs": [[*axes, tried, of] for axes, (tried, of) in stream.coverage.together().items() if of],
        "triples": len(stream.coverage.triples),
        "refused": {
            reason: [f"{trait.axis}: {trait.value}" for trait in traits]
            for reason, traits in refused_by_reason(stream).items()
        },
        "never": never_reached(stream),
        "mistakes": [
            {
                "kind": mistake.kind,
                "needs": mistake.sentence,
                "rule": mistake.judgement.rule,
                "misreading": mistake.judgement.misreading,
                "field": mistake.judgement.field,
                "reason": mistake.judgement.reason,
                "precision": mistake.precision,
                "mode": mistake.mode,
                "draws": mistake.draws,
                "structure": mistake.structure.as_json(),
                "seed": mistake.seed,
            }
            for mistake in stream.mistakes
        ],
        "deviating": stream.deviating,
        "beyond": stream.beyond,
    }
