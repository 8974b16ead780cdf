"""The workflows run what the repository has: they are read here, and run nowhere but at GitHub."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "validate-my-kernel.md"


def read(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def sessions(text: str) -> set[str]:
    """The sessions that a script runs."""
    return set(re.findall(r'nox -s "?([\w()-]+)"?', text))


def test_the_sessions_of_a_change_are_those_of_ci_run() -> None:
    jobs = read(".github/workflows/tests.yml")["jobs"]
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert set(jobs["sessions"]["strategy"]["matrix"]["session"]) == sessions(script) - {"tests"}


def test_the_tests_run_on_every_python_from_the_oldest_that_is_supported() -> None:
    tested = read(".github/workflows/tests.yml")["jobs"]["tests"]["strategy"]["matrix"]["python"]
    oldest = re.search(r'requires-python = ">=3\.(\d+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert oldest is not None
    assert tested == [f"3.{minor}" for minor in range(int(oldest[1]), int(oldest[1]) + len(tested))]


def shown() -> Iterator[str]:
    """The workflows that the pages show."""
    for path in [PAGE, ROOT / "README.md"]:
        blocks = re.findall(r"^```yaml\n(.*?)^```", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
        yield from (block for block in blocks if "/rnnspec@" in block)


def test_a_third_party_validates_in_five_lines_with_inputs_that_there_are() -> None:
    inputs = read("action.yml")["inputs"]
    blocks = list(shown())
    assert blocks
    for block in blocks:
        assert len(block.splitlines()) <= 5
        (step,) = (step for step in yaml.safe_load(block) if "/rnnspec@" in step["uses"])
        assert set(step["with"]) <= set(inputs)
