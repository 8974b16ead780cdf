"""Make the files of the vectors.

Everything is computed anew, in parallel, and comes to the same bytes each time. With ``--check`` nothing is written:
the exit status says whether the files are what they would be. With ``--catches`` only the misreadings that each
vector catches are computed anew, by running the mutants; no other number changes.
"""

from __future__ import annotations

import argparse
import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from importlib.resources import files as files_of
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import mpmath
from rich.console import Console
from rich.progress import track

import rnnspec
from rnnspec_conformance.mutants import MUTANTS
from rnnspec_conformance.rules import sort_key
from rnnspec_conformance.vectors.load import DATA, INDEX, REFUSED, Vector, expected_of
from rnnspec_workshop.vectors import differences
from rnnspec_workshop.vectors.answers import CAUGHT, catches, errors, reference_arrays
from rnnspec_workshop.vectors.cell_options import rules_of
from rnnspec_workshop.vectors.declaration import Declaration, problem_of
from rnnspec_workshop.vectors.differences import TooNearError, answer
from rnnspec_workshop.vectors.refused import refused
from rnnspec_workshop.vectors.text import dump
from rnnspec_workshop.vectors.vector_catalogue import FAMILIES, catalogue

FOLDER = Path(str(DATA)).parent
FORMAT = 1
ATTEMPTS = 50


def vector_of(declaration: Declaration) -> Vector:
    """A vector, computed."""
    return computed(declaration)[0]


def computed(declaration: Declaration) -> tuple[Vector, float]:
    """A vector, and how far its derivatives by the two steps are apart.

    Another problem is tried where the first is too near a kink.
    """
    reason: TooNearError | None = None
    for attempt in range(ATTEMPTS):
        problem, direction = problem_of(declaration, attempt)
        try:
            found = answer(problem, direction, held=declaration.held)
        except TooNearError as error:
            reason = error
            continue
        second = {"jvp": found.jvp, "hvp": found.hvp} if declaration.jvp_hvp else {"jvp": None, "hvp": None}
        expected = found.outcome | {"gradients": found.gradients} | second
        rules = rules_of(problem) | set(declaration.subject)
        rules |= {rule for rule, name in (("SEC-1", "jvp"), ("SEC-2", "hvp")) if expected[name] is not None}
        vector = {
            "id": declaration.id,
            "sentence": declaration.sentence,
            "subject": list(declaration.subject),
            "rules": sorted(rules, key=sort_key),
            "catches": [],
            "attempt": attempt,
            "derivatives": None if found.gradients is None else "held" if declaration.held else "two-sided",
            "problem": problem,
            "direction": None if expected["jvp"] is None else direction,
            "expected": expected,
        }
        return vector | {"catches": catches(vector)}, float(found.error)
    raise RuntimeError(f"{declaration.id}: no good problem in {ATTEMPTS} attempts; the last was {reason}")


def file_of(family: str, vectors: Sequence[Vector]) -> str:
    """The text of a family's file."""
    head = {
        "format": FORMAT,
        "specification": rnnspec.__version__,
        "family": family,
        "sentence": FAMILIES[family],
        "provenance": {
            "reading": "rnnspec_workshop.independent_reading",
            "precision": f"mpmath {mpmath.__version__}, {differences.DIGITS} decimal digits",
            "derivatives": f"central differences, with steps of {' and '.join(differences.STEPS)} that agree",
            "rounding": "to the nearest float64, once, at the end",
        },
    }
    return dump(head | {"vectors": list(vectors)})


def index_of(vectors: dict[str, list[Vector]]) -> str:
    """The text of the index: families, rules and misreadings, each with the vectors that speak of it."""
    every = [vector for of_family in vectors.values() for vector in of_family]
    rules = sorted({rule for vector in every for rule in vector["rules"]}, key=sort_key)
    return dump(
        {
            "format": FORMAT,
            "specification": rnnspec.__version__,
            "vectors": len(every),
            "families": [
                {"family": name, "file": f"{name}.json", "vectors": len(of_family), "sentence": FAMILIES[name]}
                for name, of_family in vectors.items()
            ],
            "rules": [
                {
                    "rule": rule,
                    "vectors": sum(rule in vector["rules"] for vector in every),
                    "subject_of": [vector["id"] for vector in every if rule in vector["subject"]],
                }
                for rule in rules
            ],
            "misreadings": [
                {
                    "id": mutant.id,
                    "rule": mutant.rule,
                    "sentence": mutant.sentence,
                    "caught_by": sum(mutant.id in vector["catches"] for vector in every),
                }
                for mutant in sorted(MUTANTS, key=lambda mutant: (sort_key(mutant.rule), mutant.id))
            ],
            "caught": f"differs by more than {CAUGHT:g} of the largest number of some array",
        }
    )


def refused_file() -> str:
    """The text of the file of what must be refused."""
    return dump({"format": FORMAT, "specification": rnnspec.__version__, "refused": refused()})


def schema() -> str:
    """The text of the schema, whose definitions of problems are those of the schema of the protocol."""
    ours = (FOLDER / "schema.json").read_text(encoding="utf-8")
    theirs = (files_of("rnnspec_adapters.program") / "protocol.schema.json").read_text(encoding="utf-8")
    of_problems = re.compile(r'^    "problem": .*?(?=^    "array": )', re.DOTALL | re.MULTILINE)
    [taken] = of_problems.findall(theirs)
    return of_problems.sub(lambda _: taken, ours)


