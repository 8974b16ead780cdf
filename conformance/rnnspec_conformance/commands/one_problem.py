"""``rnnspec validate --problem FILE``: one problem, as the stream has kept it."""

from __future__ import annotations

import argparse
import sys

from rich.console import Console

from rnnspec_conformance.commands.judged import USAGE_ERROR, name_of, subject_from
from rnnspec_conformance.isolation.self_description import told
from rnnspec_conformance.naming import typed
from rnnspec_conformance.stream import telling
from rnnspec_conformance.stream.mistakes import judge_of
from rnnspec_conformance.stream.question import QuestionError, read


def run(given: argparse.Namespace) -> int:
    """Judge the problem of a file: the exit status is 0 when it passes, 1 when not, 4 when it cannot be."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    try:
        question, plain = read(given.problem)
        given.precision = given.precision or question.precision.name
        about = plain.get("about")
        if given.mode is None and isinstance(about, dict) and about.get("adapter") == name_of(given):
            given.mode = about.get("mode")
        respondents = judge_of(subject_from(given)).respondents
    except KeyboardInterrupt:
        raise
    except QuestionError as error:
        print(f"rnnspec validate: --problem: {error}", file=sys.stderr)
        return USAGE_ERROR
    except BaseException as error:  # noqa: BLE001 - whatever an implementation raises, the person is told
        print(f"rnnspec validate: {typed(name_of(given))}: {told(error)}", file=sys.stderr)
        return USAGE_ERROR
    verdicts = []
    for (precision, mode), respondent in respondents.items():
        if precision != question.precision.name:
            print(f"--precision: wanted {question.precision.name}, which the problem is exact in", file=sys.stderr)
            return USAGE_ERROR
        judgement = respondent.replay(given.problem).judgement
        verdicts.append(judgement.verdict)
        for line in telling.judgement_of(judgement, f"{given.problem} ({precision}, {mode})"):
            console.print(line, highlight=False, markup=False, soft_wrap=True)
    return 1 if {"differs", "errored"} & set(verdicts) or "passed" not in verdicts else 0
