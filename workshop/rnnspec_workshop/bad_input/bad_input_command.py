"""Give a framework every wrong input, and write what it does as a table."""

from __future__ import annotations

import argparse
from collections import Counter
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import track

from rnnspec_workshop.bad_input.bad_input_json import dump
from rnnspec_workshop.bad_input.called_layer import differences, probes_of_all
from rnnspec_workshop.bad_input.trying import (
    answer_of,
    attempt,
    import_once,
    known_frameworks,
    layers_of,
    versions_of,
)


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--framework", required=True, choices=known_frameworks())
    parser.add_argument("--results", type=Path, metavar="FOLDER", help="write bad-input-FRAMEWORK.json there")


def run(given: argparse.Namespace) -> int:
    """Try all mistakes in a framework. The exit status is 0 whatever came of them: there is no right answer.

    Right calls come first. It is 1 where one of them is refused or returns other shapes than it should.
    """
    console = Console()
    import_once(given.framework)
    layers = layers_of(given.framework)
    right = answer_of(partial(differences, layers))
    if right.message or right.returned:
        console.print(
            f"{given.framework}: right calls are not accepted: {right.message or right.returned}", markup=False
        )
        return 1
    probes = list(probes_of_all(layers))
    trying = track(probes, "trying", console=console, transient=True)
    findings = [attempt(probe) for probe in trying]
    for finding in findings:
        console.print(f"{finding.layer} {finding.mistake}: {finding.verdict}: {finding.message}", markup=False)
    if given.results:
        path = given.results / f"bad-input-{given.framework.replace('_', '-')}.json"
        path.write_text(dump(given.framework, versions_of(given.framework), findings), encoding="utf-8")
    counts = Counter(finding.verdict for finding in findings)
    console.print(", ".join(f"{count} {verdict}" for verdict, count in counts.most_common()), highlight=False)
    return 0