def results_of(vectors: dict[str, list[Vector]], texts: dict[str, str]) -> str:
    """How many vectors there are, how large the files are, and how near the reference comes to them."""
    every = [vector for of_family in vectors.values() for vector in of_family]
    return dump(
        {
            "schema": 1,
            "vectors": len(every),
            "bytes": sum(len(text.encode()) for text in texts.values()),
            "worst": figure(max(worst(vector) for vector in every)),
            "families": {name: len(of_family) for name, of_family in vectors.items()},
        }
    )


def worst(vector: Vector) -> float:
    """The largest error of the reference on a vector, in units of the largest number of the array."""
    return max(errors(reference_arrays(vector), expected_of(vector)).values())


def figure(error: float) -> float:
    """One digit, so that a file hardly depends on the machine."""
    return float(f"{error:.0e}")


def archive(path: Path, texts: dict[str, str]) -> None:
    """One archive of all files, the same bytes for the same files."""
    path.parent.mkdir(parents=True, exist_ok=True)
    stem = path.stem
    with zipfile.ZipFile(path, "w", compression=zipfile.ZIP_DEFLATED, compresslevel=9) as into:
        for name in sorted(texts):
            entry = zipfile.ZipInfo(f"{stem}/{name}")  # its date is 1 January 1980
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            into.writestr(entry, texts[name])


def generated(jobs: int, console: Console) -> dict[str, list[Vector]]:
    """Every vector, computed anew, by family."""
    done: list[tuple[Vector, float]] = _parallel(computed, catalogue(), jobs, console, "computing vectors")
    error = max(error for _, error in done)
    console.print(f"by the two steps, derivatives differ by at most {error:.0e}", highlight=False)
    return _by_family(vector for vector, _ in done)


def with_catches(jobs: int, console: Console) -> dict[str, list[Vector]]:
    """The vectors of the files, with the misreadings that they catch computed anew."""
    stored = {
        vector["id"]: vector
        for family in FAMILIES
        for vector in json.loads((FOLDER / "data" / f"{family}.json").read_text(encoding="utf-8"))["vectors"]
    }
    declared = [stored[declaration.id] for declaration in catalogue()]
    return _by_family(_parallel(_caught_anew, declared, jobs, console, "running mutants"))


def _caught_anew(vector: Vector) -> Vector:
    return vector | {"catches": catches(vector)}


def _by_family(vectors: Iterable[Vector]) -> dict[str, list[Vector]]:
    of_family: dict[str, list[Vector]] = {name: [] for name in FAMILIES}
    for declaration, vector in zip(catalogue(), vectors, strict=True):
        of_family[declaration.family].append(vector)
    return of_family


def _parallel(work: Callable[[Any], Any], items: Sequence[Any], jobs: int, console: Console, title: str) -> list[Any]:
    with get_context("spawn").Pool(jobs) as pool:
        done = pool.imap(work, items, chunksize=2)
        return list(track(done, title, total=len(items), console=console, transient=True))


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--check", action="store_true", help="write nothing; compare")
    parser.add_argument("--catches", action="store_true", help="run only the mutants")
    parser.add_argument("--jobs", type=int, default=2, help="processes (2)")
    parser.add_argument("--results", type=Path, metavar="FOLDER", help="write vectors.json there")
    parser.add_argument("--dist", type=Path, metavar="FOLDER", help="write the archive there")


def run(given: argparse.Namespace) -> int:
    """Write or check all files; the exit status is 0 when they are, or now are, what they should be."""
    console = Console()
    vectors = (with_catches if given.catches else generated)(given.jobs, console)
    texts = {f"{name}.json": file_of(name, of_family) for name, of_family in vectors.items()}
    texts |= {INDEX: index_of(vectors), REFUSED: refused_file()}
    files = {FOLDER / "data" / name: text for name, text in texts.items()} | {FOLDER / "schema.json": schema()}
    if given.results:
        files[given.results / "vectors.json"] = results_of(vectors, texts)
    stale = [path for path, text in files.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    stale += sorted(set((FOLDER / "data").glob("*.json")) - files.keys())
    attempts = Counter(vector["attempt"] for of_family in vectors.values() for vector in of_family)
    size = sum(len(text.encode()) for text in texts.values())
    console.print(f"{sum(attempts.values())} vectors, {size} bytes; attempts {dict(attempts)}", highlight=False)
    if given.check:
        console.print(*(f"stale: {path.name}" for path in stale) if stale else ("every file is up to date",), sep="\n")
        return 1 if stale else 0
    (FOLDER / "data").mkdir(exist_ok=True)
    for path in stale:
        if path in files:
            path.write_text(files[path], encoding="utf-8")
        else:
            path.unlink()
        console.print(f"{'wrote' if path in files else 'removed'} {path.name}", highlight=False)
    if given.dist:
        read_along = {name: (FOLDER / name).read_text(encoding="utf-8") for name in ("README.md", "schema.json")}
        archive(given.dist / f"rnnspec-vectors-{rnnspec.__version__}.zip", texts | read_along)
    return 0
