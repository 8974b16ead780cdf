"""``python -m rnnspec_conformance.bad_input --framework NAME --results FOLDER``: all mistakes as a table."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import track

from rnnspec_conformance.bad_input.record import dump
from rnnspec_conformance.bad_input.trying import attempt, known_frameworks, probes_of, versions_of


def main(arguments: Sequence[str] | None = None) -> int:
    """Try all probes of a framework. The exit status is 0 whatever came of them: there is no right answer."""
    parser = argparse.ArgumentParser(prog="bad_input", description=__doc__)
    parser.add_argument("--framework", required=True, choices=known_frameworks())
    parser.add_argument("--results", type=Path, metavar="FOLDER", help="write bad-input-FRAMEWORK.json there")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N", help="processes side by side")
    given = parser.parse_args(arguments)
    console = Console()
    probes = probes_of(given.framework).values()
    with ThreadPoolExecutor(given.jobs) as pool:
        trying = pool.map(partial(attempt, given.framework), probes)
        findings = list(track(trying, "trying", total=len(probes), console=console, transient=True))
    for finding in findings:
        console.print(f"{finding.layer} {finding.mistake}: {finding.verdict}: {finding.message}", markup=False)
    if given.results:
        path = given.results / f"bad-input-{given.framework.replace('_', '-')}.json"
        path.write_text(dump(given.framework, versions_of(given.framework), findings), encoding="utf-8")
    counts = Counter(finding.verdict for finding in findings)
    console.print(", ".join(f"{count} {verdict}" for verdict, count in counts.most_common()), highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
